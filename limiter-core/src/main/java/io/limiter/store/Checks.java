package io.limiter.store;

/** Argument checks, with the messages of those in {@link io.limiter}. */
final class Checks {
  private static final int LONGEST_ECHO = 60;

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

  /** A text from outside as one short line of printable ASCII. */
  static String echo(String text) {
    StringBuilder echo = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), LONGEST_ECHO); i++) {
      char c = text.charAt(i);
      echo.append(c >= 0x20 && c <= 0x7e ? c : '?');
    }
    return text.length() > LONGEST_ECHO ? echo + "..." : echo.toString();
  }
}
