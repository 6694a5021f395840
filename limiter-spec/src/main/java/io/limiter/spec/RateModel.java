package io.limiter.spec;

import java.math.BigInteger;
import java.util.Optional;

/**
 * The reference for a rate limiter: exact, single-threaded, and written from the promise alone.
 *
 * <p>Time is in ns since the limiter was created, unwrapped and of any size, so that limiters whose
 * clock wraps around are held to a time that does not. A reading may be older than an earlier one:
 * the formula is applied to the reading as given.
 */
public interface RateModel {

  /** Whether {@code permits} are admitted at time {@code t}. */
  boolean admits(BigInteger t, BigInteger permits);

  /** Takes {@code permits}, at least 1, at time {@code t}; they must be admitted. */
  void charge(BigInteger t, BigInteger permits);

  /**
   * The wait of a reservation of {@code permits} at time t behind all that is charged; empty if it is
   * refused.
   */
  default Optional<BigInteger> reservationWait(BigInteger t, BigInteger permits) {
    return retryAfter(t, permits);
  }

  /** Charges a reservation of {@code permits} at time t that has to wait for so long. */
  default void chargeAhead(BigInteger t, BigInteger permits, BigInteger wait) {
    charge(t, permits);
  }

  /** The permits that one call could take at time {@code t}: rounded down, never negative. */
  BigInteger remaining(BigInteger t);

  /**
   * The least wait in ns, at least 0, after which {@code permits} are admitted if nobody else calls;
   * empty if no wait is long enough.
   */
  Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits);

  /** The wait in ns until nothing is left to remember. */
  BigInteger resetAfter(BigInteger t);

  /**
   * Gives {@code permits} back at time {@code t}: as if they had not been taken, B at most. Answers
   * whether that was possible; if not, nothing changes.
   */
  boolean refund(BigInteger t, BigInteger permits);

  /** The index of the member that denies; 0 for a model without members. */
  default int denier(BigInteger t, BigInteger permits) {
    return 0;
  }

  /** What {@code permits} are told at time {@code t}; takes nothing. */
  default ModelDecision peek(BigInteger t, long permits) {
    BigInteger k = BigInteger.valueOf(permits);
    return admits(t, k)
        ? new ModelDecision(true, remaining(t), Optional.of(BigInteger.ZERO), resetAfter(t), -1)
        : new ModelDecision(false, remaining(t), retryAfter(t, k), resetAfter(t), denier(t, k));
  }

  /**
   * Takes {@code permits} at time {@code t} if they are admitted; what is left is that afterwards. 0
   * permits write nothing.
   */
  default ModelDecision decide(BigInteger t, long permits) {
    BigInteger k = BigInteger.valueOf(permits);
    if (!admits(t, k)) {
      return peek(t, permits);
    }
    if (permits > 0) {
      charge(t, k);
    }
    return new ModelDecision(true, remaining(t), Optional.of(BigInteger.ZERO), resetAfter(t), -1);
  }

  /** Gives {@code permits} back at time {@code t}. */
  default boolean refund(BigInteger t, long permits) {
    return refund(t, BigInteger.valueOf(permits));
  }
}
