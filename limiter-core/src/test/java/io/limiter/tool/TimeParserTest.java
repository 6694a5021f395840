package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TimeParserTest {
  private static final long AT = 1_431_857_103; // 2015-05-17T10:05:03Z

  private static TimeParser parsed(long unitsPerSecond, String text) {
    TimeParser parser = new TimeParser(unitsPerSecond);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertTrue(parser.parse(bytes, 0, bytes.length), text);
    return parser;
  }

  private static void assertTime(long seconds, int nanos, String text) {
    TimeParser parser = parsed(1, text);
    assertEquals(seconds, parser.seconds(), text);
    assertEquals(nanos, parser.nanos(), text);
  }

  private static void assertNone(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertFalse(new TimeParser().parse(bytes, 0, bytes.length), text);
  }

  @Test
  void common_offsets_areSubtracted() {
    assertTime(AT, 0, "17/May/2015:10:05:03 +0000");
    assertTime(AT + 25_200, 0, "17/May/2015:10:05:03 -0700");
    assertTime(AT - 20_700, 0, "17/May/2015:10:05:03 +0545");
    assertTime(-1, 0, "31/Dec/1969:23:59:59 +0000");
    assertTime(951_782_400, 0, "29/Feb/2000:00:00:00 +0000");
    assertTime(951_868_799 - 86_340, 0, "29/Feb/2000:23:59:59 +2359");
  }

  @Test
  void common_withoutOffset_isUtc() {
    assertTime(AT, 655_000_000, "17/May/2015:10:05:03.655");
    assertTime(AT, 0, "17/May/2015:10:05:03");
    assertTime(AT - 3_600, 655_000_000, "17/May/2015:10:05:03.655 +0100");
  }

  @Test
  void iso_allForms_areRead() {
    for (String text : new String[] {
      "2015-05-17T10:05:03Z",
      "2015-05-17t10:05:03z",
      "2015-05-17 10:05:03",
      "2015-05-17T10:05:03",
      "2015-05-17 10:05:03 UTC",
      "2015-05-17T12:05:03+02:00",
      "2015-05-17T12:05:03+0200",
      "2015-05-17T12:05:03+02",
      "2015-05-17 05:05:03 -0500"
    }) {
      assertTime(AT, 0, text);
    }
    assertTime(AT, 120_000_000, "2015-05-17T10:05:03.12Z");
    assertTime(AT, 123_456_789, "2015-05-17T10:05:03,1234567899Z");
    assertTime(AT - 3, 0, "2015-05-17T10:05");
    assertTime(AT - 3 - 36_300, 0, "2015-05-17");
  }

  @Test
  void numbers_byUnit_areRead() {
    assertTime(12, 500_000_000, "12.5");
    assertTime(-1, 750_000_000, "-0.25");
    assertTime(-3, 0, "-3.0");
    assertTime(999_999_999_999_999_999L, 0, "999999999999999999");
    long[] units = {1, 1_000, 1_000_000, 1_000_000_000};
    String[] numbers = {
      "1431857103.25", "1431857103250", "1431857103250000.0", "1431857103250000000"
    };
    for (int i = 0; i < units.length; i++) {
      byte[] bytes = numbers[i].getBytes(StandardCharsets.UTF_8);
      assertEquals(units[i], TimeParser.unitsPerSecond(bytes, 0, bytes.length), numbers[i]);
      TimeParser parser = parsed(units[i], numbers[i]);
      assertEquals(AT, parser.seconds(), numbers[i]);
      assertEquals(250_000_000, parser.nanos(), numbers[i]);
    }
    assertEquals(999_999_999, parsed(1_000, "-0.000001").nanos());
    assertEquals(0, TimeParser.unitsPerSecond(new byte[] {'x'}, 0, 1));
  }

  @Test
  void texts_thatAreNoTimes_areRefused() {
    for (String text : new String[] {
      "",
      "-",
      ".5",
      "5.",
      "1e3",
      "+5",
      "12a",
      "1000000000000000000",
      "\u0661",
      "x",
      "29/Feb/2015:10:05:03 +0000",
      "31/Apr/2015:10:05:03 +0000",
      "00/May/2015:10:05:03 +0000",
      "17/may/2015:10:05:03 +0000",
      "17/Mai/2015:10:05:03 +0000",
      "17/May/2015:24:05:03 +0000",
      "17/May/2015:10:60:03 +0000",
      "17/May/2015:10:05:60 +0000",
      "17/May/2015:10:05:03 +2400",
      "17/May/2015:10:05:03 +0060",
      "17/May/2015:10:05:03 00000",
      "7/May/2015:10:05:03 +0000",
      "17/May/2015:10:05:03 +000",
      "17/May/2015 10:05:03 +0000",
      "17-May-2015:10:05:03 +0000",
      "2015-02-29",
      "2015-13-01",
      "2015-00-01",
      "2015-05-17T",
      "2015-05-17T10",
      "2015-05-17T10:60",
      "2015-05-17T24:00:00Z",
      "2015-05-17T10:05:61Z",
      "2015-05-17T10:05:03X",
      "2015-05-17X10:05:03",
      "2015-05-17T10:05:03+25:00",
      "2015-05-17T10:05:03.Z",
      "2015-05-17T10:05:03 ",
      "2015/05/17"
    }) {
      assertNone(text);
    }
  }

  /** What was remembered of one time must not be taken for another. */
  @Test
  void times_oneAfterTheOther_areReadAsIfAlone() {
    TimeParser parser = new TimeParser();
    String[] texts = {
      "17/May/2015:10:05:03 +0000", "18/May/2015:10:05:03 +0000", "18/Mai/2015:10:05:03 +0000",
      "18/May/2015:10:05:03 +0000", "18/May/2016:10:05:03 -0100", "18/May/2016:10:05:03 -01x0",
      "2016-05-18T10:05:03Z", "18/May/2016:10:05:03 -0100", "2016-05-18T10:05:03+03:00",
      "2015-02-30", "18/May/2016:10:05:03.5", "17/May/2015:10:05:03 +0000"
    };
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      TimeParser alone = new TimeParser();
      boolean good = alone.parse(bytes, 0, bytes.length);
      assertEquals(good, parser.parse(bytes, 0, bytes.length), text);
      if (good) {
        assertEquals(alone.seconds(), parser.seconds(), text);
        assertEquals(alone.nanos(), parser.nanos(), text);
      }
    }
  }
}
