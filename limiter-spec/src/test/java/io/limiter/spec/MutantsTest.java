package io.limiter.spec;

import static io.limiter.spec.Call.Verb.DECIDE;
import static io.limiter.spec.Call.Verb.PEEK;
import static io.limiter.spec.Call.Verb.TRY_ACQUIRE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.Gcra;
import io.limiter.Rate;
import io.limiter.spec.Setup.OfAll;
import io.limiter.spec.Setup.OfBucket;
import io.limiter.spec.Setup.OfGcra;
import io.limiter.spec.Timelines.StepsBack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.RandomGenerator;

/** A guarantee that no limiter can break is no guarantee: each has a wrong limiter that it catches. */
class MutantsTest {
  private static final long SEED = 42;
  private static final int TIMELINES = 200;

  /** A guarantee with the timelines that it is checked on. */
  private record Trial<S extends Setup, F>(
      String name, List<Timeline<S>> timelines, Check<S, F> check) {
    /** Whether it finds fault with what {@code factory} builds. */
    boolean catches(F factory) {
      for (Timeline<S> timeline : timelines) {
        try {
          check.check(timeline, factory);
        } catch (AssertionError caught) {
          return true;
        }
      }
      return false;
    }
  }

  private interface Check<S extends Setup, F> {
    void check(Timeline<S> timeline, F factory);
  }

  private static <S extends Setup, F> Trial<S, F> trial(
      String name, Arbitrary<Timeline<S>> timelines, Check<S, F> check) {
    Random random = new Random(SEED);
    RandomGenerator<Timeline<S>> generator = timelines.generator(1_000);
    List<Timeline<S>> some = new ArrayList<>();
    for (int i = 0; i < TIMELINES; i++) {
      some.add(generator.next(random).value());
    }
    return new Trial<>(name, some, check);
  }

  /** Each mutant is caught by the guarantee it is filed under; the honest limiter by none. */
  private static <S extends Setup, F> void assertCaught(
      List<Trial<S, F>> trials, F honest, Map<String, Map<String, F>> mutants) {
    for (Trial<S, F> trial : trials) {
      assertEquals(false, trial.catches(honest), () -> trial.name + " rejects the honest limiter");
    }
    TreeSet<String> shown = new TreeSet<>();
    StringBuilder missed = new StringBuilder();
    for (var filed : mutants.entrySet()) {
      for (var mutant : filed.getValue().entrySet()) {
        List<String> catchers = trials.stream()
            .filter(t -> t.catches(mutant.getValue()))
            .map(Trial::name)
            .toList();
        shown.add(String.format("  %-34s %s", mutant.getKey(), String.join(", ", catchers)));
        if (!catchers.contains(filed.getKey())) {
          missed.append(mutant.getKey()).append(" is not caught by ").append(filed.getKey());
        }
      }
    }
    System.out.println("Wrong limiter                        caught by");
    shown.forEach(System.out::println);
    assertEquals("", missed.toString());
    TreeSet<String> idle = new TreeSet<>(trials.stream().map(Trial::name).toList());
    idle.removeAll(mutants.keySet());
    assertEquals(new TreeSet<>(), idle, "guarantees without a mutant");
  }

  @Example
  void everyGuaranteeOfGcraCatchesItsMutants() {
    Arbitrary<OfGcra> setups = Timelines.gcras();
    Arbitrary<Timeline<OfGcra>> exact = Timelines.of(setups, StepsBack.EXACT);
    Arbitrary<Timeline<OfGcra>> any = Timelines.of(setups, StepsBack.ANY);
    Arbitrary<Timeline<OfGcra>> none = Timelines.of(setups, StepsBack.NONE);
    Arbitrary<Timeline<OfGcra>> taking =
        Timelines.of(setups, StepsBack.ANY, DECIDE, TRY_ACQUIRE, PEEK);
    List<Trial<OfGcra, SubjectFactory<OfGcra>>> trials = List.of(
        trial("decidesAsTheExactModelDoes", exact, Guarantees::decidesAsTheExactModelDoes),
        trial(
            "neverAdmitsMoreThanBurstPlusRate",
            taking,
            Guarantees::neverAdmitsMoreThanBurstPlusRate),
        trial("retryAfterIsExact", exact, Guarantees::retryAfterIsExact),
        trial(
            "remainingIsWhatOneMoreCallCouldTake",
            exact,
            Guarantees::remainingIsWhatOneMoreCallCouldTake),
        trial("resetAfterIsTheWaitUntilFresh", exact, Guarantees::resetAfterIsTheWaitUntilFresh),
        trial("deniedCallsChangeNothing", any, Guarantees::deniedCallsChangeNothing),
        trial("peekChangesNothing", any, Guarantees::peekChangesNothing),
        trial("clockStepsBackNeverAdmitExtra", any, Guarantees::clockStepsBackNeverAdmitExtra),
        trial("refundIsAsIfNotTaken", none, Guarantees::refundIsAsIfNotTaken),
        trial("moreThanBurstIsNeverAdmitted", any, Guarantees::moreThanBurstIsNeverAdmitted));
    Map<String, Map<String, SubjectFactory<OfGcra>>> mutants = new TreeMap<>();
    mutants.put(
        "decidesAsTheExactModelDoes",
        Map.of(
            "admitsOneTooFew", Mutants::admitsOneTooFew,
            "countsMicroseconds", Mutants::countsMicroseconds,
            "keepsFloatTokens", Mutants::keepsFloatTokens,
            "trustsTheSignOfReadings", Mutants::trustsTheSignOfReadings));
    mutants.put(
        "neverAdmitsMoreThanBurstPlusRate",
        Map.of("admitsOneTooMany", Mutants::admitsOneTooMany, "drifts", Mutants::drifts));
    mutants.put(
        "retryAfterIsExact",
        Map.of(
            "floorsTheWait", Mutants::floorsTheWait,
            "waitsOneNanoTooShort", Mutants::waitsOneNanoTooShort,
            "waitsOneNanoTooLong", Mutants::waitsOneNanoTooLong));
    mutants.put(
        "remainingIsWhatOneMoreCallCouldTake",
        Map.of("roundsRemainingUp", Mutants::roundsRemainingUp));
    mutants.put(
        "resetAfterIsTheWaitUntilFresh",
        Map.of("resetsTooEarly", Mutants::resetsTooEarly, "resetsTooLate", Mutants::resetsTooLate));
    mutants.put("deniedCallsChangeNothing", Map.of("chargesTheDenied", Mutants::chargesTheDenied));
    mutants.put("peekChangesNothing", Map.of("chargesThePeek", Mutants::chargesThePeek));
    mutants.put(
        "clockStepsBackNeverAdmitExtra",
        Map.of(
            "startsAnewWhenTheClockStepsBack", Mutants::startsAnewWhenTheClockStepsBack,
            "creditsStaleReadings", Mutants::creditsStaleReadings));
    mutants.put(
        "refundIsAsIfNotTaken",
        Map.of("forgetsRefunds", Mutants::forgetsRefunds, "refundsTwice", Mutants::refundsTwice));
    mutants.put(
        "moreThanBurstIsNeverAdmitted",
        Map.of("admitsMoreThanBurstFromIdle", Mutants::admitsMoreThanBurstFromIdle));
    assertCaught(trials, (setup, clock) -> new ModelSubject(setup.model(), clock), mutants);
  }

  @Example
  void everyGuaranteeOfTokenBucketCatchesItsMutants() {
    List<Trial<OfBucket, SubjectFactory<OfBucket>>> trials = List.of(
        trial(
            "decidesAsTheExactModelDoes",
            Timelines.of(Timelines.stepwiseBuckets(), StepsBack.EXACT),
            Guarantees::decidesAsTheExactModelDoes),
        trial(
            "stepwiseRefillsInSteps",
            Timelines.of(Timelines.stepwiseBuckets(), StepsBack.NONE),
            Guarantees::stepwiseRefillsInSteps),
        trial(
            "fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod",
            Timelines.of(Timelines.fixedWindows(), StepsBack.ANY, DECIDE, TRY_ACQUIRE, PEEK),
            Guarantees::fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod));
    Map<String, Map<String, SubjectFactory<OfBucket>>> mutants = Map.of(
        "decidesAsTheExactModelDoes",
        Map.of("startsFull", Mutants::startsFull),
        "stepwiseRefillsInSteps",
        Map.of("refillsWithoutSteps", Mutants::refillsWithoutSteps),
        "fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod",
        Map.of(
            "anchorsAtCreation", Mutants::anchorsAtCreation,
            "savesUpAWindow", Mutants::savesUpAWindow));
    assertCaught(trials, (setup, clock) -> new ModelSubject(setup.model(), clock), mutants);
  }

  @Example
  void everyGuaranteeOfAllOfCatchesItsMutants() {
    Arbitrary<Timeline<OfAll>> timelines = Timelines.of(Timelines.allOfs(), StepsBack.EXACT);
    List<Trial<OfAll, Composites.Factory>> trials = List.of(
        trial("weightsAreAllOrNothing", timelines, Composites::weightsAreAllOrNothing),
        trial(
            "waitIsTheLongestRemainingTheLeast",
            timelines,
            Composites::waitIsTheLongestRemainingTheLeast),
        trial("deniedMemberIsNamed", timelines, Composites::deniedMemberIsNamed));
    Map<String, Map<String, Composites.Factory>> mutants = Map.of(
        "weightsAreAllOrNothing",
        Map.of(
            "forgetsToRollBack", Mutants::forgetsToRollBack,
            "chargesEachTheSame", Mutants::chargesEachTheSame),
        "waitIsTheLongestRemainingTheLeast",
        Map.of(
            "tellsTheFirstWait", Mutants::tellsTheFirstWait,
            "tellsTheMostRemaining", Mutants::tellsTheMostRemaining),
        "deniedMemberIsNamed",
        Map.of("namesTheFirstMember", Mutants::namesTheFirstMember));
    assertCaught(trials, Mutants::several, mutants);
  }

  @Example
  void plainFormsThatReadTheClockTwiceAreCaught() {
    assertThrows(
        AssertionError.class,
        () -> PlainForms.readTheClockOnce(clock ->
            Gcra.create(Rate.perSecond(1), () -> clock.nanoTime() == 0 ? clock.nanoTime() : 0)));
  }

  @Example
  void aLimiterThatAcceptsNoPermitsIsCaught() {
    assertThrows(
        AssertionError.class,
        () -> PlainForms.refuse(
            Mutants.acceptsNoPermits(new OfGcra(Rate.perSecond(1), 1), () -> 0), 0));
  }
}
