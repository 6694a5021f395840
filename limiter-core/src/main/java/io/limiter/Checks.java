package io.limiter;

import java.time.Duration;
import java.util.Objects;

/** Argument checks: one place, one form of message, {@code "permits: -3 (expected: >= 0)"}. */
final class Checks {
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
}
