package io.limiter;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The changes of a limiter of one word: each is one update of its cell under the lock of the door. */
final class WordDesk extends WordDoor {
  WordDesk(WordLimiter limiter) {
    super(limiter);
  }

  /** Admits nothing before {@code until}; reservations that are not due keep their distances. */
  void pauseUntil(long until) {
    locked(() -> {
      BigInteger[] delay = {BigInteger.ZERO}; // ticks
      long[] reading = new long[1];
      boolean[] later = new boolean[1];
      Cell left = update((c, now) -> {
        ledger.begin(now);
        later[0] = until - now > 0 && c.pausedUntil(until) != c;
        if (!later[0]) {
          return null;
        }
        Ledger.Charge first = ledger.ahead().peekFirst();
        delay[0] = first == null ? BigInteger.ZERO : first.end.late(now, until);
        reading[0] = now;
        return c.owing(now, delay[0]).pausedUntil(until);
      });
      if (later[0]) {
        for (Ledger.Charge each : ledger.ahead()) {
          each.end = each.end.owing(reading[0], delay[0]).pausedUntil(until);
          each.start =
              each.start == null ? null : each.start.owing(reading[0], delay[0]).pausedUntil(until);
        }
        ledger.end(left);
        changed(reading[0]);
      }
      return null;
    });
  }

  /** What becomes of a cell, always another. */
  @FunctionalInterface
  private interface Change extends Update {
    @Override
    Cell of(Cell c, long now);
  }

  void reset() {
    locked(() -> {
      replaceAll((c, now) -> Cell.first(c, c.steps, now, c.burst()), true);
      return null;
    });
  }

  void change(Rate rate, long burst, LevelPolicy policy) {
    if (isUnchanged(rate, burst, policy)) {
      return;
    }
    GcraMath math = limiter.math(rate, burst);
    Steps steps = limiter.steps(rate);
    locked(() -> {
      boolean slower = isSlower(rate);
      replaceAll(
          (c, now) -> {
            long at = c.changeAt(now, slower);
            Missing missing = c.missing(at).after(policy, c.burst(), burst);
            return c.become(math, steps, now, at, missing);
          },
          policy == LevelPolicy.FRESH);
      return null;
    });
  }

  /** Whether less may refill in some span of time: at a lower rate, or in longer steps. */
  private boolean isSlower(Rate rate) {
    Rate now = limiter.rate();
    return rate.isSlowerThan(now) || limiter.isStepwise() && rate.periodNanos() > now.periodNanos();
  }

  /** Whether such a change would change nothing; then receipts stay good. */
  private boolean isUnchanged(Rate rate, long burst, LevelPolicy policy) {
    return rate.equals(limiter.rate())
        && burst == limiter.burst()
        && policy != LevelPolicy.FRESH
        && policy != LevelPolicy.EMPTY;
  }

  /**
   * Has another rate or level follow, in one step. Receipts end; reservations that are not due go on,
   * charged anew if {@code fresh}, or if they come in steps.
   */
  private void replaceAll(Change change, boolean fresh) {
    List<Ledger.Move> moves = new ArrayList<>();
    long[] at = new long[1];
    Cell left = update((c, now) -> {
      ledger.begin(now);
      moves.clear();
      at[0] = now;
      Cell last = null; // the end of the one before
      Cell next = null; // the same under the other rate
      for (Ledger.Charge each : ledger.ahead()) {
        Cell own = each.start; // in steps
        if (fresh || own != null) {
          Cell from = fresh || own == null ? c : own;
          Cell start = next == null || last == null
              ? change.of(from, now)
              : fresh ? next : between(last, from, next, now);
          next = start.reserved(now, each.permits);
          moves.add(new Ledger.Move(own == null ? null : start, next, Long.MAX_VALUE));
        } else {
          next = change.of(each.end, now);
          Cell start = change.of(each.end.less(now, each.held(c, each.permits)), now);
          moves.add(new Ledger.Move(null, next, start.below(next, next.from(now))));
        }
        last = each.end;
      }
      if (next == null || last == null || !fresh && c.steps == null) {
        return change.of(c, now);
      }
      return fresh ? next : between(last, c, next, now);
    });
    ledger.replace(moves);
    ledger.end(left);
    changed(at[0]);
    tellWatching();
  }

  /** {@code next}, charged what {@code to} was charged besides {@code from}. */
  private static Cell between(Cell from, Cell to, Cell next, long now) {
    Missing more = to.missing(now).minus(from.missing(now));
    return next.owing(now, more.ticks(next.cost(1)));
  }

  /** A change in two steps, of which this is the second. */
  record Loosening(Rate rate, long burst, Missing more, Ledger.Mark mark) {}

  /**
   * The first step of a change: to the slower rate, the smaller burst and the lower level of the old
   * and the new limit. The level of the new one is computed here, once. Null if nothing changes.
   */
  @Nullable
  Loosening tighten(Rate rate, long burst, LevelPolicy policy) {
    if (isUnchanged(rate, burst, policy)) {
      return null;
    }
    GcraMath math = limiter.math(rate, burst);
    Steps steps = limiter.steps(rate);
    Missing[] more = new Missing[1];
    return locked(() -> {
      boolean slower = isSlower(rate);
      replaceAll(
          (c, now) -> {
            long at = c.changeAt(now, slower);
            Missing old = c.missing(at);
            Missing missing = old.after(policy, c.burst(), burst);
            long least = Math.min(c.burst(), burst);
            Missing most = old.minus(c.burst() - least).most(missing.minus(burst - least));
            more[0] = missing.minus(most); // last of the cell itself
            GcraMath between = new GcraMath(slower ? math : c, least);
            return c.become(between, slower ? steps : c.steps, now, at, most);
          },
          false);
      return new Loosening(rate, burst, more[0], ledger.latest());
    });
  }

  /** The second step: to the new limit, with what was charged and restored since the first. */
  void loosen(@Nullable Loosening step) {
    if (step == null) {
      return;
    }
    GcraMath math = limiter.math(step.rate, step.burst);
    Steps steps = limiter.steps(step.rate);
    locked(() -> {
      boolean alone = ledger.latest().epoch() == step.mark.epoch();
      boolean slower = isSlower(step.rate);
      replaceAll(
          (c, now) -> {
            long at = c.changeAt(now, slower);
            Missing missing = alone
                ? c.missing(at).plus(step.more).atLeastNone()
                : c.missing(at).after(LevelPolicy.SPENT, c.burst(), step.burst);
            return c.become(math, steps, now, at, missing);
          },
          false);
      return null;
    });
  }

  /** Charges what another limiter has missing. */
  void inherit(Missing missing) {
    locked(() -> {
      Cell left = update((c, now) -> {
        ledger.begin(now);
        return c.owing(now, missing.ticks(c.cost(1)));
      });
      ledger.end(left);
      indebted();
      return null;
    });
  }

  /** Charges what {@code level} says, which is so many ns old; its steps go on. */
  void restore(long nanoTime, Snapshot.OfRate level, long elapsed) {
    long then = nanoTime - elapsed;
    Long age = level.age();
    Steps steps = age == null ? null : new Steps(then - age, level.rate().periodNanos());
    GcraMath math = limiter.math(level.rate(), level.burst());
    Cell saved =
        Cell.first(math, steps, then, level.burst()).owing(then, level.spent().ticks(math.cost(1)));
    locked(() -> {
      replaceAll(
          (c, now) -> {
            Missing missing =
                saved.missing(nanoTime).after(LevelPolicy.SPENT, level.burst(), c.burst());
            Steps mine = steps == null || c.steps == null
                ? null
                : new Steps(steps.anchor(), c.steps.nanos());
            Cell same = c.become(c, mine, now, now, c.missing(now));
            return same.owing(nanoTime, missing.ticks(c.cost(1)));
          },
          false);
      return null;
    });
    if (level.pause() == Decision.NEVER) {
      locked(() -> update(Cell::never));
    } else if (level.pause() > elapsed) {
      pauseUntil(nanoTime + level.pause() - elapsed);
    }
  }
}
