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
 * <p>Cost: 96 bytes, or 128 with stepwise refill, without the clock. Nothing is allocated, except some
 * 100 bytes each time that the origin moves. Thread-safety: the three verbs are lock-free, all
 * operations are linearizable; what waits, gives back or changes the limit takes a lock, which no verb
 * that decides waits for. Memory effects: see {@link RateLimiter}.
 *
 * <p>Source: ITU-T I.371 (2004), annex A, where the continuous state leaky bucket and the virtual
 * scheduling algorithm are shown to be one.
 */
public final class TokenBucket extends WordLimiter {
  /*
   * Representation. A level l is a TAT: l = B - max(TAT - t, 0)/T. So a bucket is the word of a Gcra,
   *   and shares all with it but the first level. Stepwise refill is the same word whose unit of time
   *   is the step instead of the ns: the reading is the number of steps since the origin, and the rate
   *   is N per unit of time.
   * Invariants, Linearization, Memory ordering, Progress. Those of Gcra.
   * Arithmetic. Steps are floor((now - origin)/P), so the anchor may lie ahead. Waits in steps are
   *   turned into ns from now, saturating at NEVER.
   * Rejected. A level and a timestamp in two words (two words need a lock or a double-width CAS, and
   *   a level in fractions of a permit drifts).
   * Sources. See above.
   */
  private TokenBucket(Cell cell, NanoClock clock) {
    super(cell, clock);
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
    return new TokenBucket(Cell.first(math, null, clock.nanoTime(), initial), clock);
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
   * @param anchor a reading of the clock in ns
   * @throws IllegalArgumentException if burst is not in 1..10^12, or initial not in 0..burst
   */
  public static TokenBucket stepwise(
      Rate rate, long burst, long initial, long anchor, NanoClock clock) {
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(clock, "clock");
    GcraMath math = GcraMath.of(Rate.ofNanos(rate.permits(), 1), burst);
    Checks.within("initial", initial, 0, burst);
    Steps steps = new Steps(anchor, rate.periodNanos());
    return new TokenBucket(Cell.first(math, steps, clock.nanoTime(), initial), clock);
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    Cell c = cell;
    long tat = c.tat;
    long next = c.next(tat, c.elapsed(nanoTime), permits);
    if (next >= GcraMath.FRESH) {
      return c.compareAndSet(tat, next) || tryAgain(nanoTime, permits);
    }
    return (next != GcraMath.DENIED || Cell.isFrozen(tat)) && tryAgain(nanoTime, permits);
  }

  /** As {@link Gcra#striped}. */
  public StripedLimiter striped() {
    return StripedLimiter.of(this);
  }

  /** {@code TokenBucket[480/minute burst 480]}, with {@code stepwise} at the end if it is. */
  @Override
  public String toString() {
    return "TokenBucket[" + rate() + " burst " + burst() + (isStepwise() ? " stepwise]" : "]");
  }
}
