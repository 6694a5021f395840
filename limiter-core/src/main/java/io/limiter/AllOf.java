package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

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
 * <p>Cost: 96 bytes and 16 a member besides the members; no allocation. One clock reading, one read
 * of each member, one compare-and-set a member if admitted. Thread-safety: lock-free; each member is
 * linearizable. Memory effects: see {@link RateLimiter}.
 */
public final class AllOf implements RateLimiter {
  /*
   * Representation. The members, and a weight for each, in one immutable object. No other state.
   * Invariants.
   *   I1  Between calls every member has been charged for exactly the calls that were admitted.
   *   I2  A charge that is taken back never leaves a member with more than it would hold had the
   *       charge never been made (Member.uncharge); when several calls take back at once, with no
   *       more besides than time restores while the slowest of them runs, nor, when permits are
   *       refunded that time has restored already, than those.
   *   I3  A change first makes what gets stricter stricter, then writes `members`, a new object even
   *       if it holds the same ones, and then makes what gets looser looser. While `members` is M, no
   *       member of M is looser than M's limits.
   *   I4  A call charges the members of one M, and is admitted only if `members` is M still once all
   *       are charged; otherwise it takes all back and asks again. So all its charges came before
   *       what the next change made looser: with I3, it was decided by M's limits or stricter ones.
   * Linearization. Admitted: each member at its own compare-and-set, all within the call. Denied: at
   *   the read or charge of the member that denied.
   * Memory ordering.
   *   field    read      write     why that is enough
   *   members  volatile  volatile  I4: read after the charges, written between two steps of a change
   *   changes  volatile  compareAndSet   created once
   * Progress. Lock-free, as the members are, but that a charge taken back tells those who wait for the
   *   member, under the lock of their line. A call is tried again only because the members were
   *   changed. A decision that lost a race which is already over when it is explained names a wait of
   *   1 ns. Changes wait for each other.
   * Arithmetic. weight * permits saturates at 2^63 - 1: more than any burst, so denied, NEVER.
   * Rejected. Charging without asking first (every denial would write). Refunding a charge in full
   *   (what has drained since the charge would be given back twice: burst 1, charged at 0, another
   *   call admitted at T + 1 ns, refunded: a second call would pass at T + 1). One word for several
   *   rates (two TATs of useful range do not fit).
   * Sources. none.
   */
  private static final VarHandle CHANGES = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "changes", VarHandle.class, AllOf.class, Changes.class);

  private final NanoClock clock;

  /** Whose turn it is to change the members; null until somebody does. Written once. */
  private volatile Changes changes;

  /** Who decides; written by {@link Changes} alone. */
  private volatile Members members;

  AllOf(NanoClock clock, Members members) {
    this.clock = clock;
    this.members = members;
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
    return new AllOf(clock, Members.of(flat, flatWeights));
  }

  /** Adds {@code limiter}, or its members if it is an AllOf, after checking clock and weight. */
  static void flatten(
      RateLimiter limiter, long weight, NanoClock clock, List<Member> members, List<Long> weights) {
    Checks.atLeast("weight", weight, 1);
    checkClock(clock, limiter.clock());
    if (limiter instanceof AllOf all) {
      Members nested = all.members;
      for (int i = 0; i < nested.size(); i++) {
        members.add(nested.members[i]);
        weights.add(Math.multiplyExact(weight, nested.weights[i]));
      }
    } else if (limiter instanceof StripedLimiter striped) {
      members.add(striped.limiter());
      weights.add(weight);
    } else {
      members.add(limiter instanceof Member known ? known : new ForeignMember(limiter));
      weights.add(weight);
    }
  }

  static void checkClock(NanoClock clock, NanoClock other) {
    if (!other.equals(clock)) {
      throw new IllegalArgumentException(
          "members: clocks " + clock + " and " + other + " (expected: one for all)");
    }
  }

  /** How many members decide; an AllOf among them counts as its own members. */
  public int size() {
    return members.size();
  }

  /** Who decides. */
  Members members() {
    return members;
  }

  /** Has {@code members} decide from now on. */
  void members(Members members) {
    this.members = members;
  }

  @Override
  public NanoClock clock() {
    return clock;
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    Checks.permits(permits);
    while (true) {
      Members m = members;
      int outcome = m.take(this, nanoTime, m.weights, permits);
      if (outcome != Members.CHANGED) {
        return outcome == Members.CHARGED;
      }
    }
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Checks.permits(permits);
    while (true) {
      Members m = members;
      int outcome = m.take(this, nanoTime, m.weights, permits);
      if (outcome != Members.CHANGED) {
        return m.explain(nanoTime, m.weights, permits, outcome);
      }
    }
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    Checks.permits(permits);
    return members.peek(nanoTime, permits);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    Checks.permits(permits);
    return members.refund(nanoTime, permits);
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
    Objects.requireNonNull(permits, "permits");
    long nanoTime = clock.nanoTime();
    while (true) {
      Members m = members;
      checkEach(permits, m.size());
      int outcome = m.take(this, nanoTime, permits, 1);
      if (outcome != Members.CHANGED) {
        return outcome == Members.CHARGED;
      }
    }
  }

  /**
   * Takes {@code permits[i]} from the i-th member now, or nothing from any, and explains; remaining
   * counts calls like this one.
   *
   * @param permits one number for each member, in place of its weight
   * @throws IllegalArgumentException if a number is less than 1, or there is not one for each member
   */
  public Decision decideEach(long... permits) {
    Objects.requireNonNull(permits, "permits");
    long nanoTime = clock.nanoTime();
    while (true) {
      Members m = members;
      checkEach(permits, m.size());
      int outcome = m.take(this, nanoTime, permits, 1);
      if (outcome != Members.CHANGED) {
        return m.explain(nanoTime, permits, 1, outcome);
      }
    }
  }

  static void checkEach(long[] permits, int size) {
    Checks.within("permits.length", permits.length, size, size);
    for (long each : permits) {
      Checks.permits(each);
    }
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
    while (true) {
      Members m = members;
      Reservation reservation = m.reserve(nanoTime, permits, maxWaitNanos);
      if (members == m) {
        return reservation;
      }
      reservation.cancel();
    }
  }

  /**
   * Charges every member whatever its level; the wait is until no member has a debt. Limiters from
   * outside this package are charged first: if one of them throws, those before it are refunded, and
   * no other is charged.
   *
   * @throws UnsupportedOperationException if a member has no debts
   */
  @Override
  public long acquireForcedAt(long nanoTime, long permits) {
    return members.force(nanoTime, Checks.permits(permits));
  }

  /** Penalizes every member. */
  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    Members m;
    do {
      m = members;
      m.penalize(nanoTime, nanos);
    } while (members != m);
  }

  /** Resets every member, one after the other. */
  @Override
  public void reset() {
    members.reset();
  }

  /** What the members remember, in order. */
  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(nanoTime, wall, members.members);
  }

  /**
   * Restores the members in order, one after the other.
   *
   * @throws IllegalArgumentException if the members are not as many or of other algorithms
   */
  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Snapshot.restore(snapshot, nanoTime, wall, members.members);
  }

  /**
   * Changes the limits to those of {@code like}, while in use. A member of the same algorithm goes on
   * under its new limit, by way of the stricter of the two; which one that is, the period decides, and
   * the order among those of other periods. What has no counterpart is taken over from {@code like}, or
   * leaves. A call that runs meanwhile is decided by the old limits, the new ones, or the stricter of
   * the two; never by anything looser than both. Who waits already waits for the members of before.
   *
   * <p>A fixed window goes on only under the same period, a member only under the same weight. A
   * penalty stays, but for what is unlimited. Costs a lock, which no call that decides takes. In a
   * race, a sliding log can keep an entry of a call that was decided anew, until it expires: it can
   * deny, never admit.
   *
   * @param like a limiter that nobody uses, and nobody uses afterwards: it may lose its members
   * @param policy what members that go on keep of their level
   * @throws IllegalArgumentException if the clock of like is not this one
   */
  @Override
  public void reconfigure(RateLimiter like, LevelPolicy policy) {
    Objects.requireNonNull(like, "like");
    Objects.requireNonNull(policy, "policy");
    List<Member> flat = new ArrayList<>();
    List<Long> weights = new ArrayList<>();
    flatten(like, 1, clock, flat, weights);
    become(Members.of(flat, weights), policy);
  }

  void become(Members like, LevelPolicy policy) {
    if (changes == null) {
      CHANGES.compareAndSet(this, null, new Changes(this));
    }
    changes.become(like, policy);
  }

  private static long[] ones(int length) {
    long[] ones = new long[length];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** {@code AllOf[Gcra[3/second burst 3], Gcra[60/hour burst 60]]}. */
  @Override
  public String toString() {
    return "AllOf" + members;
  }
}
