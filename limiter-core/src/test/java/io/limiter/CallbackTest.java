package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Callbacks run after every lock, one after the other; each by what broke once. */
class CallbackTest {
  private static final Duration FOREVER = Duration.ofDays(36_500);
  private static final int CHAIN = 100_000;
  private static final int SMALL_STACK = 256 * 1024; // bytes

  private final ManualClock clock = ManualClock.create();

  private List<WaitableLimiter> onePerHour() {
    Rate rate = Rate.perHour(1);
    return List.of(
        Gcra.create(rate, clock),
        TokenBucket.stepwise(rate, clock),
        SlidingLog.create(rate, clock),
        AllOf.of(Gcra.create(rate, clock), Gcra.create(rate, clock)));
  }

  /** Runs {@code body} in a thread of its own with a stack of so many bytes. */
  private static void run(Runnable body, int stackSize) throws Exception {
    FutureTask<Void> task = new FutureTask<>(body, null);
    new Thread(null, task, "small stack", stackSize).start();
    task.get();
  }

  private static void runByAnother(Runnable body) {
    new Thread(body).start();
  }

  // Chains. (Each callback ran within the one before it, and past a few hundred the stack was
  // full.)

  @Test
  void refund_byTheCallbackOfEachThatWasServed_needsTheStackOfOne() throws Exception {
    for (RateLimiter limiter : onePerHour()) {
      assertTrue(limiter.tryAcquire());
      List<CompletableFuture<Void>> done = new ArrayList<>();
      for (int i = 0; i < CHAIN; i++) {
        done.add(limiter
            .acquireAsync(1, FOREVER)
            .thenAccept(admitted -> limiter.refund(1))); // not needed after all
      }
      run(() -> limiter.refund(1), SMALL_STACK);
      assertTrue(done.stream().allMatch(each -> each.isDone() && !each.isCompletedExceptionally()));
      assertEquals(0, limiter.waiters(), limiter::toString);
      assertEquals(1, limiter.peek().remaining(), limiter::toString);
    }
  }

  @Test
  void cancel_byTheCallbackOfEachThatWasServed_needsTheStackOfOne() throws Exception {
    for (RateLimiter limiter : onePerHour()) {
      assertTrue(limiter.tryAcquire());
      List<CompletableFuture<Void>> done = new ArrayList<>();
      for (int i = 0; i < CHAIN; i++) {
        done.add(limiter.reserveAsync(1, FOREVER).thenAccept(Reservation::cancel));
      }
      run(() -> limiter.refund(1), SMALL_STACK);
      assertTrue(done.stream().allMatch(each -> each.isDone() && !each.isCompletedExceptionally()));
      assertEquals(0, limiter.waiters(), limiter::toString);
      assertEquals(1, limiter.peek().remaining(), limiter::toString);
    }
  }

  @Test
  void cancel_ofTheNextByTheCallbackOfEach_needsTheStackOfOne() throws Exception {
    Gcra limiter = Gcra.create(Rate.perHour(1), clock);
    assertTrue(limiter.tryAcquire());
    List<CompletableFuture<Boolean>> line = new ArrayList<>();
    for (int i = 0; i < CHAIN; i++) {
      int next = i + 1;
      line.add(limiter.acquireAsync(1, FOREVER));
      line.get(i).whenComplete((admitted, failure) -> {
        if (next < line.size() && next % 10 != 0) { // futures nest what they complete themselves
          line.get(next).cancel(false);
        } else {
          limiter.refund(1);
        }
      });
    }
    run(() -> limiter.refund(1), SMALL_STACK);
    assertTrue(line.stream().allMatch(CompletableFuture::isDone));
    assertEquals(CHAIN / 10, line.stream().filter(each -> !each.isCancelled()).count());
    assertEquals(0, limiter.waiters());
    assertEquals(1, limiter.peek().remaining());
  }

  @Test
  void release_byTheCallbackOfEachThatEntered_needsTheStackOfOne() throws Exception {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1, clock);
    assertTrue(limiter.tryAcquire());
    int[] entered = new int[1];
    for (int i = 0; i < CHAIN; i++) {
      limiter.acquireAsync(1, FOREVER).thenAccept(admitted -> {
        entered[0]++;
        limiter.release();
      });
    }
    run(limiter::release, SMALL_STACK);
    assertEquals(CHAIN, entered[0]);
    assertEquals(0, limiter.inFlight());
  }

  // The lock.

  @Test
  void callback_ofWhoeverMadeRoom_runsAfterTheLockWasReleased() {
    for (WaitableLimiter limiter : onePerHour()) {
      assertTrue(limiter.tryAcquire());
      List<Boolean> free = new ArrayList<>();
      limiter.acquireAsync(1, FOREVER).thenAccept(admitted -> {
        free.add(CompletableFuture.supplyAsync(
                () -> limiter.door().tryLocked(() -> true) != null, CallbackTest::runByAnother)
            .join());
      });
      limiter.refund(1);
      assertEquals(List.of(true), free, limiter::toString);
    }
  }

  /** A lock that is taken near the end of the stack is released, or was not taken. */
  @Test
  void refund_whereTheStackEnds_leavesTheLockFree() throws Exception {
    for (int i = 0; i < 300; i++) {
      Gcra limiter = Gcra.create(Rate.perHour(1), clock);
      limiter.tryAcquire();
      limiter.reserve(1, FOREVER);
      int[] attempts = new int[1];
      run(
          () -> {
            try {
              refundWhereTheStackEnds(limiter, attempts);
            } catch (StackOverflowError e) {
              // as it had to come
            }
          },
          SMALL_STACK + 16 * i);
      assertTrue(attempts[0] > 0);
      assertNotNull(
          limiter.door().tryLocked(() -> true), "the lock is held by a thread that ended");
    }
  }

  private static void refundWhereTheStackEnds(Gcra limiter, int[] attempts) {
    try {
      refundWhereTheStackEnds(limiter, attempts);
    } catch (StackOverflowError e) {
      if (attempts[0]++ < 40) { // each with a little more stack than the one before
        try {
          limiter.refund(1);
          limiter.reserve(1, FOREVER);
        } catch (StackOverflowError again) {
          // nearer to the end than it needs
        }
      }
      throw e;
    }
  }

  // What callbacks do.

  @Test
  void callback_thatThrows_keepsNobodyElseWaiting() {
    for (RateLimiter limiter : onePerHour()) {
      assertTrue(limiter.tryAcquire());
      List<CompletableFuture<Void>> done = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        done.add(limiter.acquireAsync(1, FOREVER).thenAccept(admitted -> {
          limiter.refund(1);
          throw new IllegalStateException("of the application");
        }));
      }
      limiter.refund(1);
      assertTrue(done.stream().allMatch(CompletableFuture::isCompletedExceptionally));
      assertEquals(1, limiter.peek().remaining(), limiter::toString);
    }
  }

  @Test
  void callback_thatChangesTheLimit_servesTheRestByTheNewOne() {
    Gcra limiter = Gcra.create(Rate.perHour(1), clock);
    assertTrue(limiter.tryAcquire());
    CompletableFuture<Void> first = limiter
        .acquireAsync(1, FOREVER)
        .thenAccept(admitted -> limiter.reconfigure(Rate.perSecond(1), 1));
    CompletableFuture<Boolean> second = limiter.acquireAsync(1, FOREVER);
    clock.advance(Duration.ofHours(1));
    assertTrue(first.isDone());
    assertFalse(second.isDone());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.getNow(false));
  }

  /** In the order of the line, and none within another. */
  @Test
  void callbacks_ofAllThatOneChangeServes_runOneAfterTheOther() {
    Gcra limiter = Gcra.create(Rate.perHour(5), clock);
    limiter.drain();
    List<String> said = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      limiter.acquireAsync(1, FOREVER).thenAccept(admitted -> {
        said.add("begin " + number);
        limiter.refund(1);
        said.add("end " + number);
      });
    }
    limiter.refund(2);
    assertEquals(List.of("begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"), said);
  }
}
