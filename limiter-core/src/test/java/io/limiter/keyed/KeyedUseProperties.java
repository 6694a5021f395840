package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
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

/**
 * Keys with plans, overrides, penalties, callers that wait, and limits that change, against one limiter for
 * each key that is never forgotten.
 */
class KeyedUseProperties {
  enum Verb {
    ACQUIRE,
    DECIDE,
    DETAIL,
    REFUND,
    WAIT,
    LEAVE,
    RESERVE,
    CANCEL,
    FORCE,
    PENALIZE,
    OVERRIDE,
    CLEAR,
    PLAN,
    RECONFIGURE,
    FORGET_FRESH
  }

  record Step(Verb verb, int key, long permits, Limits limits, long nanos) {}

  private static final List<String> RULES = List.of(
      "3/second",
      "7/minute",
      "10/second burst 4",
      "2/second fixed-window",
      "5/minute, 2/second",
      "1/second burst 3, 6/5 seconds fixed-window, 100/hour",
      "999999937/7 seconds burst 3",
      "3/second token-bucket, 9/minute",
      "3/second sliding-log",
      "blocked",
      "unlimited");

  private static final List<Limits> ALL_LIMITS =
      RULES.stream().map(Limits::parse).toList();

  @Provide
  Arbitrary<Limits> limits() {
    return Arbitraries.of(RULES).map(Limits::parse);
  }

  @Provide
  Arbitrary<Step> steps() {
    Arbitrary<Long> nanos = Arbitraries.frequencyOf(
        Tuple.of(4, Arbitraries.just(0L)),
        Tuple.of(6, Arbitraries.longs().between(0, 900_000_000L)),
        Tuple.of(1, Arbitraries.longs().between(0, 100_000_000_000L)));
    return Combinators.combine(
            Arbitraries.of(Verb.values()),
            Arbitraries.integers().between(0, 3),
            Arbitraries.longs().between(1, 4),
            limits(),
            nanos)
        .as(Step::new);
  }

  /** Who waits for a key, and for its exact limiter. */
  private record Waiting(CompletableFuture<Boolean> mine, CompletableFuture<Boolean> right) {}

  private record Reserved(Reservation mine, Reservation right, long at) {}

  /** One key as it should be. */
  private static final class Exact {
    final AllOf limiter;
    Limits own; // by override; or null
    Limits plan; // or null

    Exact(AllOf limiter, Limits plan) {
      this.limiter = limiter;
      this.plan = plan;
    }
  }

  @Property
  void keysInUseAreOneLimiterEach(
      @ForAll @From("limits") Limits limits,
      @ForAll @Size(min = 1, max = 80) List<@From("steps") Step> steps) {
    Play play = new Play(limits);
    StringBuilder played = new StringBuilder(limits.toString());
    try {
      for (Step step : steps) {
        played.append("\n  ").append(step);
        play.take(step);
      }
    } catch (AssertionError e) {
      throw new AssertionError(played + "\n  <- " + e.getMessage(), e);
    }
  }

  /** Keys that collide, and more of them than there is room for: what has no room is denied, no more. */
  @Property(tries = 300) // of 300 steps each
  void keysWithLittleRoomNeverGetMore(
      @ForAll @From("limits") Limits limits,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 80) int maxKeys,
      @ForAll @IntRange(min = 1, max = 200) int keys) {
    ManualClock clock = ManualClock.startingAt(-7);
    KeyLimiters limiters = new KeyLimiters(-7, clock);
    KeyedLimiter<Integer> keyed = KeyedLimiter.<Integer>builder(limits, clock)
        .maxKeys(maxKeys)
        .whenFull(OverflowPolicy.deny())
        .hasher(key -> key % 3)
        .build();
    Map<Integer, AllOf> exact = new HashMap<>();
    Map<Integer, Limits> own = new HashMap<>();
    Limits all = limits;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 300; i++) {
      Step step = step(random);
      clock.advanceNanos(step.nanos / 4);
      int key = random.nextInt(keys);
      Limits now = own.getOrDefault(key, all);
      AllOf right = exact.computeIfAbsent(key, k -> limiters.rates(now));
      boolean hasRates = !now.rules().isEmpty();
      switch (step.verb) {
        case OVERRIDE -> {
          own.put(key, step.limits);
          right.reconfigure(limiters.rates(step.limits));
          keyed.override(key, step.limits);
        }
        case CLEAR -> {
          if (keyed.clearOverride(key)) {
            own.remove(key);
            right.reconfigure(limiters.rates(all));
          }
        }
        case RECONFIGURE -> {
          all = step.limits;
          keyed.reconfigure(all);
          exact.forEach((k, each) -> {
            if (!own.containsKey(k)) {
              each.reconfigure(limiters.rates(step.limits));
            }
          });
        }
        case PENALIZE -> {
          if (hasRates && keyed.penalize(key, Duration.ofNanos(step.nanos))) {
            right.penalize(Duration.ofNanos(step.nanos));
          }
        }
        case FORGET_FRESH -> keyed.forgetFresh();
        case REFUND -> {
          if (keyed.peek(key).resetAfterNanos() == right.peek().resetAfterNanos()) {
            keyed.refund(key, step.permits);
            right.refund(step.permits);
          }
        }
        default -> {
          if (keyed.tryAcquire(key, step.permits)) {
            assertTrue(right.tryAcquire(step.permits), () -> "minted for key " + key);
          }
        }
      }
    }
  }

  private static Step step(SplittableRandom random) {
    Verb verb = Verb.values()[random.nextInt(Verb.values().length)];
    Limits limits = ALL_LIMITS.get(random.nextInt(ALL_LIMITS.size()));
    long nanos = random.nextInt(3) == 0 ? 0 : random.nextLong(900_000_000L);
    return new Step(verb, 0, 1 + random.nextInt(4), limits, nanos);
  }

  /** The keyed limiter, and what it should be. */
  private static final class Play {
    private final ManualClock clock = ManualClock.startingAt(-7);
    private final KeyLimiters limiters = new KeyLimiters(-7, clock);
    private final Map<String, Limits> plans = new HashMap<>();
    private final Map<String, Exact> exact = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Reserved> reserved = new ArrayList<>();
    private final KeyedLimiter<String> keyed;
    private Limits all;

    Play(Limits limits) {
      all = limits;
      plans.put("key3", Limits.parse("4/second, 9/minute"));
      keyed = KeyedLimiter.<String>builder(limits, clock).limitsBy(plans::get).build();
    }

    private Exact exact(String key) {
      return exact.computeIfAbsent(key, k -> {
        Limits plan = plans.get(k);
        return new Exact(limiters.rates(plan == null ? all : plan), plan);
      });
    }

    private void change(Exact one) {
      reserved.clear(); // what words had admitted before is not given back
      Limits limits = one.own != null ? one.own : one.plan != null ? one.plan : all;
      one.limiter.reconfigure(limiters.rates(limits));
    }

    private void take(Step step) {
      clock.advanceNanos(step.nanos);
      play(step, "key" + step.key);
      for (Waiting one : List.copyOf(waiting)) {
        assertEquals(one.right.isDone(), one.mine.isDone(), "answered");
        if (one.mine.isDone()) {
          assertEquals(one.right.join(), one.mine.join(), "admitted after a wait");
          waiting.remove(one);
        }
      }
      for (int key = 0; key < 4; key++) {
        RateLimiter right = exact("key" + key).limiter;
        Decision expected = right.peek(step.permits);
        Decision said = keyed.peek("key" + key, step.permits);
        assertEquals(expected, said, "key" + key);
      }
    }

    private void play(Step step, String key) {
      Exact one = exact(key);
      switch (step.verb) {
        case ACQUIRE ->
          assertEquals(one.limiter.tryAcquire(step.permits), keyed.tryAcquire(key, step.permits));
        case DECIDE ->
          assertEquals(one.limiter.decide(step.permits), keyed.decide(key, step.permits));
        case DETAIL -> {
          assertEquals(
              one.limiter.decideInDetail(step.permits), keyed.decideInDetail(key, step.permits));
        }
        case REFUND -> {
          one.limiter.refund(step.permits);
          keyed.refund(key, step.permits);
        }
        case WAIT -> {
          Duration wait = Duration.ofSeconds(2);
          waiting.add(new Waiting(
              keyed.limiter(key).acquireAsync(step.permits, wait),
              one.limiter.acquireAsync(step.permits, wait)));
        }
        case LEAVE -> {
          if (!waiting.isEmpty()) {
            Waiting left = waiting.remove(0);
            left.mine.cancel(true);
            left.right.cancel(true);
          }
        }
        case RESERVE -> {
          Duration wait = Duration.ofSeconds(3);
          Reservation mine = keyed.limiter(key).reserve(step.permits, wait);
          Reservation right = one.limiter.reserve(step.permits, wait);
          assertEquals(right.granted(), mine.granted(), "granted");
          assertEquals(right.waitNanos(), mine.waitNanos(), "wait");
          reserved.add(new Reserved(mine, right, clock.nanoTime()));
        }
        case CANCEL -> {
          if (!reserved.isEmpty()) {
            Reserved last = reserved.remove(reserved.size() - 1);
            if (last.at == clock.nanoTime()) { // later, what words admitted gives back less
              last.right.cancel();
              last.mine.cancel();
            }
          }
        }
        case FORCE -> {
          if (keyed.limits(key).rules().size() > 0) {
            long right = one.limiter.acquireForced(step.permits, Duration.ofSeconds(5));
            long wait = keyed.limiter(key).acquireForced(step.permits, Duration.ofSeconds(5));
            assertEquals(right, wait, "debt");
          }
        }
        case PENALIZE -> {
          if (keyed.limits(key).rules().size() > 0) {
            one.limiter.penalize(Duration.ofNanos(step.nanos));
            assertTrue(keyed.penalize(key, Duration.ofNanos(step.nanos)));
          }
        }
        case OVERRIDE -> {
          one.own = step.limits;
          change(one);
          keyed.override(key, step.limits);
        }
        case CLEAR -> {
          boolean had = one.own != null;
          if (had) {
            one.own = null;
            one.plan = plans.get(key);
            change(one);
          }
          assertEquals(had, keyed.clearOverride(key));
        }
        case PLAN -> {
          plans.put(key, step.limits);
          one.plan = step.limits;
          if (one.own == null) {
            change(one);
          }
          keyed.refreshLimits(key);
        }
        case RECONFIGURE -> {
          all = step.limits;
          exact.values().stream()
              .filter(each -> each.own == null && each.plan == null)
              .forEach(this::change);
          keyed.reconfigure(step.limits);
        }
        case FORGET_FRESH -> keyed.forgetFresh();
      }
      assertEquals(
          one.own != null ? one.own : one.plan != null ? one.plan : all,
          keyed.limits(key),
          "limits");
    }
  }
}
