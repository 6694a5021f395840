package io.limiter.http;

import java.time.Instant;

/** The format of {@code X-RateLimit-Reset}, which no standard defines. All forms round up. */
public enum ResetFormat {
  /** Seconds since 1970-01-01T00:00:00Z, such as {@code 1704225600}. */
  EPOCH_SECONDS,
  /** Seconds from now, such as {@code 13}. Needs no agreement between clocks. */
  DELTA_SECONDS,
  /** Milliseconds since 1970-01-01T00:00:00Z, such as {@code 1704225600000}. */
  EPOCH_MILLIS;

  private static final Instant FIRST = Instant.EPOCH;
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");
  private static final int NANOS_PER_MILLI = 1_000_000;

  /**
   * Refuses a time that has no common form.
   *
   * @throws IllegalArgumentException if now is not in the years 1970 to 9999
   */
  static void check(Instant now) {
    if (now.isBefore(FIRST) || now.isAfter(LAST)) {
      throw new IllegalArgumentException(
          "now: " + now + " (expected: " + FIRST + ".." + LAST + ")");
    }
  }

  /** The value for {@code resetAfterNanos >= 0} after {@code now}, which was checked. */
  long value(long resetAfterNanos, Instant now) {
    if (this == DELTA_SECONDS) {
      return Seconds.ceil(resetAfterNanos);
    }
    long second = now.getEpochSecond() + resetAfterNanos / Seconds.NANOS;
    long nanos = now.getNano() + resetAfterNanos % Seconds.NANOS; // less than two seconds
    return this == EPOCH_SECONDS
        ? second + Seconds.ceil(nanos)
        : second * 1_000 + (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
  }
}
