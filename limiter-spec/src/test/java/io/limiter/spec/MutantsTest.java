package io.limiter.spec;

import static io.limiter.spec.Call.Verb.DECIDE;
import static io.limiter.spec.Call.Verb.PEEK;
import static io.limiter.spec.Call.Verb.TRY_ACQUIRE;
import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.Gcra;
import io.limiter.Rate;
import io.limiter.spec.Setup.OfAll;
import io.limiter.spec.Setup.OfBucket;
import io.limiter.spec.Setup.OfGcra;
import io.limiter.spec.Timelines.StepsBack;
import io.limiter.spec.Trials.Trial;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;

/** A guarantee that no limiter can break is no guarantee: each has a wrong limiter that it catches. */
class MutantsTest {
  @Example
  void everyGuaranteeOfGcraCatchesItsMutants() {
    Arbitrary<OfGcra> setups = Timelines.gcras();
    Arbitrary<Timeline<OfGcra>> exact = Timelines.of(setups, StepsBack.EXACT);
    Arbitrary<Timeline<OfGcra>> any = Timelines.of(setups, StepsBack.ANY);
    Arbitrary<Timeline<OfGcra>> none = Timelines.of(setups, StepsBack.NONE);
    Arbitrary<Timeline<OfGcra>> taking =
        Timelines.of(setups, StepsBack.ANY, DECIDE, TRY_ACQUIRE, PEEK);
    List<Trial<Timeline<OfGcra>, SubjectFactory<OfGcra>>> trials = List.of(
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
            "countsSilenceIn32Bits", Mutants::countsSilenceIn32Bits,
            "creditsWholePermitsOnly", Mutants::creditsWholePermitsOnly,
            "startsEmpty", Mutants::startsEmpty,
            "keepsFloatTokens", Mutants::keepsFloatTokens,
            "trustsTheSignOfReadings", Mutants::trustsTheSignOfReadings));
    mutants.put(
        "neverAdmitsMoreThanBurstPlusRate",
        Map.of(
            "admitsOneTooMany", Mutants::admitsOneTooMany,
            "drifts", Mutants::drifts,
            "letsTheNextPay", Mutants::letsTheNextPay,
            "savesUpWhileIdle", Mutants::savesUpWhileIdle));
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
            "creditsStaleReadings", Mutants::creditsStaleReadings,
            "movesBackToAStaleReading", Mutants::movesBackToAStaleReading));
    mutants.put(
        "refundIsAsIfNotTaken",
        Map.of("forgetsRefunds", Mutants::forgetsRefunds, "refundsTwice", Mutants::refundsTwice));
    mutants.put(
        "moreThanBurstIsNeverAdmitted",
        Map.of(
            "admitsMoreThanBurstFromIdle", Mutants::admitsMoreThanBurstFromIdle,
            "tellsAWaitForMoreThanBurst", Mutants::tellsAWaitForMoreThanBurst,
            "wrapsAroundInThePrice", Mutants::wrapsAroundInThePrice));
    assertCaught(trials, (setup, clock) -> new ModelSubject(setup.model(), clock), mutants);
  }

  @Example
  void everyGuaranteeOfTokenBucketCatchesItsMutants() {
    List<Trial<Timeline<OfBucket>, SubjectFactory<OfBucket>>> trials = List.of(
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
        Map.of(
            "startsFull", Mutants::startsFull,
            "restartsTheWindowWithEachCall", Mutants::restartsTheWindowWithEachCall),
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
    List<Trial<Timeline<OfAll>, Composites.Factory>> trials = List.of(
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
  void aLimiterThatAcceptsNegativePermitsIsCaught() {
    assertThrows(
        AssertionError.class,
        () -> PlainForms.refuse(
            Mutants.acceptsNegativePermits(new OfGcra(Rate.perSecond(1), 1), () -> 0), -1));
  }
}
