package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes one decision of several rate limiters. A call is admitted iff every member admits; then
 * every member is charged, each with its own weight. After a denied call every member is exactly as
 * if the call had never happened.
 *
 * <p>The wait is the longest of the members', remaining the least, and {@link Decision#deniedBy()}
 * names the member that denied. A member of weight w is asked for w permits for each permit of the
 * call: {@code AllOf.of(List.of(requests, bytes), 1, 4096)} charges 4096 bytes a request; the weights
 * of a single call are given to {@link #tryAcquireEach}.
 *
 * <p>While a denied call is still running, another call may be denied because of it; no call is ever
 * admitted because of it. All members are asked before any is charged, so a denial writes nothing
 * unless another call took the last permits in between. Then the members that were already charged
 * get back what the charge still weighs. Sliding logs and limiters from outside this package are charged
 * last, so that nothing of theirs has to be given back, unless there are two of them. If a member
 * throws, what the call had charged is given back, and the exception goes to the caller.
 *
 * <p>The members may be used on their own as well; they must share one clock. Callers that wait here stand
 * in one line of this AllOf, which holds back its own plain calls and nobody else. A caller whose members
 * are never free at the same time can wait for ever.
 *
 * <p>Cost: 136 bytes and 32 for each member besides the members; no allocation. One clock reading, one
 * read of each member, one compare-and-set per member if admitted. With one member of weight 1 a call
 * costs hardly more than a call of that member. Thread-safety: the three verbs are lock-free; each
 * member is linearizable. Memory effects: see {@link RateLimiter}.
 */
public final class AllOf extends WaitableLimiter {
  /*
   * Representation. The members and their weights in one immutable object; a door, once one is needed.
   * Invariants.
   *   I1  Between calls every member has been charged for exactly the calls that were admitted.
   *   I2  A charge that is taken back mints nothing (Member.uncharge), also when a member throws.
   *   I3  A change first makes what gets stricter stricter, then writes `members`, a new object even
   *       if it holds the same ones, and then makes what gets looser looser. While `members` is M, no
   *       member of M is looser than M's limits.
   *   I4  A call charges the members of one M, and is admitted only if `members` is M still once all
   *       are charged; otherwise it takes all back and asks again. So all its charges came before
   *       what the next change made looser: with I3, it was decided by M's limits or stricter ones.
   *   I5  While callers are in line at the door, plain calls are denied.
   * Linearization. Admitted: each member at its own compare-and-set, all within the call. Denied: at
   *   the read or charge of the member that denied, or at the read of the door.
   * Memory ordering.
   *   field    read      write           why that is enough
   *   members  volatile  volatile        I4: read after the charges, written between two steps of a
   *                                      change
   *   alone    volatile  volatile        the same for a single member: not null only while `members`
   *                                      is that one and nobody is in line
   *   door     volatile  compareAndSet   created once
   * Progress. Lock-free, as the members are, but that a charge taken back takes the lock of the member.
   *   A call is tried again only because the members were changed. A decision that lost a race which is
   *   already over when it is explained names a wait of 1 ns. Changes wait for each other.
   * Arithmetic. weight * permits saturates at 2^63 - 1: more than any burst, so denied, NEVER.
   * Rejected. Charging without asking first (every denial would write). Refunding a charge in full
   *   (what has drained since the charge would be given back twice: burst 1, charged at 0, another
   *   call admitted at T + 1 ns, refunded: a second call would pass at T + 1). One word for several
   *   rates (two TATs of useful range do not fit). Charging members ahead of time for those who wait
   *   (such a member denies everybody until then).
   * Sources. none.
   */
  private static final VarHandle DOOR = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "door", VarHandle.class, AllOf.class, JointDoor.class);

  /** Denied by a line of which nothing is known. */
  private static final Decision LINE = Decision.denied(0, 1, 0, 0);

  private final NanoClock clock;
  private final Supplier<Members> current = this::members;

  /** Where callers wait; null until somebody does. Written once. */
  private volatile @Nullable JointDoor door;

  /** Who decides; written by {@link Changes} alone, under the lock of the door. */
  private volatile Members members;

  /** The sole of members, unless callers are in line, a change goes on or it is striped; written likewise. */
  private volatile @Nullable WordLimiter alone;

  /** The same, striped; null unless this is striped; written likewise. */
  private volatile @Nullable StripedLimiter stripes;

  private boolean striped; // under the lock of the door

  AllOf(NanoClock clock, Members members) {
    this.clock = clock;
    this.members = members;
    this.alone = members.sole();
  }

  /** {@link #of(List)} of these. */
  public static AllOf of(RateLimiter... members) {
    Objects.requireNonNull(members, "members");
    return of(Arrays.asList(members), MemberList.ones(members.length));
  }

  /**
   * All of {@code members}, each with weight 1.
   *
   * @throws IllegalArgumentException if there are none, one is there twice, or their clocks differ
   */
  public static AllOf of(List<? extends RateLimiter> members) {
    Objects.requireNonNull(members, "members");
    return of(members, MemberList.ones(members.size()));
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
    MemberList list =
        new MemberList(Objects.requireNonNull(members.get(0), "member").clock());
    for (int i = 0; i < weights.length; i++) {
      list.add(Objects.requireNonNull(members.get(i), "member"), weights[i]);
    }
    return new AllOf(list.clock(), list.members());
  }

  /** How many members decide; an AllOf among them counts as its own members. */
  public int size() {
    return members.size();
  }

  /** Who decides. */
  Members members() {
    return members;
  }

  @Override
  public NanoClock clock() {
    return clock;
  }

  @Override
  @SuppressWarnings("NullAway") // set once, for good
  JointDoor door() {
    JointDoor seen = door;
    if (seen == null) {
      DOOR.compareAndSet(this, null, new JointDoor(clock, current, this::passBy));
      seen = door;
    }
    return seen;
  }

  /** Calls may pass by the line to the only member; null: they may not. */
  private void passBy(@Nullable WordLimiter only) {
    alone = striped ? null : only;
    stripes = striped && only != null ? StripedLimiter.of(only) : null;
  }

  /**
   * This limiter, for many threads at once: as long as a single {@link Gcra} or {@link TokenBucket} of
   * weight 1 decides and nobody is in line, calls are those of a {@link StripedLimiter}.
   */
  public AllOf striped() {
    door().locked(() -> {
      striped = true;
      passBy(door().isEmpty() ? members.sole() : null);
      return null;
    });
    return this;
  }

  /** Whether callers are in line once those who are due are served. */
  private boolean isHeld() {
    JointDoor seen = door;
    return seen != null && !seen.isEmptyOnceServed();
  }

  /** Takes {@code permits} now, or none. Does not read the clock if it is striped and a stripe has enough. */
  @Override
  public boolean tryAcquire(long permits) {
    StripedLimiter only = stripes;
    if (only == null) {
      return tryAcquireAt(clock.nanoTime(), permits);
    }
    return only.tryAcquire(permits)
        && (stripes == only
            || only.isOf(members.sole())
            || tryAcquireAt(clock.nanoTime(), permits));
  }

  /** The first try, compiled without a loop: of a single member of one word. */
  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    WordLimiter only = alone;
    if (only == null) {
      return tryAcquire(nanoTime, null, permits);
    }
    Ledger.Mark mark = only.mark();
    return only.tryAcquireAt(nanoTime, permits)
        && (alone == only || isStillAlone(only, nanoTime, permits, mark));
  }

  /** Whether what was just charged to {@code only} is all that has to be charged; else tries again. */
  private boolean isStillAlone(WordLimiter only, long nanoTime, long permits, Ledger.Mark mark) {
    if (members.sole() == only) {
      return true; // it is only that somebody waits now
    }
    only.uncharge(nanoTime, permits, mark);
    return tryAcquire(nanoTime, null, permits);
  }

  private boolean tryAcquire(long nanoTime, long @Nullable [] each, long permits) {
    Checks.permits(permits);
    StripedLimiter only = each == null ? stripes : null;
    if (only != null) {
      if (!only.tryAcquireAt(nanoTime, permits)) {
        return false;
      } else if (stripes == only || only.isOf(members.sole())) {
        return true; // else it stays charged, as a permit of a stripe has no receipt
      }
    }
    while (true) {
      Members m = members;
      if (each != null) {
        m.checkEach(each);
      }
      if (isHeld()) {
        return false;
      }
      int outcome = m.take(current, nanoTime, each == null ? m.weights : each, permits, null);
      if (outcome != Members.CHANGED) {
        return outcome == Members.CHARGED;
      }
    }
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Checks.permits(permits);
    StripedLimiter only = stripes;
    if (only != null) {
      Decision decision = only.decideAt(nanoTime, permits);
      if (!decision.admitted() || stripes == only || only.isOf(members.sole())) {
        return decision;
      }
    }
    while (true) {
      Members m = members;
      Decision decision = m.sole() != null && !isHeld()
          ? decideAlone(m, nanoTime, permits)
          : decide(m, nanoTime, m.weights, permits);
      if (decision != null) {
        return decision;
      }
    }
  }

  @SuppressWarnings("NullAway") // asked if there is a sole
  private @Nullable Decision decideAlone(Members m, long nanoTime, long permits) {
    WordLimiter sole = m.sole();
    Ledger.Mark mark = sole.mark();
    Decision decision = sole.decideAt(nanoTime, permits);
    if (!decision.admitted() || members == m) {
      return decision;
    }
    sole.uncharge(nanoTime, permits, mark);
    return null;
  }

  /** What is decided by {@code m}; null, and nobody is charged, if other members decide now. */
  @Nullable
  Decision decide(Members m, long nanoTime, long[] each, long permits) {
    if (isHeld()) {
      return behindLine(m, nanoTime, each, permits);
    }
    @Nullable Decision[] told = new Decision[1];
    m.take(current, nanoTime, each, permits, told);
    return told[0];
  }

  /** Denied by the line; from below if another thread has its lock. */
  private Decision behindLine(Members m, long nanoTime, long[] each, long permits) {
    Decision line = door().explain(nanoTime, each == m.weights ? permits : 0);
    return m.denied(nanoTime, each, permits, line == null ? LINE : line);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    Checks.permits(permits);
    Members m = members;
    return isHeld() ? behindLine(m, nanoTime, m.weights, permits) : m.peek(nanoTime, permits);
  }

  @Override
  public DetailedDecision inDetailAt(long nanoTime, Decision decision, long permits) {
    return members.inDetail(nanoTime, Checks.permits(permits), decision);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    Checks.permits(permits);
    Signals outermost = Signals.begin(); // whoever waits looks once all have been given back
    try {
      return members.refund(nanoTime, permits);
    } finally {
      Signals.end(outermost);
    }
  }

  /**
   * Takes {@code permits[i]} from the i-th member now, or nothing from any: for calls whose weights
   * are known only when they come, such as one request of so many bytes. A member that is asked for 0
   * permits is not asked.
   *
   * @param permits one number for each member, in place of its weight
   * @return whether they were admitted
   * @throws IllegalArgumentException if a number is negative, or there is not one for each member
   */
  public boolean tryAcquireEach(long... permits) {
    Objects.requireNonNull(permits, "permits");
    return tryAcquire(clock.nanoTime(), permits, 1);
  }

  /**
   * Takes {@code permits[i]} from the i-th member now, or nothing from any, and explains; remaining
   * counts calls like this one.
   *
   * @param permits one number for each member, in place of its weight
   * @throws IllegalArgumentException if a number is negative, or there is not one for each member
   */
  public Decision decideEach(long... permits) {
    return decideEach(clock.nanoTime(), Objects.requireNonNull(permits, "permits"));
  }

  private Decision decideEach(long nanoTime, long[] permits) {
    while (true) {
      Members m = members;
      m.checkEach(permits);
      Decision decision = decide(m, nanoTime, permits, 1);
      if (decision != null) {
        return decision;
      }
    }
  }

  /**
   * As {@link #decideEach}, and says what each rule has left; one that was not asked, for one permit.
   *
   * @param permits one number for each member, in place of its weight
   * @throws IllegalArgumentException if a number is negative, or there is not one for each member
   */
  public DetailedDecision decideEachInDetail(long... permits) {
    long nanoTime = clock.nanoTime();
    Decision decision = decideEach(nanoTime, Objects.requireNonNull(permits, "permits"));
    Members m = members; // perhaps others than those that decided
    return m.inDetail(nanoTime, m.size() == permits.length ? permits : m.weights, 1, decision);
  }

  /**
   * Charges every member now, each with its own weight, if all admit that now; otherwise the
   * reservation is refused. A single member of weight 1 reserves as it does on its own.
   *
   * @param maxWaitNanos the longest acceptable wait in ns; {@link Decision#NEVER} for any
   * @throws IllegalArgumentException if permits is negative
   */
  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    Checks.permits(permits);
    JointDoor line = door();
    return line.locked(() -> {
      Members m = members;
      Reservation charge = null;
      if (line.isEmpty()) {
        charge = m.sole() == null
            ? m.reserve(nanoTime, permits)
            : m.sole().reserveAt(nanoTime, permits, line.isFull() ? 0 : maxWaitNanos);
      }
      return charge == null ? new FixedReservation(false, permits) : charge;
    });
  }

  /**
   * Charges every member whatever its level, if the debts are paid in time; the wait is until no member
   * has one. If a member refuses or throws, nothing stays charged. (In a race it may become longer.)
   *
   * @throws UnsupportedOperationException if a member has no debts
   */
  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    Checks.permits(permits);
    return door().locked(() -> {
      long wait = members.force(nanoTime, permits, Math.max(maxWaitNanos, 0));
      door().indebted();
      return wait;
    });
  }

  /**
   * Penalizes every member.
   *
   * @throws UnsupportedOperationException if a member cannot be penalized
   */
  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    Checks.atLeast("nanos", nanos, 0);
    door().locked(() -> {
      Members rates = members.rates();
      if (rates.size() == 0) {
        throw new UnsupportedOperationException(this + " has no rates to penalize");
      }
      rates.penalize(nanoTime, nanos);
      door().indebted();
      return null;
    });
  }

  /** Resets every member, one after the other. */
  @Override
  public void reset() {
    door().locked(() -> {
      members.reset();
      return null;
    });
  }

  /** What the members remember, in order. */
  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(wall, members.rates().levels(nanoTime));
  }

  /**
   * Restores the members in order, one after the other.
   *
   * @throws IllegalArgumentException if the members are not as many or of other algorithms; nothing is
   *     restored then
   */
  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Objects.requireNonNull(snapshot, "snapshot");
    Members rates = members.rates();
    rates.restore(nanoTime, snapshot.levels(rates.size()), snapshot.elapsedNanos(wall));
  }

  /**
   * Changes the limits to those of {@code target}, of any algorithms and any number, while in use. A rule
   * goes on as the one of the same period, else of the same place, if it has the same weight; its level
   * goes with it. Where the algorithm stays, the member itself is changed. Where it does not, the member
   * of target takes its place. What has no counterpart is new, or leaves.
   *
   * <p>A call that runs meanwhile is decided by the old limits, the new ones, or the stricter of the two;
   * never by anything looser than both. Such a call may be counted twice: that can deny, never admit.
   * Callers in line wait for the new limits. {@code unlimited}
   * and {@code blocked} keep the limits before them: changed again, they go on from there. A penalty
   * stays, but for what is unlimited. Changes wait for each other; no call that decides waits for them.
   *
   * @param target a limiter that nobody uses, and nobody uses afterwards: it may lose its members
   * @param policy what rules that go on keep of their level
   * @throws IllegalArgumentException if the clock of target is not this one
   */
  @Override
  public void reconfigure(RateLimiter target, LevelPolicy policy) {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(policy, "policy");
    MemberList list = new MemberList(clock);
    list.add(target, 1);
    become(list.members(), policy);
  }

  void become(Members target, LevelPolicy policy) {
    door().locked(() -> {
      passBy(null);
      try {
        new Changes(members, target, policy, clock, next -> members = next).run();
      } finally {
        door().followMembers();
      }
      return null;
    });
  }

  /** {@code AllOf[Gcra[3/second burst 3], Gcra[60/hour burst 60]]}; one member as itself. */
  @Override
  public String toString() {
    Members m = members;
    StripedLimiter only = stripes;
    return m.size() > 1 ? "AllOf" + m : (only == null ? m.members[0] : only).toString();
  }
}
