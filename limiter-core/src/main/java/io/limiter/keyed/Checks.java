package io.limiter.keyed;

import java.time.Duration;
import java.util.Objects;

/** Argument checks, with the messages of those in {@link io.limiter}. */
final class Checks {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

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

  /** A span in ns, at most {@link Long#MAX_VALUE}; 0 if it is not positive. */
  static long nanos(String name, Duration span) {
    if (Objects.requireNonNull(span, name).isNegative()) {
      return 0;
    }
    return span.compareTo(LONGEST) < 0 ? span.toNanos() : Long.MAX_VALUE;
  }

  /** Returns {@code value}, or throws {@link IllegalArgumentException} if it is outside min..max. */
  static long within(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + ".." + max + ")");
    }
    return value;
  }
}
