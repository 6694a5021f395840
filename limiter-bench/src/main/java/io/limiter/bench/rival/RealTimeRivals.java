package io.limiter.bench.rival;

import com.google.common.util.concurrent.RateLimiter;
import dev.failsafe.RateLimiterBuilder;
import io.limiter.Rate;
import io.limiter.bench.rival.RealTime.Step;
import io.limiter.spec.kit.Finding;
import io.limiter.spec.kit.RateAdapter;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Guava and Failsafe: their clock is not part of their interface. */
final class RealTimeRivals {
  private static final long MILLI = 1_000_000L;

  private RealTimeRivals() {}

  private static RateAdapter guava(double permitsPerSecond) {
    RateLimiter limiter = RateLimiter.create(permitsPerSecond);
    return permits -> permits == (int) permits && limiter.tryAcquire((int) permits);
  }

  private static RateAdapter failsafe(RateLimiterBuilder<?> builder) {
    dev.failsafe.RateLimiter<?> limiter = builder.build();
    return permits -> permits == (int) permits && limiter.tryAcquirePermits((int) permits);
  }

  static Map<String, Supplier<Finding>> guava() {
    Map<String, Supplier<Finding>> findings = new TreeMap<>();
    // Idle for a second, then all at once.
    findings.put(
        "neverAdmitsMoreThanBurstPlusRate",
        () -> new RealTime(() -> guava(1.0))
            .neverAdmitsMoreThanBurstPlusRate(
                Rate.perSecond(1), 1, new Step(1_010 * MILLI, 1), new Step(1_010 * MILLI, 1)));
    findings.put(
        "permitsBelowOneMintNothing",
        () ->
            new RealTime(() -> guava(1.0 / 3_600)).permitsBelowOneMintNothing(Rate.perHour(1), 1));
    findings.put(
        "moreThanBurstIsNeverAdmitted",
        () -> new Finding(
            Finding.Kind.NOT_CLAIMED,
            "Guava documents that a request of any size is granted as one of 1 permit is, and that"
                + " the next one pays for it"));
    return findings;
  }

  static Map<String, Supplier<Finding>> failsafeSmooth() {
    Map<String, Supplier<Finding>> findings = new TreeMap<>();
    Duration interval = Duration.ofMillis(50);
    findings.put(
        "neverAdmitsMoreThanBurstPlusRate",
        () -> new RealTime(() -> failsafe(dev.failsafe.RateLimiter.smoothBuilder(interval)))
            .neverAdmitsMoreThanBurstPlusRate(
                Rate.of(1, interval), 1, new Step(40 * MILLI, 1), new Step(51 * MILLI, 1)));
    Supplier<RateAdapter> hourly =
        () -> failsafe(dev.failsafe.RateLimiter.smoothBuilder(Duration.ofHours(1)));
    findings.put(
        "moreThanBurstIsNeverAdmitted",
        () -> new RealTime(hourly)
            .neverAdmitsMoreThanBurstPlusRate(Rate.perHour(1), 1, new Step(0, 2)));
    findings.put(
        "permitsBelowOneMintNothing",
        () -> new RealTime(hourly).permitsBelowOneMintNothing(Rate.perHour(1), 1));
    return findings;
  }

  static Map<String, Supplier<Finding>> failsafeBursty() {
    Map<String, Supplier<Finding>> findings = new TreeMap<>();
    Rate window = Rate.perHour(3);
    Supplier<RateAdapter> hourly =
        () -> failsafe(dev.failsafe.RateLimiter.burstyBuilder(3, Duration.ofHours(1)));
    findings.put(
        "fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod",
        () -> new RealTime(hourly)
            .neverAdmitsMoreThanBurstPlusRate(
                window, 3, new Step(0, 2), new Step(0, 2), new Step(0, 1), new Step(0, 1)));
    findings.put(
        "moreThanBurstIsNeverAdmitted",
        () -> new RealTime(hourly).neverAdmitsMoreThanBurstPlusRate(window, 3, new Step(0, 4)));
    findings.put(
        "permitsBelowOneMintNothing",
        () -> new RealTime(hourly).permitsBelowOneMintNothing(window, 3));
    return findings;
  }
}
