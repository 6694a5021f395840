package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A compiled rate, an origin, and the one word that changes: what a limiter of one word is between two
 * changes. Time counts from the origin, in ns or in steps. The origin may lie ahead: then the word is a
 * debt that a nearer origin could not hold, and GcraMath denies all readings before it.
 *
 * <p>{@link #compareAndSet} and {@link #freeze} write the word. All other methods answer what the cell
 * says, or another cell to replace it. A cell that denies whatever its level ({@link Paused}, {@link
 * Held}, Stripes) has a frozen word from the start, so the hot path asks about none of them.
 */
sealed class Cell extends GcraMath permits Cell.Paused, Cell.Held, Stripes {
  private static final VarHandle TAT = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "tat", VarHandle.class, Cell.class, long.class);

  /** Ticks added to a word that is final. No burst is so long, so a frozen word admits nothing. */
  static final long FROZEN = 1L << 62;

  /** A reading of the clock in ns, or the index of a step. */
  final long origin;

  /** The unit of time; null if that is the ns. */
  final @Nullable Steps steps;

  /** TAT in ticks since the origin, FROZEN more once final. Written by CAS alone. */
  volatile long tat;

  Cell(GcraMath math, @Nullable Steps steps, long origin, long tat) {
    super(math);
    this.steps = steps;
    this.origin = origin;
    this.tat = tat;
  }

  /** The first cell of a limiter, from the reading {@code now} on. */
  static Cell first(GcraMath math, @Nullable Steps steps, long now, long level) {
    return new Cell(math, steps, steps == null ? now : steps.index(now), math.wordOfLevel(level));
  }

  /** A cell that admits nothing before the reading {@code until}, or, if {@code never}, for good. */
  static final class Paused extends Cell {
    final long until; // ns
    final boolean never; // a debt that outlasts the clock

    private Paused(
        GcraMath math, @Nullable Steps steps, long origin, long word, long until, boolean never) {
      super(math, steps, origin, word + FROZEN);
      this.until = until;
      this.never = never;
    }

    @Override
    Cell like(long origin, long word) {
      return new Paused(this, steps, origin, word, until, never);
    }

    @Override
    long pauseNanos(long nanoTime) {
      return never ? Decision.NEVER : Math.max(until - nanoTime, 0);
    }

    @Override
    boolean isNever() {
      return never;
    }

    /** Or less, if the penalty ends later than that. */
    @Override
    long backlogWhenDue(long nanoTime) {
      return Math.min(super.backlogWhenDue(nanoTime), backlogAt(until));
    }

    @Override
    Cell pausedUntil(long until) {
      return never || this.until - until >= 0 ? this : super.pausedUntil(until);
    }
  }

  /**
   * A cell whose limiter has callers in line: it denies every plain call. What is charged is charged in
   * {@code inner}, under the lock of the line.
   */
  static final class Held extends Cell {
    private volatile Cell inner;

    Held(Cell inner) {
      super(inner, inner.steps, inner.origin, inner.word() + FROZEN);
      this.inner = inner;
    }

    Cell inner() {
      return inner;
    }

    void inner(Cell next) {
      inner = next;
    }
  }

  final boolean compareAndSet(long seen, long next) {
    return TAT.compareAndSet(this, seen, next);
  }

  /** Makes the word final, if it still is {@code seen}, which is not. */
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

  /** The same with another origin and another word. */
  Cell like(long origin, long word) {
    return new Cell(this, steps, origin, word);
  }

  final Cell with(long word) {
    return like(origin, word);
  }

  /** Whether {@code next} differs from this one in nothing but the word. */
  final boolean isLike(Cell next) {
    return getClass() == Cell.class
        && next.getClass() == Cell.class
        && next.origin == origin
        && next.steps == steps
        && next.hasRateOf(this);
  }

  // Time.

  /** The reading {@code nanoTime} in units since the origin. */
  final long elapsed(long nanoTime) {
    return (steps == null ? nanoTime : steps.index(nanoTime)) - origin;
  }

  /** How long after {@code nanoTime} nothing is admitted, whatever the level. */
  long pauseNanos(long nanoTime) {
    return 0;
  }

  boolean isNever() {
    return false;
  }

  /** The reading at which a charge made at {@code nanoTime} counts: not before a penalty ends. */
  final long from(long nanoTime) {
    return isNever() ? nanoTime : nanoTime + pauseNanos(nanoTime);
  }

  /** The last unit up to {@code nanoTime} to which the origin can be moved exactly. */
  private long start(long nanoTime) {
    return rebaseNanos(elapsed(nanoTime));
  }

  /** The wait in ns from {@code nanoTime} until {@code pause} is over and so many units have begun. */
  private long nanos(long pause, long units, long nanoTime) {
    if (pause == Decision.NEVER || units == Decision.NEVER) {
      return Decision.NEVER;
    }
    if (steps == null || units == 0) {
      return Checks.plus(pause, units);
    }
    long nanos = units * steps.nanos() - steps.age(nanoTime + pause); // negative from 2^63 on
    boolean fits = Math.multiplyHigh(units, steps.nanos()) == 0 && nanos >= 0;
    return fits ? Checks.plus(pause, nanos) : Decision.NEVER;
  }

  // What it answers for a word of its own. During a penalty: for the end of that.

  /** The ticks from the reading to the TAT; 0 or less if it is fresh; saturated. Rounds down. */
  final long backlogAt(long nanoTime) {
    long units = elapsed(nanoTime);
    return backlog(word(), units) - (units < 0 || shift() == 0 ? 0 : 1);
  }

  /** What it is to those who only look, at the reading {@code nanoTime}. */
  Cell seenAt(long nanoTime) {
    return this;
  }

  /**
   * The ticks to the TAT at the first reading at which the level is not negative: a whole burst; of
   * steps, what is left of it after the step.
   */
  long backlogWhenDue(long nanoTime) {
    long whole = cost(burst());
    return steps == null
        ? whole
        : whole - Math.floorMod(whole - backlogAt(nanoTime), ticksPerNano());
  }

  /** Whether so many are admitted at the reading {@code nanoTime}. */
  boolean admitsAt(long nanoTime, long permits) {
    return pauseNanos(nanoTime) == 0 && next(word(), elapsed(nanoTime), permits) != DENIED;
  }

  /** Whether the first reading at which {@code permits} are admitted, in ns, may be after the TAT. */
  final boolean mayFallBehind(long permits) {
    return shift() > 0 || ticksPerNano() > 1 && cost(burst() - permits) < ticksPerNano();
  }

  final long remainingAt(long nanoTime) {
    return pauseNanos(nanoTime) > 0 ? 0 : remaining(word(), elapsed(nanoTime));
  }

  final long retryAfterNanosAt(long nanoTime, long permits) {
    long wait = retryAfterNanos(word(), elapsed(from(nanoTime)), permits);
    return nanos(pauseNanos(nanoTime), wait, nanoTime);
  }

  /** The wait in ns until the level is not negative. */
  final long debtNanosAt(long nanoTime) {
    long wait = nanosUntilLevel(word(), elapsed(from(nanoTime)), 0);
    return nanos(pauseNanos(nanoTime), wait, nanoTime);
  }

  final long resetAfterNanosAt(long nanoTime) {
    long wait = resetAfterNanos(word(), elapsed(from(nanoTime)));
    return nanos(pauseNanos(nanoTime), wait, nanoTime);
  }

  /** What a call is told whose verdict is known, where no penalty holds. */
  final Decision explain(long word, long nanoTime, long permits, boolean admitted) {
    long units = elapsed(nanoTime);
    return new Decision(
        admitted,
        remaining(word, units),
        admitted ? 0 : nanos(0, retryAfterNanos(word, units, permits), nanoTime),
        nanos(0, resetAfterNanos(word, units), nanoTime),
        admitted ? -1 : 0);
  }

  /** What a call would be told, penalty or not. */
  final Decision peek(long nanoTime, long permits) {
    if (pauseNanos(nanoTime) == 0) {
      long word = word(); // once, as others charge it
      boolean admitted = next(word, elapsed(nanoTime), permits) != DENIED;
      return explain(word, nanoTime, permits, admitted);
    }
    long wait = retryAfterNanosAt(nanoTime, Checks.permits(permits));
    return Decision.denied(0, wait, resetAfterNanosAt(nanoTime), 0);
  }

  // What becomes of it: another cell, exactly.

  /** Charged at {@code nanoTime} whatever the level, however large the debt. */
  final Cell charged(long nanoTime, long permits) {
    long from = from(nanoTime);
    long next = isNever() ? DENIED : force(word(), elapsed(from), permits);
    return next >= FRESH
        ? with(next)
        : owing(from, BigInteger.valueOf(permits).multiply(BigInteger.valueOf(cost(1))));
  }

  /**
   * Charged {@code permits} that are reserved at {@code nanoTime}. What comes in steps counts as of the
   * step at which it is due: else a step that fills the burst would restore what counts after it.
   */
  final Cell reserved(long nanoTime, long permits) {
    long wait = steps == null ? 0 : retryAfterNanosAt(nanoTime, permits);
    long due = wait == Decision.NEVER ? nanoTime : nanoTime + wait; // never: the burst was cut
    return permits == 0 ? this : charged(due, permits);
  }

  /** Charged so many ticks at {@code nanoTime}. */
  final Cell owing(long nanoTime, BigInteger ticks) {
    if (isNever() || ticks.signum() <= 0) {
      return this;
    }
    long from = from(nanoTime);
    boolean within = elapsed(from) != start(from); // charges round the reading up
    BigInteger behind = behind(from).max(within ? BigInteger.ONE : BigInteger.ZERO);
    return backlogged(behind.add(ticks), from);
  }

  /** {@code permits} less, as far as there are so many at {@code nanoTime}. */
  final Cell refunded(long nanoTime, long permits) {
    return less(nanoTime, BigInteger.valueOf(permits).multiply(BigInteger.valueOf(cost(1))));
  }

  /** So many ticks less, as far as there are so many at {@code nanoTime}. */
  final Cell less(long nanoTime, long ticks) {
    return less(nanoTime, BigInteger.valueOf(ticks));
  }

  private Cell less(long nanoTime, BigInteger ticks) {
    if (isNever() || ticks.signum() <= 0) {
      return this;
    }
    long units = elapsed(nanoTime);
    long most = ticks.bitLength() < Long.SIZE ? ticks.longValue() : Long.MAX_VALUE;
    if (units >= 0 || most < word() - FRESH) {
      return with(relieved(word(), units, most));
    }
    BigInteger behind = behind(nanoTime);
    return behind.signum() <= 0
        ? this
        : backlogged(behind.subtract(ticks).max(BigInteger.ZERO), nanoTime);
  }

  /** By how many ticks this one is less than {@code c}, of the same rate; saturated at 2^61. */
  final long below(Cell c) {
    if (origin == c.origin) {
      return Math.max(c.word() - Math.max(word(), -FROZEN), 0);
    }
    BigInteger less = c.behindUnits(0).subtract(behindUnits(c.origin - origin));
    return less.max(BigInteger.ZERO).min(BigInteger.ONE.shiftLeft(61)).longValue();
  }

  /** The same of what is behind the reading {@code nanoTime}. */
  final long below(Cell c, long nanoTime) {
    return Math.max(Math.max(c.backlogAt(nanoTime), 0) - Math.max(backlogAt(nanoTime), 0), 0);
  }

  /** Open, from an origin near {@code nanoTime}. */
  final Cell moved(long nanoTime) {
    Cell open = new Cell(this, steps, origin, word());
    return isNever() ? this : open.backlogged(open.behind(nanoTime), nanoTime);
  }

  /** Admits nothing any more. */
  final Cell never(long now) {
    return new Paused(this, steps, origin, MAX_TAT, now, true);
  }

  /** Admits nothing before {@code until}. */
  Cell pausedUntil(long until) {
    return new Paused(this, steps, origin, word(), until, false);
  }

  /** The ticks by which all that is reserved is held back for this one to be due at {@code until}. */
  final BigInteger late(long nanoTime, long until) {
    long nanos = until - nanoTime - debtNanosAt(nanoTime);
    if (nanos <= 0) {
      return BigInteger.ZERO;
    }
    if (steps != null) {
      return BigInteger.valueOf(-Math.floorDiv(-nanos, steps.nanos()))
          .multiply(BigInteger.valueOf(ticksPerNano()));
    }
    long pause = pauseNanos(nanoTime); // what was reserved during it counts from its end
    long later = pause > 0 ? span(until - nanoTime - pause) : Long.MAX_VALUE;
    return BigInteger.valueOf(Math.max(Math.min(cost(burst()) - backlogAt(until), later), 0));
  }

  /** What is missing from the burst at {@code nanoTime}. */
  final Missing missing(long nanoTime) {
    return new Missing(behind(nanoTime).max(BigInteger.ZERO), BigInteger.valueOf(cost(1)));
  }

  /**
   * At which reading a change of the rate at {@code now} finds the level: now, or, if a backlog
   * outlasts a penalty, at the end of that. Of the two the stricter: what was charged before the
   * penalty drains meanwhile at the slower rate, what was charged during it counts from its end.
   */
  final long changeAt(long now, boolean slower) {
    long from = from(now);
    return !slower && behind(from).signum() > 0 ? from : now;
  }

  /** Another rate from {@code now} on, with so much missing at {@code at}; a penalty goes on. */
  final Cell become(GcraMath math, @Nullable Steps steps, long now, long at, Missing missing) {
    if (isNever()) {
      return new Paused(math, steps, origin, MAX_TAT, now, true);
    }
    Cell next = first(math, steps, now, math.burst());
    next = missing.parts().signum() <= 0 ? next : next.backlogged(missing.ticks(math.cost(1)), at);
    long pause = pauseNanos(now);
    return pause > 0 ? next.pausedUntil(now + pause) : next;
  }

  /** The ticks from {@link #start} of the reading to the TAT, exactly; what is fresh is fresh always. */
  private BigInteger behind(long nanoTime) {
    return word() <= FRESH ? BigInteger.valueOf(FRESH) : behindUnits(start(nanoTime));
  }

  /** The ticks from so many units after the origin to the TAT. */
  private BigInteger behindUnits(long units) {
    BigInteger ticks = BigInteger.valueOf(units).multiply(BigInteger.valueOf(ticksPerNano()));
    return BigInteger.valueOf(word()).subtract(ticks.shiftRight(shift()));
  }

  /** The same with so many ticks behind {@link #start} of the reading: from an origin where they fit. */
  private Cell backlogged(BigInteger ticks, long nanoTime) {
    long start = origin + start(nanoTime);
    if (ticks.signum() <= 0) { // exactly, as older readings may come; but FRESH stays what it is
      long word =
          word() <= FRESH ? FRESH : ticks.max(BigInteger.valueOf(FRESH + 1)).longValue();
      return like(start, word);
    }
    BigInteger units = BigInteger.ZERO;
    if (ticks.compareTo(BigInteger.valueOf(MAX_TAT)) > 0) {
      units = ticks
          .subtract(BigInteger.valueOf(cost(burst())))
          .shiftLeft(shift())
          .divide(BigInteger.valueOf(ticksPerNano()));
      units = units.shiftRight(shift()).shiftLeft(shift());
    }
    BigInteger nanos = units.multiply(BigInteger.valueOf(steps == null ? 1 : steps.nanos()));
    if (nanos.compareTo(BigInteger.valueOf(Checks.LONGEST)) > 0) {
      return new Paused(this, steps, start, MAX_TAT, nanoTime, true);
    }
    BigInteger rest = units.multiply(BigInteger.valueOf(ticksPerNano())).shiftRight(shift());
    return like(start + units.longValue(), ticks.subtract(rest).longValue());
  }
}
