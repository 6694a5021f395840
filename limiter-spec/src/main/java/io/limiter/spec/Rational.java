package io.limiter.spec;

import java.math.BigInteger;

/**
 * An exact fraction of two integers of any size, in lowest terms with a positive denominator.
 *
 * <p>Nothing here rounds but {@link #floor} and {@link #ceil}, and nothing overflows: a model that is
 * written with it is as right as its formula. Immutable.
 */
public final class Rational implements Comparable<Rational> {
  /** 0. */
  public static final Rational ZERO = of(0);

  private final BigInteger numerator;
  private final BigInteger denominator; // > 0

  private Rational(BigInteger numerator, BigInteger denominator) {
    BigInteger gcd = numerator.gcd(denominator);
    BigInteger divisor = denominator.signum() < 0 ? gcd.negate() : gcd;
    this.numerator = numerator.divide(divisor);
    this.denominator = denominator.divide(divisor);
  }

  /** The integer {@code value}. */
  public static Rational of(long value) {
    return of(BigInteger.valueOf(value));
  }

  /** The integer {@code value}. */
  public static Rational of(BigInteger value) {
    return new Rational(value, BigInteger.ONE);
  }

  /**
   * {@code numerator / denominator}.
   *
   * @throws ArithmeticException if the denominator is 0
   */
  public static Rational of(long numerator, long denominator) {
    return of(BigInteger.valueOf(numerator), BigInteger.valueOf(denominator));
  }

  /**
   * {@code numerator / denominator}.
   *
   * @throws ArithmeticException if the denominator is 0
   */
  public static Rational of(BigInteger numerator, BigInteger denominator) {
    if (denominator.signum() == 0) {
      throw new ArithmeticException(numerator + "/0");
    }
    return new Rational(numerator, denominator);
  }

  /** The numerator in lowest terms; it carries the sign. */
  public BigInteger numerator() {
    return numerator;
  }

  /** The denominator in lowest terms: at least 1. */
  public BigInteger denominator() {
    return denominator;
  }

  /** {@code this + that}. */
  public Rational plus(Rational that) {
    return new Rational(
        numerator.multiply(that.denominator).add(that.numerator.multiply(denominator)),
        denominator.multiply(that.denominator));
  }

  /** {@code this - that}. */
  public Rational minus(Rational that) {
    return plus(new Rational(that.numerator.negate(), that.denominator));
  }

  /** {@code this * that}. */
  public Rational times(Rational that) {
    return new Rational(numerator.multiply(that.numerator), denominator.multiply(that.denominator));
  }

  /**
   * {@code this / that}.
   *
   * @throws ArithmeticException if that is 0
   */
  public Rational dividedBy(Rational that) {
    return of(numerator.multiply(that.denominator), denominator.multiply(that.numerator));
  }

  /** The smaller of the two. */
  public Rational min(Rational that) {
    return compareTo(that) <= 0 ? this : that;
  }

  /** The larger of the two. */
  public Rational max(Rational that) {
    return compareTo(that) >= 0 ? this : that;
  }

  /** The largest integer that is at most this. */
  public BigInteger floor() {
    BigInteger[] quotient = numerator.divideAndRemainder(denominator);
    return quotient[1].signum() < 0 ? quotient[0].subtract(BigInteger.ONE) : quotient[0];
  }

  /** The least integer that is at least this. */
  public BigInteger ceil() {
    BigInteger[] quotient = numerator.divideAndRemainder(denominator);
    return quotient[1].signum() > 0 ? quotient[0].add(BigInteger.ONE) : quotient[0];
  }

  /** -1, 0 or 1. */
  public int signum() {
    return numerator.signum();
  }

  @Override
  public int compareTo(Rational that) {
    return numerator.multiply(that.denominator).compareTo(that.numerator.multiply(denominator));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rational that
        && numerator.equals(that.numerator)
        && denominator.equals(that.denominator);
  }

  @Override
  public int hashCode() {
    return 31 * numerator.hashCode() + denominator.hashCode();
  }

  /** {@code 1000000000/3}, or {@code 5} for an integer. */
  @Override
  public String toString() {
    return denominator.equals(BigInteger.ONE)
        ? numerator.toString()
        : numerator + "/" + denominator;
  }
}
