package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;
import static java.util.Map.entry;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import io.limiter.spec.UseScript.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Limiters in use, on virtual time: waiting in line, reserving, debts, giving back, penalties and changes
 * of the limit, in any order. After each call
 *
 * <ul>
 *   <li>every answer and every wait is that of the exact model;
 *   <li>what is charged is what was admitted and kept, and what is reserved ahead; callers in line hold
 *       and charge nothing;
 *   <li>whoever is due was answered, and nobody else.
 * </ul>
 *
 * <p>In the end no window holds more than its formula of the permits that were kept. Once all have left
 * and time has passed, nothing remains.
 */
class UseProperties {
  static final String RATE = "aLimiterOfOneRateInUseIsItsModel";
  static final String STEPS = "aStepwiseBucketInUseIsItsModel";
  static final String LOG = "aSlidingLogInUseIsItsModel";
  static final String ALL = "severalLimitersInUseAreTheirModel";
  static final String GATE = "aGateInUseIsItsModel";

  @Provide
  Arbitrary<UseScript> rates() {
    return UseScript.of(
        Arbitraries.oneOf(UseScript.gcras().map(each -> (Setup) each), UseScript.buckets(false)),
        Verb.values());
  }

  @Provide
  Arbitrary<UseScript> steps() {
    return UseScript.of(UseScript.buckets(true), Verb.values());
  }

  @Provide
  Arbitrary<UseScript> logs() {
    return UseScript.of(UseScript.logs(), Verb.values());
  }

  private static Verb[] without(Verb one) {
    List<Verb> left = new ArrayList<>(List.of(Verb.values()));
    left.remove(one);
    return left.toArray(Verb[]::new);
  }

  /** Changes of several limiters together: see ChangeTogetherProperties. */
  @Provide
  Arbitrary<UseScript> several() {
    return UseScript.of(UseScript.several(), without(Verb.CHANGE));
  }

  /** Where somebody looks in time: with concurrency a caller may count as of when that is noticed. */
  @Provide
  Arbitrary<UseScript> gates() {
    Verb[] verbs = {
      Verb.PASS_TIME,
      Verb.PASS_TIME,
      Verb.TRY_ACQUIRE,
      Verb.ACQUIRE_ASYNC,
      Verb.ACQUIRE_ASYNC,
      Verb.LEAVE,
      Verb.CANCEL,
      Verb.CANCEL,
      Verb.PENALIZE
    };
    return UseScript.of(
        UseScript.several(), Arbitraries.integers().between(1, 4), Arbitraries.of(verbs));
  }

  @Property
  void aLimiterOfOneRateInUseIsItsModel(@ForAll @From("rates") UseScript script) {
    script.play(Kernel::limiter);
  }

  @Property
  void aStepwiseBucketInUseIsItsModel(@ForAll @From("steps") UseScript script) {
    script.play(Kernel::limiter);
  }

  @Property
  void aSlidingLogInUseIsItsModel(@ForAll @From("logs") UseScript script) {
    script.play(Kernel::limiter);
  }

  @Property
  void severalLimitersInUseAreTheirModel(@ForAll @From("several") UseScript script) {
    script.play(Kernel::limiter);
  }

  @Property
  void aGateInUseIsItsModel(@ForAll @From("gates") UseScript script) {
    script.play(Kernel::limiter);
  }

  /** A mutant of a Gcra or of a continuous bucket. */
  interface OfRate {
    RateLimiter create(Rate rate, long burst, NanoClock clock);
  }

  static LimiterAndModel.Factory of(OfRate mutant) {
    return (setup, clock) -> {
      Rate rate =
          setup instanceof Setup.OfGcra gcra ? gcra.rate() : ((Setup.OfBucket) setup).rate();
      return mutant.create(rate, setup.burst(), clock);
    };
  }

  private interface OfSteps {
    RateLimiter create(Setup.OfBucket setup, long anchor, NanoClock clock);
  }

  private static LimiterAndModel.Factory ofSteps(OfSteps mutant) {
    return (setup, clock) -> {
      Setup.OfBucket bucket = (Setup.OfBucket) setup;
      return mutant.create(bucket, clock.nanoTime() + bucket.anchor(), clock);
    };
  }

  private static RateLimiter steps(Setup.OfBucket setup, long anchor, NanoClock clock) {
    return TokenBucket.stepwise(setup.rate(), setup.burst(), setup.burst(), anchor, clock);
  }

  private static LimiterAndModel.Factory logs(UnaryOperator<Rate> mutant) {
    return (setup, clock) -> {
      List<Rate> windows = ((Setup.OfLog) setup).windows();
      return SlidingLog.create(windows.stream().map(mutant).toList(), clock);
    };
  }

  /** Several in one that is wrong; the members are right. */
  private interface OfSeveral extends LimiterAndModel.Factory {
    @Override
    default RateLimiter create(Setup setup, NanoClock clock) {
      return Kernel.limiter(setup, clock);
    }

    @Override
    RateLimiter all(List<RateLimiter> members, List<Long> weights);
  }

  private static final Map<String, LimiterAndModel.Factory> RATE_MUTANTS = Map.ofEntries(
      entry("chargesTheRefused", of(ReserveMutants::chargesTheRefused)),
      entry("drainsADebt", of(ReserveMutants::drainsADebt)),
      entry("forgivesDebts", of(ReserveMutants::forgivesDebts)),
      entry("cutsDebts", of(ReserveMutants::cutsDebts)),
      entry("cancelsForLess", of(ReserveMutants::cancelsForLess)),
      entry("cancelsTwice", of(ReserveMutants::cancelsTwice)),
      entry("cancelForgetsThoseBehind", of(ReserveMutants::cancelForgetsThoseBehind)),
      entry("cancelledFuturesStayInLine", of(ReserveMutants::cancelledFuturesStayInLine)),
      entry("chargesThoseInLine", of(ReserveMutants::chargesThoseInLine)),
      entry("timesWaitersOnce", of(ReserveMutants::timesWaitersOnce)),
      entry("letsTheNextPay", of(ReserveMutants::letsTheNextPay)),
      entry("tellsAllTheSameWait", of(ReserveMutants::tellsAllTheSameWait)),
      entry("settlesForNoLess", of(ReserveMutants::settlesForNoLess)),
      entry("givesBackWhatTimeRestored", of(ReserveMutants::givesBackWhatTimeRestored)),
      entry("givesNothingBackOnceDue", of(ReserveMutants::givesNothingBackOnceDue)),
      entry("givesBackAtAnOldReading", of(ReserveMutants::givesBackAtAnOldReading)),
      entry("pricesReceiptsAtTheNewRate", of(ReserveMutants::pricesReceiptsAtTheNewRate)),
      entry("pricesThePastAtTheNewRate", of(ReserveMutants::pricesThePastAtTheNewRate)),
      entry("penalizesByDraining", of(ReserveMutants::penalizesByDraining)),
      entry("fillsUpWhenChanged", of(ReserveMutants::fillsUpWhenChanged)),
      entry("scalesTheLevelWhenChanged", of(ReserveMutants::scalesTheLevelWhenChanged)));

  private static final Map<String, LimiterAndModel.Factory> STEP_MUTANTS = Map.of(
      "stepsFromItsCreation",
      ofSteps((setup, anchor, clock) -> steps(setup, clock.nanoTime(), clock)),
      "stepsOneLate",
      ofSteps((setup, anchor, clock) -> steps(setup, anchor + 1, clock)),
      "refillsContinuously",
      ofSteps((setup, anchor, clock) -> TokenBucket.create(setup.rate(), setup.burst(), clock)));

  private static final Map<String, LimiterAndModel.Factory> LOG_MUTANTS = Map.of(
      "oneMore", logs(window -> Rate.ofNanos(window.permits() + 1, window.periodNanos())),
      "oneLate", logs(window -> Rate.ofNanos(window.permits(), window.periodNanos() + 1)));

  private static final Map<String, LimiterAndModel.Factory> SEVERAL_MUTANTS = Map.of(
      "forgetsWeights",
      (OfSeveral) (members, weights) -> AllOf.of(members),
      "forgetsTheLast",
      (OfSeveral) (members, weights) -> AllOf.of(members.subList(0, 1), weights.get(0)));

  private static final Map<String, LimiterAndModel.Factory> GATE_MUTANTS = Map.of(
      "aMemberOfOneMore",
      (setup, clock) -> setup instanceof Setup.OfGcra gcra
          ? Gcra.create(gcra.rate(), gcra.burst() + 1, clock)
          : Kernel.limiter(setup, clock));

  @Example
  void everyGuaranteeOfUseCatchesItsMutants() {
    assertCaught(
        List.of(
            trial(RATE, UseScript.of(UseScript.gcras(), Verb.values()), UseScript::play),
            trial(STEPS, steps(), UseScript::play),
            trial(LOG, logs(), UseScript::play),
            trial(ALL, several(), UseScript::play),
            trial(GATE, gates(), UseScript::play)),
        Kernel::limiter,
        Map.of(
            RATE, RATE_MUTANTS,
            STEPS, STEP_MUTANTS,
            LOG, LOG_MUTANTS,
            ALL, SEVERAL_MUTANTS,
            GATE, GATE_MUTANTS));
  }
}
