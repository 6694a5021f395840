package io.limiter;

/**
 * Decides whether a call may pass, now, without waiting. What exactly is promised is the guarantee
 * of the algorithm: see {@link Gcra}, {@link TokenBucket} and {@link AllOf}.
 *
 * <p>Three verbs: {@link #tryAcquire(long) tryAcquire} answers yes or no, {@link #decide(long)
 * decide} does the same and explains, {@link #peek(long) peek} explains what decide would say and
 * changes nothing. A call asks for {@code permits >= 1}, all or nothing. Denial is a value, never
 * an exception, and changes nothing.
 *
 * <p>Each verb comes in two forms. The plain one reads {@link #clock()} exactly once and calls the
 * {@code ...At} form, which takes the reading. Readings are compared by difference, so any origin
 * will do; a reading older than an earlier one can only deny more.
 *
 * <p>Thread-safety: all methods may be called by many threads; implementations in this package take
 * no lock, do not allocate in {@code tryAcquire}, and write nothing when they deny. Memory effects:
 * what a thread did before a call that was admitted is visible to threads whose later call on the
 * same limiter was admitted after it.
 */
public interface RateLimiter {

  /** A limiter that admits every call: remaining is {@link Long#MAX_VALUE}. */
  static RateLimiter unlimited(NanoClock clock) {
    return new FixedVerdict(true, clock);
  }

  /** A limiter that denies every call: the wait is {@link Decision#NEVER}. */
  static RateLimiter blocked(NanoClock clock) {
    return new FixedVerdict(false, clock);
  }

  /** The clock that the plain forms read. */
  NanoClock clock();

  /** Takes one permit now, or none: {@code tryAcquire(1)}. */
  default boolean tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Takes {@code permits} now, or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is less than 1
   */
  default boolean tryAcquire(long permits) {
    return tryAcquireAt(clock().nanoTime(), permits);
  }

  /**
   * Takes {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock), or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is less than 1
   */
  boolean tryAcquireAt(long nanoTime, long permits);

  /** Takes one permit now, or none, and explains: {@code decide(1)}. */
  default Decision decide() {
    return decide(1);
  }

  /**
   * Takes {@code permits} now, or none, and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is less than 1
   */
  default Decision decide(long permits) {
    return decideAt(clock().nanoTime(), permits);
  }

  /**
   * Takes {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock), or none,
   * and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is less than 1
   */
  Decision decideAt(long nanoTime, long permits);

  /** What one permit would be told now: {@code peek(1)}. */
  default Decision peek() {
    return peek(1);
  }

  /**
   * What {@code permits} would be told now. Takes nothing: remaining and reset are those before.
   *
   * @throws IllegalArgumentException if permits is less than 1
   */
  default Decision peek(long permits) {
    return peekAt(clock().nanoTime(), permits);
  }

  /**
   * What {@code permits} would be told at the reading {@code nanoTime} (ns, of this limiter's
   * clock). Takes nothing: remaining and reset are those before.
   *
   * @throws IllegalArgumentException if permits is less than 1
   */
  Decision peekAt(long nanoTime, long permits);

  /**
   * Gives {@code permits} back: the limiter is then as if they had not been taken, its level capped
   * at the burst. Giving back what was never taken is therefore a gift, not an error.
   *
   * @return whether the permits were given back; false if this algorithm can no longer do so
   * @throws IllegalArgumentException if permits is less than 1
   */
  default boolean refund(long permits) {
    return refundAt(clock().nanoTime(), permits);
  }

  /**
   * Gives {@code permits} back at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @return whether the permits were given back; false if this algorithm can no longer do so
   * @throws IllegalArgumentException if permits is less than 1
   */
  boolean refundAt(long nanoTime, long permits);
}
