package io.limiter.spec;

import static io.limiter.spec.Call.Verb.DECIDE;
import static io.limiter.spec.Call.Verb.PEEK;
import static io.limiter.spec.Call.Verb.TRY_ACQUIRE;

import io.limiter.Rate;
import io.limiter.TokenBucket;
import io.limiter.spec.Setup.OfBucket;
import io.limiter.spec.Setup.OfGcra;
import io.limiter.spec.Timelines.StepsBack;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** {@link TokenBucket} keeps the guarantees, with continuous and with stepwise refill. */
class TokenBucketProperties {

  private static Arbitrary<OfBucket> buckets() {
    return Arbitraries.oneOf(Timelines.continuousBuckets(), Timelines.stepwiseBuckets());
  }

  @Provide
  Arbitrary<Timeline<OfBucket>> timelines() {
    return Timelines.of(buckets(), StepsBack.EXACT);
  }

  @Provide
  Arbitrary<Timeline<OfBucket>> steppingBack() {
    return Timelines.of(buckets(), StepsBack.ANY);
  }

  @Provide
  Arbitrary<Timeline<OfBucket>> forward() {
    return Timelines.of(buckets(), StepsBack.NONE);
  }

  @Provide
  Arbitrary<Timeline<OfBucket>> stepwise() {
    return Timelines.of(Timelines.stepwiseBuckets(), StepsBack.NONE);
  }

  @Provide
  Arbitrary<Timeline<OfBucket>> windows() {
    return Timelines.of(Timelines.fixedWindows(), StepsBack.ANY, DECIDE, TRY_ACQUIRE, PEEK);
  }

  @Provide
  Arbitrary<Timeline<OfGcra>> gcras() {
    return Timelines.of(Timelines.gcras(), StepsBack.EXACT);
  }

  @Property
  void decidesAsTheExactModelDoes(@ForAll @From("timelines") Timeline<OfBucket> timeline) {
    Guarantees.decidesAsTheExactModelDoes(timeline, Kernel::create);
  }

  @Property
  void continuousBucketDecidesAsGcra(@ForAll @From("gcras") Timeline<OfGcra> timeline) {
    Guarantees.decidesAsTheExactModelDoes(
        timeline,
        (setup, clock) -> Subject.of(TokenBucket.create(setup.rate(), setup.burst(), clock)));
  }

  @Property
  void stepwiseRefillsInSteps(@ForAll @From("stepwise") Timeline<OfBucket> timeline) {
    Guarantees.stepwiseRefillsInSteps(timeline, Kernel::create);
  }

  @Property
  void fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod(
      @ForAll @From("windows") Timeline<OfBucket> timeline) {
    Guarantees.fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod(timeline, Kernel::create);
  }

  @Property
  void retryAfterIsExact(@ForAll @From("timelines") Timeline<OfBucket> timeline) {
    Guarantees.retryAfterIsExact(timeline, Kernel::create);
  }

  @Property
  void remainingIsWhatOneMoreCallCouldTake(@ForAll @From("timelines") Timeline<OfBucket> timeline) {
    Guarantees.remainingIsWhatOneMoreCallCouldTake(timeline, Kernel::create);
  }

  @Property
  void resetAfterIsTheWaitUntilFresh(@ForAll @From("timelines") Timeline<OfBucket> timeline) {
    Guarantees.resetAfterIsTheWaitUntilFresh(timeline, Kernel::create);
  }

  @Property
  void deniedCallsChangeNothing(@ForAll @From("steppingBack") Timeline<OfBucket> timeline) {
    Guarantees.deniedCallsChangeNothing(timeline, Kernel::create);
  }

  @Property
  void peekChangesNothing(@ForAll @From("steppingBack") Timeline<OfBucket> timeline) {
    Guarantees.peekChangesNothing(timeline, Kernel::create);
  }

  @Property
  void clockStepsBackNeverAdmitExtra(@ForAll @From("steppingBack") Timeline<OfBucket> timeline) {
    Guarantees.clockStepsBackNeverAdmitExtra(timeline, Kernel::create);
  }

  @Property
  void refundIsAsIfNotTaken(@ForAll @From("forward") Timeline<OfBucket> timeline) {
    Guarantees.refundIsAsIfNotTaken(timeline, Kernel::create);
  }

  @Property
  void moreThanBurstIsNeverAdmitted(@ForAll @From("steppingBack") Timeline<OfBucket> timeline) {
    Guarantees.moreThanBurstIsNeverAdmitted(timeline, Kernel::create);
  }

  @Example
  void plainFormsReadTheClockOnce() {
    PlainForms.readTheClockOnce(clock -> TokenBucket.create(Rate.perSecond(1), clock));
    PlainForms.readTheClockOnce(clock -> TokenBucket.stepwise(Rate.perSecond(1), clock));
  }
}
