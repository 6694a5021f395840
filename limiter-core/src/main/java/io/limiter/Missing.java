package io.limiter;

import java.math.BigInteger;

/**
 * What is missing from a burst, in permits, exactly: {@code parts / unit}. What is missing beyond the
 * burst is a debt. This is how a level passes from one limit to another.
 */
record Missing(BigInteger parts, BigInteger unit) {
  static final Missing NONE = of(0, 1);

  static Missing of(long parts, long unit) {
    return new Missing(BigInteger.valueOf(parts), BigInteger.valueOf(unit));
  }

  /** What is missing once {@code burst} has become {@code newBurst}, as the policy says. */
  Missing after(LevelPolicy policy, long burst, long newBurst) {
    Missing debt = minus(burst).atLeastNone();
    return switch (policy) {
      case SPENT -> least(debt.plus(newBurst));
      case KEEP -> plus(newBurst - burst).atLeastNone();
      case PROPORTIONAL -> minus(debt).times(newBurst, burst).plus(debt);
      case FRESH -> NONE;
      case EMPTY -> debt.plus(newBurst);
    };
  }

  Missing plus(long permits) {
    return plus(of(permits, 1));
  }

  Missing plus(Missing other) {
    return new Missing(
        parts.multiply(other.unit).add(other.parts.multiply(unit)), unit.multiply(other.unit));
  }

  Missing minus(long permits) {
    return plus(-permits);
  }

  Missing minus(Missing other) {
    return plus(new Missing(other.parts.negate(), other.unit));
  }

  private Missing times(long numerator, long denominator) {
    return new Missing(
        parts.multiply(BigInteger.valueOf(numerator)),
        unit.multiply(BigInteger.valueOf(denominator)));
  }

  Missing atLeastNone() {
    return parts.signum() < 0 ? NONE : this;
  }

  Missing least(Missing other) {
    return minus(other).parts.signum() <= 0 ? this : other;
  }

  Missing most(Missing other) {
    return minus(other).parts.signum() >= 0 ? this : other;
  }

  /** The same in lowest terms. */
  Missing reduced() {
    BigInteger gcd = parts.gcd(unit);
    return new Missing(parts.divide(gcd), unit.divide(gcd));
  }

  /** The ticks that so many permits cost at so many a permit, rounded up. */
  BigInteger ticks(long ticksPerPermit) {
    BigInteger[] ticks =
        parts.multiply(BigInteger.valueOf(ticksPerPermit)).divideAndRemainder(unit);
    return ticks[1].signum() > 0 ? ticks[0].add(BigInteger.ONE) : ticks[0];
  }

  /** Whole permits, rounded up; saturated. */
  long permits() {
    BigInteger permits = ticks(1);
    return permits.bitLength() < Long.SIZE ? permits.longValue() : Long.MAX_VALUE;
  }
}
