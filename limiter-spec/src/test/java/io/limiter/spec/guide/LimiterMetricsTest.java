package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.CountingLimiter;
import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LimiterMetricsTest {
  private final ManualClock clock = ManualClock.create();
  private final CountingLimiter limiter =
      CountingLimiter.of(Limits.parse("10/second burst 20, 1000/hour").newRateLimiter(clock));
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private List<Double> permits() {
    return Stream.of("admitted", "denied", "refunded", "waited")
        .map(outcome -> registry
            .get("limiter.permits")
            .tag("limiter", "api")
            .tag("outcome", outcome)
            .functionCounter()
            .count())
        .toList();
  }

  private double gauge(String name) {
    return registry.get(name).tag("limiter", "api").gauge().value();
  }

  @Test
  void metrics_followTheLimiter() {
    new LimiterMetrics("api", limiter).bindTo(registry);
    assertEquals(List.of(0.0, 0.0, 0.0, 0.0), permits());
    assertEquals(20, gauge("limiter.remaining"));
    limiter.tryAcquire(15);
    limiter.tryAcquire(7);
    limiter.refund(2);
    assertEquals(List.of(15.0, 7.0, 2.0, 0.0), permits());
    assertEquals(7, gauge("limiter.remaining"));
    CompletableFuture<Boolean> waits = limiter.acquireAsync(8, Duration.ofSeconds(1));
    assertEquals(1, gauge("limiter.waiters"));
    assertEquals(0, gauge("limiter.remaining"));
    clock.advance(Duration.ofMillis(100));
    assertEquals(true, waits.join());
    assertEquals(List.of(23.0, 7.0, 2.0, 8.0), permits());
    assertEquals(0, gauge("limiter.waiters"));
  }
}
