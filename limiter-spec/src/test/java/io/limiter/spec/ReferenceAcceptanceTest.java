package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import io.limiter.http.LimitStatus;
import io.limiter.http.ResetFormat;
import io.limiter.http.ResponseHeaders;
import io.limiter.http.ThrottledBody;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every limit that two analytics APIs publish, from its text to its headers: each is parsed, printed,
 * enforced at its exact boundary, and reported as its page shows.
 */
class ReferenceAcceptanceTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Instant RESET = Instant.ofEpochSecond(1_704_225_600); // of the first page
  private static final long[] ORIGINS = {0, -1, Long.MAX_VALUE - SECOND, Long.MIN_VALUE};

  /** What the pages say, read by a person: a line that is lost or changed in a file is found. */
  private static final Map<String, String> CANONICAL = new TreeMap<>(Map.ofEntries(
      Map.entry("posthog.standard", "480/minute, 4800/hour"),
      Map.entry("posthog.clickhouse-query", "240/minute, 1200/hour"),
      Map.entry("posthog.hogql.default", "120/hour"),
      Map.entry("posthog.hogql.custom.day", "200/day"),
      Map.entry("posthog.hogql.custom.hour", "100/hour"),
      Map.entry("posthog.hogql.custom.minute", "10/minute"),
      Map.entry("posthog.ai", "10/minute, 100/day"),
      Map.entry("posthog.event-values", "60/minute, 300/hour"),
      Map.entry("posthog.signup", "5/day"),
      Map.entry("posthog.password-reset", "6/day"),
      Map.entry("posthog.decide", "unlimited"),
      Map.entry("posthog.capture", "unlimited"),
      Map.entry("posthog.batch", "unlimited"),
      Map.entry("mixpanel.import", "unlimited"),
      Map.entry("mixpanel.track", "unlimited"),
      Map.entry("mixpanel.query", "60/hour, 3/second, 5 concurrent"),
      Map.entry("mixpanel.export", "60/hour, 3/second, 100 concurrent")));

  /** The texts of both files, by the name of the file and of the line. */
  private static Map<String, String> texts() {
    Map<String, String> texts = new TreeMap<>();
    for (String page : List.of("posthog", "mixpanel")) {
      Properties lines = new Properties();
      try (InputStream in =
          ReferenceAcceptanceTest.class.getResourceAsStream("reference/" + page + ".properties")) {
        lines.load(new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      lines.forEach((name, text) -> texts.put(page + "." + name, (String) text));
    }
    return texts;
  }

  private static Limits limits(String name) {
    return Limits.parse(texts().get(name));
  }

  private static Stream<Rule> rates(Limits limits) {
    return limits.rules().stream().filter(rule -> rule.algorithm() != Algorithm.CONCURRENCY);
  }

  @Test
  void parse_everyLine_hasItsCanonicalText() {
    Map<String, String> canonical = new TreeMap<>();
    texts().forEach((name, text) -> canonical.put(name, Limits.parse(text).canonical()));
    assertEquals(CANONICAL, canonical);
    canonical.values().forEach(text -> assertEquals(text, Limits.parse(text).canonical()));
  }

  // Each rate alone.

  /** A test for each rate of each line, in each of the algorithms that may hold it. */
  @TestFactory
  Stream<DynamicTest> decide_eachRateInEachAlgorithm_isExactAtItsBoundary() {
    return texts().entrySet().stream()
        .flatMap(line -> rates(Limits.parse(line.getValue()))
            .flatMap(rate -> Stream.of("", " sliding-log", " fixed-window", " token-bucket")
                .map(algorithm -> dynamicTest(line.getKey() + ": " + rate + algorithm, () -> {
                  for (long origin : ORIGINS) {
                    decideAtTheBoundary(Limits.parse(rate + algorithm), origin);
                  }
                }))));
  }

  private static void decideAtTheBoundary(Limits limits, long origin) {
    Rule rule = limits.rules().get(0);
    ManualClock clock = ManualClock.startingAt(origin);
    RateLimiter limiter = limits.newRateLimiter(clock);
    for (long left = rule.permits() - 1; left >= 0; left--) {
      Decision decision = limiter.decide();
      assertTrue(decision.admitted());
      assertEquals(left, decision.remaining());
    }
    boolean oneByOne =
        rule.algorithm() == Algorithm.GCRA || rule.algorithm() == Algorithm.TOKEN_BUCKET;
    long period = rule.rate().periodNanos();
    long wait = oneByOne ? ceilDiv(period, rule.permits()) : period;
    assertDeniedUntil(limiter, clock, wait, 0);
    assertEquals(oneByOne ? 0 : rule.permits() - 1, limiter.peek().remaining());
  }

  /** Denied now and one ns before the wait is over, which is exact; then admitted. */
  private static void assertDeniedUntil(
      RateLimiter limiter, ManualClock clock, long wait, int deniedBy) {
    Decision denied = limiter.decide();
    assertFalse(denied.admitted());
    assertEquals(wait, denied.retryAfterNanos());
    assertEquals(deniedBy, denied.deniedBy());
    clock.advanceNanos(wait - 1);
    assertEquals(1, limiter.decide().retryAfterNanos());
    clock.advanceNanos(1);
    assertTrue(limiter.decide().admitted());
  }

  private static long ceilDiv(long a, long b) {
    return -Math.floorDiv(-a, b);
  }

  // Each line as a whole.

  /**
   * A client that calls as early as it may meets each rate of its line in turn: there it has been
   * admitted exactly {@code B + floor(t*N/P)} times, and the wait is exact.
   */
  @TestFactory
  Stream<DynamicTest> decide_eachLine_enforcesEachOfItsRates() {
    return texts().entrySet().stream()
        .filter(line -> rates(Limits.parse(line.getValue())).findAny().isPresent())
        .map(line -> dynamicTest(line.getKey(), () -> meetEachRate(Limits.parse(line.getValue()))));
  }

  private static void meetEachRate(Limits limits) {
    List<Rule> rates = rates(limits).toList();
    for (int index = 0; index < rates.size(); index++) {
      ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - SECOND);
      RateLimiter limiter = withoutConcurrency(limits).newRateLimiter(clock);
      long start = clock.nanoTime();
      long admitted = 0;
      while (true) {
        Decision decision = limiter.decide();
        if (decision.admitted()) {
          admitted++;
        } else if (decision.deniedBy() == index) {
          break;
        } else {
          clock.advanceNanos(decision.retryAfterNanos());
        }
      }
      Rule rate = rates.get(index);
      long elapsed = clock.nanoTime() - start;
      assertEquals(promised(rate, elapsed), admitted, rate.toString());
      long next =
          ceilDiv((admitted + 1 - rate.burst()) * rate.rate().periodNanos(), rate.permits());
      long wait = next - elapsed;
      assertDeniedUntil(limiter, clock, wait, index);
    }
  }

  /** B + floor(t*N/P). */
  private static long promised(Rule rate, long nanos) {
    return rate.burst()
        + BigInteger.valueOf(nanos)
            .multiply(BigInteger.valueOf(rate.permits()))
            .divide(BigInteger.valueOf(rate.rate().periodNanos()))
            .longValueExact();
  }

  private static Limits withoutConcurrency(Limits limits) {
    return Limits.parse(String.join(", ", rates(limits).map(Rule::toString).toList()));
  }

  @TestFactory
  Stream<DynamicTest> decide_unlimitedEndpoints_areNeverDenied() {
    List<String> unlimited =
        texts().keySet().stream().filter(name -> limits(name).isUnlimited()).toList();
    assertEquals(5, unlimited.size());
    return unlimited.stream()
        .map(name -> dynamicTest(name, () -> {
          RateLimiter limiter = limits(name).newRateLimiter(ManualClock.create());
          Gate gate = limits(name).newGate(ManualClock.create());
          List<Permit> running = new ArrayList<>();
          for (int i = 0; i < 100_000; i++) {
            assertTrue(limiter.tryAcquire());
            running.add(gate.tryEnter());
          }
          assertTrue(running.stream().allMatch(Permit::granted));
          assertTrue(limiter.tryAcquire(Long.MAX_VALUE));
          assertEquals(
              Map.of(), ResponseHeaders.of(limits(name)).all(limiter.decideInDetail(1), RESET));
        }));
  }

  // Concurrency.

  @TestFactory
  Stream<DynamicTest> tryEnter_asManyAsMayRun_deniesOneMoreAndChargesNoRate() {
    return texts().keySet().stream()
        .filter(name -> limits(name).concurrency().isPresent())
        .map(name -> dynamicTest(name, () -> oneMoreThanMayRun(limits(name))));
  }

  private static void oneMoreThanMayRun(Limits limits) {
    int most = limits.concurrency().getAsInt();
    ManualClock clock = ManualClock.create();
    Gate gate = limits.newGate(clock);
    List<Permit> running = new ArrayList<>();
    while (running.size() < most) {
      Permit permit = gate.tryEnter();
      if (permit.granted()) {
        running.add(permit);
      } else {
        assertTrue(permit.decision().deniedBy() < 2, "denied by a rate");
        clock.advanceNanos(permit.decision().retryAfterNanos());
      }
    }
    clock.advanceNanos(2 * 60 * SECOND); // two permits of 60/hour, and all of 3/second
    for (int i = 0; i < 1_000; i++) {
      Permit denied = gate.tryEnter();
      assertFalse(denied.granted());
      assertEquals(2, denied.decision().deniedBy());
      assertEquals(Decision.NEVER, denied.decision().retryAfterNanos());
      denied.close();
    }
    Map<String, String> fields =
        ResponseHeaders.of(limits).all(gate.inDetail(gate.peek(1), 1), RESET);
    assertEquals(null, fields.get("Retry-After"));
    assertTrue(fields.get("RateLimit").endsWith(", \"" + most + " concurrent\";r=0"));

    running.remove(0).close();
    Permit next = gate.tryEnter();
    assertTrue(next.granted(), "one has ended");
    assertFalse(gate.tryEnter().granted());
    next.close();
    running.forEach(Permit::close);
    // The denials were charged to no rate: 60/hour has what is left after most + 1 calls.
    long left = 60 + clock.nanoTime() / (60 * SECOND) - (most + 1);
    for (long i = Math.min(left, 2); i > 0; i--) { // and 3/second has two
      assertEquals(i, gate.peek(1).remaining());
      running.add(gate.tryEnter());
    }
    assertTrue(gate.peek(1).deniedBy() < 2, "denied by a rate");
  }

  // Headers and bodies.

  @Test
  void headers_fiveCallsIntoTheMinute_areAsDocumented() {
    // The page counts from the start of a window, which is fixed-window; the rest is the same.
    Limits limits = Limits.parse("480/minute fixed-window");
    ManualClock clock = ManualClock.create();
    RateLimiter limiter = limits.newRateLimiter(clock);
    for (int i = 0; i < 4; i++) {
      assertTrue(limiter.tryAcquire());
    }
    clock.advanceNanos(47 * SECOND);
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "480",
            "X-RateLimit-Remaining", "475",
            "X-RateLimit-Reset", "1704225600",
            "RateLimit-Policy", "\"480/minute fixed-window\";q=480;w=60",
            "RateLimit", "\"480/minute fixed-window\";r=475;t=13"),
        ResponseHeaders.of(limits).all(limiter.decideInDetail(1), RESET.minusSeconds(13)));
  }

  @Test
  void headers_bothRatesOfTheStandardTier_areAsDocumented() {
    Limits limits = limits("posthog.standard");
    RateLimiter limiter = limits.newRateLimiter(ManualClock.create());
    for (int i = 0; i < 4; i++) {
      assertTrue(limiter.tryAcquire());
    }
    Map<String, String> headers =
        ResponseHeaders.of(limits).all(limiter.decideInDetail(1), RESET.minusNanos(625_000_000));
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "480",
            "X-RateLimit-Remaining", "475",
            "X-RateLimit-Reset", "1704225600",
            "RateLimit-Policy", "\"480/minute\";q=480;w=60, \"4800/hour\";q=4800;w=3600",
            "RateLimit", "\"480/minute\";r=475;t=1, \"4800/hour\";r=4795;t=4"),
        headers);
  }

  @Test
  void headers_fifteenQueriesIntoTheHour_areAsDocumented() {
    Limits limits = Limits.parse("60/hour");
    RateLimiter limiter = limits.newRateLimiter(ManualClock.create());
    assertTrue(limiter.tryAcquire(14));
    Instant reset = Instant.ofEpochSecond(1_609_459_200); // of the second page
    Map<String, String> fields =
        ResponseHeaders.of(limits).all(limiter.decideInDetail(1), reset.minusSeconds(15 * 60));
    assertEquals("60", fields.get("X-RateLimit-Limit"));
    assertEquals("45", fields.get("X-RateLimit-Remaining"));
    assertEquals("1609459200", fields.get("X-RateLimit-Reset"));
  }

  @Test
  void response_deniedFor42Seconds_isAsDocumented() {
    Limits limits = Limits.parse("10/minute sliding-log");
    ManualClock clock = ManualClock.create();
    RateLimiter limiter = limits.newRateLimiter(clock);
    assertTrue(limiter.tryAcquire(10));
    clock.advanceNanos(18 * SECOND);
    DetailedDecision told = limiter.decideInDetail(1);
    Decision denied = told.decision();
    assertEquals(42 * SECOND, denied.retryAfterNanos());
    assertEquals("42", ResponseHeaders.of(limits).all(told, RESET).get("Retry-After"));
    assertEquals(
        "{\"detail\":\"Request was throttled. Expected available in 42 seconds.\"}",
        ThrottledBody.detail(denied).text());
    assertEquals(
        "{\"code\":429,\"error\":\"Project exceeded rate limits. Please retry the request with"
            + " exponential backoff.\",\"status\":\"Too Many Requests\"}",
        ThrottledBody.error().text());
  }

  /** On each line with rates: the headers of every answer are read back, and the wait suffices. */
  @TestFactory
  Stream<DynamicTest> headers_eachLine_sayWhatWasDecided() {
    return texts().keySet().stream()
        .filter(name -> rates(limits(name)).findAny().isPresent())
        .map(name -> dynamicTest(name, () -> {
          for (ResetFormat form : ResetFormat.values()) {
            obey(withoutConcurrency(limits(name)), form);
          }
        }));
  }

  private static void obey(Limits limits, ResetFormat form) {
    ManualClock clock = ManualClock.create();
    RateLimiter limiter = limits.newRateLimiter(clock);
    ResponseHeaders headers = ResponseHeaders.of(limits).resetFormat(form);
    for (int i = 0; i < 2_000; i++) {
      Instant now = RESET.plusNanos(clock.nanoTime());
      DetailedDecision told = limiter.decideInDetail(1);
      Decision decision = told.decision();
      Map<String, String> fields = headers.all(told, now);
      assertEquals(5 + (decision.admitted() ? 0 : 1), fields.size());
      LimitStatus status = LimitStatus.read(name -> Optional.ofNullable(fields.get(name)), now);
      assertEquals(decision.remaining(), status.remaining().getAsLong());
      assertEquals(!decision.admitted(), status.retryAfterNanos().isPresent());
      if (!decision.admitted()) {
        long wait = status.retryAfterNanos().getAsLong();
        assertTrue(wait >= decision.retryAfterNanos());
        assertTrue(wait < decision.retryAfterNanos() + SECOND);
        clock.advanceNanos(wait);
        assertTrue(limiter.peek().admitted());
      }
    }
  }
}
