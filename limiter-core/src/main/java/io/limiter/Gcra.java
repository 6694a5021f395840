package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 * <p>Not for the literal promise "never more than N in any period": after an idle spell up to B + N
 * can pass within one P. A sliding log gives that promise, for a word per permit.
 *
 * <p>Cost: 96 bytes, clock apart, and no allocation but for a new cell of 72 bytes each time that
 * the origin moves (once in 9.1 years if T is a whole number of ns; see {@link
 * GcraMath#horizonNanos()}). An admission is one clock reading and one compare-and-set, a denial one
 * clock reading and two volatile reads.
 *
 * <p>Thread-safety: lock-free and linearizable. Memory effects: see {@link RateLimiter}.
 *
 * <p>Source: ITU-T I.371 (2004), annex A.
 */
public final class Gcra extends Member implements RateLimiter {
  /*
   * Representation. `cell` holds a compiled rate, an origin (a clock reading) and the one word that
   *   changes: `tat`, in ticks since that origin. A cell is replaced to move the origin.
   * Invariants.
   *   I1  FRESH <= tat <= MAX_TAT, or the same plus FROZEN; a frozen word never changes again.
   *   I2  A cell is replaced only when its word is frozen, and the new cell's word is the same TAT.
   *       So the word of `cell`, read as an absolute time, changes by admission and refund alone.
   *   I3  tat never decreases but by refund: next() returns more than it was given.
   *   I4  A frozen word denies at every reading within the horizon: it lies FROZEN = 2^62 ticks
   *       ahead, and no burst is longer than 2^61. So the hot path asks about it only when denied.
   * Linearization.
   *   tryAcquire, decide  admitted: the successful compare-and-set of tat; denied: the last read
   *                       of tat.
   *   refund              the successful compare-and-set of tat, or its last read if nothing to do.
   *   peek                its last read of tat.
   * Memory ordering.
   *   field  read      write                    why that is enough
   *   cell   volatile  compareAndSet            publishes the final fields and first word of a cell
   *   tat    volatile  compareAndSet            one total order of admissions; carries the callers'
   *                                             happens-before edges
   * Progress. Lock-free: a compare-and-set fails only because another succeeded; a frozen word is
   *   replaced by whoever meets it.
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

  private static final VarHandle TAT = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "tat", VarHandle.class, Cell.class, long.class);

  private static final long FROZEN = 1L << 62; // ticks added to a word that is final
  private static final long DENYING = 1L << 62; // ticks taken from a word that charge answers
  private static final long MOVED = Long.MIN_VALUE; // from charge: undecided, the cell must move
  private static final long REFUND = Long.MAX_VALUE; // in place of the backlog after a charge

  /** Current rate, origin and word; replaced by {@link #move} alone. */
  private volatile Cell cell;

  /** A compiled rate, the origin that its word counts from, and the word. */
  static final class Cell extends GcraMath {
    final long origin; // clock reading, ns

    /** TAT in ticks since the origin, FROZEN more once final; written by charge, settle, move. */
    volatile long tat;

    Cell(GcraMath math, long origin, long tat) {
      super(math);
      this.origin = origin;
      this.tat = tat;
    }
  }

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
  public Rate rate() {
    return cell.rate();
  }

  /** B, the most permits admissible at one instant from idle. */
  public long burst() {
    return cell.burst();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    while (true) {
      Cell c = cell;
      long word = charge(c, nanoTime - c.origin, permits);
      if (word >= GcraMath.FRESH) {
        return true;
      }
      if (word != MOVED) {
        return false;
      }
      move(c, nanoTime);
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
        return explain(c, admitted ? word : word + DENYING, nanos, permits, admitted);
      }
      move(c, nanoTime);
    }
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    Cell c = cell;
    long tat = thawed(c.tat);
    long nanos = nanoTime - c.origin;
    return explain(c, tat, nanos, permits, c.next(tat, nanos, permits) != GcraMath.DENIED);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    giveBack(nanoTime, Checks.permits(permits), REFUND);
    return true;
  }

  /**
   * The one loop that admits. Answers the word after the admission; or, less DENYING and so below
   * FRESH, the word that denied; or MOVED if the cell cannot tell: its word is frozen, or the reading
   * is outside its horizon.
   */
  private static long charge(Cell c, long nanos, long permits) {
    while (true) {
      long tat = c.tat;
      long next = c.next(tat, nanos, permits);
      if (next < GcraMath.FRESH) {
        return next == GcraMath.DENIED && tat <= GcraMath.MAX_TAT ? tat - DENYING : MOVED;
      }
      if (TAT.compareAndSet(c, tat, next)) {
        return next;
      }
    }
  }

  /**
   * The one loop that gives back: a REFUND at the reading {@code nanoTime}, or a charge made then
   * that left the backlog {@code receipt}. For the latter the clock is read after the word: no
   * admission in the word is then later than the reading that says what has drained.
   */
  private void giveBack(long nanoTime, long permits, long receipt) {
    while (true) {
      Cell c = cell;
      long tat = c.tat;
      if (tat > GcraMath.MAX_TAT) {
        move(c, nanoTime);
        continue;
      }
      long elapsed = receipt == REFUND ? 0 : Math.max(clock().nanoTime() - nanoTime, 0);
      long nanos = nanoTime + elapsed - c.origin;
      long next = c.uncharge(tat, nanos, permits, receipt, elapsed);
      if (next == tat || TAT.compareAndSet(c, tat, next)) {
        return;
      }
    }
  }

  /** Replaces {@code c} by a cell whose origin is {@code nanoTime}, unless someone already has. */
  private void move(Cell c, long nanoTime) {
    long tat = c.tat;
    if (tat <= GcraMath.MAX_TAT && !TAT.compareAndSet(c, tat, tat + FROZEN)) {
      return;
    }
    long word = thawed(tat);
    long nanos = c.rebaseNanos(nanoTime - c.origin);
    long rebased = c.rebase(word, nanos);
    // A helper's reading may lie where the word does not fit: it restores the cell as it was.
    Cell next = rebased <= GcraMath.MAX_TAT
        ? new Cell(c, c.origin + nanos, rebased)
        : new Cell(c, c.origin, word);
    CELL.compareAndSet(this, c, next);
  }

  private static long thawed(long tat) {
    return tat > GcraMath.MAX_TAT ? tat - FROZEN : tat;
  }

  /** The one place that makes a decision, so that one which is only read is never allocated. */
  private static Decision explain(
      GcraMath math, long tat, long nanos, long permits, boolean admitted) {
    return new Decision(
        admitted,
        math.remaining(tat, nanos),
        admitted ? 0 : math.retryAfterNanos(tat, nanos, permits),
        math.resetAfterNanos(tat, nanos),
        admitted ? -1 : 0);
  }

  // As a member of AllOf.

  @Override
  boolean admits(long nanoTime, long permits) {
    Cell c = cell;
    return c.next(thawed(c.tat), nanoTime - c.origin, permits) != GcraMath.DENIED;
  }

  @Override
  long charge(long nanoTime, long permits) {
    while (true) {
      Cell c = cell;
      long nanos = nanoTime - c.origin;
      long word = charge(c, nanos, permits);
      if (word != MOVED) {
        return word >= GcraMath.FRESH ? c.backlog(word, nanos) : REFUSED;
      }
      move(c, nanoTime);
    }
  }

  @Override
  void uncharge(long nanoTime, long permits, long receipt) {
    giveBack(nanoTime, permits, receipt);
  }

  @Override
  long remainingAt(long nanoTime) {
    Cell c = cell;
    return c.remaining(thawed(c.tat), nanoTime - c.origin);
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    Cell c = cell;
    return c.retryAfterNanos(thawed(c.tat), nanoTime - c.origin, permits);
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    Cell c = cell;
    return c.resetAfterNanos(thawed(c.tat), nanoTime - c.origin);
  }

  /** {@code Gcra[480/minute burst 480]}. */
  @Override
  public String toString() {
    return "Gcra[" + cell + "]";
  }
}
