package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class ResponseHeadersProperties {
  private static final long SECOND = 1_000_000_000L;
  private static final long LONGEST_DELTA = (SECOND - 1) * SECOND; // else it looks like an epoch
  private static final long FROM_2002 = 1_010_000_000L;
  private static final long TO_4000 = 64_000_000_000L;

  private static final Pattern NAME = Pattern.compile("[A-Za-z-]+");
  private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7E]*");

  private static ResponseHeaders headers(String rules, Decision decision) {
    return ResponseHeaders.of(Limits.parse(rules), decision);
  }

  private static LimitStatus read(Map<String, String> fields, Instant now) {
    return LimitStatus.read(name -> Optional.ofNullable(fields.get(name)), now);
  }

  private static Instant instant(long second, int nano) {
    return Instant.ofEpochSecond(second, nano);
  }

  /** At most one unit later than the truth, and never earlier. */
  private static void assertRoundedUp(long exact, long read, long unit) {
    assertTrue(read >= exact && read - exact < unit, () -> exact + " ns was read as " + read);
  }

  @Property
  void xRateLimitIsReadAsItWasWritten(
      @ForAll ResetFormat form,
      @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long count,
      @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long remaining,
      @ForAll @LongRange(min = 0, max = LONGEST_DELTA) long reset,
      @ForAll @LongRange(min = FROM_2002, max = TO_4000) long second,
      @ForAll @IntRange(max = 999_999_999) int nano) {
    Instant now = instant(second, nano);
    Decision decision = new Decision(true, remaining, 0, reset, -1);
    LimitStatus status = read(headers(count + "/day", decision).xRateLimit(form, now), now);
    assertEquals(count, status.limit().getAsLong());
    assertEquals(remaining, status.remaining().getAsLong());
    assertRoundedUp(
        reset,
        status.resetAfterNanos().getAsLong(),
        form == ResetFormat.EPOCH_MILLIS ? 1_000_000 : SECOND);
  }

  @Property
  void rateLimitIsReadAsItWasWritten(
      @ForAll @LongRange(min = 1, max = 1_000_000_000_000L) long count,
      @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long remaining,
      @ForAll @LongRange(min = 0, max = LONGEST_DELTA) long reset,
      @ForAll("keys") String key) {
    Decision decision = new Decision(true, remaining, 0, reset, -1);
    LimitStatus status =
        read(headers(count + "/hour", decision).partition(key).rateLimit(), Instant.EPOCH);
    assertEquals(count, status.limit().getAsLong());
    assertEquals(remaining, status.remaining().getAsLong());
    assertRoundedUp(reset, status.resetAfterNanos().getAsLong(), SECOND);
  }

  @Property
  void retryAfterIsNeverEarlyAndLessThanASecondLateUnlessItIsOne(
      @ForAll @LongRange(min = 0, max = LONGEST_DELTA) long wait) {
    Decision decision = new Decision(false, 0, wait, wait, 0);
    ResponseHeaders headers = headers("1/day", decision);
    long read = read(headers.all(ResetFormat.DELTA_SECONDS, Instant.EPOCH), Instant.EPOCH)
        .retryAfterNanos()
        .getAsLong();
    assertEquals(headers.retryAfterSeconds().getAsLong() * SECOND, read);
    if (read == SECOND) {
      assertTrue(wait <= SECOND);
    } else {
      assertRoundedUp(wait, read, SECOND);
    }
  }

  @Property
  void oneRuleOfManyIsNeverSaidToBeFresherOrFullerThanItIs(
      @ForAll("steps") long[] steps, @ForAll @IntRange(max = 3) int which) {
    String[] texts = {
      "60/hour, 3/second, 7/2 seconds",
      "5/minute burst 9, 20/hour token-bucket",
      "4/second fixed-window, 10/minute",
      "9/minute sliding-log, 30/hour, 2/second"
    };
    ManualClock clock = ManualClock.create();
    Limits limits = Limits.parse(texts[which]);
    Map<String, RateLimiter> members = new LinkedHashMap<>();
    limits
        .rules()
        .forEach(rule ->
            members.put(rule.toString(), Limits.parse(rule.toString()).newRateLimiter(clock)));
    RateLimiter all = AllOf.of(List.copyOf(members.values()));
    for (long step : steps) {
      clock.advanceNanos(step);
      Decision decision = all.decide();
      Map<String, String> fields =
          ResponseHeaders.of(limits, decision).all(ResetFormat.EPOCH_MILLIS, Instant.EPOCH);
      String named = fields.get("RateLimit").split("\"")[1];
      Decision own = members.get(named).peek();
      assertTrue(Long.parseLong(fields.get("X-RateLimit-Remaining")) <= own.remaining());
      assertTrue(
          decision.remaining() <= Long.parseLong(fields.get("X-RateLimit-Limit")), "at most Limit");
      long resetNanos = Long.parseLong(fields.get("X-RateLimit-Reset")) * 1_000_000;
      assertTrue(resetNanos >= own.resetAfterNanos(), named);
      if (!decision.admitted()) {
        assertEquals(decision.retryAfterNanos(), own.retryAfterNanos(), named);
        clock.advanceNanos(Long.parseLong(fields.get("Retry-After")) * SECOND);
        assertTrue(all.decide().admitted(), "denied after Retry-After");
      }
    }
  }

  @Property
  void noKeyCanInjectALine(@ForAll("keys") String key) {
    Decision decision = new Decision(false, 0, 1, 1, 0);
    Map<String, String> fields =
        headers("1/day", decision).partition(key).all(ResetFormat.EPOCH_SECONDS, Instant.EPOCH);
    assertOneLineEach(fields);
    String start = "\"1/day\";r=0;t=1;pk=:";
    String value = fields.get("RateLimit");
    assertTrue(value.startsWith(start) && value.endsWith(":"));
    byte[] sent = Base64.getDecoder().decode(value.substring(start.length(), value.length() - 1));
    assertEquals(
        new String(key.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8),
        new String(sent, StandardCharsets.UTF_8));
  }

  @Property
  void noRuleTextThatParsesCanInjectALine(
      @ForAll("ruleTexts") String text, @ForAll("decisions") Decision decision) {
    Limits limits;
    try {
      limits = Limits.parse(text);
    } catch (RuleSyntaxException e) {
      return;
    }
    assertOneLineEach(
        ResponseHeaders.of(limits, decision).all(ResetFormat.EPOCH_MILLIS, Instant.EPOCH));
  }

  @Property
  void noMessageCanLeaveItsPlaceInTheBody(@ForAll("keys") String message) {
    String start = "{\"code\":429,\"error\":\"";
    String end = "\",\"status\":\"Too Many Requests\"}";
    String body = ThrottledBody.error(message);
    assertTrue(VALUE.matcher(body).matches(), body);
    assertEquals(message, unescape(body.substring(start.length(), body.length() - end.length())));
  }

  private static void assertOneLineEach(Map<String, String> fields) {
    fields.forEach((name, value) -> {
      assertTrue(NAME.matcher(name).matches(), name);
      assertTrue(VALUE.matcher(value).matches(), value);
    });
  }

  /** The text of a JSON string; fails where a quote ends it early. */
  private static String unescape(String json) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      assertTrue(c != '"', json);
      if (c == '\\') {
        c = json.charAt(++i);
        if (c == 'u') {
          c = (char) Integer.parseInt(json.substring(i + 1, i + 5), 16);
          i += 4;
        }
      }
      text.append(c);
    }
    return text.toString();
  }

  @Provide
  Arbitrary<String> keys() {
    return Arbitraries.oneOf(
        Arbitraries.strings(),
        Arbitraries.strings()
            .withChars("\r\n\t :;\"\\,=\0\u0085\u2028\ud800\udc00aX")
            .ofMaxLength(12));
  }

  @Provide
  Arbitrary<String> ruleTexts() {
    Arbitrary<String> rules = Arbitraries.of(
        "1/day",
        "100/250ms",
        "5 concurrent",
        "3/s sliding-log",
        "7/m burst 9",
        "unlimited",
        "blocked",
        "2 per hour fixed window");
    Arbitrary<String> glue =
        Arbitraries.of(",", "\r\n,", ";\n", " | ", "\r\n", ", X: y\r\n,", "\"");
    return Combinators.combine(rules, glue, rules, glue, keys())
        .as((first, one, second, two, rest) ->
            first + one + second + (rest.isEmpty() ? "" : two + rest));
  }

  @Provide
  Arbitrary<Decision> decisions() {
    Arbitrary<Long> nanos = Arbitraries.longs().between(0, Long.MAX_VALUE);
    return Combinators.combine(
            Arbitraries.of(true, false), nanos, nanos, nanos, Arbitraries.integers())
        .as(Decision::new);
  }

  @Provide
  Arbitrary<long[]> steps() {
    return Arbitraries.oneOf(
            Arbitraries.longs().between(0, SECOND), Arbitraries.longs().between(0, 100 * SECOND))
        .array(long[].class)
        .ofMaxSize(40);
  }
}
