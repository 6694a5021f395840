package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.RateLimiter;

/**
 * A limiter on trial: the four operations that a timeline is made of, each at a clock reading in ns.
 *
 * <p>Implement it over any limiter to hold that to the models and guarantees of this package.
 */
public interface Subject {

  /** Takes {@code permits} at the reading, or none, and answers whether they were admitted. */
  boolean tryAcquireAt(long reading, long permits);

  /** Takes {@code permits} at the reading, or none, and explains. */
  Decision decideAt(long reading, long permits);

  /** What {@code permits} would be told at the reading; takes nothing. */
  Decision peekAt(long reading, long permits);

  /** Gives {@code permits} back at the reading, and answers whether that was possible. */
  boolean refundAt(long reading, long permits);

  /** {@code limiter} on trial. */
  static Subject of(RateLimiter limiter) {
    return new Subject() {
      @Override
      public boolean tryAcquireAt(long reading, long permits) {
        return limiter.tryAcquireAt(reading, permits);
      }

      @Override
      public Decision decideAt(long reading, long permits) {
        return limiter.decideAt(reading, permits);
      }

      @Override
      public Decision peekAt(long reading, long permits) {
        return limiter.peekAt(reading, permits);
      }

      @Override
      public boolean refundAt(long reading, long permits) {
        return limiter.refundAt(reading, permits);
      }
    };
  }
}
