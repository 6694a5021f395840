package io.limiter.spec;

import static io.limiter.spec.Call.Verb.DECIDE;
import static io.limiter.spec.Call.Verb.PEEK;
import static io.limiter.spec.Call.Verb.TRY_ACQUIRE;

import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.spec.Setup.OfGcra;
import io.limiter.spec.Timelines.StepsBack;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** {@link Gcra} keeps the guarantees. */
class GcraProperties {

  @Provide
  Arbitrary<Timeline<OfGcra>> timelines() {
    return Timelines.of(Timelines.gcras(), StepsBack.EXACT);
  }

  @Provide
  Arbitrary<Timeline<OfGcra>> rounded() {
    return Timelines.of(RoundedIntervals.gcras(), StepsBack.EXACT);
  }

  @Provide
  Arbitrary<Timeline<OfGcra>> withoutRefunds() {
    return Timelines.of(Timelines.gcras(), StepsBack.ANY, DECIDE, TRY_ACQUIRE, PEEK);
  }

  @Provide
  Arbitrary<Timeline<OfGcra>> steppingBack() {
    return Timelines.of(Timelines.gcras(), StepsBack.ANY);
  }

  @Provide
  Arbitrary<Timeline<OfGcra>> forward() {
    return Timelines.of(Timelines.gcras(), StepsBack.NONE);
  }

  @Property
  void decidesAsTheExactModelDoes(@ForAll @From("timelines") Timeline<OfGcra> timeline) {
    Guarantees.decidesAsTheExactModelDoes(timeline, Kernel::create);
  }

  /** Where 64 bits cannot hold T, the limiter is the exact one of the T that it documents. */
  @Property
  void decidesAsTheModelOfTheRoundedInterval(@ForAll @From("rounded") Timeline<OfGcra> timeline) {
    Guarantees.decidesAsTheExactModelDoes(timeline, Kernel::create);
  }

  @Property
  void neverAdmitsMoreThanBurstPlusRate(@ForAll @From("withoutRefunds") Timeline<OfGcra> timeline) {
    Guarantees.neverAdmitsMoreThanBurstPlusRate(timeline, Kernel::create);
  }

  @Property
  void retryAfterIsExact(@ForAll @From("timelines") Timeline<OfGcra> timeline) {
    Guarantees.retryAfterIsExact(timeline, Kernel::create);
  }

  @Property
  void remainingIsWhatOneMoreCallCouldTake(@ForAll @From("timelines") Timeline<OfGcra> timeline) {
    Guarantees.remainingIsWhatOneMoreCallCouldTake(timeline, Kernel::create);
  }

  @Property
  void resetAfterIsTheWaitUntilFresh(@ForAll @From("timelines") Timeline<OfGcra> timeline) {
    Guarantees.resetAfterIsTheWaitUntilFresh(timeline, Kernel::create);
  }

  @Property
  void deniedCallsChangeNothing(@ForAll @From("steppingBack") Timeline<OfGcra> timeline) {
    Guarantees.deniedCallsChangeNothing(timeline, Kernel::create);
  }

  @Property
  void peekChangesNothing(@ForAll @From("steppingBack") Timeline<OfGcra> timeline) {
    Guarantees.peekChangesNothing(timeline, Kernel::create);
  }

  @Property
  void clockStepsBackNeverAdmitExtra(@ForAll @From("steppingBack") Timeline<OfGcra> timeline) {
    Guarantees.clockStepsBackNeverAdmitExtra(timeline, Kernel::create);
  }

  @Property
  void refundIsAsIfNotTaken(@ForAll @From("forward") Timeline<OfGcra> timeline) {
    Guarantees.refundIsAsIfNotTaken(timeline, Kernel::create);
  }

  @Property
  void moreThanBurstIsNeverAdmitted(@ForAll @From("steppingBack") Timeline<OfGcra> timeline) {
    Guarantees.moreThanBurstIsNeverAdmitted(timeline, Kernel::create);
  }

  @Example
  void plainFormsReadTheClockOnce() {
    PlainForms.readTheClockOnce(clock -> Gcra.create(Rate.perSecond(1), clock));
  }

  @Property
  void badArgumentsSayWhatIsExpected(
      @ForAll @LongRange(min = Long.MIN_VALUE, max = -1) long permits) {
    PlainForms.refuse(Subject.of(Gcra.create(Rate.perSecond(1), ManualClock.create())), permits);
  }
}
