package io.limiter;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Objects;

/**
 * A rate {@code N/P}: N permits per period P. Both are integers (P in nanoseconds), so N/P is an exact
 * rational. Immutable. Two rates are equal if they have the same permits and the same period: {@code
 * 60/minute} and {@code 1/second} are not equal, as they have different default bursts.
 */
public final class Rate {
  /** The most permits that a rate or a burst may name: 10^12. */
  public static final long MAX_PERMITS = 1_000_000_000_000L;

  private static final long SECOND = 1_000_000_000L;

  private final long permits; // 1..MAX_PERMITS
  private final long periodNanos; // >= 1

  private Rate(long permits, long periodNanos) {
    this.permits = Checks.within("permits", permits, 1, MAX_PERMITS);
    this.periodNanos = Checks.atLeast("period", periodNanos, 1);
  }

  /**
   * {@code permits} per {@code period}.
   *
   * @throws IllegalArgumentException if permits is not in 1..10^12, or the period is less than 1 ns
   *     or more than 2^63 - 1 ns
   */
  public static Rate of(long permits, Duration period) {
    Objects.requireNonNull(period, "period");
    try {
      return new Rate(permits, period.toNanos());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("period: " + period + " (expected: <= 2^63 - 1 ns)", e);
    }
  }

  /**
   * {@code permits} per {@code periodNanos} nanoseconds.
   *
   * @throws IllegalArgumentException if permits is not in 1..10^12, or the period is less than 1
   */
  public static Rate ofNanos(long permits, long periodNanos) {
    return new Rate(permits, periodNanos);
  }

  /**
   * {@code permits} per second.
   *
   * @throws IllegalArgumentException if permits is not in 1..10^12
   */
  public static Rate perSecond(long permits) {
    return new Rate(permits, SECOND);
  }

  /**
   * {@code permits} per minute.
   *
   * @throws IllegalArgumentException if permits is not in 1..10^12
   */
  public static Rate perMinute(long permits) {
    return new Rate(permits, 60 * SECOND);
  }

  /**
   * {@code permits} per hour.
   *
   * @throws IllegalArgumentException if permits is not in 1..10^12
   */
  public static Rate perHour(long permits) {
    return new Rate(permits, 3_600 * SECOND);
  }

  /**
   * {@code permits} per day of 24 hours.
   *
   * @throws IllegalArgumentException if permits is not in 1..10^12
   */
  public static Rate perDay(long permits) {
    return new Rate(permits, 86_400 * SECOND);
  }

  /** N, the permits per period: 1 to 10^12. */
  public long permits() {
    return permits;
  }

  /** P, the period in ns: at least 1. */
  public long periodNanos() {
    return periodNanos;
  }

  /** Whether this rate is less than {@code other}: compared by the 128-bit products. */
  boolean isSlowerThan(Rate other) {
    BigInteger mine = BigInteger.valueOf(permits).multiply(BigInteger.valueOf(other.periodNanos));
    BigInteger its = BigInteger.valueOf(other.permits).multiply(BigInteger.valueOf(periodNanos));
    return mine.compareTo(its) < 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rate that && permits == that.permits && periodNanos == that.periodNanos;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(permits * 31 + periodNanos);
  }

  /** The canonical text, such as {@code 480/minute} or {@code 100/15 minutes}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(24).append(permits).append('/');
    String[] units = {"day", "hour", "minute", "second", "ms", "us", "ns"};
    long[] nanos = {86_400 * SECOND, 3_600 * SECOND, 60 * SECOND, SECOND, 1_000_000, 1_000, 1};
    int i = 0;
    while (periodNanos % nanos[i] != 0) {
      i++;
    }
    long count = periodNanos / nanos[i];
    if (count == 1) {
      return text.append(units[i]).toString();
    }
    return text.append(count)
        .append(' ')
        .append(units[i])
        .append(i < 4 ? "s" : "")
        .toString();
  }
}
