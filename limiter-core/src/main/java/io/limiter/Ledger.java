package io.limiter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was charged to a limiter of one word and may be given back. All but {@link #latest} is under the
 * lock of its door.
 */
final class Ledger {
  /*
   * A charge of k permits at the reading s left the word e. At the reading t, which is read after the
   * word, it may give back the greater of two bounds, but at most k*T:
   *   the plain rule     e - t, less all that was given back since the charge;
   *   the lowest mark    since the charge. Each operation first notes a mark: the word that the
   *                      operation before left, without the reservations that are not due, less the
   *                      reading. A reservation that became due since then has a mark of its own,
   *                      B*T - k*T. What is given back is taken off all marks since its charge.
   *                      A charge before the first operation has none.
   * Neither mints. Take any window that starts at the reading x, and the word W right before its first
   * charge. Every older charge left a word that is at most W and what was given back since then; its
   * mark is at most W - x, less what other older charges gave back. So all older charges together
   * give back at most W - x. The last word of the window is therefore at least x + T * (permits that
   * were kept), less gifts; and it is at most its reading + B*T.
   * The plain rule alone gives back too little when calls are long; the marks alone are too low when
   * nothing happened between the charge and now. A mark that is not below a newer one says nothing.
   * With more than MOST marks, the two that differ least become one, the lower: that can only give
   * back less.
   * A reservation that is not due gives back all, and those behind it move up. In steps it is charged as
   * of the step at which it is due, which may be after the TAT; so those behind it are charged anew.
   */
  private static final int MOST = 16;

  /**
   * How far a ledger had come.
   *
   * @param epoch counts what ended all receipts: changes of the rate, resets
   * @param given ticks given back in this epoch
   * @param number how many marks there were
   */
  record Mark(long epoch, long given, long number) {
    /** That of a limiter without a ledger. */
    static final Mark NONE = new Mark(0, 0, 0);
  }

  /** Replaced before each word that gives back; a charge reads it before the word that it charges. */
  private volatile Mark latest = Mark.NONE;

  private final ArrayDeque<Charge> ahead = new ArrayDeque<>(); // not due, in order
  private final long[] numbers = new long[MOST + 1]; // of the marks, ascending
  private final long[] values = new long[MOST + 1]; // ticks, ascending
  private int marks;
  private @Nullable Cell left; // the word that the last operation left; null: there was none

  /** A charge that may be given back. */
  static final class Charge {
    /** The permits that are charged now. */
    long permits;

    /** Right before the charge; of one that is not due, and comes in steps. */
    @Nullable
    Cell start;

    /** Right after the charge, without those behind it. */
    Cell end;

    /** When it was charged, or became due; null while it is not due. */
    @Nullable
    Mark mark;

    /** It counts at this reading, or, if that is later, when it is due. */
    long date;

    private long weighs =
        Long.MAX_VALUE; // ticks at most; what a change forgave is not there any more
    private boolean gone; // given back before it was due

    Charge(long permits, long date, Cell end, @Nullable Mark mark) {
      this.permits = permits;
      this.date = date;
      this.end = end;
      this.mark = mark;
    }

    boolean isDue() {
      return mark != null;
    }

    /** The ticks that {@code withdrawn} of its permits hold in {@code c}: those that are kept stay charged. */
    long held(Cell c, long withdrawn) {
      return Math.max(Math.min(c.cost(permits), weighs) - c.cost(permits - withdrawn), 0);
    }

    boolean isGone() {
      return gone;
    }
  }

  Mark latest() {
    return latest;
  }

  /** The reservations that are not due. */
  ArrayDeque<Charge> ahead() {
    return ahead;
  }

  /** An operation begins at the reading {@code now}: reservations that are due leave, and it is noted. */
  void begin(long now) {
    Cell before = left;
    long kept = 0; // permits of the first that is not due
    while (!ahead.isEmpty()) {
      Charge first = ahead.peekFirst();
      if (first.end.debtNanosAt(now) > 0) {
        before = first.start == null ? first.end : first.start;
        kept = first.start == null ? first.permits : 0;
        break;
      }
      ahead.removeFirst();
      note(first.end.backlogWhenDue(now) - first.end.cost(first.permits));
      first.mark = latest;
    }
    if (before != null) {
      note(before.backlogAt(now) - before.cost(kept));
    } else if (latest.number == 0) { // the first: what was charged before it has no mark
      latest = new Mark(latest.epoch, latest.given, 1);
    }
  }

  /** The operation is over; it left the word of {@code left}. */
  void end(Cell left) {
    this.left = left;
  }

  /** Where a reservation that is not due moves to, and how many ticks it weighs there at most. */
  record Move(@Nullable Cell start, Cell end, long weighs) {}

  /**
   * Where all that is not due moves to at the reading {@code now}, if so many ticks are given back before
   * it; or, with a reservation that is not due itself, so many permits of that. With time in ns each moves
   * up by as much. What comes in steps is charged anew, as of the step at which it is due then.
   */
  List<Move> moves(@Nullable Charge withdrawn, long permits, long now, long ticks) {
    List<Move> moves = new ArrayList<>();
    long less = withdrawn == null ? ticks : 0;
    for (Charge each : ahead) {
      if (each.start == null) {
        less = each == withdrawn ? ticks : less;
        moves.add(new Move(null, each.end.less(now, less), each.weighs));
      } else {
        Cell start = each.start.less(now, less);
        Cell end = start.reserved(now, each.permits - (each == withdrawn ? permits : 0));
        less = end.below(each.end, now);
        moves.add(new Move(start, end, each.weighs));
      }
    }
    return moves;
  }

  /** By how many ticks that lowers what was charged before all of them, which come in steps. */
  long loweredAhead(List<Move> moves) {
    Cell start = Objects.requireNonNull(moves.get(0).start);
    return start.below(Objects.requireNonNull(ahead.getFirst().start));
  }

  /** By how many ticks that lowers the word. */
  long lowered(List<Move> moves, long now) {
    return moves.get(moves.size() - 1).end.below(ahead.peekLast().end, now);
  }

  /** All that is not due has moved up at the reading {@code now}; so many permits of one were withdrawn. */
  void moved(List<Move> moves, @Nullable Charge withdrawn, long permits, long now) {
    replaceAll(moves);
    if (withdrawn != null) {
      withdrawn.permits -= permits;
      if (withdrawn.permits == 0) {
        withdrawn.gone = true;
        ahead.remove(withdrawn);
      }
    }
    release(now);
  }

  private void replaceAll(List<Move> moves) {
    int i = 0;
    for (Charge each : ahead) {
      Move move = moves.get(i++);
      each.start = move.start;
      each.end = move.end;
      each.weighs = move.weighs;
    }
  }

  /** Those who have moved up to the reading {@code now} are due. */
  private void release(long now) {
    while (!ahead.isEmpty() && ahead.peekFirst().end.debtNanosAt(now) == 0) {
      Charge due = ahead.removeFirst();
      note(due.end.backlogAt(now) - due.end.cost(due.permits));
      due.mark = latest;
      due.date = now;
    }
  }

  private void note(long value) {
    Mark m = latest;
    latest = new Mark(m.epoch, m.given, m.number + 1);
    while (marks > 0 && values[marks - 1] >= value) {
      marks--;
    }
    numbers[marks] = m.number + 1;
    values[marks++] = value;
    if (marks > MOST) {
      int closest = 0;
      for (int i = 1; i < MOST; i++) {
        closest = values[i + 1] - values[i] < values[closest + 1] - values[closest] ? i : closest;
      }
      numbers[closest] = numbers[closest + 1]; // the lower value stands for both
      System.arraycopy(numbers, closest + 2, numbers, closest + 1, MOST - closest - 1);
      System.arraycopy(values, closest + 2, values, closest + 1, MOST - closest - 1);
      marks--;
    }
  }

  /**
   * The most ticks that may be given back while a penalty holds: each reservation that is not due counts
   * from its end, behind those before it, however little was charged before.
   */
  long mostInPause(Cell c, long now) {
    long most = Long.MAX_VALUE;
    if (c.pauseNanos(now) > 0) {
      long counted = 0;
      for (Charge each : ahead) {
        counted += c.cost(each.permits);
        most = Math.min(most, Math.max(each.end.backlogAt(c.from(now)) - counted, 0));
      }
    }
    return most;
  }

  /**
   * The most ticks that a charge may give back, which left a word that is {@code ahead} of now, if
   * {@code given} were given back before the operation that asks; at least 0.
   */
  long weight(Mark then, long ahead, long given) {
    if (then.epoch != latest.epoch) {
      return 0;
    }
    long plain = ahead - Math.max(given - then.given, 0);
    return Math.max(Math.max(plain, lowestSince(then)), 0);
  }

  private long lowestSince(Mark then) {
    for (int i = 0; i < marks; i++) {
      if (numbers[i] > then.number) {
        return then.number == 0 ? 0 : values[i]; // they ascend
      }
    }
    return 0;
  }

  /** So many ticks are about to be given back: says so before the word is lowered. */
  void give(long ticks) {
    Mark m = latest;
    latest = m.given > Cell.FROZEN
        ? new Mark(m.epoch + 1, 0, m.number) // before the sum can wrap around, all receipts end
        : new Mark(m.epoch, m.given + ticks, m.number);
  }

  /** So many ticks were given back by a charge of then. */
  void gave(Mark then, long ticks) {
    int first = 0;
    while (first < marks && numbers[first] <= then.number) {
      first++;
    }
    for (int i = first; i < marks; i++) {
      values[i] -= ticks;
    }
    int kept = first; // older marks that are still below all newer ones
    while (first < marks && kept > 0 && values[kept - 1] >= values[first]) {
      kept--;
    }
    System.arraycopy(numbers, first, numbers, kept, marks - first);
    System.arraycopy(values, first, values, kept, marks - first);
    marks -= first - kept;
  }

  /** Another rate: all receipts of what was due end; what is not due goes on there. */
  void replace(List<Move> moves) {
    replaceAll(moves);
    Mark m = latest;
    latest = new Mark(m.epoch + 1, 0, m.number);
    marks = 0;
    left = null;
  }
}
