package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitStatusTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Instant NOW = Instant.ofEpochSecond(1_704_225_587);

  private static LimitStatus read(String... namesAndValues) {
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return LimitStatus.read(name -> Optional.ofNullable(fields.get(name)), NOW);
  }

  private static OptionalLong reset(String value) {
    return read("X-RateLimit-Reset", value).resetAfterNanos();
  }

  private static OptionalLong retryAfter(String value) {
    return read("Retry-After", value).retryAfterNanos();
  }

  @Test
  void read_xRateLimit_isAsDocumented() {
    LimitStatus status = read(
        "X-RateLimit-Limit", "480",
        "X-RateLimit-Remaining", "475",
        "X-RateLimit-Reset", "1704225600",
        "Retry-After", "42");
    assertEquals(
        new LimitStatus(
            OptionalLong.of(480),
            OptionalLong.of(475),
            OptionalLong.of(13 * SECOND),
            OptionalLong.of(42 * SECOND)),
        status);
  }

  @Test
  void read_nothing_isUnknown() {
    assertEquals(LimitStatus.UNKNOWN, read());
  }

  @ParameterizedTest
  @CsvSource({
    "13, 13000000000",
    "0, 0",
    "013, 13000000000",
    "12.5, 13000000000",
    "1.0, 1000000000",
    "1.000000000000000000000000001, 2000000000",
    "999999999, 999999999000000000",
    "1704225600, 13000000000",
    "1704225599.1, 13000000000",
    "1704225587, 0",
    "1000000000, 0",
    "1704225600000, 13000000000",
    "1704225600123, 13123000000",
    "1704225600122.5, 13123000000",
    "99999999999, 9223372036854775807",
    "100000000000, 0",
    "' 13\t', 13000000000",
    "1704225587001, 1000000",
  })
  void read_resetInAnyForm_isTheWait(String text, long nanos) {
    assertEquals(OptionalLong.of(nanos), reset(text));
    assertEquals(OptionalLong.of(nanos), retryAfter(text));
  }

  @Test
  void read_epochWithinASecond_countsTheFraction() {
    LimitStatus status =
        LimitStatus.read(name -> Optional.of("1704225588"), NOW.plusNanos(999_999_999));
    assertEquals(OptionalLong.of(1), status.resetAfterNanos());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
      })
  void read_dateInAnyForm_isTheWait(String date) {
    Instant before = Instant.parse("1994-11-06T08:48:55Z");
    assertEquals(
        OptionalLong.of(42 * SECOND),
        LimitStatus.read(name -> Optional.of(date), before).retryAfterNanos());
    assertEquals(OptionalLong.of(0), retryAfter(date));
  }

  @Test
  void read_leapSecond_isTheNextMinute() {
    assertEquals(
        OptionalLong.of(60 * SECOND),
        LimitStatus.read(
                name -> Optional.of("Sat, 31 Dec 2016 23:59:60 GMT"),
                Instant.parse("2016-12-31T23:59:00Z"))
            .retryAfterNanos());
  }

  @Test
  void read_twoDigitsOfAYear_areAtMostFiftyYearsAhead() {
    // 2024 + 50
    assertEquals(true, retryAfter("Monday, 01-Jan-74 00:00:00 GMT").getAsLong() > 0);
    assertEquals(OptionalLong.of(0), retryAfter("Monday, 01-Jan-75 00:00:00 GMT"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-1",
        "+1",
        "1e3",
        ".5",
        "1.",
        "1.5.2",
        "1,5",
        "0x10",
        "٤٢",
        "NaN",
        "100000000000000",
        "9223372036854775808",
        "99999999999999999999999999999999999999",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov    08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 GMT\r\nX: y",
        "Sun",
      })
  void read_garbage_isIgnored(String garbage) {
    assertEquals(OptionalLong.empty(), reset(garbage));
    assertEquals(OptionalLong.empty(), retryAfter(garbage));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-5", "4.0", "1000000000000000", "480, 480", "480;w=60"})
  void read_countThatIsNone_isIgnored(String garbage) {
    assertEquals(
        LimitStatus.UNKNOWN, read("X-RateLimit-Limit", garbage, "X-RateLimit-Remaining", garbage));
  }

  @Test
  void read_rateLimit_isPreferred() {
    LimitStatus status = read(
        "RateLimit-Policy", "\"480/minute\";q=480;w=60",
        "RateLimit", "\"480/minute\";r=475;t=13",
        "X-RateLimit-Limit", "1",
        "X-RateLimit-Remaining", "1",
        "X-RateLimit-Reset", "1");
    assertEquals(
        new LimitStatus(
            OptionalLong.of(480),
            OptionalLong.of(475),
            OptionalLong.of(13 * SECOND),
            OptionalLong.empty()),
        status);
  }

  @Test
  void read_severalItems_takesTheLeastLeftForTheLongest() {
    LimitStatus status = read(
        "RateLimit-Policy", "\"a\";q=10, \"b\\\"\";q=20;w=1;pk=:YQ==:;x-y=?1;z=a/b:c;n=@-1;d=1.5",
        "RateLimit", "\"a\";r=7;t=1,\t\"b\\\"\";r=5;t=1;pk=:YQ==:, \"b\\\"\"; r=9;r=5;t=2;u");
    assertEquals(OptionalLong.of(20), status.limit());
    assertEquals(OptionalLong.of(5), status.remaining());
    assertEquals(OptionalLong.of(2 * SECOND), status.resetAfterNanos());
  }

  @Test
  void read_lessLeftForAShorterTime_isTheLeast() {
    LimitStatus status = read("RateLimit", "\"a\";r=7;t=9, \"b\";r=5;t=1");
    assertEquals(OptionalLong.of(5), status.remaining());
    assertEquals(OptionalLong.of(SECOND), status.resetAfterNanos());
    assertEquals(
        OptionalLong.of(9_223_372_036L * SECOND),
        read("RateLimit", "\"a\";r=7;t=9223372036").resetAfterNanos());
  }

  @Test
  void read_quota_isThatOfThePolicyOrTheOldLimit() {
    String left = "\"a\";r=0";
    assertEquals(
        OptionalLong.of(0),
        read("RateLimit-Policy", "\"a\";q=0", "RateLimit", left, "X-RateLimit-Limit", "3")
            .limit());
    assertEquals(
        OptionalLong.of(3),
        read("RateLimit-Policy", "\"a\";w=60", "RateLimit", left, "X-RateLimit-Limit", "3")
            .limit());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\t\"a\";r=1 ",
        "\"a\";r=1\t , \"b\";r=2",
        "\"a ~\";r=1",
        "\"a\";x_y=1;r=1",
        "\"a\";*x=*!;r=1",
        "\"a\";x=a!b;r=1",
        "\"a\";x=123456789012.345;r=1",
        "\"a\";x=%\"%c3%a9\";r=1",
      })
  void read_wellFormedRateLimit_isRead(String text) {
    assertEquals(OptionalLong.of(1), read("RateLimit", text).remaining());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"a\"",
        "\"a\";r=-1",
        "\"a\";r=1.0",
        "\"a\";r=\"1\"",
        "\"a\";r=1;t=-1",
        "\"a\";r=1,",
        "\"a\";r=1, \"b\"",
        "\"a;r=1",
        "\"a\\b\";r=1",
        "a;r=1",
        "a\";r=1",
        "\"a\";r=1;x=-",
        "\"a\";r=1;x=?",
        "\"a\";r=1;x=1234567890123.4",
        "\"a\";R=1",
        "\"a\" ;r=1",
        "\"a\";r=1;",
        "\"a\";r=1;x=",
        "\"a\";r=1;x=?2",
        "\"a\";r=1;x=:a",
        "\"a\";r=1;x=1.",
        "\"a\";r=1;x=1.2345",
        "\"a\";r=1000000000000000",
        "\"a\";r=1\r\nX: y",
        "(\"a\");r=1",
      })
  void read_malformedRateLimit_isIgnoredAsAWhole(String malformed) {
    LimitStatus status = read("RateLimit", malformed, "X-RateLimit-Remaining", "3");
    assertEquals(OptionalLong.of(3), status.remaining());
  }
}
