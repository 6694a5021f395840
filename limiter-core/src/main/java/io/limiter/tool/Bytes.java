package io.limiter.tool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What the readers of logs ask of bytes. */
final class Bytes {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHS = 0x8080_8080_8080_8080L;

  private Bytes() {}

  /** Eight bytes as a number; the first is the lowest. */
  static long longAt(byte[] bytes, int i) {
    return (long) LONGS.get(bytes, i);
  }

  /** Four bytes as a number; the first is the lowest. */
  static int intAt(byte[] bytes, int i) {
    return (int) INTS.get(bytes, i);
  }

  /** Writes what {@link #intAt} reads. */
  static void putInt(byte[] bytes, int i, int value) {
    INTS.set(bytes, i, value);
  }

  /** Where {@code wanted} is first in {@code bytes[from..to)}; {@code to} if nowhere. */
  static int indexOf(byte[] bytes, int from, int to, byte wanted) {
    long pattern = ONES * (wanted & 0xff);
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long x = longAt(bytes, i) ^ pattern;
      long zeros = x - ONES & ~x & HIGHS; // its lowest bit that is set marks the first zero byte
      if (zeros != 0) {
        return i + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    while (i < to && bytes[i] != wanted) {
      i++;
    }
    return i;
  }

  /** Whether two stretches of {@code length} bytes are equal; quick for short ones. */
  static boolean equal(byte[] bytes, int from, byte[] other, int otherFrom, int length) {
    if (length < Long.BYTES) {
      for (int i = 0; i < length; i++) {
        if (bytes[from + i] != other[otherFrom + i]) {
          return false;
        }
      }
      return true;
    }
    int last = length - Long.BYTES; // the last eight bytes: some may be compared twice
    for (int i = 0; i < last; i += Long.BYTES) {
      if (longAt(bytes, from + i) != longAt(other, otherFrom + i)) {
        return false;
      }
    }
    return longAt(bytes, from + last) == longAt(other, otherFrom + last);
  }

  /** Whether a byte is one of 0 to 9. */
  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** CR is blank, so that lines that end in CR LF are read as others are. */
  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }

  /** The first place from {@code from} on that is not blank; {@code to} if there is none. */
  static int skipBlanks(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && isBlank(bytes[i])) {
      i++;
    }
    return i;
  }

  /** The first place from {@code from} on that is blank; {@code to} if there is none. */
  static int skipWord(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && !isBlank(bytes[i])) {
      i++;
    }
    return i;
  }

  /** Where {@code bytes[from..to)} ends without the blanks at its end. */
  static int trimEnd(byte[] bytes, int from, int to) {
    int end = to;
    while (end > from && isBlank(bytes[end - 1])) {
      end--;
    }
    return end;
  }

  /** The end of a string whose opening quote is before {@code from}: a quote after no backslash. */
  static int closingQuote(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && bytes[i] != '"') {
      i += bytes[i] == '\\' ? 2 : 1;
    }
    return Math.min(i, to);
  }

  /** Whether {@code bytes[from..to)} begins with a text in ASCII. */
  static boolean startsWith(byte[] bytes, int from, int to, String text) {
    if (to - from < text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (bytes[from + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The number that two digits are, or a negative one. */
  static int twoDigits(byte[] bytes, int i) {
    int tens = bytes[i] - '0';
    int ones = bytes[i + 1] - '0';
    return (tens | 9 - tens | ones | 9 - ones) < 0 ? -1 : tens * 10 + ones;
  }

  /** A number of at most 18 digits that is all of {@code bytes[from..to)}; -1 if it is none. */
  static long number(byte[] bytes, int from, int to) {
    long value = 0;
    if (from == to || to - from > 18) {
      return -1;
    }
    for (int i = from; i < to; i++) {
      if (!isDigit(bytes[i])) {
        return -1;
      }
      value = value * 10 + bytes[i] - '0';
    }
    return value;
  }

  /** A text as UTF-8. */
  static byte[] of(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** {@code bytes[from..to)} as UTF-8. */
  static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  /** Whether a log begins with the mark that some editors put before UTF-8. */
  static boolean startsWithByteOrderMark(byte[] bytes, int from, int to) {
    return to - from >= 3
        && bytes[from] == (byte) 0xef
        && bytes[from + 1] == (byte) 0xbb
        && bytes[from + 2] == (byte) 0xbf;
  }
}
