package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;
import static java.util.Map.entry;
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
import java.util.Optional;
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

/** Reserving, giving back, being told to slow down and changing the limit, on virtual time. */
class ReserveProperties {
  private static final List<Rate> RATES = List.of(
      Rate.perSecond(3),
      Rate.perSecond(10),
      Rate.ofNanos(1, 1),
      Rate.ofNanos(7, 11),
      Rate.ofNanos(1, 10),
      Rate.perMinute(480),
      Rate.perDay(1));

  enum Verb {
    PASS_TIME,
    TRY_ACQUIRE,
    RESERVE,
    CANCEL,
    SETTLE,
    REFUND,
    FORCE,
    DRAIN,
    PENALIZE,
    RECONFIGURE,
    RESET
  }

  /** One call; what the numbers mean depends on the verb. */
  record Step(Verb verb, int a, int b, int c) {}

  /** Builds the limiter on trial. */
  interface Factory {
    RateLimiter create(Rate rate, long burst, NanoClock clock);
  }

  private static Factory kernel(boolean bucket) {
    return bucket ? TokenBucket::create : Gcra::create;
  }

  /** A limiter and what it gets. */
  record Script(long origin, Rate rate, long burst, List<Step> steps) {
    @Override
    public String toString() {
      String calls = steps.stream().map(step -> "\n  " + step).collect(Collectors.joining());
      return rate + " burst " + burst + ", created when the clock reads " + origin + calls;
    }
  }

  /** A limiter, its model, and what was reserved. */
  private static final class Stage {
    final long origin;
    final ManualClock clock;
    final RateLimiter limiter;
    final ReservingModel model;
    final List<Reservation> reservations = new ArrayList<>();
    final List<ReservingModel.Entry> entries = new ArrayList<>();
    final List<Boolean> closed = new ArrayList<>();
    final CallScript played;
    BigInteger now = BigInteger.ZERO;
    Rate rate;
    long burst;

    Stage(Factory factory, long origin, Rate rate, long burst) {
      this.origin = origin;
      this.clock = ManualClock.startingAt(origin);
      this.limiter = factory.create(rate, burst, clock);
      this.model = new ReservingModel(rate, burst);
      this.rate = rate;
      this.burst = burst;
      this.played = new CallScript(limiter, clock::nanoTime);
    }

    void play(Step step) {
      long permits = step.a % (burst + 2) + 1;
      switch (step.verb) {
        case PASS_TIME -> pass(nanos(step));
        case TRY_ACQUIRE -> {
          played.tell("tryAcquire(" + permits + ")");
          assertEquals(model.tryAcquire(now, permits), limiter.tryAcquire(permits), "tryAcquire");
        }
        case RESERVE -> reserve(permits, step.b % 3 == 0 ? nanos(step) : Long.MAX_VALUE);
        case CANCEL, SETTLE -> close(step);
        case REFUND -> {
          played.tell("refund(" + permits + ")");
          model.refund(now, permits);
          limiter.refund(permits);
        }
        case FORCE -> {
          played.tell("acquireForced(" + permits + ")");
          assertEquals(saturated(model.force(now, permits)), limiter.acquireForced(permits));
        }
        case DRAIN -> {
          played.tell("drain()");
          long left = model.remaining(now).longValueExact();
          assertEquals(left, limiter.drain());
          if (left > 0) {
            model.tryAcquire(now, left);
          }
        }
        case PENALIZE -> {
          long nanos = nanos(step);
          played.tell("penalize(" + nanos + " ns)");
          model.penalize(now, BigInteger.valueOf(nanos));
          limiter.penalizeAt(clock.nanoTime(), nanos);
        }
        case RECONFIGURE -> {
          if (!model.isPenalized(now)) {
            rate = RATES.get(step.a % RATES.size());
            burst = step.b % 12 + 1;
            LevelPolicy inheritance = LevelPolicy.values()[step.c % LevelPolicy.values().length];
            played.tell("reconfigure(" + rate + " burst " + burst + ", " + inheritance + ")");
            model.reconfigure(now, rate, burst, inheritance);
            reconfigure(rate, burst, inheritance);
          }
        }
        case RESET -> {
          played.tell("reset()");
          model.reset(now, rate, burst);
          limiter.reset();
        }
      }
    }

    void reconfigure(Rate rate, long burst, LevelPolicy inheritance) {
      if (limiter instanceof Gcra gcra) {
        gcra.reconfigure(rate, burst, inheritance);
      } else if (limiter instanceof TokenBucket bucket) {
        bucket.reconfigure(rate, burst, inheritance);
      } else if (limiter instanceof ReserveMutants.Wrong wrong) {
        wrong.reconfigure(rate, burst, inheritance);
      }
    }

    void pass(long nanos) {
      now = now.add(BigInteger.valueOf(nanos));
      clock.set(origin + now.longValue());
    }

    /** With a limiter that denies and tells no wait, reserving might never come to an end. */
    void lookBeforeReserving(long permits) {
      Decision said = limiter.peek(permits);
      assertTrue(said.admitted() || said.retryAfterNanos() > 0, () -> "denied, no wait: " + said);
    }

    void reserve(long permits, long maxWait) {
      played.tell(
          "reserve(" + permits + (maxWait < Long.MAX_VALUE ? ", " + maxWait + " ns)" : ")"));
      lookBeforeReserving(permits);
      Optional<ReservingModel.Entry> entry =
          model.reserve(now, permits, BigInteger.valueOf(maxWait));
      Reservation reservation = limiter.reserveAt(clock.nanoTime(), permits, maxWait);
      assertEquals(entry.isPresent(), reservation.granted(), "granted");
      entry.ifPresent(present -> {
        entries.add(present);
        reservations.add(reservation);
        closed.add(false);
      });
    }

    /** Cancels or settles a reservation; one that is due is settled, as what it weighs is unknown. */
    void close(Step step) {
      if (entries.isEmpty()) {
        return;
      }
      int i = step.a % entries.size();
      Reservation reservation = reservations.get(i);
      boolean pending = model.isPending(now, entries.get(i));
      if (step.verb == Verb.CANCEL) {
        if (pending || closed.get(i)) {
          played.tell("cancel reservation " + i);
          assertEquals(!closed.get(i), reservation.cancel(), "cancelled by this call");
          if (!closed.get(i)) {
            model.cancel(now, entries.get(i));
          }
          closed.set(i, true);
        }
        return;
      }
      long actual = step.b % (reservation.permits() + 2);
      played.tell("settle reservation " + i + " for " + actual);
      assertEquals(!closed.get(i), reservation.settle(actual), "settled by this call");
      if (!closed.get(i)) {
        if (actual > reservation.permits()) {
          model.force(now, actual - reservation.permits());
        } else if (pending && actual == 0) {
          model.cancel(now, entries.get(i));
        } else if (pending) {
          model.shrink(now, entries.get(i), BigInteger.valueOf(actual));
        } else if (actual < reservation.permits()) {
          model.refund(now, reservation.permits() - actual);
        }
      }
      closed.set(i, true);
    }

    /** Spans around the interval of a permit. */
    long nanos(Step step) {
      long interval = Math.max(rate.periodNanos() / rate.permits(), 1);
      return interval * (step.b % 15) / 4 + step.c % 3;
    }

    void compare() {
      for (int i = 0; i < entries.size(); i++) {
        long expected = entries.get(i).wait(now).map(Stage::saturated).orElse(Decision.NEVER);
        assertEquals(expected, reservations.get(i).waitNanos(), "wait of reservation " + i);
      }
      for (long permits : new long[] {1, burst, burst + 1}) {
        Decision said = limiter.peek(permits);
        long wait = model.retryAfter(now, permits).map(Stage::saturated).orElse(Decision.NEVER);
        assertEquals(wait, said.retryAfterNanos(), "retryAfter of " + permits);
        assertEquals(wait == 0, said.admitted(), "admitted " + permits);
        assertEquals(model.remaining(now).longValueExact(), said.remaining(), "remaining");
      }
    }

    static long saturated(BigInteger nanos) {
      return nanos.bitLength() < Long.SIZE ? nanos.longValue() : Decision.NEVER;
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Verb> verbs = Arbitraries.frequencyOf(
        Tuple.of(4, Arbitraries.just(Verb.PASS_TIME)),
        Tuple.of(4, Arbitraries.just(Verb.RESERVE)),
        Tuple.of(5, Arbitraries.of(Verb.values())));
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 1_000);
    return Combinators.combine(verbs, numbers, numbers, numbers)
        .as(Step::new)
        .list()
        .ofMaxSize(40);
  }

  @Provide
  Arbitrary<Rate> rates() {
    return Arbitraries.of(RATES);
  }

  @Provide
  Arbitrary<Long> bursts() {
    return Arbitraries.longs().between(1, 12);
  }

  @Provide
  Arbitrary<Script> scripts() {
    return Combinators.combine(Arbitraries.longs(), rates(), bursts(), steps()).as(Script::new);
  }

  /** Every answer, and every wait of those who reserved, is that of the exact model. */
  static void waitsAreThoseOfTheExactModel(Script script, Factory factory) {
    Stage stage = new Stage(factory, script.origin, script.rate, script.burst);
    stage.played.run(() -> {
      for (Step step : script.steps) {
        stage.play(step);
        stage.compare();
      }
    });
  }

  @Property
  void waitsAreThoseOfTheExactModel(
      @ForAll boolean bucket, @ForAll @From("scripts") Script script) {
    waitsAreThoseOfTheExactModel(script, kernel(bucket));
  }

  /** Permits count when they may be used: at once if admitted, after their wait if reserved. */
  static void inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed(Script script, Factory factory) {
    Stage stage = new Stage(factory, script.origin, script.rate, script.burst);
    stage.played.run(() -> inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed(script, stage));
  }

  private static void inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed(
      Script script, Stage stage) {
    Rate rate = script.rate;
    long burst = script.burst;
    List<BigInteger> times = new ArrayList<>();
    List<Long> permits = new ArrayList<>();
    List<Reservation> waiting = new ArrayList<>();
    for (Step step : script.steps) {
      long k = step.a % (burst + 2) + 1;
      switch (step.verb) {
        case PASS_TIME -> {
          // Up to each moment at which somebody is served, so that it is seen.
          BigInteger end = stage.now.add(BigInteger.valueOf(stage.nanos(step)));
          while (true) {
            long next = waiting.stream().mapToLong(Reservation::waitNanos).min().orElse(-1);
            BigInteger to = stage.now.add(BigInteger.valueOf(Math.max(next, 0)));
            if (next < 0 || to.compareTo(end) > 0) {
              break;
            }
            stage.pass(next);
            serve(waiting, stage.now, times, permits);
          }
          stage.pass(end.subtract(stage.now).longValueExact());
        }
        case TRY_ACQUIRE -> {
          stage.played.tell("tryAcquire(" + k + ")");
          if (stage.limiter.tryAcquire(k)) {
            times.add(stage.now);
            permits.add(k);
          }
        }
        case RESERVE -> {
          stage.played.tell("reserve(" + k + ")");
          stage.lookBeforeReserving(k);
          Reservation reservation =
              stage.limiter.reserveAt(stage.clock.nanoTime(), k, Long.MAX_VALUE);
          if (reservation.granted()) {
            waiting.add(reservation);
          }
          serve(waiting, stage.now, times, permits);
        }
        case CANCEL -> {
          if (!waiting.isEmpty()) {
            int i = step.a % waiting.size();
            stage.played.tell("cancel reservation " + i + " of those who wait");
            waiting.remove(i).cancel();
            serve(waiting, stage.now, times, permits);
          }
        }
        case PENALIZE -> {
          stage.played.tell("penalize(" + stage.nanos(step) + " ns)");
          stage.limiter.penalizeAt(stage.clock.nanoTime(), stage.nanos(step));
        }
        default -> {}
      }
    }
    Rational perNano = Rational.of(rate.permits(), rate.periodNanos());
    for (int from = 0; from < times.size(); from++) {
      long sum = 0;
      for (int to = from; to < times.size(); to++) {
        sum += permits.get(to);
        // Waits are rounded up, each for itself: an exact interval may be longer by less than 1 ns.
        Rational w = Rational.of(times.get(to).subtract(times.get(from)).add(BigInteger.ONE));
        BigInteger most = perNano.times(w).floor().add(BigInteger.valueOf(burst));
        assertTrue(
            BigInteger.valueOf(sum).compareTo(most) <= 0,
            sum + " served from " + times.get(from) + " to " + times.get(to) + ", at most " + most);
      }
    }
  }

  @Property
  void inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed(
      @ForAll boolean bucket, @ForAll @From("scripts") Script script) {
    inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed(script, kernel(bucket));
  }

  @Example
  void everyGuaranteeOfReservingCatchesItsMutants() {
    List<Trial<Script, Factory>> trials = List.of(
        trial(
            "waitsAreThoseOfTheExactModel",
            scripts(),
            ReserveProperties::waitsAreThoseOfTheExactModel),
        trial(
            "inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed",
            scripts(),
            ReserveProperties::inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed));
    Map<String, Map<String, Factory>> mutants = Map.of(
        "waitsAreThoseOfTheExactModel",
        Map.ofEntries(
            entry("chargesTheRefused", ReserveMutants::chargesTheRefused),
            entry("drainsADebt", ReserveMutants::drainsADebt),
            entry("forgivesDebts", ReserveMutants::forgivesDebts),
            entry("cancelsForLess", ReserveMutants::cancelsForLess),
            entry("cancelsTwice", ReserveMutants::cancelsTwice),
            entry("cancelForgetsThoseBehind", ReserveMutants::cancelForgetsThoseBehind),
            entry("timesWaitersOnce", ReserveMutants::timesWaitersOnce),
            entry("pricesThePastAtTheNewRate", ReserveMutants::pricesThePastAtTheNewRate),
            entry("settlesForNoLess", ReserveMutants::settlesForNoLess),
            entry("penalizesByDraining", ReserveMutants::penalizesByDraining),
            entry("fillsUpWhenChanged", ReserveMutants::fillsUpWhenChanged),
            entry("scalesTheLevelWhenChanged", ReserveMutants::scalesTheLevelWhenChanged)),
        "inAnyIntervalAtMostBurstPlusRateAreAdmittedOrServed",
        Map.of(
            "letsTheNextPay", ReserveMutants::letsTheNextPay,
            "tellsAllTheSameWait", ReserveMutants::tellsAllTheSameWait));
    assertCaught(trials, ReserveMutants.Wrong::new, mutants);
  }

  private static void serve(
      List<Reservation> waiting, BigInteger now, List<BigInteger> times, List<Long> permits) {
    waiting.removeIf(reservation -> {
      if (reservation.waitNanos() > 0) {
        return false;
      }
      times.add(now);
      permits.add(reservation.permits());
      return true;
    });
  }
}
