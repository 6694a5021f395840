package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The line at a door: its order, its one timer, and that it can be long; each by what broke once. */
class LineTest {
  private static final Duration FOREVER = Duration.ofDays(365);
  private static final int MANY = 100_000;

  private final ManualClock clock =
      ManualClock.startingAt(Long.MAX_VALUE - 1_000_000_000L); // wraps

  private List<RateLimiter> tenPerSecond(NanoClock clock) {
    Rate rate = Rate.perSecond(10);
    return List.of(
        Gcra.create(rate, clock),
        TokenBucket.create(rate, clock),
        TokenBucket.stepwise(rate, clock),
        SlidingLog.create(rate, clock),
        AllOf.of(Gcra.create(rate, clock), SlidingLog.create(Rate.perDay(900_000), clock)));
  }

  private static CompletableFuture<Boolean> waiting(RateLimiter limiter, long permits) {
    CompletableFuture<Boolean> future = limiter.acquireAsync(permits, FOREVER);
    assertFalse(future.isDone(), limiter::toString);
    return future;
  }

  // Nobody overtakes.

  @Test
  void plainCalls_whileACallerIsInLine_areDeniedAndTheirWaitCountsThoseInLine() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.tryAcquire(5);
      CompletableFuture<Boolean> ten = waiting(limiter, 10);
      assertFalse(limiter.tryAcquire(1), "5 are there, and not for this call");
      assertFalse(limiter.tryAcquire(0), "nor are none");
      Decision denied = limiter.decide(1);
      assertFalse(denied.admitted());
      assertEquals(0, denied.remaining());
      assertEquals(denied, limiter.peek(1));
      long wait = denied.retryAfterNanos();
      ten.cancel(false);
      assertTrue(limiter.tryAcquire(5), limiter::toString);
      ten = waiting(limiter, 10);
      clock.advanceNanos(wait - 1);
      limiter.tryAcquire(1);
      clock.advance(Duration.ofSeconds(10));
      assertTrue(ten.getNow(false));
    }
  }

  @Test
  void retryAfter_behindALine_isWhenTheCallIsAdmitted() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.drain();
      waiting(limiter, 3);
      waiting(limiter, 10);
      waiting(limiter, 4);
      long wait = limiter.decide(2).retryAfterNanos();
      clock.advanceNanos(wait - 1);
      assertFalse(limiter.tryAcquire(2), limiter::toString);
      clock.advanceNanos(1);
      assertTrue(limiter.tryAcquire(2), limiter::toString);
    }
  }

  @Test
  void acquireAsync_ofNoPermits_standsInLineToo() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.drain();
      CompletableFuture<Boolean> one = waiting(limiter, 1);
      CompletableFuture<Boolean> none = waiting(limiter, 0);
      clock.advance(Duration.ofSeconds(1));
      assertTrue(one.getNow(false));
      assertTrue(none.getNow(false));
      assertEquals(0, limiter.waiters());
    }
  }

  /** A penalty counts as well: 0 permits are denied until it is over. */
  @Test
  void acquireAsync_ofNoPermits_waitsForAPenalty() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.penalize(Duration.ofSeconds(1));
      CompletableFuture<Boolean> none = waiting(limiter, 0);
      clock.advance(Duration.ofSeconds(1));
      assertTrue(none.getNow(false), limiter::toString);
    }
  }

  @Test
  void reserve_whileACallerIsInLine_isRefused() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.tryAcquire(5);
      CompletableFuture<Boolean> ten = waiting(limiter, 10);
      assertFalse(limiter.reserve(1, FOREVER).granted(), limiter::toString);
      ten.cancel(false);
      assertTrue(limiter.reserve(1, FOREVER).granted(), limiter::toString);
    }
  }

  /** A reading of later admitted, for good, whoever waits: but peek takes nothing. */
  @Test
  void peekAt_aLaterReading_admitsNobodyInLine() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.drain();
      CompletableFuture<Boolean> ten = waiting(limiter, 10);
      Decision before = limiter.peek(1);
      limiter.peekAt(clock.nanoTime() + Duration.ofHours(1).toNanos(), 1);
      assertFalse(ten.isDone(), limiter::toString);
      assertEquals(before, limiter.peek(1));
    }
  }

  @Test
  void peekAt_aLaterReading_letsNoReservationBeDue() {
    Gcra gcra = Gcra.create(Rate.perSecond(1), clock);
    gcra.tryAcquire();
    Reservation reservation = gcra.reserve(1, FOREVER);
    gcra.peekAt(clock.nanoTime() + Duration.ofHours(1).toNanos(), 1);
    assertEquals(Duration.ofSeconds(1).toNanos(), reservation.waitNanos());
  }

  // Late wake-ups lose nothing.

  /** All ten are admitted when somebody looks, each as of the instant at which it was due. */
  @Test
  void callersInLine_noticedLate_countAsOfWhenTheyWereDue() {
    Gcra paced = Gcra.create(Rate.perSecond(10), 1, clock);
    paced.drain();
    List<CompletableFuture<Boolean>> line = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      line.add(waiting(paced, 1));
    }
    clock.advance(Duration.ofMillis(1_050));
    line.forEach(each -> assertTrue(each.getNow(false)));
    assertEquals(Duration.ofMillis(50).toNanos(), paced.peek().retryAfterNanos());
  }

  /** As if each timer were lost: whoever calls serves the line first. */
  @Test
  void plainCall_onceTheFirstInLineIsDue_servesTheLineFirst() {
    NanoClock deaf = new NanoClock() {
      @Override
      public long nanoTime() {
        return clock.nanoTime();
      }

      @Override
      public Timer runAfter(long nanos, Runnable task) {
        return () -> {};
      }
    };
    for (RateLimiter limiter : tenPerSecond(deaf)) {
      limiter.drain();
      CompletableFuture<Boolean> first = waiting(limiter, 10);
      CompletableFuture<Boolean> second = waiting(limiter, 10);
      clock.advance(Duration.ofMillis(2_500));
      assertFalse(first.isDone(), "nobody looked");
      assertFalse(limiter.tryAcquire(6), limiter::toString);
      assertTrue(first.getNow(false), limiter::toString);
      assertTrue(second.getNow(false), limiter::toString);
      clock.advance(Duration.ofMillis(500));
      assertTrue(limiter.tryAcquire(10), "they counted as of 1 s and 2 s");
    }
  }

  // One timer.

  @Test
  void timers_howeverManyWaitLeaveOrChange_areOneOrNone() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.drain();
      CompletableFuture<Boolean> first = waiting(limiter, 1);
      for (int i = 0; i < 1_000; i++) {
        waiting(limiter, 1).cancel(false);
      }
      assertEquals(1, limiter.waiters());
      assertEquals(1, clock.sleepers(), limiter::toString);
      List<CompletableFuture<Boolean>> more = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        more.add(limiter.acquireAsync(1, Duration.ofDays(1 + i)));
      }
      for (int i = 0; i < 100; i++) {
        limiter.penalize(Duration.ofMillis(i));
        limiter.refund(0);
      }
      assertEquals(1, clock.sleepers(), limiter::toString);
      assertEquals(101, limiter.waiters());
      more.forEach(each -> each.cancel(false));
      first.cancel(false);
      assertEquals(0, clock.sleepers(), limiter::toString);
    }
  }

  @Test
  void timers_ofOneThatWaitsWhileOthersGiveBack_areOne() {
    Gcra debt = Gcra.create(Rate.perHour(1_000), clock);
    debt.acquireForced(100_000);
    CompletableFuture<Boolean> one = waiting(debt, 1);
    for (int i = 0; i < 1_000; i++) {
      debt.refund(1);
    }
    assertEquals(1, clock.sleepers());
    assertFalse(one.isDone());
    clock.advance(Duration.ofHours(99));
    assertTrue(one.getNow(false));
    assertEquals(0, clock.sleepers());
  }

  // Long lines. (One that left, or gave back, took as long as the square of their number.)

  @Test
  void joinAndLeave_byManyInAnyOrder_leaveNothingBehind() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.drain();
      List<CompletableFuture<Boolean>> line = new ArrayList<>();
      for (int i = 0; i < MANY / 5; i++) {
        line.add(waiting(limiter, 1));
      }
      assertEquals(MANY / 5, limiter.waiters());
      Collections.shuffle(line, new Random(1));
      line.forEach(each -> each.cancel(false));
      assertEquals(0, limiter.waiters());
      assertEquals(0, clock.sleepers());
      clock.advance(Duration.ofSeconds(1));
      assertTrue(limiter.tryAcquire(10), limiter::toString);
    }
  }

  @Test
  void reserve_byManyThatCancel_leaveNothingBehind() {
    Gcra gcra = Gcra.create(Rate.perSecond(10), clock);
    gcra.drain();
    List<Reservation> ahead = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) { // each that gives back moves up all behind it
      ahead.add(gcra.reserve(1, FOREVER));
      assertTrue(ahead.get(i).granted());
    }
    Collections.shuffle(ahead, new Random(1));
    ahead.forEach(each -> assertTrue(each.cancel()));
    assertEquals(0, gcra.waiters());
    assertEquals(Duration.ofMillis(100).toNanos(), gcra.peek().retryAfterNanos());
  }

  @Test
  void clock_advancedOverMany_servesThemAll() {
    for (RateLimiter limiter : tenPerSecond(clock)) {
      limiter.drain();
      List<CompletableFuture<Boolean>> line = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        line.add(waiting(limiter, 1));
      }
      clock.advance(Duration.ofSeconds(MANY / 10));
      assertTrue(line.get(MANY - 1).getNow(false), limiter::toString);
      assertEquals(0, limiter.waiters());
    }
  }
}
