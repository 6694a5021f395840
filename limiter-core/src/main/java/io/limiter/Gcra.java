package io.limiter;

import java.util.Objects;

/**
 * The generic cell rate algorithm: a rate of N permits per period P with a burst B, in one word. In
 * any interval of length w at most {@code B + floor(w*N/P)} permits are admitted.
 *
 * <p>The emission interval is T = P/N; the state is the theoretical arrival time TAT, initially
 * "long ago". A request for k permits at time t is admitted iff {@code max(TAT, t) + k*T - t <=
 * B*T}; then {@code TAT := max(TAT, t) + k*T}. Denied: nothing changes. Decisions are those of exact
 * rational arithmetic whenever {@link GcraMath#isExact()} says so, and slower by at most 1 part in
 * 10^6, never faster, otherwise; over any uptime up to 292 years and from any origin of the clock. A
 * reading more than {@link GcraMath#horizonNanos()} older than the newest may be denied where the
 * formula admits.
 *
 * <p>Don't use it for the literal promise "never more than N in any period": after an idle spell up
 * to B + N permits can pass within one P. {@link SlidingLog} gives that promise, for a word per permit.
 *
 * <p>Cost: 96 bytes without the clock. Nothing is allocated, except some 100 bytes each time that the
 * origin moves (once in 9.1 years if T is a whole number of ns; see {@link GcraMath#horizonNanos()}).
 * An admission is one clock reading and one compare-and-set. A denial is one clock reading and two
 * volatile reads.
 *
 * <p>Thread-safety: the three verbs are lock-free, all operations are linearizable. What waits, gives
 * back or changes the limit takes a lock, which no verb that decides waits for. Memory effects: see
 * {@link RateLimiter}.
 *
 * <p>Source: ITU-T I.371 (2004), annex A.
 */
public final class Gcra extends WordLimiter {
  /*
   * Representation. One word, the TAT in ticks since an origin, in a cell with the compiled rate
   *   (WordLimiter, Cell). Reservations that are not due are charged in the same word, which may then
   *   lie more than a burst ahead.
   * Invariants.
   *   I1  FRESH <= tat <= MAX_TAT, or the same plus FROZEN. A frozen word never changes again.
   *   I2  The word of a cell grows by admission; only giving back lowers it, under a lock. So a
   *       compare-and-set from a value that was read is not fooled.
   *   I3  A frozen word admits at no reading: it lies FROZEN = 2^62 ticks ahead, and no burst is longer
   *       than 2^61; a reading so far ahead asks for another origin. So the hot path asks whether a
   *       word is frozen only when it did not admit.
   * Linearization. Admitted: the successful compare-and-set of the word. Denied: the last read of it.
   *   All else: see WordLimiter.
   * Memory ordering.
   *   field  read      write          why that is enough
   *   cell   volatile  compareAndSet  publishes the final fields and the first word of a cell
   *   tat    volatile  compareAndSet  one total order of admissions; carries the callers'
   *                                   happens-before edges
   * Progress. Lock-free: a compare-and-set fails only because another one succeeded; whoever meets a
   *   frozen word replaces its cell.
   * Arithmetic. GcraMath, total and saturating. Readings are compared by difference.
   * Rejected. A lock (a caller that stalls would stop the others). getAndAdd with a check afterwards
   *   (a denial would write, and could deny a neighbour). Weak or plain access (an admission is a full
   *   compare-and-set anyway, and a volatile read is a plain load on x86 and one acquiring load on
   *   ARM). Back-off and padding (they cost memory or latency alone, and change little on one
   *   contended word).
   * Sources. ITU-T I.371 annex A.
   */
  private Gcra(Cell cell, NanoClock clock) {
    super(cell, clock);
  }

  /** {@code rate} with burst N, fresh. */
  public static Gcra create(Rate rate, NanoClock clock) {
    return create(GcraMath.of(rate), clock);
  }

  /**
   * {@code rate} with {@code burst}, fresh.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public static Gcra create(Rate rate, long burst, NanoClock clock) {
    return create(GcraMath.of(rate, burst), clock);
  }

  /** The compiled rate {@code math}, fresh: compile once, create many. */
  public static Gcra create(GcraMath math, NanoClock clock) {
    Objects.requireNonNull(math, "math");
    Objects.requireNonNull(clock, "clock");
    return new Gcra(Cell.first(math, null, clock.nanoTime(), math.burst()), clock);
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    Cell c = cell;
    long tat = c.tat;
    long next = c.next(tat, nanoTime - c.origin, permits);
    if (next >= GcraMath.FRESH) {
      return c.compareAndSet(tat, next) || tryAgain(nanoTime, permits);
    }
    return (next != GcraMath.DENIED || Cell.isFrozen(tat)) && tryAgain(nanoTime, permits);
  }

  /**
   * This limiter for many threads at once. Both may be called; but whoever calls this one calls the
   * leases back.
   */
  public StripedLimiter striped() {
    return StripedLimiter.of(this);
  }

  /** {@code Gcra[480/minute burst 480]}. */
  @Override
  public String toString() {
    return "Gcra[" + rate() + " burst " + burst() + "]";
  }
}
