package io.limiter.spec;

import io.limiter.AllOf;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.TokenBucket;
import io.limiter.spec.Setup.OfAll;
import io.limiter.spec.Timelines.StepsBack;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** {@link AllOf} keeps the guarantees over members of every kind and any weights. */
class AllOfProperties {

  static AllOf allOf(List<RateLimiter> members, List<Long> weights) {
    return AllOf.of(members, weights.stream().mapToLong(Long::longValue).toArray());
  }

  @Provide
  Arbitrary<Timeline<OfAll>> timelines() {
    return Timelines.of(Timelines.allOfs(), StepsBack.EXACT);
  }

  @Provide
  Arbitrary<Timeline<OfAll>> steppingBack() {
    return Timelines.of(Timelines.allOfs(), StepsBack.ANY);
  }

  @Provide
  Arbitrary<Timeline<OfAll>> forward() {
    return Timelines.of(Timelines.allOfs(), StepsBack.NONE);
  }

  @Property
  void decidesAsTheExactModelDoes(@ForAll @From("timelines") Timeline<OfAll> timeline) {
    Guarantees.decidesAsTheExactModelDoes(timeline, Kernel::create);
  }

  @Property
  void weightsAreAllOrNothing(@ForAll @From("timelines") Timeline<OfAll> timeline) {
    Composites.weightsAreAllOrNothing(timeline, (all, each) -> Subject.of(allOf(all, each)));
  }

  @Property
  void waitIsTheLongestRemainingTheLeast(@ForAll @From("timelines") Timeline<OfAll> timeline) {
    Composites.waitIsTheLongestRemainingTheLeast(
        timeline, (all, each) -> Subject.of(allOf(all, each)));
  }

  @Property
  void deniedMemberIsNamed(@ForAll @From("timelines") Timeline<OfAll> timeline) {
    Composites.deniedMemberIsNamed(timeline, (all, each) -> Subject.of(allOf(all, each)));
  }

  @Property
  void retryAfterIsExact(@ForAll @From("timelines") Timeline<OfAll> timeline) {
    Guarantees.retryAfterIsExact(timeline, Kernel::create);
  }

  @Property
  void remainingIsWhatOneMoreCallCouldTake(@ForAll @From("timelines") Timeline<OfAll> timeline) {
    Guarantees.remainingIsWhatOneMoreCallCouldTake(timeline, Kernel::create);
  }

  @Property
  void resetAfterIsTheWaitUntilFresh(@ForAll @From("timelines") Timeline<OfAll> timeline) {
    Guarantees.resetAfterIsTheWaitUntilFresh(timeline, Kernel::create);
  }

  @Property
  void deniedCallsChangeNothing(@ForAll @From("steppingBack") Timeline<OfAll> timeline) {
    Guarantees.deniedCallsChangeNothing(timeline, Kernel::create);
  }

  @Property
  void peekChangesNothing(@ForAll @From("steppingBack") Timeline<OfAll> timeline) {
    Guarantees.peekChangesNothing(timeline, Kernel::create);
  }

  @Property
  void clockStepsBackNeverAdmitExtra(@ForAll @From("steppingBack") Timeline<OfAll> timeline) {
    Guarantees.clockStepsBackNeverAdmitExtra(timeline, Kernel::create);
  }

  @Property
  void refundIsAsIfNotTaken(@ForAll @From("forward") Timeline<OfAll> timeline) {
    Guarantees.refundIsAsIfNotTaken(timeline, Kernel::create);
  }

  @Property
  void moreThanBurstIsNeverAdmitted(@ForAll @From("steppingBack") Timeline<OfAll> timeline) {
    Guarantees.moreThanBurstIsNeverAdmitted(timeline, Kernel::create);
  }

  @Example
  void plainFormsReadTheClockOnce() {
    PlainForms.readTheClockOnce(clock -> AllOf.of(
        TokenBucket.create(Rate.perSecond(1), clock),
        TokenBucket.stepwise(Rate.perSecond(2), clock)));
  }
}
