package io.limiter.spec.kit;

import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Rate;

/** {@link Gcra} through the kit. */
class GcraKitTest extends RateLimiterContract {
  @Override
  protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
    return RateAdapter.of(Gcra.create(rate, burst, clock));
  }
}
