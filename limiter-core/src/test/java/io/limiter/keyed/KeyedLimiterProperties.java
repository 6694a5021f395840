package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.AllOf;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Rule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** Against one exact limiter per key that is never forgotten. */
class KeyedLimiterProperties {
  record Step(int verb, int key, long permits, long nanos) {}

  @Provide
  Arbitrary<Step> steps() {
    Arbitrary<Long> nanos = Arbitraries.frequencyOf(
        net.jqwik.api.Tuple.of(6, Arbitraries.longs().between(0, 400_000_000L)),
        net.jqwik.api.Tuple.of(3, Arbitraries.just(0L)),
        net.jqwik.api.Tuple.of(1, Arbitraries.longs().between(0, 100_000_000_000L)),
        net.jqwik.api.Tuple.of(1, Arbitraries.longs().between(0, 1L << 50)));
    return Combinators.combine(
            Arbitraries.integers().between(0, 9),
            Arbitraries.integers().between(0, 60),
            Arbitraries.longs().between(1, 4),
            nanos)
        .as(Step::new);
  }

  @Provide
  Arbitrary<Limits> limits() {
    return Arbitraries.of(
            "3/second",
            "7/minute",
            "10/second burst 4",
            "2/second fixed-window",
            "2/second, 5/minute",
            "1/second burst 3, 6/5 seconds fixed-window, 100/hour",
            "999999937/7 seconds burst 3")
        .map(Limits::parse);
  }

  static RateLimiter exact(Limits limits, long anchor, NanoClock clock) {
    List<RateLimiter> members = limits.rules().stream()
        .map((Rule rule) -> KeyRate.limiter(rule, anchor, clock))
        .toList();
    return members.size() == 1 ? members.get(0) : AllOf.of(members);
  }

  @Property
  void forgettingIsNeverObservable(
      @ForAll @From("limits") Limits limits,
      @ForAll @Size(min = 1, max = 300) List<@From("steps") Step> steps,
      @ForAll long origin) {
    ManualClock clock = ManualClock.startingAt(origin);
    KeyedLimiter<String> keyed =
        KeyedLimiter.<String>builder(limits, clock).maxKeys(1000).build();
    LongKeyedLimiter longs =
        LongKeyedLimiter.builder(limits, clock).maxKeys(1000).build();
    Map<Integer, RateLimiter> exact = new HashMap<>();
    for (Step step : steps) {
      clock.advanceNanos(step.nanos);
      String key = "key" + step.key;
      RateLimiter limiter = exact.computeIfAbsent(step.key, k -> exact(limits, origin, clock));
      switch (step.verb) {
        case 0 -> {
          assertEquals(limiter.peek(step.permits), keyed.peek(key, step.permits));
          assertEquals(limiter.peek(step.permits), longs.peek(step.key, step.permits));
        }
        case 1 -> {
          limiter.refund(step.permits);
          keyed.refund(key, step.permits);
          longs.refund(step.key, step.permits);
        }
        case 2, 3, 4 -> {
          var e = limiter.decide(step.permits);
          assertEquals(e, keyed.decide(key, step.permits));
          assertEquals(e, longs.decide(step.key, step.permits));
        }
        default -> {
          var e = limiter.tryAcquire(step.permits);
          assertEquals(e, keyed.tryAcquire(key, step.permits));
          assertEquals(e, longs.tryAcquire(step.key, step.permits));
        }
      }
    }
  }
}
