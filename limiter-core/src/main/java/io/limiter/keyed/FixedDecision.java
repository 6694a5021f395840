package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.RateLimiter;

/** Answers every call with a decision that was already taken. */
record FixedDecision(Decision decision, NanoClock clock) implements RateLimiter {
  /** A permit that says {@code decision} and has nothing to give back. */
  static Permit permit(Decision decision, NanoClock clock) {
    Gate.Builder gate = Gate.builder(clock);
    for (int i = 0; i < decision.deniedBy(); i++) {
      gate.rate(RateLimiter.unlimited(clock)); // so that its index is that of what denied
    }
    return gate.rate(new FixedDecision(decision, clock)).build().tryEnter();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return decision.admitted();
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    return decision;
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return decision;
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return false;
  }
}
