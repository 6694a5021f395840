package io.limiter.bench.paired;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** The limiters that people write themselves when they use no library. */
final class HomeMade {
  private HomeMade() {}

  /** A token bucket: a long under a lock. */
  static final class Synchronized {
    private final long burst;
    private final long nanosPerPermit;
    private long permits;
    private long refilledAt = System.nanoTime();

    Synchronized(long burst, long nanosPerPermit) {
      this.burst = burst;
      this.nanosPerPermit = nanosPerPermit;
      this.permits = burst;
    }

    synchronized boolean tryAcquire() {
      long now = System.nanoTime();
      if (now - refilledAt >= nanosPerPermit) {
        long earned = (now - refilledAt) / nanosPerPermit;
        permits = Math.min(burst, permits + earned);
        refilledAt += earned * nanosPerPermit;
      }
      if (permits == 0) {
        return false;
      }
      permits--;
      return true;
    }
  }

  /**
   * A Semaphore that a daemon thread fills up once per period. It reads no clock, so the timer's
   * delays are its errors, and it admits up to twice the limit in one period.
   */
  static final class RefilledSemaphore {
    private final Semaphore permits;

    RefilledSemaphore(int limit, long periodNanos) {
      permits = new Semaphore(limit);
      ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "refill");
        thread.setDaemon(true);
        return thread;
      });
      timer.scheduleAtFixedRate(
          () -> permits.release(limit - permits.availablePermits()),
          periodNanos,
          periodNanos,
          TimeUnit.NANOSECONDS);
    }

    boolean tryAcquire() {
      return permits.tryAcquire();
    }
  }

  /**
   * A fixed window that counts with a LongAdder. Threads that read the sum together all pass, so it
   * may admit more than its limit.
   */
  static final class AdderWindow {
    private final long limit;
    private final long periodNanos;
    private final AtomicLong startedAt = new AtomicLong(System.nanoTime());
    private final LongAdder admitted = new LongAdder();

    AdderWindow(long limit, long periodNanos) {
      this.limit = limit;
      this.periodNanos = periodNanos;
    }

    boolean tryAcquire() {
      long now = System.nanoTime();
      long start = startedAt.get();
      if (now - start >= periodNanos && startedAt.compareAndSet(start, now)) {
        admitted.reset();
      }
      if (admitted.sum() >= limit) {
        return false;
      }
      admitted.increment();
      return true;
    }
  }
}
