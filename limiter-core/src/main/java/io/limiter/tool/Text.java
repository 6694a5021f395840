package io.limiter.tool;

import io.limiter.Decision;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/** Words and numbers for people; the same in every locale. */
final class Text {
  private static final String[] UNITS = {"day", "hour", "minute", "s", "ms", "us", "ns"};
  private static final long[] UNIT_NANOS = {
    86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000, 1_000_000, 1_000, 1
  };
  private static final int PLURAL = 3; // the units before this one take an s
  private static final int CARET_WINDOW = 72; // characters of a long text that are shown

  private Text() {}

  /**
   * Bytes of a log as text that is safe to show: UTF-8 as it is; bytes that are not UTF-8, and those
   * of characters that are not seen, as {@code \xhh}, which is how web servers write them.
   */
  static String printable(byte[] bytes, int from, int to) {
    StringBuilder text = new StringBuilder(to - from);
    int i = from;
    while (i < to) {
      int length = Math.min(lengthOfCharacter(bytes[i]), to - i);
      String character = new String(bytes, i, length, StandardCharsets.UTF_8);
      if (isOneCharacter(character, bytes[i]) && isSeen(character.codePointAt(0))) {
        text.append(character);
        i += length;
      } else {
        text.append("\\x").append(hex(bytes[i] >> 4)).append(hex(bytes[i]));
        i++;
      }
    }
    return text.toString();
  }

  /** All of {@code bytes}, as above. */
  static String printable(byte[] bytes) {
    return printable(bytes, 0, bytes.length);
  }

  /**
   * The same in at most {@code width} characters; of a longer text the start and the end, with an
   * ellipsis between them.
   */
  static String clipped(byte[] bytes, int width) {
    String text = printable(bytes);
    if (text.length() <= width) {
      return text;
    }
    int end = (width - 3) / 3;
    String head = text.substring(0, width - 3 - end);
    String tail = text.substring(text.length() - end);
    return (isHalf(head, head.length() - 1) ? head.substring(0, head.length() - 1) : head)
        + "..."
        + (end > 0 && Character.isLowSurrogate(tail.charAt(0)) ? tail.substring(1) : tail);
  }

  private static boolean isHalf(String text, int i) {
    return i >= 0 && Character.isHighSurrogate(text.charAt(i));
  }

  /**
   * A JSON string, with its quotes; bytes that are not UTF-8 become U+FFFD, and what is not seen is
   * escaped, so that the text is safe to show.
   */
  static String json(byte[] bytes) {
    return json(new String(bytes, StandardCharsets.UTF_8));
  }

  /** A JSON string, with its quotes. */
  static String json(String decoded) {
    StringBuilder text = new StringBuilder(decoded.length() + 2).append('"');
    decoded.codePoints().forEach(c -> {
      if (c == '"' || c == '\\') {
        text.append('\\').appendCodePoint(c);
      } else if (isSeen(c)) {
        text.appendCodePoint(c);
      } else {
        for (char unit : Character.toChars(c)) {
          text.append("\\u");
          for (int shift = 12; shift >= 0; shift -= 4) {
            text.append(hex(unit >> shift));
          }
        }
      }
    });
    return text.append('"').toString();
  }

  /** {@code part} of {@code whole} in percent, rounded to a tenth: {@code 10.1 %}; of nothing 0. */
  static String percent(long part, long whole) {
    if (whole == 0) {
      return "0.0 %";
    }
    BigDecimal percent = BigDecimal.valueOf(part)
        .scaleByPowerOfTen(2)
        .divide(BigDecimal.valueOf(whole), 1, RoundingMode.HALF_UP);
    return percent + " %";
  }

  /** A wait, rounded up: {@code 250 ms}, {@code 3.2 s}, {@code 12 minutes 5 s}, {@code never}. */
  static String waiting(long nanos) {
    if (nanos == Decision.NEVER) {
      return "never";
    }
    int unit = 0;
    while (nanos < UNIT_NANOS[unit] && unit < UNITS.length - 1) {
      unit++;
    }
    if (unit >= PLURAL) {
      BigDecimal value = BigDecimal.valueOf(nanos)
          .divide(BigDecimal.valueOf(UNIT_NANOS[unit]), 3, RoundingMode.CEILING)
          .stripTrailingZeros();
      return value.toPlainString() + " " + UNITS[unit];
    }
    long small = UNIT_NANOS[unit + 1];
    long count = nanos / small + (nanos % small == 0 ? 0 : 1);
    long ratio = UNIT_NANOS[unit] / small;
    String large = count(count / ratio, unit);
    return count % ratio == 0 ? large : large + " " + count(count % ratio, unit + 1);
  }

  /** A length of time to the letter, in the largest unit that divides it: {@code 15 minutes}. */
  static String exact(long nanos) {
    int unit = 0;
    while (nanos % UNIT_NANOS[unit] != 0) {
      unit++;
    }
    return count(nanos / UNIT_NANOS[unit], unit);
  }

  /** {@code period / permits} to the letter: {@code 20 s}, {@code 333333333 1/3 ns (...)}. */
  static String interval(long periodNanos, long permits) {
    BigInteger p = BigInteger.valueOf(periodNanos);
    BigInteger n = BigInteger.valueOf(permits);
    BigInteger gcd = p.gcd(n);
    BigInteger[] whole = p.divideAndRemainder(n);
    if (whole[1].signum() == 0) {
      return exact(whole[0].longValueExact());
    }
    String fraction = whole[1].divide(gcd) + "/" + n.divide(gcd) + " ns";
    if (whole[0].signum() == 0) {
      return fraction;
    }
    return whole[0] + " " + fraction + " (about " + about(p, n, whole[0].longValueExact()) + ")";
  }

  private static String about(BigInteger p, BigInteger n, long nanos) {
    int unit = 0;
    while (nanos < UNIT_NANOS[unit]) {
      unit++;
    }
    BigInteger divisor = n.multiply(BigInteger.valueOf(UNIT_NANOS[unit]));
    BigDecimal value = new BigDecimal(p).divide(new BigDecimal(divisor), 3, RoundingMode.HALF_UP);
    return value.toPlainString() + " " + UNITS[unit] + (unit < PLURAL ? "s" : "");
  }

  private static String count(long count, int unit) {
    return count + " " + UNITS[unit] + (unit < PLURAL && count != 1 ? "s" : "");
  }

  /**
   * {@code text} and, below it, a caret under {@code column} (from 1): two lines. Every character
   * takes one place: what is not printable ASCII is shown as a question mark, white space as a blank.
   * Of a long text the part around the column is shown.
   */
  static String caret(String text, int column) {
    int at = column - 1;
    int from = Math.max(0, Math.min(at - CARET_WINDOW / 2, text.length() - CARET_WINDOW));
    int to = Math.min(from + CARET_WINDOW, text.length());
    String before = from > 0 ? "..." : "";
    StringBuilder lines = new StringBuilder(2 * CARET_WINDOW).append("  ").append(before);
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      boolean blank = c == '\t' || c == '\r' || c == '\n';
      lines.append(blank ? ' ' : c < ' ' || c > '~' ? '?' : c);
    }
    return lines
        .append(to < text.length() ? "..." : "")
        .append(System.lineSeparator())
        .append(" ".repeat(2 + before.length() + at - from))
        .append('^')
        .toString();
  }

  private static int lengthOfCharacter(byte first) {
    return first >= 0 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : 4;
  }

  /** Whether that is one character that was there, and not U+FFFD for bytes that are none. */
  private static boolean isOneCharacter(String decoded, byte first) {
    return decoded.codePointCount(0, decoded.length()) == 1
        && (decoded.charAt(0) != '\ufffd' || first == (byte) 0xef);
  }

  private static boolean isSeen(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED -> false;
      default -> true;
    };
  }

  private static char hex(int digit) {
    return "0123456789abcdef".charAt(digit & 0xf);
  }
}
