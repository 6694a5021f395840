package io.limiter.spec.kit;

import io.limiter.ConcurrencyLimiter;

/** {@link ConcurrencyLimiter} through the kit. */
class ConcurrencyLimiterKitTest extends ConcurrencyContract {
  @Override
  protected ConcurrencyAdapter create(int limit) {
    return ConcurrencyAdapter.of(ConcurrencyLimiter.create(limit));
  }
}
