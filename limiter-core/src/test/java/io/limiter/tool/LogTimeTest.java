package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LogTimeTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  void text_ofACalendar_isADateInUtc() {
    LogTime time = new LogTime(true, 1_431_857_103, 0);
    assertEquals("2015-05-17 10:05:03", time.text(0));
    assertEquals("2015-05-17 10:06:00", time.text(57 * SECOND));
    assertEquals("2015-05-17 10:05:02.750", time.text(-SECOND / 4));
  }

  @Test
  void text_ofSeconds_isANumber() {
    LogTime time = new LogTime(false, 10, 250_000_000);
    assertEquals("10.25", time.text(0));
    assertEquals("10.75", time.text(SECOND / 2));
    assertEquals("20", time.text(39 * SECOND / 4));
    assertEquals("-1", time.text(-45 * SECOND / 4));
  }

  @Test
  void floor_isAMultipleInTheTimeOfTheLog() {
    LogTime time = new LogTime(true, 1_431_857_103, 500_000_000);
    assertEquals(-7 * SECOND / 2, time.floor(0, 60 * SECOND)); // 10:05:00
    assertEquals(113 * SECOND / 2, time.floor(57 * SECOND, 60 * SECOND)); // 10:06:00
    assertEquals(0, time.floor(SECOND / 4, SECOND / 2));
  }

  @Test
  void text_ofOddYears_isWhole() {
    assertEquals("0000-01-01 00:00:00", new LogTime(true, -62_167_219_200L, 0).text(0));
    assertEquals("-0001-12-31 23:59:59", new LogTime(true, -62_167_219_201L, 0).text(0));
    assertEquals("0000-02-29 23:59:00.000000001", new LogTime(true, -62_162_035_260L, 1).text(0));
    assertEquals("+10000-01-01 00:00:00", new LogTime(true, 253_402_300_800L, 0).text(0));
  }
}
