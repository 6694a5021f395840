package io.limiter;

import java.util.ArrayDeque;

/**
 * How much was charged to a limiter right after each time that permits were given back. No charge of
 * before weighs more than all that was charged then: without it the limiter would have been full, and
 * what is given back to a full limiter is lost. Under the lock of the {@link Line}.
 */
final class Lows {
  /** With more, the oldest two count as one, the lesser: a charge between them may weigh too little. */
  private static final int MOST = 64;

  /** All that was charged after permits were given back for the {@code gap}th time. */
  private record Low(long gap, Receipt all) {}

  /** The oldest first; without those that a later one is no more than. */
  private final ArrayDeque<Low> lows = new ArrayDeque<>();

  /** The {@code gap}th time, at {@code nanoTime}: the word of {@code cell} was left as {@code word}. */
  void add(long gap, Cell cell, long word, long nanoTime) {
    long now = cell.span(nanoTime - cell.origin);
    long charged = Math.max(word - now, 0);
    while (!lows.isEmpty() && lows.getLast().all.weight(cell, nanoTime) >= charged) {
      lows.removeLast();
    }
    lows.addLast(new Low(gap, new Receipt(cell, now + charged, now)));
    if (lows.size() > MOST) {
      Low oldest = lows.removeFirst();
      Low second = lows.removeFirst();
      long least = Math.min(oldest.all.weight(cell, nanoTime), second.all.weight(cell, nanoTime));
      lows.addFirst(new Low(second.gap, new Receipt(cell, now + Math.max(least, 0), now)));
    }
  }

  /** Counts in {@code current} from now on: an older cell would keep all later ones alive. */
  void follow(Object current) {
    for (Low low : lows) {
      low.all.lower((Cell) current, 0);
    }
  }

  /** A charge of before all but the first {@code gaps} was taken back: then there were {@code ticks} less. */
  void lower(long gaps, Cell current, long ticks) {
    for (Low low : lows) {
      if (low.gap > gaps) {
        low.all.lower(current, ticks);
      }
    }
  }

  /** The least weight in {@code current} of those after the first {@code gaps}; 2^63 - 1 if there is none. */
  long least(long gaps, Cell current, long nanoTime) {
    long least = Long.MAX_VALUE;
    for (Low low : lows) {
      least = low.gap > gaps ? Math.min(least, low.all.weight(current, nanoTime)) : least;
    }
    return least;
  }
}
