package io.limiter;

import java.math.BigInteger;

/**
 * What becomes of a backlog when the rate or the burst changes: exact, in ticks of the new rate. Pure
 * functions; they allocate.
 */
final class Repricing {
  private Repricing() {}

  /**
   * The backlog under {@code next} of a limiter whose backlog under {@code old} is {@code backlog}.
   * Backlogs are counted in ticks, so a level l is a backlog of {@code (B - l)*T}.
   *
   * @param backlog in ticks of the old rate; at least 0
   * @param roundUp whether to round up to the next tick, so that no permit is minted; else down
   * @return ticks of the new rate, saturated; 0 if the limiter is fresh
   */
  static long backlog(
      long backlog, GcraMath old, GcraMath next, LevelPolicy policy, boolean roundUp) {
    long emissionTicks = old.cost(1);
    BigInteger whole = BigInteger.valueOf(backlog);
    BigInteger debt = whole.subtract(product(old.burst(), emissionTicks)).max(BigInteger.ZERO);
    BigInteger all = product(next.burst(), emissionTicks); // of the new burst, in old ticks
    // Permits that are missing from the new burst: so many old ticks, divided by parts.
    long parts = policy == LevelPolicy.PROPORTIONAL ? old.burst() : 1;
    BigInteger missing = switch (policy) {
      case SPENT -> whole.min(all.add(debt));
      case KEEP -> all.subtract(product(old.burst(), emissionTicks)).add(whole);
      case PROPORTIONAL ->
        whole
            .subtract(debt)
            .multiply(BigInteger.valueOf(next.burst()))
            .add(debt.multiply(BigInteger.valueOf(parts)));
      case FRESH -> BigInteger.ZERO;
      case EMPTY -> all.add(debt);
    };
    if (missing.signum() <= 0) {
      return 0;
    }
    BigInteger scale = product(parts, emissionTicks);
    BigInteger rounding = roundUp ? scale.subtract(BigInteger.ONE) : BigInteger.ZERO;
    return saturated(
        missing.multiply(BigInteger.valueOf(next.cost(1))).add(rounding).divide(scale));
  }

  /** What {@code ticks} >= 0 of the rate {@code old} cost under {@code next}, rounded down, saturated. */
  static long ticks(long ticks, GcraMath old, GcraMath next) {
    return old.cost(1) == next.cost(1)
        ? ticks
        : saturated(product(ticks, next.cost(1)).divide(BigInteger.valueOf(old.cost(1))));
  }

  static BigInteger product(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }

  /** {@code value}, at most 2^63 - 1. */
  static long saturated(BigInteger value) {
    return value.bitLength() < Long.SIZE ? value.longValue() : Long.MAX_VALUE;
  }
}
