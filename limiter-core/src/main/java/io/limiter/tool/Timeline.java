package io.limiter.tool;

/**
 * Admitted and denied events over time, in at most {@value #MAX_SPANS} spans of one length: the
 * least of 1, 2, 5... ms, s, minutes, hours or days that is long enough. Spans begin at multiples of
 * their length in the log's own time.
 */
final class Timeline {
  static final int MAX_SPANS = 30;

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
  private final int[] admitted;
  private final int[] denied;

  private Timeline(long start, long width, int spans) {
    this.start = start;
    this.width = width;
    this.admitted = new int[spans];
    this.denied = new int[spans];
  }

  /** A timeline for events from {@code first} to {@code last}, in ns since the first of the log. */
  static Timeline of(long first, long last, LogTime time) {
    int i = 0;
    long width = WIDTHS[0];
    while (spans(first, last, width, time) > MAX_SPANS) {
      i++;
      width = i < WIDTHS.length ? WIDTHS[i] : width * 2;
    }
    long start = time.floor(first, width);
    return new Timeline(start, width, (int) spans(first, last, width, time));
  }

  /** The difference is up to 2^64 ns, so it is read as unsigned. */
  private static long spans(long first, long last, long width, LogTime time) {
    return Long.divideUnsigned(last - time.floor(first, width), width) + 1;
  }

  /** Counts an event at {@code nanos} since the first of the log. */
  void count(long nanos, boolean isAdmitted) {
    int span = (int) Long.divideUnsigned(nanos - start, width);
    if (isAdmitted) {
      admitted[span]++;
    } else {
      denied[span]++;
    }
  }

  /** How many spans there are. */
  int spans() {
    return admitted.length;
  }

  /** The length of a span, ns. */
  long widthNanos() {
    return width;
  }

  /** When a span begins: ns since the first event of the log. */
  long startNanos(int span) {
    return start + span * width;
  }

  /** The events that were admitted in a span. */
  int admitted(int span) {
    return admitted[span];
  }

  /** The events that were denied in a span. */
  int denied(int span) {
    return denied[span];
  }
}
