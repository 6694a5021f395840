package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.TokenBucket;
import io.limiter.spec.Trials.Trial;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Reservations that are cancelled while the rate changes, against the model of a limiter to which
 * those that were due had never come, and which gets back what the others were charged.
 */
class ReceiptProperties {
  private static final List<Rate> RATES = List.of(
      Rate.perSecond(3),
      Rate.perSecond(10),
      Rate.perSecond(1),
      Rate.ofNanos(1, 1),
      Rate.ofNanos(7, 11),
      Rate.ofNanos(1, 10));

  enum Verb {
    PASS_TIME,
    TRY_ACQUIRE,
    RESERVE,
    CANCEL,
    REFUND,
    RECONFIGURE
  }

  /** One call; what the numbers mean depends on the verb. */
  record Step(Verb verb, int a, int b, int c) {}

  /** Builds the limiter on trial. */
  interface Factory {
    RateLimiter create(Rate rate, long burst, NanoClock clock);
  }

  /** A limiter and what it gets. */
  record Script(long origin, Rate rate, long burst, List<Step> steps) {
    @Override
    public String toString() {
      String calls = steps.stream().map(step -> "\n  " + step).collect(Collectors.joining());
      return rate + " burst " + burst + ", created when the clock reads " + origin + calls;
    }
  }

  /** What happened: so many permits charged, or given back if negative; a change if there is a rate. */
  private record Event(
      BigInteger time, long permits, Rate rate, long burst, LevelPolicy inheritance) {}

  /** A limiter, and all that happened to it but for what was cancelled. */
  private static final class Stage {
    final Script script;
    final ManualClock clock;
    final RateLimiter limiter;
    final CallScript played;
    final boolean stepwise;
    final long period;
    final List<Event> events = new ArrayList<>();
    final List<Reservation> reservations = new ArrayList<>();
    final List<Event> charges = new ArrayList<>();
    Rate rate;
    long burst;
    Rational rounded = Rational.ZERO; // permits; what the changes may have rounded

    Stage(Script script, Factory factory) {
      this.script = script;
      this.clock = ManualClock.startingAt(script.origin);
      this.limiter = factory.create(script.rate, script.burst, clock);
      this.played = new CallScript(limiter, clock::nanoTime);
      this.stepwise = limiter.toString().contains("stepwise");
      this.period = script.rate.periodNanos();
      this.rate = script.rate;
      this.burst = script.burst;
    }

    /** Time as the model counts it: in ns, or in steps. */
    BigInteger time() {
      long nanos = clock.nanoTime() - script.origin;
      return BigInteger.valueOf(stepwise ? nanos / period : nanos);
    }

    Rate perUnit(Rate rate) {
      return stepwise ? Rate.ofNanos(rate.permits(), 1) : rate;
    }

    void play(Step step) {
      long permits = step.a % burst + 1;
      switch (step.verb) {
        case PASS_TIME -> {
          long interval = stepwise ? period : Math.max(rate.periodNanos() / rate.permits(), 1);
          clock.advanceNanos(interval * (step.b % 9) / 4 + step.c % 2);
        }
        case TRY_ACQUIRE -> {
          played.tell("tryAcquire(" + permits + ")");
          if (limiter.tryAcquire(permits)) {
            charge(permits);
          }
        }
        case RESERVE -> {
          long maxWait = step.b % 2 == 0 ? 0 : Decision.NEVER;
          Reservation reservation = reserve(permits, maxWait);
          if (reservation.granted()) {
            reservations.add(reservation);
            charges.add(charge(permits));
          }
        }
        case CANCEL -> {
          if (!reservations.isEmpty()) {
            cancel(step.a % reservations.size());
          }
        }
        case REFUND -> {
          played.tell("refund(" + permits + ")");
          assertTrue(limiter.refund(permits));
          events.add(new Event(time(), -permits, null, 0, null));
        }
        case RECONFIGURE -> {
          LevelPolicy[] all = {LevelPolicy.KEEP, LevelPolicy.PROPORTIONAL, LevelPolicy.EMPTY};
          change(step, all[step.c % all.length]);
        }
      }
    }

    Reservation reserve(long permits, long maxWait) {
      played.tell("reserve(" + permits + (maxWait == 0 ? ", 0 ns)" : ")"));
      return limiter.reserveAt(clock.nanoTime(), permits, maxWait);
    }

    /** T of the model; a tick of it is one numerator's part of a permit. */
    Rational interval() {
      Rate perUnit = perUnit(rate);
      return Rational.of(perUnit.periodNanos(), perUnit.permits());
    }

    Event charge(long permits) {
      Event event = new Event(time(), permits, null, 0, null);
      events.add(event);
      return event;
    }

    /** Who is waited for gives back what was charged; who is due was never there. */
    void cancel(int index) {
      Reservation reservation = reservations.remove(index);
      Event charge = charges.remove(index);
      played.tell("cancel reservation " + index + " of those that are left");
      if (reservation.waitNanos() > 0) {
        events.add(new Event(time(), -charge.permits, null, 0, null));
      } else {
        events.removeIf(event -> event == charge);
      }
      assertTrue(reservation.cancel());
    }

    /** While somebody waits no burst is cut: who waits keeps all its permits, and may give them back. */
    void change(Step step, LevelPolicy wanted) {
      boolean waits = reservations.stream().anyMatch(each -> each.waitNanos() > 0);
      LevelPolicy inheritance = waits ? LevelPolicy.KEEP : wanted;
      Rate other = RATES.get(step.a % RATES.size());
      rate = stepwise ? Rate.ofNanos(other.permits(), period) : other;
      burst = Math.max(step.b % 12 + 1, waits ? burst : 1);
      Rational interval = interval();
      // The word is rounded up, and what is taken back from it down.
      rounded = rounded.plus(Rational.of(2).dividedBy(Rational.of(interval.numerator())));
      events.add(new Event(time(), 0, perUnit(rate), burst, inheritance));
      played.tell("reconfigure(" + rate + " burst " + burst + ", " + inheritance + ")");
      if (limiter instanceof Gcra gcra) {
        gcra.reconfigure(rate, burst, inheritance);
      } else if (limiter instanceof TokenBucket bucket) {
        bucket.reconfigure(rate, burst, inheritance);
      } else if (limiter instanceof ReserveMutants.Wrong wrong) {
        wrong.reconfigure(rate, burst, inheritance);
      }
    }

    ReservingModel asIfNeverCancelled() {
      ReservingModel model = new ReservingModel(perUnit(script.rate), script.burst);
      for (Event event : events) {
        if (event.rate != null) {
          model.reconfigure(event.time, event.rate, event.burst, event.inheritance);
        } else if (event.permits > 0) {
          model.force(event.time, event.permits);
        } else {
          model.refund(event.time, -event.permits);
        }
      }
      return model;
    }

    /** The limiter admits no more than the model, and if exact no later than slack ns after it. */
    void compare(boolean exact, long slack) {
      ReservingModel model = asIfNeverCancelled();
      long remaining = limiter.peek().remaining();
      long most = model.remaining(time()).longValueExact();
      assertTrue(remaining <= most, () -> "remaining " + remaining + ", at most " + most);
      for (long permits = 1; permits <= burst; permits++) {
        long said = limiter.peek(permits).retryAfterNanos();
        long least = least(model, permits);
        long asked = permits;
        assertTrue(said >= least, () -> asked + " after " + said + ", not before " + least);
        assertTrue(
            !exact || said <= least + slack, () -> asked + " after " + said + ", not " + least);
      }
    }

    /** The wait of the model, in ns. */
    private long least(ReservingModel model, long permits) {
      long wait = model.retryAfter(time(), permits).orElseThrow().longValueExact();
      long into = (clock.nanoTime() - script.origin) % period;
      return stepwise && wait > 0 ? wait * period - into : wait;
    }
  }

  @Provide
  Arbitrary<Script> scripts() {
    Arbitrary<Verb> verbs = Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.just(Verb.PASS_TIME)), Tuple.of(6, Arbitraries.of(Verb.values())));
    return scripts(verbs);
  }

  /** Nobody is cancelled; only the end of the script decides whether the last one is. */
  @Provide
  Arbitrary<Script> scriptsWithoutCancel() {
    return scripts(Arbitraries.of(
        Verb.PASS_TIME,
        Verb.PASS_TIME,
        Verb.TRY_ACQUIRE,
        Verb.RESERVE,
        Verb.REFUND,
        Verb.RECONFIGURE));
  }

  private static Arbitrary<Script> scripts(Arbitrary<Verb> verbs) {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 1_000);
    Arbitrary<List<Step>> steps = Combinators.combine(verbs, numbers, numbers, numbers)
        .as(Step::new)
        .list()
        .ofMaxSize(30);
    return Combinators.combine(
            Arbitraries.longs(), Arbitraries.of(RATES), Arbitraries.longs().between(1, 12), steps)
        .as(Script::new);
  }

  @Provide
  Arbitrary<Factory> limiters() {
    return Arbitraries.of(Gcra::create, TokenBucket::create, TokenBucket::stepwise);
  }

  /** After every step: whoever was cancelled had better never come, and mints nothing by it. */
  static void aCancelledChargeMintsNothingWhateverTheRateWas(Script script, Factory factory) {
    Stage stage = new Stage(script, factory);
    stage.played.run(() -> {
      for (Step step : script.steps) {
        stage.play(step);
        stage.compare(false, 0);
      }
    });
  }

  /**
   * One reservation, behind which nobody was charged, is cancelled after any time, refunds and changes
   * of the rate: the limiter is as if it had never been made, but for what each change rounds: two
   * ticks at most.
   */
  static void aCancelledChargeLeavesNoTraceWhateverTheRateWas(Script script, Factory factory) {
    Stage stage = new Stage(script, factory);
    stage.played.run(() -> aCancelledChargeLeavesNoTraceWhateverTheRateWas(script, stage));
  }

  private static void aCancelledChargeLeavesNoTraceWhateverTheRateWas(Script script, Stage stage) {
    int last = -1;
    for (int i = 0; i < script.steps.size(); i++) {
      last = script.steps.get(i).verb == Verb.RESERVE ? i : last;
    }
    for (int i = 0; i < script.steps.size(); i++) {
      Step step = script.steps.get(i);
      if (i == last) {
        Reservation one = stage.reserve(step.a % stage.burst + 1, Decision.NEVER);
        stage.reservations.add(0, one);
        stage.charges.add(0, stage.charge(one.permits()));
        assertEquals(true, one.granted());
        stage.rounded = Rational.ZERO;
      } else if (last < 0 || i < last || step.verb == Verb.PASS_TIME || step.verb == Verb.REFUND) {
        stage.play(step.verb == Verb.RECONFIGURE ? keeping(step) : step);
      } else if (step.verb == Verb.RECONFIGURE) {
        stage.change(step, LevelPolicy.KEEP);
      }
    }
    if (last >= 0) {
      stage.cancel(0);
      BigInteger slack = stage.rounded.times(stage.interval()).ceil();
      stage.compare(true, slack.longValueExact() * (stage.stepwise ? stage.period : 1));
    }
  }

  private static Step keeping(Step step) {
    return new Step(step.verb, step.a, step.b, 0);
  }

  /** Found by the properties: what a refund lost at the burst is not given back by a cancel. */
  @Example
  void timelinesThatMinted() {
    Step five = new Step(Verb.RESERVE, 4, 0, 0);
    Step waitsForTwo = new Step(Verb.RESERVE, 1, 1, 0);
    Step one = new Step(Verb.RESERVE, 0, 0, 0);
    Step cancel = new Step(Verb.CANCEL, 0, 0, 0);
    Step tryOne = new Step(Verb.TRY_ACQUIRE, 0, 0, 0);
    Step aNanosecond = new Step(Verb.PASS_TIME, 0, 0, 1);
    Step anyWait = new Step(Verb.RESERVE, 0, 1, 0);
    List<Script> scripts = List.of(
        // Once the first two are cancelled in turn, time was lost before the third was charged.
        new Script(
            0,
            Rate.perSecond(3),
            1,
            List.of(
                tryOne,
                new Step(Verb.PASS_TIME, 0, 2, 0),
                anyWait,
                anyWait,
                new Step(Verb.PASS_TIME, 0, 3, 0),
                anyWait,
                cancel,
                cancel)),
        new Script(
            0,
            Rate.perSecond(1),
            10,
            List.of(
                five, new Step(Verb.REFUND, 4, 0, 0), new Step(Verb.TRY_ACQUIRE, 4, 0, 0), cancel)),
        new Script(
            0,
            Rate.perSecond(3),
            2,
            List.of(one, waitsForTwo, new Step(Verb.REFUND, 1, 0, 0), tryOne, cancel, cancel)),
        new Script(0, Rate.perSecond(3), 2, List.of(one, one, cancel, aNanosecond, tryOne, cancel)),
        // What was charged for those who wait counts as what the refund left of it.
        new Script(
            0,
            Rate.perSecond(3),
            1,
            List.of(
                tryOne,
                anyWait,
                anyWait,
                new Step(Verb.RECONFIGURE, 0, 1, 0),
                new Step(Verb.REFUND, 1, 0, 0),
                new Step(Verb.RECONFIGURE, 0, 0, 1),
                cancel)));
    List<Factory> factories = List.of(Gcra::create, TokenBucket::create, TokenBucket::stepwise);
    for (Script script : scripts) {
      for (Factory factory : factories) {
        aCancelledChargeMintsNothingWhateverTheRateWas(script, factory);
      }
    }
  }

  /** More refunds, each leaving more charged than the one before, than a limiter keeps apart. */
  @Example
  void refundsWithoutEndMintNothing() {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      steps.add(new Step(i % 3 == 0 ? Verb.RESERVE : Verb.TRY_ACQUIRE, 2, 0, 0));
      steps.add(new Step(Verb.REFUND, i % 10 == 0 ? 400 : 0, 0, 0));
      steps.add(new Step(Verb.PASS_TIME, 0, i % 4, 0));
    }
    for (int i = 0; i < 34; i++) {
      steps.add(new Step(Verb.CANCEL, 7 * i, 0, 0));
    }
    Script script = new Script(0, Rate.perSecond(10), 500, steps);
    aCancelledChargeMintsNothingWhateverTheRateWas(script, Gcra::create);
    List<Step> rising = new ArrayList<>(steps);
    rising.replaceAll(
        step -> step.verb == Verb.REFUND && step.a > 0 ? new Step(Verb.REFUND, 0, 0, 0) : step);
    rising.add(0, new Step(Verb.REFUND, 0, 0, 0));
    aCancelledChargeMintsNothingWhateverTheRateWas(
        new Script(0, Rate.perSecond(10), 500, rising), Gcra::create);
  }

  @Property
  void aCancelledChargeMintsNothingWhateverTheRateWas(
      @ForAll @From("limiters") Factory limiter, @ForAll @From("scripts") Script script) {
    aCancelledChargeMintsNothingWhateverTheRateWas(script, limiter);
  }

  @Property
  void aCancelledChargeLeavesNoTraceWhateverTheRateWas(
      @ForAll @From("limiters") Factory limiter,
      @ForAll @From("scriptsWithoutCancel") Script script) {
    aCancelledChargeLeavesNoTraceWhateverTheRateWas(script, limiter);
  }

  @Example
  void everyGuaranteeOfReceiptsCatchesItsMutants() {
    List<Trial<Script, Factory>> trials = List.of(
        trial(
            "aCancelledChargeMintsNothingWhateverTheRateWas",
            scripts(),
            ReceiptProperties::aCancelledChargeMintsNothingWhateverTheRateWas),
        trial(
            "aCancelledChargeLeavesNoTraceWhateverTheRateWas",
            scriptsWithoutCancel(),
            ReceiptProperties::aCancelledChargeLeavesNoTraceWhateverTheRateWas));
    Map<String, Map<String, Factory>> mutants = Map.of(
        "aCancelledChargeMintsNothingWhateverTheRateWas",
        Map.of(
            "givesBackWhatTimeRestored", ReserveMutants::givesBackWhatTimeRestored,
            "pricesThePastAtTheNewRate", ReserveMutants::pricesThePastAtTheNewRate,
            "pricesReceiptsAtTheNewRate", ReserveMutants::pricesReceiptsAtTheNewRate),
        "aCancelledChargeLeavesNoTraceWhateverTheRateWas",
        Map.of(
            "forgetsReceiptsWhenChanged", ReserveMutants::forgetsReceiptsWhenChanged,
            "forgetsWhoWasCharged", ReserveMutants::forgetsWhoWasCharged));
    assertCaught(trials, ReserveMutants.Wrong::new, mutants);
  }
}
