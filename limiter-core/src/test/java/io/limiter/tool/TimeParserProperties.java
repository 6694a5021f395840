package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class TimeParserProperties {
  private static final List<DateTimeFormatter> FORMS = List.of(
      DateTimeFormatter.ofPattern("dd/MMM/uuuu:HH:mm:ss xx", Locale.ENGLISH),
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssxxx", Locale.ENGLISH),
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSxx", Locale.ENGLISH));
  private static final long YEAR_0 = -62_167_219_200L;
  private static final long YEAR_9999_END = 253_402_300_799L;
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };

  private final TimeParser parser = new TimeParser();

  private boolean parse(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return parser.parse(bytes, 0, bytes.length);
  }

  @Property
  void datesAreThoseOfTheCalendar(
      @ForAll @LongRange(min = YEAR_0, max = YEAR_9999_END) long local,
      @ForAll @IntRange(min = -18 * 60, max = 18 * 60) int offsetMinutes,
      @ForAll @IntRange(min = 0, max = 2) int form) {
    OffsetDateTime time = LocalDateTime.ofEpochSecond(local, 0, ZoneOffset.UTC)
        .atOffset(ZoneOffset.ofTotalSeconds(offsetMinutes * 60));
    String text = FORMS.get(form).format(time);
    assertTrue(parse(text), text);
    assertEquals(time.toEpochSecond(), parser.seconds(), text);
    assertTrue(parser.isDate());
  }

  @Property
  void daysThatDoNotExistAreRefused(
      @ForAll @IntRange(min = 0, max = 9_999) int year,
      @ForAll @IntRange(min = 1, max = 12) int month,
      @ForAll @IntRange(min = 0, max = 40) int day) {
    boolean exists;
    try {
      LocalDate.of(year, month, day);
      exists = true;
    } catch (DateTimeException e) {
      exists = false;
    }
    String date = String.format(Locale.ROOT, "%02d/%s/%04d", day, MONTHS[month - 1], year);
    assertEquals(exists, parse(date + ":00:00:00 +0000"), date);
    String iso = String.format(Locale.ROOT, "%04d-%02d-%02d", year, month, day);
    assertEquals(exists, parse(iso), iso);
  }

  /** A parser remembers the last time; each text here differs from the one before in one byte. */
  @Property(tries = 300)
  void whatWasReadBeforeChangesNothing(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] text = "17/May/2015:10:05:03 +0000".getBytes(StandardCharsets.US_ASCII);
    byte[] others = "0123456789/: +-MarJun\0".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 100; i++) {
      byte[] before = text.clone();
      text[random.nextInt(text.length)] = others[random.nextInt(others.length)];
      TimeParser fresh = new TimeParser();
      boolean isTime = fresh.parse(text, 0, text.length);
      String shown = new String(text, StandardCharsets.US_ASCII);
      assertEquals(isTime, parser.parse(text, 0, text.length), shown);
      if (isTime) {
        assertEquals(fresh.seconds(), parser.seconds(), shown);
        assertEquals(fresh.nanos(), parser.nanos(), shown);
      }
      text = isTime || random.nextInt(4) == 0 ? text : before;
    }
  }

  @Example
  void zerosAreNoTime() {
    assertFalse(parse("\0".repeat(TimeParser.COMMON_BYTES)));
  }

  /** A calendar of another kind is caught by the properties above: here one without leap centuries. */
  @Example
  void calendarWithoutLeapCenturiesDiffers() {
    long leapDaysOfCenturies = 2000 / 100 - 2000 / 400;
    long right = LocalDate.of(2000, 3, 1).toEpochDay();
    assertEquals(right, Calendar.epochDay(2000, 3, 1));
    assertNotEquals(right + leapDaysOfCenturies, Calendar.epochDay(2000, 3, 1));
  }

  @Property
  void numbersAreReadToTheNanosecond(
      @ForAll @LongRange(min = -999_999_999_999L, max = 999_999_999_999L) long whole,
      @ForAll @Size(max = 12) List<@IntRange(min = 0, max = 9) Integer> digits,
      @ForAll @IntRange(min = 0, max = 3) int scale) {
    StringBuilder number = new StringBuilder().append(whole);
    if (!digits.isEmpty()) {
      number.append('.');
      digits.forEach(number::append);
    }
    TimeParser scaled =
        new TimeParser(BigDecimal.ONE.scaleByPowerOfTen(3 * scale).longValue());
    byte[] bytes = number.toString().getBytes(StandardCharsets.US_ASCII);
    assertTrue(scaled.parse(bytes, 0, bytes.length));
    BigDecimal read =
        BigDecimal.valueOf(scaled.seconds()).add(BigDecimal.valueOf(scaled.nanos(), 9));
    BigDecimal expected = new BigDecimal(number.toString())
        .scaleByPowerOfTen(-3 * scale)
        .setScale(9, RoundingMode.DOWN);
    assertEquals(0, expected.compareTo(read), () -> number + " was read as " + read);
  }
}
