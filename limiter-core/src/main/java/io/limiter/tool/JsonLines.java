package io.limiter.tool;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lines of JSON objects. A field is named by its path, with dots: {@code request.remote_ip}; of an
 * array its first element counts and has the array's name. Strings are unescaped; numbers, true and
 * false are handed out as they are written, null is not handed out.
 *
 * <p>Objects and arrays may be nested {@value #MAX_DEPTH} deep. Of a line that was cut, the fields
 * before the cut are handed out.
 */
final class JsonLines implements LineScanner {
  static final String NOT_JSON = "not a JSON object";
  static final int MAX_DEPTH = 64;

  private static final int MAX_PATH = 4096; // bytes; longer names are cut
  private static final String LITERALS = "+-.eE";

  private byte[] line = {};
  private int to;
  private boolean cut;
  private FieldSink sink = NOBODY;

  private final byte[] path = new byte[MAX_PATH];
  private int pathLength;
  private byte[] scratch = new byte[256]; // strings of this line, unescaped
  private int scratchUsed;
  private int valueFrom; // of the last string, in line or in scratch
  private int valueTo;
  private boolean valueInScratch;
  private int i; // the next byte

  @Override
  public String kind() {
    return "JSON lines";
  }

  @Override
  public @Nullable String scan(byte[] bytes, int from, int end, boolean isCut, FieldSink fields) {
    line = bytes;
    to = end;
    cut = isCut;
    sink = fields;
    pathLength = 0;
    scratchUsed = 0;
    i = Bytes.skipBlanks(bytes, from, end);
    if (i == end || line[i] != '{') {
      return NOT_JSON;
    }
    boolean whole = object(0) && Bytes.skipBlanks(line, i, to) == to;
    return whole || cut && i >= to ? null : NOT_JSON;
  }

  private boolean object(int depth) {
    i++;
    int outer = pathLength;
    if (next() == '}') {
      i++;
      return true;
    }
    while (next() == '"' && string()) {
      pathLength = outer;
      appendName();
      if (next() != ':') {
        return false;
      }
      i++;
      if (!value(depth, true)) {
        return false;
      }
      pathLength = outer;
      int after = next();
      i++;
      if (after != ',') {
        return after == '}';
      }
    }
    return false;
  }

  private boolean array(int depth, boolean wanted) {
    i++;
    if (next() == ']') {
      i++;
      return true;
    }
    boolean first = wanted;
    while (value(depth, first)) {
      first = false;
      int after = next();
      i++;
      if (after != ',') {
        return after == ']';
      }
    }
    return false;
  }

  /** Reads a value, and hands it out if it is wanted. */
  private boolean value(int depth, boolean wanted) {
    int c = next();
    if (c == '{' || c == '[') {
      if (depth == MAX_DEPTH) {
        return false;
      }
      int mark = pathLength;
      FieldSink all = sink;
      sink = wanted ? all : NOBODY;
      boolean good = c == '{' ? object(depth + 1) : array(depth + 1, wanted);
      sink = all;
      pathLength = mark;
      return good;
    }
    if (c == '"') {
      if (!string()) {
        return false;
      }
      if (wanted) {
        sink.field(path, 0, pathLength, valueInScratch ? scratch : line, valueFrom, valueTo);
      }
      return true;
    }
    int from = i;
    while (i < to && isLiteral(line[i])) {
      i++;
    }
    if (i == from || i == to && cut) {
      return false;
    }
    if (wanted && !Bytes.startsWith(line, from, i, "null")) {
      sink.field(path, 0, pathLength, line, from, i);
    }
    return true;
  }

  private static final FieldSink NOBODY = (name, nameFrom, nameTo, value, from, to) -> {};

  private static boolean isLiteral(byte b) {
    return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || LITERALS.indexOf(b) >= 0;
  }

  /** The next byte that is not white space; -1 at the end. */
  private int next() {
    i = Bytes.skipBlanks(line, i, to);
    return i < to ? line[i] : -1;
  }

  private void appendName() {
    int length = valueTo - valueFrom;
    int dot = pathLength == 0 ? 0 : 1;
    int room = Math.min(length, MAX_PATH - pathLength - dot);
    if (room <= 0) {
      return;
    }
    if (dot == 1) {
      path[pathLength++] = '.';
    }
    System.arraycopy(valueInScratch ? scratch : line, valueFrom, path, pathLength, room);
    pathLength += room;
  }

  /** Reads a string; where it is without its quotes, unescaped, is then in the fields. */
  private boolean string() {
    int from = ++i;
    while (i < to && line[i] != '"') {
      if (line[i] == '\\') {
        return escaped(from);
      }
      i++;
    }
    if (i == to) {
      return false;
    }
    valueFrom = from;
    valueTo = i++;
    valueInScratch = false;
    return true;
  }

  /** The same for a string with an escape at {@code i}. */
  private boolean escaped(int from) {
    int start = scratchUsed;
    for (int j = from; j < i; j++) {
      append(line[j]);
    }
    while (i < to && line[i] != '"') {
      if (line[i] != '\\') {
        append(line[i++]);
      } else if (!escape()) {
        return false;
      }
    }
    if (i >= to) {
      i = to;
      return false;
    }
    i++;
    valueFrom = start;
    valueTo = scratchUsed;
    valueInScratch = true;
    return true;
  }

  private boolean escape() {
    if (i + 1 >= to) {
      i = to;
      return false;
    }
    byte kind = line[i + 1];
    i += 2;
    switch (kind) {
      case '"', '\\', '/' -> append(kind);
      case 'b' -> append((byte) '\b');
      case 'f' -> append((byte) '\f');
      case 'n' -> append((byte) '\n');
      case 'r' -> append((byte) '\r');
      case 't' -> append((byte) '\t');
      case 'u' -> {
        return unicode();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean unicode() {
    int unit = hex();
    if (unit < 0) {
      return false;
    }
    int codePoint = unit;
    if (Character.isHighSurrogate((char) unit) && Bytes.startsWith(line, i, to, "\\u")) {
      int mark = i;
      i += 2;
      int low = hex();
      if (low >= 0 && Character.isLowSurrogate((char) low)) {
        codePoint = Character.toCodePoint((char) unit, (char) low);
      } else {
        i = mark;
      }
    }
    for (byte b : Bytes.of(Character.toString(codePoint))) {
      append(b);
    }
    return true;
  }

  private int hex() {
    if (to - i < 4) {
      i = to;
      return -1;
    }
    int value = 0;
    for (int end = i + 4; i < end; i++) {
      int digit = Character.digit((char) (line[i] & 0x7f), 16);
      if (digit < 0 || line[i] < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private void append(byte b) {
    if (scratchUsed == scratch.length) {
      scratch = Arrays.copyOf(scratch, scratchUsed * 2); // fields handed out keep the old one
    }
    scratch[scratchUsed++] = b;
  }
}
