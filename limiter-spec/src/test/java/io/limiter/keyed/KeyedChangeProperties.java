package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import io.limiter.spec.Rational;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys whose limits are overridden and cleared at any time, against exact rationals. */
class KeyedChangeProperties {
  private static final List<String> PERIODS =
      List.of("7 ms", "100 ms", "300 ms", "second", "7 seconds", "minute");
  private static final List<String> OPTIONS =
      List.of("", " burst 1", " burst 9", " token-bucket", " fixed-window", " fixed-window");

  /** What happens to one of the keys, so many ns after the step before. */
  record Step(Verb verb, int key, long permits, Limits limits, long nanos) {}

  enum Verb {
    ACQUIRE,
    DECIDE,
    REFUND,
    OVERRIDE,
    CLEAR,
    FORGET_FRESH
  }

  private static Arbitrary<Limits> rules(int most) {
    Arbitrary<String> count = Arbitraries.integers().between(1, 12).map(String::valueOf);
    Arbitrary<String> rule = Combinators.combine(count, Arbitraries.of(OPTIONS))
        .as((n, option) -> n + "/PERIOD" + option);
    Arbitrary<List<String>> periods = Arbitraries.shuffle(PERIODS).map(all -> all.subList(0, most));
    return Combinators.combine(rule.list().ofMinSize(1).ofMaxSize(most), periods)
        .as((rules, of) -> Limits.parse(String.join(
            ", ",
            IntStream.range(0, rules.size())
                .mapToObj(i -> rules.get(i).replace("PERIOD", of.get(i)))
                .toList())));
  }

  @Provide
  Arbitrary<Limits> limits() {
    return rules(3);
  }

  @Provide
  Arbitrary<Step> steps() {
    Arbitrary<Limits> limits = Arbitraries.frequencyOf(
        Tuple.of(10, rules(3)),
        Tuple.of(1, Arbitraries.of("blocked", "unlimited").map(Limits::parse)));
    return steps(limits);
  }

  @Provide
  Arbitrary<Step> stepsOfRules() {
    return steps(rules(3));
  }

  private static Arbitrary<Step> steps(Arbitrary<Limits> limits) {
    Arbitrary<Long> nanos = Arbitraries.frequencyOf(
        Tuple.of(4, Arbitraries.just(0L)),
        Tuple.of(3, Arbitraries.longs().between(0, 150_000_000)),
        Tuple.of(3, Arbitraries.longs().between(0, 20).map(n -> n * 50_000_000)),
        Tuple.of(1, Arbitraries.longs().between(0, 200_000_000_000L)));
    return Combinators.combine(
            Arbitraries.of(Verb.values()),
            Arbitraries.integers().between(0, 1),
            Arbitraries.longs().between(1, 5),
            limits,
            nanos)
        .as(Step::new);
  }

  /** What is held to the model: a keyed limiter, or one that is wrong. */
  interface Subject {
    Decision decide(int key, long permits);

    Decision peek(int key, long permits);

    void refund(int key, long permits);

    void override(int key, Limits limits);

    void clearOverride(int key);

    void forgetFresh();
  }

  private static Subject objects(Limits limits, ManualClock clock) {
    KeyedLimiter<String> keyed =
        KeyedLimiter.<String>builder(limits, clock).maxKeys(100).build();
    return new Subject() {
      @Override
      public Decision decide(int key, long permits) {
        return keyed.decide("key" + key, permits);
      }

      @Override
      public Decision peek(int key, long permits) {
        return keyed.peek("key" + key, permits);
      }

      @Override
      public void refund(int key, long permits) {
        keyed.refund("key" + key, permits);
      }

      @Override
      public void override(int key, Limits own) {
        keyed.override("key" + key, own);
      }

      @Override
      public void clearOverride(int key) {
        keyed.clearOverride("key" + key);
      }

      @Override
      public void forgetFresh() {
        keyed.forgetFresh();
      }
    };
  }

  private static Subject longs(Limits limits, ManualClock clock) {
    LongKeyedLimiter keyed =
        LongKeyedLimiter.builder(limits, clock).maxKeys(100).build();
    return new Subject() {
      @Override
      public Decision decide(int key, long permits) {
        return keyed.decide(key, permits);
      }

      @Override
      public Decision peek(int key, long permits) {
        return keyed.peek(key, permits);
      }

      @Override
      public void refund(int key, long permits) {
        keyed.refund(key, permits);
      }

      @Override
      public void override(int key, Limits own) {
        keyed.override(key, own);
      }

      @Override
      public void clearOverride(int key) {
        keyed.clearOverride(key);
      }

      @Override
      public void forgetFresh() {
        keyed.forgetFresh();
      }
    };
  }

  private static void assertAsModel(
      Subject subject,
      ManualClock clock,
      Limits limits,
      List<Step> steps,
      KeyedChangeModel.Law law) {
    List<KeyedChangeModel> models =
        List.of(new KeyedChangeModel(limits, law), new KeyedChangeModel(limits, law));
    long origin = clock.nanoTime();
    for (Step step : steps) {
      clock.advanceNanos(step.nanos);
      KeyedChangeModel model = models.get(step.key);
      model.advanceTo(clock.nanoTime() - origin);
      switch (step.verb) {
        case ACQUIRE, DECIDE ->
          assertEquals(model.decide(step.permits), subject.decide(step.key, step.permits));
        case REFUND -> {
          model.refund(step.permits);
          subject.refund(step.key, step.permits);
        }
        case OVERRIDE -> {
          model.change(step.limits);
          subject.override(step.key, step.limits);
        }
        case CLEAR -> {
          model.clearOverride();
          subject.clearOverride(step.key);
        }
        case FORGET_FRESH -> subject.forgetFresh();
      }
      assertEquals(model.peek(step.permits), subject.peek(step.key, step.permits));
    }
  }

  @Property
  void keysThatAreChangedDecideAsTheExactModelDoes(
      @ForAll @From("limits") Limits limits,
      @ForAll @Size(min = 1, max = 60) List<@From("steps") Step> steps,
      @ForAll long origin) {
    ManualClock clock = ManualClock.startingAt(origin);
    assertAsModel(objects(limits, clock), clock, limits, steps, KeyedChangeModel.Law.SPENT);
    ManualClock again = ManualClock.startingAt(origin);
    assertAsModel(longs(limits, again), again, limits, steps, KeyedChangeModel.Law.SPENT);
  }

  /** Objects decide for such keys: they round what is missing up to a ns. */
  @Property
  void keysThatAreChangedWithAConcurrencyNeverGetMoreThanTheExactModelGives(
      @ForAll @From("limits") Limits limits,
      @ForAll @Size(min = 1, max = 60) List<@From("stepsOfRules") Step> steps) {
    ManualClock clock = ManualClock.startingAt(-1);
    KeyedLimiter<Integer> keyed = KeyedLimiter.<Integer>builder(limits, clock).build();
    KeyedChangeModel model = new KeyedChangeModel(limits, KeyedChangeModel.Law.SPENT);
    Limits concurrent = Limits.parse(limits + ", 5 concurrent");
    boolean wasAdmitted = false;
    for (Step step : steps) {
      clock.advanceNanos(step.nanos);
      model.advanceTo(clock.nanoTime() + 1);
      switch (step.verb) {
        case OVERRIDE -> {
          model.change(step.limits);
          keyed.override(0, Limits.parse(step.limits + ", 5 concurrent"));
        }
        case CLEAR -> {
          model.clearOverride();
          keyed.clearOverride(0);
        }
        case FORGET_FRESH -> {
          model.clearOverride();
          keyed.override(0, concurrent);
        }
        default -> {
          try (Permit permit = keyed.tryEnter(0, step.permits)) {
            if (permit.granted()) {
              assertTrue(model.decide(step.permits).admitted(), "more than the model gives");
              wasAdmitted = true;
            } else if (!wasAdmitted) { // whole bursts, and no rounding
              assertFalse(model.peek(step.permits).admitted(), "less than the model gives");
            }
          }
        }
      }
    }
  }

  /** Steps that depend on nothing but the seed. */
  private static List<Step> random(Random random, int count) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      steps.add(new Step(
          Verb.values()[random.nextInt(Verb.values().length)],
          random.nextInt(2),
          1 + random.nextInt(5),
          randomLimits(random),
          random.nextBoolean() ? 0 : random.nextInt(1_000) * 1_000_000L));
    }
    return steps;
  }

  private static Limits randomLimits(Random random) {
    return Limits.parse(
        switch (random.nextInt(6)) {
          case 0 -> "blocked";
          case 1 -> "9/second fixed-window";
          case 2 -> "12/minute, 5/second";
          case 3 -> "5/second, 3/7 seconds burst 9";
          case 4 -> "7/7 seconds token-bucket";
          default -> "4/second";
        });
  }

  @ParameterizedTest
  @EnumSource(value = KeyedChangeModel.Law.class, mode = EnumSource.Mode.EXCLUDE, names = "SPENT")
  void canary_anotherLaw_isCaught(KeyedChangeModel.Law law) {
    assertThrows(AssertionError.class, () -> {
      Random random = new Random(5);
      for (int i = 0; i < 1_000; i++) {
        ManualClock clock = ManualClock.create();
        Limits limits = Limits.parse("5/second, 12/minute");
        assertAsModel(objects(limits, clock), clock, limits, random(random, 30), law);
      }
    });
  }

  /** What one rule admitted, and may: in any interval that ends now, by where the interval starts. */
  private static final class Ledger {
    final Rule rule;
    private final List<Rational> allowed = new ArrayList<>(); // by start, less what was admitted

    Ledger(Rule rule) {
      this.rule = rule;
    }

    /** Goes on under another rule: each raise of the burst is allowed once more. */
    Ledger under(Rule next) {
      Ledger ledger = new Ledger(next);
      ledger.allowed.addAll(allowed);
      ledger.allow(Rational.of(Math.max(next.burst() - rule.burst(), 0)));
      return ledger;
    }

    private void allow(Rational permits) {
      allowed.replaceAll(permits::plus);
    }

    void pass(long from, long to) {
      long period = rule.rate().periodNanos();
      allow(
          rule.algorithm() == Algorithm.FIXED_WINDOW
              ? Rational.of(to / period - from / period).times(Rational.of(rule.permits()))
              : Rational.of(to - from).times(Rational.of(rule.permits(), period)));
    }

    void admit(long permits) {
      allowed.add(Rational.of(rule.burst())); // an interval starts here
      allow(Rational.of(-permits));
      for (Rational left : allowed) {
        assertTrue(left.signum() >= 0, "minted: " + left + " under " + rule);
      }
    }
  }

  private static void assertMintsNothing(
      Subject subject, ManualClock clock, Limits limits, List<Step> steps) {
    long origin = clock.nanoTime();
    long time = 0;
    Limits now = limits;
    List<Ledger> ledgers = limits.rules().stream().map(Ledger::new).toList();
    for (Step step : steps) {
      clock.advanceNanos(step.nanos);
      for (Ledger ledger : ledgers) {
        ledger.pass(time, clock.nanoTime() - origin);
      }
      time = clock.nanoTime() - origin;
      if (step.verb == Verb.OVERRIDE || step.verb == Verb.CLEAR) {
        Limits next = step.verb == Verb.CLEAR ? limits : step.limits;
        int[] from = next.counterpartsIn(now);
        List<Ledger> before = ledgers;
        ledgers = IntStream.range(0, from.length)
            .mapToObj(i -> from[i] < 0
                ? new Ledger(next.rules().get(i))
                : before.get(from[i]).under(next.rules().get(i)))
            .toList();
        now = next;
        if (step.verb == Verb.CLEAR) {
          subject.clearOverride(0);
        } else {
          subject.override(0, next);
        }
      } else {
        long permits = step.permits;
        while (permits > 0) {
          if (subject.decide(0, permits).admitted()) {
            for (Ledger ledger : ledgers) {
              ledger.admit(permits);
            }
          } else {
            permits--;
          }
        }
      }
    }
  }

  @Property
  void changesMintNothingBeyondTheRaisesOfTheBurst(
      @ForAll @From("limits") Limits limits,
      @ForAll @Size(min = 1, max = 60) List<@From("stepsOfRules") Step> steps) {
    ManualClock clock = ManualClock.startingAt(-1);
    assertMintsNothing(objects(limits, clock), clock, limits, steps);
  }

  /** The mutant: a key begins anew whenever its limits change. */
  @Test
  void canary_keysThatBeginAnew_areCaught() {
    assertThrows(AssertionError.class, () -> {
      Random random = new Random(6);
      for (int i = 0; i < 1_000; i++) {
        ManualClock clock = ManualClock.create();
        Limits limits = Limits.parse("5/second, 12/minute");
        List<Step> steps = random(random, 30);
        steps.removeIf(step -> step.limits.isBlocked());
        int[] generation = new int[1];
        Subject right = objects(limits, clock);
        Subject wrong = new Subject() {
          @Override
          public Decision decide(int key, long permits) {
            return right.decide(generation[0], permits);
          }

          @Override
          public Decision peek(int key, long permits) {
            return right.peek(generation[0], permits);
          }

          @Override
          public void refund(int key, long permits) {
            right.refund(generation[0], permits);
          }

          @Override
          public void override(int key, Limits own) {
            generation[0]++;
            right.override(generation[0], own);
          }

          @Override
          public void clearOverride(int key) {
            generation[0]++;
          }

          @Override
          public void forgetFresh() {
            right.forgetFresh();
          }
        };
        assertMintsNothing(wrong, clock, limits, steps);
      }
    });
  }
}
