package io.limiter.spec;

import java.math.BigInteger;
import java.util.Optional;

/**
 * GCRA by its formula: a request for k permits at time t is admitted iff {@code max(TAT, t) + k*T - t
 * <= B*T}; then {@code TAT := max(TAT, t) + k*T}. For readings in any order; {@link WordModel} is the
 * one that is reserved from, given back to and changed.
 */
public final class GcraModel implements RateModel {
  private final Rational interval; // T, ns
  private final Rational burst; // B
  private Optional<Rational> tat = Optional.empty(); // ns; empty is "long ago"

  /** Emission interval {@code interval} in ns, burst {@code burst}. */
  public GcraModel(Rational interval, long burst) {
    this.interval = interval;
    this.burst = Rational.of(burst);
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    Rational cost = Rational.of(permits).times(interval);
    Rational now = Rational.of(t);
    return arrival(now).plus(cost).minus(now).compareTo(burst.times(interval)) <= 0;
  }

  @Override
  public void charge(BigInteger t, BigInteger permits) {
    tat = Optional.of(arrival(Rational.of(t)).plus(Rational.of(permits).times(interval)));
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    // The most k with max(TAT, t) + k*T - t <= B*T.
    Rational now = Rational.of(t);
    Rational spent = arrival(now).minus(now).dividedBy(interval);
    return burst.minus(spent).floor().max(BigInteger.ZERO);
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    if (Rational.of(permits).compareTo(burst) > 0) {
      return Optional.empty();
    }
    // The least w >= 0 with TAT + k*T - (t + w) <= B*T.
    Rational excess = Rational.of(permits).minus(burst).times(interval);
    return Optional.of(untilTat(t, excess));
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return untilTat(t, Rational.ZERO);
  }

  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    // The level rises by k, to B at most: TAT falls by k*T, to t at least.
    Rational now = Rational.of(t);
    tat = tat.map(was -> was.compareTo(now) <= 0
        ? was
        : was.minus(Rational.of(permits).times(interval)).max(now));
    return true;
  }

  private Rational arrival(Rational now) {
    return tat.orElse(now).max(now);
  }

  private BigInteger untilTat(BigInteger t, Rational offset) {
    Rational now = Rational.of(t);
    return tat.map(was -> was.plus(offset).minus(now).ceil().max(BigInteger.ZERO))
        .orElse(BigInteger.ZERO);
  }

  /** {@code TAT 2000000000/3}. */
  @Override
  public String toString() {
    return "TAT " + tat.map(Rational::toString).orElse("long ago");
  }
}
