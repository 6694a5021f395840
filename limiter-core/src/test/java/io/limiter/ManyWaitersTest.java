package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** Very many virtual threads that wait for one limiter, where the JDK has them. */
class ManyWaitersTest {
  private static final int THREADS = 100_000;

  @Test
  void acquire_aHundredThousandVirtualThreads_areAllServed() throws Exception {
    assumeTrue(
        Runtime.version().feature() >= 21,
        "virtual threads need JDK 21; this is " + Runtime.version());
    ManualClock clock = ManualClock.create();
    Gcra limiter = Gcra.create(Rate.perSecond(1_000), 1, clock);
    limiter.drain();
    LongAdder served = new LongAdder();
    ExecutorService executor = (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    for (int i = 0; i < THREADS; i++) {
      executor.execute(() -> {
        limiter.acquireUninterruptibly(1);
        served.increment();
      });
    }
    while (clock.sleepers() < THREADS) {
      Thread.onSpinWait();
    }
    assertEquals(THREADS, limiter.waiters());
    clock.advanceNanos(THREADS / 2 * 1_000_000L);
    while (served.sum() < THREADS / 2) {
      Thread.onSpinWait();
    }
    assertEquals(THREADS / 2, limiter.waiters());
    clock.advanceNanos(THREADS / 2 * 1_000_000L);
    while (served.sum() < THREADS) {
      Thread.onSpinWait();
    }
    executor.shutdown();
    assertEquals(0, limiter.waiters());
    assertEquals(1_000_000, limiter.peek().retryAfterNanos());
  }
}
