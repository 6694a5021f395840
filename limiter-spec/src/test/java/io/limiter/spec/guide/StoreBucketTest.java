package io.limiter.spec.guide;

import io.limiter.Decision;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.Setup;
import io.limiter.spec.kit.RateAdapter;
import io.limiter.spec.kit.RateLimiterContract;
import java.time.Duration;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

class StoreBucketTest extends RateLimiterContract {

  @Override
  protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
    StoreBucket bucket = new StoreBucket(burst, rate.periodNanos() / 1_000_000, clock);
    return new RateAdapter() {
      @Override
      public boolean tryAcquire(long permits) {
        return bucket.allow("key", permits);
      }

      @Override
      public long remaining() {
        return bucket.remaining("key");
      }

      @Override
      public long retryAfterNanos(long permits) {
        long millis = bucket.retryAfterMillis("key", permits);
        return millis == Decision.NEVER ? Decision.NEVER : millis * 1_000_000;
      }
    };
  }

  /** What yours accepts: here one permit per so many milliseconds. */
  @Override
  protected Arbitrary<Setup.OfGcra> setups() {
    Arbitrary<Rate> rates = Arbitraries.longs()
        .between(1, 86_400_000)
        .map(millis -> Rate.of(1, Duration.ofMillis(millis)));
    return Combinators.combine(rates, Arbitraries.longs().between(1, 1_000)).as(Setup.OfGcra::new);
  }

  /** It counts milliseconds, so it is held to milliseconds. */
  @Override
  protected long resolutionNanos() {
    return 1_000_000;
  }

  /** It is used for 70 years at most. */
  @Override
  protected long horizonNanos() {
    return Duration.ofDays(70 * 365).toNanos();
  }
}
