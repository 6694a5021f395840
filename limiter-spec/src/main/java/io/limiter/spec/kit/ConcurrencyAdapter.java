package io.limiter.spec.kit;

import io.limiter.ConcurrencyLimiter;

/**
 * A concurrency limiter on trial. Operations that are not offered throw {@link
 * UnsupportedOperationException}, as the defaults do; so do weights, if each call is one permit.
 */
public interface ConcurrencyAdapter {

  /** Takes {@code permits} now, or none, and answers whether they were admitted. Never waits. */
  boolean tryAcquire(long permits);

  /** Gives {@code permits} back. A refusal is an exception. */
  void release(long permits);

  /** The permits that are held now. */
  default long inFlight() {
    throw new UnsupportedOperationException("inFlight");
  }

  /** Changes the limit, at once; what is held stays held. */
  default void limit(int limit) {
    throw new UnsupportedOperationException("limit");
  }

  /** {@code limiter} on trial. */
  static ConcurrencyAdapter of(ConcurrencyLimiter limiter) {
    return new ConcurrencyAdapter() {
      @Override
      public boolean tryAcquire(long permits) {
        return limiter.tryAcquire(permits);
      }

      @Override
      public void release(long permits) {
        limiter.release(permits);
      }

      @Override
      public long inFlight() {
        return limiter.inFlight();
      }

      @Override
      public void limit(int limit) {
        limiter.limit(limit);
      }
    };
  }
}
