package io.limiter.spec;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Several limiters in use, one decision. Where a member is a {@link ConcurrencyModel}, time alone makes
 * no room: no wait is long enough, until somebody gives back.
 */
public final class JointModel extends AllOfModel implements LimiterModel {
  private final List<LimiterModel> members;
  private final List<Long> weights;

  /** What each member took. */
  public record Parts(List<Receipt> each) implements Receipt {
    /** Copies the list. */
    public Parts {
      each = List.copyOf(each);
    }
  }

  /** {@code members}, each with its weight. */
  public JointModel(List<? extends LimiterModel> members, List<Long> weights) {
    super(members, weights);
    this.members = List.copyOf(members);
    this.weights = List.copyOf(weights);
  }

  @Override
  public JointModel copy() {
    return new JointModel(members.stream().map(LimiterModel::copy).toList(), weights);
  }

  @Override
  public JointModel atBest() {
    return new JointModel(members.stream().map(LimiterModel::atBest).toList(), weights);
  }

  @Override
  public Parts take(BigInteger t, BigInteger permits) {
    List<Receipt> each = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      each.add(members.get(i).take(t, share(i, permits)));
    }
    return new Parts(each);
  }

  @Override
  public void charge(BigInteger t, BigInteger permits) {
    take(t, permits);
  }
}
