package io.limiter;

import java.time.Duration;
import java.util.Objects;

/** Argument checks: one place, one form of message, {@code "permits: -3 (expected: >= 0)"}. */
final class Checks {
  /** The longest penalty or debt in ns, 287 years: readings of a clock compare by difference. */
  static final long LONGEST = Long.MAX_VALUE - (1L << 57);

  private Checks() {}

  /** Returns {@code permits}, or throws {@link IllegalArgumentException} if it is negative. */
  static long permits(long permits) {
    return atLeast("permits", permits, 0);
  }

  /** Returns {@code value}, or throws {@link IllegalArgumentException} if it is less than min. */
  static long atLeast(String name, long value, long min) {
    if (value < min) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + min + ")");
    }
    return value;
  }

  /** Returns {@code value}, or throws {@link IllegalArgumentException} if it is outside min..max. */
  static long within(String name, long value, long min, long max) {
    if (value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + ".." + max + ")");
    }
    return atLeast(name, value, min);
  }

  /** The wait in ns, at most 2^63 - 1; not positive if the caller does not want to wait. */
  static long nanos(Duration maxWait) {
    Objects.requireNonNull(maxWait, "maxWait");
    try {
      return maxWait.toNanos();
    } catch (ArithmeticException e) {
      return maxWait.isNegative() ? 0 : Long.MAX_VALUE;
    }
  }

  /** {@code a + b} of two waits in ns, saturated at {@link Decision#NEVER}. */
  static long plus(long a, long b) {
    return a > Decision.NEVER - b ? Decision.NEVER : a + b;
  }

  /** The later of two readings of one clock. */
  static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }

  /** {@code a * b} of two amounts that are not negative, saturated at 2^63 - 1. */
  static long times(long a, long b) {
    return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : Long.MAX_VALUE;
  }
}
