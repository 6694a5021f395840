package io.limiter.spec.guide;

import io.limiter.LimitListener;
import io.limiter.rule.Limits;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts permits in Micrometer by outcome, those denied also by the rule that denied them. */
record RuleMetrics(String name, Limits limits, MeterRegistry registry) implements LimitListener {

  @Override
  public void admitted(long permits) {
    count("admitted", "none", permits);
  }

  @Override
  public void denied(long permits, int rule) {
    boolean named = rule >= 0 && rule < limits.rules().size(); // a key's own limits may have more
    count("denied", named ? limits.rules().get(rule).toString() : "unknown", permits);
  }

  private void count(String outcome, String rule, long permits) {
    registry
        .counter("limiter.calls", "limiter", name, "outcome", outcome, "rule", rule)
        .increment(permits);
  }
}
