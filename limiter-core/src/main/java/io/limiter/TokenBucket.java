package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 * <p>Cost: 120 bytes, or 168 with stepwise refill, clock apart; no allocation but some 130
 * bytes each time that the origin moves. Thread-safety: lock-free and linearizable; what waits or
 * changes the limit takes a lock. Memory effects: see {@link RateLimiter}.
 *
 * <p>Source: ITU-T I.371 (2004), annex A, where the continuous state leaky bucket and the virtual
 * scheduling algorithm are shown to be one.
 */
public final class TokenBucket extends Lender {
  /*
   * Representation. A level l is a TAT: l = B - max(TAT - t, 0)/T. So a bucket is a Gcra, and all
   *   state is in its word. Stepwise refill is a Gcra whose unit of time is not the ns but the step:
   *   its reading is the number of the step that the clock is in, and its rate N per unit of time.
   *   What changes the unit of time, or holds back in ns a bucket that counts steps, retires the Gcra:
   *   it denies for good and names its successor. `gcra` is one of the chain; the last one counts.
   * Invariants. Those of Gcra. A retired Gcra never admits, so only a denial asks for a successor.
   * Linearization, Memory ordering, Progress. Those of Gcra: every operation is one of its.
   * Arithmetic. Steps are floor((now - anchor)/P), so the anchor may lie ahead; waits in steps are
   *   turned into ns from now, saturating at NEVER.
   *   While a penalty lasts, calls are priced at the step in which it ends.
   * Rejected. A level and a timestamp in two words (two words need a lock or a double-width CAS, and
   *   a level in fractions of a permit drifts).
   * Sources. See above.
   */
  private static final VarHandle GCRA = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "gcra", VarHandle.class, TokenBucket.class, Gcra.class);

  /** Counts ns, or steps; it or one of its successors is in charge. Written by {@link #latest}. */
  private volatile Gcra gcra;

  private TokenBucket(Gcra gcra, NanoClock clock) {
    super(clock);
    this.gcra = gcra;
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
    return new TokenBucket(gcra, clock);
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
    Steps steps = new Steps(clock, anchor, rate.periodNanos(), false, 0);
    Gcra gcra = new Gcra(math, steps.nanoTime(), math.wordOfLevel(initial), steps);
    return new TokenBucket(gcra, clock);
  }

  /** The rate N/P. */
  @Override
  public Rate rate() {
    Gcra g = latest();
    Rate rate = g.rate();
    return g.clock() instanceof Steps steps
        ? Rate.ofNanos(rate.permits(), steps.stepNanos())
        : rate;
  }

  /** B, the highest level. */
  @Override
  public long burst() {
    return latest().burst();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    Gcra g = gcra;
    while (isPaused(g, nanoTime, permits) || !g.tryAcquireAt(reading(g, nanoTime), permits)) {
      if (g.successor() == null) {
        return false;
      }
      g = latest();
    }
    return true;
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Gcra g = gcra;
    while (true) {
      Decision decision = isPaused(g, nanoTime, permits)
          ? deniedUntil(g, nanoTime, permits)
          : inNanos(g, g.decideAt(reading(g, nanoTime), permits), nanoTime);
      if (decision.admitted() || g.successor() == null) {
        return decision;
      }
      g = latest();
    }
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    Gcra g = gcra;
    while (true) {
      Decision decision = isPaused(g, nanoTime, permits)
          ? deniedUntil(g, nanoTime, permits)
          : inNanos(g, g.peekAt(reading(g, nanoTime), permits), nanoTime);
      if (decision.admitted() || g.successor() == null) {
        return decision;
      }
      g = latest();
    }
  }

  @Override
  boolean giveBack(long nanoTime, long permits, Receipt receipt, Line line) {
    Gcra g = gcra;
    while (!g.giveBack(reading(g, nanoTime), permits, receipt, line)) {
      g = latest();
    }
    return true;
  }

  /** The Gcra in charge: the last successor. */
  private Gcra latest() {
    Gcra g = gcra;
    for (Gcra next = g.successor(); next != null; next = g.successor()) {
      GCRA.compareAndSet(this, g, next);
      g = next;
    }
    return g;
  }

  /** The reading of {@code g}: {@code nanoTime} itself, or the number of the step it is in. */
  private static long reading(Gcra g, long nanoTime) {
    return g.clock() instanceof Steps steps ? steps.at(nanoTime) : nanoTime;
  }

  /** A wait of {@code g} from {@code nanoTime}, in ns. */
  private static long nanos(Gcra g, long wait, long nanoTime) {
    return g.clock() instanceof Steps steps ? steps.nanos(wait, nanoTime) : wait;
  }

  /** How long a penalty of a bucket with steps still lasts; without steps, {@code g} knows itself. */
  private static long pauseNanos(Gcra g, long nanoTime) {
    return g.clock() instanceof Steps steps ? steps.pauseNanos(nanoTime) : 0;
  }

  private static boolean isPaused(Gcra g, long nanoTime, long permits) {
    return pauseNanos(g, nanoTime) > 0 && Checks.permits(permits) >= 0;
  }

  private static Decision deniedUntil(Gcra g, long nanoTime, long permits) {
    long pause = pauseNanos(g, nanoTime);
    long until = nanoTime + pause;
    Decision then = inNanos(g, g.peekAt(reading(g, until), permits), until);
    return Decision.denied(
        0, Cell.plus(pause, then.retryAfterNanos()), Cell.plus(pause, then.resetAfterNanos()), 0);
  }

  private static Decision inNanos(Gcra g, Decision decision, long nanoTime) {
    return new Decision(
        decision.admitted(),
        decision.remaining(),
        nanos(g, decision.retryAfterNanos(), nanoTime),
        nanos(g, decision.resetAfterNanos(), nanoTime),
        decision.deniedBy());
  }

  // Waiting, and changing the limit: under the lock of the line.

  /**
   * Changes the rate and the burst, in one atomic step: a fresh limiter stays fresh, and what was
   * spent stays spent ({@link LevelPolicy#SPENT}). Time before the change counts at the old rate, time after it at the new one; no
   * permit is minted and none lost. Those who wait are timed anew. Stepwise refill stays stepwise, at
   * the multiples of the new period after the same anchor.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public void reconfigure(Rate rate, long burst) {
    reconfigure(rate, burst, LevelPolicy.SPENT);
  }

  /**
   * Changes the rate and the burst, in one atomic step.
   *
   * @param policy what is kept of the level
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  @Override
  public void reconfigure(Rate rate, long burst, LevelPolicy policy) {
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(policy, "policy");
    GcraMath math = GcraMath.of(isStepwise() ? Rate.ofNanos(rate.permits(), 1) : rate, burst);
    line().change(policy, waiting -> reprice(math, rate.periodNanos(), policy, waiting, false));
  }

  @Override
  public void reset() {
    long period = rate().periodNanos();
    line()
        .change(
            LevelPolicy.FRESH,
            waiting -> reprice(latest().math(), period, LevelPolicy.FRESH, waiting, true));
  }

  boolean isStepwise() {
    return latest().clock() instanceof Steps;
  }

  private void reprice(
      GcraMath math, long period, LevelPolicy policy, long waiting, boolean pardon) {
    Gcra g = latest();
    if (!(g.clock() instanceof Steps old)) {
      g.reprice(math, policy, waiting, pardon);
      return;
    }
    g.retire(c -> {
      // The clock is read after the word is final, as in Gcra.
      long now = clock().nanoTime();
      long end = now + (pardon ? 0 : old.pauseNanos(now));
      Steps steps = new Steps(clock(), old.anchor(), period, end != now, end);
      Cell.Fate atOnce = c.repricing(math, old.at(now), policy, waiting);
      Cell.Fate later = c.repricing(math, old.at(end), policy, waiting);
      long moved = steps.at(end) - steps.at(now);
      return heir(
          c,
          math,
          steps,
          steps.at(end),
          (word, roundUp) ->
              Math.max(math.rebase(atOnce.of(word, roundUp), moved), later.of(word, roundUp)));
    });
  }

  @Override
  void pause(long nanoTime, long until, long delay) {
    Gcra g = latest();
    if (!(g.clock() instanceof Steps steps)) {
      g.pause(nanoTime, until, delay);
    } else if (!steps.paused() || steps.until() - until < 0) {
      long shift = steps.at(until) - steps.at(until - delay);
      g.retire(c ->
          heir(c, c, steps.pausedUntil(until), c.origin, c.delayed(steps.at(nanoTime), shift)));
    }
  }

  private static Gcra.Heir heir(Cell c, GcraMath math, Steps steps, long origin, Cell.Fate fate) {
    return new Gcra.Heir(new Gcra(math, origin, fate.of(c.word(), true), steps), fate);
  }

  @Override
  long owe(long nanoTime, long permits, long maxWaitNanos) {
    Gcra g = latest();
    if (!(g.clock() instanceof Steps steps)) {
      return g.owe(nanoTime, permits, maxWaitNanos);
    }
    long pause = steps.pauseNanos(nanoTime);
    long from = nanoTime + pause;
    if (pause > maxWaitNanos) {
      return REFUSED;
    }
    long within = steps.within(maxWaitNanos - pause, from);
    long wait = pause == 0
        ? g.owe(steps.at(from), permits, within)
        : g.owe(steps.at(from), permits, 0, within, false); // charged even if there is none
    return wait == REFUSED ? REFUSED : Cell.plus(pause, steps.nanos(wait, from));
  }

  @Override
  long force(long nanoTime, long permits) {
    Gcra g = latest();
    long pause = pauseNanos(g, nanoTime);
    long from = nanoTime + pause;
    return Cell.plus(pause, nanos(g, g.force(reading(g, from), permits), from));
  }

  @Override
  long waitNanos(long nanoTime, long behind) {
    Gcra g = latest();
    long pause = pauseNanos(g, nanoTime);
    long from = nanoTime + pause;
    return Cell.plus(pause, nanos(g, g.waitNanos(reading(g, from), behind), from));
  }

  @Override
  long word(Object terms) {
    return ((Cell) terms).word();
  }

  @Override
  long pauseNanosAt(long nanoTime) {
    Gcra g = latest();
    return g.clock() instanceof Steps ? pauseNanos(g, nanoTime) : g.pauseNanosAt(nanoTime);
  }

  @Override
  Snapshot.Level level(long nanoTime) {
    while (true) {
      Gcra g = latest();
      if (!(g.clock() instanceof Steps steps)) {
        return g.level(nanoTime);
      }
      Snapshot.OfRate inSteps = g.level(steps.at(nanoTime));
      if (g.successor() == null) {
        return new Snapshot.OfSteps(
            Rate.ofNanos(inSteps.rate().permits(), steps.stepNanos()),
            inSteps.burst(),
            Math.min(inSteps.spent(), GcraMath.MAX_TAT),
            nanoTime - steps.anchor(),
            Math.min(steps.pauseNanos(nanoTime), MAX_PENALTY));
      }
    }
  }

  /** {@link Gcra#inherit}, of continuous refill. */
  void inherit(long nanoTime, GcraMath old, long tat, long nanos) {
    latest().inherit(nanoTime, old, tat, nanos);
  }

  /** The same, of stepwise refill: so many steps later, and {@code age} ns after the anchor of both. */
  void inheritSteps(long nanoTime, GcraMath old, long tat, long passed, long age) {
    Gcra g = latest();
    Steps before = (Steps) g.clock();
    Steps steps =
        new Steps(clock(), nanoTime - age, before.stepNanos(), before.paused(), before.until());
    g.retire(c -> {
      Cell.Fate own = c.repricing(c, before.at(nanoTime), LevelPolicy.KEEP, 0);
      long inherited = Math.max(c.reprice(tat, passed, old), 0);
      long sum = own.of(c.word(), true) + inherited; // each at most MAX_TAT
      long word = sum == 0 ? GcraMath.FRESH : Math.min(sum, GcraMath.MAX_TAT);
      return new Gcra.Heir(new Gcra(c, steps.at(nanoTime), word, steps), own);
    });
  }

  // For StripedLimiter.

  @Override
  int tryOnce(long nanoTime, long permits) {
    Gcra g = gcra;
    int verdict =
        isPaused(g, nanoTime, permits) ? DENIED : g.tryOnce(reading(g, nanoTime), permits);
    return verdict == DENIED && g.successor() != null ? UNDECIDED : verdict;
  }

  @Override
  Stripes stripes() {
    return latest().stripes();
  }

  @Override
  void stripe(long nanoTime, int count, long maxLease) {
    Gcra g = latest();
    if (pauseNanos(g, nanoTime) == 0) {
      g.stripe(reading(g, nanoTime), count, maxLease);
    }
  }

  @Override
  void giveBack(Stripes s, Stripes.Lease lease, Line line) {
    latest().giveBack(s, lease, line);
  }

  @Override
  long reading(long nanoTime) {
    return reading(latest(), nanoTime);
  }

  // As a member of AllOf.

  @Override
  boolean admits(long nanoTime, long permits) {
    Gcra g = gcra;
    while (isPaused(g, nanoTime, permits) || !g.admits(reading(g, nanoTime), permits)) {
      if (g.successor() == null) {
        return false;
      }
      g = latest();
    }
    return true;
  }

  @Override
  Object terms() {
    return latest().terms();
  }

  @Override
  long charge(long nanoTime, long permits, Object terms) {
    Gcra g = latest();
    if (g.terms() != terms) {
      return CHANGED;
    }
    return isPaused(g, nanoTime, permits)
        ? REFUSED
        : g.charge(reading(g, nanoTime), permits, terms);
  }

  @Override
  long remainingAt(long nanoTime) {
    Gcra g = latest();
    return pauseNanos(g, nanoTime) > 0 ? 0 : g.remainingAt(reading(g, nanoTime));
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    Gcra g = latest();
    long pause = pauseNanos(g, nanoTime);
    long from = nanoTime + pause;
    long wait = g.retryAfterNanosAt(reading(g, from), permits);
    return Cell.plus(pause, nanos(g, wait, from));
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    Gcra g = latest();
    long pause = pauseNanos(g, nanoTime);
    long from = nanoTime + pause;
    return Cell.plus(pause, nanos(g, g.resetAfterNanosAt(reading(g, from)), from));
  }

  /** {@code TokenBucket[480/minute burst 480]}, with {@code stepwise} at the end if it is. */
  @Override
  public String toString() {
    String refill = isStepwise() ? " stepwise]" : "]";
    return "TokenBucket[" + rate() + " burst " + burst() + refill;
  }
}
