package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.CountingLimiter;
import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import io.limiter.store.ScriptResult;
import io.limiter.store.ScriptRunner;
import io.limiter.store.StoreLimiter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RuleMetricsTest {
  private final ManualClock clock = ManualClock.create();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private Map<String, Double> counted() {
    Map<String, Double> counts = new TreeMap<>();
    registry
        .get("limiter.calls")
        .counters()
        .forEach(counter -> counts.put(
            counter.getId().getTag("outcome") + " " + counter.getId().getTag("rule"),
            counter.count()));
    return counts;
  }

  @Test
  void gate_isCountedByRule() {
    Limits limits = Limits.parse("3/second, 60/hour, 1 concurrent");
    Gate gate = limits.newGate(clock).listening(new RuleMetrics("api", limits, registry));
    try (Permit permit = gate.tryEnter()) {
      assertEquals(permit.granted(), !gate.tryEnter().granted());
    }
    gate.tryEnter().close();
    gate.tryEnter().close();
    gate.tryEnter().close();
    assertEquals(
        Map.of("admitted none", 3.0, "denied 1 concurrent", 1.0, "denied 3/second", 1.0),
        counted());
  }

  @Test
  void allKeys_areCountedByRule_alsoThoseWithLimitsOfTheirOwn() {
    Limits limits = Limits.parse("3/second, 4/hour");
    KeyedLimiter<String> users = KeyedLimiter.<String>builder(limits, clock)
        .listening(new RuleMetrics("users", limits, registry))
        .build();
    users.override("eve", Limits.parse("9/second, 9/minute, 1/hour"));
    for (String user : List.of("ada", "bob", "eve")) {
      users.tryAcquire(user);
      users.tryAcquire(user, 3);
    }
    users.tryAcquire("ada", 2);
    clock.advance(Duration.ofSeconds(9));
    users.tryAcquire("ada", 3);
    assertEquals(
        Map.of(
            "admitted none", 5.0,
            "denied 3/second", 6.0,
            "denied 4/hour", 3.0,
            "denied unknown", 3.0),
        counted());
  }

  @Test
  void storedKeys_areCountedByRule() {
    Map<String, String> values = new HashMap<>();
    ScriptRunner memory = call -> {
      String key = call.keys().get(0);
      ScriptResult result = call.runOn(values.getOrDefault(key, ""), 1);
      values.put(key, result.changed() ? result.value() : values.getOrDefault(key, ""));
      return result.reply();
    };
    Limits limits = Limits.parse("3/second, 4/hour");
    RuleMetrics metrics = new RuleMetrics("stored", limits, registry);
    StoreLimiter users = StoreLimiter.create(limits, 1, memory).listening(key -> metrics);
    users.tryAcquire("ada", 3);
    users.tryAcquire("ada", 2);
    users.tryAcquire("bob", 1);
    assertEquals(Map.of("admitted none", 4.0, "denied 4/hour", 2.0), counted());
  }

  @Test
  void key_isCountedByRuleAndAfterItsWait() {
    Limits limits = Limits.parse("3/second, 4/hour");
    KeyedLimiter<String> users = KeyedLimiter.<String>builder(limits, clock).build();
    RuleMetrics metrics = new RuleMetrics("users", limits, registry);
    CountingLimiter user = CountingLimiter.of(users.limiter("ada"), metrics);
    user.tryAcquire(3);
    var late = user.acquireAsync(1, Duration.ofSeconds(1));
    var never = user.acquireAsync(5, Duration.ofSeconds(1));
    clock.advance(Duration.ofSeconds(1));
    assertEquals(true, late.getNow(false));
    assertEquals(false, never.getNow(true));
    user.tryAcquire(1);
    assertEquals(
        Map.of("admitted none", 4.0, "denied unknown", 5.0, "denied 4/hour", 1.0), counted());
  }
}
