package io.limiter.spec;

import java.math.BigInteger;

/**
 * How finely a limiter tells times apart, and how far its time reaches.
 *
 * @param resolutionNanos all readings are multiples of it, and waits are rounded up to one; in ns
 * @param horizonNanos no reading lies further from the creation than that, in ns
 */
public record TimeScale(long resolutionNanos, long horizonNanos) {
  /** Nanoseconds, as long as 64 bits last. */
  public static final TimeScale NANOS = new TimeScale(1, Long.MAX_VALUE);

  /**
   * A scale from its parts.
   *
   * @throws IllegalArgumentException if one of them is less than 1
   */
  public TimeScale {
    if (resolutionNanos < 1 || horizonNanos < 1) {
      throw new IllegalArgumentException("resolutionNanos: " + resolutionNanos + ", horizonNanos: "
          + horizonNanos + " (expected: >= 1)");
    }
  }

  /** The latest multiple of the resolution that is not after {@code t}, in ns. */
  BigInteger down(BigInteger t) {
    return t.subtract(t.mod(step()));
  }

  /** The first multiple of the resolution that is not before {@code t}, in ns. */
  BigInteger up(BigInteger t) {
    return down(t.negate()).negate();
  }

  /** The resolution, in ns. */
  BigInteger step() {
    return BigInteger.valueOf(resolutionNanos);
  }

  boolean reaches(BigInteger t) {
    return t.abs().compareTo(BigInteger.valueOf(horizonNanos)) <= 0;
  }
}
