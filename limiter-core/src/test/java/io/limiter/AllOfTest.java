package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AllOfTest {
  private final ManualClock clock = ManualClock.create();
  private final Gcra second = Gcra.create(Rate.perSecond(3), clock);
  private final Gcra hour = Gcra.create(Rate.perHour(60), 4, clock);

  @Test
  void decide_memberDenies_isNamedAndNobodyIsCharged() {
    AllOf all = AllOf.of(second, hour);
    assertEquals(new Decision(true, 0, 0, 180_000_000_000L, -1), all.decide(3));
    assertEquals(new Decision(false, 0, 333_333_334, 180_000_000_000L, 0), all.decide());
    clock.advanceNanos(1_000_000_000);
    assertTrue(all.tryAcquire());
    assertEquals(new Decision(false, 0, 59_000_000_000L, 239_000_000_000L, 1), all.decide());
    assertEquals(2, second.peek().remaining());
  }

  @Test
  void decide_severalDeny_namesTheLongestWait() {
    AllOf all = AllOf.of(second, hour);
    assertEquals(new Decision(false, 3, Decision.NEVER, 0, 0), all.decide(5));
    assertTrue(second.tryAcquire(3));
    assertTrue(hour.tryAcquire(4));
    assertEquals(1, all.decide().deniedBy());
  }

  @Test
  void decide_weights_chargeEachItsShare() {
    AllOf all = AllOf.of(List.of(second, hour), 1, 2);
    assertEquals(2, all.peek().remaining());
    assertTrue(all.tryAcquire(2));
    assertEquals(1, second.peek().remaining());
    assertEquals(0, hour.peek().remaining());
    assertTrue(all.refund(2));
    assertEquals(3, second.peek().remaining());
    assertEquals(4, hour.peek().remaining());
  }

  @Test
  void tryAcquireEach_numbersForEach_takesThemOrNothing() {
    AllOf all = AllOf.of(second, hour);
    assertTrue(all.tryAcquireEach(1, 3));
    assertFalse(all.tryAcquireEach(1, 2));
    assertEquals(2, second.peek().remaining());
    assertEquals(1, hour.peek().remaining());
    assertTrue(all.decideEach(2, 1).admitted());
  }

  @Test
  void of_nestedAllOf_flattens() {
    AllOf all = AllOf.of(List.of(AllOf.of(List.of(second), 2), hour), 1, 1);
    assertEquals(2, all.size());
    assertTrue(all.tryAcquire());
    assertEquals(1, second.peek().remaining());
  }

  @Test
  void decide_hugeWeights_saturateAndDeny() {
    AllOf all = AllOf.of(List.of(second), Long.MAX_VALUE);
    assertEquals(new Decision(false, 0, Decision.NEVER, 0, 0), all.decide(Long.MAX_VALUE));
  }

  @Test
  void of_badArguments_saysWhatIsExpected() {
    assertEquals("members: 0 (expected: >= 1)", refusal(() -> AllOf.of()));
    assertEquals("weight: 0 (expected: >= 1)", refusal(() -> AllOf.of(List.of(second), 0)));
    assertEquals(
        "weights.length: 2 (expected: 1..1)", refusal(() -> AllOf.of(List.of(second), 1, 1)));
    assertEquals(
        "members: [Gcra[3/second burst 3], Gcra[3/second burst 3]] (expected: each once; give it a"
            + " greater weight instead)",
        refusal(() -> AllOf.of(second, second)));
    Gcra elsewhere = Gcra.create(Rate.perSecond(1), ManualClock.startingAt(7));
    assertEquals(
        "members: clocks ManualClock[0 ns] and ManualClock[7 ns] (expected: one for all)",
        refusal(() -> AllOf.of(second, elsewhere)));
    assertEquals(
        "permits: -1 (expected: >= 0)", refusal(() -> AllOf.of(second).tryAcquireEach(-1)));
  }

  @Test
  void tryAcquireEach_noPermitsOfAMember_doesNotAskIt() {
    RateLimiter blocked = RateLimiter.blocked(clock);
    AllOf all = AllOf.of(second, blocked);
    assertTrue(all.tryAcquireEach(2, 0));
    assertEquals(1, second.peek().remaining());
    Decision decision = all.decideEach(1, 0);
    assertTrue(decision.admitted());
    assertEquals(0, decision.remaining());
    assertFalse(all.tryAcquireEach(0, 1));
    assertFalse(all.tryAcquireEach(0, 0)); // of a call for nothing at all, each is asked
    assertEquals(0, second.peek().remaining());
  }

  /** A call for 0 permits is one for 0 of each member, and each is asked. */
  @Test
  void noPermits_areAdmittedIffNoMemberOwesOrIsPenalized() {
    Gcra other = Gcra.create(Rate.perSecond(5), clock);
    AllOf all = AllOf.of(second, other);
    all.drain();
    Decision before = all.peek();
    assertTrue(all.tryAcquire(0));
    assertTrue(all.decide(0).admitted());
    assertEquals(before, all.peek());
    other.acquireForced(9);
    assertFalse(all.tryAcquire(0));
    Decision denied = all.decide(0);
    assertEquals(1, denied.deniedBy());
    clock.advanceNanos(denied.retryAfterNanos() - 1);
    assertFalse(all.tryAcquire(0));
    clock.advanceNanos(1);
    assertTrue(all.tryAcquire(0));
    second.penalize(Duration.ofSeconds(60));
    assertFalse(all.tryAcquire(0));
  }

  @Test
  void each_zeroPermitsOfAMember_doNotAskIt() {
    AllOf all = AllOf.of(second, hour);
    hour.acquireForced(5);
    assertFalse(all.tryAcquireEach(1, 1));
    assertTrue(all.tryAcquireEach(1, 0));
    assertEquals(
        new Decision(true, 1, 0, 666_666_667, -1),
        all.decideEach(1, 0),
        "what the second has left, in calls like this one");
    assertEquals(-1, all.decideEach(1, 0).deniedBy());
    assertEquals(0, all.decideEach(1, 0).deniedBy());
  }

  @Test
  void zeroPermits_areAskedOfAllMembersAndChargeNone() {
    AllOf all = AllOf.of(second, hour);
    all.tryAcquire(3);
    assertTrue(all.tryAcquire(0));
    assertTrue(all.tryAcquireEach(0, 0));
    assertEquals(1, hour.peek().remaining());
    hour.acquireForced(2); // a debt of 1
    assertFalse(all.tryAcquire(0));
    assertFalse(all.tryAcquireEach(0, 0));
    assertEquals(
        new Decision(false, 0, 60_000_000_000L, 300_000_000_000L, 1), all.decideEach(0, 0));
  }

  @Test
  void oneMember_isToldAndNamedAsItself() {
    AllOf alone = AllOf.of(hour);
    Gcra twin = Gcra.create(Rate.perHour(60), 4, clock);
    for (long permits : new long[] {0, 2, 3, 2, 1, 5, 0}) {
      assertEquals(twin.peek(permits), alone.peek(permits));
      assertEquals(twin.decide(permits), alone.decide(permits));
      clock.advanceNanos(7_000_000_000L);
    }
    assertEquals(twin.toString(), alone.toString());
    assertEquals(
        twin.reserve(3, java.time.Duration.ofHours(1)).waitNanos(),
        alone.reserve(3, java.time.Duration.ofHours(1)).waitNanos());
    assertEquals(twin.acquireForced(7), alone.acquireForced(7));
    assertEquals(twin.peek(), alone.peek());
  }

  @Test
  void each_anotherNumberThanMembers_isRefused() {
    AllOf all = AllOf.of(second, hour);
    String expected = "permits.length: 3 (expected: 2..2)";
    assertEquals(expected, refusal(() -> all.tryAcquireEach(1, 1, 1)));
    assertEquals(expected, refusal(() -> all.decideEach(1, 1, 1)));
    assertEquals(
        "permits",
        assertThrows(NullPointerException.class, () -> all.tryAcquireEach((long[]) null))
            .getMessage());
  }

  @Test
  void refund_oneMemberCannot_isFalseAndTheOthersDo() {
    SlidingLog log = SlidingLog.create(Rate.perSecond(3), clock);
    AllOf all = AllOf.of(log, second);
    assertTrue(second.tryAcquire());
    assertFalse(all.refund(1)); // there is nothing in the log
    assertEquals(3, second.peek().remaining());
    assertTrue(all.tryAcquire());
    assertTrue(all.refund(1));
  }

  @Test
  void decide_slidingLogAmongMembers_isAskedChargedAndExplained() {
    SlidingLog log = SlidingLog.create(Rate.ofNanos(3, 100), clock);
    AllOf all = AllOf.of(hour, log);
    assertEquals(new Decision(true, 1, 0, 120_000_000_000L, -1), all.decide(2));
    assertEquals(1, log.peek().remaining());
    assertEquals(new Decision(false, 1, 100, 120_000_000_000L, 1), all.decide(2));
    assertTrue(all.tryAcquire());
    assertFalse(all.tryAcquire());
    assertEquals(1, hour.peek().remaining());
    assertEquals(100, AllOf.of(log).peek().resetAfterNanos());
  }

  private static String refusal(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }
}
