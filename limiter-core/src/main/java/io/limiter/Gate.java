package io.limiter;

import java.time.Duration;
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
  private final AllOf members;
  private final AllOf rates; // the members that are not given back; null if there are none
  private final ConcurrencyLimiter[] concurrency; // the members that are given back
  private final int[] indices; // of those members, in members
  private final LeakLog leaks; // of the first that reports leaks, or null

  private Gate(
      AllOf members, AllOf rates, List<ConcurrencyLimiter> concurrency, List<Integer> indices) {
    this.members = members;
    this.rates = rates;
    this.concurrency = concurrency.toArray(new ConcurrencyLimiter[0]);
    this.indices = indices.stream().mapToInt(Integer::intValue).toArray();
    this.leaks = concurrency.stream()
        .map(ConcurrencyLimiter::leaks)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
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
    private final List<ConcurrencyLimiter> concurrency = new ArrayList<>();
    private final List<Integer> indices = new ArrayList<>();

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
      indices.add(members.size());
      concurrency.add(limiter);
      members.add(new ConcurrencyMember(limiter, clock));
      return this;
    }

    /**
     * The gate.
     *
     * @throws IllegalArgumentException if there are no members, or one was added twice
     */
    public Gate build() {
      AllOf all = AllOf.ofMembers(clock, members, weights);
      List<Member> rates = new ArrayList<>(members);
      rates.removeIf(ConcurrencyMember.class::isInstance);
      List<Long> rateWeights = new ArrayList<>(weights);
      for (int i = indices.size() - 1; i >= 0; i--) {
        rateWeights.remove(indices.get(i).intValue());
      }
      AllOf allRates = rates.isEmpty() ? null : AllOf.ofMembers(clock, rates, rateWeights);
      return new Gate(all, allRates, concurrency, indices);
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
    collectLeaks();
    return permit(members.decideAt(nanoTime, permits), this::release, permits);
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
    collectLeaks();
    Checks.permits(permits);
    long maxWaitNanos = Math.max(Checks.nanos(maxWait), 0);
    long start = clock().nanoTime();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Reservation charged = rates == null
        ? new Booking.Unlimited(permits)
        : rates.reserveAt(start, permits, maxWaitNanos);
    int held = 0;
    boolean entered = false;
    try {
      boolean due = charged.granted() && Waiting.await(clock(), charged, start, maxWaitNanos, true);
      while (due
          && held < concurrency.length
          && concurrency[held].acquire(share(held, permits), clock(), start, maxWaitNanos)) {
        held++;
      }
      entered = due && held == concurrency.length;
    } finally {
      if (!entered) { // or interrupted
        charged.cancel();
        for (int i = 0; i < held; i++) {
          concurrency[i].release(share(i, permits));
        }
      }
    }
    Decision now = members.peek(permits);
    Decision decision = entered
        ? Decision.admitted(now.remaining(), now.resetAfterNanos())
        : Decision.denied(
            now.remaining(),
            Math.max(now.retryAfterNanos(), 1),
            now.resetAfterNanos(),
            Math.max(now.deniedBy(), 0));
    return permit(decision, this::release, permits);
  }

  /**
   * Admits nothing before now + {@code duration}: tells the rates, as {@link RateLimiter#penalize}.
   *
   * @throws IllegalArgumentException if the duration is negative
   * @throws UnsupportedOperationException if there are no rates, or one of them cannot be told
   */
  public void penalize(Duration duration) {
    if (rates == null) {
      throw new UnsupportedOperationException(this + " has no rates to penalize");
    }
    rates.penalize(duration);
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
    collectLeaks();
    long[] each = permits.clone();
    return permit(members.decideEach(each), one -> releaseEach(each, one), 1);
  }

  /**
   * What {@code permits} would be told now. Takes nothing.
   *
   * @throws IllegalArgumentException if permits is less than 1
   */
  public Decision peek(long permits) {
    return members.peek(permits);
  }

  private Permit permit(Decision decision, Permit.Holder holder, long permits) {
    Permit permit = new Permit(decision, holder, permits);
    return leaks == null ? permit : leaks.watch(permit, holder, permits);
  }

  private long share(int nth, long permits) {
    return AllOf.times(members.weights()[indices[nth]], permits);
  }

  private void release(long permits) {
    releaseEach(members.weights(), permits);
  }

  private void releaseEach(long[] weights, long permits) {
    for (int i = 0; i < concurrency.length; i++) {
      concurrency[i].release(weights[indices[i]] * permits); // admitted, so no overflow
    }
  }

  private void collectLeaks() {
    if (leaks != null) {
      leaks.collect();
    }
  }

  /** {@code Gate[Gcra[60/hour burst 60], ConcurrencyLimiter[3 of 5 in flight]]}. */
  @Override
  public String toString() {
    return "Gate" + members.toString().substring("AllOf".length());
  }
}
