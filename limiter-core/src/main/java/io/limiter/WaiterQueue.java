package io.limiter;

import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The callers in a line, oldest first, and of the futures among them the one whose time is over first.
 * Adding and removing take O(1) steps, O(log n) for a future with a deadline. Under the lock of a door.
 */
final class WaiterQueue {
  private final TreeSet<Waiter> impatient = new TreeSet<>(WaiterQueue::compareDeadlines);
  private @Nullable Waiter first;
  private @Nullable Waiter last;
  private long came; // waiters ever

  private static int compareDeadlines(Waiter a, Waiter b) {
    long difference = a.deadline - b.deadline;
    return difference == 0 ? Long.compare(a.number, b.number) : Long.signum(difference);
  }

  /** The oldest; null if nobody is in line. */
  @Nullable
  Waiter first() {
    return first;
  }

  /** The future whose time is over first; null if there is none that has a deadline. */
  @Nullable
  Waiter mostImpatient() {
    return impatient.isEmpty() ? null : impatient.first();
  }

  void add(Waiter w) {
    w.before = last;
    if (last == null) {
      first = w;
    } else {
      last.behind = w;
    }
    last = w;
    w.inLine = true;
    w.number = came++;
    if (!w.isThread && !w.patient) {
      impatient.add(w);
    }
  }

  void remove(Waiter w) {
    if (w.before == null) {
      first = w.behind;
    } else {
      w.before.behind = w.behind;
    }
    if (w.behind == null) {
      last = w.before;
    } else {
      w.behind.before = w.before;
    }
    w.before = null;
    w.behind = null;
    w.inLine = false;
    impatient.remove(w);
  }
}
