package io.limiter;

import java.util.Objects;

/**
 * What every limiter of this package is to {@link AllOf}: something that can be asked, charged, and
 * relieved of a charge again, all at a given reading and without allocating.
 */
abstract class Member implements RateLimiter {
  /** From {@link #charge}: the permits were denied. */
  static final long REFUSED = -1;

  private final NanoClock clock;

  Member(NanoClock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  @Override
  public final NanoClock clock() {
    return clock;
  }

  /** Whether {@code permits} would be admitted. */
  abstract boolean admits(long nanoTime, long permits);

  /** Takes the permits and answers a receipt, at least 0, or answers {@link #REFUSED}. */
  abstract long charge(long nanoTime, long permits);

  /**
   * Takes a charge back, {@code elapsedNanos} after it was made, so that no permit is minted: what
   * time has restored since is not given a second time.
   */
  abstract void uncharge(long nanoTime, long permits, long receipt, long elapsedNanos);

  /** {@link Decision#remaining()} now. */
  abstract long remainingAt(long nanoTime);

  /** {@link Decision#retryAfterNanos()} of {@code permits} now. */
  abstract long retryAfterNanosAt(long nanoTime, long permits);

  /** {@link Decision#resetAfterNanos()} now. */
  abstract long resetAfterNanosAt(long nanoTime);
}
