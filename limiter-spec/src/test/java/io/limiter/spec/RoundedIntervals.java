package io.limiter.spec;

import io.limiter.Rate;
import io.limiter.spec.Setup.OfGcra;
import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * The documented rounding, computed another way: where burst times reduced period exceeds 2^61, T is
 * the least fraction not below P/N whose numerator is at most 2^61 / burst.
 */
final class RoundedIntervals {
  static final BigInteger CAPACITY = BigInteger.ONE.shiftLeft(61);

  private RoundedIntervals() {}

  /** Gcra limiters whose T has to be rounded, and is at least representable in whole ns. */
  static Arbitrary<OfGcra> gcras() {
    Arbitrary<Long> bursts = Arbitraries.oneOf(
        Arbitraries.just(Rate.MAX_PERMITS),
        Arbitraries.longs().between(1_000_000_000L, Rate.MAX_PERMITS),
        Arbitraries.longs().between(3, Rate.MAX_PERMITS));
    return Combinators.combine(rates(), bursts)
        .filter((rate, burst) -> isRounded(rate, burst) && fitsNanos(rate, burst))
        .as((rate, burst) -> new OfGcra(rate, burst, interval(rate, burst)));
  }

  /** Every rate, with much that does not divide anything. */
  static Arbitrary<Rate> rates() {
    return Arbitraries.oneOf(
        Timelines.rates(),
        Combinators.combine(
                Arbitraries.longs().between(1, Rate.MAX_PERMITS),
                Arbitraries.longs().between(3_000_000, Long.MAX_VALUE))
            .as(Rate::ofNanos),
        Combinators.combine(
                Arbitraries.longs().between(1, 1_000_000),
                Arbitraries.of(1_000_000_007L, 60_000_000_000L, 3_600_000_000_001L))
            .as(Rate::ofNanos));
  }

  static boolean isRounded(Rate rate, long burst) {
    Rational exact = Rational.of(rate.periodNanos(), rate.permits());
    return exact.numerator().multiply(BigInteger.valueOf(burst)).compareTo(CAPACITY) > 0;
  }

  static boolean fitsNanos(Rate rate, long burst) {
    BigInteger most = CAPACITY.divide(BigInteger.valueOf(burst));
    return Rational.of(rate.periodNanos(), rate.permits()).ceil().compareTo(most) <= 0;
  }

  static Rational interval(Rate rate, long burst) {
    return leastNotBelow(
        Rational.of(rate.periodNanos(), rate.permits()),
        CAPACITY.divide(BigInteger.valueOf(burst)));
  }

  /**
   * By the continued fraction of x: the best approximations from above are the convergents of odd
   * index and what lies between two of them.
   */
  static Rational leastNotBelow(Rational x, BigInteger mostNumerator) {
    if (x.numerator().compareTo(mostNumerator) <= 0) {
      return x;
    }
    // h/k runs through the convergents, starting with 0/1 (below) and 1/0 (above).
    BigInteger[] below = {BigInteger.ZERO, BigInteger.ONE};
    BigInteger[] above = {BigInteger.ONE, BigInteger.ZERO};
    BigInteger p = x.numerator();
    BigInteger q = x.denominator();
    boolean raiseBelow = true;
    while (true) {
      BigInteger[] mover = raiseBelow ? below : above;
      BigInteger[] other = raiseBelow ? above : below;
      BigInteger term = p.divide(q);
      BigInteger room =
          other[0].signum() == 0 ? term : mostNumerator.subtract(mover[0]).divide(other[0]);
      BigInteger strides = term.min(room);
      mover[0] = mover[0].add(strides.multiply(other[0]));
      mover[1] = mover[1].add(strides.multiply(other[1]));
      BigInteger rest = p.mod(q);
      if (strides.compareTo(term) < 0 || rest.signum() == 0) {
        return Rational.of(above[0], above[1]);
      }
      p = q;
      q = rest;
      raiseBelow = !raiseBelow;
    }
  }
}
