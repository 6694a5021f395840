package io.limiter.spec;

import static io.limiter.spec.Call.Verb.DECIDE;
import static io.limiter.spec.Call.Verb.PEEK;
import static io.limiter.spec.Call.Verb.TRY_ACQUIRE;
import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;

import io.limiter.spec.Setup.OfLog;
import io.limiter.spec.Timelines.StepsBack;
import io.limiter.spec.Trials.Trial;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;

/** Each guarantee of {@link SlidingLogProperties} has a wrong log that it catches. */
class LogMutantsTest {

  @Example
  void everyGuaranteeOfSlidingLogCatchesItsMutants() {
    Arbitrary<OfLog> setups = Timelines.slidingLogsOfSeveralWindows();
    Arbitrary<Timeline<OfLog>> any = Timelines.of(setups, StepsBack.ANY);
    Arbitrary<Timeline<OfLog>> exact = Timelines.of(setups, StepsBack.EXACT);
    Arbitrary<Timeline<OfLog>> taking =
        Timelines.of(setups, StepsBack.ANY, DECIDE, TRY_ACQUIRE, PEEK);
    Arbitrary<Timeline<OfLog>> forward =
        Timelines.of(setups, StepsBack.NONE, DECIDE, TRY_ACQUIRE, PEEK);
    Arbitrary<Timeline<OfLog>> one = Timelines.of(Timelines.slidingLogs(), StepsBack.NONE);
    List<Trial<Timeline<OfLog>, SubjectFactory<OfLog>>> trials = List.of(
        trial("decidesAsTheListOfAdmissionsDoes", any, Guarantees::decidesAsTheExactModelDoes),
        trial(
            "neverAdmitsMoreThanNInAnyWindow",
            taking,
            LogGuarantees::neverAdmitsMoreThanNInAnyWindow),
        trial(
            "aPermitExactlyOnePeriodOldIsOut", one, LogGuarantees::aPermitExactlyOnePeriodOldIsOut),
        trial("timestampsNeverDecrease", taking, LogGuarantees::timestampsNeverDecrease),
        trial("refundTakesBackOnlyTheNewest", forward, LogGuarantees::refundTakesBackOnlyTheNewest),
        trial("retryAfterIsExact", exact, Guarantees::retryAfterIsExact),
        trial(
            "remainingIsWhatOneMoreCallCouldTake",
            any,
            Guarantees::remainingIsWhatOneMoreCallCouldTake),
        trial("deniedCallsChangeNothing", any, Guarantees::deniedCallsChangeNothing),
        trial("clockStepsBackNeverAdmitExtra", any, Guarantees::clockStepsBackNeverAdmitExtra));
    Map<String, Map<String, SubjectFactory<OfLog>>> mutants = new TreeMap<>();
    mutants.put(
        "decidesAsTheListOfAdmissionsDoes",
        Map.of(
            "countsBeforeItCleansUp", LogMutants::countsBeforeItCleansUp,
            "takesBackOneOnly", LogMutants::takesBackOneOnly));
    mutants.put(
        "neverAdmitsMoreThanNInAnyWindow",
        Map.of(
            "ringTooSmallByOne", LogMutants::ringTooSmallByOne,
            "countsByFixedWindows", LogMutants::countsByFixedWindows,
            "asksTheFirstWindowOnly", LogMutants::asksTheFirstWindowOnly,
            "countsAnInstantOnce", LogMutants::countsAnInstantOnce,
            "countsCallsNotPermits", LogMutants::countsCallsNotPermits,
            "estimatesFromTwoWindows", LogMutants::estimatesFromTwoWindows));
    mutants.put(
        "aPermitExactlyOnePeriodOldIsOut",
        Map.of(
            "countsAPermitOnePeriodOld", LogMutants::countsAPermitOnePeriodOld,
            "losesAPermitOneNanoEarly", LogMutants::losesAPermitOneNanoEarly));
    mutants.put(
        "timestampsNeverDecrease",
        Map.of("datesStaleReadingsAsGiven", LogMutants::datesStaleReadingsAsGiven));
    mutants.put(
        "clockStepsBackNeverAdmitExtra",
        Map.of("datesStaleReadingsAsGiven", LogMutants::datesStaleReadingsAsGiven));
    mutants.put(
        "refundTakesBackOnlyTheNewest",
        Map.of("takesBackOlderOnesToo", LogMutants::takesBackOlderOnesToo));
    mutants.put(
        "retryAfterIsExact", Map.of("waitsForOnePermitOnly", LogMutants::waitsForOnePermitOnly));
    mutants.put(
        "remainingIsWhatOneMoreCallCouldTake",
        Map.of("tellsTheRoomOfTheFirstWindow", LogMutants::tellsTheRoomOfTheFirstWindow));
    mutants.put("deniedCallsChangeNothing", Map.of("logsTheDenied", LogMutants::logsTheDenied));
    assertCaught(trials, (setup, clock) -> new ModelSubject(setup.model(), clock), mutants);
  }
}
