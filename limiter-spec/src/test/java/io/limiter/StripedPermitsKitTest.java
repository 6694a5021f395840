package io.limiter;

import io.limiter.spec.kit.ConcurrencyAdapter;
import io.limiter.spec.kit.ConcurrencyContract;

/** A striped {@link ConcurrencyLimiter} through the kit, as if callers had collided at the start. */
class StripedPermitsKitTest extends ConcurrencyContract {
  @Override
  protected ConcurrencyAdapter create(int limit) {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(limit).striped(2);
    limiter.stripe();
    return ConcurrencyAdapter.of(limiter);
  }
}
