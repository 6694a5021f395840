package io.limiter;

/**
 * Is told what a limiter decides. Attach it to a limiter by {@link CountingLimiter#of(RateLimiter,
 * LimitListener)}, to a gate by {@link Gate#listening}, to all keys of a keyed limiter by its builder's
 * {@code listening}, to a stored limiter by {@code listening}. Limiters that have none run the same code as
 * before.
 *
 * <p>Each outcome is told once, by the thread that decided it, after all locks were released and before the
 * caller gets its answer. So a listener should be quick, and many threads may call it at once. It is not
 * told of calls for 0 permits, nor of calls that only look.
 *
 * <p>What a listener throws goes to the caller, and leaves no charge behind: permits that it was told of are
 * given back, as {@link RateLimiter#refund} does. A change, or a refund, stays done. A listener may call the
 * limiter.
 */
public interface LimitListener {
  /** Permits were admitted: at once, after a wait, or forced. */
  default void admitted(long permits) {}

  /**
   * Permits were denied, or would have been without shadow mode.
   *
   * @param rule which rule denied, as {@link DetailedDecision#deniedBy()}; -1 if that is not known, as
   *     for callers that waited in vain
   */
  default void denied(long permits, int rule) {}

  /** Permits of those just {@link #admitted} had to be waited for. */
  default void waited(long permits) {}

  /** Permits were given back: by a refund, or by a reservation that was cancelled or settled for less. */
  default void refunded(long permits) {}

  /**
   * There was no room for the key of a call, so that the overflow policy of the keyed limiter decides. What
   * it decides is told as well.
   */
  default void overflowed() {}

  /** The limits were changed. */
  default void changed() {}
}
