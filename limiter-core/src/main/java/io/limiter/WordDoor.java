package io.limiter;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The door of a limiter of one word, all that gives back to it, and all that reserves from it: each of
 * these is one update of its cell under the lock of the door.
 */
class WordDoor extends Door {
  final WordLimiter limiter;
  final Ledger ledger = new Ledger();

  WordDoor(WordLimiter limiter) {
    super(limiter.clock());
    this.limiter = limiter;
  }

  /** What becomes of a cell that nobody else has, at a reading taken after its word; null: nothing. */
  @FunctionalInterface
  interface Update {
    @Nullable
    Cell of(Cell c, long now);
  }

  /** The one way in which a cell is changed, under the lock. Answers the cell as it is then. */
  final Cell update(Update update) {
    return update(null, update);
  }

  /** The same at a reading that is given, unless that is null. */
  private Cell update(@Nullable Long nanoTime, Update update) {
    while (true) {
      Cell outer = limiter.whole();
      Cell c = WordLimiter.inner(outer);
      long seen = c.tat;
      Cell value = c.with(Cell.thawed(seen));
      Cell next = update.of(value, nanoTime == null ? limiter.clock().nanoTime() : nanoTime);
      if (next == null) {
        return value;
      }
      Cell published = next.with(next.word()); // others charge it; what is answered stays as it is
      if (outer instanceof Cell.Held held) {
        held.inner(published);
        return next;
      }
      if (limiter.publish(c, seen, published)) {
        return next;
      }
    }
  }

  private Cell read() {
    return WordLimiter.inner(limiter.whole());
  }

  // The line.

  @Override
  boolean hold(long from, long permits) {
    while (true) {
      Cell c = limiter.whole();
      long seen = c.tat;
      Cell value = c.with(Cell.thawed(seen));
      if (value.retryAfterNanosAt(from, permits) == 0) {
        return false;
      }
      if (limiter.publish(c, seen, new Cell.Held(value))) {
        return true;
      }
    }
  }

  @Override
  void open() {
    Cell.Held held = (Cell.Held) limiter.cell;
    limiter.replace(held, held.inner());
    tellWatching();
  }

  @Override
  long waitNanos(long from, long permits) {
    return read().retryAfterNanosAt(from, permits);
  }

  @Override
  @Nullable
  Reservation charge(long date, long permits) {
    Ledger.Charge[] charge = new Ledger.Charge[1];
    update((c, now) -> {
      charge[0] = null;
      if (!c.admitsAt(date, permits)) {
        return null;
      }
      ledger.begin(now);
      Cell next = permits == 0 ? c : c.charged(date, permits);
      charge[0] = new Ledger.Charge(permits, date, next, ledger.latest());
      return permits == 0 ? null : next;
    });
    if (charge[0] == null) {
      return null;
    }
    ledger.end(charge[0].end);
    return new WordReservation(this, permits, charge[0]);
  }

  @Override
  Lookahead lookahead() {
    return limiter.lookahead();
  }

  @Override
  int reserved() {
    if (!ledger.ahead().isEmpty()) {
      ledger.begin(limiter.clock().nanoTime());
    }
    return ledger.ahead().size();
  }

  // Giving back.

  Ledger.Mark mark() {
    return ledger.latest();
  }

  /** Gives {@code permits} back as a gift, at a reading; null: at one taken after the word. */
  void refund(@Nullable Long nanoTime, long permits) {
    locked(() -> {
      lower(null, permits, nanoTime, null, null);
      return null;
    });
  }

  /** Gives back what a charge of {@code permits} at {@code nanoTime} still weighs, if a member denied it. */
  void uncharge(long nanoTime, long permits, Ledger.Mark mark, long backlog) {
    locked(() -> {
      lower(null, permits, null, mark, (c, now, given) -> {
        long drained = c.span(Math.max(c.elapsed(now) - c.elapsed(nanoTime), 0));
        return ledger.weight(mark, backlog - drained, given);
      });
      return null;
    });
  }

  /** Gives back what {@code permits} of a charge still weigh. */
  void giveBack(Ledger.Charge charge, long permits) {
    locked(() -> {
      lower(
          charge,
          permits,
          null,
          charge.mark,
          (c, now, given) -> charge.mark == null
              ? Long.MAX_VALUE
              : ledger.weight(charge.mark, charge.end.backlogAt(now), given));
      return null;
    });
  }

  /**
   * How many ticks of a cell may be given back at the reading {@code now}, if {@code given} were given
   * back before.
   */
  @FunctionalInterface
  private interface Weight {
    long of(Cell c, long now, long given);
  }

  /** The one place that lowers the word. Without a weight: a gift. With a charge: one that may not be due. */
  private void lower(
      Ledger.@Nullable Charge charge,
      long permits,
      @Nullable Long nanoTime,
      Ledger.@Nullable Mark then,
      @Nullable Weight weight) {
    long[] done = new long[2]; // ticks, but for those ahead, and the reading
    long given = ledger.latest().given(); // without the attempts of this one that lose a race
    boolean[] due = {true};
    List<Ledger.Move> moves = new ArrayList<>();
    Cell left = update(nanoTime, (c, now) -> {
      ledger.begin(now);
      due[0] = charge == null || charge.isDue();
      boolean anew = c.steps != null && !ledger.ahead().isEmpty();
      long most = due[0] && !anew ? ledger.mostInPause(c, now) : Long.MAX_VALUE;
      long own = charge == null ? c.cost(permits) : charge.held(c, permits);
      long ticks = weight == null || !due[0] ? own : Math.min(own, weight.of(c, now, given));
      Ledger.Charge one = due[0] ? null : charge;
      moves.clear();
      Cell next;
      if (anew) {
        moves.addAll(ledger.moves(one, permits, now, ticks));
        long lowered = ledger.lowered(moves, now);
        next = c.less(now, lowered);
        done[0] = due[0] ? ledger.loweredAhead(moves) : lowered;
      } else {
        next = weight == null && most == Long.MAX_VALUE
            ? c.refunded(now, permits)
            : c.less(now, Math.min(ticks, most));
        done[0] = next.below(c);
        moves.addAll(ledger.moves(one, permits, now, done[0]));
      }
      done[1] = now;
      if (done[0] == 0) {
        return null;
      }
      ledger.give(done[0]);
      return next.word() == c.word() && next.origin == c.origin ? null : next;
    });
    Ledger.Mark of = charge == null ? then : charge.mark;
    if (of != null && due[0] && weight != null && done[0] > 0) {
      ledger.gave(of, done[0]);
    }
    ledger.moved(moves, due[0] ? null : charge, permits, done[1]);
    if (done[0] > 0) {
      ledger.end(left);
      gaveBack(done[1]);
      tellWatching();
    }
  }

  // Reserving.

  Reservation reserve(long nanoTime, long permits, long maxWaitNanos) {
    return locked(() -> {
      Ledger.Charge[] charge = new Ledger.Charge[1];
      if (isEmpty()) { // else plain calls are denied
        update((c, read) -> {
          ledger.begin(Checks.later(read, nanoTime));
          charge[0] = reserved(c, nanoTime, permits, maxWaitNanos);
          return charge[0] == null || permits == 0 ? null : charge[0].end;
        });
      }
      if (charge[0] == null) {
        return new FixedReservation(false, permits);
      }
      if (!charge[0].isDue()) {
        ledger.ahead().add(charge[0]);
      }
      ledger.end(charge[0].end);
      return new WordReservation(this, permits, charge[0]);
    });
  }

  /** The charge that a reservation would be; null if it is refused. */
  private Ledger.@Nullable Charge reserved(Cell c, long nanoTime, long permits, long maxWaitNanos) {
    boolean admitted = c.admitsAt(nanoTime, permits);
    if (!admitted && (permits > c.burst() || maxWaitNanos == 0 || isFull())) {
      return null;
    }
    long wait = admitted ? 0 : c.retryAfterNanosAt(nanoTime, permits);
    if (wait == Decision.NEVER || wait > maxWaitNanos) {
      return null;
    }
    Ledger.Mark mark = wait == 0 ? ledger.latest() : null;
    Ledger.Charge charge =
        new Ledger.Charge(permits, nanoTime, c.reserved(nanoTime, permits), mark);
    charge.start = wait == 0 || c.steps == null ? null : c;
    return charge;
  }

  /** Charges whatever the level, if the debt is paid in time; answers the wait for that, or NEVER. */
  long force(long nanoTime, long permits, long maxWaitNanos) {
    return locked(() -> {
      long[] wait = new long[1];
      Cell left = update((c, read) -> {
        ledger.begin(Checks.later(read, nanoTime));
        Cell next = permits == 0 ? c : c.charged(nanoTime, permits);
        wait[0] = next.debtNanosAt(nanoTime);
        if (wait[0] > maxWaitNanos) {
          wait[0] = Decision.NEVER;
          return null;
        }
        return permits == 0 ? null : next;
      });
      ledger.end(left);
      indebted();
      return wait[0];
    });
  }

  /** The wait in ns until a charge is due. */
  long waitNanos(Ledger.Charge charge) {
    return locked(() -> {
      long now = limiter.clock().nanoTime();
      ledger.begin(now);
      return charge.isDue() ? 0 : charge.isGone() ? Decision.NEVER : charge.end.debtNanosAt(now);
    });
  }
}
