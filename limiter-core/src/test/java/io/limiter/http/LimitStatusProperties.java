package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class LimitStatusProperties {
  private static final long SECOND = 1_000_000_000L;
  private static final long YEAR = 31_556_952L;

  private static final List<DateTimeFormatter> FORMS = List.of(
      form("EEE, dd MMM yyyy HH:mm:ss 'GMT'"),
      form("EEEE, dd-MMM-yy HH:mm:ss 'GMT'"),
      form("EEE MMM ppd HH:mm:ss yyyy"));

  private static DateTimeFormatter form(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
  }

  @Property
  void everyFormOfADateIsReadAsItWasWritten(
      @ForAll @LongRange(min = 0, max = 7_900 * YEAR) long now,
      @ForAll @LongRange(min = -49 * YEAR, max = 49 * YEAR) long distance) {
    Instant date = Instant.ofEpochSecond(Math.max(0, now + distance));
    long wait = Math.max(0, date.getEpochSecond() - now) * SECOND;
    for (DateTimeFormatter form : FORMS) {
      String text = form.format(date);
      assertEquals(
          OptionalLong.of(wait),
          LimitStatus.read(name -> Optional.of(text), Instant.ofEpochSecond(now))
              .retryAfterNanos(),
          text);
    }
  }

  @Property
  void fractionsAreRoundedUp(
      @ForAll @LongRange(min = 0, max = 999_999_998) long seconds,
      @ForAll @LongRange(min = 0, max = 999_999_999_999L) long fraction) {
    String text = seconds + "." + fraction;
    assertEquals(
        OptionalLong.of((seconds + (fraction == 0 ? 0 : 1)) * SECOND),
        LimitStatus.read(name -> Optional.of(text), Instant.EPOCH).retryAfterNanos());
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void whateverAServerSaysNothingIsThrownAndNothingIsNegative(
      @ForAll("texts") String policy,
      @ForAll("texts") String rateLimit,
      @ForAll("texts") String limit,
      @ForAll("texts") String remaining,
      @ForAll("texts") String reset,
      @ForAll("texts") String retryAfter,
      @ForAll("instants") Instant now) {
    Map<String, String> fields = Map.of(
        "RateLimit-Policy", policy,
        "RateLimit", rateLimit,
        "X-RateLimit-Limit", limit,
        "X-RateLimit-Remaining", remaining,
        "X-RateLimit-Reset", reset,
        "Retry-After", retryAfter);
    LimitTracker tracker = LimitTracker.create(10, ManualClock.create(), () -> now);
    LimitStatus status = tracker.update(name -> Optional.ofNullable(fields.get(name)));
    for (OptionalLong value : List.of(
        status.limit(), status.remaining(), status.resetAfterNanos(), status.retryAfterNanos())) {
      assertTrue(value.orElse(0) >= 0, status::toString);
    }
    assertTrue(tracker.waitNanos() >= status.retryAfterNanos().orElse(0));
    assertTrue(Backoff.of(bound -> 0).waitNanos(1, status).getAsLong() >= 0);
  }

  /** Noise, and good values with some characters replaced, doubled or cut off. */
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> good = Arbitraries.of(
        "480",
        "1704225600",
        "1704225600000",
        "9223372036854775807",
        "12.5",
        "-1",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "\"480/minute\";r=475;t=13",
        "\"a\";q=480;w=60, \"b\\\"\";q=5;qu=\"concurrent-requests\";pk=:YQ==:;x=1.5;y=?1;z=@-1");
    Arbitrary<String> noise = Arbitraries.strings()
        .withChars("0123456789.,:;=\"\\-+?@%*abGMT \t\r\n\0\u0660\u2028\ud800")
        .ofMaxLength(8);
    Arbitrary<String> damaged = good.flatMap(text -> Arbitraries.integers()
        .between(0, text.length())
        .flatMap(from -> Arbitraries.integers()
            .between(from, text.length())
            .flatMap(to -> noise.map(n -> text.substring(0, from) + n + text.substring(to)))));
    return Arbitraries.oneOf(good, noise, damaged, Arbitraries.strings());
  }

  @Provide
  Arbitrary<Instant> instants() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(0, 10_000_000_000L).map(Instant::ofEpochSecond),
        Arbitraries.of(Instant.MIN, Instant.MAX, Instant.EPOCH, Instant.EPOCH.minusNanos(1)));
  }
}
