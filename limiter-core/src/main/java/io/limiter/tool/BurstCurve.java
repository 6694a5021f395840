package io.limiter.tool;

import io.limiter.Rate;
import java.util.ArrayList;
import java.util.List;

/**
 * For each of a ladder of rates the least burst that denies none of a client's requests: the largest
 * backlog that the client ever had. The curve of rate against burst.
 */
final class BurstCurve {
  /** A rate; its permits take a whole number of ns each. */
  record Step(Rate rate, long nanosPerPermit) {
    private static Step of(long permits, long periodNanos) {
      return new Step(Rate.ofNanos(permits, periodNanos), periodNanos / permits);
    }
  }

  /** The burst of a rate that no backlog of which is counted: it would take half of 292 years. */
  static final long UNKNOWN = Long.MAX_VALUE;

  private static final long CAP = 1L << 61; // ns
  private static final long SECOND = Calendar.NANOS_PER_SECOND;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;

  /** The rates, the slowest first. */
  static final List<Step> LADDER = ladder();

  private final long[] interval = new long[LADDER.size()]; // ns per permit
  private final long[] backlog = new long[LADDER.size()]; // ns
  private final long[] largest = new long[LADDER.size()]; // ns
  private long last; // ns

  BurstCurve() {
    for (int i = 0; i < interval.length; i++) {
      interval[i] = LADDER.get(i).nanosPerPermit();
    }
  }

  private static List<Step> ladder() {
    List<Step> steps = new ArrayList<>();
    for (long n : new long[] {1, 2, 5, 10, 20, 30}) {
      steps.add(Step.of(n, HOUR));
    }
    for (long n : new long[] {1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 300, 600}) {
      steps.add(Step.of(n, MINUTE));
    }
    for (long n : new long[] {20, 50, 100, 200, 500, 1_000}) {
      steps.add(Step.of(n, SECOND));
    }
    return List.copyOf(steps);
  }

  /** Begins with another client. */
  void reset() {
    for (int i = 0; i < backlog.length; i++) {
      backlog[i] = 0;
      largest[i] = 0;
    }
    last = Long.MIN_VALUE;
  }

  /** An event at {@code nanos}, not before the last one. */
  void add(long nanos, long permits) {
    long passed = last == Long.MIN_VALUE ? 0 : nanos - last;
    last = nanos;
    for (int i = 0; i < interval.length; i++) {
      long charge = permits == 1 ? interval[i] : charge(interval[i], permits);
      long now = Math.min(Math.max(backlog[i] - passed, 0) + charge, CAP);
      backlog[i] = now;
      largest[i] = Math.max(largest[i], now);
    }
  }

  private static long charge(long interval, long permits) {
    return permits > CAP / interval ? CAP : permits * interval;
  }

  /** The least burst at a rate, for the events so far; {@link #UNKNOWN} if it is not known. */
  long burst(int step) {
    long t = interval[step];
    return largest[step] == CAP ? UNKNOWN : largest[step] / t + (largest[step] % t == 0 ? 0 : 1);
  }
}
