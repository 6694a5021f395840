package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a {@link Gcra} is between two changes: a compiled rate, an origin, and the word that counts
 * from there. The methods here say what a cell answers and what becomes of it; none but {@link
 * #compareAndSet} and {@link #freeze} writes.
 */
sealed class Cell extends GcraMath permits Cell.Penalty, Cell.Retired, Stripes {
  private static final VarHandle TAT = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "tat", VarHandle.class, Cell.class, long.class);

  static final long FROZEN = 1L << 62; // ticks added to a word that is final

  /** A reading of the clock in ns. */
  final long origin;

  /** TAT in ticks since the origin, FROZEN more once final; written by CAS alone. */
  volatile long tat;

  Cell(GcraMath math, long origin, long tat) {
    super(math);
    this.origin = origin;
    this.tat = tat;
  }

  /** A cell that admits nothing before the reading {@code until}; its word is final at once. */
  static final class Penalty extends Cell {
    final long until; // clock reading, ns

    /** The word {@code tat} counts from {@code origin}; the new origin is as near to the end as can be. */
    Penalty(GcraMath math, long origin, long tat, long until) {
      this(math, origin, tat, until, Math.max(math.rebaseNanos(until - origin), 0));
    }

    private Penalty(GcraMath math, long origin, long tat, long until, long nanos) {
      super(math, origin + nanos, math.rebase(tat, nanos) + FROZEN);
      this.until = until;
    }

    @Override
    long pauseNanos(long nanoTime) {
      return Math.max(until - nanoTime, 0);
    }

    @Override
    Cell with(long word) {
      return new Penalty(this, origin, word, until);
    }

    @Override
    Cell pausedUntil(long until, long delay) {
      return this.until - until >= 0 ? this : super.pausedUntil(until, delay);
    }

    /** Priced at the end of the penalty too: charges made meanwhile count from there. */
    @Override
    Cell repriced(GcraMath math, long now, Inheritance inheritance, long waiting, boolean pardon) {
      Cell next = super.repriced(math, now, inheritance, waiting, pardon);
      long pause = pardon ? 0 : pauseNanos(now);
      if (pause == 0) {
        return next;
      }
      long nanos = math.rebaseNanos(pause);
      Cell later = super.repriced(math, now + nanos, inheritance, waiting, pardon);
      long word = Math.max(math.rebase(next.word(), nanos), later.word());
      return new Penalty(math, now + nanos, word, until);
    }
  }

  /** The last cell of a limiter that {@code successor} replaces: it denies for good. */
  static final class Retired extends Cell {
    final Gcra successor;

    /** The word of {@code c} is final. */
    Retired(Cell c, Gcra successor) {
      super(c, c.origin, c.tat);
      this.successor = successor;
    }

    @Override
    long pauseNanos(long nanoTime) {
      return Decision.NEVER;
    }
  }

  final boolean compareAndSet(long seen, long next) {
    return TAT.compareAndSet(this, seen, next);
  }

  /** Makes the word final; false if it changed meanwhile. */
  final boolean freeze() {
    long seen = tat;
    return isFrozen(seen) || freeze(seen);
  }

  /** Makes the word final, if that still is {@code seen}. */
  final boolean freeze(long seen) {
    return compareAndSet(seen, seen + FROZEN);
  }

  static boolean isFrozen(long tat) {
    return tat > MAX_TAT;
  }

  static long thawed(long tat) {
    return isFrozen(tat) ? tat - FROZEN : tat;
  }

  /** TAT in ticks since the origin, frozen or not. */
  final long word() {
    return thawed(tat);
  }

  /** What {@link #word} says of the level at the reading {@code nanoTime}. */
  long wordAt(long nanoTime) {
    return word();
  }

  /** The cell that is charged with permits which need not all be in one place. */
  Cell shared() {
    return this;
  }

  // What it answers, also while its word is frozen.

  /** How long after {@code nanoTime} nothing is admitted, whatever the level; 0 if there is no penalty. */
  long pauseNanos(long nanoTime) {
    return 0;
  }

  final boolean admits(long nanoTime, long permits) {
    return next(wordAt(nanoTime), nanoTime - origin, permits) != DENIED
        && pauseNanos(nanoTime) == 0;
  }

  final Decision peek(long nanoTime, long permits) {
    if (pauseNanos(nanoTime) > 0) {
      return denied(nanoTime, permits);
    }
    long tat = wordAt(nanoTime);
    long nanos = nanoTime - origin;
    return explain(tat, nanos, permits, next(tat, nanos, permits) != DENIED);
  }

  /** The one place that makes a decision, so that one which is only read is never allocated. */
  final Decision explain(long tat, long nanos, long permits, boolean admitted) {
    return new Decision(
        admitted,
        remaining(tat, nanos),
        admitted ? 0 : retryAfterNanos(tat, nanos, permits),
        resetAfterNanos(tat, nanos),
        admitted ? -1 : 0);
  }

  /** During a penalty: what the call would be told at its end, and the wait until then besides. */
  final Decision denied(long nanoTime, long permits) {
    return Decision.denied(0, retryAfterNanosAt(nanoTime, permits), resetAfterNanosAt(nanoTime), 0);
  }

  final long remainingAt(long nanoTime) {
    return pauseNanos(nanoTime) > 0 ? 0 : remaining(wordAt(nanoTime), nanoTime - origin);
  }

  final long retryAfterNanosAt(long nanoTime, long permits) {
    long pause = pauseNanos(nanoTime);
    return plus(pause, retryAfterNanos(wordAt(nanoTime), nanoTime + pause - origin, permits));
  }

  final long resetAfterNanosAt(long nanoTime) {
    long pause = pauseNanos(nanoTime);
    return plus(pause, resetAfterNanos(wordAt(nanoTime), nanoTime + pause - origin));
  }

  /** The wait in ns until permits are due behind which so many were charged. */
  final long waitNanos(long nanoTime, long behind) {
    long pause = pauseNanos(nanoTime);
    return plus(pause, nanosUntilLevel(wordAt(nanoTime), nanoTime + pause - origin, -behind));
  }

  /** {@code a + b}, saturated at NEVER. */
  static long plus(long a, long b) {
    return a > Decision.NEVER - b ? Decision.NEVER : a + b;
  }

  // What becomes of it once its word is frozen.

  /** The same with another word. */
  Cell with(long word) {
    return new Cell(this, origin, word);
  }

  /** The same from an origin near {@code nanoTime}. */
  final Cell moved(long nanoTime) {
    long nanos = rebaseNanos(nanoTime - origin);
    long rebased = rebase(word(), nanos);
    // A helper's reading may lie where the word does not fit: it restores the cell as it was.
    return rebased <= MAX_TAT ? new Cell(this, origin + nanos, rebased) : with(word());
  }

  /** The same with so many ticks more charged at {@code nanoTime}, or at the end of its penalty. */
  final Cell charged(long nanoTime, long ticks) {
    long pause = pauseNanos(nanoTime);
    Cell c = pause > 0 ? this : moved(nanoTime);
    long from = Math.max(c.word(), c.span(nanoTime + pause - c.origin));
    return ticks <= 0 ? c : c.with(ticks > MAX_TAT - from ? MAX_TAT : from + ticks);
  }

  /** The same at another rate from {@code now} on, its penalty over if it is pardoned. */
  Cell repriced(GcraMath math, long now, Inheritance inheritance, long waiting, boolean pardon) {
    return new Cell(math, now, math.reprice(word(), now - origin, this, inheritance, waiting));
  }

  /** The same, admitting nothing before {@code until}, and all who wait moved back by {@code delay} ns. */
  Cell pausedUntil(long until, long delay) {
    return new Penalty(this, origin, Math.min(word() + span(delay), MAX_TAT), until);
  }
}
