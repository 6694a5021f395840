package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.Locale;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class LineParserProperties {
  private static final DateTimeFormatter CLF =
      DateTimeFormatter.ofPattern("dd/MMM/uuuu:HH:mm:ss xx", Locale.ENGLISH);
  private static final long YEAR_0 = -62_167_219_200L;
  private static final long YEAR_9999_END = 253_402_300_799L;
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };

  private final LineParser parser = new LineParser();

  private String parse(String line) {
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    return parser.parse(bytes, 0, bytes.length, false);
  }

  @Property
  void timestampsAreThoseOfTheCalendar(
      @ForAll @LongRange(min = YEAR_0, max = YEAR_9999_END) long local,
      @ForAll @IntRange(min = -18 * 60, max = 18 * 60) int offsetMinutes) {
    OffsetDateTime time = LocalDateTime.ofEpochSecond(local, 0, ZoneOffset.UTC)
        .atOffset(ZoneOffset.ofTotalSeconds(offsetMinutes * 60));
    String line = "a - - [" + CLF.format(time) + "] \"GET / HTTP/1.1\" 200 1";
    assertEquals(null, parse(line), line);
    assertEquals(time.toEpochSecond(), parser.seconds(), line);
    assertTrue(parser.calendar());
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
    assertEquals(exists, parse("a - - [" + date + ":00:00:00 +0000]") == null, date);
  }

  /** A calendar of another kind is caught by the property above: here one with no leap centuries. */
  @Example
  void calendarWithoutLeapCenturiesDiffers() {
    assertNotEquals(julianEpochDay(2000, 3, 1), Calendar.epochDay(2000, 3, 1));
    assertEquals(LocalDate.of(2000, 3, 1).toEpochDay(), Calendar.epochDay(2000, 3, 1));
  }

  private static long julianEpochDay(int year, int month, int day) {
    long leapDaysOfCenturies = year / 100 - year / 400;
    return LocalDate.of(year, month, day).toEpochDay() + leapDaysOfCenturies;
  }

  @Property
  void secondsAreReadToTheNanosecond(
      @ForAll @LongRange(min = -999_999_999_999L, max = 999_999_999_999L) long whole,
      @ForAll @Size(max = 12) java.util.List<@IntRange(min = 0, max = 9) Integer> digits,
      @ForAll @LongRange(min = 1) long permits) {
    StringBuilder number = new StringBuilder().append(whole);
    if (!digits.isEmpty()) {
      number.append('.');
      digits.forEach(number::append);
    }
    boolean tooLarge = permits > 999_999_999_999_999_999L;
    assertEquals(tooLarge, parse(number + " key " + permits) != null);
    if (!tooLarge) {
      BigDecimal read =
          BigDecimal.valueOf(parser.seconds()).add(BigDecimal.valueOf(parser.nanos(), 9));
      BigDecimal expected = new BigDecimal(number.toString()).setScale(9, RoundingMode.DOWN);
      assertEquals(0, expected.compareTo(read), () -> number + " was read as " + read);
      assertEquals(permits, parser.permits());
    }
  }

  @Property
  void garbageIsRefusedQuietly(@ForAll byte[] bytes, @ForAll boolean cut) {
    String problem = parser.parse(bytes, 0, bytes.length, cut);
    if (problem == null) {
      assertTrue(parser.permits() >= 1);
      assertTrue(parser.keyFrom() >= 0 && parser.keyFrom() < parser.keyTo());
      assertTrue(parser.keyTo() <= bytes.length);
    }
  }

  /** One byte of a good line is changed: it is read or refused, and a key is never empty. */
  @Property
  void nearMissesAreReadOrRefused(
      @ForAll @IntRange(min = 0, max = 45) int place, @ForAll byte replacement) {
    byte[] line = "192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"G".getBytes(StandardCharsets.UTF_8);
    line[Math.min(place, line.length - 1)] = replacement;
    if (parser.parse(line, 0, line.length, false) == null) {
      assertTrue(parser.keyFrom() < parser.keyTo());
    }
  }
}
