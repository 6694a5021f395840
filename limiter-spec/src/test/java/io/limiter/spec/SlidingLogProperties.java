package io.limiter.spec;

import static io.limiter.spec.Call.Verb.DECIDE;
import static io.limiter.spec.Call.Verb.PEEK;
import static io.limiter.spec.Call.Verb.TRY_ACQUIRE;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import io.limiter.spec.Setup.OfLog;
import io.limiter.spec.Timelines.StepsBack;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** {@link SlidingLog} keeps the guarantees, over one window and over several. */
class SlidingLogProperties {

  @Provide
  Arbitrary<Timeline<OfLog>> steppingBack() {
    return Timelines.of(Timelines.slidingLogsOfSeveralWindows(), StepsBack.ANY);
  }

  @Provide
  Arbitrary<Timeline<OfLog>> timelines() {
    return Timelines.of(Timelines.slidingLogsOfSeveralWindows(), StepsBack.EXACT);
  }

  @Provide
  Arbitrary<Timeline<OfLog>> forward() {
    return Timelines.of(Timelines.slidingLogsOfSeveralWindows(), StepsBack.NONE);
  }

  @Provide
  Arbitrary<Timeline<OfLog>> taking() {
    return Timelines.of(
        Timelines.slidingLogsOfSeveralWindows(), StepsBack.ANY, DECIDE, TRY_ACQUIRE, PEEK);
  }

  @Provide
  Arbitrary<Timeline<OfLog>> takingForward() {
    return Timelines.of(
        Timelines.slidingLogsOfSeveralWindows(), StepsBack.NONE, DECIDE, TRY_ACQUIRE, PEEK);
  }

  @Provide
  Arbitrary<Timeline<OfLog>> oneWindow() {
    return Timelines.of(Timelines.slidingLogs(), StepsBack.NONE);
  }

  @Property
  void decidesAsTheListOfAdmissionsDoes(@ForAll @From("steppingBack") Timeline<OfLog> timeline) {
    Guarantees.decidesAsTheExactModelDoes(timeline, Kernel::create);
  }

  @Property
  void neverAdmitsMoreThanNInAnyWindow(@ForAll @From("taking") Timeline<OfLog> timeline) {
    LogGuarantees.neverAdmitsMoreThanNInAnyWindow(timeline, Kernel::create);
  }

  @Property
  void aPermitExactlyOnePeriodOldIsOut(@ForAll @From("oneWindow") Timeline<OfLog> timeline) {
    LogGuarantees.aPermitExactlyOnePeriodOldIsOut(timeline, Kernel::create);
  }

  @Property
  void timestampsNeverDecrease(@ForAll @From("taking") Timeline<OfLog> timeline) {
    LogGuarantees.timestampsNeverDecrease(timeline, Kernel::create);
  }

  @Property
  void refundTakesBackOnlyTheNewest(@ForAll @From("takingForward") Timeline<OfLog> timeline) {
    LogGuarantees.refundTakesBackOnlyTheNewest(timeline, Kernel::create);
  }

  @Property
  void retryAfterIsExact(@ForAll @From("timelines") Timeline<OfLog> timeline) {
    Guarantees.retryAfterIsExact(timeline, Kernel::create);
  }

  @Property
  void remainingIsWhatOneMoreCallCouldTake(@ForAll @From("steppingBack") Timeline<OfLog> timeline) {
    Guarantees.remainingIsWhatOneMoreCallCouldTake(timeline, Kernel::create);
  }

  @Property
  void resetAfterIsTheWaitUntilFresh(@ForAll @From("timelines") Timeline<OfLog> timeline) {
    Guarantees.resetAfterIsTheWaitUntilFresh(timeline, Kernel::create);
  }

  @Property
  void deniedCallsChangeNothing(@ForAll @From("steppingBack") Timeline<OfLog> timeline) {
    Guarantees.deniedCallsChangeNothing(timeline, Kernel::create);
  }

  @Property
  void peekChangesNothing(@ForAll @From("steppingBack") Timeline<OfLog> timeline) {
    Guarantees.peekChangesNothing(timeline, Kernel::create);
  }

  @Property
  void clockStepsBackNeverAdmitExtra(@ForAll @From("steppingBack") Timeline<OfLog> timeline) {
    Guarantees.clockStepsBackNeverAdmitExtra(timeline, Kernel::create);
  }

  @Property
  void refundIsAsIfNotTaken(@ForAll @From("forward") Timeline<OfLog> timeline) {
    Guarantees.refundIsAsIfNotTaken(timeline, Kernel::create);
  }

  @Property
  void moreThanBurstIsNeverAdmitted(@ForAll @From("steppingBack") Timeline<OfLog> timeline) {
    Guarantees.moreThanBurstIsNeverAdmitted(timeline, Kernel::create);
  }

  @Example
  void plainFormsReadTheClockOnce() {
    PlainForms.readTheClockOnce(clock -> SlidingLog.create(Rate.perSecond(1), clock));
  }

  @Example
  void badArgumentsSayWhatIsExpected() {
    PlainForms.refuse(Subject.of(SlidingLog.create(Rate.perSecond(1), () -> 0)), -1);
    NanoClock clock = () -> 0;
    assertThrows(IllegalArgumentException.class, () -> SlidingLog.create(List.<Rate>of(), clock));
    assertThrows(
        IllegalArgumentException.class,
        () -> SlidingLog.create(Rate.perSecond(SlidingLog.MAX_PERMITS + 1), clock));
  }
}
