package io.limiter.spec.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Checks by several threads at once. They find what is easily found; they prove nothing. */
final class Threads {
  private static final int THREADS = 4;
  private static final int CALLS = 500; // a thread

  private Threads() {}

  /** The threads together get {@code burst} permits of a new limiter. */
  static void shareOneBurst(Object setup, Supplier<RateAdapter> factory, long burst) {
    RateAdapter limiter = factory.get();
    AtomicLong admitted = new AtomicLong();
    together(() -> {
      for (int i = 0; i < CALLS; i++) {
        if (limiter.tryAcquire(1)) {
          admitted.incrementAndGet();
        }
      }
    });
    long expected = Math.min(burst, THREADS * CALLS);
    if (admitted.get() != expected) {
      throw new AssertionError(setup
          + (": " + THREADS + " threads of " + CALLS + " calls each, the clock stands still")
          + ("\n  <- " + admitted + " admitted (expected: " + expected + ")"));
    }
  }

  /** No more than {@code limit} permits are held at any time, and all are there in the end. */
  static void holdTheLimit(ConcurrencyAdapter limiter, int limit) {
    AtomicLong held = new AtomicLong();
    AtomicLong most = new AtomicLong();
    together(() -> {
      for (int i = 0; i < CALLS; i++) {
        if (limiter.tryAcquire(1)) {
          most.accumulateAndGet(held.incrementAndGet(), Math::max);
          held.decrementAndGet();
          limiter.release(1);
        }
      }
    });
    long left = 0;
    while (left <= limit && left < CALLS && limiter.tryAcquire(1)) {
      left++;
    }
    if (most.get() > limit || left != Math.min(limit, CALLS)) {
      throw new AssertionError(
          ("limit " + limit + ": " + THREADS + " threads that take one and give it back")
              + ("\n  <- " + most + " held at a time, " + left + " available in the end"));
    }
  }

  private static void together(Runnable task) {
    CyclicBarrier start = new CyclicBarrier(THREADS);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(() -> {
        try {
          start.await();
          task.run();
        } catch (InterruptedException | BrokenBarrierException | RuntimeException | Error e) {
          failure.set(e);
        }
      });
      threads.add(thread);
      thread.start();
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    if (failure.get() != null) {
      throw new AssertionError("a thread failed: " + failure.get(), failure.get());
    }
  }
}
