package io.limiter;

import java.util.Objects;

/**
 * What {@link AllOf} and Gate need of a member: to be asked, charged, and relieved of a charge, all
 * at a given reading and without allocating.
 */
abstract class Member {
  /** From {@link #charge}: the permits were denied. */
  static final long REFUSED = Long.MIN_VALUE;

  /** From {@link #charge}: the terms are others now. */
  static final long CHANGED = Long.MIN_VALUE + 1;

  /** The longest penalty in ns, 146 years: readings compare by difference. */
  static final long MAX_PENALTY = Long.MAX_VALUE / 2;

  private final NanoClock clock;

  Member(NanoClock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  /** The clock whose readings are given. */
  public final NanoClock clock() {
    return clock;
  }

  /** Whether {@code permits} would be admitted. */
  abstract boolean admits(long nanoTime, long permits);

  /** What the receipts of charges made now mean: a rate, say. They stay good when that changes. */
  Object terms() {
    return null;
  }

  /**
   * Takes the permits under those terms and answers a receipt, or answers {@link #REFUSED}, or {@link
   * #CHANGED}.
   */
  abstract long charge(long nanoTime, long permits, Object terms);

  /**
   * Takes back a charge made at {@code nanoTime}, so that no permit is minted: what time has
   * restored since is not given a second time. May read the clock.
   */
  abstract void uncharge(long nanoTime, long permits, Object terms, long receipt);

  /** Whether {@link #uncharge} always leaves no trace; members for which it may not go last. */
  boolean alwaysUncharges() {
    return true;
  }

  /** {@link RateLimiter#refundAt}. */
  public abstract boolean refundAt(long nanoTime, long permits);

  /** {@link RateLimiter#reserveAt}. */
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    throw new UnsupportedOperationException(this + " cannot reserve");
  }

  /** {@link RateLimiter#acquireForcedAt}. */
  public long acquireForcedAt(long nanoTime, long permits) {
    throw new UnsupportedOperationException(this + " has no debts");
  }

  /** {@link RateLimiter#penalizeAt}. */
  public void penalizeAt(long nanoTime, long nanos) {
    throw new UnsupportedOperationException(this + " cannot be penalized");
  }

  /** {@link RateLimiter#reset}. */
  public void reset() {
    throw new UnsupportedOperationException(this + " cannot be reset");
  }

  /** How long after {@code nanoTime} a penalty lasts, in ns; 0 if there is none. */
  long pauseNanosAt(long nanoTime) {
    return 0;
  }

  /** What a snapshot says of this member. */
  Snapshot.Level level(long nanoTime) {
    throw new UnsupportedOperationException(this + " cannot be saved");
  }

  /** {@link Decision#remaining()} now. */
  abstract long remainingAt(long nanoTime);

  /** {@link Decision#retryAfterNanos()} of {@code permits} now. */
  abstract long retryAfterNanosAt(long nanoTime, long permits);

  /** What a call is told to wait that lost a race which was over when it was explained. */
  long leastWaitNanos() {
    return 1;
  }

  /** {@link Decision#resetAfterNanos()} now. */
  abstract long resetAfterNanosAt(long nanoTime);
}
