package io.limiter.keyed;

/** Argument checks, with the messages of those in {@link io.limiter}. */
final class Checks {
  private Checks() {}

  /** Returns {@code permits}, or throws {@link IllegalArgumentException} if it is negative. */
  static long permits(long permits) {
    if (permits < 0) {
      throw new IllegalArgumentException("permits: " + permits + " (expected: >= 0)");
    }
    return permits;
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
