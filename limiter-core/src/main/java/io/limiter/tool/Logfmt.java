package io.limiter.tool;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lines of {@code name=value} with blanks between them; a value with blanks is in quotes. Words
 * without {@code =} are fields named {@code @1}, {@code @2} and so on; so is what a syslog daemon
 * writes before a line.
 */
final class Logfmt implements LineScanner {
  private static final String NOT_LOGFMT = "no name=value";
  private static final int MAX_NAME = 100; // bytes
  private static final byte[][] WORDS = {
    FieldName.of("@1"),
    FieldName.of("@2"),
    FieldName.of("@3"),
    FieldName.of("@4"),
    FieldName.of("@5")
  };

  private byte[] scratch = new byte[256]; // values of this line with their escapes resolved
  private int scratchUsed;

  @Override
  public String kind() {
    return "logfmt";
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    int words = 0;
    int pairs = 0;
    scratchUsed = 0;
    int i = Bytes.skipBlanks(line, from, to);
    while (i < to) {
      int name = i;
      while (i < to && line[i] != '=' && !Bytes.isBlank(line[i])) {
        i++;
      }
      if (i == to || line[i] != '=' || !isName(line, name, i)) {
        i = Bytes.skipWord(line, i, to);
        if (words < WORDS.length) {
          sink.field(WORDS[words++], line, name, i);
        }
      } else {
        int nameEnd = i++;
        int value = i;
        boolean quoted = i < to && line[i] == '"';
        i = quoted ? Bytes.closingQuote(line, i + 1, to) : Bytes.skipWord(line, i, to);
        if (i == to && cut) {
          break;
        }
        pairs++;
        if (quoted) {
          quoted(line, value + 1, i, name, nameEnd, sink);
          i = Math.min(i + 1, to);
        } else {
          sink.field(line, name, nameEnd, line, value, i);
        }
      }
      i = Bytes.skipBlanks(line, i, to);
    }
    return pairs > 0 ? null : cut ? TOO_LONG : NOT_LOGFMT;
  }

  /** Whether it can be a name, and is not part of a URL or of JSON. */
  private static boolean isName(byte[] line, int from, int to) {
    if (from == to || to - from > MAX_NAME) {
      return false;
    }
    for (int i = from; i < to; i++) {
      byte b = line[i];
      boolean letter = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_';
      if (!letter && (i == from || !Bytes.isDigit(b) && ".-:@#/".indexOf(b) < 0)) {
        return false;
      }
    }
    return true;
  }

  private void quoted(byte[] line, int from, int to, int name, int nameEnd, FieldSink sink) {
    if (Bytes.indexOf(line, from, to, (byte) '\\') == to) {
      sink.field(line, name, nameEnd, line, from, to);
      return;
    }
    if (scratch.length - scratchUsed < to - from) {
      scratch = Arrays.copyOf(scratch, (scratchUsed + to - from) * 2);
    }
    int start = scratchUsed;
    for (int i = from; i < to; i++) {
      if (line[i] == '\\' && i + 1 < to) {
        i++;
      }
      scratch[scratchUsed++] = line[i];
    }
    sink.field(line, name, nameEnd, scratch, start, scratchUsed);
  }
}
