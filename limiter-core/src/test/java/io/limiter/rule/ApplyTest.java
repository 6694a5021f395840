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
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A rule text applied to a limiter that is in use. */
class ApplyTest {
  private final ManualClock clock = ManualClock.startingAt(1L << 61);

  private static Limits parse(String text) {
    return Limits.parse(text);
  }

  @Test
  void applyTo_allRules_whatWasSpentOfAPeriodStaysSpent() {
    RateLimiter limiter = parse("3/second, 60/hour").newRateLimiter(clock);
    assertTrue(limiter.tryAcquire(2));
    parse("50/hour, 9/second").applyTo(limiter);
    assertEquals("AllOf[Gcra[50/hour burst 50], Gcra[9/second burst 9]]", limiter.toString());
    assertEquals(7, limiter.peek().remaining(), "2 of the 9 are spent");
    clock.advance(Duration.ofSeconds(1));
    assertEquals(9, limiter.peek().remaining());
    assertTrue(limiter.tryAcquire(9));
    parse("50/hour").applyTo(limiter);
    assertEquals(39, limiter.peek().remaining(), "2 and 9 of the 50 are spent");
  }

  @Test
  void applyTo_otherPeriod_goesOnByOrder() {
    RateLimiter limiter = parse("3/second, 60/hour").newRateLimiter(clock);
    assertTrue(limiter.tryAcquire(3));
    parse("3/second, 70/day").applyTo(limiter);
    clock.advance(Duration.ofSeconds(1));
    parse("99/second, 70/day").applyTo(limiter);
    clock.advance(Duration.ofSeconds(1));
    assertEquals(67, limiter.peek().remaining(), "3 of the 70 are spent");
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
    parse("blocked").applyTo(gate);
    assertFalse(gate.tryEnter().granted());
    parse("unlimited").applyTo(gate);
    assertTrue(gate.tryEnter(1_000).granted());
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
  void applyTo_windowOfAnotherLength_isAnotherWindow() {
    Gate gate = parse("3/second fixed-window").newGate(clock);
    gate.tryEnter(3);
    parse("4/second fixed-window").applyTo(gate);
    assertEquals(1, gate.peek(1).remaining());
    parse("4/minute fixed-window").applyTo(gate);
    assertEquals(4, gate.peek(1).remaining());
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
    assertEquals(1, gate.peek(1).remaining(), "4 of the 5 a day are spent");
    parse("8/second token-bucket, 7/minute fixed-window, 6/hour sliding-log, 9/day")
        .applyTo(gate);
    assertEquals(2, gate.peek(1).remaining(), "the log counts what it admitted");
    parse("3/second token-bucket, 9/minute fixed-window, 9/hour sliding-log, 9/day")
        .applyTo(gate);
    assertEquals(0, gate.peek(1).remaining(), "all of the 3 are spent");
  }

  @Test
  void applyTo_otherRefill_isAnotherMember() {
    Gate gate = parse("3/second token-bucket").newGate(clock);
    gate.tryEnter(3);
    parse("3/second fixed-window").applyTo(gate);
    assertEquals("Gate[TokenBucket[3/second burst 3 stepwise]]", gate.toString());
    assertEquals(3, gate.peek(1).remaining());
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
  void applyTo_aLog_inheritsAsNamed() {
    RateLimiter log = parse("3/second sliding-log").newRateLimiter(clock);
    log.tryAcquire(2);
    RateLimiter like = parse("5/second sliding-log").newRateLimiter(clock);
    log.reconfigure(like, LevelPolicy.KEEP);
    assertEquals(3, log.peek().remaining());
    log.reconfigure(like, LevelPolicy.EMPTY);
    assertEquals(0, log.peek().remaining());
    log.reconfigure(like, LevelPolicy.FRESH);
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
  void applyTo_whoWaits_isTimedAnew() {
    Gate gate = parse("1/minute, 100/hour").newGate(clock);
    gate.tryEnter();
    AllOf all = (AllOf) parse("1/minute, 100/hour").newRateLimiter(clock);
    all.tryAcquire();
    Reservation reservation = all.reserve(1, Duration.ofHours(1));
    assertEquals(Duration.ofMinutes(1).toNanos(), reservation.waitNanos());
    parse("2/minute burst 1, 100/hour").applyTo(all);
    assertEquals(Duration.ofSeconds(30).toNanos(), reservation.waitNanos());
    parse("6/hour").applyTo(all);
    assertEquals(Duration.ofSeconds(30).toNanos(), reservation.waitNanos(), "it has left");
  }

  @Test
  void reconfigure_inheritance_isThatOfEachMember() {
    RateLimiter limiter = parse("4/second, 8/minute sliding-log").newRateLimiter(clock);
    limiter.tryAcquire(2);
    RateLimiter like = parse("8/second, 8/minute sliding-log").newRateLimiter(clock);
    limiter.reconfigure(like, LevelPolicy.PROPORTIONAL);
    assertEquals(4, limiter.peek().remaining());
    limiter.reconfigure(like, LevelPolicy.EMPTY);
    assertEquals(0, limiter.peek().remaining());
    limiter.reconfigure(like, LevelPolicy.FRESH);
    assertEquals(8, limiter.peek().remaining());
  }

  @Test
  void applyTo_oneRule_ofTheSameAlgorithm() {
    RateLimiter limiter = parse("10/second").newRateLimiter(clock);
    limiter.tryAcquire(4);
    parse("600/minute burst 20").applyTo(CountingLimiter.of(limiter));
    assertEquals("Gcra[600/minute burst 20]", limiter.toString());
    assertEquals(16, limiter.peek().remaining());
    for (String text : new String[] {"3/second token-bucket", "3/second, 60/hour", "unlimited"}) {
      String said = assertThrows(
              IllegalArgumentException.class, () -> parse(text).applyTo(limiter))
          .getMessage();
      assertTrue(said.contains("(expected: of the algorithm of Gcra"), said);
    }
    RateLimiter log = parse("3/second sliding-log").newRateLimiter(clock);
    parse("5/second sliding-log, 7/minute sliding-log").applyTo(log);
    assertEquals("SlidingLog[5/second, 7/minute]", log.toString());
    RateLimiter window = parse("3/second fixed-window").newRateLimiter(clock);
    parse("5/minute fixed-window").applyTo(window);
    assertEquals("TokenBucket[5/minute burst 5 stepwise]", window.toString());
    assertThrows(
        UnsupportedOperationException.class,
        () -> parse("3/second").applyTo(RateLimiter.unlimited(clock)));
  }

  @Test
  void reconfigure_otherClock_isRefused() {
    Gate gate = parse("3/second").newGate(clock);
    Gate other = parse("3/second").newGate(ManualClock.startingAt(1));
    assertThrows(IllegalArgumentException.class, () -> gate.reconfigure(other));
    AllOf all = AllOf.of(Gcra.create(Rate.perSecond(1), clock));
    RateLimiter like = Gcra.create(Rate.perSecond(1), ManualClock.startingAt(1));
    assertThrows(IllegalArgumentException.class, () -> all.reconfigure(like));
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
