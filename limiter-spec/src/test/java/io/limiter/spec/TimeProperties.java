package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.TokenBucket;
import io.limiter.spec.Setup.OfGcra;
import io.limiter.spec.Timelines.StepsBack;
import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** What holds of time, whatever the limiter. */
class TimeProperties {

  @Provide
  Arbitrary<Timeline<Setup>> timelines() {
    return Timelines.of(
        Arbitraries.oneOf(
            Timelines.gcras().map(Setup.class::cast),
            Timelines.continuousBuckets().map(Setup.class::cast),
            Timelines.stepwiseBuckets().map(Setup.class::cast),
            Timelines.allOfs().map(Setup.class::cast)),
        StepsBack.EXACT);
  }

  /** At the last moment that a clock can tell, far from all that came before: B, and no more. */
  static void afterAForwardJumpAtMostFresh(
      Timeline<Setup> timeline, SubjectFactory<Setup> factory) {
    ManualClock clock = ManualClock.startingAt(timeline.origin());
    Subject subject = factory.create(timeline.setup(), clock);
    BigInteger oldest = BigInteger.ZERO;
    for (Call call : timeline.calls()) {
      clock.set(timeline.reading(call.at()));
      call.on(subject, timeline.reading(call.at()));
      oldest = oldest.min(call.at());
    }
    BigInteger jump =
        timeline.setup().lastMoment().min(oldest.add(BigInteger.valueOf(Long.MAX_VALUE)));
    long reading = timeline.reading(jump);
    clock.set(reading);
    long burst = timeline.setup().burst();
    long left = subject.peekAt(reading, 1).remaining();
    assertTrue(left <= burst, () -> timeline + "\n  <- " + left + " left after the jump");
    assertTrue(!subject.tryAcquireAt(reading, burst + 1), () -> timeline + "\n  <- B + 1 admitted");
    assertTrue(
        left == 0 || subject.tryAcquireAt(reading, left), () -> timeline + "\n  <- denied " + left);
    long rest = subject.peekAt(reading, 1).remaining();
    assertEquals(0, rest, () -> timeline + "\n  <- more than remained");
  }

  @Property
  void afterAForwardJumpTheLimiterIsAtMostFresh(
      @ForAll @From("timelines") Timeline<Setup> timeline) {
    afterAForwardJumpAtMostFresh(timeline, Kernel::create);
  }

  /** The plain form is the other one at the reading of the clock. */
  @Property
  void plainFormsDecideAtTheReadingOfTheClock(@ForAll @From("timelines") Timeline<Setup> timeline) {
    ManualClock clock = ManualClock.startingAt(timeline.origin());
    RateLimiter plain = Kernel.limiter(timeline.setup(), clock);
    RateLimiter given = Kernel.limiter(timeline.setup(), ManualClock.startingAt(timeline.origin()));
    for (Call call : timeline.calls()) {
      long reading = timeline.reading(call.at());
      clock.set(reading);
      Object said = switch (call.verb()) {
        case DECIDE -> plain.decide(call.permits());
        case TRY_ACQUIRE -> plain.tryAcquire(call.permits());
        case PEEK -> plain.peek(call.permits());
        case REFUND -> plain.refund(call.permits());
      };
      assertEquals(call.on(Subject.of(given), reading), said, timeline::toString);
    }
  }

  /** After any number of permits, each at its earliest, the next is due when the formula says. */
  private static void hasNotDrifted(Rate rate, long burst, Subject limiter) {
    Rational interval = Rational.of(rate.periodNanos(), rate.permits());
    assertTrue(limiter.tryAcquireAt(0, burst));
    for (long i = 1; i <= 200; i++) {
      long due = interval.times(Rational.of(i)).ceil().longValueExact();
      long next = interval.times(Rational.of(i + 1)).ceil().longValueExact();
      assertEquals(0, limiter.peekAt(due, 1).retryAfterNanos());
      assertTrue(limiter.tryAcquireAt(due, 1));
      assertEquals(next - due, limiter.peekAt(due, 1).retryAfterNanos());
    }
  }

  @Property
  void noDrift(
      @ForAll @LongRange(min = 1, max = 2_000_000) long permits,
      @ForAll @LongRange(min = 2_000_001, max = 100_000_000_000L) long period,
      @ForAll @IntRange(min = 3, max = 20) int burst) {
    ManualClock clock = ManualClock.create();
    Rate rate = Rate.ofNanos(permits, period);
    hasNotDrifted(rate, burst, Subject.of(Gcra.create(rate, burst, clock)));
    hasNotDrifted(rate, burst, Subject.of(TokenBucket.create(rate, burst, clock)));
  }

  @Example
  void driftIsCaught() {
    Rate rate = Rate.perSecond(3);
    assertThrows(
        AssertionError.class,
        () -> hasNotDrifted(rate, 3, Mutants.drifts(new OfGcra(rate, 3), () -> 0)));
  }

  @Example
  void idleTimeThatIsSavedUpIsCaught() {
    OfGcra setup = new OfGcra(Rate.perSecond(3), 3);
    assertThrows(
        AssertionError.class,
        () -> afterAForwardJumpAtMostFresh(
            new Timeline<>(setup, 0, List.of()),
            (one, clock) -> Mutants.admitsOneTooMany(setup, clock)));
  }

  @Example
  void defaultBurstIsThePermitsOfTheRate() {
    ManualClock clock = ManualClock.create();
    assertEquals(3, Gcra.create(Rate.perSecond(3), clock).burst());
    assertEquals(3, TokenBucket.create(Rate.perSecond(3), clock).burst());
    assertEquals(3, TokenBucket.stepwise(Rate.perSecond(3), clock).burst());
  }
}
