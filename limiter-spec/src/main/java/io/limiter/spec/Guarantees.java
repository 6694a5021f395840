package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.ManualClock;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The guarantees, each as a check of one timeline: the name is the sentence, an {@link
 * AssertionError} is the counterexample, and its message is a timeline that can be played again.
 *
 * <p>None of them knows how the limiter works. Run them over {@link Timelines} with a property
 * runner.
 */
public final class Guarantees {
  private static final BigInteger ONE = BigInteger.ONE;
  private static final int SATURATION_BITS = 60; // ticks of burst and wait that 64 bits surely hold

  private Guarantees() {}

  /** Every call answers what the exact model answers. */
  public static <S extends Setup> void decidesAsTheExactModelDoes(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    RateModel model = timeline.setup().model();
    for (Call call : stage) {
      stage.expect(call.on(model), call.on(stage.subject, stage.reading(call.at())), "answer");
    }
  }

  /** In any interval of length w at most {@code B + floor(w*N/P)} permits are admitted. */
  public static void neverAdmitsMoreThanBurstPlusRate(
      Timeline<Setup.OfGcra> timeline, SubjectFactory<Setup.OfGcra> factory) {
    eachSpan(timeline, factory, Dating.AS_READ, burstPlusRate(timeline.setup()));
  }

  /** At most N permits in a window; at most 2N in any P. */
  public static void fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod(
      Timeline<Setup.OfBucket> timeline, SubjectFactory<Setup.OfBucket> factory) {
    eachSpan(timeline, factory, Dating.AS_READ, fixedWindow(timeline.setup()));
  }

  /**
   * A reading older than an earlier one never admits extra. A limiter may take it for the newest
   * reading that it admitted at, or for the newest that it was shown: with all admissions dated the
   * one way, or all of them the other way, its formula holds.
   */
  public static <S extends Setup> void staleReadingsNeverAdmitExtra(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    SpanRule rule = formula(timeline.setup());
    try {
      eachSpan(timeline, factory, Dating.BY_NEWEST_ADMITTED, rule);
    } catch (AssertionError broken) {
      eachSpan(timeline, factory, Dating.BY_NEWEST_SHOWN, rule);
    }
  }

  /** Two limiters of one setup answer every call alike; {@code what} is said if they do not. */
  public static <S extends Setup> void answersAlike(
      Timeline<S> timeline, SubjectFactory<S> factory, SubjectFactory<S> other, String what) {
    Stage<S> stage = new Stage<>(timeline, factory);
    Subject second = other.create(timeline.setup(), stage.clock(timeline.origin()));
    for (Call call : stage) {
      long reading = stage.reading(call.at());
      stage.expect(call.on(second, reading), call.on(stage.subject, reading), what);
    }
  }

  /**
   * A reservation of at most B permits waits for as long as the exact model says, and is refused with
   * nothing taken if that is more than two intervals. What is due after the end of 64 bits ends the
   * timeline; near that it may be refused.
   */
  public static <S extends Setup> void reservationsWaitAsLongAsNeeded(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    Setup setup = timeline.setup();
    RateModel model = setup.model();
    BigInteger maxWait = timeline.scale().up(setup.interval().ceil().shiftLeft(1));
    long maxWaitNanos = maxWait.min(BigInteger.valueOf(Long.MAX_VALUE)).longValue();
    BigInteger range = setup.interval().numerator().multiply(BigInteger.valueOf(setup.burst() + 2));
    boolean saturates = range.bitLength() > SATURATION_BITS;
    for (Call call : stage) {
      if (call.permits() > setup.burst()) {
        continue;
      }
      BigInteger permits = BigInteger.valueOf(call.permits());
      Optional<BigInteger> wait =
          model.reservationWait(call.at(), permits).filter(w -> w.compareTo(maxWait) <= 0);
      long said = stage.subject.reserveAt(stage.reading(call.at()), call.permits(), maxWaitNanos);
      if (wait.map(call.at()::add)
          .filter(due -> due.bitLength() > 63 || !timeline.scale().reaches(due))
          .isPresent()) {
        return;
      }
      if (said == -1 && saturates) {
        continue;
      }
      stage.expect(
          wait.map(timeline.scale()::up).map(BigInteger::longValueExact).orElse(-1L),
          said < 0 ? said : timeline.scale().up(BigInteger.valueOf(said)).longValue(),
          "wait of a reservation, of " + ReadableTime.of(maxWaitNanos) + " at most");
      wait.ifPresent(w -> model.chargeAhead(call.at(), permits, w));
    }
  }

  /** A denied call is denied after a wait of retryAfter - 1 and admitted after retryAfter. */
  public static <S extends Setup> void retryAfterIsExact(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    for (Call call : stage) {
      if (!call.takes()) {
        call.on(stage.subject, stage.reading(call.at()));
        continue;
      }
      Decision said = stage.decide(call);
      stage.require(said.admitted() == (said.retryAfterNanos() == 0), "verdict and wait: " + said);
      BigInteger then = stage.after(call, said.retryAfterNanos());
      BigInteger before = then.subtract(timeline.scale().step());
      if (said.retryAfterNanos() == Decision.NEVER) {
        // A wait of more than 2^63 - 2 ns is never, too.
        BigInteger last = timeline.lastMoment().min(before);
        stage.require(
            last.compareTo(call.at()) < 0 || !stage.peek(last, call.permits()).admitted(),
            "never, and yet admitted at " + ReadableTime.of(last));
      } else if (!said.admitted() && stage.canRead(then)) {
        stage.require(
            stage.peek(then, call.permits()).admitted(),
            "still denied at " + ReadableTime.of(then));
        stage.require(
            !stage.peek(before, call.permits()).admitted(),
            "admitted " + ReadableTime.of(timeline.scale().step()) + " before "
                + ReadableTime.of(then));
      }
    }
  }

  /** One more call can take what remains, and not one permit more. */
  public static <S extends Setup> void remainingIsWhatOneMoreCallCouldTake(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    for (Call call : stage) {
      long left = call.takes()
          ? stage.decide(call).remaining()
          : stage.peek(call.at(), call.permits()).remaining();
      stage.require(left >= 0 && left <= Math.max(timeline.setup().burst(), 0), "left: " + left);
      stage.require(left == 0 || stage.peek(call.at(), left).admitted(), left + " not admitted");
      stage.require(!stage.peek(call.at(), left + 1).admitted(), left + " and one more admitted");
    }
  }

  /** After resetAfter nothing is left to remember; 1 ns earlier something is. */
  public static <S extends Setup> void resetAfterIsTheWaitUntilFresh(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    long burst = timeline.setup().burst();
    for (Call call : stage) {
      call.on(stage.subject, stage.reading(call.at()));
      long reset = stage.peek(call.at(), 1).resetAfterNanos();
      BigInteger then = stage.after(call, reset);
      BigInteger before = then.subtract(timeline.scale().step());
      if (reset == Decision.NEVER || !stage.canRead(then)) {
        continue;
      }
      stage.expect(0L, stage.peek(then, 1).resetAfterNanos(), "reset at " + ReadableTime.of(then));
      stage.expect(burst, stage.peek(then, 1).remaining(), "remaining at " + ReadableTime.of(then));
      if (reset > 0) {
        String when = ReadableTime.of(timeline.scale().step()) + " before " + ReadableTime.of(then);
        long left = stage.peek(before, 1).resetAfterNanos();
        stage.expect(
            1L,
            timeline.scale().resolutionNanos() == 1 ? left : Long.signum(left),
            "reset " + when);
        stage.require(
            timeline.setup() instanceof Setup.OfAll
                || timeline.setup() instanceof Setup.OfLog log && log.windows().size() > 1
                || stage.peek(before, 1).remaining() < burst,
            "full " + when);
      }
    }
  }

  /** A limiter that got the denied calls too is the same as one that got the others only. */
  public static <S extends Setup> void deniedCallsChangeNothing(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    Subject spared = factory.create(timeline.setup(), stage.clock(timeline.origin()));
    for (Call call : stage) {
      long reading = stage.reading(call.at());
      Object said = call.on(stage.subject, reading);
      if (said instanceof Decision decision ? decision.admitted() : (Boolean) said) {
        call.on(spared, reading);
      }
      stage.expect(spared.peekAt(reading, 1), stage.subject.peekAt(reading, 1), "afterwards");
    }
  }

  /** A limiter that is peeked at is the same as one that is not. */
  public static <S extends Setup> void peekChangesNothing(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    Subject spared = factory.create(timeline.setup(), stage.clock(timeline.origin()));
    for (Call call : stage) {
      long reading = stage.reading(call.at());
      stage.subject.peekAt(reading, 1);
      stage.peek(timeline.setup().lastMoment(), call.permits());
      stage.reading(call.at());
      if (call.verb() == Call.Verb.PEEK) {
        stage.subject.peekAt(reading, call.permits());
      } else {
        stage.expect(call.on(spared, reading), call.on(stage.subject, reading), "peeked at");
      }
    }
  }

  /** Whatever the readings: what the model denies is denied, and no reading helps a later one. */
  public static <S extends Setup> void clockStepsBackNeverAdmitExtra(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    RateModel model = timeline.setup().model();
    BigInteger newest = BigInteger.ZERO;
    for (Call call : stage) {
      newest = newest.max(call.at());
      if (!call.takes()) {
        call.on(model);
        call.on(stage.subject, stage.reading(call.at()));
        continue;
      }
      boolean newestAdmits = stage.peek(newest, call.permits()).admitted();
      if (stage.admits(call)) {
        stage.require(newestAdmits, "admitted, but denied at the newest reading " + newest);
        stage.require(model.decide(call.at(), call.permits()).admitted(), "admitted; " + model);
      }
    }
  }

  /** Permits taken and given back at the same reading were never taken; the level is B at most. */
  public static <S extends Setup> void refundIsAsIfNotTaken(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    Subject untouched = factory.create(timeline.setup(), stage.clock(timeline.origin()));
    for (Call call : stage) {
      long reading = stage.reading(call.at());
      if (stage.admits(call)) {
        stage.subject.refundAt(reading, call.permits());
      }
      stage.expect(untouched.peekAt(reading, 1), stage.subject.peekAt(reading, 1), "refunded");
      stage.expect(call.on(untouched, reading), call.on(stage.subject, reading), "answer");
    }
  }

  /** More than B permits are never admitted, are told so, and cost nothing. */
  public static <S extends Setup> void moreThanBurstIsNeverAdmitted(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Stage<S> stage = new Stage<>(timeline, factory);
    long burst = timeline.setup().burst();
    for (Call call : stage) {
      long reading = stage.reading(call.at());
      Decision before = stage.subject.peekAt(reading, 1);
      long more = Math.max(call.permits(), burst + 1);
      for (long permits : new long[] {burst + 1, 2 * burst + 1, more, Long.MAX_VALUE}) {
        Decision said = stage.subject.decideAt(reading, permits);
        stage.require(!said.admitted(), permits + " admitted");
        stage.expect(Decision.NEVER, said.retryAfterNanos(), "wait of " + permits);
      }
      stage.expect(before, stage.subject.peekAt(reading, 1), "afterwards");
      call.on(stage.subject, reading);
    }
  }

  /** N permits arrive at once at each multiple of P after the anchor, and nothing in between. */
  public static void stepwiseRefillsInSteps(
      Timeline<Setup.OfBucket> timeline, SubjectFactory<Setup.OfBucket> factory) {
    Stage<Setup.OfBucket> stage = new Stage<>(timeline, factory);
    Setup.OfBucket setup = timeline.setup();
    BigInteger period = BigInteger.valueOf(setup.rate().periodNanos());
    for (Call call : stage) {
      call.on(stage.subject, stage.reading(call.at()));
      BigInteger into = call.at().subtract(BigInteger.valueOf(setup.anchor())).mod(period);
      BigInteger next = call.at().subtract(into).add(period);
      if (stage.canRead(next)) {
        long now = stage.peek(call.at(), 1).remaining();
        long then = Math.min(now + setup.rate().permits(), setup.burst());
        stage.expect(
            now, stage.peek(next.subtract(ONE), 1).remaining(), "remaining before " + next);
        stage.expect(
            then, stage.peek(next, 1).remaining(), "remaining at " + ReadableTime.of(next));
      }
    }
  }

  /** How an admission is dated: by its reading, or by the newest that was admitted, or shown. */
  private enum Dating {
    AS_READ,
    BY_NEWEST_ADMITTED,
    BY_NEWEST_SHOWN
  }

  /** Says what is wrong with {@code admitted} permits from {@code from} to {@code to}, or "". */
  private interface SpanRule {
    String complaint(BigInteger from, BigInteger to, BigInteger admitted);
  }

  private static SpanRule formula(Setup setup) {
    if (setup instanceof Setup.OfGcra gcra) {
      return burstPlusRate(gcra);
    }
    if (setup instanceof Setup.OfBucket bucket && isFixedWindow(bucket)) {
      return fixedWindow(bucket);
    }
    throw new IllegalArgumentException("no formula for " + setup);
  }

  private static SpanRule burstPlusRate(Setup.OfGcra setup) {
    Rational perNano = Rational.of(setup.rate().permits(), setup.rate().periodNanos());
    BigInteger burst = BigInteger.valueOf(setup.burst());
    return (from, to, admitted) -> {
      BigInteger w = to.subtract(from);
      BigInteger most = perNano.times(Rational.of(w)).floor().add(burst);
      return admitted.compareTo(most) <= 0 ? "" : most + " in " + ReadableTime.of(w);
    };
  }

  private static boolean isFixedWindow(Setup.OfBucket setup) {
    return setup.stepwise() && setup.burst() == setup.rate().permits();
  }

  private static SpanRule fixedWindow(Setup.OfBucket setup) {
    BigInteger n = BigInteger.valueOf(setup.rate().permits());
    BigInteger period = BigInteger.valueOf(setup.rate().periodNanos());
    BigInteger anchor = BigInteger.valueOf(setup.anchor());
    return (from, to, admitted) -> {
      Rational first = Rational.of(from.subtract(anchor), period);
      Rational last = Rational.of(to.subtract(anchor), period);
      if (first.floor().equals(last.floor()) && admitted.compareTo(n) > 0) {
        return n + " in one window";
      }
      BigInteger w = to.subtract(from);
      return w.compareTo(period) < 0 && admitted.compareTo(n.shiftLeft(1)) > 0
          ? n.shiftLeft(1) + " in " + ReadableTime.of(w)
          : "";
    };
  }

  private static <S extends Setup> void eachSpan(
      Timeline<S> timeline, SubjectFactory<S> factory, Dating dating, SpanRule rule) {
    Stage<S> stage = new Stage<>(timeline, factory);
    TreeMap<BigInteger, BigInteger> admitted = new TreeMap<>(); // permits by their date
    BigInteger shown = BigInteger.ZERO;
    for (Call call : stage) {
      shown = shown.max(call.at());
      if (!call.takes() || !stage.admits(call)) {
        continue;
      }
      BigInteger at = switch (dating) {
        case AS_READ -> call.at();
        case BY_NEWEST_ADMITTED ->
          admitted.isEmpty() ? call.at() : admitted.lastKey().max(call.at());
        case BY_NEWEST_SHOWN -> shown;
      };
      admitted.merge(at, BigInteger.valueOf(call.permits()), BigInteger::add);
      // Each span with this admission in it that begins and ends with an admission.
      BigInteger before = BigInteger.ZERO;
      for (BigInteger from : admitted.headMap(at, true).descendingKeySet()) {
        before = before.add(admitted.get(from));
        BigInteger sum = before;
        for (BigInteger to : admitted.tailMap(at, true).keySet()) {
          sum = to.equals(at) ? sum : sum.add(admitted.get(to));
          String complaint = rule.complaint(from, to, sum);
          stage.require(complaint.isEmpty(), sum + " admitted, at most " + complaint);
        }
      }
    }
  }

  /** A timeline being played: iterating makes the failure messages end at the call at hand. */
  private static final class Stage<S extends Setup> implements Iterable<Call> {
    private final Timeline<S> timeline;
    private final List<ManualClock> clocks = new ArrayList<>();
    private final Subject subject;
    private int played;

    Stage(Timeline<S> timeline, SubjectFactory<S> factory) {
      this.timeline = timeline;
      this.subject = factory.create(timeline.setup(), clock(timeline.origin()));
    }

    /** A new clock that follows the timeline. */
    ManualClock clock(long reading) {
      ManualClock clock = ManualClock.startingAt(reading);
      clocks.add(clock);
      return clock;
    }

    @Override
    public Iterator<Call> iterator() {
      return timeline.calls().stream().peek(call -> played++).iterator();
    }

    /** Sets the clocks to {@code t}. */
    long reading(BigInteger t) {
      long reading = timeline.reading(t);
      clocks.forEach(clock -> clock.set(reading));
      return reading;
    }

    /** The first reading that is {@code nanos} after a call, or later. */
    BigInteger after(Call call, long nanos) {
      return timeline.scale().up(call.at().add(BigInteger.valueOf(nanos)));
    }

    boolean canRead(BigInteger t) {
      BigInteger oldest =
          timeline.calls().stream().map(Call::at).reduce(BigInteger.ZERO, BigInteger::min);
      return t.compareTo(timeline.lastMoment()) <= 0 && t.subtract(oldest).bitLength() < Long.SIZE;
    }

    Decision decide(Call call) {
      return subject.decideAt(reading(call.at()), call.permits());
    }

    boolean admits(Call call) {
      return call.verb() == Call.Verb.TRY_ACQUIRE
          ? subject.tryAcquireAt(reading(call.at()), call.permits())
          : decide(call).admitted();
    }

    Decision peek(BigInteger t, long permits) {
      return subject.peekAt(reading(t), permits);
    }

    void expect(Object expected, Object actual, String what) {
      require(
          Objects.equals(expected, actual),
          what
              + ("\n    expected: " + difference(expected, actual))
              + ("\n    but was:  " + difference(actual, expected)));
    }

    /** Of two decisions what they disagree on: a limiter that offers less is not asked for the rest. */
    private static Object difference(Object one, Object other) {
      if (!(one instanceof Decision a && other instanceof Decision b)) {
        return one;
      }
      List<String> parts = new ArrayList<>();
      if (a.admitted() != b.admitted()) {
        parts.add(a.admitted() ? "admitted" : "denied");
      }
      if (a.remaining() != b.remaining()) {
        parts.add("remaining " + a.remaining());
      }
      if (a.retryAfterNanos() != b.retryAfterNanos()) {
        parts.add("retry after " + nanos(a.retryAfterNanos()));
      }
      if (a.resetAfterNanos() != b.resetAfterNanos()) {
        parts.add("reset after " + nanos(a.resetAfterNanos()));
      }
      return parts.isEmpty() ? a : String.join(", ", parts);
    }

    private static String nanos(long wait) {
      return wait == Decision.NEVER ? "never" : ReadableTime.of(wait);
    }

    void require(boolean holds, String complaint) {
      if (!holds) {
        throw new AssertionError(timeline.upTo(played) + "\n  <- " + complaint);
      }
    }
  }
}
