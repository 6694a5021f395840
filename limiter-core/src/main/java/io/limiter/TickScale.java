package io.limiter;

import java.math.BigInteger;

/**
 * A rate in integers: one permit takes {@code emissionTicks}, T, and a ns has {@code ticksPerNano}, m;
 * or, if {@code shift} is not 0, a tick has {@code 2^shift} ns, and m is 1.
 *
 * <p>With P/N = p/n in lowest terms, T/m is p/n itself if {@code B*p <= 2^61}; else the least fraction
 * not below p/n with {@code B*T <= 2^61}; else, if not even m = 1 leaves room for that, p/n rounded up
 * to the shortest ticks of a power of two ns with {@code B*T <= 2^61}.
 */
record TickScale(long emissionTicks, long ticksPerNano, int shift) {
  private static final int CAPACITY_BITS = 61; // B*T <= 2^61 ticks

  /** The scale of {@code rate} with {@code burst}, which is in 1..10^12. O(log p) steps. */
  static TickScale of(Rate rate, long burst) {
    long gcd = gcd(rate.periodNanos(), rate.permits());
    long p = rate.periodNanos() / gcd;
    long n = rate.permits() / gcd;
    long maxTicks = (1L << CAPACITY_BITS) / burst; // at least 2^21, as burst <= 10^12
    if (p <= maxTicks) {
      return new TickScale(p, n, 0);
    }
    if (p / n < maxTicks) { // so that m = 1 at least is possible
      return leastFractionNotBelow(p, n, maxTicks);
    }
    int shift = 0;
    while (ceilDivShifted(p, n, shift) > maxTicks) {
      shift++;
    }
    return new TickScale(ceilDivShifted(p, n, shift), 1, shift);
  }

  private static long gcd(long a, long b) {
    while (b != 0) {
      long r = a % b;
      a = b;
      b = r;
    }
    return a;
  }

  /** ceil(a / b), for b > 0. */
  static long ceilDiv(long a, long b) {
    return -Math.floorDiv(-a, b);
  }

  /** ceil(p / (n * 2^shift)). */
  private static long ceilDivShifted(long p, long n, int shift) {
    return ceilDiv(ceilDiv(p, n), 1L << shift);
  }

  /**
   * The least fraction T/m >= p/n with T <= maxTicks: a walk down the Stern-Brocot tree in strides,
   * between below = a/b < p/n and above = c/d >= p/n. Requires p > maxTicks > p/n.
   *
   * <p>Source: Graham, Knuth, Patashnik, Concrete Mathematics, 4.5.
   */
  private static TickScale leastFractionNotBelow(long p, long n, long maxTicks) {
    long a = 0;
    long b = 1;
    long c = 1;
    long d = 0;
    while (true) {
      // Raise below towards above by k strides while it stays below p/n and small enough.
      long k = Math.min(strides(a, b, c, d, p, n), (maxTicks - a) / c);
      a += k * c;
      b += k * d;
      // Lower above towards below while it stays at or above p/n and small enough.
      long room = a == 0 ? Long.MAX_VALUE : (maxTicks - c) / a;
      long j = Math.min(stridesAbove(a, b, c, d, p, n), room);
      c += j * a;
      d += j * b;
      if (k == 0 && j == 0) {
        return new TickScale(c, d, 0);
      }
    }
  }

  /** The most k with (a + k*c)/(b + k*d) < p/n. */
  private static long strides(long a, long b, long c, long d, long p, long n) {
    BigInteger gap = cross(p, n, a, b); // p*b - a*n > 0
    BigInteger step = cross(p, n, c, d).negate(); // c*n - p*d >= 0; 0 when above is p/n itself
    return step.signum() == 0 ? 0 : saturated(gap.subtract(BigInteger.ONE).divide(step));
  }

  /** The most j with (c + j*a)/(d + j*b) >= p/n. */
  private static long stridesAbove(long a, long b, long c, long d, long p, long n) {
    BigInteger gap = cross(p, n, c, d).negate(); // c*n - p*d >= 0
    BigInteger step = cross(p, n, a, b); // p*b - a*n > 0
    return saturated(gap.divide(step));
  }

  private static BigInteger cross(long p, long n, long x, long y) {
    return product(p, y).subtract(product(x, n));
  }

  static BigInteger product(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }

  /** {@code value}, at most 2^63 - 1. */
  private static long saturated(BigInteger value) {
    return value.bitLength() < Long.SIZE ? value.longValue() : Long.MAX_VALUE;
  }
}
