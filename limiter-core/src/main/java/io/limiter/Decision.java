package io.limiter;

import java.time.Duration;
import java.util.Optional;

/**
 * The answer to a call: whether it was admitted, what remains, and how long to wait.
 *
 * @param admitted whether the permits were (or, for a peek, would be) admitted
 * @param remaining the permits that one more call at the same instant could take, rounded down,
 *     never negative; {@link Long#MAX_VALUE} if there is no limit
 * @param retryAfterNanos 0 if admitted; otherwise the least wait in ns after which the same call is
 *     admitted if nobody else calls, rounded up; {@link #NEVER} if no wait is long enough
 * @param resetAfterNanos the wait in ns until the limiter is indistinguishable from a new one; 0 if
 *     it is, {@link #NEVER} if that is more than 2^63 - 2 ns away
 * @param deniedBy -1 if admitted; otherwise the index of the member that denied, the one with the
 *     longest wait if several did; 0 for a limiter without members
 */
public record Decision(
    boolean admitted, long remaining, long retryAfterNanos, long resetAfterNanos, int deniedBy) {

  /** A wait that is never long enough: the permits exceed the burst, or 2^63 - 1 ns have to pass. */
  public static final long NEVER = Long.MAX_VALUE;

  /** The wait; empty if the call was admitted, or if no wait is long enough. */
  public Optional<Duration> retryAfter() {
    return admitted || isNever()
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(retryAfterNanos));
  }

  /** Whether the call was denied and no wait is long enough. */
  public boolean isNever() {
    return !admitted && retryAfterNanos == NEVER;
  }

  /** An admitted call. */
  static Decision admitted(long remaining, long resetAfterNanos) {
    return new Decision(true, remaining, 0, resetAfterNanos, -1);
  }

  /** A denied call. */
  static Decision denied(long remaining, long retryAfterNanos, long resetAfterNanos, int deniedBy) {
    return new Decision(false, remaining, retryAfterNanos, resetAfterNanos, deniedBy);
  }
}
