package io.limiter.spec;

import java.math.BigInteger;

/**
 * The reference for a limiter in use: besides deciding, it is waited for, charged whatever its level,
 * given back to, told to slow down and changed. Times never step back. What is charged at an earlier
 * time is charged at the time of the last call.
 */
public interface LimiterModel extends RateModel {

  /** What was taken, to be given back. */
  interface Receipt {}

  /** The same limiter, to go on by itself. */
  LimiterModel copy();

  /** A copy as callers in line will find it at best: who holds permits gives them back at once. */
  default LimiterModel atBest() {
    return copy();
  }

  /** Takes {@code permits} at time {@code t}; they must be admitted. 0 permits write nothing. */
  Receipt take(BigInteger t, BigInteger permits);

  @Override
  default void charge(BigInteger t, BigInteger permits) {
    take(t, permits);
  }
}
