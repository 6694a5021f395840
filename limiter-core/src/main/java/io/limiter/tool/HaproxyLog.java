package io.limiter.tool;

import org.jspecify.annotations.Nullable;

/**
 * HAProxy's HTTP and TCP logs, with or without what a syslog daemon writes before them: {@code
 * client:port [06/Feb/2009:12:14:14.655] frontend backend/server timers status ... "request"}. Their
 * times have no offset, so they are read as UTC.
 */
final class HaproxyLog implements LineScanner {
  private static final byte[] CLIENT = FieldName.of("client");
  private static final byte[] TIME = FieldName.of("time");
  private static final byte[] FRONTEND = FieldName.of("frontend");
  private static final byte[] BACKEND = FieldName.of("backend");
  private static final byte[] STATUS = FieldName.of("status");
  private static final byte[] REQUEST = FieldName.of("request");
  private static final int TIME_BYTES = 24; // 06/Feb/2009:12:14:14.655

  private final TimeParser time = new TimeParser();

  @Override
  public String kind() {
    return "HAProxy log";
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    int client = from;
    int clientEnd = from;
    int i = Bytes.skipBlanks(line, from, to);
    while (i < to) {
      int end = Bytes.skipWord(line, i, to);
      if (line[i] == '['
          && end - i == TIME_BYTES + 2
          && line[end - 1] == ']'
          && client < clientEnd
          && Bytes.indexOf(line, client, clientEnd, (byte) ':') < clientEnd
          && time.parseDate(line, i + 1, end - 1)) {
        sink.field(CLIENT, line, client, clientEnd);
        sink.field(TIME, line, i + 1, end - 1);
        rest(line, end, to, sink);
        return null;
      }
      client = i;
      clientEnd = end;
      i = Bytes.skipBlanks(line, end, to);
    }
    return cut ? TOO_LONG : "not a line of HAProxy: no client:port [06/Feb/2009:12:14:14.655]";
  }

  private static void rest(byte[] line, int from, int to, FieldSink sink) {
    byte[][] names = {FRONTEND, BACKEND, null, STATUS}; // the third is the timers
    int i = Bytes.skipBlanks(line, from, to);
    for (byte[] name : names) {
      int end = Bytes.skipWord(line, i, to);
      if (name != null) {
        sink.field(name, line, i, end);
      }
      i = Bytes.skipBlanks(line, end, to);
    }
    int quote = Bytes.indexOf(line, i, to, (byte) '"');
    if (quote < to) {
      sink.field(REQUEST, line, quote + 1, Bytes.closingQuote(line, quote + 1, to));
    }
  }
}
