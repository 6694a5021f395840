package io.limiter.spec;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Rates and concurrency behind one decision: admitted iff every member admits; then every member is
 * charged, each with its own weight; closing gives concurrency back, and nothing else. Where a {@link
 * ConcurrencyModel} denies, no wait is long enough.
 */
public final class GateModel {
  private final List<RateModel> members;
  private final List<Long> weights;

  /** {@code members}, each with its weight. */
  public GateModel(List<? extends RateModel> members, List<Long> weights) {
    this.members = new ArrayList<>(members);
    this.weights = List.copyOf(weights);
  }

  /** Enters with {@code permits} at time {@code t}, or not. */
  public ModelDecision tryEnter(BigInteger t, long permits) {
    return new AllOfModel(members, weights).decide(t, permits);
  }

  /** Enters at time {@code t} with {@code permits.get(i)} of the i-th member, or not. */
  public ModelDecision tryEnterEach(BigInteger t, List<Long> permits) {
    return new AllOfModel(members, permits).decide(t, 1);
  }

  /** What {@code permits} would be told at time {@code t}. */
  public ModelDecision peek(BigInteger t, long permits) {
    return new AllOfModel(members, weights).peek(t, permits);
  }

  /** Gives back what entering with {@code permits} took of concurrency. */
  public void close(long permits) {
    closeEach(weights.stream().map(weight -> weight * permits).toList());
  }

  /** Gives back what entering with {@code permits.get(i)} of the i-th member took of concurrency. */
  public void closeEach(List<Long> permits) {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i) instanceof ConcurrencyModel concurrency) {
        concurrency.release(permits.get(i));
      }
    }
  }

  /** The members, in order. */
  @Override
  public String toString() {
    return members.toString();
  }
}
