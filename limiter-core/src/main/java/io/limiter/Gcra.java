package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

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
 * <p>Not for the literal promise "never more than N in any period": after an idle spell up to B + N
 * can pass within one P. A sliding log gives that promise, for a word per permit.
 *
 * <p>Cost: 96 bytes, clock apart, and no allocation but for some 130 bytes each time that
 * the origin moves (once in 9.1 years if T is a whole number of ns; see {@link
 * GcraMath#horizonNanos()}). An admission is one clock reading and one compare-and-set, a denial one
 * clock reading and two volatile reads.
 *
 * <p>Thread-safety: lock-free and linearizable. Memory effects: see {@link RateLimiter}.
 *
 * <p>Source: ITU-T I.371 (2004), annex A.
 */
public final class Gcra extends Lender {
  /*
   * Representation. `cell` holds a compiled rate, an origin (a clock reading) and the one word that
   *   changes: `tat`, in ticks since that origin. A cell is replaced to move the origin, to change the
   *   rate, and to begin and end a penalty: here is who writes and when, in Cell what is written.
   *   Reservations are charged in the same word, which may then lie more than a burst ahead; who waits
   *   for them is in the line of Reserving.
   * Invariants.
   *   I1  FRESH <= tat <= MAX_TAT, or the same plus FROZEN; a frozen word never changes again.
   *   I2  A cell is replaced only when its word is frozen, and the new cell's word is the same TAT.
   *       So the word of `cell`, read as an absolute time, changes by admission and refund alone, but
   *       where the rate changes: then the new word is that which GcraMath.reprice makes of it.
   *       A cell that is replaced names the next one and what words become there (Cell.Sequel), before
   *       that is published; so receipts of any age find their way to the cell of now.
   *   I3  tat never decreases but by refund: next() returns more than it was given.
   *   I4  A frozen word denies at every reading within the horizon: it lies FROZEN = 2^62 ticks
   *       ahead, and no burst is longer than 2^61. So the hot path asks about it only when denied.
   *   I5  The word of a Penalty is frozen from the start: it denies whoever calls before `until`, and
   *       is replaced by the first charge after that. Charges meanwhile are priced at `until`: those
   *       who reserve then are served one after the other from there, not all at once.
   * Linearization.
   *   tryAcquire, decide  admitted: the successful compare-and-set of tat; denied: the last read
   *                       of tat.
   *   refund, reserve     the successful compare-and-set of tat, or its last read if nothing to do;
   *                       of cell during a penalty.
   *   reconfigure, reset, penalize   the compare-and-set of cell, by this or another thread, that
   *                       publishes the successor which this one named.
   *   peek                its last read of tat.
   * Memory ordering.
   *   field  read      write                    why that is enough
   *   cell   volatile  compareAndSet            publishes the final fields and first word of a cell
   *   sequel volatile  compareAndSet, once      before the cell that it names is published
   *   tat    volatile  compareAndSet            one total order of admissions; carries the callers'
   *                                             happens-before edges
   * Progress. Lock-free: a compare-and-set fails only because another succeeded; a frozen word is
   *   replaced by whoever meets it. What waits or changes the limit takes the lock of the line, which
   *   no verb that decides ever does.
   * Arithmetic. GcraMath, total and saturating. Readings are compared by difference.
   * Rejected. A lock (a caller that stalls would stop the others). getAndAdd with a check afterwards
   *   (a denial would write, and could deny a neighbour). Weak or plain access (no gain: an admission
   *   is a full compare-and-set anyway, and a volatile read is a plain load on x86 and one acquiring
   *   load on ARM). Back-off and padding (they cost memory or latency alone, and change little on
   *   one contended word). A flag for "frozen" (one more read on every call; see I4).
   * Sources. ITU-T I.371 annex A; freezing a word before its holder is replaced: Harris 2001.
   */
  private static final VarHandle CELL = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "cell", VarHandle.class, Gcra.class, Cell.class);

  private static final long DENYING = 1L << 62; // ticks taken from a word that charge answers
  private static final long MOVED = Long.MIN_VALUE; // from charge: undecided, the cell must move

  /** Current rate, origin and word; replaced once its word is frozen (I2). */
  private volatile Cell cell;

  Gcra(GcraMath math, long origin, long tat, NanoClock clock) {
    super(clock);
    this.cell = new Cell(math, origin, tat);
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
    return new Gcra(math, clock.nanoTime(), GcraMath.FRESH, clock);
  }

  /** The rate N/P. */
  @Override
  public Rate rate() {
    return cell.rate();
  }

  /** B, the most permits admissible at one instant from idle. */
  @Override
  public long burst() {
    return cell.burst();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    Cell c = cell;
    long tat = c.tat;
    long next = c.next(tat, nanoTime - c.origin, permits);
    if (next >= GcraMath.FRESH) {
      return c.compareAndSet(tat, next) || tryAgain(nanoTime, permits);
    }
    return (next != GcraMath.DENIED || tat > GcraMath.MAX_TAT) && tryAgain(nanoTime, permits);
  }

  /** What is left of {@link #tryAcquireAt} once its first try, compiled without a loop, could not tell. */
  private boolean tryAgain(long nanoTime, long permits) {
    while (true) {
      Cell c = cell;
      long word = charge(c, nanoTime - c.origin, permits);
      if (word != MOVED) {
        return word >= GcraMath.FRESH;
      }
      if (!move(c, nanoTime)) {
        return false;
      }
    }
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    while (true) {
      Cell c = cell;
      long nanos = nanoTime - c.origin;
      long word = charge(c, nanos, permits);
      if (word != MOVED) {
        boolean admitted = word >= GcraMath.FRESH;
        return c.explain(admitted ? word : word + DENYING, nanos, permits, admitted);
      }
      if (!move(c, nanoTime)) {
        return c.denied(nanoTime, permits);
      }
    }
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return cell.peek(nanoTime, permits);
  }

  /**
   * The loop that admits. Answers the word after the admission; or, less DENYING and so below
   * FRESH, the word that denied; or MOVED if the cell cannot tell: its word is frozen, or the reading
   * is outside its horizon.
   */
  static long charge(Cell c, long nanos, long permits) {
    while (true) {
      long tat = c.tat;
      long next = c.next(tat, nanos, permits);
      if (next < GcraMath.FRESH) {
        boolean denied = next == GcraMath.DENIED && tat <= GcraMath.MAX_TAT;
        return denied ? tat - DENYING : next == GcraMath.UNCHANGED ? tat : MOVED;
      }
      if (c.compareAndSet(tat, next)) {
        return next;
      }
    }
  }

  /**
   * The one loop that gives back. With a receipt, the clock is read after the word: no admission in the
   * word is then later than the reading that says what has drained.
   */
  @Override
  boolean giveBack(long nanoTime, long permits, Receipt receipt, Line line) {
    while (true) {
      Cell c = cell;
      long seen = c.tat;
      if (Cell.isFrozen(seen) && move(c, nanoTime)) {
        continue;
      }
      if (c instanceof Cell.Retired) {
        return false;
      }
      long elapsed = receipt == null ? 0 : Math.max(clock().nanoTime() - nanoTime, 0);
      long now = nanoTime + elapsed;
      long weight = receipt == null ? c.cost(permits) : receipt.weight(c, now);
      long tat = Cell.thawed(seen); // frozen if this is a penalty
      long next = c.relieved(tat, now - c.origin, weight);
      AtomicLong givenBack = c.givenBack();
      if (next != tat && givenBack != null) {
        givenBack.getAndIncrement();
      }
      if (next == tat || store(c, seen, next)) {
        if (line != null && receipt != null) {
          line.lows().lower(receipt.gaps(), c, tat - next);
        }
        if (line != null) {
          line.gap(c, next, now);
        }
        return true;
      }
    }
  }

  /** Makes {@code next} the word of {@code c}, if that still is {@code seen}. */
  private boolean store(Cell c, long seen, long next) {
    return Cell.isFrozen(seen) ? replace(c, c.with(next)) : c.compareAndSet(seen, next);
  }

  /**
   * Replaces {@code c} by a cell whose origin is {@code nanoTime}, unless someone already has.
   * Answers false, and does nothing, if a penalty denies all calls at that reading.
   */
  private boolean move(Cell c, long nanoTime) {
    if (c.pauseNanos(nanoTime) > 0) {
      return false;
    }
    if (freeze(c)) {
      replace(c, c.moved(nanoTime));
    }
    return true;
  }

  /** Makes the word of {@code c} final; false if it changed, or was with stripes: then it no longer is. */
  private boolean freeze(Cell c) {
    if (c instanceof Stripes stripes) {
      replace(c, stripes.calledBack(clock()));
      return false;
    }
    return c.freeze();
  }

  /** Replaces {@code c}, whose word is final; or, if another thread came first, as that one wanted. */
  private boolean replace(Cell c, Cell.Sequel sequel) {
    boolean first = c.end(sequel);
    CELL.compareAndSet(this, c, c.sequel().next());
    return first;
  }

  /** Freezes the cell and replaces it by what {@code change} makes of it, if anything. */
  private void replace(Function<Cell, Cell.Sequel> change) {
    while (true) {
      Cell c = cell;
      if (freeze(c)) {
        Cell.Sequel sequel = c instanceof Cell.Retired ? null : change.apply(c);
        if (sequel == null || replace(c, sequel)) {
          return;
        }
      }
    }
  }

  // Waiting, and changing the limit: under the lock of the line.

  /**
   * Changes the rate and the burst, in one atomic step: a fresh limiter stays fresh, and what was
   * spent stays spent ({@link LevelPolicy#SPENT}). Time before the change counts at the old rate, time after it at the new one; no
   * permit is minted and none lost. Those who wait are timed anew.
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
    reconfigure(GcraMath.of(rate, burst), Objects.requireNonNull(policy, "policy"));
  }

  void reconfigure(GcraMath math, LevelPolicy policy) {
    line().change(policy, waiting -> reprice(math, policy, waiting, false));
  }

  @Override
  public void reset() {
    line().change(LevelPolicy.FRESH, waiting -> reprice(cell, LevelPolicy.FRESH, waiting, true));
  }

  /** The clock is read after the word is final: no admission in it is later than the change. */
  void reprice(GcraMath math, LevelPolicy policy, long waiting, boolean pardon) {
    replace(c -> c.repriced(math, clock().nanoTime(), policy, waiting, pardon));
  }

  @Override
  void pause(long nanoTime, long until, long delay) {
    replace(c -> c.pausedUntil(nanoTime, until, delay));
  }

  @Override
  long owe(long nanoTime, long permits, long maxWaitNanos) {
    return owe(nanoTime, permits, 1, maxWaitNanos, false);
  }

  @Override
  long force(long nanoTime, long permits) {
    return owe(nanoTime, permits, 0, Decision.NEVER, true);
  }

  /**
   * The loop that charges beyond the level, and answers the wait. Charges nothing and answers 0 if
   * the wait is less than minWaitNanos, or REFUSED if it is more than maxWaitNanos or would never
   * end; a forced charge is cut to what the word can hold.
   */
  long owe(long nanoTime, long permits, long minWaitNanos, long maxWaitNanos, boolean forced) {
    while (true) {
      Cell c = cell;
      long seen = c.tat;
      long pause = c.pauseNanos(nanoTime);
      long nanos = nanoTime + pause - c.origin;
      long next = c.force(Cell.thawed(seen), nanos, permits);
      boolean full = next == GcraMath.DENIED;
      boolean far = next == GcraMath.REBASE || full && c.rebaseNanos(nanos) > 0;
      if (!forced && (permits > c.burst() || full && !far)) {
        return REFUSED;
      }
      if (pause == 0 && (far || Cell.isFrozen(seen))) {
        move(c, nanoTime);
        continue;
      }
      next = full ? GcraMath.MAX_TAT : next;
      long wait = Cell.plus(pause, c.nanosUntilLevel(next, nanos, 0));
      if (wait < minWaitNanos || wait > maxWaitNanos) {
        return wait == 0 ? 0 : REFUSED;
      }
      if (store(c, seen, next)) {
        return wait;
      }
    }
  }

  @Override
  long waitNanos(long nanoTime, long behind) {
    return cell.waitNanos(nanoTime, behind);
  }

  @Override
  long word(Object terms) {
    return ((Cell) terms).shared().word();
  }

  @Override
  long pauseNanosAt(long nanoTime) {
    return cell.pauseNanos(nanoTime);
  }

  @Override
  Snapshot.OfRate level(long nanoTime) {
    Cell c = cell;
    long backlog = Math.max(c.backlog(c.wordAt(nanoTime), nanoTime - c.origin), 0);
    long pause = Math.min(c.pauseNanos(nanoTime), MAX_PENALTY);
    return new Snapshot.OfRate(c.rate(), c.burst(), backlog, c.cost(1), pause);
  }

  /** Charges what a limiter of the rate {@code old} and the word {@code tat} would miss {@code nanos} later. */
  void inherit(long nanoTime, GcraMath old, long tat, long nanos) {
    replace(c -> c.charged(nanoTime, c.reprice(tat, nanos, old)));
  }

  // For StripedLimiter.

  @Override
  int tryOnce(long nanoTime, long permits) {
    Cell c = cell;
    long tat = c.tat;
    long next = c.next(tat, nanoTime - c.origin, permits);
    if (next >= GcraMath.FRESH) {
      return c.compareAndSet(tat, next) ? ADMITTED : UNDECIDED;
    }
    if (next == GcraMath.UNCHANGED) {
      return ADMITTED;
    }
    return next == GcraMath.DENIED && !Cell.isFrozen(tat) ? DENIED : UNDECIDED;
  }

  @Override
  Stripes stripes() {
    return cell instanceof Stripes stripes ? stripes : null;
  }

  @Override
  void stripe(long nanoTime, int count, long maxLease) {
    Cell c = cell;
    long tat = c.tat;
    Stripes next = Stripes.of(c, tat, nanoTime, count, maxLease);
    if (next != null && c.freeze(tat)) {
      replace(c, new Cell.Sequel(next, (word, roundUp) -> word));
    }
  }

  /** Done to a word that is final, so that nothing is given back meanwhile which is not counted. */
  @Override
  void giveBack(Stripes s, Stripes.Lease lease, Line line) {
    while (s.sequel() == null) {
      freeze(s);
    }
    CalledBack calledBack = (CalledBack) s.sequel().next();
    Receipt receipt = s.receipt(lease);
    replace(c -> {
      long now = clock().nanoTime();
      long weight = calledBack.leadsTo(c) ? receipt.weight(c, now) : 0;
      long word = c.relieved(c.word(), now - c.origin, weight);
      if (line != null) {
        line.gap(c, word, now);
      }
      return c.with(word);
    });
  }

  @Override
  long reading(long nanoTime) {
    return nanoTime;
  }

  // For TokenBucket.

  GcraMath math() {
    return cell;
  }

  /** Retires this limiter for good in favour of what {@code succession} makes of its last cell. */
  void retire(Function<Cell, Heir> succession) {
    replace(c -> {
      Heir heir = succession.apply(c);
      return new Cell.Sequel(new Cell.Retired(c, heir.gcra, heir.fate), (word, roundUp) -> word);
    });
  }

  /** What takes a limiter's place, and what words of its last cell are there. */
  record Heir(Gcra gcra, Cell.Fate fate) {}

  /** The limiter that replaces this one, or null. */
  Gcra successor() {
    return cell instanceof Cell.Retired retired ? retired.successor : null;
  }

  // As a member of AllOf.

  @Override
  boolean admits(long nanoTime, long permits) {
    Cell c = cell;
    if (c instanceof Stripes stripes && stripes.areTooFew(permits)) {
      freeze(c);
      c = cell;
    }
    return c.admits(nanoTime, permits);
  }

  /** The cell: a charge is made in this one or not at all, and the receipt is the word that it left. */
  @Override
  Object terms() {
    return cell;
  }

  @Override
  long charge(long nanoTime, long permits, Object terms) {
    Cell c = (Cell) terms;
    Cell shared = c.shared();
    long word = charge(shared, nanoTime - c.origin, permits);
    if (word >= GcraMath.FRESH) {
      return word;
    }
    boolean denied = word != MOVED && (shared == c || !admits(nanoTime, permits));
    return denied || !move(c, nanoTime) ? REFUSED : CHANGED;
  }

  @Override
  long remainingAt(long nanoTime) {
    return cell.remainingAt(nanoTime);
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    return cell.retryAfterNanosAt(nanoTime, permits);
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    return cell.resetAfterNanosAt(nanoTime);
  }

  /** {@code Gcra[480/minute burst 480]}. */
  @Override
  public String toString() {
    return "Gcra[" + cell + "]";
  }
}
