package io.limiter.spec.kit;

import io.limiter.RateLimiter;
import io.limiter.Reservation;
import java.time.Duration;

/**
 * A rate limiter or window on trial. {@link #tryAcquire} is all that it has to offer; each other
 * operation says that it is not offered, until it is overridden.
 *
 * <p>The operations read the clock that the limiter was built with. Permits are any long: what the
 * limiter has no words for (more than an int, say) can never be admitted, so answer false.
 */
@FunctionalInterface
public interface RateAdapter {

  /** Takes {@code permits} now, or none, and answers whether they were admitted. Never waits. */
  boolean tryAcquire(long permits);

  /** Whether {@code permits} would be admitted now; takes nothing. */
  default boolean peek(long permits) {
    throw new UnsupportedOperationException("peek");
  }

  /** The permits that one call could take now; takes nothing. */
  default long remaining() {
    throw new UnsupportedOperationException("remaining");
  }

  /**
   * The least wait in ns after which {@code permits} are admitted if nobody else calls; {@link
   * io.limiter.Decision#NEVER} if no wait is long enough. Takes nothing.
   */
  default long retryAfterNanos(long permits) {
    throw new UnsupportedOperationException("retryAfterNanos");
  }

  /** The wait in ns until nothing is left to remember; takes nothing. */
  default long resetAfterNanos() {
    throw new UnsupportedOperationException("resetAfterNanos");
  }

  /** Gives {@code permits} back, and answers whether that was possible. */
  default boolean refund(long permits) {
    throw new UnsupportedOperationException("refund");
  }

  /**
   * Takes {@code permits} in advance, and answers in how many ns they may be used; or -1, having
   * taken none, if that would be more than {@code maxWaitNanos}. Never waits.
   */
  default long reserve(long permits, long maxWaitNanos) {
    throw new UnsupportedOperationException("reserve");
  }

  /** {@code limiter} on trial. */
  static RateAdapter of(RateLimiter limiter) {
    return new RateAdapter() {
      @Override
      public boolean tryAcquire(long permits) {
        return limiter.tryAcquire(permits);
      }

      @Override
      public boolean peek(long permits) {
        return limiter.peek(permits).admitted();
      }

      @Override
      public long remaining() {
        return limiter.peek().remaining();
      }

      @Override
      public long retryAfterNanos(long permits) {
        return limiter.peek(permits).retryAfterNanos();
      }

      @Override
      public long resetAfterNanos() {
        return limiter.peek().resetAfterNanos();
      }

      @Override
      public boolean refund(long permits) {
        return limiter.refund(permits);
      }

      @Override
      public long reserve(long permits, long maxWaitNanos) {
        Reservation reservation = limiter.reserve(permits, Duration.ofNanos(maxWaitNanos));
        return reservation.granted() ? reservation.waitNanos() : -1;
      }
    };
  }
}
