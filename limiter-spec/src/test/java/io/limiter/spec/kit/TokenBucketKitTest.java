package io.limiter.spec.kit;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.TokenBucket;
import org.junit.jupiter.api.Nested;

/** {@link TokenBucket} through the kit, with continuous and with stepwise refill. */
class TokenBucketKitTest {
  @Nested
  class Continuous extends RateLimiterContract {
    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      return RateAdapter.of(TokenBucket.create(rate, burst, clock));
    }
  }

  @Nested
  class FixedWindow extends FixedWindowContract {
    @Override
    protected RateAdapter create(Rate window, NanoClock clock) {
      return RateAdapter.of(TokenBucket.stepwise(window, clock));
    }
  }
}
