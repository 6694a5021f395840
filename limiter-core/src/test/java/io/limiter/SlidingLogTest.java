package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SlidingLogTest {
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 5); // wraps around

  private SlidingLog log(long permits, long periodNanos) {
    return SlidingLog.create(Rate.ofNanos(permits, periodNanos), clock);
  }

  @Test
  void tryAcquire_tenPerMinuteAtOnce_admitsTenAndThenNoneForAMinute() {
    SlidingLog log = SlidingLog.create(Rate.perMinute(10), clock);
    for (int i = 0; i < 10; i++) {
      assertTrue(log.tryAcquire());
    }
    assertFalse(log.tryAcquire());
    clock.advanceNanos(60 * SECOND - 1);
    assertFalse(log.tryAcquire());
    clock.advanceNanos(1);
    assertTrue(log.tryAcquire(10));
  }

  @Test
  void tryAcquire_acrossAnEdge_neverAdmitsTwiceN() {
    SlidingLog log = log(3, 100);
    clock.advanceNanos(99);
    assertTrue(log.tryAcquire(3));
    clock.advanceNanos(1); // where a fixed window would begin
    assertFalse(log.tryAcquire());
    clock.advanceNanos(98);
    assertFalse(log.tryAcquire());
    clock.advanceNanos(1);
    assertTrue(log.tryAcquire(3));
  }

  @Test
  void decide_full_saysWhenTheRightPermitLeaves() {
    SlidingLog log = log(3, 100);
    assertEquals(new Decision(true, 2, 0, 100, -1), log.decide());
    clock.advanceNanos(10);
    assertEquals(new Decision(true, 0, 0, 100, -1), log.decide(2));
    clock.advanceNanos(10);
    assertEquals(new Decision(false, 0, 80, 90, 0), log.decide(1));
    assertEquals(new Decision(false, 0, 90, 90, 0), log.decide(2));
    assertEquals(new Decision(false, 0, 90, 90, 0), log.decide(3));
    assertEquals(new Decision(false, 0, Decision.NEVER, 90, 0), log.decide(4));
    clock.advanceNanos(80);
    assertEquals(new Decision(true, 0, 0, 100, -1), log.decide(1));
  }

  @Test
  void decide_twoWindows_theStricterDecides() {
    SlidingLog log = SlidingLog.create(List.of(Rate.ofNanos(2, 10), Rate.ofNanos(3, 100)), clock);
    assertEquals(new Decision(true, 0, 0, 100, -1), log.decide(2));
    assertEquals(new Decision(false, 0, 10, 100, 0), log.decide());
    clock.advanceNanos(10);
    assertEquals(new Decision(true, 0, 0, 100, -1), log.decide());
    clock.advanceNanos(10);
    assertEquals(new Decision(false, 0, 80, 90, 0), log.decide());
  }

  @Test
  void decide_staleReading_countsAsTheNewestAdmission() {
    SlidingLog log = log(2, 100);
    long start = clock.nanoTime();
    assertTrue(log.tryAcquireAt(start + 50, 1));
    assertEquals(new Decision(true, 0, 0, 130, -1), log.decideAt(start + 20, 1));
    assertEquals(new Decision(false, 0, 130, 130, 0), log.decideAt(start + 20, 1));
    assertFalse(log.tryAcquireAt(start + 149, 1));
    assertTrue(log.tryAcquireAt(start + 150, 2));
  }

  @Test
  void refund_ofTheNewest_isAsIfNotTaken() {
    SlidingLog log = log(5, 100);
    log.tryAcquire(2);
    clock.advanceNanos(1);
    Decision before = log.peek();
    log.tryAcquire(3);
    assertFalse(log.refund(4), "one of them is older");
    assertTrue(log.refund(1), "a part");
    assertTrue(log.refund(2), "the rest");
    assertEquals(before, log.peek());
  }

  @Test
  void refund_ofAnOlderAdmission_isRefusedAndKeepsTheEntry() {
    SlidingLog log = log(2, 100);
    log.tryAcquire();
    clock.advanceNanos(1);
    log.tryAcquire();
    assertFalse(log.refund(2));
    assertEquals(0, log.peek().remaining());
  }

  /** The answer depended on whether the ring happened to hold the entry still. */
  @Test
  void refund_ofAnAdmissionThatLeftEveryWindow_isRefusedWhateverTheSizeOfTheRing() {
    for (long n : new long[] {1, 2, 8, 9, 100}) {
      SlidingLog log = log(n, 100);
      long start = clock.nanoTime();
      assertTrue(log.tryAcquireAt(start, 1));
      assertFalse(log.refundAt(start + 100, 1), () -> "n: " + n);
      assertTrue(log.tryAcquireAt(start + 100, 1));
      assertTrue(log.refundAt(start + 100, 1), () -> "n: " + n);
      assertFalse(log.refundAt(start + 100, 1), () -> "n: " + n);
    }
  }

  /** A stale reading was told to wait for an entry that had left its window already. */
  @Test
  void peek_staleReadingAfterARefund_countsOnlyWhatIsInAWindow() {
    for (long n : new long[] {1, 2, 9}) {
      SlidingLog log = log(n, 100);
      long start = clock.nanoTime();
      assertTrue(log.tryAcquireAt(start, 1));
      assertTrue(log.tryAcquireAt(start + 100, 1));
      assertTrue(log.refundAt(start + 100, 1));
      assertEquals(new Decision(true, n, 0, 0, -1), log.peekAt(start + 50, 1));
    }
  }

  @Test
  void ring_growingWhileItWraps_keepsEveryEntry() {
    SlidingLog log = log(100, 1_000);
    for (int i = 0; i < 5; i++) {
      assertTrue(log.tryAcquire());
    }
    clock.advanceNanos(999);
    assertTrue(log.tryAcquire(5)); // 10 of 100: the first ring of 8 is too small
    clock.advanceNanos(1);
    assertEquals(95, log.peek().remaining());
    assertTrue(log.tryAcquire(95));
    assertFalse(log.tryAcquire());
    clock.advanceNanos(998);
    assertEquals(0, log.peek().remaining());
    clock.advanceNanos(1);
    assertEquals(5, log.peek().remaining());
    clock.advanceNanos(1);
    assertEquals(100, log.peek().remaining());
  }

  @Test
  void tryAcquire_periodLongerThanTheClockCanTell_neverComesBack() {
    SlidingLog log = log(1, Long.MAX_VALUE);
    long start = clock.nanoTime();
    assertTrue(log.tryAcquireAt(start, 1));
    assertEquals(Long.MAX_VALUE, log.peekAt(start, 1).retryAfterNanos());
    assertFalse(log.tryAcquireAt(start + Long.MAX_VALUE - 1, 1));
    assertTrue(log.tryAcquireAt(start + Long.MAX_VALUE, 1));
  }

  @Test
  void peek_readingFurtherBackThanALongCanTell_isToldNever() {
    long far = 1L << 62;
    long start = clock.nanoTime();
    SlidingLog log = log(1, far);
    assertTrue(log.tryAcquireAt(start + far, 1));
    assertEquals(far + far - 1, log.peekAt(start + 1, 1).retryAfterNanos());
    for (long reading : new long[] {start, start - 1, start - far - 1}) {
      assertEquals(Decision.NEVER, log.peekAt(reading, 1).retryAfterNanos());
      assertEquals(Decision.NEVER, log.peekAt(reading, 1).resetAfterNanos());
    }
  }

  @Test
  void create_badWindows_saysWhatIsExpected() {
    assertEquals(
        "windows: 0 (expected: >= 1)",
        assertThrows(
                IllegalArgumentException.class, () -> SlidingLog.create(List.<Rate>of(), clock))
            .getMessage());
    assertEquals(
        "permits: 2147483640 (expected: 1..2147483639)",
        assertThrows(IllegalArgumentException.class, () -> log(2_147_483_640L, 1))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> log(1, 1).tryAcquire(-1));
    assertThrows(IllegalArgumentException.class, () -> log(1, 1).refund(-1));
    assertThrows(NullPointerException.class, () -> SlidingLog.create((Rate) null, clock));
  }

  @Test
  void toString_namesItsWindows() {
    assertEquals(
        "SlidingLog[3/second, 60/hour]",
        SlidingLog.create(List.of(Rate.perSecond(3), Rate.perHour(60)), clock).toString());
  }

  @Test
  void noPermits_areAdmittedUnlessPenalizedAndChangeNothing() {
    ManualClock clock = ManualClock.create();
    SlidingLog log = SlidingLog.create(List.of(Rate.perSecond(3), Rate.perHour(9)), clock);
    assertTrue(log.tryAcquire(0));
    assertEquals(new Decision(true, 3, 0, 0, -1), log.decide(0));
    for (int i = 0; i < 3; i++) {
      assertTrue(log.tryAcquire(3));
      Decision before = log.peek();
      assertTrue(log.tryAcquire(0));
      assertTrue(log.decide(0).admitted());
      assertTrue(log.refund(0));
      assertEquals(before, log.peek());
      clock.advanceNanos(1_000_000_000);
    }
    assertFalse(log.tryAcquire());
    assertTrue(log.tryAcquire(0));
    log.penalizeAt(clock.nanoTime(), 7);
    assertFalse(log.tryAcquire(0));
    assertEquals(7, log.decide(0).retryAfterNanos());
    clock.advanceNanos(7);
    assertTrue(log.tryAcquire(0));
  }

  /** What was taken back of later times is in the way of what is put in place after it. */
  @Test
  void admittedAfterRefunds_countOnce() {
    ManualClock clock = ManualClock.create();
    SlidingLog log = SlidingLog.create(Rate.ofNanos(9, 100), clock);
    assertTrue(log.tryAcquireAt(5, 1) && log.tryAcquireAt(5, 1) && log.tryAcquireAt(7, 1));
    for (int i = 0; i < 3; i++) {
      assertTrue(log.refundAt(7, 1));
    }
    for (int held = 1; held <= 9; held++) {
      assertTrue(log.tryAcquireAt(7, 1));
      assertEquals(9 - held, log.peekAt(7, 1).remaining());
    }
    assertFalse(log.tryAcquireAt(106, 1));
    assertEquals(9, log.peekAt(107, 1).remaining());
  }
}
