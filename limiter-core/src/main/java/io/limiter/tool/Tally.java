package io.limiter.tool;

import java.util.Map;
import java.util.TreeMap;

/** How often each number was seen: exact, in memory of the number of different ones. */
final class Tally {
  private static final int SMALL = 1 << 10; // numbers below have a place of their own

  private final long[] small = new long[SMALL];
  private final TreeMap<Long, Long> large = new TreeMap<>();
  private long count;

  /** Takes visits of the numbers: each once, in their order, with how often it was seen. */
  @FunctionalInterface
  interface Visitor {
    void visit(long value, long times);
  }

  /** Counts a number, at least 0. */
  void add(long value) {
    count++;
    if (value < SMALL) {
      small[(int) value]++;
    } else {
      large.merge(value, 1L, Long::sum);
    }
  }

  /** How many numbers were counted. */
  long count() {
    return count;
  }

  /** The largest number; 0 if there is none. */
  long max() {
    return count == 0 ? 0 : least(count);
  }

  /** The least number such that {@code wanted} of the numbers, at least 1, are at most that. */
  long least(long wanted) {
    long seen = 0;
    for (int i = 0; i < SMALL; i++) {
      seen += small[i];
      if (seen >= wanted) {
        return i;
      }
    }
    for (Map.Entry<Long, Long> entry : large.entrySet()) {
      seen += entry.getValue();
      if (seen >= wanted) {
        return entry.getKey();
      }
    }
    throw new IllegalArgumentException("wanted: " + wanted + " (expected: <= " + count + ")");
  }

  /** Shows the numbers. */
  void forEach(Visitor visitor) {
    for (int i = 0; i < SMALL; i++) {
      if (small[i] > 0) {
        visitor.visit(i, small[i]);
      }
    }
    large.forEach(visitor::visit);
  }
}
