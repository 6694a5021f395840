package io.limiter.spec;

import java.math.BigInteger;
import java.util.Optional;

/** A right model, some of whose steps are to be replaced. */
class Mistaken implements RateModel {
  private final RateModel right;

  Mistaken(RateModel right) {
    this.right = right;
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    return right.admits(t, permits);
  }

  @Override
  public void charge(BigInteger t, BigInteger permits) {
    right.charge(t, permits);
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    return right.remaining(t);
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    return right.retryAfter(t, permits);
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return right.resetAfter(t);
  }

  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    return right.refund(t, permits);
  }
}
