package io.limiter.tool;

import org.jspecify.annotations.Nullable;

/**
 * {@code time key [permits]}; the time is a number or, without blanks, a date. After a date and an IP
 * address anything may follow.
 */
final class PlainLog implements LineScanner {
  private static final byte[] TIME = FieldName.of("time");
  private static final byte[] KEY = FieldName.of("client");
  private static final byte[] PERMITS = FieldName.of("permits");
  private static final String NOT_PLAIN = "not: seconds key [permits]";

  private static final int DAY_BYTES = 10; // a day alone is no time of a request

  private final TimeParser time = new TimeParser();
  private final Address address = new Address(0, 32, 128);

  @Override
  public String kind() {
    return "seconds key [permits]";
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    if (cut) {
      return TOO_LONG;
    }
    int start = Bytes.skipBlanks(line, from, to);
    int end = Bytes.skipWord(line, start, to);
    int key = Bytes.skipBlanks(line, end, to);
    int keyEnd = Bytes.skipWord(line, key, to);
    int permits = Bytes.skipBlanks(line, keyEnd, to);
    int permitsEnd = Bytes.skipWord(line, permits, to);
    boolean plain = Bytes.skipBlanks(line, permitsEnd, to) == to
        && (permits == permitsEnd || Bytes.number(line, permits, permitsEnd) > 0);
    if (key == keyEnd
        || !time.parse(line, start, end)
        || time.isDate() && end - start <= DAY_BYTES
        || !plain && !(time.isDate() && address.octets(line, key, keyEnd) > 0)) {
      return NOT_PLAIN;
    }
    sink.field(TIME, line, start, end);
    sink.field(KEY, line, key, keyEnd);
    if (plain && permits < permitsEnd) {
      sink.field(PERMITS, line, permits, permitsEnd);
    }
    return null;
  }
}
