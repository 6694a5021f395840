package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** {@link CountingLimiter}, by examples. */
class CountingLimiterTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.create();
  private final Gcra limiter = Gcra.create(Rate.perSecond(1), 2, clock);
  private final CountingLimiter counted = CountingLimiter.of(limiter);

  private void assertCounts(long admitted, long denied, long refunded, long waited) {
    assertEquals(admitted, counted.admitted(), "admitted");
    assertEquals(denied, counted.denied(), "denied");
    assertEquals(refunded, counted.refunded(), "refunded");
    assertEquals(waited, counted.waited(), "waited");
  }

  @Test
  void verbs_areCountedInPermits() {
    assertTrue(counted.tryAcquire(2));
    assertFalse(counted.decide(2).admitted());
    assertFalse(counted.peek(1).admitted());
    counted.refund(1);
    assertEquals(1, counted.tryAcquireUpTo(3));
    assertCounts(3, 4, 1, 0);
  }

  @Test
  void otherVerbs_areThoseOfTheLimiter() {
    assertEquals(2, counted.drain());
    assertTrue(counted.refund(1));
    assertEquals(Duration.ofSeconds(2).toNanos(), counted.acquireForced(3));
    assertCounts(5, 0, 1, 0);
    counted.penalize(Duration.ofSeconds(5));
    assertEquals(Duration.ofSeconds(5).toNanos(), limiter.peek().retryAfterNanos());
    counted.reset();
    assertEquals(2, limiter.peek().remaining());
    counted.syncWithServer(1, Duration.ofSeconds(1));
    assertEquals(1, limiter.peek().remaining());
    Snapshot snapshot = counted.snapshotAt(clock.nanoTime(), Instant.EPOCH);
    limiter.reset();
    counted.restoreAt(clock.nanoTime(), snapshot, Instant.EPOCH);
    assertEquals(1, limiter.peek().remaining());
    assertCounts(5, 0, 1, 0);
  }

  @Test
  void refund_thatTheLimiterDoesNotTakeBack_isNotCounted() {
    CountingLimiter log = CountingLimiter.of(SlidingLog.create(Rate.perSecond(1), clock));
    assertFalse(log.refund(1));
    assertEquals(0, log.refunded());
  }

  @Test
  void reservation_settled_isCountedAtWhatItCost() {
    Reservation reservation = counted.reserve(2, FOREVER);
    assertTrue(reservation.settle(1));
    assertFalse(reservation.settle(1));
    assertCounts(2, 0, 1, 0);
    assertTrue(counted.reserve(1, FOREVER).settle(4));
    assertCounts(6, 0, 1, 0);
    Reservation cancelled = counted.reserve(1, FOREVER);
    assertTrue(cancelled.cancel());
    assertFalse(cancelled.cancel());
    assertCounts(7, 0, 2, 1);
  }

  @Test
  void reservation_refused_isThatOfTheLimiter() {
    counted.drain();
    Reservation refused = counted.reserve(1, Duration.ZERO);
    assertFalse(refused.granted());
    assertEquals(Decision.NEVER, refused.waitNanos());
    assertFalse(refused.cancel());
    assertCounts(2, 1, 0, 0);
  }

  @Test
  void sleepNanos_ofSeveral_isUntilTheFirstIsDue() {
    CountingLimiter both =
        CountingLimiter.of(AllOf.of(limiter, TokenBucket.create(Rate.perMinute(6), 1, clock)));
    both.acquireForced(3);
    Booking booking = (Booking) both.reserve(1, FOREVER);
    assertEquals(Duration.ofSeconds(30).toNanos(), booking.waitNanos());
    assertEquals(Duration.ofSeconds(2).toNanos(), booking.sleepNanos());
  }

  @Test
  void waiting_isCountedAndCancellationIsARefund() {
    counted.drain();
    CompletableFuture<Boolean> first = counted.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = counted.acquireAsync(1, FOREVER);
    assertFalse(counted.acquireAsync(1, Duration.ofSeconds(1)).getNow(true));
    first.cancel(false);
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.getNow(false));
    assertCounts(4, 1, 1, 2);
  }

  @Test
  void shadow_countsTheSameDecisionsAndEnforcesNone() {
    counted.shadow(true);
    assertTrue(counted.isShadow());
    assertTrue(counted.tryAcquire(2));
    assertTrue(counted.tryAcquire(1));
    assertTrue(counted.decide(1).admitted());
    assertTrue(counted.peek(1).admitted());
    assertTrue(counted.acquireAsync(1, Duration.ofSeconds(5)).getNow(false));
    assertTrue(counted.acquireAsync(1, Duration.ofSeconds(1)).getNow(false));
    assertCounts(3, 3, 0, 1);
    assertEquals(0, counted.acquireForced(1));
    limiter.refund(1);
    counted.shadow(false);
    assertFalse(counted.isShadow());
    assertFalse(counted.tryAcquire(1));
    assertEquals(
        "CountingLimiter[Gcra[1/second burst 2], 4 admitted, 4 denied]", counted.toString());
  }
}
