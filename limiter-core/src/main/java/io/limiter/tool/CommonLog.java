package io.limiter.tool;

import org.jspecify.annotations.Nullable;

/**
 * Common and Combined Log Format, those with a virtual host before them, and nginx's own formats
 * that have the client first: {@code client ident user [time] "request" status bytes "referer"
 * "agent" "forwarded"}. The client may be a list as X-Forwarded-For has it. The user may have blanks.
 */
final class CommonLog implements LineScanner {
  static final String NO_TIMESTAMP =
      "no valid time in brackets such as [17/May/2015:10:05:03 +0000]";

  private static final byte[] CLIENT = FieldName.of("client");
  private static final byte[] TIME = FieldName.of("time");
  private static final byte[] VHOST = FieldName.of("vhost");
  private static final byte[] USER = FieldName.of("user");
  private static final byte[] REQUEST = FieldName.of("request");
  private static final byte[] STATUS = FieldName.of("status");
  private static final byte[] SIZE = FieldName.of("bytes");

  /** The strings after the bytes. */
  private static final byte[][] STRINGS = {
    FieldName.of("referer"), FieldName.of("user_agent"), FieldName.of("x_forwarded_for")
  };

  private static final int FIELDS_BEFORE_TIME = 3; // client, identity, user
  private static final int SHORTEST_TIME = 21; // [ISO 8601], from [ to ]
  private static final int LONGEST_TIME = 48;

  private final boolean withHost;
  private final boolean withRequest;
  private final TimeParser time = new TimeParser();

  /**
   * A scanner.
   *
   * @param withHost whether the virtual host comes first
   * @param withRequest whether the fields after the time are wanted
   */
  CommonLog(boolean withHost, boolean withRequest) {
    this.withHost = withHost;
    this.withRequest = withRequest;
  }

  @Override
  public String kind() {
    return withHost ? "Combined Log Format with virtual hosts" : "Common or Combined Log Format";
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    int start = Bytes.skipBlanks(line, from, to);
    if (withHost) {
      int end = Bytes.skipWord(line, start, to);
      sink.field(VHOST, line, start, end);
      start = Bytes.skipBlanks(line, end, to);
    }
    int clientEnd = endOfList(line, start, to);
    int fields = 1;
    int userStart = clientEnd;
    int i = Bytes.skipBlanks(line, clientEnd, to);
    while (i < to) {
      if (fields >= FIELDS_BEFORE_TIME && (line[i] == '[' || Bytes.isDigit(line[i]))) {
        boolean bracket = line[i] == '[';
        int close = bracket ? timeEnd(line, i, to) : isoEnd(line, i, to);
        if (close >= 0) {
          sink.field(CLIENT, line, start, clientEnd);
          sink.field(TIME, line, bracket ? i + 1 : i, close);
          if (withRequest) {
            sink.field(USER, line, userStart, Bytes.trimEnd(line, userStart, i));
            request(line, bracket ? close + 1 : close, to, sink);
          }
          return null;
        }
      }
      i = Bytes.skipBlanks(line, Bytes.skipWord(line, i, to), to);
      fields++;
      if (fields == FIELDS_BEFORE_TIME - 1) {
        userStart = i;
      }
    }
    return cut ? TOO_LONG : NO_TIMESTAMP;
  }

  /** Whether a line looks as if the virtual host came first: what follows is no identity. */
  static boolean startsWithHost(byte[] line, int from, int to) {
    int start = Bytes.skipBlanks(line, from, to);
    int end = Bytes.skipWord(line, start, to);
    int second = Bytes.skipBlanks(line, end, to);
    int secondEnd = endOfList(line, second, to);
    int third = Bytes.skipBlanks(line, secondEnd, to);
    int thirdEnd = Bytes.skipWord(line, third, to);
    int fourth = Bytes.skipBlanks(line, thirdEnd, to);
    return end > start
        && line[end - 1] != ','
        && !isDash(line, second, secondEnd)
        && isDash(line, third, thirdEnd)
        && fourth < to
        && line[fourth] != '[';
  }

  private static boolean isDash(byte[] line, int from, int to) {
    return to - from == 1 && line[from] == '-';
  }

  /** The end of a word, or of a list of words of which each but the last ends with a comma. */
  private static int endOfList(byte[] line, int start, int to) {
    int end = Bytes.skipWord(line, start, to);
    while (end > start && line[end - 1] == ',') {
      int next = Bytes.skipBlanks(line, end, to);
      if (next == to) {
        break;
      }
      end = Bytes.skipWord(line, next, to);
    }
    return end;
  }

  /** Where the time in the brackets that open at {@code i} ends; -1 if there is none. */
  private int timeEnd(byte[] line, int i, int to) {
    int limit = Math.min(to, i + LONGEST_TIME);
    int close = i + TimeParser.COMMON_BYTES + 1;
    if (close >= limit || line[close] != ']') {
      close = Bytes.indexOf(line, i + 1, limit, (byte) ']');
    }
    if (close == limit || close - i < SHORTEST_TIME - 1) {
      return -1;
    }
    return time.parseDate(line, i + 1, close) ? close : -1;
  }

  /** Where the time of nginx's time_iso8601 at {@code i} ends; -1 if there is none. */
  private int isoEnd(byte[] line, int i, int to) {
    int end = Bytes.skipWord(line, i, Math.min(to, i + LONGEST_TIME));
    return end - i >= SHORTEST_TIME - 2 && time.parseDate(line, i, end) ? end : -1;
  }

  private static void request(byte[] line, int from, int to, FieldSink sink) {
    int i = Bytes.skipBlanks(line, from, to);
    if (i == to || line[i] != '"') {
      return;
    }
    int end = Bytes.closingQuote(line, i + 1, to);
    sink.field(REQUEST, line, i + 1, end);
    i = Bytes.skipBlanks(line, Math.min(end + 1, to), to);
    end = Bytes.skipWord(line, i, to);
    sink.field(STATUS, line, i, end);
    i = Bytes.skipBlanks(line, end, to);
    end = Bytes.skipWord(line, i, to);
    sink.field(SIZE, line, i, end);
    for (byte[] name : STRINGS) {
      i = Bytes.skipBlanks(line, end, to);
      if (i == to || line[i] != '"') {
        return;
      }
      int close = Bytes.closingQuote(line, i + 1, to);
      sink.field(name, line, i + 1, close);
      end = Math.min(close + 1, to);
    }
  }
}
