package io.limiter.spec;

import io.limiter.Decision;
import java.math.BigInteger;
import java.util.Optional;

/**
 * What a model answers: a {@link Decision} in integers of any size, so that nothing saturates.
 *
 * @param admitted the verdict
 * @param remaining permits that one more call at the same instant could take
 * @param retryAfter ns until the same call is admitted, 0 if it was; empty for never
 * @param resetAfter ns until fresh
 * @param deniedBy -1 if admitted, otherwise the index of the member that denied
 */
public record ModelDecision(
    boolean admitted,
    BigInteger remaining,
    Optional<BigInteger> retryAfter,
    BigInteger resetAfter,
    int deniedBy) {

  private static final BigInteger NEVER = BigInteger.valueOf(Decision.NEVER);

  /** What a limiter has to answer: this, with waits beyond 2^63 - 2 ns as {@link Decision#NEVER}. */
  public Decision toDecision() {
    return new Decision(
        admitted,
        remaining.min(NEVER).longValueExact(),
        retryAfter.orElse(NEVER).min(NEVER).longValueExact(),
        resetAfter.min(NEVER).longValueExact(),
        deniedBy);
  }
}
