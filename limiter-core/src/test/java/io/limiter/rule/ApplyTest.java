package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.CountingLimiter;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.SlidingLog;
import io.limiter.Snapshot;
import io.limiter.TokenBucket;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A rule text applied to a limiter that is in use. */
class ApplyTest {
  private final ManualClock clock = ManualClock.startingAt(1L << 61);

  private static Limits parse(String text) {
    return Limits.parse(text);
  }

  @Test
  void applyTo_allRules_whatWasSpentStaysSpentByPeriod() {
    RateLimiter limiter = parse("3/second, 60/hour").newRateLimiter(clock);
    assertTrue(limiter.tryAcquire(2));
    parse("50/hour, 9/second").applyTo(limiter);
    assertEquals("AllOf[Gcra[50/hour burst 50], Gcra[9/second burst 9]]", limiter.toString());
    assertEquals(7, limiter.peek().remaining(), "2 of the 9 are spent");
    clock.advance(Duration.ofSeconds(1));
    assertEquals(9, limiter.peek().remaining());
    assertTrue(limiter.tryAcquire(9));
    parse("50/hour").applyTo(limiter);
    assertEquals(39, limiter.peek().remaining(), "11 of the 50 are spent");
  }

  @Test
  void applyTo_otherPeriod_goesOnByPlace() {
    RateLimiter limiter = parse("3/second, 60/hour").newRateLimiter(clock);
    assertTrue(limiter.tryAcquire(3));
    clock.advance(Duration.ofSeconds(1));
    parse("99/second, 70/day").applyTo(limiter);
    assertEquals(67, limiter.peek().remaining(), "3 are spent");
  }

  @Test
  void applyTo_moreAndFewerRules_newOnesAreFresh() {
    Gate gate = parse("3/second").newGate(clock);
    gate.tryEnter(2);
    parse("3/second, 4/hour sliding-log").applyTo(gate);
    assertEquals(1, gate.peek(1).remaining());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(gate.tryEnter(3).granted());
    clock.advance(Duration.ofSeconds(1));
    assertEquals(1, gate.peek(1).remaining());
    parse("3/second").applyTo(gate);
    assertEquals(3, gate.peek(1).remaining());
  }

  @Test
  void applyTo_unlimitedAndBlocked_keepTheRulesBeforeThem() {
    RateLimiter limiter = parse("60/hour, 300/day").newRateLimiter(clock);
    limiter.drain();
    parse("unlimited").applyTo(limiter);
    assertTrue(limiter.tryAcquire(1_000));
    parse("blocked").applyTo(limiter);
    assertFalse(limiter.tryAcquire());
    clock.advance(Duration.ofMinutes(10));
    parse("unlimited").applyTo(limiter);
    parse("60/hour token-bucket, 200/day").applyTo(limiter);
    assertEquals(10, limiter.peek().remaining(), "time has passed");
    Gate gate = parse("2/hour, 5 concurrent").newGate(clock);
    Permit inside = gate.tryEnter();
    parse("unlimited").applyTo(gate);
    assertTrue(gate.tryEnter(1_000).granted());
    parse("3/hour sliding-log, 1 concurrent").applyTo(gate);
    assertEquals("Gate[SlidingLog[3/hour], ConcurrencyLimiter[1 of 1 in flight]]", gate.toString());
    inside.close();
    assertEquals(1, gate.peek(1).remaining());
    assertTrue(gate.tryEnter().granted());
    assertEquals(Duration.ofHours(1).toNanos(), gate.peek(2).resetAfterNanos());
  }

  private static final List<String> ALGORITHMS =
      List.of("gcra", "token-bucket", "fixed-window", "sliding-log");

  @Test
  void applyTo_anotherAlgorithm_takesTheLevelAlong() {
    for (String from : ALGORITHMS) {
      for (String to : ALGORITHMS) {
        for (int took : new int[] {0, 20, 60}) {
          for (String more : new String[] {"", ", 300/day"}) {
            RateLimiter limiter = parse("60/hour " + from + more).newRateLimiter(clock);
            limiter.tryAcquire(took);
            parse("60/hour " + to + more).applyTo(limiter);
            String name = from + more + " to " + to + " after " + took;
            assertEquals(60 - took, limiter.peek().remaining(), name);
            parse("70/hour " + from + more).applyTo(limiter);
            assertEquals(70 - took, limiter.peek().remaining(), name);
            parse("10/hour " + to + more).applyTo(limiter);
            assertEquals(Math.max(10 - took, 0), limiter.peek().remaining(), name);
            clock.advance(Duration.ofHours(2));
            assertEquals(10, limiter.peek().remaining(), name);
            clock.advance(Duration.ofDays(2));
          }
        }
      }
    }
  }

  @Test
  void applyTo_anotherAlgorithm_aDebtStaysADebt() {
    for (String from : ALGORITHMS) {
      for (String to : ALGORITHMS) {
        RateLimiter limiter = parse("60/hour " + from).newRateLimiter(clock);
        assertTrue(limiter.acquireForced(90) >= Duration.ofMinutes(30).toNanos());
        parse("60/hour " + to).applyTo(limiter);
        clock.advance(Duration.ofMinutes(30).minusNanos(1));
        assertFalse(limiter.tryAcquire(0), from + " to " + to);
        clock.advance(Duration.ofHours(2));
        assertTrue(limiter.tryAcquire(1), from + " to " + to);
        clock.advance(Duration.ofDays(2));
      }
    }
  }

  /** 20 of the 60 were admitted 59 minutes ago: they have left the window in a minute. */
  @Test
  void applyTo_aLogThatStaysALog_keepsItsDates() {
    for (String to : new String[] {
      "60/hour sliding-log",
      "60/hour sliding-log, 3/second",
      "60/hour sliding-log, 3/second sliding-log",
      "300/day, 60/hour sliding-log",
      "60/hour sliding-log, 300/day sliding-log"
    }) {
      RateLimiter limiter = parse("60/hour sliding-log, 3/second").newRateLimiter(clock);
      for (int i = 0; i < 20; i++) {
        assertTrue(limiter.tryAcquire());
        clock.advance(Duration.ofSeconds(1));
      }
      clock.advance(Duration.ofMinutes(59));
      assertEquals(40, remaining(limiter, 60));
      parse(to).applyTo(limiter);
      clock.advance(Duration.ofSeconds(39));
      assertEquals(40, remaining(limiter, 60), to);
      clock.advance(Duration.ofSeconds(22));
      assertEquals(60, remaining(limiter, 60), to);
    }
  }

  /** What the sliding log among the members has left of {@code most} an hour. */
  private long remaining(RateLimiter limiter, int most) {
    Snapshot before = limiter.snapshotAt(clock.nanoTime(), Instant.EPOCH);
    return most
        - Arrays.stream(before.toString().split(" \\| "))
            .filter(level -> level.startsWith("log"))
            .mapToLong(level -> Arrays.stream(level.split(" "))
                .filter(word -> word.contains(":"))
                .filter(word ->
                    Long.parseLong(word.split(":")[0]) < Duration.ofHours(1).toNanos())
                .mapToLong(word -> Long.parseLong(word.split(":")[1]))
                .sum())
            .sum();
  }

  @Test
  void applyTo_shorterPeriodOfALog_freesAtOnceWhatIsOlder() {
    RateLimiter limiter = parse("9/hour sliding-log").newRateLimiter(clock);
    limiter.tryAcquire(5);
    clock.advance(Duration.ofMinutes(2));
    limiter.tryAcquire(3);
    parse("9/minute sliding-log").applyTo(limiter);
    assertEquals(6, limiter.peek().remaining());
    parse("9/hour").applyTo(limiter);
    assertEquals(6, limiter.peek().remaining(), "what had left stays out");
  }

  @Test
  void applyTo_whilePenalized_thePenaltyStays() {
    for (String text : new String[] {"3/second", "3/second fixed-window", "3/second sliding-log"}) {
      Gate gate = parse(text).newGate(clock);
      gate.penalize(Duration.ofSeconds(10));
      parse("5/minute token-bucket").applyTo(gate);
      assertEquals(Duration.ofSeconds(10).toNanos(), gate.peek(1).retryAfterNanos(), text);
      parse("5/hour sliding-log, 9 concurrent, 7/minute fixed-window").applyTo(gate);
      assertEquals(Duration.ofSeconds(10).toNanos(), gate.peek(1).retryAfterNanos(), text);
    }
  }

  @Test
  void applyTo_windowOfAnotherLength_goesOn() {
    Gate gate = parse("3/second fixed-window").newGate(clock);
    gate.tryEnter(3);
    parse("4/minute fixed-window").applyTo(gate);
    assertEquals(1, gate.peek(1).remaining());
  }

  @Test
  void applyTo_everyAlgorithm_hasItsNewLimitAndWhatWasSpentStaysSpent() {
    Gate gate = parse("9/second token-bucket, 9/minute fixed-window, 9/hour sliding-log, 9/day")
        .newGate(clock);
    gate.tryEnter(4);
    parse("8/second token-bucket, 7/minute fixed-window, 6/hour sliding-log, 5/day")
        .applyTo(gate);
    assertEquals(
        "Gate[TokenBucket[8/second burst 8], TokenBucket[7/minute burst 7 stepwise],"
            + " SlidingLog[6/hour], Gcra[5/day burst 5]]",
        gate.toString());
    assertEquals(1, gate.peek(1).remaining(), "of 5 a day");
    parse("9/second token-bucket, 9/minute fixed-window, 7/hour sliding-log, 9/day")
        .applyTo(gate);
    assertEquals(3, gate.peek(1).remaining(), "of 7 an hour");
  }

  @Test
  void applyTo_otherRefill_isAnotherMemberOfTheSameLevel() {
    Gate gate = parse("3/second token-bucket").newGate(clock);
    gate.tryEnter(2);
    parse("3/second fixed-window").applyTo(gate);
    assertEquals("Gate[TokenBucket[3/second burst 3 stepwise]]", gate.toString());
    assertEquals(1, gate.peek(1).remaining());
  }

  /** Members of the user that can go on do so; who holds them sees the new limit. */
  @Test
  void reconfigure_ownMembers_goOnUnlessTheAlgorithmChanges() {
    Gcra hour = Gcra.create(Rate.perHour(60), clock);
    SlidingLog day = SlidingLog.create(Rate.perDay(100), clock);
    AllOf all = AllOf.of(hour, day);
    all.tryAcquire(10);
    all.reconfigure(
        AllOf.of(SlidingLog.create(Rate.perDay(50), clock), Gcra.create(Rate.perHour(30), clock)));
    assertEquals(Rate.perHour(30), hour.rate());
    assertEquals(List.of(Rate.perDay(50)), day.windows());
    assertEquals(20, hour.peek().remaining());
    assertEquals(40, day.peek().remaining());
    all.reconfigure(AllOf.of(
        TokenBucket.stepwise(Rate.perHour(20), clock), SlidingLog.create(Rate.perDay(60), clock)));
    assertEquals(Rate.perHour(30), hour.rate(), "another one took its place");
    assertEquals(10, all.peek().remaining());
    all.tryAcquire(10);
    assertEquals(20, hour.peek().remaining(), "and is charged alone");
    assertEquals(40, day.peek().remaining());
  }

  @Test
  void reconfigure_membersWithoutState_areThoseOfTheNewLimits() {
    Gcra gcra = Gcra.create(Rate.perSecond(4), clock);
    AllOf all = AllOf.of(RateLimiter.unlimited(clock), gcra);
    all.tryAcquire(1);
    all.reconfigure(AllOf.of(RateLimiter.blocked(clock), Gcra.create(Rate.perSecond(4), clock)));
    assertFalse(all.tryAcquire());
    all.reconfigure(AllOf.of(Gcra.create(Rate.perSecond(4), clock), RateLimiter.unlimited(clock)));
    assertEquals(3, all.peek().remaining());
  }

  @Test
  void reconfigure_aLog_keepsAsThePolicySays() {
    RateLimiter log = parse("3/second sliding-log").newRateLimiter(clock);
    log.tryAcquire(2);
    RateLimiter target = parse("5/second sliding-log").newRateLimiter(clock);
    log.reconfigure(target, LevelPolicy.KEEP);
    assertEquals(1, log.peek().remaining());
    log.reconfigure(target, LevelPolicy.EMPTY);
    assertEquals(0, log.peek().remaining());
    log.reconfigure(target, LevelPolicy.FRESH);
    assertEquals(5, log.peek().remaining());
  }

  @Test
  void applyTo_concurrencyInFlight_staysCountedAndIsGivenBack() {
    Gate gate = parse("3 concurrent").newGate(clock);
    Permit first = gate.tryEnter(2);
    parse("1 concurrent, 9/second").applyTo(gate);
    assertFalse(gate.tryEnter().granted());
    first.close();
    Permit second = gate.tryEnter();
    assertTrue(second.granted());
    parse("9/second").applyTo(gate);
    second.close();
    Permit third = gate.tryEnter();
    parse("1 concurrent").applyTo(gate);
    assertTrue(gate.tryEnter().granted(), "one that is new counts from now on");
    third.close();
    assertEquals("Gate[ConcurrencyLimiter[1 of 1 in flight]]", gate.toString());
  }

  @Test
  void applyTo_callersInLine_waitForTheNewRules() {
    RateLimiter limiter = parse("1/minute, 100/hour").newRateLimiter(clock);
    limiter.tryAcquire();
    CompletableFuture<Boolean> first = limiter.acquireAsync(1, Duration.ofHours(1));
    CompletableFuture<Boolean> two = limiter.acquireAsync(2, Duration.ofHours(1));
    assertFalse(two.join(), "never");
    CompletableFuture<Boolean> last = limiter.acquireAsync(1, Duration.ofMinutes(2));
    parse("2/minute burst 1, 100/hour").applyTo(limiter);
    clock.advance(Duration.ofSeconds(30));
    assertTrue(first.join());
    parse("1/minute fixed-window").applyTo(limiter);
    assertFalse(last.isDone());
    clock.advance(Duration.ofMinutes(1));
    assertTrue(last.join());
    CompletableFuture<Boolean> blocked = limiter.acquireAsync(1, Duration.ofHours(1));
    parse("blocked").applyTo(limiter);
    assertFalse(blocked.join());
    parse("1/minute fixed-window").applyTo(limiter);
    CompletableFuture<Boolean> free = limiter.acquireAsync(1, Duration.ofHours(1));
    assertFalse(free.isDone());
    parse("unlimited").applyTo(limiter);
    assertTrue(free.join());
    assertEquals(0, clock.sleepers());
  }

  @Test
  void applyTo_aReservationThatIsNotDue_keepsItsPlace() {
    RateLimiter limiter = parse("1/minute").newRateLimiter(clock);
    limiter.tryAcquire();
    Reservation reservation = limiter.reserve(1, Duration.ofHours(1));
    assertEquals(Duration.ofMinutes(1).toNanos(), reservation.waitNanos());
    parse("2/minute burst 1").applyTo(limiter);
    assertEquals(Duration.ofSeconds(30).toNanos(), reservation.waitNanos());
    parse("1/minute fixed-window").applyTo(limiter);
    assertFalse(limiter.tryAcquire());
  }

  /** The last change holds as a whole, also one that a callback makes while another runs. */
  @Test
  void reconfigure_byACallbackOfAChange_comesAfterThatChange() {
    AllOf all = parse("1/hour, 10/day").newRateLimiter(clock);
    all.tryAcquire();
    all.acquireAsync(1, Duration.ofHours(5)).thenAccept(passed -> {
      assertEquals("AllOf[Gcra[1000/hour burst 1000], Gcra[9000/day burst 9000]]", "" + all);
      parse("2/hour, 3/day sliding-log").applyTo(all);
    });
    parse("1000/hour, 9000/day").applyTo(all);
    assertEquals("AllOf[Gcra[2/hour burst 2], SlidingLog[3/day]]", all.toString());
    assertEquals(0, all.peek().remaining());
  }

  @Test
  void reconfigure_policy_isThatOfEachMember() {
    RateLimiter limiter = parse("4/second, 8/minute sliding-log").newRateLimiter(clock);
    limiter.tryAcquire(2);
    RateLimiter target = parse("8/second, 8/minute sliding-log").newRateLimiter(clock);
    limiter.reconfigure(target, LevelPolicy.PROPORTIONAL);
    assertEquals(4, limiter.peek().remaining());
    limiter.reconfigure(target, LevelPolicy.EMPTY);
    assertEquals(0, limiter.peek().remaining());
    limiter.reconfigure(target, LevelPolicy.FRESH);
    assertEquals(8, limiter.peek().remaining());
  }

  @Test
  void applyTo_aSingleAlgorithm_takesOneRuleOfIt() {
    Gcra gcra = Gcra.create(Rate.perSecond(10), clock);
    gcra.tryAcquire(4);
    parse("600/minute burst 20").applyTo(CountingLimiter.of(gcra));
    assertEquals("Gcra[600/minute burst 20]", gcra.toString());
    assertEquals(16, gcra.peek().remaining());
    parse("100/minute").applyTo(gcra.striped());
    assertEquals("Gcra[100/minute burst 100]", gcra.toString());
    for (RateLimiter single : new RateLimiter[] {gcra, gcra.striped()}) {
      for (String text : new String[] {"3/second token-bucket", "3/second, 60/hour", "unlimited"}) {
        String said = assertThrows(
                IllegalArgumentException.class, () -> parse(text).applyTo(single))
            .getMessage();
        assertTrue(said.startsWith("limits: " + text), said);
        assertTrue(said.endsWith("what newRateLimiter made can be changed to any rules)"), said);
      }
    }
    SlidingLog log = SlidingLog.create(Rate.perSecond(3), clock);
    parse("5/second sliding-log, 7/minute sliding-log").applyTo(log);
    assertEquals("SlidingLog[5/second, 7/minute]", log.toString());
    assertThrows(
        UnsupportedOperationException.class,
        () -> parse("3/second").applyTo(RateLimiter.unlimited(clock)));
  }

  @Test
  void applyTo_stripedRuleText_takesAnyRules() {
    AllOf limiter = parse("100000/second").newRateLimiter(clock).striped();
    assertTrue(limiter.tryAcquire(60_000));
    assertTrue(limiter.toString().startsWith("StripedLimiter[Gcra[100000/second "));
    parse("90000/second sliding-log, 8000000/minute").applyTo(limiter);
    assertEquals(30_000, limiter.peek().remaining());
    parse("unlimited").applyTo(limiter);
    parse("70000/second token-bucket").applyTo(limiter);
    assertEquals(10_000, limiter.peek().remaining());
    assertTrue(limiter.toString().startsWith("StripedLimiter[TokenBucket[70000/second "));
    assertTrue(limiter.tryAcquire(10_000));
    assertFalse(limiter.tryAcquire());
    assertEquals(0, limiter.decide().deniedBy());
  }

  @Test
  void applyTo_countingViewOfARuleText_takesAnyRules() {
    RateLimiter limiter = parse("10/second").newRateLimiter(clock);
    parse("3/second sliding-log, 60/hour").applyTo(CountingLimiter.of(limiter));
    assertEquals("AllOf[SlidingLog[3/second], Gcra[60/hour burst 60]]", limiter.toString());
  }

  /** A member that counts goes on counting where the algorithm stays. */
  @Test
  void reconfigure_countingMembers_goOnCounting() {
    CountingLimiter hour = CountingLimiter.of(Gcra.create(Rate.perHour(5), clock));
    AllOf all = AllOf.of(hour, SlidingLog.create(Rate.perDay(9), clock));
    all.tryAcquire(5);
    parse("6/hour, 9/day sliding-log").applyTo(all);
    assertTrue(all.tryAcquire());
    assertFalse(all.tryAcquire());
    assertEquals(6, hour.admitted());
    assertEquals(1, hour.denied());
  }

  @Test
  void reconfigure_otherClock_isRefused() {
    Gate gate = parse("3/second").newGate(clock);
    Gate other = parse("3/second").newGate(ManualClock.startingAt(1));
    assertThrows(IllegalArgumentException.class, () -> gate.reconfigure(other));
    AllOf all = AllOf.of(Gcra.create(Rate.perSecond(1), clock));
    RateLimiter target = Gcra.create(Rate.perSecond(1), ManualClock.startingAt(1));
    assertThrows(IllegalArgumentException.class, () -> all.reconfigure(target));
  }

  @Test
  void reconfigure_weights_thatDifferAreOtherMembers() {
    ConcurrencyLimiter taken = ConcurrencyLimiter.create(4);
    Gate gate =
        Gate.builder(clock).rate(Gcra.create(Rate.perSecond(4), clock), 2).build();
    gate.tryEnter();
    gate.reconfigure(Gate.builder(clock)
        .rate(Gcra.create(Rate.perSecond(6), clock), 3)
        .concurrency(taken)
        .build());
    assertEquals(2, gate.peek(1).remaining());
    gate.tryEnter();
    assertEquals(1, taken.inFlight());
  }
}
