package io.limiter.bench.rival;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.kit.ConcurrencyAdapter;
import io.limiter.spec.kit.RateAdapter;
import java.time.Duration;

/** resilience4j, with a timeout of 0: calls never wait. */
final class Resilience4j {
  private Resilience4j() {}

  /** A RateLimiter on a nanoTimeSupplier. */
  static RateAdapter rateLimiter(Rate window, NanoClock clock) {
    RateLimiterConfig config = RateLimiterConfig.custom()
        .limitForPeriod(Math.toIntExact(window.permits()))
        .limitRefreshPeriod(Duration.ofNanos(window.periodNanos()))
        .timeoutDuration(Duration.ZERO)
        .build();
    RateLimiter limiter = RateLimiter.of("rival", config, clock::nanoTime);
    return new RateAdapter() {
      @Override
      public boolean tryAcquire(long permits) {
        return permits == (int) permits && limiter.acquirePermission((int) permits);
      }

      @Override
      public long remaining() {
        return limiter.getMetrics().getAvailablePermissions();
      }

      /** The longest acceptable wait is part of the configuration: it is set for the call. */
      @Override
      public long reserve(long permits, long maxWaitNanos) {
        limiter.changeTimeoutDuration(Duration.ofNanos(maxWaitNanos));
        try {
          return permits == (int) permits ? limiter.reservePermission((int) permits) : -1;
        } finally {
          limiter.changeTimeoutDuration(Duration.ZERO);
        }
      }
    };
  }

  /** A semaphore bulkhead. */
  static ConcurrencyAdapter bulkhead(int limit) {
    Bulkhead bulkhead = Bulkhead.of(
        "rival",
        BulkheadConfig.custom()
            .maxConcurrentCalls(limit)
            .maxWaitDuration(Duration.ZERO)
            .build());
    return new ConcurrencyAdapter() {
      @Override
      public boolean tryAcquire(long permits) {
        return one(permits) && bulkhead.tryAcquirePermission();
      }

      @Override
      public void release(long permits) {
        if (one(permits)) {
          bulkhead.releasePermission();
        }
      }

      @Override
      public long inFlight() {
        return bulkhead.getMetrics().getMaxAllowedConcurrentCalls()
            - bulkhead.getMetrics().getAvailableConcurrentCalls();
      }
    };
  }

  private static boolean one(long permits) {
    if (permits != 1) {
      throw new UnsupportedOperationException("one permit a call");
    }
    return true;
  }
}
