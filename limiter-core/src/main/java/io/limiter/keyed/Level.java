package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.GcraMath;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.math.BigInteger;

/**
 * What is missing from a burst, as a fraction of permits: how a level passes from one limit to
 * another. What was spent stays spent ({@link io.limiter.LevelPolicy#SPENT}): as much is missing from
 * the new burst, or all of it. What a ns cannot express is rounded against the key.
 *
 * @param missing numerator
 * @param unit denominator
 */
record Level(BigInteger missing, long unit) {
  /** The level of a limiter of {@code rule} that says {@code decision} when peeked at. */
  static Level of(Rule rule, Decision decision) {
    if (isWhole(rule)) {
      return new Level(BigInteger.valueOf(rule.burst() - decision.remaining()), 1);
    }
    Rate rate = rule.rate();
    BigInteger missing =
        BigInteger.valueOf(decision.resetAfterNanos()).multiply(BigInteger.valueOf(rate.permits()));
    return new Level(missing, rate.periodNanos());
  }

  /** Charges a fresh limiter of {@code rule}, so that it has this level at the reading. */
  void charge(Rule rule, RateLimiter fresh, long nanoTime) {
    BigInteger left = missing(rule.burst());
    long permits = permits(left, rule.burst());
    if (permits > 0) {
      fresh.tryAcquireAt(nanoTime - early(left, permits, rule), permits);
    }
  }

  /** The word that has this level at the reading {@code units}. */
  long word(KeyRate rate, long units) {
    BigInteger left = missing(rate.math.burst());
    long permits = permits(left, rate.math.burst());
    if (permits == 0) {
      return GcraMath.FRESH;
    }
    long word = rate.math.next(GcraMath.FRESH, units - early(left, permits, rate.rule()), permits);
    return word >= GcraMath.FRESH ? word : rate.math.next(GcraMath.FRESH, units, permits);
  }

  /** What is missing from {@code newBurst}, in 1/unit permits. */
  private BigInteger missing(long newBurst) {
    return missing.min(BigInteger.valueOf(newBurst).multiply(BigInteger.valueOf(unit)));
  }

  /** Rounded up to permits, at most the burst. */
  private long permits(BigInteger left, long newBurst) {
    return left.add(BigInteger.valueOf(unit - 1))
        .divide(BigInteger.valueOf(unit))
        .min(BigInteger.valueOf(newBurst))
        .longValueExact();
  }

  /** By how many ns whole {@code permits} must be taken earlier to leave {@code left} missing. */
  private long early(BigInteger left, long permits, Rule rule) {
    BigInteger excess =
        BigInteger.valueOf(permits).multiply(BigInteger.valueOf(unit)).subtract(left);
    if (isWhole(rule) || excess.signum() <= 0) {
      return 0;
    }
    return excess
        .multiply(BigInteger.valueOf(rule.rate().periodNanos()))
        .divide(BigInteger.valueOf(unit).multiply(BigInteger.valueOf(rule.permits())))
        .longValueExact();
  }

  private static boolean isWhole(Rule rule) {
    return rule.algorithm() == Algorithm.FIXED_WINDOW || rule.algorithm() == Algorithm.SLIDING_LOG;
  }
}
