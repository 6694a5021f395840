package io.limiter.spec;

import io.limiter.Decision;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * Several models, one decision: admitted iff every member admits; then every member is charged, each
 * with its own weight. The wait is the longest, remaining the least.
 */
public final class AllOfModel implements RateModel {
  private final List<RateModel> members;
  private final List<Long> weights;

  /** {@code members}, each with its weight. */
  public AllOfModel(List<? extends RateModel> members, List<Long> weights) {
    this.members = List.copyOf(members);
    this.weights = List.copyOf(weights);
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    boolean all = true;
    for (int i = 0; i < members.size(); i++) {
      all &= members.get(i).admits(t, share(i, permits));
    }
    return all;
  }

  @Override
  public void charge(BigInteger t, BigInteger permits) {
    for (int i = 0; i < members.size(); i++) {
      members.get(i).charge(t, share(i, permits));
    }
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    BigInteger least = members.get(0).remaining(t).divide(weight(0));
    for (int i = 1; i < members.size(); i++) {
      least = least.min(members.get(i).remaining(t).divide(weight(i)));
    }
    return least;
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    int denier = denier(t, permits);
    return members.get(denier).retryAfter(t, share(denier, permits));
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return members.stream().map(m -> m.resetAfter(t)).reduce(BigInteger.ZERO, BigInteger::max);
  }

  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    boolean all = true;
    for (int i = 0; i < members.size(); i++) {
      all &= members.get(i).refund(t, share(i, permits));
    }
    return all;
  }

  /** The first member with the longest wait; one beyond 2^63 - 2 ns is "never", the longest. */
  @Override
  public int denier(BigInteger t, BigInteger permits) {
    int denier = 0;
    for (int i = 1; i < members.size(); i++) {
      if (wait(i, t, permits).compareTo(wait(denier, t, permits)) > 0) {
        denier = i;
      }
    }
    return denier;
  }

  private BigInteger wait(int member, BigInteger t, BigInteger permits) {
    BigInteger never = BigInteger.valueOf(Decision.NEVER);
    return members
        .get(member)
        .retryAfter(t, share(member, permits))
        .orElse(never)
        .min(never);
  }

  private BigInteger share(int member, BigInteger permits) {
    return weight(member).multiply(permits);
  }

  private BigInteger weight(int member) {
    return BigInteger.valueOf(weights.get(member));
  }

  /** The members, in order. */
  @Override
  public String toString() {
    return members.toString();
  }
}
