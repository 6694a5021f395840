package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextTest {

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void printable_whatIsNotSeen_isEscaped() {
    assertEquals("a\u00e9\u4e2d\ud83d\ude00", Text.printable(utf8("a\u00e9\u4e2d\ud83d\ude00")));
    assertEquals("\\x1b[2J\\x00\\x7f", Text.printable(utf8("\u001b[2J\0\u007f")));
    assertEquals(
        "\\xff\\xc0\\x80a\\xe4\\xb8", Text.printable(bytes(0xff, 0xc0, 0x80, 'a', 0xe4, 0xb8)));
    assertEquals("\\xe2\\x80\\xae", Text.printable(utf8("\u202e")));
    assertEquals("\\xc2\\x9b", Text.printable(utf8("\u009b")));
    assertEquals("\ufffd", Text.printable(utf8("\ufffd")));
    assertEquals("\\xed\\xa0\\x80", Text.printable(bytes(0xed, 0xa0, 0x80)));
  }

  @Test
  void json_anyBytes_areAString() {
    assertEquals("\"a\\\"b\\\\c\"", Text.json(utf8("a\"b\\c")));
    assertEquals("\"\\u0000\\u001b\\u007f\"", Text.json(utf8("\0\u001b\u007f")));
    assertEquals("\"\ufffda\u00e9\"", Text.json(bytes(0xff, 'a', 0xc3, 0xa9)));
    assertEquals("\"a b\"", Text.json(utf8("a b")));
    assertEquals("\"a\"", Text.json(utf8("a")));
    assertEquals("\"\"", Text.json(new byte[0]));
  }

  @Test
  void json_whatATerminalObeys_isEscaped() {
    assertEquals(
        "\"\\u009b31m\\u202e\\u2028\\ue000\"", Text.json(utf8("\u009b31m\u202e\u2028\ue000")));
    assertEquals("\"\ud83d\ude00\\udb40\\udc01\"", Text.json(utf8("\ud83d\ude00\udb40\udc01")));
  }

  @Test
  void clipped_longTexts_keepTheirStartAndEnd() {
    assertEquals("abc", Text.clipped(utf8("abc"), 3));
    assertEquals(
        "a".repeat(18) + "..." + "b".repeat(9),
        Text.clipped(utf8("a".repeat(50) + "b".repeat(50)), 30));
    for (int width = 16; width < 40; width++) {
      String clipped = Text.clipped(utf8("\ud83d\ude00".repeat(99)), width);
      assertTrue(clipped.length() <= width);
      assertEquals(clipped, new String(utf8(clipped), StandardCharsets.UTF_8), "half a character");
    }
  }

  @Test
  void percent_tenths_areRounded() {
    assertEquals("10.1 %", Text.percent(1_013, 10_000));
    assertEquals("100.0 %", Text.percent(Integer.MAX_VALUE, Integer.MAX_VALUE));
    assertEquals("0.1 %", Text.percent(1, 2_000));
    assertEquals("0.0 %", Text.percent(1, 2_001));
    assertEquals("0.0 %", Text.percent(0, 0));
  }

  @Test
  void waiting_isRoundedUp() {
    assertEquals("333.334 ms", Text.waiting(333_333_334));
    assertEquals("1 ns", Text.waiting(1));
    assertEquals("0 ns", Text.waiting(0));
    assertEquals("1 s", Text.waiting(1_000_000_000));
    assertEquals("59.001 s", Text.waiting(59_000_000_001L));
    assertEquals("1 minute 1 s", Text.waiting(60_000_000_001L));
    assertEquals("1 hour", Text.waiting(3_599_999_999_999L + 1));
    assertEquals("2 days 1 hour", Text.waiting(2 * 86_400_000_000_000L + 1));
    assertEquals("never", Text.waiting(Decision.NEVER));
  }

  @Test
  void interval_isExact() {
    assertEquals("20 s", Text.interval(60_000_000_000L, 3));
    assertEquals("333333333 1/3 ns (about 333.333 ms)", Text.interval(1_000_000_000, 3));
    assertEquals("1/1000000 ns", Text.interval(1_000_000, 1_000_000_000_000L));
    assertEquals("366 days", Text.interval(366 * 86_400_000_000_000L, 1));
    assertEquals(
        "12342857142857 1/7 ns (about 3.429 hours)", Text.interval(86_400_000_000_000L, 7));
    assertEquals("1000000000 1/3 ns (about 1.000 s)", Text.interval(3_000_000_001L, 3));
  }

  @Test
  void caret_anyText_pointsAtTheColumn() {
    String line = System.lineSeparator();
    assertEquals("  10/" + line + "     ^", Text.caret("10/", 4));
    assertEquals("  a b?c" + line + "     ^", Text.caret("a\tb\u00e9c", 4));
    assertEquals("  " + line + "  ^", Text.caret("", 1));
    assertEquals("  ??" + line + "   ^", Text.caret("\ud83d\ude00", 2));
    assertEquals("  ~" + line + "  ^", Text.caret("~", 1));
    for (int column : new int[] {1, 36, 37, 500, 990, 1_025}) {
      String text = "1".repeat(column - 1) + "x" + "2".repeat(1_025 - column);
      String[] lines = Text.caret(text, column).split("\\R");
      assertEquals('x', lines[0].charAt(lines[1].indexOf('^')), "column " + column);
      assertEquals(lines[1].length() - 1, lines[1].indexOf('^'));
      String shown = lines[0].replace("  ", "").replace("...", "");
      assertEquals(72, shown.length(), "column " + column);
    }
  }
}
