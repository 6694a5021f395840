package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.CountingLimiter;
import io.limiter.ManualClock;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OpenTelemetryLimitsTest {
  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final Meter meter =
      SdkMeterProvider.builder().registerMetricReader(reader).build().get("io.limiter");

  private Map<String, Long> read() {
    Map<String, Long> values = new TreeMap<>();
    reader.collectAllMetrics().forEach(metric -> {
      var points = metric.getName().endsWith("waiters")
          ? metric.getLongGaugeData().getPoints()
          : metric.getLongSumData().getPoints();
      points.forEach(point -> values.put(
          metric.getName()
              + " " + point.getAttributes().get(AttributeKey.stringKey("outcome"))
              + " " + point.getAttributes().get(AttributeKey.stringKey("rule")),
          point.getValue()));
    });
    return values;
  }

  @Test
  void limiter_isCountedByOutcomeAndRule() {
    ManualClock clock = ManualClock.create();
    Limits limits = Limits.parse("3/second, 60/hour");
    CountingLimiter limiter = CountingLimiter.of(
        limits.newRateLimiter(clock), new OpenTelemetryLimits("api", limits, meter));
    OpenTelemetryLimits.waiters("api", limiter, meter);
    limiter.tryAcquire(2);
    limiter.tryAcquire(2);
    var late = limiter.acquireAsync(2, Duration.ofSeconds(1));
    assertEquals(
        Map.of(
            "limiter.permits admitted null", 2L,
            "limiter.permits denied 3/second", 2L,
            "limiter.waiters null null", 1L),
        read());
    clock.advance(Duration.ofSeconds(1));
    assertEquals(true, late.getNow(false));
    assertEquals(4L, read().get("limiter.permits admitted null"));
    assertEquals(0L, read().get("limiter.waiters null null"));
  }

  @Test
  void allKeys_areCountedByOutcomeAndRule() {
    Limits limits = Limits.parse("3/second, 60/hour");
    KeyedLimiter<String> users = KeyedLimiter.<String>builder(limits, ManualClock.create())
        .listening(new OpenTelemetryLimits("users", limits, meter))
        .build();
    users.tryAcquire("ada", 2);
    users.tryAcquire("ada", 2);
    users.tryAcquire("bob", 3);
    assertEquals(
        Map.of("limiter.permits admitted null", 5L, "limiter.permits denied 3/second", 2L), read());
  }
}
