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
  private static final int CALLS = 1_000; // a thread
  private static final int FEW = 3; // permits that the threads quarrel over

  private Threads() {}

  /** The threads together get {@code burst} permits of a new limiter. */
  static void shareOneBurst(Object setup, Supplier<RateAdapter> factory, long burst) {
    RateAdapter limiter = factory.get();
    // Of a large burst the rest goes first, so that a permit given twice is seen.
    long rest = Math.max(burst - THREADS * CALLS / 2, 0);
    long first = rest > 0 && limiter.tryAcquire(rest) ? rest : 0;
    AtomicLong admitted = new AtomicLong();
    together(() -> {
      for (int i = 0; i < CALLS; i++) {
        if (limiter.tryAcquire(1)) {
          admitted.incrementAndGet();
        }
      }
    });
    long expected = Math.min(burst - first, THREADS * CALLS);
    if (admitted.get() != expected) {
      throw new AssertionError(setup
          + (first > 0 ? ", after tryAcquire(" + first + ")" : "")
          + (": " + THREADS + " threads of " + CALLS + " calls each, the clock stands still")
          + ("\n  <- " + admitted + " admitted (expected: " + expected + ")"));
    }
  }

  /** No more than {@code limit} permits are held at any time, and all are there in the end. */
  static void holdTheLimit(ConcurrencyAdapter limiter, int limit, boolean weights) {
    // Of a high limit the rest goes first, so that a release that is lost is seen.
    long rest = weights ? Math.max(limit - FEW, 0) : 0;
    long first = rest > 0 && limiter.tryAcquire(rest) ? rest : 0;
    long free = limit - first;
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
    while (left <= free && left < CALLS && limiter.tryAcquire(1)) {
      left++;
    }
    if (most.get() > free || left != Math.min(free, CALLS)) {
      throw new AssertionError("limit " + limit
          + (first > 0 ? ", after tryAcquire(" + first + ")" : "")
          + (": " + THREADS + " threads that take one and give it back")
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
