package io.limiter.tool;

/**
 * Reads one line of a log: Common or Combined Log Format, or {@code seconds[.fraction] key
 * [permits]}. No object is made for a line; the fields hold what the last line that could be read
 * said. Any bytes are safe to pass.
 */
final class LineParser {
  static final String NOT_A_LOG_LINE =
      "neither Common or Combined Log Format nor: seconds key [permits]";
  static final String NO_TIMESTAMP = "no valid timestamp such as [17/May/2015:10:05:03 +0000]";
  static final String TOO_LONG = "the line is too long";

  private static final long MAX_BEFORE_DIGIT = 99_999_999_999_999_999L; // so at most 18 digits
  private static final int NANO_DIGITS = 9;
  private static final int TIMESTAMP_BYTES = 28; // from [ to ]
  private static final int FIELDS_BEFORE_TIMESTAMP = 3; // client, identity, user

  private long seconds; // since 1970-01-01T00:00:00Z, or since whatever the log counts from
  private int nanos; // 0..999,999,999
  private boolean calendar; // whether the time is one of the calendar
  private int keyFrom;
  private int keyTo;
  private long permits;

  private int cursor; // where a number ended
  private long number;

  /** Seconds of the event, rounded down. */
  long seconds() {
    return seconds;
  }

  /** Nanoseconds of the event within its second. */
  int nanos() {
    return nanos;
  }

  /** Whether the line gave a date; otherwise its seconds count from an origin unknown. */
  boolean calendar() {
    return calendar;
  }

  /** Where the key begins in the line's array. */
  int keyFrom() {
    return keyFrom;
  }

  /** Where the key ends in the line's array. */
  int keyTo() {
    return keyTo;
  }

  /** Permits that the event asks for: at least 1. */
  long permits() {
    return permits;
  }

  /**
   * Reads {@code line[from..to)}.
   *
   * @param cut whether the line is longer than this
   * @return null if the line was read; otherwise why not
   */
  String parse(byte[] line, int from, int to, boolean cut) {
    int start = skipBlanks(line, from, to);
    int end = skipWord(line, start, to);
    if (!cut && plain(line, start, to)) {
      return null;
    }
    int fields = 1;
    for (int i = skipBlanks(line, end, to); i < to; fields++) {
      if (line[i] == '[' && fields >= FIELDS_BEFORE_TIMESTAMP && timestamp(line, i, to)) {
        keyFrom = start;
        keyTo = end;
        permits = 1;
        return null;
      }
      i = skipBlanks(line, skipWord(line, i, to), to);
    }
    return cut ? TOO_LONG : fields > FIELDS_BEFORE_TIMESTAMP ? NO_TIMESTAMP : NOT_A_LOG_LINE;
  }

  /** {@code seconds[.fraction] key [permits]}. */
  private boolean plain(byte[] line, int start, int to) {
    boolean negative = start < to && line[start] == '-';
    if (!digits(line, negative ? start + 1 : start, to)) {
      return false;
    }
    long whole = number;
    int fraction = 0;
    if (cursor < to && line[cursor] == '.') {
      int first = cursor + 1;
      int i = first;
      while (i < to && isDigit(line[i])) {
        i++;
      }
      if (i == first) {
        return false;
      }
      for (int j = first; j < first + NANO_DIGITS; j++) {
        fraction = fraction * 10 + (j < i ? line[j] - '0' : 0);
      }
      cursor = i;
    }
    int key = skipBlanks(line, cursor, to);
    int keyEnd = skipWord(line, key, to);
    if (key == cursor || key == keyEnd) {
      return false;
    }
    long asked = 1;
    int rest = skipBlanks(line, keyEnd, to);
    if (rest < to) {
      if (!digits(line, rest, to) || number == 0 || skipBlanks(line, cursor, to) < to) {
        return false;
      }
      asked = number;
    }
    boolean borrow = negative && fraction > 0;
    seconds = borrow ? -whole - 1 : negative ? -whole : whole;
    nanos = borrow ? 1_000_000_000 - fraction : fraction;
    calendar = false;
    keyFrom = key;
    keyTo = keyEnd;
    permits = asked;
    return true;
  }

  /** {@code [17/May/2015:10:05:03 +0000]}, at {@code line[i]}. */
  private boolean timestamp(byte[] line, int i, int to) {
    if (to - i < TIMESTAMP_BYTES
        || line[i + 3] != '/'
        || line[i + 7] != '/'
        || line[i + 12] != ':'
        || line[i + 15] != ':'
        || line[i + 18] != ':'
        || line[i + 21] != ' '
        || line[i + 27] != ']') {
      return false;
    }
    int day = twoDigits(line, i + 1);
    int month = Calendar.month(line[i + 4], line[i + 5], line[i + 6]);
    int century = twoDigits(line, i + 8);
    int yearOfCentury = twoDigits(line, i + 10);
    int hour = twoDigits(line, i + 13);
    int minute = twoDigits(line, i + 16);
    int second = twoDigits(line, i + 19);
    int zoneHour = twoDigits(line, i + 23);
    int zoneMinute = twoDigits(line, i + 25);
    byte sign = line[i + 22];
    int anyNegative =
        day | month | century | yearOfCentury | hour | minute | second | zoneHour | zoneMinute;
    if (anyNegative < 0
        || hour > 23
        || minute > 59
        || second > 59
        || zoneHour > 23
        || zoneMinute > 59
        || (sign != '+' && sign != '-')) {
      return false;
    }
    int year = century * 100 + yearOfCentury;
    if (day < 1 || day > Calendar.daysOf(year, month)) {
      return false;
    }
    int zone = (zoneHour * 60 + zoneMinute) * 60;
    seconds = Calendar.epochDay(year, month, day) * Calendar.SECONDS_PER_DAY
        + (hour * 60 + minute) * 60
        + second
        - (sign == '+' ? zone : -zone);
    nanos = 0;
    calendar = true;
    return true;
  }

  /** Reads digits into {@code number} and moves the cursor behind them; false if none, or too many. */
  private boolean digits(byte[] line, int from, int to) {
    long value = 0;
    int i = from;
    for (; i < to && isDigit(line[i]); i++) {
      if (value > MAX_BEFORE_DIGIT) {
        return false;
      }
      value = value * 10 + line[i] - '0';
    }
    cursor = i;
    number = value;
    return i > from;
  }

  /** The number that two digits are, or a negative one. */
  private static int twoDigits(byte[] line, int i) {
    int tens = line[i] - '0';
    int ones = line[i + 1] - '0';
    return (tens | 9 - tens | ones | 9 - ones) < 0 ? -1 : tens * 10 + ones;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** CR is blank, so that lines that end in CR LF are read as others are. */
  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }

  private static int skipBlanks(byte[] line, int from, int to) {
    int i = from;
    while (i < to && isBlank(line[i])) {
      i++;
    }
    return i;
  }

  private static int skipWord(byte[] line, int from, int to) {
    int i = from;
    while (i < to && !isBlank(line[i])) {
      i++;
    }
    return i;
  }
}
