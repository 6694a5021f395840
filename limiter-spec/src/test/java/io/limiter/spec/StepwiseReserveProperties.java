package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.Reservation;
import io.limiter.TokenBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Reserving permits that arrive in steps, on virtual time, against the model of the steps. */
class StepwiseReserveProperties {
  enum Verb {
    PASS_TIME,
    TRY_ACQUIRE,
    RESERVE,
    RESERVE_IN_TIME,
    CANCEL,
    SETTLE,
    REFUND,
    FORCE,
    PENALIZE,
    RECONFIGURE
  }

  /** One call; what the numbers mean depends on the verb. */
  record Step(Verb verb, int a, int b) {}

  /** Builds the bucket on trial. */
  interface Factory {
    TokenBucket create(Rate rate, long burst, long anchor, NanoClock clock);
  }

  /** A bucket, its anchor in ns after its creation, and what it gets. */
  record Script(long origin, long anchor, long permits, long period, long burst, List<Step> steps) {
    @Override
    public String toString() {
      String calls = steps.stream().map(step -> "\n  " + step).collect(Collectors.joining());
      return permits + "/" + period + " ns burst " + burst + ", anchor " + anchor
          + " after creation, when the clock reads " + origin + calls;
    }
  }

  @Provide
  Arbitrary<Script> scripts() {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 1_000);
    Arbitrary<List<Step>> steps = Combinators.combine(
            Arbitraries.of(Verb.values()), numbers, numbers)
        .as(Step::new)
        .list()
        .ofMaxSize(40);
    Arbitrary<Long> sizes = Arbitraries.longs().between(1, 12);
    Arbitrary<Long> anchors = Arbitraries.longs().between(-100, 100);
    return Combinators.combine(Arbitraries.longs(), anchors, sizes, sizes, sizes, steps)
        .as(Script::new);
  }

  /** After every step: who reserved is told to wait for the step after the anchor that serves it. */
  static void waitsAreForTheNextStepsAfterTheAnchor(Script script, Factory factory) {
    ManualClock clock = ManualClock.startingAt(script.origin);
    Rate first = Rate.ofNanos(script.permits, script.period);
    TokenBucket bucket = factory.create(first, script.burst, script.origin + script.anchor, clock);
    CallScript played =
        new CallScript(bucket + " anchor " + script.anchor + " ns later", clock::nanoTime);
    played.run(() -> waitsAreForTheNextStepsAfterTheAnchor(script, clock, bucket, played));
  }

  private static void waitsAreForTheNextStepsAfterTheAnchor(
      Script script, ManualClock clock, TokenBucket bucket, CallScript played) {
    StepwiseModel model =
        new StepwiseModel(script.permits, script.period, script.burst, script.anchor);
    List<Reservation> reservations = new ArrayList<>(); // not closed yet
    List<StepwiseModel.Entry> entries = new ArrayList<>();
    long burst = script.burst;
    for (Step step : script.steps) {
      long now = clock.nanoTime() - script.origin;
      long k = step.a % burst + 1;
      switch (step.verb) {
        case PASS_TIME -> clock.advanceNanos(step.a % 30);
        case TRY_ACQUIRE -> {
          played.tell("tryAcquire(" + k + ")");
          assertEquals(model.tryAcquire(now, k), bucket.tryAcquire(k), "tryAcquire");
        }
        case RESERVE, RESERVE_IN_TIME -> {
          boolean any = step.verb == Verb.RESERVE;
          long maxWait = any ? Long.MAX_VALUE : step.b % 30;
          played.tell("reserve(" + k + (any ? ")" : ", " + maxWait + " ns)"));
          StepwiseModel.Entry entry = model.reserve(now, k, maxWait);
          Reservation said = bucket.reserveAt(clock.nanoTime(), k, maxWait);
          assertEquals(entry != null, said.granted(), "granted");
          if (entry != null) {
            reservations.add(said);
            entries.add(entry);
          }
        }
        case CANCEL, SETTLE -> {
          if (!entries.isEmpty()) {
            int i = step.b % entries.size();
            boolean pending = model.wait(now, entries.get(i)) > 0;
            if (step.verb == Verb.SETTLE) {
              Reservation reservation = reservations.remove(i);
              StepwiseModel.Entry entry = entries.remove(i);
              long actual = step.a % (reservation.permits() + 1);
              played.tell("settle reservation " + i + " of those that are left for " + actual);
              reservation.settle(actual);
              if (pending) {
                model.shrink(now, entry, actual);
              } else if (actual < reservation.permits()) {
                model.refund(now, reservation.permits() - actual);
              }
            } else if (pending) {
              played.tell("cancel reservation " + i + " of those that are left");
              reservations.remove(i).cancel();
              model.shrink(now, entries.remove(i), 0);
            }
          }
        }
        case REFUND -> {
          played.tell("refund(" + k + ")");
          bucket.refund(k);
          model.refund(now, k);
        }
        case FORCE -> {
          played.tell("acquireForced(" + k + ")");
          assertEquals(model.force(now, k), bucket.acquireForced(k), "wait of who is forced");
        }
        case PENALIZE -> {
          if (!model.isWaitedFor(now)) {
            played.tell("penalize(" + step.a % 30 + " ns)");
            bucket.penalizeAt(clock.nanoTime(), step.a % 30);
            model.penalize(now, step.a % 30);
          }
        }
        case RECONFIGURE -> {
          if (!model.isPenalized(now)) {
            long permits = step.a % 12 + 1;
            long period = step.b % 15 + 1;
            burst = (step.a + step.b) % 12 + 1;
            Rate rate = Rate.ofNanos(permits, period);
            played.tell("reconfigure(" + rate + " burst " + burst + ")");
            bucket.reconfigure(rate, burst);
            model.reconfigure(now, permits, period, burst);
          }
        }
      }
      now = clock.nanoTime() - script.origin;
      for (int i = 0; i < entries.size(); i++) {
        long wait = model.wait(now, entries.get(i));
        assertEquals(wait, reservations.get(i).waitNanos(), "wait of reservation " + i);
      }
      for (long each = 1; each <= burst; each++) {
        long wait = model.retryAfter(now, each);
        assertEquals(wait, bucket.peek(each).retryAfterNanos(), "retryAfter of " + each);
      }
    }
  }

  @Property
  void waitsAreForTheNextStepsAfterTheAnchor(@ForAll @From("scripts") Script script) {
    waitsAreForTheNextStepsAfterTheAnchor(script, StepwiseReserveProperties::honest);
  }

  private static TokenBucket honest(Rate rate, long burst, long anchor, NanoClock clock) {
    return TokenBucket.stepwise(rate, burst, burst, anchor, clock);
  }

  @Example
  void everyGuaranteeOfStepsCatchesItsMutants() {
    String name = "waitsAreForTheNextStepsAfterTheAnchor";
    Factory stepsFromItsCreation =
        (rate, burst, anchor, clock) -> honest(rate, burst, clock.nanoTime(), clock);
    Factory stepsOneLate = (rate, burst, anchor, clock) -> honest(rate, burst, anchor + 1, clock);
    Factory refillsContinuously =
        (rate, burst, anchor, clock) -> TokenBucket.create(rate, burst, clock);
    assertCaught(
        List.of(trial(
            name, scripts(), StepwiseReserveProperties::waitsAreForTheNextStepsAfterTheAnchor)),
        StepwiseReserveProperties::honest,
        Map.of(
            name,
            Map.of(
                "stepsFromItsCreation", stepsFromItsCreation,
                "stepsOneLate", stepsOneLate,
                "refillsContinuously", refillsContinuously)));
  }
}
