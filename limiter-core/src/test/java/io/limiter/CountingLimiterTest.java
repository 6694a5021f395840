package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
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
  void waiting_isCountedOnceItIsDecided() {
    counted.drain();
    CompletableFuture<Boolean> first = counted.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = counted.acquireAsync(1, FOREVER);
    assertFalse(counted.acquireAsync(1, Duration.ofSeconds(1)).getNow(true));
    assertCounts(2, 1, 0, 0);
    assertEquals(2, counted.waiters());
    first.cancel(false);
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.getNow(false));
    assertCounts(3, 1, 0, 1);
  }

  @Test
  void waitingVerbs_areThoseOfTheLimiterAndCounted() throws InterruptedException {
    ManualClock advancing = ManualClock.selfAdvancing();
    Gcra gcra = Gcra.create(Rate.perSecond(1), 2, advancing);
    CountingLimiter view = CountingLimiter.of(gcra);
    view.acquire(2);
    view.acquire(1);
    view.acquireUninterruptibly(1);
    assertTrue(view.tryAcquire(1, FOREVER));
    assertTrue(view.tryAcquireUninterruptibly(1, FOREVER));
    assertFalse(view.tryAcquireUninterruptibly(1, Duration.ZERO));
    assertEquals(4, advancing.nanoTime() / 1_000_000_000);
    assertEquals(6, view.admitted());
    assertEquals(4, view.waited());
    assertEquals(1, view.denied());
    assertThrows(RejectedExecutionException.class, () -> view.acquire(3));
    assertThrows(RejectedExecutionException.class, () -> view.acquireUninterruptibly(3));
    assertEquals(7, view.denied());
    assertTrue(view.awaitReservation(1, FOREVER).settle(0));
    assertEquals(7, view.admitted());
    assertEquals(1, view.refunded());
    view.maxWaiters(0);
    assertFalse(view.awaitReservation(2, FOREVER).granted());
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> view.tryAcquire(1, FOREVER));
    assertEquals(9, view.denied(), "who is interrupted is not denied");
  }

  @Test
  void reserveAsync_isCountedAndCancelledWithoutATrace() {
    counted.drain();
    CompletableFuture<Reservation> first = counted.reserveAsync(1, FOREVER);
    CompletableFuture<Reservation> second = counted.reserveAsync(1, FOREVER);
    assertFalse(counted.reserveAsync(3, FOREVER).join().granted());
    first.cancel(false);
    assertEquals(1, counted.waiters());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.join().granted());
    assertEquals(0, second.join().waitNanos());
    assertTrue(second.join().cancel());
    assertCounts(3, 3, 1, 0);
  }

  @Test
  void member_countsWhatAllAdmittedAndWhatItDenied() {
    CountingLimiter hour = CountingLimiter.of(Gcra.create(Rate.perHour(1), clock));
    CountingLimiter day = CountingLimiter.of(AllOf.of(Gcra.create(Rate.perDay(100), clock)));
    AllOf all = AllOf.of(List.of(hour, day), 1, 2);
    for (int i = 0; i < 11; i++) {
      all.tryAcquire();
    }
    assertEquals(1, hour.admitted());
    assertEquals(10, hour.denied());
    assertEquals(2, day.admitted());
    assertEquals(0, day.denied());
    assertEquals(0, all.decide().deniedBy());
    assertEquals(11, hour.denied());
    assertTrue(all.refund(1));
    assertEquals(1, hour.refunded());
    assertEquals(2, day.refunded());
    Reservation reservation = all.reserve(1, Duration.ZERO);
    assertTrue(reservation.settle(0));
    assertEquals(2, hour.admitted());
    assertEquals(2, hour.refunded());
    assertEquals(Duration.ofHours(1).toNanos(), all.acquireForced(2));
    assertEquals(4, hour.admitted());
    assertEquals(
        "AllOf[CountingLimiter[Gcra[1/hour burst 1], 4 admitted, 11 denied],"
            + " CountingLimiter[Gcra[100/day burst 100], 8 admitted, 0 denied]]",
        all.toString());
  }

  /** It admits, and then another member denies after all. */
  @Test
  void member_thatIsChargedInVain_isAsIfTheCallHadNotHappened() {
    CountingLimiter hour = CountingLimiter.of(Gcra.create(Rate.perHour(9), clock));
    hour.shadow(true);
    SlidingLog log = SlidingLog.create(Rate.perHour(1), clock);
    AllOf all =
        AllOf.of(hour, new Racy(RateLimiter.unlimited(clock), () -> log.tryAcquire(1)), log);
    assertFalse(all.tryAcquire(1));
    assertEquals(0, hour.admitted());
    assertEquals(9, hour.peek().remaining());
    hour.acquireForced(20);
    log.reset();
    assertFalse(all.tryAcquire(1));
    assertEquals(20, hour.admitted());
    assertEquals(0, hour.denied(), "it would have been denied, but so it was by the other");
  }

  /** Does something before it is charged. */
  private record Racy(RateLimiter limiter, Runnable action) implements RateLimiter {
    @Override
    public NanoClock clock() {
      return limiter.clock();
    }

    @Override
    public boolean tryAcquireAt(long nanoTime, long permits) {
      action.run();
      return limiter.tryAcquireAt(nanoTime, permits);
    }

    @Override
    public Decision decideAt(long nanoTime, long permits) {
      return limiter.decideAt(nanoTime, permits);
    }

    @Override
    public Decision peekAt(long nanoTime, long permits) {
      return limiter.peekAt(nanoTime, permits);
    }

    @Override
    public boolean refundAt(long nanoTime, long permits) {
      return limiter.refundAt(nanoTime, permits);
    }
  }

  @Test
  void member_inShadowMode_deniesNothing() {
    CountingLimiter hour = CountingLimiter.of(Gcra.create(Rate.perHour(1), clock));
    CountingLimiter day = CountingLimiter.of(Gcra.create(Rate.perDay(2), clock));
    AllOf all = AllOf.of(hour, day);
    hour.shadow(true);
    assertTrue(all.tryAcquire());
    assertTrue(all.decide().admitted());
    assertFalse(all.tryAcquire(), "the other enforces");
    assertEquals(1, hour.admitted());
    assertEquals(1, hour.denied());
    assertEquals(1, day.denied());
    day.reset();
    assertTrue(all.reserve(1, Duration.ZERO).granted());
    assertEquals(2, hour.denied());
    assertTrue(all.refund(1), "of what was not charged");
    assertEquals(0, hour.peek().remaining());
    assertEquals(2, day.peek().remaining());
  }

  @Test
  void refund_ofWhatShadowModeLetThrough_isNoGift() {
    counted.shadow(true);
    for (int i = 0; i < 5; i++) {
      assertTrue(counted.tryAcquire());
    }
    for (int i = 0; i < 3; i++) {
      assertTrue(counted.refund(1), "of one that would have been denied");
    }
    assertEquals(0, limiter.peek().remaining());
    assertCounts(2, 3, 0, 0);
    assertTrue(counted.refund(1));
    assertEquals(1, limiter.peek().remaining());
    assertCounts(2, 3, 1, 0);
    assertTrue(counted.tryAcquire(3));
    counted.shadow(false);
    assertTrue(counted.refund(1), "who enforces refunds what was charged");
    assertEquals(2, limiter.peek().remaining());
  }

  @Test
  void counts_ofWhatHasNoNumber_stayAsTheyAre() {
    CountingLimiter unlimited = CountingLimiter.of(RateLimiter.unlimited(clock));
    for (int i = 0; i < 3; i++) {
      assertEquals(Long.MAX_VALUE, unlimited.drain());
      assertEquals(Long.MAX_VALUE, unlimited.tryAcquireUpTo(Long.MAX_VALUE));
    }
    assertEquals(0, unlimited.admitted());
    assertEquals(7, unlimited.tryAcquireUpTo(7));
    assertEquals(7, unlimited.admitted());
    for (int i = 0; i < 3; i++) {
      counted.tryAcquireUpTo(Long.MAX_VALUE);
    }
    assertCounts(2, 0, 0, 0);
    counted.tryAcquire(Long.MAX_VALUE);
    counted.tryAcquire(Long.MAX_VALUE);
    assertCounts(2, 2 * Rate.MAX_PERMITS, 0, 0);
  }

  @Test
  void acquireForced_refusedForItsWait_isDenied() {
    assertEquals(Decision.NEVER, counted.acquireForced(4, Duration.ofSeconds(1)));
    assertCounts(0, 4, 0, 0);
    assertEquals(Duration.ofSeconds(2).toNanos(), counted.acquireForced(4));
    assertCounts(4, 4, 0, 0);
  }

  @Test
  void shadow_countsTheSameDecisionsAndEnforcesNone() throws InterruptedException {
    counted.shadow(true);
    assertTrue(counted.isShadow());
    assertTrue(counted.tryAcquire(2));
    assertTrue(counted.tryAcquire(1));
    assertTrue(counted.decide(1).admitted());
    assertTrue(counted.peek(1).admitted());
    assertTrue(counted.acquireAsync(1, Duration.ofSeconds(5)).getNow(false));
    assertTrue(counted.acquireAsync(1, Duration.ofSeconds(1)).getNow(false));
    assertCounts(3, 3, 0, 1);
    assertFalse(counted.awaitReservation(1, Duration.ofSeconds(3)).cancel());
    assertTrue(counted.reserveAsync(9, FOREVER).join().granted(), "though never");
    assertCounts(4, 12, 0, 2);
    limiter.refund(2);
    assertEquals(0, counted.acquireForced(1));
    counted.shadow(false);
    assertFalse(counted.isShadow());
    assertFalse(counted.tryAcquire(1));
    assertEquals(
        "CountingLimiter[Gcra[1/second burst 2], 5 admitted, 13 denied]", counted.toString());
  }
}
