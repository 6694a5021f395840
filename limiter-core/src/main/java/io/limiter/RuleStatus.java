package io.limiter;

/**
 * The numbers of one rule right after a decision. All rules of a decision have the same clock reading.
 *
 * @param remaining the permits of this rule that one more call at the same instant could take, rounded
 *     down, never negative; {@link Long#MAX_VALUE} if there is no limit
 * @param calls how many more calls like the one decided, of one permit at least, that is: {@code
 *     remaining} divided by what the rule is charged for one; {@link Long#MAX_VALUE} if there is no limit
 * @param waitNanos the least wait in ns after which this rule admits such a call, if nobody else calls,
 *     rounded up; 0 if it does so at once; {@link Decision#NEVER} if no wait is long enough, or if
 *     permits in flight have to come back first
 * @param resetAfterNanos the wait in ns until nothing is left to remember; 0 if that is so now
 */
public record RuleStatus(long remaining, long calls, long waitNanos, long resetAfterNanos) {

  /** The status of a rule that is charged {@code share} permits for a call. */
  public static RuleStatus of(long remaining, long share, long waitNanos, long resetAfterNanos) {
    long calls = remaining == Long.MAX_VALUE ? remaining : remaining / Math.max(share, 1);
    return new RuleStatus(remaining, calls, waitNanos, resetAfterNanos);
  }

  /** The same, where nothing is admitted for {@code nanos}. */
  public RuleStatus blockedFor(long nanos) {
    return nanos <= 0
        ? this
        : new RuleStatus(0, 0, Math.max(waitNanos, nanos), Math.max(resetAfterNanos, nanos));
  }
}
