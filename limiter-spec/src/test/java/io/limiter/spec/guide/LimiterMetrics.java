package io.limiter.spec.guide;

import io.limiter.CountingLimiter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/** Shows a limiter to Micrometer, which reads the numbers when it wants to: calls pay nothing. */
record LimiterMetrics(String name, CountingLimiter limiter) implements MeterBinder {

  @Override
  public void bindTo(MeterRegistry registry) {
    counter(registry, "admitted", CountingLimiter::admitted);
    counter(registry, "denied", CountingLimiter::denied);
    counter(registry, "refunded", CountingLimiter::refunded);
    counter(registry, "waited", CountingLimiter::waited);
    gauge(registry, "remaining", each -> each.peek().remaining());
    gauge(registry, "waiters", CountingLimiter::waiters);
  }

  private void counter(
      MeterRegistry registry, String outcome, ToDoubleFunction<CountingLimiter> count) {
    FunctionCounter.builder("limiter.permits", limiter, count)
        .tags(Tags.of("limiter", name, "outcome", outcome))
        .register(registry);
  }

  private void gauge(MeterRegistry registry, String what, ToDoubleFunction<CountingLimiter> value) {
    Gauge.builder("limiter." + what, limiter, value).tag("limiter", name).register(registry);
  }
}
