package io.limiter;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The members of an {@link AllOf} or a {@link Gate} and their weights, as they are from one change to
 * the next; who holds them is told apart by identity. Immutable.
 */
final class Members {
  static final int CHARGED = -1; // in place of the index of the member that denied
  static final int CHANGED = -2; // nobody is charged, as other members decide now
  private static final int PEEKED = -3;

  final Member[] members;
  final long[] weights; // permits of the member for each permit of a call, >= 1
  private final int[] chargeOrder; // indices of members; those that always uncharge first

  Members(Member[] members, long[] weights) {
    this.members = members;
    this.weights = weights;
    this.chargeOrder = IntStream.range(0, members.length)
        .boxed()
        .sorted(Comparator.comparing(i -> !members[i].alwaysUncharges()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** {@code members}, each there once. */
  static Members of(List<Member> members, List<Long> weights) {
    Checks.atLeast("members", members.size(), 1);
    if (members.stream().distinct().count() < members.size()) {
      throw new IllegalArgumentException(
          "members: " + members + " (expected: each once; give it a greater weight instead)");
    }
    return new Members(
        members.toArray(new Member[0]),
        weights.stream().mapToLong(Long::longValue).toArray());
  }

  /** Those that are not given back, in the same order; there may be none. */
  Members rates() {
    int[] indices = IntStream.range(0, members.length)
        .filter(i -> !(members[i] instanceof ConcurrencyMember))
        .toArray();
    return new Members(
        Arrays.stream(indices).mapToObj(i -> members[i]).toArray(Member[]::new),
        Arrays.stream(indices).mapToLong(i -> weights[i]).toArray());
  }

  int size() {
    return members.length;
  }

  /** What the i-th member is charged for a call of so many permits. */
  long share(int i, long permits) {
    return times(weights[i], permits);
  }

  /**
   * Charges all members whose weight is not 0, as long as {@code owner} is decided by these, and answers CHARGED; or none,
   * and answers CHANGED or the index of one that denied.
   */
  int take(AllOf owner, long nanoTime, long[] weights, long permits) {
    for (int i = 0; i < members.length; i++) {
      if (weights[i] > 0 && !members[i].admits(nanoTime, times(weights[i], permits))) {
        return i;
      }
    }
    return charge(0, owner, nanoTime, weights, permits);
  }

  /** As {@link #take}, from the {@code nth} member in charging order on, without asking first. */
  private int charge(int nth, AllOf owner, long nanoTime, long[] weights, long permits) {
    if (nth == members.length) {
      return owner.members() == this ? CHARGED : CHANGED;
    }
    int index = chargeOrder[nth];
    if (weights[index] == 0) { // of one call, and not asked
      return charge(nth + 1, owner, nanoTime, weights, permits);
    }
    long share = times(weights[index], permits);
    Member member = members[index];
    Object terms;
    long receipt;
    do {
      terms = member.terms();
      receipt = member.charge(nanoTime, share, terms);
    } while (receipt == Member.CHANGED);
    if (receipt == Member.REFUSED) {
      return index;
    }
    int refusing = charge(nth + 1, owner, nanoTime, weights, permits);
    if (refusing != CHARGED) {
      member.uncharge(nanoTime, share, terms, receipt);
    }
    return refusing;
  }

  Decision peek(long nanoTime, long permits) {
    return explain(nanoTime, weights, permits, PEEKED);
  }

  /** What the members say together, after {@code outcome}: CHARGED, PEEKED, or who denied. */
  Decision explain(long nanoTime, long[] weights, long permits, int outcome) {
    long remaining = Long.MAX_VALUE;
    long reset = 0;
    long wait = 0;
    int deniedBy = -1;
    for (int i = 0; i < members.length; i++) {
      if (weights[i] == 0) {
        continue;
      }
      Member member = members[i];
      long left = member.remainingAt(nanoTime);
      remaining = Math.min(remaining, left == Long.MAX_VALUE ? left : left / weights[i]);
      reset = Math.max(reset, member.resetAfterNanosAt(nanoTime));
      long own =
          outcome == CHARGED ? 0 : member.retryAfterNanosAt(nanoTime, times(weights[i], permits));
      if (own > wait) {
        wait = own;
        deniedBy = i;
      }
    }
    if (outcome >= 0 && deniedBy < 0) { // the race that denied it is over
      wait = members[outcome].leastWaitNanos();
      deniedBy = outcome;
    }
    return new Decision(deniedBy < 0, remaining, wait, reset, deniedBy);
  }

  /** {@link AllOf#reserveAt}. */
  Reservation reserve(long nanoTime, long permits, long maxWaitNanos) {
    for (int i = 0; i < members.length; i++) {
      long wait = members[i].retryAfterNanosAt(nanoTime, share(i, permits));
      if (wait == Decision.NEVER || wait > Math.max(maxWaitNanos, 0)) {
        return new Booking.Refused(permits);
      }
    }
    Reservation[] parts = new Reservation[members.length];
    boolean complete = false;
    try {
      for (int index : chargeOrder) {
        Reservation part = members[index].reserveAt(nanoTime, share(index, permits), maxWaitNanos);
        if (!part.granted()) {
          return new Booking.Refused(permits);
        }
        parts[index] = part;
      }
      complete = true;
      return new JointBooking(permits, parts, weights);
    } finally {
      if (!complete) { // refused, or a member threw
        for (int nth = parts.length - 1; nth >= 0; nth--) {
          Reservation part = parts[chargeOrder[nth]];
          if (part != null) {
            part.cancel();
          }
        }
      }
    }
  }

  /** Gives back to every member that can, and answers whether all could. */
  boolean refund(long nanoTime, long permits) {
    boolean all = true;
    for (int i = 0; i < members.length; i++) {
      all &= members[i].refundAt(nanoTime, share(i, permits));
    }
    return all;
  }

  /** Charges every member whatever its level, those first that may throw; answers the longest wait. */
  long force(long nanoTime, long permits) {
    long wait = 0;
    int foreign = 0;
    try {
      for (; foreign < members.length; foreign++) {
        wait = Math.max(wait, force(foreign, true, nanoTime, permits));
      }
    } finally {
      for (int i = 0; foreign < members.length && i < foreign; i++) { // one threw
        if (members[i] instanceof ForeignMember before) {
          before.refundAt(nanoTime, share(i, permits));
        }
      }
    }
    for (int i = 0; i < members.length; i++) {
      wait = Math.max(wait, force(i, false, nanoTime, permits));
    }
    return wait;
  }

  private long force(int i, boolean foreign, long nanoTime, long permits) {
    return members[i] instanceof ForeignMember == foreign
        ? members[i].acquireForcedAt(nanoTime, share(i, permits))
        : 0;
  }

  void penalize(long nanoTime, long nanos) {
    for (Member member : members) {
      member.penalizeAt(nanoTime, nanos);
    }
  }

  void reset() {
    for (Member member : members) {
      member.reset();
    }
  }

  static long times(long weight, long permits) {
    return Math.multiplyHigh(weight, permits) == 0 && weight * permits >= 0
        ? weight * permits
        : Long.MAX_VALUE;
  }

  /** {@code [Gcra[3/second burst 3], Gcra[60/hour burst 60]]}. */
  @Override
  public String toString() {
    return Arrays.toString(members);
  }
}
