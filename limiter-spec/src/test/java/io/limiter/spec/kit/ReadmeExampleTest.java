package io.limiter.spec.kit;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.TokenBucket;

/** The ten lines of the README; MyLimiter is what a reader replaces. */
class ReadmeExampleTest {

  /** Stands for any limiter. */
  record MyLimiter(TokenBucket bucket, NanoClock clock) {
    MyLimiter(long permits, long periodNanos, long burst, NanoClock clock) {
      this(TokenBucket.create(Rate.ofNanos(permits, periodNanos), burst, clock), clock);
    }

    boolean allow(long permits) {
      return bucket.tryAcquire(permits);
    }
  }

  // README: begin
  static class MyLimiterTest extends RateLimiterContract {
    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      MyLimiter limiter = new MyLimiter(rate.permits(), rate.periodNanos(), burst, clock);
      return permits -> limiter.allow(permits);
    }
  }
  // README: end
}
