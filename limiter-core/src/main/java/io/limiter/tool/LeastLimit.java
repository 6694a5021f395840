package io.limiter.tool;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The least N such that {@code N/P}, burst N, denies none of a client's requests: the largest of
 * {@code count(i..j) / (1 + (t_j - t_i)/P)} over all i <= j, rounded up.
 *
 * <p>The quotient is the slope of a line from the point (t_i - P, what came before i) to (t_j, what
 * came up to j). For each j the best i is on the lower convex hull of the points so far; and since N
 * only grows, what lies left of the place where a line of slope N/P touches the hull is never needed
 * again. So an event costs O(1) amortized, and memory is the hull: a few points for real logs, at most
 * about 1.5 N.
 *
 * <p>Products take up to 127 bits, so they are compared in two words.
 */
final class LeastLimit {
  private final long period; // P, ns
  private long[] times = new long[8]; // t_i of the hull, ns
  private long[] before = new long[8]; // permits before i
  private int from; // the hull is from..to
  private int to;
  private long total; // permits so far
  private long least; // N so far

  /** For limits of so many per {@code period} ns. */
  LeastLimit(long period) {
    this.period = period;
  }

  /** Begins with another client. */
  void reset() {
    from = 0;
    to = 0;
    total = 0;
    least = 1;
  }

  /** An event at {@code nanos}, not before the last one. */
  void add(long nanos, long permits) {
    push(nanos, total);
    total += permits;
    dropFront();
    while (exceeds(nanos)) {
      least = needed(nanos);
      dropFront();
    }
  }

  /** The least N for the events so far. */
  long least() {
    return least;
  }

  private void push(long nanos, long permitsBefore) {
    if (to > from && times[to - 1] == nanos) {
      return; // the point below it is the better start
    }
    while (to - from >= 2 && !turnsUp(nanos, permitsBefore)) {
      to--;
    }
    if (to == times.length) {
      int size = to - from;
      int capacity = Math.max(8, 2 * size);
      times = Arrays.copyOf(Arrays.copyOfRange(times, from, to), capacity);
      before = Arrays.copyOf(Arrays.copyOfRange(before, from, to), capacity);
      from = 0;
      to = size;
    }
    times[to] = nanos;
    before[to] = permitsBefore;
    to++;
  }

  /** Whether the slope to the new point is more than that between the last two. */
  private boolean turnsUp(long nanos, long permitsBefore) {
    return isLess(
        before[to - 1] - before[to - 2],
        nanos - times[to - 1],
        permitsBefore - before[to - 1],
        times[to - 1] - times[to - 2]);
  }

  /** Drops the first points while the slope between them is at most N/P. */
  private void dropFront() {
    while (to - from >= 2
        && !isLess(least, times[from + 1] - times[from], before[from + 1] - before[from], period)) {
      from++;
    }
  }

  /** Whether the permits since the first point are more than N/P and burst N admit. */
  private boolean exceeds(long nanos) {
    return isLess(least, period + (nanos - times[from]), total - before[from], period);
  }

  /** N from the first point, rounded up. */
  private long needed(long nanos) {
    long permits = total - before[from];
    long span = period + (nanos - times[from]);
    if (Math.multiplyHigh(permits, period) == 0 && permits * period >= 0) {
      long product = permits * period;
      return product / span + (product % span == 0 ? 0 : 1);
    }
    BigInteger[] parts = BigInteger.valueOf(permits)
        .multiply(BigInteger.valueOf(period))
        .divideAndRemainder(BigInteger.valueOf(span));
    return parts[0].longValueExact() + parts[1].signum();
  }

  /** Whether {@code a * b < c * d}; none is negative. */
  private static boolean isLess(long a, long b, long c, long d) {
    long high = Math.multiplyHigh(a, b);
    long otherHigh = Math.multiplyHigh(c, d);
    return high == otherHigh ? Long.compareUnsigned(a * b, c * d) < 0 : high < otherHigh;
  }
}
