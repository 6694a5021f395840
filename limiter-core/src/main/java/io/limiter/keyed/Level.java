package io.limiter.keyed;

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
