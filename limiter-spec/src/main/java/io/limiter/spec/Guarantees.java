package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.ManualClock;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * The guarantees, each as a check of one timeline: the name is the sentence, an {@link
 * AssertionError} is the counterexample, and its message is a timeline that can be played again.
 *
 * <p>None of them knows how the limiter works. Run them over {@link Timelines} with a property
 * runner.
 */
public final class Guarantees {
  private static final BigInteger ONE = BigInteger.ONE;

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
    Setup.OfGcra setup = timeline.setup();
    Rational perNano = Rational.of(setup.rate().permits(), setup.rate().periodNanos());
    BigInteger burst = BigInteger.valueOf(setup.burst());
    eachSpan(timeline, factory, (w, admitted) -> {
      BigInteger most = perNano.times(Rational.of(w)).floor().add(burst);
      return admitted.compareTo(most) <= 0 ? "" : most + " in " + w + " ns";
    });
  }

  /** At most N permits in a window; at most 2N in any P. */
  public static void fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod(
      Timeline<Setup.OfBucket> timeline, SubjectFactory<Setup.OfBucket> factory) {
    Setup.OfBucket setup = timeline.setup();
    BigInteger n = BigInteger.valueOf(setup.rate().permits());
    BigInteger period = BigInteger.valueOf(setup.rate().periodNanos());
    eachSpan(
        timeline,
        factory,
        (w, admitted) -> w.compareTo(period) >= 0 || admitted.compareTo(n.shiftLeft(1)) <= 0
            ? ""
            : n.shiftLeft(1) + " in " + w + " ns");
    Stage<Setup.OfBucket> stage = new Stage<>(timeline, factory);
    BigInteger anchor = BigInteger.valueOf(setup.anchor());
    List<BigInteger> windows = new ArrayList<>();
    List<BigInteger> sums = new ArrayList<>();
    for (Call call : stage) {
      if (call.takes() && stage.admits(call)) {
        BigInteger window = Rational.of(call.at().subtract(anchor), period).floor();
        int i = windows.indexOf(window);
        if (i < 0) {
          i = windows.size();
          windows.add(window);
          sums.add(BigInteger.ZERO);
        }
        sums.set(i, sums.get(i).add(BigInteger.valueOf(call.permits())));
        stage.require(sums.get(i).compareTo(n) <= 0, sums.get(i) + " admitted in one window");
      }
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
      BigInteger then = call.at().add(BigInteger.valueOf(said.retryAfterNanos()));
      if (said.retryAfterNanos() == Decision.NEVER) {
        BigInteger last = timeline.setup().lastMoment();
        stage.require(
            last.compareTo(call.at()) < 0 || !stage.peek(last, call.permits()).admitted(),
            "never, and yet admitted at " + last + " ns");
      } else if (!said.admitted() && stage.canRead(then)) {
        stage.require(stage.peek(then, call.permits()).admitted(), "still denied at " + then);
        stage.require(
            !stage.peek(then.subtract(ONE), call.permits()).admitted(),
            "admitted 1 ns before " + then);
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
      BigInteger then = call.at().add(BigInteger.valueOf(reset));
      if (reset == Decision.NEVER || !stage.canRead(then)) {
        continue;
      }
      stage.expect(0L, stage.peek(then, 1).resetAfterNanos(), "reset at " + then);
      stage.expect(burst, stage.peek(then, 1).remaining(), "remaining at " + then);
      if (reset > 0) {
        stage.expect(
            1L, stage.peek(then.subtract(ONE), 1).resetAfterNanos(), "reset 1 ns before " + then);
        stage.require(
            timeline.setup() instanceof Setup.OfAll
                || timeline.setup() instanceof Setup.OfLog log && log.windows().size() > 1
                || stage.peek(then.subtract(ONE), 1).remaining() < burst,
            "full 1 ns before " + then);
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
      for (long permits : new long[] {burst + 1, 2 * burst + 1, Long.MAX_VALUE}) {
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
        stage.expect(then, stage.peek(next, 1).remaining(), "remaining at " + next);
      }
    }
  }

  /** Says what is wrong with {@code admitted} permits in a closed interval of w ns, or "". */
  private interface SpanRule {
    String complaint(BigInteger w, BigInteger admitted);
  }

  private static <S extends Setup> void eachSpan(
      Timeline<S> timeline, SubjectFactory<S> factory, SpanRule rule) {
    Stage<S> stage = new Stage<>(timeline, factory);
    List<Call> admitted = new ArrayList<>();
    for (Call call : stage) {
      if (!call.takes() || !stage.admits(call)) {
        continue;
      }
      admitted.add(call);
      for (Call first : admitted) {
        BigInteger from = first.at().min(call.at());
        BigInteger to = first.at().max(call.at());
        BigInteger sum = BigInteger.ZERO;
        for (Call each : admitted) {
          if (each.at().compareTo(from) >= 0 && each.at().compareTo(to) <= 0) {
            sum = sum.add(BigInteger.valueOf(each.permits()));
          }
        }
        String complaint = rule.complaint(to.subtract(from), sum);
        stage.require(complaint.isEmpty(), sum + " admitted, at most " + complaint);
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

    boolean canRead(BigInteger t) {
      BigInteger oldest =
          timeline.calls().stream().map(Call::at).reduce(BigInteger.ZERO, BigInteger::min);
      return t.compareTo(timeline.setup().lastMoment()) <= 0
          && t.subtract(oldest).bitLength() < Long.SIZE;
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
          what + "\n    expected: " + expected + "\n    but was:  " + actual);
    }

    void require(boolean holds, String complaint) {
      if (!holds) {
        throw new AssertionError(timeline.upTo(played) + "\n  <- " + complaint);
      }
    }
  }
}
