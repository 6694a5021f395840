package io.limiter.spec;

import java.math.BigInteger;
import java.util.Optional;

/**
 * Concurrency permits: admitted iff inFlight + k &lt;= limit; release gives back. As a rate model it
 * is a member of a {@link GateModel}: time never decides, and a refund is a release. What has been
 * taken is held until it is released: a receipt of it says how many.
 */
public final class ConcurrencyModel implements LimiterModel {
  /** Permits that are held. */
  public record Held(BigInteger permits) implements Receipt {}

  private BigInteger limit;
  private BigInteger inFlight = BigInteger.ZERO;

  /** At most {@code limit} permits in flight. */
  public ConcurrencyModel(int limit) {
    this.limit = BigInteger.valueOf(limit);
  }

  /** Takes {@code permits}, or none. */
  public boolean tryAcquire(long permits) {
    return decide(BigInteger.ZERO, permits).admitted();
  }

  /** Gives {@code permits} back; false, and nothing is given back, if fewer are held. */
  public boolean release(long permits) {
    return refund(BigInteger.ZERO, permits);
  }

  /** Changes the limit; permits in flight stay. Answers the limit before. */
  public int limit(int newLimit) {
    int before = limit();
    limit = BigInteger.valueOf(newLimit);
    return before;
  }

  /** The most permits that may be in flight. */
  public int limit() {
    return limit.intValueExact();
  }

  /** The permits in flight. */
  public int inFlight() {
    return inFlight.intValueExact();
  }

  /** The permits that could be taken. */
  public int available() {
    return remaining(BigInteger.ZERO).intValueExact();
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    return inFlight.add(permits).compareTo(limit) <= 0;
  }

  @Override
  public Held take(BigInteger t, BigInteger permits) {
    inFlight = inFlight.add(permits);
    return new Held(permits);
  }

  @Override
  public ConcurrencyModel copy() {
    ConcurrencyModel copy = new ConcurrencyModel(limit());
    copy.inFlight = inFlight;
    return copy;
  }

  /** Somebody gives back in time: so many are admitted unless they exceed the limit. */
  @Override
  public LimiterModel atBest() {
    return new AtBest(limit);
  }

  /** A concurrency limiter of which nobody holds permits. */
  private record AtBest(BigInteger limit) implements LimiterModel {
    @Override
    public LimiterModel copy() {
      return this;
    }

    @Override
    public boolean admits(BigInteger t, BigInteger permits) {
      return permits.compareTo(limit) <= 0;
    }

    @Override
    public Held take(BigInteger t, BigInteger permits) {
      return new Held(permits);
    }

    @Override
    public BigInteger remaining(BigInteger t) {
      return limit;
    }

    @Override
    public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
      return admits(t, permits) ? Optional.of(BigInteger.ZERO) : Optional.empty();
    }

    @Override
    public BigInteger resetAfter(BigInteger t) {
      return BigInteger.ZERO;
    }

    @Override
    public boolean refund(BigInteger t, BigInteger permits) {
      return true;
    }
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    return limit.subtract(inFlight).max(BigInteger.ZERO);
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    return admits(t, permits) ? Optional.of(BigInteger.ZERO) : Optional.empty();
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return BigInteger.ZERO;
  }

  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    boolean held = permits.compareTo(inFlight) <= 0;
    inFlight = held ? inFlight.subtract(permits) : inFlight;
    return held;
  }

  /** {@code 3 of 5 in flight}. */
  @Override
  public String toString() {
    return inFlight + " of " + limit + " in flight";
  }
}
