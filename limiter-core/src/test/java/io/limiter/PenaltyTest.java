package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a penalty does to those who come while it lasts, and to changes meanwhile; by examples. */
class PenaltyTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 3 * SECOND); // wraps
  private final Gcra limiter = Gcra.create(every(4), 10, clock);

  /** 2 permits at each multiple of 4 s. */
  private final TokenBucket steps = TokenBucket.stepwise(Rate.ofNanos(2, 4 * SECOND), 10, clock);

  private static Rate every(long seconds) {
    return Rate.ofNanos(1, seconds * SECOND);
  }

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  private List<RateLimiter> all() {
    Rate rate = every(1);
    return List.of(
        Gcra.create(rate, clock),
        TokenBucket.create(rate, clock),
        TokenBucket.stepwise(rate, clock),
        SlidingLog.create(rate, clock),
        AllOf.of(Gcra.create(rate, clock), SlidingLog.create(rate, clock)));
  }

  private void assertWait(long nanos, RateLimiter limiter) {
    assertEquals(nanos, limiter.peek().retryAfterNanos(), limiter::toString);
  }

  @Test
  void penalize_whileTheClockWrapsAround_holdsToTheNanosecond() {
    List<RateLimiter> all = all();
    all.forEach(each -> each.penalize(seconds(10)));
    clock.advance(seconds(5));
    all.forEach(each -> assertWait(5 * SECOND, each));
    all.forEach(each -> assertEquals(5 * SECOND, each.peek().resetAfterNanos(), each::toString));
    clock.advanceNanos(5 * SECOND - 1);
    all.forEach(each -> assertFalse(each.tryAcquire(), each::toString));
    clock.advanceNanos(1);
    all.forEach(each -> assertTrue(each.tryAcquire(), each::toString));
  }

  @Test
  void penalize_again_theLaterEndCounts() {
    for (RateLimiter each : all()) {
      each.penalize(seconds(3));
      each.penalize(seconds(1));
      assertWait(3 * SECOND, each);
      each.penalize(seconds(5));
      assertWait(5 * SECOND, each);
    }
  }

  @Test
  void penalize_overALevel_keepsIt() {
    limiter.drain();
    limiter.penalize(seconds(10));
    assertEquals(
        new Decision(false, 0, 10 * SECOND, 40 * SECOND, 0),
        limiter.peek(1),
        "as it is at its end");
    assertEquals(12 * SECOND, limiter.peek(3).retryAfterNanos());
    assertEquals(limiter.peek(3), AllOf.of(limiter).peek(3));
    clock.advance(seconds(10));
    assertEquals(2, limiter.peek().remaining());
    assertFalse(limiter.tryAcquire(3));
    assertTrue(limiter.tryAcquire(2));
    assertEquals(2 * SECOND, limiter.peek().retryAfterNanos());
  }

  /** No looser than the change at this moment, and no looser than the same at the penalty's end. */
  @Test
  void reconfigure_duringAPenalty_takesTheStricterOfItsEnds() {
    for (boolean raised : new boolean[] {true, false}) {
      limiter.reset();
      limiter.drain();
      limiter.penalize(seconds(10));
      clock.advance(seconds(4));
      limiter.reconfigure(every(raised ? 2 : 8), 10);
      assertWait(6 * SECOND, limiter);
      clock.advance(seconds(6));
      assertEquals(raised ? 2 : 1, limiter.peek().remaining());
      limiter.reconfigure(every(4), 10);
    }
  }

  @Test
  void reconfigure_afterAChargeDuringAPenalty_countsItFromItsEnd() {
    limiter.penalize(seconds(10));
    assertEquals(18 * SECOND, limiter.acquireForced(12));
    Reservation behind = limiter.reserve(1, FOREVER);
    assertEquals(22 * SECOND, behind.waitNanos());
    clock.advance(seconds(4));
    limiter.reconfigure(every(2), 10);
    assertEquals(12 * SECOND, behind.waitNanos());
    assertTrue(behind.cancel());
    assertEquals(12 * SECOND, limiter.peek().retryAfterNanos(), "6 of penalty, 2 of debt, 1 asked");
  }

  @Test
  void refund_duringAPenalty_countsAtItsEnd() {
    limiter.drain();
    limiter.penalize(seconds(10));
    assertTrue(limiter.refund(5));
    assertWait(10 * SECOND, limiter);
    clock.advance(seconds(10));
    assertEquals(7, limiter.peek().remaining());
  }

  @Test
  void cancel_duringAPenalty_leavesNoTrace() {
    Gcra twin = Gcra.create(every(4), 10, clock);
    assertTrue(twin.tryAcquire(4));
    assertTrue(limiter.tryAcquire(4));
    Reservation reservation = limiter.reserve(5, Duration.ZERO);
    assertTrue(reservation.granted());
    for (Gcra each : List.of(limiter, twin)) {
      each.penalize(seconds(10));
      assertTrue(each.refund(1));
    }
    clock.advance(seconds(4));
    assertTrue(reservation.cancel());
    assertEquals(twin.peek(9), limiter.peek(9));
    clock.advance(seconds(6));
    assertEquals(twin.peek(9), limiter.peek(9));
  }

  @Test
  void restore_duringAPenalty_isChargedOnTopAndThePenaltyStays() {
    Gcra saved = Gcra.create(every(4), 10, clock);
    saved.tryAcquire(3);
    Snapshot snapshot = saved.snapshotAt(clock.nanoTime(), Instant.EPOCH);
    limiter.penalize(seconds(10));
    limiter.restoreAt(clock.nanoTime(), snapshot, Instant.EPOCH);
    assertWait(10 * SECOND, limiter);
    clock.advance(seconds(10));
    assertEquals(7, limiter.peek().remaining());
  }

  @Test
  void restore_moreDebtThanAWordHolds_isCutDownAndDenies() {
    limiter.acquireForced(1_000_000_000_000L);
    Snapshot snapshot = limiter.snapshotAt(clock.nanoTime(), Instant.EPOCH);
    Gcra restored = Gcra.create(every(4), 10, clock);
    for (int i = 0; i < 3; i++) {
      restored.restoreAt(clock.nanoTime(), snapshot, Instant.EPOCH);
      assertFalse(restored.tryAcquire());
      assertTrue(restored.peek().retryAfterNanos() >= limiter.peek().retryAfterNanos());
    }
  }

  @Test
  void reserve_inMidStep_isGrantedUpToItsWaitAndNotOneNanosecondBefore() {
    TokenBucket window = TokenBucket.stepwise(every(1), clock);
    window.drain();
    clock.advanceNanos(SECOND * 3 / 10);
    assertFalse(window.reserve(1, Duration.ofNanos(SECOND * 7 / 10 - 1)).granted());
    assertTrue(window.reserve(1, Duration.ofNanos(SECOND * 7 / 10)).granted());
    assertFalse(window.reserve(1, Duration.ofNanos(SECOND * 17 / 10 - 1)).granted());
    assertTrue(window.reserve(1, Duration.ofNanos(SECOND * 17 / 10)).granted());
  }

  @Test
  void stepwise_penaltyOverALevel_keepsIt() {
    steps.drain();
    steps.penalize(seconds(10));
    assertEquals(new Decision(false, 0, 10 * SECOND, 20 * SECOND, 0), steps.peek(4));
    assertEquals(new Decision(false, 0, 12 * SECOND, 20 * SECOND, 0), steps.peek(5));
    assertEquals(steps.peek(5), AllOf.of(steps).peek(5));
    clock.advance(seconds(10));
    assertFalse(steps.tryAcquire(5));
    assertTrue(steps.tryAcquire(4));
    assertWait(2 * SECOND, steps);
  }

  @Test
  void stepwise_reservedDuringAPenalty_countsFromItsEnd() {
    steps.drain();
    steps.penalize(seconds(10));
    assertFalse(steps.reserve(4, seconds(10).minusNanos(1)).granted());
    Reservation first = steps.reserve(4, seconds(10));
    assertEquals(10 * SECOND, first.waitNanos());
    assertFalse(steps.reserve(1, seconds(12).minusNanos(1)).granted());
    Reservation second = steps.reserve(1, seconds(12));
    assertEquals(12 * SECOND, second.waitNanos());
    assertTrue(first.cancel());
    assertEquals(10 * SECOND, second.waitNanos());
    assertTrue(second.cancel());
    assertEquals(10 * SECOND, steps.peek(4).retryAfterNanos());
    assertTrue(steps.refund(3));
    assertEquals(10 * SECOND, steps.peek(7).retryAfterNanos());
    assertEquals(12 * SECOND, steps.peek(8).retryAfterNanos());
    assertEquals(16 * SECOND, steps.acquireForced(11));
  }

  @Test
  void stepwise_reconfiguredDuringAPenalty_takesTheStricterOfItsEnds() {
    for (boolean raised : new boolean[] {true, false}) {
      TokenBucket bucket = TokenBucket.stepwise(Rate.ofNanos(2, 4 * SECOND), 10, clock);
      bucket.drain();
      bucket.penalize(seconds(10));
      clock.advance(seconds(4));
      bucket.reconfigure(Rate.ofNanos(raised ? 4 : 1, 4 * SECOND), 10);
      assertWait(6 * SECOND, bucket);
      clock.advance(seconds(6));
      assertEquals(raised ? 4 : 3, bucket.peek().remaining());
    }
  }

  @Test
  void penalize_reservationsThatAreNotDue_keepTheirDistances() {
    limiter.drain();
    Reservation first = limiter.reserve(1, FOREVER);
    Reservation second = limiter.reserve(1, FOREVER);
    assertEquals(4 * SECOND, first.waitNanos());
    assertEquals(8 * SECOND, second.waitNanos());
    limiter.penalize(seconds(10));
    assertEquals(10 * SECOND, first.waitNanos());
    assertEquals(14 * SECOND, second.waitNanos());
  }

  /** Held back by whole steps: by two, for the 6 s from the first to the end of the penalty. */
  @Test
  void stepwise_reservationsThatAreNotDue_keepTheirDistancesInSteps() {
    steps.drain();
    Reservation first = steps.reserve(2, FOREVER);
    Reservation second = steps.reserve(2, FOREVER);
    assertEquals(4 * SECOND, first.waitNanos());
    assertEquals(8 * SECOND, second.waitNanos());
    steps.penalize(seconds(10));
    assertEquals(12 * SECOND, first.waitNanos());
    assertEquals(16 * SECOND, second.waitNanos());
  }

  /** It counted as a change at the reading 0: callers were let go at once, as of then. */
  @Test
  void penalize_shorterThanAnotherThatEndsAfterTheReading0_changesNothing() {
    ManualClock early = ManualClock.startingAt(-5 * SECOND);
    Gcra gcra = Gcra.create(every(1), early);
    gcra.penalize(seconds(10));
    gcra.penalize(seconds(1));
    gcra.reset();
    assertTrue(gcra.tryAcquire());
    CompletableFuture<Boolean> next = gcra.acquireAsync(1, seconds(1));
    assertFalse(next.isDone());
    early.advance(seconds(1));
    assertTrue(next.getNow(false));
  }

  @Test
  void reset_duringAPenalty_isAPardon() {
    for (RateLimiter each : List.of(limiter, steps)) {
      each.drain();
      each.penalize(seconds(10));
      each.reset();
      assertTrue(each.tryAcquire(10), each::toString);
    }
  }
}
