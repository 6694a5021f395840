package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Both sides together: a server that holds rules, and a client that does as it is told. */
class ObedientClientProperties {
  private static final Instant START = Instant.ofEpochSecond(1_704_225_587);

  private final ManualClock clock = ManualClock.create();
  private final InstantSource wallClock = () -> START.plusNanos(clock.nanoTime());

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

  private Map<String, String> headers(Limits limits, Decision decision, ResetFormat form) {
    return ResponseHeaders.of(limits, decision).all(form, wallClock.instant());
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
      Decision decision = limiter.decide();
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

  /** By the headers of single rules, which are exact: the tracker keeps the reserve, always. */
  @Property(tries = 200)
  void aClientThatWaitsForTheResetIsNeverDenied(
      @ForAll("singleRules") String rule,
      @ForAll ResetFormat form,
      @ForAll @IntRange(min = 1, max = 3) int threshold,
      @ForAll boolean draft) {
    Limits limits = Limits.parse(rule);
    RateLimiter limiter = limits.newRateLimiter(clock);
    LimitTracker tracker = LimitTracker.create(threshold, clock, wallClock);
    for (int call = 0; call < 300; call++) {
      Decision decision = limiter.decide();
      assertTrue(decision.admitted(), () -> "denied: " + decision);
      Map<String, String> fields = new HashMap<>(headers(limits, decision, form));
      if (!draft) {
        fields.remove("RateLimit");
      }
      tracker.update(name -> Optional.ofNullable(fields.get(name)));
      assertTrue(decision.remaining() >= threshold - 1);
      clock.advanceNanos(tracker.waitNanos());
    }
  }

  @Provide
  Arbitrary<String> singleRules() {
    return Arbitraries.of(
        "480/minute",
        "3/second",
        "5/day",
        "7/1500 ms burst 20",
        "10/minute sliding-log",
        "4/10 seconds fixed-window");
  }
}
