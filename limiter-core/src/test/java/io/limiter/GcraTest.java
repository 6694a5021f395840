package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GcraTest {
  private static final long DAY = 86_400_000_000_000L;

  private final ManualClock clock = ManualClock.create();

  private static Decision admitted(long remaining, long resetAfterNanos) {
    return new Decision(true, remaining, 0, resetAfterNanos, -1);
  }

  private static Decision denied(long remaining, long retryAfterNanos, long resetAfterNanos) {
    return new Decision(false, remaining, retryAfterNanos, resetAfterNanos, 0);
  }

  @Test
  void decide_threePerSecond_isExactToTheNanosecond() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    assertEquals(admitted(2, 333_333_334), gcra.decide());
    assertEquals(admitted(1, 666_666_667), gcra.decide());
    assertEquals(admitted(0, 1_000_000_000), gcra.decide());
    assertEquals(denied(0, 333_333_334, 1_000_000_000), gcra.decide());
    clock.advanceNanos(333_333_333);
    assertFalse(gcra.tryAcquire());
    clock.advanceNanos(1);
    assertTrue(gcra.tryAcquire());
    clock.set(666_666_666);
    assertFalse(gcra.tryAcquire());
    clock.set(666_666_667);
    assertTrue(gcra.tryAcquire());
    clock.set(1_000_000_000);
    assertTrue(gcra.tryAcquire());
  }

  @Test
  void decide_sevenPerSecondBurstOne_waitsRoundedUp() {
    Gcra gcra = Gcra.create(Rate.perSecond(7), 1, clock);
    assertTrue(gcra.tryAcquire());
    assertEquals(denied(0, 142_857_143, 142_857_143), gcra.decide());
    clock.set(142_857_142);
    assertEquals(denied(0, 1, 1), gcra.decide());
    clock.set(142_857_143);
    assertEquals(admitted(0, 142_857_143), gcra.decide());
  }

  @Test
  void tryAcquire_afterMillionsAtTheirEarliest_hasNotDrifted() {
    Gcra gcra = Gcra.create(Rate.perSecond(7), 2, clock);
    assertTrue(gcra.tryAcquire(2));
    for (long i = 1; i < 700_000; i++) {
      long earliest = (i * 1_000_000_000 + 6) / 7;
      assertFalse(gcra.tryAcquireAt(earliest - 1, 1));
      assertTrue(gcra.tryAcquireAt(earliest, 1));
    }
    assertFalse(gcra.tryAcquireAt(100_000_000_000_000L - 1, 1));
    assertTrue(gcra.tryAcquireAt(100_000_000_000_000L, 1));
  }

  @Test
  void decide_morePermitsThanBurst_isNever() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    assertEquals(denied(3, Decision.NEVER, 0), gcra.decide(4));
    assertEquals(denied(3, Decision.NEVER, 0), gcra.decide(Long.MAX_VALUE));
    assertEquals(admitted(0, 1_000_000_000), gcra.decide(3));
  }

  @Test
  void decide_whileTheClockWrapsAround_goesOn() {
    clock.set(Long.MAX_VALUE - 99);
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 100), clock);
    assertTrue(gcra.tryAcquire());
    assertEquals(denied(0, 1, 1), gcra.decideAt(Long.MAX_VALUE, 1));
    assertEquals(admitted(0, 100), gcra.decideAt(Long.MIN_VALUE, 1));
  }

  @Test
  void decide_beyondTheHorizon_movesTheOrigin() {
    Rate rate = Rate.perSecond(999_983);
    long horizon = GcraMath.of(rate, 1).horizonNanos();
    assertEquals((1L << 39) - 1, horizon); // nine minutes
    Gcra gcra = Gcra.create(rate, 1, clock);
    for (long i = 0; i < 20; i++) {
      clock.set(i * 2 * horizon);
      assertEquals(admitted(0, 1_001), gcra.decide());
      assertEquals(denied(0, 1_001, 1_001), gcra.decide());
      clock.advanceNanos(1_000);
      assertEquals(denied(0, 1, 1), gcra.decide());
    }
  }

  @Test
  void decide_after292Years_isFresh() {
    clock.set(-5);
    Gcra gcra = Gcra.create(Rate.perSecond(7), clock);
    assertTrue(gcra.tryAcquire(7));
    clock.set(Long.MAX_VALUE - 5);
    assertEquals(new Decision(true, 7, 0, 0, -1), gcra.peek());
    assertEquals(admitted(0, 1_000_000_000), gcra.decide(7));
    assertFalse(gcra.tryAcquire());
  }

  @Test
  void decide_onePerDayBurstOne_waitsADay() {
    Gcra gcra = Gcra.create(Rate.perDay(1), clock);
    assertTrue(gcra.tryAcquire());
    assertEquals(denied(0, DAY, DAY), gcra.decide());
    clock.set(DAY - 1);
    assertFalse(gcra.tryAcquire());
    clock.set(DAY);
    assertTrue(gcra.tryAcquire());
  }

  @Test
  void decide_atAnOlderReading_deniesMoreAndKeepsTheState() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 100), 2, clock);
    clock.set(1_000);
    assertTrue(gcra.tryAcquire());
    assertEquals(denied(0, 900, 1_000), gcra.decideAt(100, 1));
    assertEquals(admitted(0, 200), gcra.decideAt(1_000, 1));
  }

  @Test
  void refund_afterTryAcquire_restoresAtMostTheBurst() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    assertTrue(gcra.tryAcquire(3));
    assertTrue(gcra.refund(2));
    assertEquals(2, gcra.peek().remaining());
    assertTrue(gcra.refund(Long.MAX_VALUE));
    assertEquals(3, gcra.peek().remaining());
    assertTrue(gcra.refund(1));
    assertFalse(gcra.tryAcquire(4));
    assertTrue(gcra.tryAcquire(3));
    assertFalse(gcra.tryAcquire());
  }

  @Test
  void peek_anything_changesNothing() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    assertEquals(new Decision(true, 3, 0, 0, -1), gcra.peek(3));
    assertEquals(new Decision(true, 3, 0, 0, -1), gcra.peek(3));
  }

  @Test
  void create_badArguments_saysWhatIsExpected() {
    Rate rate = Rate.perSecond(3);
    assertEquals(
        "burst: 0 (expected: >= 1)",
        assertThrows(IllegalArgumentException.class, () -> Gcra.create(rate, 0, clock))
            .getMessage());
    assertEquals(
        "burst: 1000000000001 (expected: 1..1000000000000)",
        assertThrows(
                IllegalArgumentException.class, () -> Gcra.create(rate, 1_000_000_000_001L, clock))
            .getMessage());
    assertEquals(
        "clock",
        assertThrows(NullPointerException.class, () -> Gcra.create(rate, null)).getMessage());
    assertEquals(
        "rate",
        assertThrows(NullPointerException.class, () -> Gcra.create((Rate) null, clock))
            .getMessage());
  }

  @Test
  void noPermits_areAdmittedIffTheLevelIsNotNegativeAndChangeNothing() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    assertTrue(gcra.tryAcquire(0));
    assertEquals(admitted(3, 0), gcra.decide(0));
    gcra.drain();
    assertTrue(gcra.tryAcquire(0));
    assertEquals(admitted(0, 1_000_000_000), gcra.decide(0));
    assertEquals(0, gcra.acquireForced(0));
    assertTrue(gcra.refund(0));
    assertEquals(admitted(0, 1_000_000_000), gcra.decide(0));
    assertEquals(333_333_334, gcra.acquireForced(1));
    assertFalse(gcra.tryAcquire(0));
    assertEquals(denied(0, 333_333_334, 1_333_333_334), gcra.decide(0));
    assertEquals(gcra.peek(0), gcra.decide(0));
    assertEquals(333_333_334, gcra.acquireForced(0));
    clock.advanceNanos(333_333_333);
    assertFalse(gcra.tryAcquire(0));
    clock.advanceNanos(1);
    assertTrue(gcra.tryAcquire(0));
  }

  @Test
  void noPermits_duringAPenalty_areDenied() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    gcra.penalizeAt(0, 7);
    assertFalse(gcra.tryAcquire(0));
    assertEquals(denied(0, 7, 7), gcra.decide(0));
    clock.advanceNanos(7);
    assertTrue(gcra.tryAcquire(0));
    assertEquals(admitted(3, 0), gcra.decide(0));
  }

  @Test
  void noPermits_farBeyondTheHorizon_areAdmittedAndMoveNoOrigin() {
    for (long start : new long[] {0, Long.MIN_VALUE, Long.MAX_VALUE - 5}) {
      Gcra gcra = Gcra.create(Rate.perSecond(7), ManualClock.startingAt(start));
      Object cell = gcra.cell;
      assertTrue(gcra.tryAcquireAt(start + Long.MAX_VALUE, 0));
      assertTrue(gcra.tryAcquireAt(start - Long.MAX_VALUE, 0));
      assertTrue(gcra.tryAcquireAt(start, 1));
      assertTrue(gcra.tryAcquireAt(start + Long.MAX_VALUE, 0));
      assertSame(cell, gcra.cell);
    }
  }

  @Test
  void reconfigure_withoutAPolicy_leavesAFreshLimiterFreshAndSpentPermitsSpent() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    gcra.reconfigure(Rate.perSecond(10), 10);
    assertEquals(admitted(10, 0), gcra.decide(0));
    gcra.tryAcquire(4);
    gcra.reconfigure(Rate.perSecond(10), 20);
    assertEquals(16, gcra.peek().remaining());
    gcra.reconfigure(Rate.perSecond(10), 3);
    assertEquals(0, gcra.peek().remaining());
    assertTrue(gcra.tryAcquire(0)); // no new debt
    gcra.reconfigure(Rate.perSecond(10), 5);
    assertEquals(2, gcra.peek().remaining());
  }

  @Test
  void decide_lessThanNoPermits_saysWhatIsExpected() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    for (Runnable call : new Runnable[] {
      () -> gcra.tryAcquire(-3), () -> gcra.decide(-3), () -> gcra.peek(-3), () -> gcra.refund(-3)
    }) {
      assertEquals(
          "permits: -3 (expected: >= 0)",
          assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
  }

  @Test
  void toString_namesRateAndBurst() {
    assertEquals(
        "Gcra[3/second burst 5]", Gcra.create(Rate.perSecond(3), 5, clock).toString());
  }
}
