package io.limiter.tool;

import java.math.BigDecimal;
import java.time.LocalDate;

/**
 * The times of a log as text: dates in UTC, or seconds if the log counts seconds. Times inside the
 * tool are ns since the first event of the log, which this record places.
 *
 * @param calendar whether the log gives dates
 * @param firstSeconds the time of the first event
 * @param firstNanos the time of the first event within its second
 */
record LogTime(boolean calendar, long firstSeconds, int firstNanos) {

  /** Such as {@code 2015-05-17 10:05:03}, with a fraction if there is one; or {@code 12.5}. */
  String text(long nanos) {
    long seconds = firstSeconds + Math.floorDiv(nanos + firstNanos, Calendar.NANOS_PER_SECOND);
    int fraction = (int) Math.floorMod(nanos + firstNanos, Calendar.NANOS_PER_SECOND);
    if (!calendar) {
      BigDecimal exact = BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(fraction, 9));
      return fraction == 0 ? Long.toString(seconds) : exact.stripTrailingZeros().toPlainString();
    }
    LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(seconds, Calendar.SECONDS_PER_DAY));
    int second = (int) Math.floorMod(seconds, Calendar.SECONDS_PER_DAY);
    StringBuilder text = new StringBuilder(32).append(day).append(' ');
    two(text, second / 3_600).append(':');
    two(text, second / 60 % 60).append(':');
    two(text, second % 60);
    if (fraction != 0) {
      String digits = Integer.toString(1_000_000_000 + fraction).substring(1);
      text.append('.').append(digits.replaceAll("(000){1,2}$", ""));
    }
    return text.toString();
  }

  private static StringBuilder two(StringBuilder text, int number) {
    return text.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }

  /** The last multiple of {@code width} ns of the log's own time that is not after {@code nanos}. */
  long floor(long nanos, long width) {
    long widthSeconds = Math.max(width / Calendar.NANOS_PER_SECOND, 1);
    long offset =
        Math.floorMod(firstSeconds, widthSeconds) * Calendar.NANOS_PER_SECOND + firstNanos;
    return Math.floorDiv(nanos + offset, width) * width - offset;
  }
}
