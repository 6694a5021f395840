package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Rates and concurrency behind one decision. Admitted iff every member admits; then every member is
 * charged, each with its own weight, and the concurrency permits are given back when the {@link
 * Permit} is closed. After a denied call every member is exactly as if the call had never happened.
 *
 * <p>The decision says who denied, counting members in the order in which they were added, and how
 * long to wait: exactly, where time alone decides; {@link Decision#NEVER} where a concurrency limiter
 * denied, as no one knows when another call ends. While a denied call is still running, another call
 * may be denied because of it; no call is ever admitted because of it.
 *
 * <p>Cost: that of {@link AllOf}, and a permit and its decision for each call. Thread-safety:
 * lock-free. Memory effects: those of the members.
 */
public final class Gate {
  /*
   * Essay: see AllOf, which decides. A permit gives back to the members that it was granted by.
   */
  private final AllOf members;

  private Gate(AllOf members) {
    this.members = members;
  }

  /** Starts a gate whose rates all read {@code clock}. */
  public static Builder builder(NanoClock clock) {
    return new Builder(Objects.requireNonNull(clock, "clock"));
  }

  /** Collects the members of a gate. Not safe for use by several threads. */
  public static final class Builder {
    private final NanoClock clock;
    private final List<Member> members = new ArrayList<>();
    private final List<Long> weights = new ArrayList<>();

    private Builder(NanoClock clock) {
      this.clock = clock;
    }

    /**
     * Adds a rate limiter with weight 1.
     *
     * @throws IllegalArgumentException if its clock is not that of the gate
     */
    public Builder rate(RateLimiter limiter) {
      return rate(limiter, 1);
    }

    /**
     * Adds a rate limiter that is charged {@code weight} permits for each permit of a call. An
     * {@link AllOf} stands for its members.
     *
     * @throws IllegalArgumentException if its clock is not that of the gate, or weight is less than 1
     */
    public Builder rate(RateLimiter limiter, long weight) {
      AllOf.flatten(Objects.requireNonNull(limiter, "limiter"), weight, clock, members, weights);
      return this;
    }

    /** Adds a concurrency limiter with weight 1. */
    public Builder concurrency(ConcurrencyLimiter limiter) {
      return concurrency(limiter, 1);
    }

    /**
     * Adds a concurrency limiter that is charged {@code weight} permits for each permit of a call.
     *
     * @throws IllegalArgumentException if weight is less than 1
     */
    public Builder concurrency(ConcurrencyLimiter limiter, long weight) {
      Objects.requireNonNull(limiter, "limiter");
      weights.add(Checks.atLeast("weight", weight, 1));
      members.add(new ConcurrencyMember(limiter, clock));
      return this;
    }

    /**
     * The gate.
     *
     * @throws IllegalArgumentException if there are no members, or one was added twice
     */
    public Gate build() {
      return new Gate(new AllOf(clock, Members.of(members, weights)));
    }
  }

  /** How many members decide; an AllOf among them counts as its own members. */
  public int size() {
    return members.size();
  }

  /** The clock that the plain forms read. */
  public NanoClock clock() {
    return members.clock();
  }

  /** Enters with one permit, or not: {@code tryEnter(1)}. */
  public Permit tryEnter() {
    return tryEnter(1);
  }

  /**
   * Enters with {@code permits} now, or not.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is less than 1
   */
  public Permit tryEnter(long permits) {
    return tryEnterAt(clock().nanoTime(), permits);
  }

  /**
   * Enters with {@code permits} at the reading {@code nanoTime} (ns, of this gate's clock), or not.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is less than 1
   */
  public Permit tryEnterAt(long nanoTime, long permits) {
    Checks.permits(permits);
    while (true) {
      Members m = members.members();
      collectLeaks(m);
      int outcome = m.take(members, nanoTime, m.weights, permits);
      if (outcome != Members.CHANGED) {
        Decision decision = m.explain(nanoTime, m.weights, permits, outcome);
        return permit(m, decision, m.weights, permits);
      }
    }
  }

  /**
   * Enters with {@code permits} within {@code maxWait}, or not: one deadline for all members. The
   * rates are charged first, in the order of the calls; once their time has come, the concurrency
   * permits are waited for. What was charged is given back on interrupt, and as soon as the rest
   * cannot come in time; of rate permits whose time has come, what time has not restored since.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws InterruptedException if the thread is interrupted on entry or while it waits
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if a rate cannot charge ahead
   */
  public Permit enter(long permits, Duration maxWait) throws InterruptedException {
    Checks.permits(permits);
    long maxWaitNanos = Math.max(Checks.nanos(maxWait), 0);
    long start = clock().nanoTime();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Members m = members.members();
    Reservation charged = m.rates().reserve(start, permits, maxWaitNanos);
    while (members.members() != m) {
      charged.cancel();
      m = members.members();
      charged = m.rates().reserve(start, permits, maxWaitNanos);
    }
    collectLeaks(m);
    int passed = 0; // members whose permits are held
    boolean entered = false;
    try {
      boolean due = charged.granted() && Waiting.await(clock(), charged, start, maxWaitNanos, true);
      while (due
          && passed < m.size()
          && (!(m.members[passed] instanceof ConcurrencyMember concurrency)
              || concurrency.acquire(m.share(passed, permits), start, maxWaitNanos))) {
        passed++;
      }
      entered = due && passed == m.size();
    } finally {
      if (!entered) { // or interrupted
        charged.cancel();
        release(m, passed, m.weights, permits);
      }
    }
    Decision now = m.peek(clock().nanoTime(), permits);
    Decision decision = entered
        ? Decision.admitted(now.remaining(), now.resetAfterNanos())
        : Decision.denied(
            now.remaining(),
            Math.max(now.retryAfterNanos(), 1),
            now.resetAfterNanos(),
            Math.max(now.deniedBy(), 0));
    return permit(m, decision, m.weights, permits);
  }

  /**
   * Admits nothing before now + {@code duration}: tells the rates, as {@link RateLimiter#penalize}.
   *
   * @throws IllegalArgumentException if the duration is negative
   * @throws UnsupportedOperationException if there are no rates, or one of them cannot be told
   */
  public void penalize(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    long nanos = Checks.nanos(duration);
    long now = clock().nanoTime();
    Members m;
    do {
      m = members.members();
      Members rates = m.rates();
      if (rates.size() == 0) {
        throw new UnsupportedOperationException(this + " has no rates to penalize");
      }
      rates.penalize(now, nanos);
    } while (members.members() != m);
  }

  /**
   * Enters now with {@code permits[i]} of the i-th member, or not: for calls whose weights are known
   * only when they come, such as one request of so many bytes.
   *
   * @param permits one number for each member, in place of its weight
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if a number is less than 1, or there is not one for each member
   */
  public Permit tryEnterEach(long... permits) {
    long[] each = Objects.requireNonNull(permits, "permits").clone();
    long nanoTime = clock().nanoTime();
    while (true) {
      Members m = members.members();
      AllOf.checkEach(each, m.size());
      collectLeaks(m);
      int outcome = m.take(members, nanoTime, each, 1);
      if (outcome != Members.CHANGED) {
        return permit(m, m.explain(nanoTime, each, 1, outcome), each, 1);
      }
    }
  }

  /**
   * What {@code permits} would be told now. Takes nothing.
   *
   * @throws IllegalArgumentException if permits is less than 1
   */
  public Decision peek(long permits) {
    return members.peek(permits);
  }

  /** What the rates remember now, by the clock of the system; see {@link Snapshot}. */
  public Snapshot snapshot() {
    return snapshotAt(clock().nanoTime(), Instant.now()); // in this order, as in RateLimiter
  }

  /**
   * What the rates remember at the reading {@code nanoTime} (ns, of this gate's clock). Permits in
   * flight are not saved: after a restart nobody holds them.
   *
   * @param wall the time of that reading, or of later
   * @throws UnsupportedOperationException if a rate cannot be saved
   */
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(nanoTime, wall, members.members().rates().members);
  }

  /**
   * Restores {@code snapshot} here, by the clock of the system: {@link #restoreAt} now.
   *
   * @throws IllegalArgumentException if the rates are not as many or of other algorithms
   */
  public void restore(Snapshot snapshot) {
    Instant wall = Instant.now(); // first, as in RateLimiter
    restoreAt(clock().nanoTime(), snapshot, wall);
  }

  /**
   * Restores the rates, as {@link RateLimiter#restoreAt} does.
   *
   * @param nanoTime a reading of this gate's clock, in ns
   * @param wall the time of that reading, or of earlier
   * @throws IllegalArgumentException if the rates are not as many or of other algorithms; nothing is
   *     restored then
   */
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Snapshot.restore(snapshot, nanoTime, wall, members.members().rates().members);
  }

  /**
   * Changes the limits to those of {@code like}, while in use, what was spent stays spent: {@code
   * reconfigure(like, LevelPolicy.SPENT)}.
   *
   * @throws IllegalArgumentException if the clock of like is not this one
   */
  public void reconfigure(Gate like) {
    reconfigure(like, LevelPolicy.SPENT);
  }

  /**
   * Changes the limits to those of {@code like}, while in use, as {@link AllOf#reconfigure(RateLimiter,
   * LevelPolicy)} does. Concurrency permits in flight stay counted, and are given back, where a
   * concurrency limiter has a counterpart; one that is taken over counts from then on.
   *
   * @param like a gate that nobody uses, and nobody uses afterwards: it may lose its members
   * @param policy what rates that go on keep of their level
   * @throws IllegalArgumentException if the clock of like is not this one
   */
  public void reconfigure(Gate like, LevelPolicy policy) {
    Objects.requireNonNull(like, "like");
    Objects.requireNonNull(policy, "policy");
    AllOf.checkClock(clock(), like.clock());
    members.become(like.members.members(), policy);
  }

  private static Permit permit(Members m, Decision decision, long[] weights, long permits) {
    Permit.Holder holder = one -> release(m, m.size(), weights, one);
    Permit permit = new Permit(decision, holder, permits);
    LeakLog leaks = leaks(m);
    return leaks == null ? permit : leaks.watch(permit, holder, permits);
  }

  /** Gives back to the first {@code size} members. */
  private static void release(Members m, int size, long[] weights, long permits) {
    for (int i = 0; i < size; i++) {
      if (m.members[i] instanceof ConcurrencyMember concurrency) {
        concurrency.release(weights[i] * permits); // admitted, so no overflow
      }
    }
  }

  /** The log of the first member that reports leaks, or null. */
  private static LeakLog leaks(Members m) {
    for (Member member : m.members) {
      if (member instanceof ConcurrencyMember concurrency && concurrency.leaks() != null) {
        return concurrency.leaks();
      }
    }
    return null;
  }

  private static void collectLeaks(Members m) {
    LeakLog leaks = leaks(m);
    if (leaks != null) {
      leaks.collect();
    }
  }

  /** {@code Gate[Gcra[60/hour burst 60], ConcurrencyLimiter[3 of 5 in flight]]}. */
  @Override
  public String toString() {
    return "Gate" + members.members();
  }
}
