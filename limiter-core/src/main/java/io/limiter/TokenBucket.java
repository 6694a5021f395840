package io.limiter;

import java.util.Objects;

/**
 * The token bucket: a level that starts at {@code initial}, falls by every admitted permit, and
 * rises to the burst B at most. Admitted iff the level is at least the permits asked for.
 *
 * <p>With continuous refill the level rises by N/P per ns: {@code l(t) = min(B, l(s) + (t-s)*N/P)},
 * and the bucket decides exactly as {@link Gcra} with the same burst and rate does: in any interval
 * of length w at most {@code B + floor(w*N/P)} permits are admitted. With stepwise refill N permits
 * arrive at once at each multiple of P after an anchor, and nothing in between; with B = N that is
 * the fixed window: at most N per window, at most 2N in any P.
 *
 * <p>Use {@link Gcra} unless the bucket must start with another level than B or must be refilled in
 * steps. Stepwise refill is exact at every rate and burst; continuous refill is as exact as {@link
 * GcraMath} says.
 *
 * <p>Cost: 160 bytes, or 192 with stepwise refill, clock apart; no allocation but a new cell of 72 bytes each time that the
 * origin moves. Thread-safety: lock-free and linearizable. Memory effects: see {@link RateLimiter}.
 *
 * <p>Source: ITU-T I.371 (2004), annex A, where the continuous state leaky bucket and the virtual
 * scheduling algorithm are shown to be one.
 */
public final class TokenBucket extends Member implements RateLimiter {
  /*
   * Representation. A level l is a TAT: l = B - max(TAT - t, 0)/T. So a bucket is a Gcra, and all
   *   state is in its word. Stepwise refill is a Gcra whose unit of time is not the ns but the step:
   *   its reading is the number of the step that the clock is in, and its rate N per unit of time.
   * Invariants. Those of Gcra.
   * Linearization, Memory ordering, Progress. Those of Gcra: every operation is one of its.
   * Arithmetic. Steps are floor((now - anchor)/P), so the anchor may lie ahead; waits in steps are
   *   turned into ns from now, saturating at NEVER.
   * Rejected. A level and a timestamp in two words (two words need a lock or a double-width CAS, and
   *   a level in fractions of a permit drifts).
   * Sources. See above.
   */
  private final Gcra gcra; // counts ns, or steps
  private final Rate rate;
  private final Steps steps; // null if the refill is continuous

  /** A clock that counts the steps of another: the n-th begins {@code n*stepNanos} after anchor. */
  private record Steps(NanoClock clock, long anchor, long stepNanos) implements NanoClock {
    @Override
    public long nanoTime() {
      return at(clock.nanoTime());
    }

    /** The number of the step that {@code nanoTime} is in. */
    long at(long nanoTime) {
      return Math.floorDiv(nanoTime - anchor, stepNanos);
    }

    /** A wait of so many steps in ns from {@code nanoTime}: until that step begins. */
    long nanos(long wait, long nanoTime) {
      if (wait == 0 || wait == Decision.NEVER) {
        return wait;
      }
      long first = stepNanos - Math.floorMod(nanoTime - anchor, stepNanos); // until the next begins
      return wait - 1 > (Decision.NEVER - 1 - first) / stepNanos
          ? Decision.NEVER
          : (wait - 1) * stepNanos + first;
    }
  }

  private TokenBucket(Gcra gcra, Rate rate, Steps steps, NanoClock clock) {
    super(clock);
    this.gcra = gcra;
    this.rate = rate;
    this.steps = steps;
  }

  /** Continuous refill at {@code rate}; burst N, full. */
  public static TokenBucket create(Rate rate, NanoClock clock) {
    Objects.requireNonNull(rate, "rate");
    return create(rate, rate.permits(), clock);
  }

  /**
   * Continuous refill at {@code rate}; full.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public static TokenBucket create(Rate rate, long burst, NanoClock clock) {
    return create(rate, burst, burst, clock);
  }

  /**
   * Continuous refill at {@code rate}, holding {@code initial} permits.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12, or initial not in 0..burst
   */
  public static TokenBucket create(Rate rate, long burst, long initial, NanoClock clock) {
    Objects.requireNonNull(clock, "clock");
    GcraMath math = GcraMath.of(rate, burst);
    Checks.within("initial", initial, 0, burst);
    Gcra gcra = new Gcra(math, clock.nanoTime(), math.wordOfLevel(initial), clock);
    return new TokenBucket(gcra, rate, null, clock);
  }

  /** Stepwise refill: N permits at each multiple of P from now; burst N, full: a fixed window. */
  public static TokenBucket stepwise(Rate rate, NanoClock clock) {
    Objects.requireNonNull(rate, "rate");
    return stepwise(rate, rate.permits(), clock);
  }

  /**
   * Stepwise refill: N permits at each multiple of P from now; full.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public static TokenBucket stepwise(Rate rate, long burst, NanoClock clock) {
    Objects.requireNonNull(clock, "clock");
    return stepwise(rate, burst, burst, clock.nanoTime(), clock);
  }

  /**
   * Stepwise refill: N permits at each multiple of P after the reading {@code anchor}, which may lie
   * ahead; holding {@code initial} permits.
   *
   * @param anchor a reading of the clock in ns; all readings must lie within 2^63 ns of it
   * @throws IllegalArgumentException if burst is not in 1..10^12, or initial not in 0..burst
   */
  public static TokenBucket stepwise(
      Rate rate, long burst, long initial, long anchor, NanoClock clock) {
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(clock, "clock");
    GcraMath math = GcraMath.of(Rate.ofNanos(rate.permits(), 1), burst);
    Checks.within("initial", initial, 0, burst);
    Steps steps = new Steps(clock, anchor, rate.periodNanos());
    Gcra gcra = new Gcra(math, steps.nanoTime(), math.wordOfLevel(initial), steps);
    return new TokenBucket(gcra, rate, steps, clock);
  }

  /** The rate N/P. */
  public Rate rate() {
    return rate;
  }

  /** B, the highest level. */
  public long burst() {
    return gcra.burst();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return gcra.tryAcquireAt(reading(nanoTime), permits);
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    return inNanos(gcra.decideAt(reading(nanoTime), permits), nanoTime);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return inNanos(gcra.peekAt(reading(nanoTime), permits), nanoTime);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return gcra.refundAt(reading(nanoTime), permits);
  }

  /** The reading of the Gcra: {@code nanoTime} itself, or the number of the step it is in. */
  private long reading(long nanoTime) {
    return steps == null ? nanoTime : steps.at(nanoTime);
  }

  private Decision inNanos(Decision decision, long nanoTime) {
    return new Decision(
        decision.admitted(),
        decision.remaining(),
        inNanos(decision.retryAfterNanos(), nanoTime),
        inNanos(decision.resetAfterNanos(), nanoTime),
        decision.deniedBy());
  }

  /** A wait of the Gcra in ns from {@code nanoTime}. */
  private long inNanos(long wait, long nanoTime) {
    return steps == null ? wait : steps.nanos(wait, nanoTime);
  }

  // As a member of AllOf.

  @Override
  boolean admits(long nanoTime, long permits) {
    return gcra.admits(reading(nanoTime), permits);
  }

  @Override
  long charge(long nanoTime, long permits) {
    return gcra.charge(reading(nanoTime), permits);
  }

  @Override
  void uncharge(long nanoTime, long permits, long receipt) {
    gcra.uncharge(reading(nanoTime), permits, receipt);
  }

  @Override
  long remainingAt(long nanoTime) {
    return gcra.remainingAt(reading(nanoTime));
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    return inNanos(gcra.retryAfterNanosAt(reading(nanoTime), permits), nanoTime);
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    return inNanos(gcra.resetAfterNanosAt(reading(nanoTime)), nanoTime);
  }

  /** {@code TokenBucket[480/minute burst 480]}, with {@code stepwise} at the end if it is. */
  @Override
  public String toString() {
    String refill = steps == null ? "]" : " stepwise]";
    return "TokenBucket[" + rate + " burst " + burst() + refill;
  }
}
