package io.limiter.spec.guide;

import io.limiter.LimitListener;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongGauge;

/** Counts permits in OpenTelemetry by outcome and rule. */
class OpenTelemetryLimits implements LimitListener {
  private static final AttributeKey<String> LIMITER = AttributeKey.stringKey("limiter");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("outcome");
  private static final AttributeKey<String> RULE = AttributeKey.stringKey("rule");

  private final String name;
  private final Limits limits;
  private final LongCounter permits;

  OpenTelemetryLimits(String name, Limits limits, Meter meter) {
    this.name = name;
    this.limits = limits;
    this.permits = meter.counterBuilder("limiter.permits").build();
  }

  @Override
  public void admitted(long permits) {
    this.permits.add(permits, Attributes.of(LIMITER, name, OUTCOME, "admitted"));
  }

  @Override
  public void denied(long permits, int rule) {
    boolean named = rule >= 0 && rule < limits.rules().size(); // a key's own limits may have more
    String text = named ? limits.rules().get(rule).toString() : "unknown";
    this.permits.add(permits, Attributes.of(LIMITER, name, OUTCOME, "denied", RULE, text));
  }

  /** Shows how many callers wait, until the gauge is closed. */
  static ObservableLongGauge waiters(String name, RateLimiter limiter, Meter meter) {
    return meter
        .gaugeBuilder("limiter.waiters")
        .ofLongs()
        .buildWithCallback(gauge -> gauge.record(limiter.waiters(), Attributes.of(LIMITER, name)));
  }
}
