package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ResponseHeadersTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Instant NOW = Instant.ofEpochSecond(1_704_225_587);

  private static Decision admitted(long remaining, long resetAfterNanos) {
    return new Decision(true, remaining, 0, resetAfterNanos, -1);
  }

  private static Decision denied(long retryAfterNanos, long resetAfterNanos, int deniedBy) {
    return new Decision(false, 0, retryAfterNanos, resetAfterNanos, deniedBy);
  }

  private static ResponseHeaders of(String rules, Decision decision) {
    return ResponseHeaders.of(Limits.parse(rules), decision);
  }

  private static Map<String, String> rateLimit(String policy, String rateLimit) {
    return Map.of("RateLimit-Policy", policy, "RateLimit", rateLimit);
  }

  @Test
  void xRateLimit_epochSeconds_isAsDocumented() {
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "480",
            "X-RateLimit-Remaining", "475",
            "X-RateLimit-Reset", "1704225600"),
        of("480/minute", admitted(475, 13 * SECOND)).xRateLimit(ResetFormat.EPOCH_SECONDS, NOW));
  }

  @Test
  void xRateLimit_eachForm_roundsUp() {
    Instant now = NOW.plusNanos(400_000_001);
    ResponseHeaders headers = of("480/minute", admitted(475, 12 * SECOND + 600_000_000));
    List<String> resets = new ArrayList<>();
    for (ResetFormat form : ResetFormat.values()) {
      resets.add(headers.xRateLimit(form, now).get("X-RateLimit-Reset"));
    }
    assertEquals(List.of("1704225601", "13", "1704225600001"), resets);
    assertEquals(
        "1704225587000",
        of("1/day", admitted(0, 0))
            .xRateLimit(ResetFormat.EPOCH_MILLIS, NOW)
            .get("X-RateLimit-Reset"));
  }

  @Test
  void xRateLimit_burstGiven_isTheLimit() {
    assertEquals(
        "300",
        of("5/second burst 300", admitted(299, 1))
            .xRateLimit(ResetFormat.DELTA_SECONDS, NOW)
            .get("X-RateLimit-Limit"));
  }

  @Test
  void xRateLimit_nowOutsideCommonYears_isRefused() {
    ResponseHeaders headers = of("1/day", admitted(0, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> headers.xRateLimit(ResetFormat.DELTA_SECONDS, Instant.ofEpochSecond(-1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> headers.xRateLimit(ResetFormat.EPOCH_MILLIS, Instant.MAX));
  }

  @Test
  void rateLimit_oneRule_isAsTheDraftHasIt() {
    assertEquals(
        rateLimit("\"480/minute\";q=480;w=60", "\"480/minute\";r=475;t=13"),
        of("480/minute", admitted(475, 12 * SECOND + 1)).rateLimit());
    assertEquals(
        "ResponseHeaders{RateLimit-Policy=\"1/day\";q=1;w=86400, RateLimit=\"1/day\";r=0;t=1}",
        of("1/day", admitted(0, 1)).toString());
  }

  @Test
  void rateLimit_periodIsNotWholeSeconds_roundsTheWindowUp() {
    assertEquals(
        rateLimit("\"100/250 ms\";q=100;w=1", "\"100/250 ms\";r=99;t=1"),
        of("100/250ms", admitted(99, 2_500_000)).rateLimit());
    assertEquals(
        "\"3/1500 ms\";q=3;w=2",
        of("3/1500ms", admitted(2, 1)).rateLimit().get("RateLimit-Policy"));
  }

  @Test
  void rateLimit_concurrency_hasItsUnitAndNoWindow() {
    assertEquals(
        rateLimit("\"5 concurrent\";q=5;qu=\"concurrent-requests\"", "\"5 concurrent\";r=0"),
        of("5 concurrent", denied(Decision.NEVER, 0, 0)).rateLimit());
  }

  @Test
  void rateLimit_admittedByMany_speaksOfTheLeastBurst() {
    assertEquals(
        rateLimit(
            "\"60/hour\";q=60;w=3600, \"3/second\";q=3;w=1, \"100/day\";q=100;w=86400",
            "\"3/second\";r=2;t=1"),
        of("60/hour, 3/second, 100/day", admitted(2, 864 * SECOND)).rateLimit());
  }

  @Test
  void xRateLimit_admittedByMany_resetIsThatOfTheRuleRoundedUp() {
    // one permit of 3/second comes back in 333,333,333 and a third ns
    assertEquals(
        Long.toString(NOW.getEpochSecond() + 2),
        of("60/hour, 3/second", admitted(2, 60 * SECOND))
            .xRateLimit(ResetFormat.EPOCH_SECONDS, NOW.plusNanos(666_666_667))
            .get("X-RateLimit-Reset"));
  }

  @Test
  void xRateLimit_waitIsLongerThanTheRuleNeeds_resetIsNotEarlier() {
    assertEquals(
        "10",
        of("60/hour, 3/second", denied(10 * SECOND, 3_600 * SECOND, 1))
            .xRateLimit(ResetFormat.DELTA_SECONDS, NOW)
            .get("X-RateLimit-Reset"));
  }

  @Test
  void rateLimit_denied_speaksOfTheRuleThatDenied() {
    ResponseHeaders headers = of("60/hour, 3/second", denied(42 * SECOND, 3600 * SECOND, 0));
    assertEquals("\"60/hour\";r=0;t=42", headers.rateLimit().get("RateLimit"));
    assertEquals(OptionalLong.of(42), headers.retryAfterSeconds());
    Map<String, String> fields = headers.xRateLimit(ResetFormat.DELTA_SECONDS, NOW);
    assertEquals("60", fields.get("X-RateLimit-Limit"));
    assertEquals("3600", fields.get("X-RateLimit-Reset"));
  }

  @Test
  void rateLimit_deniedAfterALogOfTwoWindows_countsMembersAndNotRules() {
    String rules = "3/second sliding-log, 60/hour sliding-log, 5 concurrent";
    assertEquals(
        "\"5 concurrent\";r=0",
        of(rules, denied(Decision.NEVER, SECOND, 1)).rateLimit().get("RateLimit"));
    assertEquals(
        "\"3/second sliding-log\";r=0;t=1",
        of(rules, denied(SECOND, 3600 * SECOND, 0)).rateLimit().get("RateLimit"));
    assertEquals(
        "\"60/hour sliding-log\";r=0;t=2",
        of(rules, denied(SECOND + 1, 3600 * SECOND, 0)).rateLimit().get("RateLimit"));
    for (String logs :
        List.of("5/minute sliding-log", "5/minute sliding-log, 7/hour sliding-log")) {
      assertEquals(
          "\"5/minute sliding-log\";r=0;t=30",
          of("3/second, " + logs, denied(30 * SECOND, SECOND, 1)).rateLimit().get("RateLimit"));
    }
  }

  @Test
  void rateLimit_denied_isNotOfARuleWithALesserBurst() {
    assertEquals(
        "\"3/second\";r=0;t=1",
        of("3/second, 2/hour", denied(SECOND, SECOND, 0)).rateLimit().get("RateLimit"));
  }

  @Test
  void xRateLimit_windowAmongMany_mayLastToItsEnd() {
    for (String rule : List.of("3/hour fixed-window", "3/hour sliding-log")) {
      assertEquals(
          "3000",
          of(rule + ", 5/second", admitted(2, 3_000 * SECOND))
              .xRateLimit(ResetFormat.DELTA_SECONDS, NOW)
              .get("X-RateLimit-Reset"));
    }
  }

  @Test
  void xRateLimit_moreThanALongToComeBack_resetIsThatOfTheDecision() {
    assertEquals(
        "5",
        of("1000000000000/day, 1000000000000/hour", admitted(0, 5 * SECOND))
            .xRateLimit(ResetFormat.DELTA_SECONDS, NOW)
            .get("X-RateLimit-Reset"));
  }

  @Test
  void rateLimit_decisionOfAnotherLimiter_speaksOfTheLeastBurst() {
    assertEquals(
        "\"3/second\";r=0;t=1",
        of("60/hour, 3/second", denied(1, SECOND, 2)).rateLimit().get("RateLimit"));
  }

  @Test
  void rateLimit_partition_isBase64() {
    assertEquals(
        rateLimit("\"1/day\";q=1;w=86400;pk=:YQ0KYjogYw==:", "\"1/day\";r=0;t=1;pk=:YQ0KYjogYw==:"),
        of("1/day", admitted(0, 1)).partition("a\r\nb: c").rateLimit());
  }

  @Test
  void all_unlimited_isEmpty() {
    Decision decision = RateLimiter.unlimited(ManualClock.create()).decide();
    assertEquals(Map.of(), of("unlimited", decision).all(ResetFormat.EPOCH_SECONDS, NOW));
  }

  @Test
  void all_blocked_hasALimitOfZeroAndNoTimes() {
    Decision decision = RateLimiter.blocked(ManualClock.create()).decide();
    assertEquals(
        Map.of(
            "X-RateLimit-Limit", "0",
            "X-RateLimit-Remaining", "0",
            "RateLimit-Policy", "\"blocked\";q=0",
            "RateLimit", "\"blocked\";r=0"),
        of("blocked", decision).all(ResetFormat.EPOCH_SECONDS, NOW));
  }

  @Test
  void all_denied_isInOrder() {
    assertEquals(
        List.of(
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
            "RateLimit-Policy",
            "RateLimit",
            "Retry-After"),
        List.copyOf(
            of("1/day", denied(1, 1, 0)).all(ResetFormat.EPOCH_SECONDS, NOW).keySet()));
  }

  @Test
  void retryAfterSeconds_anyWait_isRoundedUpAndAtLeastOne() {
    assertEquals(OptionalLong.of(1), of("1/day", denied(0, 0, 0)).retryAfterSeconds());
    assertEquals(OptionalLong.of(1), of("1/day", denied(SECOND, 0, 0)).retryAfterSeconds());
    assertEquals(OptionalLong.of(2), of("1/day", denied(SECOND + 1, 0, 0)).retryAfterSeconds());
    assertEquals(
        OptionalLong.of(9_223_372_037L),
        of("1/day", denied(Long.MAX_VALUE - 1, 0, 0)).retryAfterSeconds());
  }

  @Test
  void retryAfterSeconds_admittedOrNever_isAbsent() {
    assertEquals(OptionalLong.empty(), of("1/day", admitted(0, 1)).retryAfterSeconds());
    assertEquals(
        OptionalLong.empty(), of("1/day", denied(Decision.NEVER, 1, 0)).retryAfterSeconds());
  }

  @Test
  void all_ofAGate_saysWhichRuleDenied() {
    Limits limits = Limits.parse("60/hour, 3/second, 2 concurrent");
    Gate gate = limits.newGate(ManualClock.create());
    try (Permit first = gate.tryEnter();
        Permit second = gate.tryEnter();
        Permit third = gate.tryEnter()) {
      assertEquals(List.of(true, true, false), granted(first, second, third));
      Map<String, String> fields =
          ResponseHeaders.of(limits, third.decision()).all(ResetFormat.DELTA_SECONDS, NOW);
      assertEquals("\"2 concurrent\";r=0", fields.get("RateLimit"));
      assertEquals("2", fields.get("X-RateLimit-Limit"));
      assertEquals(null, fields.get("X-RateLimit-Reset"));
      assertEquals(null, fields.get("Retry-After"));
    }
  }

  private static List<Boolean> granted(Permit... permits) {
    return List.of(permits).stream().map(Permit::granted).toList();
  }
}
