package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.math.BigInteger;

/**
 * How many permits are missing from the burst of one rate: {@code spent / parts}, exactly. A level
 * passes from one limit to another in this form, so what was spent stays spent: it is missing from
 * the new burst too, but no more than that burst. What the new limit cannot count is rounded up,
 * against the key.
 *
 * @param spent parts of a permit that are missing, at least 0
 * @param parts that a permit has, at least 1
 */
record Level(BigInteger spent, BigInteger parts) {
  static Level of(long spent, long parts) {
    return new Level(BigInteger.valueOf(spent), BigInteger.valueOf(parts));
  }

  /**
   * The level of a limiter that holds {@code rule}, rounded up to what it refills in a ns; whole
   * permits are exact. There is no debt.
   */
  static Level of(RateLimiter limiter, Rule rule, long nanoTime) {
    Decision now = limiter.peekAt(nanoTime, 1);
    Level permits = of(rule.burst() - now.remaining(), 1);
    if (rule.algorithm() == Algorithm.FIXED_WINDOW) {
      return permits;
    }
    BigInteger period = BigInteger.valueOf(rule.rate().periodNanos());
    BigInteger spent =
        BigInteger.valueOf(now.resetAfterNanos()).multiply(BigInteger.valueOf(rule.permits()));
    // Both are at least what is missing.
    return spent.compareTo(permits.spent.multiply(period)) < 0 ? new Level(spent, period) : permits;
  }

  /** Charges a fresh {@code limiter} that holds {@code rule}, so that it has this level. */
  void charge(RateLimiter limiter, Rule rule, long nanoTime) {
    long permits = ticks(1, rule.burst());
    if (permits > 0) {
      limiter.tryAcquireAt(nanoTime - early(permits, rule), permits);
    }
  }

  /** By how many ns whole permits must be taken earlier, so that no more than this is missing. */
  private long early(long permits, Rule rule) {
    BigInteger tooMany = BigInteger.valueOf(permits).multiply(parts).subtract(spent);
    return rule.algorithm() == Algorithm.FIXED_WINDOW || tooMany.signum() <= 0
        ? 0
        : tooMany
            .multiply(BigInteger.valueOf(rule.rate().periodNanos()))
            .divide(parts.multiply(BigInteger.valueOf(rule.permits())))
            .longValueExact();
  }

  /** The ticks that are missing from {@code burst}, rounded up, if a permit has {@code ofPermit}. */
  long ticks(long ofPermit, long burst) {
    return spent
        .multiply(BigInteger.valueOf(ofPermit))
        .add(parts.subtract(BigInteger.ONE))
        .divide(parts)
        .min(BigInteger.valueOf(ofPermit).multiply(BigInteger.valueOf(burst)))
        .longValueExact();
  }
}
