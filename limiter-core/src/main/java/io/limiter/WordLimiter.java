package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Gcra} and {@link TokenBucket} share: how a limiter of one word decides, is given back to,
 * is reserved from, and is changed. The rule by which a word admits is that of {@link GcraMath}.
 */
abstract class WordLimiter extends WaitableLimiter {
  /*
   * Representation. `cell` holds a compiled rate, an origin and the word. It is replaced to move the
   *   origin, to change the rate, to begin and end a penalty, to hold and to open the door, to stripe.
   *   All that gives back, waits or changes the limit is done by `desk`, under its lock.
   * Invariants.
   *   I1  A cell is replaced only when its word is frozen; a frozen word never changes again. The next
   *       cell is made of that word.
   *   I2  Only who has the lock of the desk lowers the word or changes the rate. A cell that was frozen
   *       by somebody who stalls is replaced by its equal, by whoever meets it; who stalled tries again.
   *   I3  While callers are in line the cell is Held, and only who has the lock replaces that.
   * Linearization.
   *   tryAcquire, decide  admitted: the compare-and-set of the word. Denied: the last read of it.
   *   all that lowers or changes  the compare-and-set of the word or of the cell; while the cell is
   *                       Held, the write of its inner cell.
   *   peek                the last read of the word.
   * Memory ordering.
   *   field  read      write          why that is enough
   *   cell   volatile  compareAndSet  publishes the final fields and the first word of a cell
   *   desk   volatile  compareAndSet  once
   *   Cell.tat, Ledger.latest: see there. A charge reads latest before the word; a give-back writes
   *   it before the word, and reads the clock after the word.
   * Progress. Lock-free for verbs that decide: a compare-and-set fails only because another succeeded,
   *   a frozen word is replaced by whoever meets it, a lock is only tried.
   * Arithmetic. That of GcraMath; what does not fit into a word is done by BigInteger, off the hot path.
   * Rejected. Giving back without the lock (the word comes back to a value that was seen: another
   *   give-back, then a charge). A chain of cells through which receipts are followed.
   * Sources. Freezing a word before its holder is replaced: Harris, A pragmatic implementation of
   *   non-blocking linked-lists, 2001.
   */
  private static final VarHandle CELL = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "cell", VarHandle.class, WordLimiter.class, Cell.class);

  private static final VarHandle DESK = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "desk", VarHandle.class, WordLimiter.class, WordDesk.class);

  private final NanoClock clock;

  /** What waits and gives back; null until somebody does. */
  private volatile @Nullable WordDesk desk;

  /** Current rate, origin and word (I1). */
  volatile Cell cell;

  WordLimiter(Cell cell, NanoClock clock) {
    this.clock = clock;
    this.cell = cell;
  }

  @Override
  public final NanoClock clock() {
    return clock;
  }

  /** The rate N/P. */
  public final Rate rate() {
    Cell c = inner(cell);
    return c.steps == null ? c.rate() : Rate.ofNanos(c.rate().permits(), c.steps.nanos());
  }

  /** B, the most permits admissible at one instant from idle. */
  public final long burst() {
    return inner(cell).burst();
  }

  // The verbs that decide. Subclasses have the first try.

  /** What is left of tryAcquireAt once its first try, compiled without a loop, could not tell. */
  final boolean tryAgain(long nanoTime, long permits) {
    return charge(nanoTime, permits) != Member.REFUSED;
  }

  /** The loop that admits. Answers the backlog that the charge left, in ticks; or REFUSED. */
  final long charge(long nanoTime, long permits) {
    while (true) {
      Cell c = cell;
      long tat = c.tat;
      long units = c.elapsed(nanoTime);
      long next = c.next(tat, units, permits);
      if (next >= GcraMath.FRESH) {
        if (c.compareAndSet(tat, next)) {
          return c.backlog(next, units);
        }
      } else if (next == GcraMath.UNCHANGED) {
        return 0;
      } else if (Cell.isFrozen(tat)) {
        if (!thaw(c, nanoTime)) {
          return Member.REFUSED;
        }
      } else if (next == GcraMath.REBASE) {
        publish(c, tat, c.with(tat).moved(nanoTime));
      } else {
        return Member.REFUSED;
      }
    }
  }

  @Override
  public final Decision decideAt(long nanoTime, long permits) {
    while (true) {
      Cell c = cell;
      long tat = c.tat;
      long next = c.next(tat, c.elapsed(nanoTime), permits);
      if (next >= GcraMath.FRESH) {
        if (c.compareAndSet(tat, next)) {
          return c.explain(next, nanoTime, permits, true);
        }
      } else if (Cell.isFrozen(tat)) {
        Decision seen = thaw(c, nanoTime) ? null : peekAt(nanoTime, permits);
        if (seen != null && !seen.admitted()) { // else it was opened meanwhile
          return seen;
        }
      } else if (next == GcraMath.REBASE) {
        publish(c, tat, c.with(tat).moved(nanoTime));
      } else {
        return c.explain(tat, nanoTime, permits, next == GcraMath.UNCHANGED);
      }
    }
  }

  @Override
  public final Decision peekAt(long nanoTime, long permits) {
    Checks.permits(permits);
    while (true) {
      Cell c = cell;
      if (!(c instanceof Cell.Held held)) {
        return c.seenAt(nanoTime).peek(nanoTime, permits);
      }
      Decision denied = desk().explain(nanoTime, permits);
      if (denied != null) {
        return denied;
      }
      if (cell == c) {
        return deniedByLine(held.inner(), nanoTime, permits);
      }
    }
  }

  /** From below, while another thread has the lock. */
  private static Decision deniedByLine(Cell inner, long nanoTime, long permits) {
    long wait = Math.max(inner.retryAfterNanosAt(nanoTime, permits), 1);
    return Decision.denied(0, wait, Math.max(inner.resetAfterNanosAt(nanoTime), 1), 0);
  }

  final boolean admits(long nanoTime, long permits) {
    while (true) {
      Cell c = cell;
      if (!(c instanceof Cell.Held) || !thaw(c, nanoTime)) {
        return !(c instanceof Cell.Held) && c.admitsAt(nanoTime, permits);
      }
    }
  }

  // What a decision of several members says of this one; without a decision of its own.

  final long remainingAt(long nanoTime) {
    Cell c = cell;
    return c instanceof Cell.Held ? 0 : c.seenAt(nanoTime).remainingAt(nanoTime);
  }

  final long retryAfterNanosAt(long nanoTime, long permits) {
    Cell c = cell;
    return c instanceof Cell.Held
        ? peekAt(nanoTime, permits).retryAfterNanos()
        : c.seenAt(nanoTime).retryAfterNanosAt(nanoTime, permits);
  }

  final long resetAfterNanosAt(long nanoTime) {
    Cell c = cell;
    return c instanceof Cell.Held
        ? peekAt(nanoTime, 0).resetAfterNanos()
        : c.seenAt(nanoTime).resetAfterNanosAt(nanoTime);
  }

  final long pauseNanosAt(long nanoTime) {
    return inner(cell).pauseNanos(nanoTime);
  }

  /** The wait until the level is not negative, were {@code permits} charged whatever it is. */
  final long debtNanosAt(long nanoTime, long permits) {
    return inner(whole()).charged(nanoTime, permits).debtNanosAt(nanoTime);
  }

  /** This limiter as it is now, without its line. */
  final Lookahead lookahead() {
    Cell c = inner(whole());
    return new WordLookahead(c.with(c.word()));
  }

  /** What is charged for those in line, if there are any; else the cell itself. */
  static Cell inner(Cell outer) {
    return outer instanceof Cell.Held held ? held.inner() : outer;
  }

  /** Opens a cell whose word is frozen, if it only waits for that; false if the cell denies. */
  private boolean thaw(Cell c, long nanoTime) {
    if (c instanceof Cell.Held) {
      return desk().isEmptyOnceServed();
    }
    if (c instanceof Stripes stripes) {
      replace(c, stripes.calledBack(clock));
      return true;
    }
    if (c.pauseNanos(nanoTime) > 0) {
      return false;
    }
    replace(c, c.moved(nanoTime));
    return true;
  }

  final boolean replace(Cell c, Cell next) {
    return CELL.compareAndSet(this, c, next);
  }

  /** Has {@code next} follow {@code c}, whose word was {@code seen}; false if that has changed. */
  final boolean publish(Cell c, long seen, Cell next) {
    if (!Cell.isFrozen(seen) && c.isLike(next)) {
      return c.compareAndSet(seen, next.tat);
    }
    return (Cell.isFrozen(seen) || c.freeze(seen)) && replace(c, next);
  }

  /** The cell, its permits all in one place. */
  final Cell whole() {
    Cell c = cell;
    while (c instanceof Stripes stripes) {
      replace(c, stripes.calledBack(clock));
      c = cell;
    }
    return c;
  }

  // All that takes the lock.

  @Override
  final WordDesk door() {
    return desk();
  }

  @SuppressWarnings("NullAway") // set once, for good
  final WordDesk desk() {
    WordDesk seen = desk;
    if (seen == null) {
      DESK.compareAndSet(this, null, new WordDesk(this));
      seen = desk;
    }
    return seen;
  }

  /** How far its ledger has come. */
  final Ledger.Mark mark() {
    WordDesk seen = desk;
    return seen == null ? Ledger.Mark.NONE : seen.mark();
  }

  /**
   * Gives back a charge at the reading {@code nanoTime} that was admitted after {@code mark} was read:
   * what it weighs at least, as no receipt says more.
   */
  final void uncharge(long nanoTime, long permits, Ledger.Mark mark) {
    desk().uncharge(nanoTime, permits, mark, cell.cost(permits));
  }

  /** Gives permits back as a gift; reads the clock after the word. */
  @Override
  public final boolean refund(long permits) {
    if (Checks.permits(permits) > 0) {
      desk().refund(null, permits);
    }
    return true;
  }

  @Override
  public final boolean refundAt(long nanoTime, long permits) {
    if (Checks.permits(permits) > 0) {
      desk().refund(nanoTime, permits);
    }
    return true;
  }

  @Override
  public final Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    return desk().reserve(nanoTime, Checks.permits(permits), Math.max(maxWaitNanos, 0));
  }

  @Override
  public final long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    return desk().force(nanoTime, Checks.permits(permits), Math.max(maxWaitNanos, 0));
  }

  @Override
  public final void penalizeAt(long nanoTime, long nanos) {
    if (Checks.atLeast("nanos", nanos, 0) > 0) {
      desk().pauseUntil(nanoTime + Math.min(nanos, Checks.LONGEST));
    }
  }

  /** A new limiter of the same limit: reservations that are not due stay charged. */
  @Override
  public final void reset() {
    desk().reset();
  }

  /**
   * Changes the rate and the burst in one atomic step: {@code reconfigure(rate, burst,
   * LevelPolicy.SPENT)}.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public final void reconfigure(Rate rate, long burst) {
    reconfigure(rate, burst, LevelPolicy.SPENT);
  }

  /**
   * Changes the rate and the burst in one atomic step. Time before the change counts at the old rate,
   * time after it at the new one. Stepwise refill stays stepwise, with the same anchor.
   *
   * @param policy what is kept of the level
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public final void reconfigure(Rate rate, long burst, LevelPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    desk().change(Objects.requireNonNull(rate, "rate"), burst, policy);
  }

  @Override
  public final void reconfigure(RateLimiter target, LevelPolicy policy) {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(policy, "policy");
    if (target.getClass() != getClass() || ((WordLimiter) target).isStepwise() != isStepwise()) {
      throw new IllegalArgumentException(
          "target: " + target + " (expected: of the algorithm of " + this + ")");
    }
    WordLimiter same = (WordLimiter) target;
    reconfigure(same.rate(), same.burst(), policy);
  }

  final boolean isStepwise() {
    return cell.steps != null;
  }

  /** A rate as this limiter counts it: per ns, or per step. */
  final GcraMath math(Rate rate, long burst) {
    Objects.requireNonNull(rate, "rate");
    return GcraMath.of(isStepwise() ? Rate.ofNanos(rate.permits(), 1) : rate, burst);
  }

  /** The steps of a rate, with the anchor that there is; null if time counts in ns. */
  final @Nullable Steps steps(Rate rate) {
    Steps now = inner(cell).steps;
    return now == null || now.nanos() == rate.periodNanos()
        ? now
        : new Steps(now.anchor(), rate.periodNanos());
  }

  @Override
  public final Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(wall, List.of(level(nanoTime)));
  }

  /** What a snapshot says of this limiter. */
  final Snapshot.OfRate level(long nanoTime) {
    Cell c = inner(cell).seenAt(nanoTime);
    Long age = c.steps == null ? null : nanoTime - c.steps.anchor();
    return new Snapshot.OfRate(rate(), c.burst(), c.missing(nanoTime), age, c.pauseNanos(nanoTime));
  }

  @Override
  public final void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Objects.requireNonNull(snapshot, "snapshot");
    Snapshot.Level level = snapshot.levels(1).get(0);
    if (!fits(level)) {
      throw Snapshot.misfit(level, this);
    }
    restore(nanoTime, level, snapshot.elapsedNanos(wall));
  }

  final boolean fits(Snapshot.Level level) {
    return level instanceof Snapshot.OfRate rate && (rate.age() != null) == isStepwise();
  }

  /** Charges what {@code level}, which fits, says of a limiter so many ns ago. */
  final void restore(long nanoTime, Snapshot.Level level, long elapsed) {
    desk().restore(nanoTime, (Snapshot.OfRate) level, elapsed);
  }

  @Override
  final Member member() {
    return new WordMember(this);
  }
}
