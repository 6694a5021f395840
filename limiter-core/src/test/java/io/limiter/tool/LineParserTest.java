package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineParserTest {
  private static final String AT = "[17/May/2015:10:05:03 +0000]";
  private static final long SECONDS = 1_431_857_103;

  private final LineParser parser = new LineParser();
  private byte[] bytes;

  private String parse(String line) {
    bytes = line.getBytes(StandardCharsets.UTF_8);
    return parser.parse(bytes, 0, bytes.length, false);
  }

  private void assertRead(long seconds, int nanos, String key, long permits, String line) {
    assertNull(parse(line), line);
    assertEquals(seconds, parser.seconds(), line);
    assertEquals(nanos, parser.nanos(), line);
    String read = new String(
        bytes, parser.keyFrom(), parser.keyTo() - parser.keyFrom(), StandardCharsets.UTF_8);
    assertEquals(key, read, line);
    assertEquals(permits, parser.permits(), line);
  }

  private void assertNotRead(String reason, String line) {
    assertEquals(reason, parse(line), line);
  }

  @Test
  void parse_commonAndCombined_areRead() {
    assertRead(SECONDS, 0, "192.0.2.1", 1, "192.0.2.1 - - " + AT + " \"GET / HTTP/1.1\" 200 5");
    assertRead(
        SECONDS,
        0,
        "2001:db8::1",
        1,
        "2001:db8::1 - ann " + AT + " \"GET / HTTP/1.1\" 200 - \"-\" \"x [y] z\"\r");
    assertRead(SECONDS, 0, "[::1]", 1, "[::1] - - " + AT);
    assertRead(SECONDS, 0, "192.0.2.1", 1, "192.0.2.1 - ann lee " + AT + " \"\" 200 0");
    assertRead(SECONDS, 0, "17", 1, "17 - - " + AT + " \"a client that is a number\"");
  }

  @Test
  void parse_offsets_areSubtracted() {
    assertRead(SECONDS + 25_200, 0, "a", 1, "a - - [17/May/2015:10:05:03 -0700]");
    assertRead(SECONDS - 20_700, 0, "a", 1, "a - - [17/May/2015:10:05:03 +0545]");
    assertRead(-1, 0, "a", 1, "a - - [31/Dec/1969:23:59:59 +0000]");
    assertRead(951_782_400, 0, "a", 1, "a - - [29/Feb/2000:00:00:00 +0000]");
    assertRead(4_107_542_400L, 0, "a", 1, "a - - [01/Mar/2100:00:00:00 +0000]");
  }

  @Test
  void parse_seconds_areRead() {
    assertRead(12, 0, "a", 1, "12 a");
    assertRead(12, 500_000_000, "a", 7, "12.5 a 7");
    assertRead(12, 123_456_789, "a", 1, "12.1234567899 a");
    assertRead(-1, 750_000_000, "a", 1, "-0.25 a");
    assertRead(-3, 0, "a", 1, "-3.0 a");
    assertRead(0, 0, "-5", 2, "  0\t-5   2 \r");
    assertRead(999_999_999_999_999_999L, 0, "a", 1, "999999999999999999 a 1");
  }

  @Test
  void parse_datesThatAreNone_areNotRead() {
    for (String bad : new String[] {
      "[29/Feb/2015:10:05:03 +0000]",
      "[29/Feb/1900:10:05:03 +0000]",
      "[31/Apr/2015:10:05:03 +0000]",
      "[00/May/2015:10:05:03 +0000]",
      "[32/May/2015:10:05:03 +0000]",
      "[17/may/2015:10:05:03 +0000]",
      "[17/Mai/2015:10:05:03 +0000]",
      "[17/May/2015:24:05:03 +0000]",
      "[17/May/2015:10:60:03 +0000]",
      "[17/May/2015:10:05:60 +0000]",
      "[17/May/2015:10:05:03 +2400]",
      "[17/May/2015:10:05:03 +0060]",
      "[17/May/2015:10:05:03 00000]",
      "[1a/May/2015:10:05:03 +0000]",
      "[17/May/2015:10:05:03 +0000",
      "[7/May/2015:10:05:03 +0000]"
    }) {
      assertNotRead(LineParser.NO_TIMESTAMP, "192.0.2.1 - - " + bad + " \"GET /\" 200 5");
    }
  }

  @Test
  void parse_otherLines_areNotRead() {
    for (String bad : new String[] {
      "",
      " ",
      "a",
      "12",
      "12 ",
      "12. a",
      ".5 a",
      "+5 a",
      "- a",
      "12 a 0",
      "12 a -1",
      "12 a 1.5",
      "12a b",
      "1e3 a",
      "12 a 1 b",
      "1000000000000000000 a",
      "12 a 1000000000000000000",
      "#Version: 1.0",
      "\u0661 a",
      AT + " a"
    }) {
      assertEquals(
          bad.equals("12 a 1 b") ? LineParser.NO_TIMESTAMP : LineParser.NOT_A_LOG_LINE,
          parse(bad),
          bad);
    }
  }

  @Test
  void parse_lineThatIsCut_needsItsTimestamp() {
    byte[] combined = ("a - - " + AT + " \"GET /").getBytes(StandardCharsets.UTF_8);
    assertNull(parser.parse(combined, 0, combined.length, true));
    byte[] plain = "12 a 3".getBytes(StandardCharsets.UTF_8);
    assertEquals(LineParser.TOO_LONG, parser.parse(plain, 0, plain.length, true));
  }

  @Test
  void parse_latestTimeOfTheDay_isRead() {
    assertRead(951_868_799, 0, "a", 1, "a - - [29/Feb/2000:23:59:59 +0000]");
    assertRead(951_868_799 - 86_340, 0, "a", 1, "a - - [29/Feb/2000:23:59:59 +2359]");
  }

  @Test
  void parse_charactersBesideTheDigits_areNone() {
    String good = "a - - " + AT;
    for (int i = good.indexOf('['); i < good.length(); i++) {
      if (Character.isDigit(good.charAt(i))) {
        for (char none : new char[] {'0' - 1, '9' + 1}) {
          assertNotRead(
              LineParser.NO_TIMESTAMP, good.substring(0, i) + none + good.substring(i + 1));
        }
      }
    }
  }

  @Test
  void parse_lineThatEndsEarly_isNotReadBeyond() {
    for (String line : new String[] {"a - - " + AT, "12.5 a 7"}) {
      for (int to = 0; to < line.length(); to++) {
        String start = line.substring(0, to);
        assertEquals(parse(start + " "), parse(start), start); // the array ends there, too
      }
    }
  }

  @Test
  void parse_tooManyDigits_areNotThoseOfTheLineBefore() {
    assertRead(1, 0, "a", 1, "0".repeat(19) + "1 a");
    assertNotRead(LineParser.NOT_A_LOG_LINE, "1".repeat(20) + " a");
  }
}
