package io.limiter.spec;

import io.limiter.Decision;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Several models, one decision: admitted iff every member admits; then every member is charged, each
 * with its own weight. The wait is the longest, remaining the least. A member of weight 0, which a
 * single call may give it, is not asked, unless all are of weight 0.
 */
public class AllOfModel implements RateModel {
  private final List<? extends RateModel> members;
  private final List<Long> weights;

  /** {@code members}, each with its weight. */
  public AllOfModel(List<? extends RateModel> members, List<Long> weights) {
    this.members = List.copyOf(members);
    this.weights = List.copyOf(weights);
  }

  /** The members that are asked. */
  private IntStream asked() {
    boolean none = weights.stream().allMatch(weight -> weight == 0);
    return IntStream.range(0, members.size()).filter(i -> none || weights.get(i) > 0);
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    return asked().allMatch(i -> members.get(i).admits(t, share(i, permits)));
  }

  @Override
  public void charge(BigInteger t, BigInteger permits) {
    asked()
        .filter(i -> share(i, permits).signum() > 0)
        .forEach(i -> members.get(i).charge(t, share(i, permits)));
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    return asked()
        .mapToObj(i -> members.get(i).remaining(t).divide(weight(i).max(BigInteger.ONE)))
        .reduce(BigInteger::min)
        .orElseThrow();
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    int denier = denier(t, permits);
    return members.get(denier).retryAfter(t, share(denier, permits));
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return asked()
        .mapToObj(i -> members.get(i).resetAfter(t))
        .reduce(BigInteger.ZERO, BigInteger::max);
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
    return asked()
        .reduce((i, j) -> wait(j, t, permits).compareTo(wait(i, t, permits)) > 0 ? j : i)
        .orElseThrow();
  }

  private BigInteger wait(int member, BigInteger t, BigInteger permits) {
    BigInteger never = BigInteger.valueOf(Decision.NEVER);
    return members
        .get(member)
        .retryAfter(t, share(member, permits))
        .orElse(never)
        .min(never);
  }

  /** What a member is charged for {@code permits}. */
  final BigInteger share(int member, BigInteger permits) {
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
