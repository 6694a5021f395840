package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.RateLimiter;
import io.limiter.Reservation;

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

  /**
   * Takes {@code permits} in advance, and answers in how many ns they may be used; or -1, having
   * taken none, if that would be more than {@code maxWaitNanos}.
   *
   * @throws UnsupportedOperationException if there are no reservations
   */
  default long reserveAt(long reading, long permits, long maxWaitNanos) {
    throw new UnsupportedOperationException("reserve");
  }

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

      @Override
      public long reserveAt(long reading, long permits, long maxWaitNanos) {
        Reservation reservation = limiter.reserveAt(reading, permits, maxWaitNanos);
        return reservation.granted() ? reservation.waitNanos() : -1;
      }
    };
  }
}
