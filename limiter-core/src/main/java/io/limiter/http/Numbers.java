package io.limiter.http;

import java.time.Instant;
import java.util.OptionalLong;

/** Reads numbers and times as they are found in the wild. What makes no sense is empty. */
final class Numbers {
  /** Less than this is seconds from now: as a date it would be before September 2001. */
  private static final long FIRST_EPOCH_SECOND = 1_000_000_000L;

  /** Less than this is seconds since the epoch, before the year 5139; in ms, it is in 1973. */
  private static final long FIRST_EPOCH_MILLI = 100_000_000_000L;

  /** Less than this is ms since the epoch; from here on it is no time that a server would send. */
  private static final long END = 100_000_000_000_000L;

  /** The first value that is not read. */
  private static final long TOO_LARGE = 1_000_000_000_000_000L; // RFC 9651: 15 digits

  private Numbers() {}

  /** A count: digits alone, at most 15 of them that matter. */
  static OptionalLong count(String text) {
    long digits = digits(text, 0, text.length());
    return digits < 0 ? OptionalLong.empty() : OptionalLong.of(digits);
  }

  /**
   * The wait in ns that {@code text} asks for: seconds from now, seconds or milliseconds since the
   * epoch, told apart by magnitude, fractions rounded up; or a date. 0 if the time has passed.
   */
  static OptionalLong waitNanos(String text, Instant now) {
    long number = roundedUp(text);
    if (number < 0 || number >= END) {
      OptionalLong date = HttpDate.epochSecond(text, now);
      return date.isEmpty() ? date : OptionalLong.of(until(date.getAsLong(), 0, now));
    }
    if (number < FIRST_EPOCH_SECOND) {
      return OptionalLong.of(Seconds.toNanos(number));
    }
    return OptionalLong.of(
        number < FIRST_EPOCH_MILLI
            ? until(number, 0, now)
            : until(number / 1_000, (int) (number % 1_000) * 1_000_000, now));
  }

  /** From {@code now} to a time, in ns: at least 0, at most 2^63 - 1. */
  private static long until(long epochSecond, int nano, Instant now) {
    long seconds = epochSecond - now.getEpochSecond();
    int nanos = nano - now.getNano();
    if (seconds < 0 || seconds == 0 && nanos <= 0) {
      return 0;
    }
    long rest = Seconds.toNanos(seconds);
    return rest > Long.MAX_VALUE - Seconds.NANOS ? Long.MAX_VALUE : rest + nanos;
  }

  /** A whole number, or one with a fraction, rounded up; negative if it is neither. */
  private static long roundedUp(String text) {
    int point = text.indexOf('.');
    if (point < 0) {
      return digits(text, 0, text.length());
    }
    long whole = digits(text, 0, point);
    boolean fraction = point + 1 < text.length();
    boolean above = false;
    for (int i = point + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      fraction &= c >= '0' && c <= '9';
      above |= c != '0';
    }
    return whole < 0 || !fraction ? -1 : whole + (above ? 1 : 0);
  }

  /** The value of the digits from..to; negative if it is too large, or there is anything else. */
  private static long digits(String text, int from, int to) {
    long value = from < to ? 0 : -1;
    for (int i = from; i < to && value >= 0; i++) {
      char c = text.charAt(i);
      long grown = value * 10 + c - '0';
      value = c < '0' || c > '9' || grown >= TOO_LARGE ? -1 : grown;
    }
    return value;
  }
}
