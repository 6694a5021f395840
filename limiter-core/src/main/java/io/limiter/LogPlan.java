package io.limiter;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a sliding log obeys besides its entries: its windows, a penalty, a line. Immutable. */
final class LogPlan {
  /** The most permits that a window may name: what one array holds. */
  static final long MAX_PERMITS = Integer.MAX_VALUE - 8;

  final int[] limits; // N_i
  final long[] periods; // P_i, ns
  final int maxLimit;
  final long maxPeriod; // ns

  /** Entries of before these times (ns since the origin) do not count in the i-th window; null: all do. */
  final long @Nullable [] since;

  final boolean held; // callers are in line
  final boolean paused; // nothing is admitted before `until`
  final long until; // ns since the origin; NEVER: for good

  private LogPlan(
      int[] limits,
      long[] periods,
      long @Nullable [] since,
      boolean held,
      boolean paused,
      long until) {
    this.limits = limits;
    this.periods = periods;
    this.maxLimit = Arrays.stream(limits).max().getAsInt();
    this.maxPeriod = Arrays.stream(periods).max().getAsLong();
    this.since = since;
    this.held = held;
    this.paused = paused;
    this.until = until;
  }

  static LogPlan of(List<Rate> windows) {
    Checks.atLeast("windows", windows.size(), 1);
    int[] limits = new int[windows.size()];
    long[] periods = new long[windows.size()];
    for (int i = 0; i < limits.length; i++) {
      Rate window = Objects.requireNonNull(windows.get(i), "window");
      limits[i] = (int) Checks.within("permits", window.permits(), 1, MAX_PERMITS);
      periods[i] = window.periodNanos();
    }
    return new LogPlan(limits, periods, null, false, false, 0);
  }

  List<Rate> windows() {
    Rate[] windows = new Rate[limits.length];
    for (int i = 0; i < windows.length; i++) {
      windows[i] = Rate.ofNanos(limits[i], periods[i]);
    }
    return List.of(windows);
  }

  /** The line and the penalty of this one with the windows of {@code other}. */
  LogPlan with(LogPlan other, long @Nullable [] since) {
    return new LogPlan(other.limits, other.periods, since, held, paused, until);
  }

  LogPlan held(boolean held) {
    return new LogPlan(limits, periods, since, held, paused, until);
  }

  LogPlan pausedUntil(long until) {
    return new LogPlan(limits, periods, since, held, true, until);
  }

  /** As new. */
  LogPlan fresh() {
    return new LogPlan(limits, periods, null, held, false, 0);
  }

  /** How long after {@code nanos} nothing is admitted, whatever the entries. */
  long pauseNanos(long nanos) {
    if (!paused || until == Decision.NEVER) {
      return paused ? Decision.NEVER : 0;
    }
    return Math.max(until - nanos, 0);
  }

  boolean isNever(long permits) {
    return paused && until == Decision.NEVER
        || Arrays.stream(limits).anyMatch(limit -> permits > limit);
  }
}
