package io.limiter.store;

import io.limiter.Decision;
import io.limiter.Rate;
import io.limiter.RuleStatus;
import io.limiter.rule.Limits.Rule;
import io.limiter.store.StoredValue.Tail;
import java.math.BigInteger;
import java.util.Optional;

/**
 * One rate of a stored value: GCRA on a {@link Pair}, exact for every N, P and B with {@code B*T < 2^52}
 * microseconds (142 years).
 *
 * <p>With {@code P/N = p/n} microseconds in lowest terms, n is at most {@code 1000*N <= 10^15}. All
 * numbers that a store meets are readings and words in whole microseconds, below {@code 2^52 + 2^52}
 * until the year 2112, and sums of two fractions, below {@code 2*10^15}. So all are below 2^53. Products
 * are made here, by the caller of the store, in arithmetic of any size.
 */
final class StoredRate {
  /** A span that no burst reaches, and a reading that no clock reaches before 2112, in microseconds. */
  static final long LIMIT_MICROS = 1L << 52;

  private static final long NANOS = 1_000;

  final long permits; // N
  final long periodNanos; // P
  final long burst; // B
  final long n; // parts of a microsecond
  final Pair capacity; // B*T

  private final BigInteger p; // T in parts
  private final Pair interval; // T
  private final Pair slackOfOne; // (B - 1)*T

  StoredRate(Rate rate, long burst) {
    this.permits = rate.permits();
    this.periodNanos = rate.periodNanos();
    this.burst = burst;
    BigInteger period = big(periodNanos);
    BigInteger count = big(permits).multiply(big(NANOS));
    BigInteger gcd = period.gcd(count);
    this.p = period.divide(gcd);
    this.n = count.divide(gcd).longValueExact();
    if (p.multiply(big(burst)).divide(big(n)).bitLength() > 52) {
      throw new IllegalArgumentException(
          "burst: " + burst + " at " + rate + " (expected: refills within 142 years)");
    }
    this.capacity = pairOf(p.multiply(big(burst)));
    this.interval = pairOf(p);
    this.slackOfOne = pairOf(p.multiply(big(burst - 1)));
  }

  static StoredRate of(Rule rule) {
    return new StoredRate(rule.rate(), rule.burst());
  }

  /** {@code k*T}. */
  Pair cost(long k) {
    return k == 1 ? interval : k == burst ? capacity : pairOf(p.multiply(big(k)));
  }

  /** {@code (B - k)*T} for k at most B: how far the word may be ahead of the reading. */
  Pair slack(long k) {
    return k == 1 ? slackOfOne : cost(burst - k);
  }

  boolean admits(Pair tat, long now, long k) {
    return k <= burst && tat.compareTo(at(now).plus(slack(k), n)) <= 0;
  }

  /** The word after a charge that is admitted. */
  Pair charged(Pair tat, long now, long k) {
    return tat.max(at(now)).plus(cost(k), n);
  }

  /** What one more call could take, rounded down. */
  long remaining(Pair tat, long now) {
    BigInteger[] spent = backlogParts(tat, now).divideAndRemainder(p);
    BigInteger roundedUp = spent[1].signum() > 0 ? spent[0].add(BigInteger.ONE) : spent[0];
    return big(burst).subtract(roundedUp).max(BigInteger.ZERO).longValueExact();
  }

  /** The least wait after which k permits are admitted, in ns; the clock reads whole microseconds. */
  long waitNanos(Pair tat, long now, long k) {
    return k > burst ? Decision.NEVER : nanos(tat.minus(at(now).plus(slack(k), n), n));
  }

  /** The wait until the word has passed, in ns. */
  long resetNanos(Pair tat, long now) {
    return nanos(tat.minus(at(now), n));
  }

  RuleStatus status(Pair tat, long now, long k) {
    long share = Math.max(k, 1);
    return RuleStatus.of(
        remaining(tat, now), share, waitNanos(tat, now, share), resetNanos(tat, now));
  }

  /**
   * The word of this rate for one that was {@code tat} at the rate {@code old}: {@code missing' =
   * min(missing, B' + debt)}, rounded up to the next part of a microsecond.
   */
  Pair repriced(Pair tat, long now, StoredRate old) {
    BigInteger missing = old.backlogParts(tat, now); // in parts; old.p of them are a permit
    BigInteger debt = missing.subtract(old.p.multiply(big(old.burst))).max(BigInteger.ZERO);
    BigInteger kept = missing.min(old.p.multiply(big(burst)).add(debt));
    if (kept.signum() == 0) {
      return Pair.ZERO;
    }
    BigInteger[] parts = kept.multiply(p).divideAndRemainder(old.p);
    BigInteger roundedUp = parts[1].signum() > 0 ? parts[0].add(BigInteger.ONE) : parts[0];
    BigInteger most = big(LIMIT_MICROS - 1).multiply(big(n)); // 142 years: cut there
    return at(now).plus(pairOf(roundedUp.min(most)), n);
  }

  /**
   * How much a word is lowered when {@code k} permits are given back: by no more than its backlog, and, for a
   * receipt, by no more than the charge still weighs.
   */
  Pair lowering(
      Pair tat, long now, long k, int rate, Optional<Receipt> receipt, Optional<Tail> tail) {
    Pair most = backlog(tat, now);
    if (receipt.isPresent()) {
      Receipt charge = receipt.get();
      Pair given = tail.map(each -> each.lowered()[rate]).orElse(Pair.ZERO);
      if (tail.isPresent() && tail.get().since() == charge.since()) {
        given = given.minus(charge.lowered(rate), n);
      }
      most = most.min(charge.words()[rate].minus(at(now), n).minus(given, n)).max(Pair.ZERO);
    }
    return k == Long.MAX_VALUE ? most : most.min(cost(Math.min(k, burst)));
  }

  /** {@code max(TAT - now, 0)}. */
  Pair backlog(Pair tat, long now) {
    return tat.minus(at(now), n).max(Pair.ZERO);
  }

  private BigInteger backlogParts(Pair tat, long now) {
    Pair backlog = backlog(tat, now);
    return big(backlog.micros()).multiply(big(n)).add(big(backlog.parts()));
  }

  static Pair at(long now) {
    return new Pair(now, 0);
  }

  private static long nanos(Pair span) {
    return Math.max(span.ceil(), 0) * NANOS; // at most 2^53 * 1000
  }

  private Pair pairOf(BigInteger parts) {
    BigInteger[] pair = parts.divideAndRemainder(big(n));
    return new Pair(pair[0].longValueExact(), pair[1].longValueExact());
  }

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }
}
