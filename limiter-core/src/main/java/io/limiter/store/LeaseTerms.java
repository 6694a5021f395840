package io.limiter.store;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * How leases are taken under some limits: a function of the limits alone, so that all processes agree without
 * asking one another.
 *
 * @param shared the limits of the word in the store: each burst is smaller by what may be out
 * @param ageNanos D: how long after its request a lease may be spent, in ns
 * @param first how many permits the first lease has
 * @param most the most permits of one lease
 */
record LeaseTerms(StoreLimits shared, long ageNanos, long first, long most) {
  /** With a smaller burst a lease is a few permits, and not worth its while. */
  static final long LEAST_BURST = 1_024;

  /** A shorter lease could be over before the reply of the store is there. */
  static final long SHORTEST_NANOS = 20_000_000;

  /** Longer leases save no more round trips, and keep more permits from others. */
  static final long LONGEST_NANOS = 4_000_000_000L;

  private static final long SHARE = 4; // D is at most this part of B*T
  private static final long LEASES = 8; // a lease is at most this part of the burst

  /** One part in so many: how far the speeds of two clocks may be apart. */
  private static final long CLOCKS = 1_000;

  private static final long NANOS = 1_000;

  /** The terms for {@code limits}; empty if each call has to ask the store. */
  static Optional<LeaseTerms> of(StoreLimits limits) {
    StoredRate[] rates = limits.rates();
    long burst = Arrays.stream(rates).mapToLong(rate -> rate.burst).min().orElse(0);
    long age = Arrays.stream(rates)
        .mapToLong(rate -> rate.capacity.micros() * NANOS / SHARE)
        .min()
        .orElse(0);
    if (burst < LEAST_BURST || age < SHORTEST_NANOS) {
      return Optional.empty();
    }
    long longest = Math.min(age, LONGEST_NANOS);
    StringJoiner id = new StringJoiner(",", limits.revision() + ";", "");
    for (StoredRate rate : rates) {
      id.add(rate.permits + "/" + rate.periodNanos + "/" + (rate.burst - mostOut(rate, longest)));
    }
    StoreLimits shared = limits.named(id.toString());
    return Optional.of(new LeaseTerms(shared, longest, 1, burst / LEASES));
  }

  /**
   * What is refilled within D by a clock that is too fast, rounded up. D is rounded up to whole microseconds,
   * as the store reads no others.
   */
  private static long mostOut(StoredRate rate, long age) {
    BigInteger micros = ceil(
        BigInteger.valueOf(age).multiply(BigInteger.valueOf(CLOCKS + 1)),
        BigInteger.valueOf(CLOCKS * NANOS));
    BigInteger out = ceil(
        micros.multiply(BigInteger.valueOf(NANOS)).multiply(BigInteger.valueOf(rate.permits)),
        BigInteger.valueOf(rate.periodNanos));
    return out.longValueExact();
  }

  private static BigInteger ceil(BigInteger dividend, BigInteger divisor) {
    return dividend.add(divisor).subtract(BigInteger.ONE).divide(divisor);
  }
}
