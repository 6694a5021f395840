package io.limiter.tool;

/**
 * Reads a time: ISO 8601 with or without an offset (then UTC), the time of Common Log Format with or
 * without offset and fraction, or a number of seconds, ms, us or ns. No object is made for a time.
 */
final class TimeParser {
  /** The length of {@code 17/May/2015:10:05:03 +0000}. */
  static final int COMMON_BYTES = 26;

  private static final long MAX_BEFORE_DIGIT = Long.MAX_VALUE / 10 - 1;
  private static final long MAX_SECONDS = 999_999_999_999_999_999L; // so that differences fit
  private static final int NANO_DIGITS = 9;
  private static final int SECONDS_PER_DAY = 86_400;
  private static final long MS_FROM = 100_000_000_000L; // as seconds: the year 5138
  private static final long US_FROM = 100_000_000_000_000L;
  private static final long NS_FROM = 100_000_000_000_000_000L;

  private final long unitsPerSecond; // of numbers

  private long seconds;
  private int nanos; // 0..999,999,999
  private boolean date;

  private int cursor; // where a part ended
  private long whole; // the digits of a number before its point
  private int fraction; // ns

  // The day and the offset of the last time in Common Log Format, as bytes and as seconds.
  private long dayBytes;
  private int yearBytes;
  private long daySeconds;
  private int offsetBytes;
  private byte lastOffsetByte;
  private int offsetSeconds;

  // All bytes of the last time in Common Log Format with an offset, and its seconds. The last two
  // numbers share bytes; no time is equal to what they are at first.
  private long lastDay;
  private long lastHour;
  private long lastSecond = 0;
  private long lastOffset = -1;
  private long commonSeconds;

  /** Numbers are seconds. */
  TimeParser() {
    this(1);
  }

  /** Numbers count units of which a second has so many: 1, 10^3, 10^6 or 10^9. */
  TimeParser(long unitsPerSecond) {
    this.unitsPerSecond = unitsPerSecond;
  }

  /** Seconds since 1970-01-01T00:00:00Z, rounded down; or since whatever the log counts from. */
  long seconds() {
    return seconds;
  }

  /** Nanoseconds of the time within its second. */
  int nanos() {
    return nanos;
  }

  /** Whether the time was a date, not a number. */
  boolean isDate() {
    return date;
  }

  /** Reads {@code bytes[from..to)}: a number or a date. False if it is neither. */
  boolean parse(byte[] bytes, int from, int to) {
    return parseDate(bytes, from, to) || parseNumber(bytes, from, to);
  }

  /** How many of its units make a second, by the magnitude of a number; 0 if it is none. */
  static long unitsPerSecond(byte[] bytes, int from, int to) {
    TimeParser parser = new TimeParser(1_000_000_000);
    if (!parser.parseNumber(bytes, from, to)) {
      return 0;
    }
    long whole = parser.whole;
    return whole < MS_FROM
        ? 1
        : whole < US_FROM ? 1_000 : whole < NS_FROM ? 1_000_000 : 1_000_000_000;
  }

  /** {@code [-]digits[.digits]}. */
  boolean parseNumber(byte[] bytes, int from, int to) {
    boolean negative = from < to && bytes[from] == '-';
    int i = negative ? from + 1 : from;
    int first = i;
    whole = 0;
    for (; i < to && Bytes.isDigit(bytes[i]); i++) {
      if (whole > MAX_BEFORE_DIGIT) {
        return false;
      }
      whole = whole * 10 + bytes[i] - '0';
    }
    cursor = i;
    if (i == first || !fraction(bytes, to) || cursor != to) {
      return false;
    }
    long parts = whole % unitsPerSecond * (Calendar.NANOS_PER_SECOND / unitsPerSecond)
        + fraction / unitsPerSecond;
    long value = whole / unitsPerSecond;
    if (value > MAX_SECONDS) {
      return false;
    }
    boolean borrow = negative && parts > 0;
    seconds = borrow ? -value - 1 : negative ? -value : value;
    nanos = (int) (borrow ? Calendar.NANOS_PER_SECOND - parts : parts);
    date = false;
    return true;
  }

  /** A date in one of the two forms. */
  boolean parseDate(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length == COMMON_BYTES && common(bytes, from)) {
      return true;
    }
    if (length < 10) {
      return false;
    }
    return bytes[from + 4] == '-'
        ? iso(bytes, from, to)
        : bytes[from + 2] == '/' && shortCommon(bytes, from, to);
  }

  /**
   * {@code 17/May/2015:10:05:03 +0000}: the form that is most frequent, so the quickest. Often it is
   * the time of the line before, and then its bytes say so: those of the day, the hour, the second and
   * the offset.
   */
  private boolean common(byte[] bytes, int i) {
    long day = Bytes.longAt(bytes, i);
    long hour = Bytes.longAt(bytes, i + 8);
    long second = Bytes.longAt(bytes, i + 16);
    long offset = Bytes.longAt(bytes, i + COMMON_BYTES - Long.BYTES);
    if (day == lastDay && hour == lastHour && second == lastSecond && offset == lastOffset) {
      done(commonSeconds, 0);
      return true;
    }
    if (bytes[i + 11] != ':' || bytes[i + 20] != ' ' || !day(bytes, i) || !offset(bytes, i + 21)) {
      return false;
    }
    int time = timeOfDay(bytes, i + 12);
    if (time < 0) {
      return false;
    }
    lastDay = day;
    lastHour = hour;
    lastSecond = second;
    lastOffset = offset;
    commonSeconds = daySeconds + time - offsetSeconds;
    done(commonSeconds, 0);
    return true;
  }

  /** {@code 06/Feb/2009:12:14:14[.655][ +0000]}. */
  private boolean shortCommon(byte[] bytes, int from, int to) {
    if (to - from < 20 || bytes[from + 11] != ':' || !day(bytes, from)) {
      return false;
    }
    int time = timeOfDay(bytes, from + 12);
    cursor = from + 20;
    if (time < 0 || !fraction(bytes, to)) {
      return false;
    }
    int zone = 0;
    if (cursor < to) {
      if (to - cursor != 6 || bytes[cursor] != ' ' || !offset(bytes, cursor + 1)) {
        return false;
      }
      zone = offsetSeconds;
    }
    done(daySeconds + time - zone, fraction);
    return true;
  }

  /** {@code 17/May/2015}. */
  private boolean day(byte[] bytes, int i) {
    long first = Bytes.longAt(bytes, i);
    int year = Bytes.intAt(bytes, i + 7);
    if (first == dayBytes && year == yearBytes) {
      return true;
    }
    int dayOfMonth = Bytes.twoDigits(bytes, i);
    int month = Calendar.month(bytes[i + 3], bytes[i + 4], bytes[i + 5]);
    if (bytes[i + 2] != '/'
        || bytes[i + 6] != '/'
        || !setDay(
            Bytes.twoDigits(bytes, i + 7), Bytes.twoDigits(bytes, i + 9), month, dayOfMonth)) {
      return false;
    }
    dayBytes = first;
    yearBytes = year;
    return true;
  }

  private boolean setDay(int century, int yearOfCentury, int month, int dayOfMonth) {
    dayBytes = 0; // no day has that
    if ((century | yearOfCentury) < 0 || month < 1 || month > 12 || dayOfMonth < 1) {
      return false;
    }
    int year = century * 100 + yearOfCentury;
    if (dayOfMonth > Calendar.daysOf(year, month)) {
      return false;
    }
    daySeconds = Calendar.epochDay(year, month, dayOfMonth) * SECONDS_PER_DAY;
    return true;
  }

  /** {@code 10:05:03} in seconds; -1 if it is none. */
  private static int timeOfDay(byte[] bytes, int i) {
    int hour = Bytes.twoDigits(bytes, i);
    int minute = Bytes.twoDigits(bytes, i + 3);
    int second = Bytes.twoDigits(bytes, i + 6);
    if ((hour | minute | second) < 0
        || hour > 23
        || minute > 59
        || second > 59
        || bytes[i + 2] != ':'
        || bytes[i + 5] != ':') {
      return -1;
    }
    return (hour * 60 + minute) * 60 + second;
  }

  /** {@code +0000}. */
  private boolean offset(byte[] bytes, int i) {
    int four = Bytes.intAt(bytes, i);
    if (four == offsetBytes && bytes[i + 4] == lastOffsetByte) {
      return true;
    }
    if (!setOffset(bytes[i], Bytes.twoDigits(bytes, i + 1), Bytes.twoDigits(bytes, i + 3))) {
      return false;
    }
    offsetBytes = four;
    lastOffsetByte = bytes[i + 4];
    return true;
  }

  private boolean setOffset(byte sign, int hours, int minutes) {
    offsetBytes = 0; // no offset has that
    if ((hours | minutes) < 0 || hours > 23 || minutes > 59 || sign != '+' && sign != '-') {
      return false;
    }
    int size = (hours * 60 + minutes) * 60;
    offsetSeconds = sign == '+' ? size : -size;
    return true;
  }

  /** {@code 2015-05-17[T10:05[:03[.5]][Z|+00:00]]}. */
  private boolean iso(byte[] bytes, int from, int to) {
    int month = Bytes.twoDigits(bytes, from + 5);
    int dayOfMonth = Bytes.twoDigits(bytes, from + 8);
    if (bytes[from + 7] != '-'
        || !setDay(
            Bytes.twoDigits(bytes, from), Bytes.twoDigits(bytes, from + 2), month, dayOfMonth)) {
      return false;
    }
    int i = from + 10;
    int time = 0;
    fraction = 0;
    if (i < to) {
      if (to - i < 6 || bytes[i] != 'T' && bytes[i] != 't' && bytes[i] != ' ') {
        return false;
      }
      i++;
      int hour = Bytes.twoDigits(bytes, i);
      int minute = Bytes.twoDigits(bytes, i + 3);
      if (bytes[i + 2] != ':' || (hour | minute) < 0 || hour > 23 || minute > 59) {
        return false;
      }
      time = (hour * 60 + minute) * 60;
      i += 5;
      if (to - i >= 3 && bytes[i] == ':') {
        int second = Bytes.twoDigits(bytes, i + 1);
        if (second < 0 || second > 59) {
          return false;
        }
        time += second;
        cursor = i + 3;
        if (!fraction(bytes, to)) {
          return false;
        }
        i = cursor;
      }
    }
    if (!zone(bytes, i, to)) {
      return false;
    }
    done(daySeconds + time - offsetSeconds, fraction);
    return true;
  }

  /** Nothing, {@code Z}, {@code UTC}, {@code +hh}, {@code +hhmm} or {@code +hh:mm}; a blank before. */
  private boolean zone(byte[] bytes, int from, int to) {
    int i = from < to && bytes[from] == ' ' ? from + 1 : from;
    int length = to - i;
    if (length == 0 && i == from
        || length == 1 && (bytes[i] == 'Z' || bytes[i] == 'z')
        || length == 3 && Bytes.startsWith(bytes, i, to, "UTC")) {
      offsetBytes = 0;
      offsetSeconds = 0;
      return true;
    }
    boolean colon = length == 6 && bytes[i + 3] == ':';
    if (length != 3 && length != 5 && !colon) {
      return false;
    }
    int minutes = length == 3 ? 0 : Bytes.twoDigits(bytes, colon ? i + 4 : i + 3);
    return setOffset(bytes[i], Bytes.twoDigits(bytes, i + 1), minutes);
  }

  /** A fraction at the cursor, if there is one; moves the cursor behind it. */
  private boolean fraction(byte[] bytes, int to) {
    fraction = 0;
    if (cursor == to || bytes[cursor] != '.' && bytes[cursor] != ',') {
      return true;
    }
    int first = cursor + 1;
    int i = first;
    while (i < to && Bytes.isDigit(bytes[i])) {
      i++;
    }
    for (int j = first; j < first + NANO_DIGITS; j++) {
      fraction = fraction * 10 + (j < i ? bytes[j] - '0' : 0);
    }
    cursor = i;
    return i > first;
  }

  private void done(long atSeconds, int atNanos) {
    seconds = atSeconds;
    nanos = atNanos;
    date = true;
  }
}
