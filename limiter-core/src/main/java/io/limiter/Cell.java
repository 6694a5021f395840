package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a {@link Gcra} is between two changes: a compiled rate, an origin, and the word that counts
 * from there. The methods here say what a cell answers and what becomes of it; none but {@link
 * #compareAndSet}, {@link #freeze} and {@link #end} writes.
 */
sealed class Cell extends GcraMath permits Cell.Penalty, Cell.Retired, CalledBack, Stripes {
  private static final VarHandle TAT = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "tat", VarHandle.class, Cell.class, long.class);

  private static final VarHandle SEQUEL = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "sequel", VarHandle.class, Cell.class, Sequel.class);

  static final long FROZEN = 1L << 62; // ticks added to a word that is final

  /** A reading of the clock in ns. */
  final long origin;

  /** TAT in ticks since the origin, FROZEN more once final; written by CAS alone. */
  volatile long tat;

  /** What replaces this cell, and how; null while it is current, then final. */
  private volatile Sequel sequel;

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
    Sequel with(long word) {
      return new Sequel(new Penalty(this, origin, word, until), (any, roundUp) -> any);
    }

    @Override
    Sequel pausedUntil(long nanoTime, long until, long delay) {
      return this.until - until >= 0 ? null : super.pausedUntil(nanoTime, until, delay);
    }

    /** Priced at the end of the penalty too: charges made meanwhile count from there. */
    @Override
    Sequel repriced(GcraMath math, long now, LevelPolicy policy, long waiting, boolean pardon) {
      long pause = pardon ? 0 : pauseNanos(now);
      if (pause == 0) {
        return super.repriced(math, now, policy, waiting, pardon);
      }
      long nanos = math.rebaseNanos(pause);
      Fate atOnce = repricing(math, now, policy, waiting);
      Fate later = repricing(math, now + nanos, policy, waiting);
      Fate fate = (word, roundUp) ->
          Math.max(math.rebase(atOnce.of(word, roundUp), nanos), later.of(word, roundUp));
      return new Sequel(new Penalty(math, now + nanos, fate.of(word(), true), until), fate);
    }
  }

  /** The last cell of a limiter that {@code successor} replaces: it denies for good. */
  static final class Retired extends Cell {
    final Gcra successor;

    /** The word of {@code c} is final; {@code fate} is what words of it are in the successor. */
    Retired(Cell c, Gcra successor, Fate fate) {
      super(c, c.origin, c.tat);
      this.successor = successor;
      end(new Sequel((Cell) successor.terms(), fate));
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

  /** Counts what is given back while a lease may be in hand: Stripes, I5. Null if none can be. */
  AtomicLong givenBack() {
    return null;
  }

  // What becomes of it once its word is final.

  /**
   * The cell that replaces another, and what words of the other are in it: what became of its own word
   * becomes of {@link Receipt}s too.
   */
  record Sequel(Cell next, Fate fate) {}

  /** A function of nothing but the word: in the next cell, rounded up, or down if it is not exact. */
  @FunctionalInterface
  interface Fate {
    long of(long word, boolean roundUp);
  }

  /** Null while this cell is current. */
  final Sequel sequel() {
    return sequel;
  }

  /** Says what replaces this cell; false if that was said before. */
  final boolean end(Sequel sequel) {
    return SEQUEL.compareAndSet(this, null, sequel);
  }

  /** A cell to replace this one. */
  Cell like(GcraMath math, long origin, long word) {
    return new Cell(math, origin, word);
  }

  /** The same with another word. */
  Sequel with(long word) {
    return new Sequel(like(this, origin, word), (any, roundUp) -> any);
  }

  /** The same from an origin near {@code nanoTime}. */
  final Sequel moved(long nanoTime) {
    long nanos = rebaseNanos(nanoTime - origin);
    long rebased = rebase(word(), nanos);
    // A helper's reading may lie where the word does not fit: it restores the cell as it was.
    return rebased <= MAX_TAT
        ? new Sequel(like(this, origin + nanos, rebased), (word, roundUp) -> rebase(word, nanos))
        : with(word());
  }

  /**
   * The same with so many ticks more charged at {@code nanoTime}, or at the end of its penalty; null if
   * there are none.
   */
  final Sequel charged(long nanoTime, long ticks) {
    if (ticks <= 0) {
      return null;
    }
    long pause = pauseNanos(nanoTime);
    Sequel moved = pause > 0 ? with(word()) : moved(nanoTime);
    Cell c = moved.next();
    long from = Math.max(c.word(), c.span(nanoTime + pause - c.origin));
    Sequel more = c.with(ticks > MAX_TAT - from ? MAX_TAT : from + ticks);
    return new Sequel(more.next(), moved.fate());
  }

  /** The same at another rate from {@code now} on, its penalty over if it is pardoned. */
  Sequel repriced(GcraMath math, long now, LevelPolicy policy, long waiting, boolean pardon) {
    Fate fate = repricing(math, now, policy, waiting);
    long word = fate.of(word(), true);
    return new Sequel(like(math, now, word == 0 ? FRESH : word), fate);
  }

  /** What words are at another rate in ticks since {@code now}: 0 or more. */
  final Fate repricing(GcraMath math, long now, LevelPolicy policy, long waiting) {
    long nanos = now - origin;
    return (word, roundUp) ->
        Math.max(math.reprice(word, nanos, this, policy, waiting, roundUp), 0);
  }

  /**
   * The same, admitting nothing from {@code nanoTime} until {@code until}, and all who wait moved back
   * by {@code delay} ns; null if it already is.
   */
  Sequel pausedUntil(long nanoTime, long until, long delay) {
    Fate later = delayed(nanoTime, delay);
    Penalty next = new Penalty(this, origin, later.of(word(), true), until);
    return new Sequel(
        next, (word, roundUp) -> rebase(later.of(word, roundUp), next.origin - origin));
  }

  /** All that is charged at {@code nanoTime} moved back by {@code delay}; nothing if that is 0. */
  final Fate delayed(long nanoTime, long delay) {
    long now = span(nanoTime - origin);
    long shift = span(delay);
    return (word, roundUp) -> shift == 0 ? word : Math.min(Math.max(word, now) + shift, MAX_TAT);
  }
}
