package io.limiter.spec;

import java.math.BigInteger;
import java.util.Optional;

/**
 * The token bucket by its level: {@code l(t) = min(B, l(s) + gain)}; admitted iff {@code l(t) >= k},
 * then {@code l -= k}. With continuous refill the gain is {@code (t-s)*N/P}; with stepwise refill it
 * is N for each multiple of P after the anchor that lies between s and t.
 *
 * <p>A bucket that starts full is fresh: its level is B at any reading, before its creation too.
 */
public final class TokenBucketModel implements RateModel {
  private final Rational permits; // N
  private final BigInteger period; // P, ns
  private final Rational burst; // B
  private final boolean stepwise;
  private final BigInteger anchor; // ns since creation

  /** Nothing is known of a fresh bucket. */
  private boolean fresh;

  private Rational level; // l(s)
  private BigInteger since = BigInteger.ZERO; // s, ns since creation

  private TokenBucketModel(
      long permits, long period, long burst, long initial, boolean stepwise, BigInteger anchor) {
    this.permits = Rational.of(permits);
    this.period = BigInteger.valueOf(period);
    this.burst = Rational.of(burst);
    this.stepwise = stepwise;
    this.anchor = anchor;
    this.level = Rational.of(initial);
    this.fresh = initial == burst;
  }

  /** N {@code permits} per {@code period} ns without steps, holding {@code initial} permits. */
  public static TokenBucketModel continuous(long permits, long period, long burst, long initial) {
    return new TokenBucketModel(permits, period, burst, initial, false, BigInteger.ZERO);
  }

  /**
   * N {@code permits} at each multiple of {@code period} ns from {@code anchor} (ns since creation)
   * on and before it, holding {@code initial} permits.
   */
  public static TokenBucketModel stepwise(
      long permits, long period, long burst, long initial, BigInteger anchor) {
    return new TokenBucketModel(permits, period, burst, initial, true, anchor);
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    return level(t).compareTo(Rational.of(permits)) >= 0;
  }

  @Override
  public void charge(BigInteger t, BigInteger permits) {
    set(t, level(t).minus(Rational.of(permits)));
  }

  /** In steps, as of the step at which it is due: that step restores nothing that counts after it. */
  @Override
  public void chargeAhead(BigInteger t, BigInteger permits, BigInteger wait) {
    charge(stepwise ? t.add(wait) : t, permits);
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    return level(t).floor().max(BigInteger.ZERO);
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    Rational wanted = Rational.of(permits);
    return wanted.compareTo(burst) > 0 ? Optional.empty() : Optional.of(until(t, wanted));
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return until(t, burst);
  }

  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    if (level(t).compareTo(burst) < 0) {
      set(t, level(t).plus(Rational.of(permits)).min(burst));
    }
    return true;
  }

  /** l(t). */
  public Rational level(BigInteger t) {
    return fresh ? burst : level.plus(gain(since, t)).min(burst);
  }

  private void set(BigInteger t, Rational newLevel) {
    level = newLevel;
    since = t;
    fresh = false;
  }

  /** The permits that arrive from s to t; negative if t is before s. */
  private Rational gain(BigInteger s, BigInteger t) {
    Rational periods =
        stepwise ? Rational.of(step(t).subtract(step(s))) : Rational.of(t.subtract(s), period);
    return permits.times(periods);
  }

  /** The least w >= 0 with l(t + w) >= wanted, for a wanted level of at most B. */
  private BigInteger until(BigInteger t, Rational wanted) {
    Rational missing = wanted.minus(level(t));
    if (missing.signum() <= 0) {
      return BigInteger.ZERO;
    }
    Rational periods = missing.dividedBy(permits);
    return stepwise
        ? step(t).add(periods.ceil()).multiply(period).add(anchor).subtract(t)
        : periods.times(Rational.of(period)).ceil();
  }

  /** The number of the step that t is in; step 0 begins at the anchor. */
  private BigInteger step(BigInteger t) {
    return Rational.of(t.subtract(anchor), period).floor();
  }

  /** {@code level 5/3 at 100 ns}. */
  @Override
  public String toString() {
    return fresh ? "fresh" : "level " + level + " at " + since + " ns";
  }
}
