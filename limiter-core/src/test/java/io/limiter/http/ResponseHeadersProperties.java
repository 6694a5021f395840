package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.RuleStatus;
import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
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

  private static ResponseHeaders headers(String rules) {
    return ResponseHeaders.of(Limits.parse(rules));
  }

  /** What one rule says of which so much is left, or that denied for so long. */
  private static DetailedDecision one(long remaining, long waitNanos, long resetAfterNanos) {
    boolean admitted = waitNanos < 0;
    long wait = admitted ? (remaining > 0 ? 0 : resetAfterNanos) : waitNanos;
    return new DetailedDecision(
        new Decision(
            admitted, remaining, Math.max(waitNanos, 0), resetAfterNanos, admitted ? -1 : 0),
        admitted ? -1 : 0,
        List.of(new RuleStatus(remaining, remaining, wait, resetAfterNanos)));
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
    Map<String, String> fields = new HashMap<>(
        headers(count + "/day").resetFormat(form).all(one(remaining, -1, reset), now));
    fields.remove("RateLimit");
    LimitStatus status = read(fields, now);
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
    Map<String, String> fields = new HashMap<>(
        headers(count + "/hour").partition(key).all(one(remaining, -1, reset), Instant.EPOCH));
    fields.keySet().removeIf(name -> name.startsWith("X-"));
    LimitStatus status = read(fields, Instant.EPOCH);
    assertEquals(count, status.limit().getAsLong());
    assertEquals(remaining, status.remaining().getAsLong());
    assertRoundedUp(reset, status.resetAfterNanos().getAsLong(), SECOND);
  }

  @Property
  void retryAfterIsNeverEarlyAndLessThanASecondLateUnlessItIsOne(
      @ForAll @LongRange(min = 0, max = LONGEST_DELTA) long wait) {
    DetailedDecision denied = one(0, wait, wait);
    long read = read(headers("1/day").all(denied, Instant.EPOCH), Instant.EPOCH)
        .retryAfterNanos()
        .getAsLong();
    assertEquals(ResponseHeaders.retryAfterSeconds(denied.decision()).getAsLong() * SECOND, read);
    if (read == SECOND) {
      assertTrue(wait <= SECOND);
    } else {
      assertRoundedUp(wait, read, SECOND);
    }
  }

  @Property
  void noKeyCanInjectALine(@ForAll("keys") String key) {
    Map<String, String> fields = headers("1/day").partition(key).all(one(0, 1, 1), Instant.EPOCH);
    assertOneLineEach(fields);
    String start = "\"1/day\";r=0;t=1;pk=:";
    String value = fields.get("RateLimit");
    assertTrue(value.startsWith(start) && value.endsWith(":"));
    byte[] sent = Base64.getDecoder().decode(value.substring(start.length(), value.length() - 1));
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 700) { // else a hash
      assertArrayEquals(bytes, sent);
    } else {
      assertTrue(value.length() <= 1_024);
    }
  }

  @Property
  void noRuleTextThatParsesCanInjectALine(
      @ForAll("ruleTexts") String text, @ForAll("decisions") DetailedDecision decision) {
    Limits limits;
    try {
      limits = Limits.parse(text);
    } catch (RuleSyntaxException e) {
      return;
    }
    assertOneLineEach(ResponseHeaders.of(limits)
        .resetFormat(ResetFormat.EPOCH_MILLIS)
        .all(decision, Instant.EPOCH));
  }

  @Property
  void noMessageCanLeaveItsPlaceInTheBody(@ForAll("keys") String message) {
    String start = "{\"code\":429,\"error\":\"";
    String end = "\",\"status\":\"Too Many Requests\"}";
    String body = ThrottledBody.error(message).text();
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
  Arbitrary<DetailedDecision> decisions() {
    Arbitrary<Long> nanos = Arbitraries.longs().between(0, Long.MAX_VALUE);
    Arbitrary<RuleStatus> rules = Combinators.combine(nanos, nanos, nanos, nanos)
        .as((remaining, calls, wait, reset) -> new RuleStatus(remaining, calls, wait, reset));
    return Combinators.combine(
            Arbitraries.of(true, false), nanos, rules.list().ofMinSize(1).ofMaxSize(4))
        .as((admitted, wait, each) -> new DetailedDecision(
            new Decision(admitted, 0, admitted ? 0 : wait, 0, admitted ? -1 : 0),
            admitted ? -1 : 0,
            each));
  }
}
