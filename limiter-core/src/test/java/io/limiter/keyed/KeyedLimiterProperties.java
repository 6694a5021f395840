package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Against one exact limiter per key that is never forgotten. */
class KeyedLimiterProperties {
  record Step(int verb, int key, long permits, long nanos) {}

  /** A key that is an object, with a hashCode that it shares with others. */
  record Address(String street, int number) {
    static Address of(int key) {
      return new Address("street" + key % 3, key / 3);
    }

    @Override
    public int hashCode() {
      return number % 4;
    }
  }

  @Provide
  Arbitrary<Step> steps() {
    Arbitrary<Long> nanos = Arbitraries.frequencyOf(
        Tuple.of(6, Arbitraries.longs().between(0, 400_000_000L)),
        Tuple.of(3, Arbitraries.just(0L)),
        Tuple.of(1, Arbitraries.longs().between(0, 100_000_000_000L)),
        Tuple.of(1, Arbitraries.longs().between(0, 1L << 50)));
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
            "5/minute, 2/second",
            "1/second burst 3, 6/5 seconds fixed-window, 100/hour",
            "999999937/7 seconds burst 3",
            "3/second sliding-log",
            "4/2 seconds sliding-log, 100/hour",
            "3/second sliding-log, 9/5 seconds sliding-log",
            "5/2 seconds sliding-log, 100/hour, 3/500 ms sliding-log")
        .map(Limits::parse);
  }

  static RateLimiter exact(Limits limits, long anchor, NanoClock clock) {
    if (limits.rules().stream().anyMatch(rule -> rule.algorithm() == Algorithm.SLIDING_LOG)) {
      return limits.newRateLimiter(clock);
    }
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
    KeyedLimiter<Address> objects =
        KeyedLimiter.<Address>builder(limits, clock).maxKeys(1000).build();
    KeyedLimiter<Address> hashed = KeyedLimiter.<Address>builder(limits, clock)
        .maxKeys(1000)
        .hasher(address -> address.number)
        .build();
    LongKeyedLimiter longs =
        LongKeyedLimiter.builder(limits, clock).maxKeys(1000).build();
    Map<Integer, RateLimiter> exact = new HashMap<>();
    for (Step step : steps) {
      clock.advanceNanos(step.nanos);
      String key = "key" + step.key;
      Address address = Address.of(step.key);
      RateLimiter limiter = exact.computeIfAbsent(step.key, k -> exact(limits, origin, clock));
      switch (step.verb) {
        case 0 -> {
          assertEquals(limiter.peek(step.permits), keyed.peek(key, step.permits));
          assertEquals(limiter.peek(step.permits), objects.peek(address, step.permits));
          assertEquals(limiter.peek(step.permits), hashed.peek(address, step.permits));
          assertEquals(limiter.peek(step.permits), longs.peek(step.key, step.permits));
        }
        case 1 -> {
          limiter.refund(step.permits);
          keyed.refund(key, step.permits);
          objects.refund(address, step.permits);
          hashed.refund(address, step.permits);
          longs.refund(step.key, step.permits);
        }
        case 2, 3, 4 -> {
          var e = limiter.decide(step.permits);
          assertEquals(e, keyed.decide(key, step.permits));
          assertEquals(e, objects.decide(address, step.permits));
          assertEquals(e, hashed.decide(address, step.permits));
          assertEquals(e, longs.decide(step.key, step.permits));
        }
        default -> {
          var e = limiter.tryAcquire(step.permits);
          assertEquals(e, keyed.tryAcquire(key, step.permits));
          assertEquals(e, objects.tryAcquire(address, step.permits));
          assertEquals(e, hashed.tryAcquire(address, step.permits));
          assertEquals(e, longs.tryAcquire(step.key, step.permits));
        }
      }
    }
  }

  /** A call some ns before, at or after the time when a key is fresh. */
  record Visit(int verb, int key, long permits, int edge, long nanos) {}

  @Provide
  Arbitrary<Visit> visits() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 5),
            Arbitraries.integers().between(0, 2),
            Arbitraries.longs().between(1, 4),
            Arbitraries.integers().between(0, 3),
            Arbitraries.longs().between(-2, 2))
        .as(Visit::new);
  }

  @Property
  void forgettingToTheNanosecondIsNeverObservable(
      @ForAll @From("limits") Limits limits,
      @ForAll @Size(min = 1, max = 40) List<@From("visits") Visit> visits,
      @ForAll long origin) {
    ManualClock clock = ManualClock.startingAt(origin);
    KeyedLimiter<Integer> keyed =
        KeyedLimiter.<Integer>builder(limits, clock).maxKeys(1000).build();
    LongKeyedLimiter longs =
        LongKeyedLimiter.builder(limits, clock).maxKeys(1000).build();
    Map<Integer, RateLimiter> exact = new HashMap<>();
    for (Visit visit : visits) {
      RateLimiter limiter = exact.computeIfAbsent(visit.key, k -> exact(limits, origin, clock));
      if (visit.edge > 0) {
        clock.advanceNanos(Math.max(limiter.peek().resetAfterNanos() + visit.nanos, 0));
      }
      keyed.override(-1, THREE); // so that tables are replaced, without what is fresh
      keyed.clearOverride(-1);
      longs.override(-1, THREE);
      longs.clearOverride(-1);
      for (int key = 0; key <= 3; key++) { // 3: of a key that is never known
        RateLimiter other = exact.computeIfAbsent(key, k -> exact(limits, origin, clock));
        assertEquals(other.peek(), keyed.peek(key));
        assertEquals(other.peek(), longs.peek(key));
      }
      if (visit.verb == 0) {
        limiter.refund(visit.permits);
        keyed.refund(visit.key, visit.permits);
        longs.refund(visit.key, visit.permits);
      } else {
        Decision decision = limiter.decide(visit.permits);
        assertEquals(decision, keyed.decide(visit.key, visit.permits));
        assertEquals(decision, longs.decide(visit.key, visit.permits));
      }
    }
  }

  @Property
  void clockStepsBackNeverAdmitExtra(
      @ForAll @From("limits") Limits limits,
      @ForAll @Size(min = 1, max = 300) List<@From("steps") Step> steps,
      @ForAll long origin) {
    ManualClock clock = ManualClock.startingAt(origin);
    KeyedLimiter<String> keyed =
        KeyedLimiter.<String>builder(limits, clock).maxKeys(1000).build();
    Map<Integer, RateLimiter> exact = new HashMap<>();
    Set<Integer> sawOld = new HashSet<>();
    // A key with an object of its own is dated no earlier than it was last forgotten.
    boolean hasObjects =
        limits.rules().stream().anyMatch(rule -> rule.algorithm() == Algorithm.SLIDING_LOG);
    boolean within = limits.rules().stream()
        .allMatch(rule -> GcraMath.of(rule.rate(), rule.burst()).horizonNanos() > 1L << 51);
    long newest = origin;
    for (Step step : steps) {
      boolean old = step.verb < 3;
      newest += old ? 0 : step.nanos;
      long reading = old ? newest - step.nanos : newest;
      String key = "key" + step.key;
      RateLimiter limiter = exact.computeIfAbsent(step.key, k -> exact(limits, origin, clock));
      boolean now = keyed.peekAt(newest, key, step.permits).admitted();
      boolean admitted = keyed.tryAcquireAt(reading, key, step.permits);
      assertTrue(now || !admitted, "admitted by an old reading only");
      if (old) {
        sawOld.add(step.key);
      }
      if (!within) {
        continue; // a reading beyond the horizon counts as the horizon
      }
      if (admitted) { // charged with the same calls, one that is never forgotten admits it too
        long wait = Math.min(newest - reading, hasObjects ? waitAt(limiter, reading, step) : 0);
        assertTrue(limiter.tryAcquireAt(reading + wait, step.permits), "minted");
      } else if (!sawOld.contains(step.key)) {
        assertFalse(limiter.tryAcquireAt(reading, step.permits), "lost");
      }
    }
  }

  private static long waitAt(RateLimiter limiter, long reading, Step step) {
    return limiter.peekAt(reading, step.permits).retryAfterNanos();
  }

  private static final Limits THREE = Limits.parse("3/3 seconds");

  @Property
  void sizeIsBoundedAndKnownKeysAreExact(
      @ForAll @Size(min = 1, max = 300) List<@From("steps") Step> steps,
      @ForAll @IntRange(min = 1, max = 12) int maxKeys) {
    ManualClock clock = ManualClock.create();
    KeyedLimiter<Integer> keyed = KeyedLimiter.<Integer>builder(THREE, clock)
        .maxKeys(maxKeys)
        .whenFull(OverflowPolicy.deny())
        .build();
    Rule rule = THREE.rules().get(0);
    Map<Integer, Gcra> exact = new HashMap<>();
    for (Step step : steps) {
      clock.advanceNanos(step.nanos);
      Gcra limiter =
          exact.computeIfAbsent(step.key, none -> Gcra.create(rule.rate(), rule.burst(), clock));
      boolean known = limiter.peek().resetAfterNanos() > 0;
      long lively = exact.values().stream()
          .filter(other -> other.peek().resetAfterNanos() > 0)
          .count();
      boolean admitted = keyed.tryAcquire(step.key, step.permits);
      if (known || lively < maxKeys) {
        assertEquals(limiter.tryAcquire(step.permits), admitted);
      } else if (admitted) { // in the extra room
        assertTrue(lively < maxKeys + maxKeys / 8 && limiter.tryAcquire(step.permits));
      }
      assertTrue(keyed.size() <= maxKeys + maxKeys / 8);
    }
  }
}
