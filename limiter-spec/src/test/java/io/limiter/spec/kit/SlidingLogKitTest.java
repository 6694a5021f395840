package io.limiter.spec.kit;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;

/** {@link SlidingLog} through the kit. */
class SlidingLogKitTest extends SlidingWindowContract {
  @Override
  protected RateAdapter create(Rate window, NanoClock clock) {
    return RateAdapter.of(SlidingLog.create(window, clock));
  }
}
