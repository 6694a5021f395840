package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.RuleStatus;
import io.limiter.http.ObedientClient.Looks;
import io.limiter.http.ObedientClient.Renderer;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Both sides together: a server that holds rules, and a client that does as it is told. */
class ObedientClientProperties {
  private static final Instant START = Instant.ofEpochSecond(1_704_225_587);

  private final ManualClock clock = ManualClock.create();
  private final InstantSource wallClock = () -> START.plusNanos(clock.nanoTime());

  private static Map<String, String> render(
      Limits limits, DetailedDecision decision, ResetFormat form, Instant now) {
    return ResponseHeaders.of(limits).resetFormat(form).all(decision, now);
  }

  @Property(tries = 1_000)
  void whoWaitsAsAnyFieldTellsIsNeverDeniedAndNeverASecondTooLate(
      @ForAll Looks looks, @ForAll ResetFormat form, @ForAll long seed) {
    String complaint = ObedientClient.complaint(
        (limits, decision, now) -> render(limits, decision, form, now), looks, seed);
    assertEquals(null, complaint);
  }

  /** What the property finds wrong, however it looks at it; the seeds are tried in order. */
  private static void assertFoundBy(Renderer wrong, Looks... looks) {
    for (Looks each : looks) {
      String complaint = LongStream.range(0, 300)
          .mapToObj(seed -> ObedientClient.complaint(wrong, each, seed))
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(null);
      assertNotNull(complaint, each + " found nothing");
    }
  }

  /** Speaks of the rule with the least burst unless another denied, by the numbers of them all. */
  private static Map<String, String> speaksOfOneRule(
      Limits limits, DetailedDecision decision, Instant now) {
    Decision all = decision.decision();
    List<Limits.Rule> rules = limits.rules();
    int rule = Math.max(decision.deniedBy(), 0);
    for (int i = 0; all.admitted() && i < rules.size(); i++) {
      rule = rules.get(i).burst() < rules.get(rule).burst() ? i : rule;
    }
    RuleStatus own = decision.rules().get(rule);
    long reset = all.admitted() ? own.resetAfterNanos() : all.retryAfterNanos();
    Map<String, String> fields = new HashMap<>();
    fields.put("X-RateLimit-Remaining", Long.toString(all.remaining()));
    fields.put("X-RateLimit-Reset", Long.toString(Seconds.ceil(reset)));
    fields.put("RateLimit", "\"a\";r=" + all.remaining() + ";t=" + Seconds.ceil(reset));
    return fields;
  }

  @Example
  void aRendererThatSpeaksOfOneRuleIsFound() {
    assertFoundBy(
        ObedientClientProperties::speaksOfOneRule,
        Looks.X_RATE_LIMIT,
        Looks.RATE_LIMIT,
        Looks.TRACKER);
  }

  @Example
  void aRendererThatRoundsDownIsFound() {
    assertFoundBy(
        (limits, decision, now) -> {
          Map<String, String> fields =
              new HashMap<>(render(limits, decision, ResetFormat.DELTA_SECONDS, now));
          fields.computeIfPresent(
              "X-RateLimit-Reset", (name, value) -> Long.toString(Long.parseLong(value) - 1));
          fields.computeIfPresent(
              "Retry-After",
              (name, value) -> Long.toString(Math.max(Long.parseLong(value) - 1, 0)));
          return fields;
        },
        Looks.X_RATE_LIMIT,
        Looks.RETRY_AFTER);
  }

  /** Counts to the time at which the rule is fresh, also where nothing remains. */
  @Example
  void aRendererThatTellsToWaitTooLongIsFound() {
    assertFoundBy(
        (limits, decision, now) -> render(
            limits,
            new DetailedDecision(
                decision.decision(),
                decision.deniedBy(),
                decision.rules().stream()
                    .map(rule -> rule.blockedFor(rule.calls() == 0 ? rule.resetAfterNanos() : 0))
                    .toList()),
            ResetFormat.EPOCH_SECONDS,
            now),
        Looks.X_RATE_LIMIT);
  }

  @Provide
  Arbitrary<String> rules() {
    return Arbitraries.of(
        "480/minute",
        "3/second",
        "60/hour, 3/second",
        "10/minute, 100/day",
        "5/day",
        "7/1500 ms burst 20",
        "10/minute sliding-log",
        "3/second sliding-log, 60/hour sliding-log",
        "4/10 seconds fixed-window");
  }

  private Map<String, String> headers(Limits limits, DetailedDecision decision, ResetFormat form) {
    return render(limits, decision, form, wallClock.instant());
  }

  @Property(tries = 200)
  void aCallThatWaitedAsToldIsNotDeniedAgain(
      @ForAll("rules") String rules, @ForAll ResetFormat form, @ForAll long seed) {
    Limits limits = Limits.parse(rules);
    RateLimiter limiter = limits.newRateLimiter(clock);
    Backoff backoff = Backoff.of(new SplittableRandom(seed)::nextLong);
    LimitTracker tracker = LimitTracker.create(0, clock, wallClock);
    int denials = 0;
    for (int call = 0; call < 600; call++) {
      DetailedDecision decision = limiter.decideInDetail(1);
      Map<String, String> fields = headers(limits, decision, form);
      LimitStatus status = tracker.update(name -> Optional.ofNullable(fields.get(name)));
      denials = decision.admitted() ? 0 : denials + 1;
      assertTrue(denials <= 1, "denied again");
      assertEquals(status.retryAfterNanos().orElse(0), tracker.waitNanos());
      if (denials > 0) {
        OptionalLong wait = backoff.waitNanos(denials, status);
        clock.advanceNanos(wait.getAsLong());
      }
    }
  }

  /** The tracker keeps a reserve: of single rules, always. */
  @Property(tries = 200)
  void aClientThatWaitsForTheResetIsNeverDenied(
      @ForAll("rules") String rule,
      @ForAll ResetFormat form,
      @ForAll @IntRange(min = 1, max = 3) int threshold,
      @ForAll boolean draft) {
    Limits limits = Limits.parse(rule);
    RateLimiter limiter = limits.newRateLimiter(clock);
    LimitTracker tracker = LimitTracker.create(threshold, clock, wallClock);
    for (int call = 0; call < 300; call++) {
      DetailedDecision decision = limiter.decideInDetail(1);
      assertTrue(decision.admitted(), () -> "denied: " + decision);
      Map<String, String> fields = new HashMap<>(headers(limits, decision, form));
      if (!draft) {
        fields.remove("RateLimit");
      }
      tracker.update(name -> Optional.ofNullable(fields.get(name)));
      clock.advanceNanos(tracker.waitNanos());
    }
  }
}
