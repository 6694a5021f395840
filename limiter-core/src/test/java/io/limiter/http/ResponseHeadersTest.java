package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.RuleStatus;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResponseHeadersTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Instant NOW = Instant.ofEpochSecond(1_704_225_587);

  private final ManualClock clock = ManualClock.create();

  private static Decision denied(long retryAfterNanos) {
    return new Decision(false, 0, retryAfterNanos, retryAfterNanos, 0);
  }

  /** An admitted call of one rule. */
  private static DetailedDecision admitted(long remaining, long resetAfterNanos) {
    return new DetailedDecision(
        new Decision(true, remaining, 0, resetAfterNanos, -1),
        -1,
        List.of(new RuleStatus(
            remaining, remaining, remaining == 0 ? resetAfterNanos : 0, resetAfterNanos)));
  }

  private static ResponseHeaders of(String rules) {
    return ResponseHeaders.of(Limits.parse(rules));
  }

  private static Map<String, String> fields(String rules, DetailedDecision decision) {
    return of(rules).resetFormat(ResetFormat.DELTA_SECONDS).all(decision, NOW);
  }

  /** After so many calls of one permit, the last of them. */
  private Map<String, String> after(int calls, String rules) {
    RateLimiter limiter = Limits.parse(rules).newRateLimiter(clock);
    for (int i = 1; i < calls; i++) {
      limiter.tryAcquire();
    }
    return fields(rules, limiter.decideInDetail(1));
  }

  private static String reset(String rules, DetailedDecision told, ResetFormat form, Instant now) {
    return of(rules).resetFormat(form).all(told, now).get("X-RateLimit-Reset");
  }

  @Test
  void xRateLimit_epochSeconds_isAsDocumented() {
    Map<String, String> fields = of("480/minute").all(admitted(475, 13 * SECOND), NOW);
    assertEquals("480", fields.get("X-RateLimit-Limit"));
    assertEquals("475", fields.get("X-RateLimit-Remaining"));
    assertEquals("1704225600", fields.get("X-RateLimit-Reset"));
  }

  @Test
  void xRateLimit_eachForm_roundsUp() {
    Instant now = NOW.plusNanos(400_000_001);
    List<String> resets = new ArrayList<>();
    for (ResetFormat form : ResetFormat.values()) {
      resets.add(reset("480/minute", admitted(475, 12 * SECOND + 600_000_000), form, now));
    }
    assertEquals(List.of("1704225601", "13", "1704225600001"), resets);
    assertEquals("1704225587000", reset("1/day", admitted(1, 0), ResetFormat.EPOCH_MILLIS, NOW));
    assertEquals(
        "1704225588", reset("1/day", admitted(1, 0), ResetFormat.EPOCH_SECONDS, NOW.plusNanos(1)));
  }

  @Test
  void xRateLimit_burstGiven_isTheLimit() {
    assertEquals("300", fields("5/second burst 300", admitted(299, 1)).get("X-RateLimit-Limit"));
  }

  @Test
  void write_nowOutsideCommonYears_isRefused() {
    for (Instant now : List.of(Instant.ofEpochSecond(-1), Instant.MAX)) {
      for (String rules : List.of("1/day", "unlimited")) {
        assertThrows(IllegalArgumentException.class, () -> of(rules).all(admitted(0, 1), now));
      }
    }
  }

  @Test
  void rateLimit_oneRule_isAsTheDraftHasIt() {
    Map<String, String> fields = fields("480/minute", admitted(475, 12 * SECOND + 1));
    assertEquals("\"480/minute\";q=480;w=60", fields.get("RateLimit-Policy"));
    assertEquals("\"480/minute\";r=475;t=13", fields.get("RateLimit"));
    assertEquals("ResponseHeaders[\"1/day\";q=1;w=86400]", of("1/day").toString());
    assertEquals("ResponseHeaders[unlimited]", of("unlimited").toString());
  }

  @Test
  void rateLimit_periodIsNotWholeSeconds_roundsTheWindowUp() {
    Map<String, String> fields = fields("100/250ms", admitted(99, 2_500_000));
    assertEquals("\"100/250 ms\";q=100;w=1", fields.get("RateLimit-Policy"));
    assertEquals("\"100/250 ms\";r=99;t=1", fields.get("RateLimit"));
    assertEquals(
        "\"3/1500 ms\";q=3;w=2", fields("3/1500ms", admitted(2, 1)).get("RateLimit-Policy"));
  }

  @Test
  void all_severalRules_listsEachWithItsOwnNumbers() {
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "3",
            "X-RateLimit-Remaining", "2",
            "X-RateLimit-Reset", "1",
            "RateLimit-Policy",
                "\"60/hour\";q=60;w=3600, \"3/second\";q=3;w=1, \"100/day\";q=100;w=86400",
            "RateLimit", "\"60/hour\";r=59;t=60, \"3/second\";r=2;t=1, \"100/day\";r=99;t=864"),
        after(1, "60/hour, 3/second, 100/day"));
  }

  @Test
  void all_longRuleIsSpent_tellsItsWaitAndNotThatOfTheShortRule() {
    String rules = "3/second, 60/hour"; // told 1 s where 41 s are needed
    RateLimiter limiter = Limits.parse(rules).newRateLimiter(clock);
    for (int call = 0; call < 60; call++) {
      clock.advanceNanos(SECOND / 3 + 1);
      assertTrue(limiter.tryAcquire());
    }
    Map<String, String> fields = fields(rules, limiter.decideInDetail(1));
    assertEquals("41", fields.get("Retry-After"));
    assertEquals("60", fields.get("X-RateLimit-Limit"));
    assertEquals("0", fields.get("X-RateLimit-Remaining"));
    assertEquals("41", fields.get("X-RateLimit-Reset"));
    assertEquals("\"3/second\";r=2;t=1, \"60/hour\";r=0;t=41", fields.get("RateLimit"));
  }

  @Test
  void xRateLimit_nothingRemains_resetIsWhenOneIsAdmittedAgain() {
    Map<String, String> fields = after(60, "60/hour");
    assertEquals("0", fields.get("X-RateLimit-Remaining"));
    assertEquals("60", fields.get("X-RateLimit-Reset")); // fresh after an hour
    assertEquals("\"60/hour\";r=0;t=60", fields.get("RateLimit"));
    assertFalse(fields.containsKey("Retry-After"));
  }

  @Test
  void xRateLimit_equalRemaining_isOfTheLatestReset() {
    Map<String, String> fields = after(2, "5/minute, 5/hour");
    assertEquals("3", fields.get("X-RateLimit-Remaining"));
    assertEquals("1440", fields.get("X-RateLimit-Reset"));
  }

  @Test
  void xRateLimit_callsForSeveralPermits_bindsByCallsAndSaysZeroIfTooFewRemain() {
    RateLimiter requests = Gcra.create(Rate.perMinute(10), 10, clock);
    RateLimiter bytes = Gcra.create(Rate.perHour(1000), 1000, clock);
    AllOf limiter = AllOf.of(List.of(requests, bytes), 1, 300);
    String rules = "10/minute, 1000/hour";
    Map<String, String> fields = fields(rules, limiter.decideInDetail(1));
    assertEquals("1000", fields.get("X-RateLimit-Limit"));
    assertEquals("700", fields.get("X-RateLimit-Remaining"));
    limiter.tryAcquire(2);
    fields = fields(rules, limiter.decideInDetail(1));
    assertEquals("0", fields.get("X-RateLimit-Remaining"));
    assertEquals("\"10/minute\";r=7;t=18, \"1000/hour\";r=0;t=720", fields.get("RateLimit"));
  }

  @Test
  void rateLimit_denied_noTimeIsAfterRetryAfter() {
    Map<String, String> fields = after(4, "60/hour, 3/second");
    assertEquals("1", fields.get("Retry-After"));
    assertEquals("\"60/hour\";r=57;t=1, \"3/second\";r=0;t=1", fields.get("RateLimit"));
  }

  @Test
  void rateLimit_logsAmongOthers_eachHasItsOwnNumbers() {
    assertEquals(
        "\"3/second sliding-log\";r=2;t=1, \"10/minute\";r=9;t=6, \"20/hour sliding-log\";r=19;t=3600",
        after(1, "3/second sliding-log, 10/minute, 20/hour sliding-log").get("RateLimit"));
    assertEquals(
        "\"10/minute\";r=9;t=6, \"3/second sliding-log\";r=2;t=1, \"9/day\";r=8;t=9600, "
            + "\"20/hour sliding-log\";r=19;t=3600",
        after(1, "10/minute, 3/second sliding-log, 9/day, 20/hour sliding-log").get("RateLimit"));
  }

  private static Map<String, String> entered(Gate gate, String rules) {
    try (Permit permit = gate.tryEnter()) {
      return fields(rules, gate.inDetail(permit.decision(), 1));
    }
  }

  @Test
  void all_concurrencyAmongRates_isListedAndHidesNone() {
    String rules = "10/second, 1 concurrent";
    Gate gate = Limits.parse(rules).newGate(clock);
    Map<String, String> fields = entered(gate, rules);
    assertEquals("10", fields.get("X-RateLimit-Limit"));
    assertEquals("9", fields.get("X-RateLimit-Remaining"));
    assertEquals("\"10/second\";r=9;t=1, \"1 concurrent\";r=0", fields.get("RateLimit"));
    assertEquals(
        "\"10/second\";q=10;w=1, \"1 concurrent\";q=1;qu=\"concurrent-requests\"",
        fields.get("RateLimit-Policy"));
    try (Permit open = gate.tryEnter()) {
      assertTrue(open.granted());
      fields = entered(gate, rules); // denied by the concurrency
      assertEquals("8", fields.get("X-RateLimit-Remaining"));
      assertFalse(fields.containsKey("Retry-After"));
    }
  }

  @Test
  void all_concurrencyAlone_hasNoTimes() {
    String rules = "5 concurrent";
    Gate gate = Limits.parse(rules).newGate(clock);
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "5",
            "X-RateLimit-Remaining", "4",
            "RateLimit-Policy", "\"5 concurrent\";q=5;qu=\"concurrent-requests\"",
            "RateLimit", "\"5 concurrent\";r=4"),
        entered(gate, rules));
  }

  @Test
  void names_given_replaceTheTexts() {
    ResponseHeaders headers = of("480/minute, 3 concurrent").names("bu\"r\\st", "jobs");
    assertEquals(
        "ResponseHeaders[\"bu\\\"r\\\\st\";q=480;w=60, \"jobs\";q=3;qu=\"concurrent-requests\"]",
        headers.toString());
    assertEquals(
        "ResponseHeaders[\"bu\\\"r\\\\st\";q=480;qu=\"content-bytes\";w=60, "
            + "\"jobs\";q=3;qu=\"concurrent-requests\"]",
        headers.units("content-bytes", "").toString());
    Map<String, String> fields = of("480/minute").names("burst").all(admitted(475, SECOND), NOW);
    assertEquals("\"burst\";r=475;t=1", fields.get("RateLimit"));
  }

  @Test
  void names_thatCannotBe_areRefused() {
    ResponseHeaders headers = of("480/minute, 3/second");
    assertThrows(IllegalArgumentException.class, () -> headers.names("one"));
    assertThrows(IllegalArgumentException.class, () -> headers.names("one", "one"));
    assertThrows(IllegalArgumentException.class, () -> headers.names("one", "t\r\nwo"));
    assertThrows(IllegalArgumentException.class, () -> headers.names("one", "zw\u00f6"));
    assertThrows(IllegalArgumentException.class, () -> headers.units("bytes"));
    assertThrows(IllegalArgumentException.class, () -> headers.names("one", "x".repeat(1_024)));
    assertThrows(IllegalArgumentException.class, () -> headers.units("bytes", "x".repeat(1_024)));
  }

  @Test
  void jitter_asked_isAddedToRetryAfterAlone() {
    DetailedDecision denied = new DetailedDecision(
        denied(41 * SECOND), 0, List.of(new RuleStatus(0, 0, 41 * SECOND, 50 * SECOND)));
    List<String> seen = new ArrayList<>();
    for (long more : new long[] {0, 1, 9 * SECOND, 10 * SECOND}) {
      Map<String, String> fields = of("1/day")
          .resetFormat(ResetFormat.DELTA_SECONDS)
          .jitter(Duration.ofSeconds(10), bound -> {
            assertEquals(10 * SECOND + 1, bound);
            return more;
          })
          .all(denied, NOW);
      seen.add(fields.get("Retry-After") + " " + fields.get("X-RateLimit-Reset"));
    }
    assertEquals(List.of("41 41", "42 41", "50 41", "51 41"), seen);
    ResponseHeaders wrong = of("1/day").jitter(Duration.ofSeconds(1), bound -> bound);
    assertThrows(IllegalStateException.class, () -> wrong.all(denied, NOW));
    assertFalse(wrong.all(admitted(1, 1), NOW).containsKey("Retry-After"));
    assertThrows(
        IllegalArgumentException.class, () -> wrong.jitter(Duration.ofNanos(-1), bound -> 0));
    assertThrows(
        IllegalArgumentException.class, () -> wrong.jitter(Duration.ofDays(367), bound -> 0));
  }

  @Test
  void partition_short_isBase64() {
    Map<String, String> fields = of("1/day").partition("a\r\nb: c").all(admitted(0, 1), NOW);
    assertEquals("\"1/day\";q=1;w=86400;pk=:YQ0KYjogYw==:", fields.get("RateLimit-Policy"));
    assertEquals("\"1/day\";r=0;t=1;pk=:YQ0KYjogYw==:", fields.get("RateLimit"));
  }

  @Test
  void partition_ofAnyLength_noFieldIsLongerThan1024() {
    String sixteen = IntStream.rangeClosed(1, 16)
        .mapToObj(i -> "1000000000000/" + (259_200 + i) + " minutes burst 1000000000000")
        .collect(Collectors.joining(", "));
    for (String rules : List.of("60/hour", "60/hour, 3/second", sixteen)) {
      RateLimiter limiter = Limits.parse(rules).newRateLimiter(clock);
      for (int length : new int[] {1, 30, 300, 700, 800, 10_000}) {
        fields(rules, limiter.decideInDetail(1)).values().forEach(value -> {
          assertTrue(value.length() <= 1_024, value);
        });
        of(rules)
            .partition("x".repeat(length))
            .all(limiter.decideInDetail(1), NOW)
            .forEach((name, value) -> assertTrue(value.length() <= 1_024, name));
      }
    }
    String one = of("60/hour").partition("x".repeat(10_000)).toString();
    String other = of("60/hour").partition("x".repeat(10_001)).toString();
    assertTrue(one.contains(";pk=:") && !one.equals(other), "a hash of the key");
  }

  @Test
  void all_unlimited_isEmpty() {
    assertEquals(Map.of(), fields("unlimited", RateLimiter.unlimited(clock).decideInDetail(1)));
  }

  @Test
  void all_blocked_hasALimitOfZeroAndNoTimes() {
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "0",
            "X-RateLimit-Remaining", "0",
            "RateLimit-Policy", "\"blocked\";q=0",
            "RateLimit", "\"blocked\";r=0"),
        fields("blocked", RateLimiter.blocked(clock).decideInDetail(1)));
  }

  @Test
  void all_decisionOfOtherRules_saysNothingOfEach() {
    DetailedDecision two =
        Limits.parse("5/minute, 9/hour").newRateLimiter(clock).decideInDetail(1);
    assertEquals(
        Map.of(
            "X-RateLimit-Remaining", "4",
            "X-RateLimit-Reset", "12",
            "RateLimit-Policy", "\"7/day\";q=7;w=86400"),
        fields("7/day", two));
  }

  @Test
  void all_denied_isInOrder() {
    DetailedDecision denied =
        new DetailedDecision(denied(1), 0, List.of(new RuleStatus(0, 0, 1, 1)));
    assertEquals(
        List.of(
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
            "RateLimit-Policy",
            "RateLimit",
            "Retry-After"),
        List.copyOf(fields("1/day", denied).keySet()));
  }

  @Test
  void retryAfterSeconds_anyWait_isRoundedUpAndAtLeastOne() {
    assertEquals(OptionalLong.of(1), ResponseHeaders.retryAfterSeconds(denied(0)));
    assertEquals(OptionalLong.of(1), ResponseHeaders.retryAfterSeconds(denied(SECOND)));
    assertEquals(OptionalLong.of(2), ResponseHeaders.retryAfterSeconds(denied(SECOND + 1)));
    assertEquals(
        OptionalLong.of(9_223_372_037L),
        ResponseHeaders.retryAfterSeconds(denied(Long.MAX_VALUE - 1)));
  }

  @Test
  void retryAfterSeconds_admittedOrNever_isAbsent() {
    Decision admitted = new Decision(true, 0, 0, 1, -1);
    assertEquals(OptionalLong.empty(), ResponseHeaders.retryAfterSeconds(admitted));
    assertEquals(OptionalLong.empty(), ResponseHeaders.retryAfterSeconds(denied(Decision.NEVER)));
  }
}
