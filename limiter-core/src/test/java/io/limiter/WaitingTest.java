package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Waiting, by examples; the clock is moved by hand. */
class WaitingTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock =
      ManualClock.startingAt(Long.MAX_VALUE - 2_000_000_000L); // wraps
  private final Gcra limiter = Gcra.create(Rate.perSecond(1), 2, clock);

  /** A thread that waits, and the result of its call. */
  private static final class Waiter<T> extends FutureTask<T> {
    final Thread thread = new Thread(this);

    Waiter(Callable<T> call) {
      super(call);
    }
  }

  /** Starts {@code call} in a thread of its own, and returns once that waits for the clock. */
  private <T> Waiter<T> waiting(Callable<T> call) {
    int sleepers = clock.sleepers();
    Waiter<T> waiter = new Waiter<>(call);
    waiter.thread.start();
    while (clock.sleepers() == sleepers && !waiter.isDone()) {
      Thread.onSpinWait();
    }
    return waiter;
  }

  private Waiter<Boolean> acquiring(long permits) {
    return waiting(() -> {
      limiter.acquire(permits);
      return true;
    });
  }

  @Test
  void acquire_permitsThere_doesNotWait() throws InterruptedException {
    limiter.acquire(2);
    assertEquals(0, limiter.peek().remaining());
    assertEquals(0, limiter.waiters());
  }

  @Test
  void acquire_permitsThere_takesNoLock() throws Exception {
    Gcra member = Gcra.create(Rate.perSecond(1), 8, clock);
    StripedLimiter striped = Gcra.create(Rate.perSecond(1), 8, clock).striped();
    SlidingLog log = SlidingLog.create(Rate.perSecond(4), clock);
    for (WaitableLimiter each : List.of(AllOf.of(member), striped, log, member)) {
      assertNoLock(each, () -> {
        each.acquire(1);
        each.acquireUninterruptibly(1);
        assertTrue(each.tryAcquire(1, Duration.ofSeconds(1)));
        assertTrue(each.acquireAsync(1, Duration.ofSeconds(1)).getNow(false));
        return null;
      });
    }
    assertEquals(0, member.peek().remaining());
    assertEquals(4, striped.peek().remaining());
    assertEquals(0, log.peek().remaining());
  }

  /** Runs {@code call} by another thread while this one has the lock of the limiter. */
  private static void assertNoLock(WaitableLimiter limiter, Callable<Void> call) throws Exception {
    Waiter<Void> other = new Waiter<>(call);
    limiter.door().locked(() -> {
      other.thread.start();
      while (!other.isDone()) {
        assertNotEquals(Thread.State.WAITING, other.thread.getState(), limiter::toString);
        Thread.onSpinWait();
      }
      return null;
    });
    other.get();
  }

  @Test
  void acquire_severalCallers_areServedInOrder() throws Exception {
    limiter.drain();
    Waiter<Boolean> first = acquiring(2);
    Waiter<Boolean> second = acquiring(1);
    clock.advance(Duration.ofSeconds(2));
    assertTrue(first.get());
    assertFalse(second.isDone());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.get());
  }

  @Test
  void acquire_interrupted_leavesTheLineAndThoseBehindMoveUp() throws Exception {
    limiter.drain();
    Waiter<Boolean> first = acquiring(2);
    CompletableFuture<Boolean> second = limiter.acquireAsync(1, FOREVER);
    first.thread.interrupt();
    ExecutionException thrown = assertThrows(ExecutionException.class, first::get);
    assertSame(InterruptedException.class, thrown.getCause().getClass());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.getNow(false));
    assertEquals(Duration.ofSeconds(1).toNanos(), limiter.peek().retryAfterNanos());
  }

  @Test
  void acquire_interrupted_theFlagGoesWithTheException() throws Exception {
    limiter.drain();
    Waiter<Boolean> waiter = waiting(() -> {
      assertThrows(InterruptedException.class, () -> limiter.acquire(1));
      return Thread.currentThread().isInterrupted();
    });
    waiter.thread.interrupt();
    assertFalse(waiter.get());
  }

  @Test
  void acquire_interruptedOnEntry_chargesNothing() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> limiter.acquire(1));
    assertFalse(Thread.interrupted());
    assertEquals(2, limiter.peek().remaining());
  }

  @Test
  void acquireUninterruptibly_interrupted_waitsOnAndKeepsTheFlag() throws Exception {
    limiter.drain();
    Waiter<Boolean> waiter = waiting(() -> {
      limiter.acquireUninterruptibly(1);
      return Thread.currentThread().isInterrupted();
    });
    waiter.thread.interrupt();
    while (!waiter.isDone() && (waiter.thread.isInterrupted() || clock.sleepers() == 0)) {
      Thread.onSpinWait(); // until it waits anew: not from a move of the clock that it has not read
    }
    clock.advance(Duration.ofSeconds(1));
    assertTrue(waiter.get());
  }

  @Test
  void acquire_moreThanBurst_isRejected() {
    assertThrows(RejectedExecutionException.class, () -> limiter.acquire(3));
    assertThrows(RejectedExecutionException.class, () -> limiter.acquireUninterruptibly(3));
    assertEquals(2, limiter.peek().remaining());
  }

  @Test
  void tryAcquire_outOfReach_answersAtOnce() throws InterruptedException {
    limiter.drain();
    assertFalse(limiter.tryAcquire(1, Duration.ofMillis(999)));
    assertFalse(limiter.tryAcquire(3, FOREVER));
    assertEquals(0, clock.sleepers());
    assertEquals(Duration.ofSeconds(1).toNanos(), limiter.peek().retryAfterNanos());
  }

  @Test
  void tryAcquire_inTime_isAdmittedAtOnceOrAfterItsWait() throws Exception {
    assertTrue(limiter.tryAcquire(2, Duration.ZERO));
    Waiter<Boolean> waiter = waiting(() -> limiter.tryAcquire(1, Duration.ofSeconds(1)));
    clock.advance(Duration.ofSeconds(1));
    assertTrue(waiter.get());
    assertEquals(0, limiter.peek().remaining());
  }

  @Test
  void tryAcquire_durationsBeyond64Bits_areForeverAndNotAtAll() throws Exception {
    limiter.drain();
    assertFalse(limiter.tryAcquire(1, Duration.ofSeconds(Long.MIN_VALUE)));
    CompletableFuture<Boolean> waits = limiter.acquireAsync(1, Duration.ofSeconds(Long.MAX_VALUE));
    assertFalse(waits.isDone());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(waits.getNow(false));
  }

  @Test
  void tryAcquire_putOutOfReachByAPenalty_isRefusedAndWasChargedNothing() throws Exception {
    limiter.drain();
    Waiter<Boolean> waiter = waiting(() -> limiter.tryAcquire(1, Duration.ofSeconds(1)));
    limiter.penalize(Duration.ofSeconds(10));
    assertFalse(waiter.get());
    clock.advance(Duration.ofSeconds(10));
    assertEquals(2, limiter.peek().remaining());
  }

  @Test
  void refund_whileOthersWait_letsThemGo() throws Exception {
    limiter.drain();
    Waiter<Boolean> first = acquiring(1);
    Waiter<Boolean> second = acquiring(1);
    limiter.refund(1);
    assertTrue(first.get());
    assertFalse(second.isDone());
    limiter.refund(1);
    assertTrue(second.get());
  }

  @Test
  void reconfigure_raised_admitsCallersInLineSooner() {
    limiter.drain();
    CompletableFuture<Boolean> first = limiter.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = limiter.acquireAsync(1, FOREVER);
    limiter.reconfigure(Rate.perSecond(10), 2);
    clock.advance(Duration.ofMillis(100));
    assertTrue(first.getNow(false));
    clock.advance(Duration.ofMillis(100));
    assertTrue(second.getNow(false));
  }

  @Test
  void reconfigure_cut_delaysReservationsThatAreNotDue() throws Exception {
    limiter.drain();
    Reservation reservation = limiter.reserve(1, FOREVER);
    clock.advance(Duration.ofMillis(500));
    limiter.reconfigure(Rate.ofNanos(1, 10_000_000_000L), 2);
    assertEquals(Duration.ofSeconds(5).toNanos(), reservation.waitNanos());
  }

  @Test
  void reconfigure_puttingWhoIsNotFirstOutOfReach_deniesAtOnce() {
    limiter.drain();
    CompletableFuture<Boolean> first = limiter.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = limiter.acquireAsync(1, Duration.ofSeconds(2));
    limiter.reconfigure(Rate.perMinute(30), 2);
    assertFalse(second.getNow(true));
    assertFalse(first.isDone());
    assertEquals(1, limiter.waiters());
  }

  @Test
  void penalize_puttingWhoIsNotFirstOutOfReach_deniesAtOnce() {
    limiter.drain();
    CompletableFuture<Boolean> first = limiter.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = limiter.acquireAsync(1, Duration.ofSeconds(2));
    limiter.penalize(Duration.ofSeconds(3));
    assertFalse(second.getNow(true));
    assertFalse(first.isDone());
    assertEquals(1, limiter.waiters());
  }

  /** Callers in line charge nothing, so the level rises for all of them while the penalty lasts. */
  @Test
  void penalize_whileOthersWait_servesAtItsEndAllWhoAreDueByThen() {
    limiter.drain();
    CompletableFuture<Boolean> first = limiter.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = limiter.acquireAsync(1, Duration.ofSeconds(2));
    CompletableFuture<Boolean> third = limiter.acquireAsync(1, FOREVER);
    limiter.penalize(Duration.ofSeconds(2));
    clock.advanceNanos(Duration.ofSeconds(2).toNanos() - 1);
    assertFalse(first.isDone());
    clock.advanceNanos(1);
    assertTrue(first.getNow(false));
    assertTrue(second.getNow(false));
    assertFalse(third.isDone());
    assertEquals(Duration.ofSeconds(2).toNanos(), limiter.peek().retryAfterNanos());
  }

  @Test
  void reconfigure_fresh_forgivesWhatNobodyWaitsFor() {
    limiter.drain();
    Reservation first = limiter.reserve(2, FOREVER);
    Reservation second = limiter.reserve(2, FOREVER);
    limiter.acquireForced(5);
    Reservation third = limiter.reserve(2, FOREVER);
    assertEquals(Duration.ofSeconds(11).toNanos(), third.waitNanos());
    limiter.reconfigure(Rate.perSecond(1), 2, LevelPolicy.FRESH);
    assertEquals(0, first.waitNanos());
    assertEquals(Duration.ofSeconds(2).toNanos(), second.waitNanos());
    assertEquals(Duration.ofSeconds(4).toNanos(), third.waitNanos());
  }

  @Test
  void whoIsDue_isChargedNoMoreByAChange_norDelayedByAPenalty() {
    limiter.drain();
    limiter.reserve(1, FOREVER);
    clock.advance(Duration.ofSeconds(1));
    limiter.reconfigure(Rate.perSecond(1), 2, LevelPolicy.FRESH);
    assertEquals(2, limiter.peek().remaining());
    limiter.drain();
    Reservation due = limiter.reserve(1, FOREVER);
    clock.advance(Duration.ofSeconds(1));
    limiter.penalize(Duration.ofSeconds(10));
    assertEquals(0, due.waitNanos());
  }

  /** Each is woken when it is the first: its timer is that of before the refund. */
  @Test
  void refund_toMoreThanTheFirst_movesThemAllUp() {
    limiter.drain();
    CompletableFuture<Boolean> first = limiter.acquireAsync(2, FOREVER);
    CompletableFuture<Boolean> second = limiter.acquireAsync(2, FOREVER);
    limiter.refund(1);
    clock.advance(Duration.ofSeconds(1));
    assertTrue(first.getNow(false));
    clock.advanceNanos(Duration.ofSeconds(2).toNanos() - 1);
    assertFalse(second.isDone());
    clock.advanceNanos(1);
    assertTrue(second.getNow(false));
  }

  @Test
  void acquireAsync_permitsThere_isCompleteAlready() {
    assertTrue(limiter.acquireAsync(2, FOREVER).getNow(false));
    assertFalse(limiter.acquireAsync(1, Duration.ofMillis(1)).getNow(true));
  }

  @Test
  void acquireAsync_inOrder_completedByTheClock() {
    limiter.drain();
    List<Integer> served = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      CompletableFuture<Void> done =
          limiter.acquireAsync(1, FOREVER).thenAccept(granted -> served.add(number));
      assertFalse(done.isDone());
    }
    clock.advance(Duration.ofSeconds(3));
    assertEquals(List.of(0, 1, 2), served);
    clock.advance(Duration.ofSeconds(2));
    assertEquals(List.of(0, 1, 2, 3, 4), served);
    assertEquals(0, limiter.waiters());
  }

  @Test
  void acquireAsync_clockThatCannotWait_failsAndLeavesTheLine() {
    NanoClock broken = new NanoClock() {
      @Override
      public long nanoTime() {
        return 0;
      }

      @Override
      public Timer runAfter(long nanos, Runnable task) {
        throw new UnsupportedOperationException();
      }
    };
    Gcra gcra = Gcra.create(Rate.perSecond(2), broken);
    gcra.drain();
    assertTrue(gcra.acquireAsync(1, FOREVER).isCompletedExceptionally());
    assertEquals(500_000_000, gcra.peek().retryAfterNanos());
  }

  @Test
  void acquireAsync_cancelled_leavesTheLineAndThoseBehindMoveUp() {
    limiter.drain();
    CompletableFuture<Boolean> first = limiter.acquireAsync(2, FOREVER);
    CompletableFuture<Boolean> second = limiter.acquireAsync(1, FOREVER);
    assertTrue(first.cancel(true));
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.getNow(false));
    assertEquals(Duration.ofSeconds(1).toNanos(), limiter.peek().retryAfterNanos());
  }

  @Test
  void acquireAsync_completedByOthersWithAnException_leavesTheLine() {
    limiter.drain();
    CompletableFuture<Boolean> first = limiter.acquireAsync(2, FOREVER);
    first.completeExceptionally(new IllegalStateException("gone"));
    assertEquals(Duration.ofSeconds(1).toNanos(), limiter.peek().retryAfterNanos());
  }

  @Test
  void acquireAsync_systemClock_isCompletedByTheTimer() throws Exception {
    Gcra real = Gcra.create(Rate.perSecond(1_000), 1, NanoClock.system());
    real.drain();
    List<CompletableFuture<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(real.acquireAsync(1, FOREVER));
    }
    for (CompletableFuture<Boolean> each : all) {
      assertTrue(each.get());
    }
    real.acquire(1);
    assertEquals(0, real.waiters());
  }

  @Test
  void maxWaiters_reached_refusesAtOnce() {
    limiter.drain();
    assertEquals(Integer.MAX_VALUE, limiter.maxWaiters(1));
    Reservation first = limiter.reserve(1, FOREVER);
    assertFalse(limiter.reserve(1, FOREVER).granted());
    assertThrows(RejectedExecutionException.class, () -> limiter.acquire(1));
    first.cancel();
    assertTrue(limiter.reserve(1, FOREVER).granted());
  }

  @Test
  void maxWaiters_whoIsDueByNow_waitsNoMore() {
    limiter.drain();
    limiter.maxWaiters(1);
    assertTrue(limiter.reserve(1, FOREVER).granted());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(limiter.reserve(1, FOREVER).granted());
    assertFalse(limiter.reserve(1, FOREVER).granted());
    clock.advance(Duration.ofSeconds(1));
    assertEquals(0, limiter.waiters());
  }

  @Test
  void reserve_thatNobodyWaitsFor_doesNotHoldUpThoseBehind() throws Exception {
    limiter.drain();
    Reservation first = limiter.reserve(1, FOREVER);
    Waiter<Boolean> second = acquiring(1);
    limiter.refund(2);
    assertTrue(second.get());
    assertEquals(0, first.waitNanos());
  }

  @Test
  void settle_lessAndMore_refundsAndOwes() {
    Reservation reservation = limiter.reserve(2, FOREVER);
    assertTrue(reservation.settle(1));
    assertEquals(1, limiter.peek().remaining());
    assertFalse(reservation.settle(0));
    assertFalse(reservation.cancel());
    assertEquals(1, limiter.peek().remaining());
    limiter.reserve(1, FOREVER).settle(3);
    assertEquals(Duration.ofSeconds(3).toNanos(), limiter.peek().retryAfterNanos());
  }

  /** A limiter that nobody had waited for once did not count refunds, and minted what time restored. */
  @Test
  void cancel_afterARefund_givesBackOnlyWhatTimeHasNotRestored() {
    Gcra ten = Gcra.create(Rate.perSecond(1), 10, clock);
    ten.tryAcquire(5);
    Reservation reservation = ten.reserve(5, FOREVER);
    clock.advance(Duration.ofSeconds(3));
    ten.refund(5);
    assertTrue(ten.tryAcquire(5));
    assertTrue(reservation.cancel());
    assertEquals(5, ten.peek().remaining());
  }

  @Test
  void cancel_due_givesBackOnlyWhatTimeHasNotRestored() {
    Gcra one = Gcra.create(Rate.perSecond(1), 1, clock);
    Reservation reservation = one.reserve(1, FOREVER);
    clock.advance(Duration.ofSeconds(5));
    assertTrue(one.tryAcquire());
    assertTrue(reservation.cancel());
    assertFalse(one.tryAcquire());
    Reservation other = one.reserve(1, FOREVER);
    assertTrue(other.cancel());
    assertFalse(other.cancel());
    assertEquals(Decision.NEVER, other.waitNanos());
    assertEquals(Duration.ofSeconds(1).toNanos(), one.peek().retryAfterNanos());
  }

  @Test
  void cancel_dueBeforeOthersWereCharged_givesBackNoneOfTheirs() {
    Gcra ten = Gcra.create(Rate.perSecond(1), 10, clock);
    ten.drain();
    Reservation first = ten.reserve(5, FOREVER);
    ten.reserve(5, FOREVER);
    clock.advance(Duration.ofSeconds(19));
    assertTrue(ten.tryAcquire(9)); // 1 of 10 had yet to come, of the first five
    clock.advance(Duration.ofSeconds(3));
    assertEquals(3, ten.peek().remaining());
    assertTrue(first.cancel());
    assertEquals(3, ten.peek().remaining(), "4, were it known when others came");
  }

  /** The ledger keeps 16 marks; of more, it merges the two that differ least. */
  @Test
  void cancel_afterManyRefunds_givesBackNoMoreThanTheFirstLeft() {
    Gcra many = Gcra.create(Rate.perSecond(1), 200, clock);
    Reservation five = many.reserve(5, Duration.ZERO);
    many.refund(4); // would have been cut without the five: they weigh 1
    for (int i = 0; i < 140; i++) {
      assertTrue(many.tryAcquire(2));
      many.refund(1);
    }
    assertEquals(200 - 141, many.peek().remaining());
    assertTrue(five.cancel());
    assertEquals(200 - 140, many.peek().remaining());
  }

  /** Those who were forced behind it would have been charged without it, too. */
  @Test
  void cancel_behindWhichOthersWereForcedAndSomeRefunded_givesBackAll() {
    Gcra ten = Gcra.create(Rate.perSecond(1), 10, clock);
    assertTrue(ten.tryAcquire(10));
    Reservation one = ten.reserve(1, Duration.ofDays(1));
    ten.acquireForced(5);
    clock.advance(Duration.ofMillis(500));
    ten.refund(1);
    clock.advance(Duration.ofMillis(5_500));
    assertEquals(1, ten.peek().remaining(), "15 of 16 are charged, 6 s later");
    assertTrue(one.cancel());
    assertEquals(2, ten.peek().remaining());
  }

  /** What is taken back of a charge was not there yet when permits were given back before it. */
  @Test
  void cancel_ofOneChargedAfterARefund_leavesWhatTheRefundLeft() {
    Gcra ten = Gcra.create(Rate.perSecond(1), 10, clock);
    Reservation early = ten.reserve(3, Duration.ZERO);
    assertTrue(ten.tryAcquire(4));
    ten.refund(4);
    Reservation late = ten.reserve(2, Duration.ZERO);
    assertTrue(late.cancel());
    assertEquals(7, ten.peek().remaining());
    assertTrue(early.cancel());
    assertEquals(10, ten.peek().remaining());
  }

  /** A million parts of a ns to count: the origin moves every ten minutes. */
  @Test
  void cancel_afterTheOriginMoved_leavesNoTrace() {
    Gcra fine = Gcra.create(Rate.perSecond(999_983), 2_000_000_000, clock);
    Gcra twin = Gcra.create(Rate.perSecond(999_983), 2_000_000_000, clock);
    assertTrue(fine.tryAcquire(1_500_000_000));
    assertTrue(twin.tryAcquire(1_500_000_000));
    Reservation reservation = fine.reserve(500_000_000, Duration.ZERO);
    assertTrue(reservation.granted());
    clock.advance(Duration.ofSeconds(700));
    assertTrue(fine.tryAcquire());
    assertTrue(twin.tryAcquire());
    assertTrue(reservation.cancel());
    assertEquals(twin.peek(), fine.peek());
  }

  @Test
  void penalize_thenTime_admitsFromItsEndOn() {
    limiter.penalize(Duration.ofSeconds(3));
    limiter.penalize(Duration.ofSeconds(1));
    assertFalse(limiter.tryAcquire());
    Decision denied = limiter.decide();
    assertEquals(0, denied.remaining());
    assertEquals(Duration.ofSeconds(3).toNanos(), denied.retryAfterNanos());
    clock.advanceNanos(Duration.ofSeconds(3).toNanos() - 1);
    assertFalse(limiter.tryAcquire());
    clock.advanceNanos(1);
    assertTrue(limiter.tryAcquire(2));
  }

  @Test
  void stepwiseBucket_penaltyAndChangeOfPeriod_keepTheSteps() {
    TokenBucket window = TokenBucket.stepwise(Rate.perSecond(2), clock);
    assertTrue(window.tryAcquire(2));
    window.penalize(Duration.ofMillis(1_500));
    assertEquals(Duration.ofMillis(1_500).toNanos(), window.peek().retryAfterNanos());
    clock.advance(Duration.ofMillis(1_200));
    assertFalse(window.tryAcquire());
    assertEquals(Duration.ofMillis(300).toNanos(), window.decide().retryAfterNanos());
    clock.advance(Duration.ofMillis(300));
    assertTrue(window.tryAcquire(2));
    window.reconfigure(Rate.ofNanos(3, 5_000_000_000L), 3, LevelPolicy.KEEP);
    assertEquals("TokenBucket[3/5 seconds burst 3 stepwise]", window.toString());
    assertEquals(Duration.ofMillis(3_500).toNanos(), window.peek(1).retryAfterNanos());
    Reservation reservation = window.reserve(3, FOREVER);
    Reservation next = window.reserve(1, FOREVER);
    assertEquals(Duration.ofMillis(3_500).toNanos(), reservation.waitNanos());
    assertEquals(Duration.ofMillis(8_500).toNanos(), next.waitNanos());
    reservation.cancel();
    assertEquals(Duration.ofMillis(3_500).toNanos(), next.waitNanos());
  }
}
