package io.limiter.tool;

/**
 * The time of a log in spans of one length: the least of 1, 2, 5... ms, s, minutes, hours or days that
 * needs no more spans than wanted. Spans begin at multiples of their length in the log's own time.
 */
final class TimeAxis {
  private static final long MS = 1_000_000;
  private static final long SECOND = 1_000 * MS;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  /** Widths that people count in, ns; beyond the last, twice as wide each time. */
  private static final long[] WIDTHS = {
    MS,
    2 * MS,
    5 * MS,
    10 * MS,
    20 * MS,
    50 * MS,
    100 * MS,
    200 * MS,
    500 * MS,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY
  };

  private final long start; // ns since the first event of the log
  private final long width; // ns
  private final int spans;
  private final LogTime time;

  private long spanStart; // of the span that was asked for last, so that most need no division
  private int span;

  private TimeAxis(long start, long width, int spans, LogTime time) {
    this.start = start;
    this.width = width;
    this.spans = spans;
    this.time = time;
    this.spanStart = start;
  }

  /** An axis for events from {@code first} to {@code last}, in ns since the first of the log. */
  static TimeAxis of(long first, long last, LogTime time, int maxSpans) {
    int i = 0;
    long width = WIDTHS[0];
    while (spans(first, last, width, time) > maxSpans) {
      i++;
      width = i < WIDTHS.length ? WIDTHS[i] : width * 2;
    }
    long start = time.floor(first, width);
    return new TimeAxis(start, width, (int) spans(first, last, width, time), time);
  }

  /** The difference is up to 2^64 ns, so it is read as unsigned. */
  private static long spans(long first, long last, long width, LogTime time) {
    return Long.divideUnsigned(last - time.floor(first, width), width) + 1;
  }

  /** The span of an event at {@code nanos} since the first of the log; the last if it is later. */
  int spanOf(long nanos) {
    long into = nanos - spanStart;
    if (into < 0 || into >= width) {
      span = (int) Math.min(Long.divideUnsigned(nanos - start, width), spans - 1);
      spanStart = start + span * width;
    }
    return span;
  }

  /** How many spans there are. */
  int spans() {
    return spans;
  }

  /** The length of a span, ns. */
  long widthNanos() {
    return width;
  }

  /** When a span begins: ns since the first event of the log. */
  long startNanos(int number) {
    return start + number * width;
  }

  /** When a span begins, as text. */
  String startText(int number) {
    return time.text(startNanos(number));
  }
}
