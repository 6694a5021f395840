package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Makes one decision of rate limiters and concurrency limiters. A call is admitted iff every member admits;
 * then every member is charged, each with its own weight. The concurrency permits are given back when the
 * {@link Permit} is closed. After a denied call every member is exactly as if the call had never happened.
 *
 * <p>The decision says who denied, counting members in the order in which they were added, and how
 * long to wait: exactly, where time alone decides; {@link Decision#NEVER} where a concurrency limiter
 * denied, as no one knows when another call ends. While a denied call is still running, another call
 * may be denied because of it; no call is ever admitted because of it.
 *
 * <p>Callers that wait stand in one line of this gate, first come, first served. They hold and charge
 * nothing until all members admit them at once, so gates that share members never block each other, and
 * each rate counts a call as of the time at which it enters. While callers are in line, calls that do not
 * wait are denied; the members, used on their own or by other gates, are not held back by the line.
 *
 * <p>Cost: that of {@link AllOf}, and a permit and its decision for each call. Thread-safety: calls that
 * do not wait are lock-free. Memory effects: those of the members.
 */
public final class Gate {
  /*
   * Essay: see AllOf, which decides, and JointDoor, where callers wait. A permit gives back to the
   *   members that it was granted by.
   */
  private final AllOf members;
  private final @Nullable LimitListener listener; // null: none

  private Gate(AllOf members, @Nullable LimitListener listener) {
    this.members = members;
    this.listener = listener;
  }

  /** A view of this gate: the same members and line. It tells {@code listener} how its calls ended. */
  public Gate listening(LimitListener listener) {
    return new Gate(members, Objects.requireNonNull(listener, "listener"));
  }

  /** Starts a gate whose rates all read {@code clock}. */
  public static Builder builder(NanoClock clock) {
    return new Builder(clock);
  }

  /** Collects the members of a gate. Not safe for use by several threads. */
  public static final class Builder {
    private final MemberList members;

    private Builder(NanoClock clock) {
      this.members = new MemberList(clock);
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
      members.add(Objects.requireNonNull(limiter, "limiter"), weight);
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
      members.add(limiter, weight);
      return this;
    }

    /**
     * The gate.
     *
     * @throws IllegalArgumentException if there are no members, or one was added twice
     */
    public Gate build() {
      return new Gate(new AllOf(members.clock(), members.members()), null);
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
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnter(long permits) {
    return tryEnterAt(clock().nanoTime(), permits);
  }

  /**
   * Enters with {@code permits} at the reading {@code nanoTime} (ns, of this gate's clock), or not.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnterAt(long nanoTime, long permits) {
    return tryEnter(nanoTime, permits, false);
  }

  private Permit tryEnter(long nanoTime, long permits, boolean waits) {
    Checks.permits(permits);
    while (true) {
      Members m = members.members();
      Permit permit = tryEnter(m, nanoTime, m.weights, permits, waits);
      if (permit != null) {
        return permit;
      }
    }
  }

  /** What is decided by {@code m}; null, and nobody is charged, if other members decide now. */
  private @Nullable Permit tryEnter(
      Members m, long nanoTime, long[] each, long permits, boolean waits) {
    LeakLog leaks = m.leaks();
    if (leaks != null) {
      leaks.collect();
    }
    Decision decision = members.decide(m, nanoTime, each, permits);
    if (decision == null) {
      return null;
    }
    Permit permit = permit(m, decision, permits, one -> release(m, each, one));
    if (listener == null || waits && !decision.admitted()) {
      return permit;
    }
    try {
      tell(decision, m, nanoTime, each, permits, false);
    } catch (RuntimeException | Error e) {
      permit.close(); // nothing, if it was denied
      for (int i = 0; decision.admitted() && i < m.size(); i++) {
        if (!m.isConcurrency(i)) {
          m.members[i].rate().refundAt(nanoTime, each[i] * permits);
        }
      }
      throw e;
    }
    return permit;
  }

  private void tell(
      Decision decision, Members m, long now, long[] each, long permits, boolean late) {
    if (listener != null && permits > 0 && !decision.admitted()) {
      listener.denied(permits, m.inDetail(now, each, permits, decision).deniedBy());
    } else if (listener != null && permits > 0) {
      listener.admitted(permits);
      if (late) {
        listener.waited(permits);
      }
    }
  }

  /** Enters with one permit, waiting in line if need be: {@code enter(1)}. */
  public Permit enter() throws InterruptedException {
    return enter(1);
  }

  /**
   * Enters with {@code permits}, waiting in line if need be. Not granted only if so many are never
   * admitted, or too many callers wait.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is
   *     charged then
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enter(long permits) throws InterruptedException {
    return enter(permits, Decision.NEVER, true);
  }

  /**
   * Enters with {@code permits} within {@code maxWait}, or not. Never waits for what is known to come too
   * late.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is
   *     charged then
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enter(long permits, Duration maxWait) throws InterruptedException {
    return enter(permits, Checks.nanos(maxWait), true);
  }

  /**
   * As {@link #enter(long)}; an interrupt is kept for later.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enterUninterruptibly(long permits) {
    return enterUninterruptibly(permits, Decision.NEVER);
  }

  /**
   * As {@link #enter(long, Duration)}; an interrupt is kept for later.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enterUninterruptibly(long permits, Duration maxWait) {
    return enterUninterruptibly(permits, Checks.nanos(maxWait));
  }

  private Permit enterUninterruptibly(long permits, long maxWaitNanos) {
    try {
      return enter(permits, maxWaitNanos, false);
    } catch (InterruptedException e) {
      throw new AssertionError(e); // as we do not ask for it
    }
  }

  private Permit enter(long permits, long maxWaitNanos, boolean interruptible)
      throws InterruptedException {
    Checks.permits(permits);
    if (interruptible && Thread.interrupted()) {
      throw new InterruptedException();
    }
    long start = clock().nanoTime();
    Permit now = tryEnter(start, permits, maxWaitNanos > 0);
    return now.granted() || maxWaitNanos <= 0
        ? now
        : entered(
            Waiting.asThread(members.door(), start, permits, maxWaitNanos, interruptible), permits);
  }

  /**
   * Enters with {@code permits} within {@code maxWait}, or not, without a thread that waits. The result is
   * completed by the clock's timer, or by the thread that made room. Cancelling it, or completing it in
   * any other way, leaves the line; what was charged meanwhile is given back.
   *
   * @return what is decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<Permit> enterAsync(long permits, Duration maxWait) {
    long nanos = Checks.nanos(maxWait);
    long start = clock().nanoTime();
    Permit now = tryEnter(start, permits, nanos > 0);
    return now.granted() || nanos <= 0
        ? CompletableFuture.completedFuture(now)
        : Waiting.asFuture(
            members.door(), start, permits, nanos, charge -> entered(charge, permits));
  }

  /** What a caller is told that was in line: {@code charge} is null if it was refused. */
  private Permit entered(@Nullable Reservation charge, long permits) {
    if (charge == null) {
      Members m = members.members();
      long now = clock().nanoTime();
      Decision decision = m.denied(now, m.weights, permits, null);
      tell(decision, m, now, m.weights, permits, true);
      return new Permit(decision, one -> false, permits);
    }
    JointCharge joint = (JointCharge) charge;
    Permit permit = null;
    try {
      long now = clock().nanoTime();
      Members m = joint.members();
      Decision decision = m.admitted(now, permits);
      tell(decision, m, now, m.weights, permits, true);
      permit = permit(m, decision, permits, one -> joint.leave());
    } finally {
      if (permit == null) { // a member, the clock or the listener threw
        joint.cancel();
      }
    }
    return permit;
  }

  /**
   * Changes how many callers may wait at once; further ones are refused. No bound at first; those who
   * wait stay.
   *
   * @return the number before
   * @throws IllegalArgumentException if max is negative
   */
  public int maxWaiters(int max) {
    return members.maxWaiters(max);
  }

  /** How many callers wait now. */
  public int waiters() {
    return members.waiters();
  }

  /**
   * Admits nothing before now + {@code duration}: tells the rates, as {@link RateLimiter#penalize}.
   *
   * @throws IllegalArgumentException if the duration is negative
   * @throws UnsupportedOperationException if there are no rates, or one of them cannot be told
   */
  public void penalize(Duration duration) {
    members.penalize(duration);
  }

  /**
   * Enters now with {@code permits[i]} of the i-th member, or not: for calls whose weights are known
   * only when they come, such as one request of so many bytes.
   *
   * @param permits one number for each member, in place of its weight
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if a number is negative, or there is not one for each member
   */
  public Permit tryEnterEach(long... permits) {
    long[] each = Objects.requireNonNull(permits, "permits").clone();
    long nanoTime = clock().nanoTime();
    while (true) {
      Members m = members.members();
      m.checkEach(each);
      Permit permit = tryEnter(m, nanoTime, each, 1, false);
      if (permit != null) {
        return permit;
      }
    }
  }

  /**
   * What {@code permits} would be told now. Takes nothing.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peek(long permits) {
    return members.peek(permits);
  }

  /**
   * What {@code permits} would be told at the reading {@code nanoTime} (ns of its clock). Takes nothing.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peekAt(long nanoTime, long permits) {
    return members.peekAt(nanoTime, permits);
  }

  /**
   * What each rule says now, after the decision of a permit for so many permits. Takes nothing. Ask at
   * once: what comes later, the closing of the permit too, counts.
   *
   * <pre>{@code
   * DetailedDecision each = gate.inDetail(permit.decision(), 1);
   * }</pre>
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public DetailedDecision inDetail(Decision decision, long permits) {
    return inDetailAt(clock().nanoTime(), decision, permits);
  }

  /**
   * As {@link #inDetail}, at the reading {@code nanoTime} (ns, of this gate's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public DetailedDecision inDetailAt(long nanoTime, Decision decision, long permits) {
    return members.inDetailAt(nanoTime, decision, permits);
  }

  /**
   * As {@link #inDetail}, after a call of {@link #tryEnterEach} for these permits.
   *
   * @param permits one number for each member, in place of its weight
   * @throws IllegalArgumentException if a number is negative, or there is not one for each member
   */
  public DetailedDecision inDetailEach(Decision decision, long... permits) {
    return members.members().inDetail(clock().nanoTime(), permits.clone(), 1, decision);
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
    return members.snapshotAt(nanoTime, wall);
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
    members.restoreAt(nanoTime, snapshot, wall);
  }

  /**
   * Changes the limits to those of {@code target} while in use: {@code reconfigure(target,
   * LevelPolicy.SPENT)}.
   *
   * @throws IllegalArgumentException if the clock of target is not this one
   */
  public void reconfigure(Gate target) {
    reconfigure(target, LevelPolicy.SPENT);
  }

  /**
   * Changes the limits to those of {@code target}, while in use, as {@link AllOf#reconfigure(RateLimiter,
   * LevelPolicy)} does. A concurrency goes on as a concurrency: permits in flight stay counted, and are
   * given back; one that is taken over counts from then on.
   *
   * @param target a gate that nobody uses, and nobody uses afterwards: it may lose its members
   * @param policy what rates that go on keep of their level
   * @throws IllegalArgumentException if the clock of target is not this one
   */
  public void reconfigure(Gate target, LevelPolicy policy) {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(policy, "policy");
    MemberList.checkClock(clock(), target.clock());
    members.become(target.members.members(), policy);
    if (listener != null) {
      listener.changed();
    }
  }

  private static Permit permit(Members m, Decision decision, long permits, Permit.Holder holder) {
    Permit permit = new Permit(decision, holder, permits);
    LeakLog leaks = m.leaks();
    return leaks == null ? permit : leaks.watch(permit, holder, permits);
  }

  /** Releases {@code permits} of every concurrency member, also if one throws. */
  private static boolean release(Members m, long[] each, long permits) {
    Throwable failure = null;
    for (int i = 0; i < m.size(); i++) {
      if (m.members[i] instanceof ConcurrencyMember concurrency) {
        try {
          concurrency.limiter().release(each[i] * permits); // admitted, so no overflow
        } catch (RuntimeException e) {
          failure = Signals.first(failure, e);
        }
      }
    }
    if (failure != null) {
      throw Signals.<RuntimeException>unchecked(failure);
    }
    return true;
  }

  /** {@code Gate[Gcra[60/hour burst 60], ConcurrencyLimiter[3 of 5 in flight]]}. */
  @Override
  public String toString() {
    return "Gate" + members.members();
  }
}
