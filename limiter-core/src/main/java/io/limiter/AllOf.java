package io.limiter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Several rate limiters, one decision. Admitted iff every member admits; then every member is
 * charged, each with its own weight. After a denied call every member is exactly as if the call had
 * never happened.
 *
 * <p>The wait is the longest of the members', remaining the least, and {@link Decision#deniedBy()}
 * names the member that denied. A member of weight w is asked for w permits for each permit of the
 * call: {@code AllOf.of(List.of(requests, bytes), 1, 4096)} charges 4096 bytes a request; the weights
 * of a single call are given to {@link #tryAcquireEach}.
 *
 * <p>While a denied call is still running, another call may be denied because of it; no call is ever
 * admitted because of it. All members are asked before any is charged, so a denial writes nothing
 * unless another call took the last permits in between; then the members that were already charged
 * are relieved, and the clock is read again to give back only what time has not restored in the
 * meantime. Sliding logs and limiters from outside this package are charged last, so that nothing of
 * theirs has to be taken back, unless there are two of them. The members may be used on their own as
 * well; they must share one clock. {@link #refund} gives back to every member
 * that can, and answers whether all could.
 *
 * <p>Cost: 80 bytes and 16 a member besides the members; no allocation. One clock reading, one read
 * of each member, one compare-and-set a member if admitted. Thread-safety: lock-free; each member is
 * linearizable. Memory effects: see {@link RateLimiter}.
 */
public final class AllOf implements RateLimiter {
  /*
   * Representation. The members, and a weight for each. No state of its own.
   * Invariants.
   *   I1  Between calls every member has been charged for exactly the calls that were admitted.
   *   I2  A charge that is taken back never leaves a member with more than it would hold had the
   *       charge never been made (Member.uncharge).
   * Linearization. Admitted: each member at its own compare-and-set, all within the call. Denied: at
   *   the read or charge of the member that denied.
   * Memory ordering. That of the members; the fields here are final.
   * Progress. Lock-free, as the members are: nothing here is tried again. A decision that lost a race
   *   which is already over when it is explained names a wait of 1 ns.
   * Arithmetic. weight * permits saturates at 2^63 - 1: more than any burst, so denied, NEVER.
   * Rejected. Charging without asking first (every denial would write). Refunding a charge in full
   *   (what has drained since the charge would be given back twice: burst 1, charged at 0, another
   *   call admitted at T + 1 ns, refunded: a second call would pass at T + 1). One word for several
   *   rates (two TATs of useful range do not fit).
   * Sources. none.
   */
  private static final int CHARGED = -1; // in place of the index of the member that denied
  private static final int PEEKED = -2;

  private final NanoClock clock;
  private final Member[] members;
  private final long[] weights; // permits of the member for each permit of a call, >= 1
  private final int[] chargeOrder; // indices of members; those that always uncharge first

  AllOf(NanoClock clock, Member[] members, long[] weights) {
    this.clock = clock;
    this.members = members;
    this.weights = weights;
    this.chargeOrder = IntStream.range(0, members.length)
        .boxed()
        .sorted(Comparator.comparing(i -> !members[i].alwaysUncharges()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /**
   * All of {@code members}, each with weight 1.
   *
   * @throws IllegalArgumentException if there are no members, one is there twice, or their clocks
   *     differ
   */
  public static AllOf of(RateLimiter... members) {
    Objects.requireNonNull(members, "members");
    return of(Arrays.asList(members), ones(members.length));
  }

  /**
   * All of {@code members}, each with weight 1.
   *
   * @throws IllegalArgumentException if there are no members, one is there twice, or their clocks
   *     differ
   */
  public static AllOf of(List<? extends RateLimiter> members) {
    Objects.requireNonNull(members, "members");
    return of(members, ones(members.size()));
  }

  /**
   * All of {@code members}, each with its weight. An AllOf among them stands for its own members:
   * {@link Decision#deniedBy()} counts those, in order.
   *
   * @throws IllegalArgumentException if there are no members, one is there twice, their clocks
   *     differ, a weight is less than 1, or there is not one weight for each member
   * @throws ArithmeticException if the weight of a member of a member exceeds 2^63 - 1
   */
  public static AllOf of(List<? extends RateLimiter> members, long... weights) {
    Objects.requireNonNull(members, "members");
    Objects.requireNonNull(weights, "weights");
    Checks.atLeast("members", members.size(), 1);
    Checks.within("weights.length", weights.length, members.size(), members.size());
    NanoClock clock = Objects.requireNonNull(members.get(0), "member").clock();
    List<Member> flat = new ArrayList<>();
    List<Long> flatWeights = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      RateLimiter member = Objects.requireNonNull(members.get(i), "member");
      flatten(member, weights[i], clock, flat, flatWeights);
    }
    return ofMembers(clock, flat, flatWeights);
  }

  /** Adds {@code limiter}, or its members if it is an AllOf, after checking clock and weight. */
  static void flatten(
      RateLimiter limiter, long weight, NanoClock clock, List<Member> members, List<Long> weights) {
    Checks.atLeast("weight", weight, 1);
    if (!limiter.clock().equals(clock)) {
      throw new IllegalArgumentException(
          "members: clocks " + clock + " and " + limiter.clock() + " (expected: one for all)");
    }
    if (limiter instanceof AllOf nested) {
      for (int i = 0; i < nested.members.length; i++) {
        members.add(nested.members[i]);
        weights.add(Math.multiplyExact(weight, nested.weights[i]));
      }
    } else {
      members.add(limiter instanceof Member known ? known : new ForeignMember(limiter));
      weights.add(weight);
    }
  }

  /** All of {@code members}, which share {@code clock} and are none of them an AllOf. */
  static AllOf ofMembers(NanoClock clock, List<Member> members, List<Long> weights) {
    Checks.atLeast("members", members.size(), 1);
    if (members.stream().distinct().count() < members.size()) {
      throw new IllegalArgumentException(
          "members: " + members + " (expected: each once; give it a greater weight instead)");
    }
    return new AllOf(
        clock,
        members.toArray(new Member[0]),
        weights.stream().mapToLong(Long::longValue).toArray());
  }

  /** How many members decide; an AllOf among them counts as its own members. */
  public int size() {
    return members.length;
  }

  /** The weights, one for each member; not to be changed. */
  long[] weights() {
    return weights;
  }

  @Override
  public NanoClock clock() {
    return clock;
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    Checks.permits(permits);
    return take(nanoTime, weights, permits) == CHARGED;
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Checks.permits(permits);
    return decide(nanoTime, weights, permits);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    Checks.permits(permits);
    return explain(nanoTime, weights, permits, PEEKED);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    Checks.permits(permits);
    boolean all = true;
    for (int i = 0; i < members.length; i++) {
      all &= members[i].refundAt(nanoTime, times(weights[i], permits));
    }
    return all;
  }

  /**
   * Takes {@code permits[i]} from the i-th member now, or nothing from any: for calls whose weights
   * are known only when they come, such as one request of so many bytes.
   *
   * @param permits one number for each member, in place of its weight
   * @return whether they were admitted
   * @throws IllegalArgumentException if a number is less than 1, or there is not one for each member
   */
  public boolean tryAcquireEach(long... permits) {
    checkEach(permits);
    return take(clock.nanoTime(), permits, 1) == CHARGED;
  }

  /**
   * Takes {@code permits[i]} from the i-th member now, or nothing from any, and explains; remaining
   * counts calls like this one.
   *
   * @param permits one number for each member, in place of its weight
   * @throws IllegalArgumentException if a number is less than 1, or there is not one for each member
   */
  public Decision decideEach(long... permits) {
    checkEach(permits);
    return decide(clock.nanoTime(), permits, 1);
  }

  /**
   * Charges every member now, each with its own weight; the wait is the longest of theirs. Refused,
   * with nothing charged, if one member refuses. Each member counts the permits as its own order of
   * reservations has them, which may be before the longest wait is over.
   *
   * @param maxWaitNanos the longest acceptable wait in ns; {@link Decision#NEVER} for any
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if a member cannot charge ahead
   */
  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    Checks.permits(permits);
    for (int i = 0; i < members.length; i++) {
      long wait = members[i].retryAfterNanosAt(nanoTime, times(weights[i], permits));
      if (wait == Decision.NEVER || wait > Math.max(maxWaitNanos, 0)) {
        return new Booking.Refused(permits);
      }
    }
    Reservation[] parts = new Reservation[members.length];
    boolean complete = false;
    try {
      for (int index : chargeOrder) {
        long share = times(weights[index], permits);
        Reservation part = members[index].reserveAt(nanoTime, share, maxWaitNanos);
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

  /**
   * Charges every member whatever its level; the wait is until no member has a debt.
   *
   * @throws UnsupportedOperationException if a member has no debts
   */
  @Override
  public long acquireForcedAt(long nanoTime, long permits) {
    Checks.permits(permits);
    long wait = 0;
    int charged = 0;
    try {
      for (; charged < members.length; charged++) {
        long share = times(weights[charged], permits);
        wait = Math.max(wait, members[charged].acquireForcedAt(nanoTime, share));
      }
      return wait;
    } finally {
      if (charged < members.length) { // a member threw
        for (int i = 0; i < charged; i++) {
          members[i].refundAt(nanoTime, times(weights[i], permits));
        }
      }
    }
  }

  /** Penalizes every member. */
  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    for (Member member : members) {
      member.penalizeAt(nanoTime, nanos);
    }
  }

  /** Resets every member, one after the other. */
  @Override
  public void reset() {
    for (Member member : members) {
      member.reset();
    }
  }

  private void checkEach(long[] permits) {
    Objects.requireNonNull(permits, "permits");
    Checks.within("permits.length", permits.length, members.length, members.length);
    for (long each : permits) {
      Checks.permits(each);
    }
  }

  private Decision decide(long nanoTime, long[] weights, long permits) {
    return explain(nanoTime, weights, permits, take(nanoTime, weights, permits));
  }

  /** Charges all members and answers CHARGED, or none and answers the index of one that denied. */
  private int take(long nanoTime, long[] weights, long permits) {
    for (int i = 0; i < members.length; i++) {
      if (!members[i].admits(nanoTime, times(weights[i], permits))) {
        return i;
      }
    }
    return charge(0, nanoTime, weights, permits);
  }

  /** As {@link #take}, from the {@code nth} member in charging order on, without asking first. */
  private int charge(int nth, long nanoTime, long[] weights, long permits) {
    if (nth == members.length) {
      return CHARGED;
    }
    int index = chargeOrder[nth];
    long share = times(weights[index], permits);
    long receipt = members[index].charge(nanoTime, share);
    if (receipt == Member.REFUSED) {
      return index;
    }
    int refusing = charge(nth + 1, nanoTime, weights, permits);
    if (refusing != CHARGED) {
      members[index].uncharge(nanoTime, share, receipt);
    }
    return refusing;
  }

  /** What the members say together, after {@code outcome}: CHARGED, PEEKED, or who denied. */
  private Decision explain(long nanoTime, long[] weights, long permits, int outcome) {
    long remaining = Long.MAX_VALUE;
    long reset = 0;
    long wait = 0;
    int deniedBy = -1;
    for (int i = 0; i < members.length; i++) {
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

  static long times(long weight, long permits) {
    return Math.multiplyHigh(weight, permits) == 0 && weight * permits >= 0
        ? weight * permits
        : Long.MAX_VALUE;
  }

  private static long[] ones(int length) {
    long[] ones = new long[length];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** {@code AllOf[Gcra[3/second burst 3], Gcra[60/hour burst 60]]}. */
  @Override
  public String toString() {
    return "AllOf" + Arrays.toString(members);
  }
}
