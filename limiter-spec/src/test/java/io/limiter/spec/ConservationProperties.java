package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.TokenBucket;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
 * Conservation, on virtual time: after every step, what a limiter has charged is what its callers were
 * admitted and what those who wait hold, less what time has restored. The books are kept by the
 * callers, from what they were told; they do not know when anybody is due.
 */
class ConservationProperties {
  /** Of which a permit is a whole number of ns; then some of which it is not. */
  private static final List<Rate> RATES = List.of(
      Rate.perSecond(10),
      Rate.ofNanos(1, 1),
      Rate.ofNanos(1, 10),
      Rate.perDay(1),
      Rate.perSecond(3),
      Rate.ofNanos(7, 11),
      Rate.perMinute(480));

  private static final int WHOLE = 4;

  enum Verb {
    PASS_TIME,
    TRY_ACQUIRE,
    RESERVE,
    ACQUIRE_ASYNC,
    CANCEL,
    SETTLE,
    REFUND,
    PENALIZE,
    RECONFIGURE
  }

  /** One call; what the numbers mean depends on the verb. */
  record Step(Verb verb, int a, int b, int c) {}

  /** Builds the limiter on trial, or a member of it. */
  interface Factory {
    RateLimiter create(Rate rate, long burst, NanoClock clock);
  }

  /** A limiter and what it gets. */
  record Script(long origin, int rate, long burst, List<Step> steps) {
    @Override
    public String toString() {
      String calls = steps.stream().map(step -> "\n  " + step).collect(Collectors.joining());
      return "rate " + rate + " burst " + burst + ", clock at " + origin + calls;
    }
  }

  /** What the callers of one limiter took and gave back. */
  private static final class Ledger {
    private final RateLimiter limiter;
    private final long weight;
    private final long origin; // reading, ns
    private final boolean stepwise;
    private final long unit; // of time, ns: 1, or the period of stepwise refill
    private Rate rate;
    private long burst;
    private Rational tat = Rational.ZERO; // what is charged is what is restored until then
    private BigInteger until = BigInteger.ZERO; // the end of a penalty

    Ledger(RateLimiter limiter, long weight, long origin, Rate rate, long burst) {
      this.stepwise = limiter.toString().contains("stepwise");
      this.limiter = limiter;
      this.weight = weight;
      this.origin = origin;
      this.unit = stepwise ? rate.periodNanos() : 1;
      this.rate = rate;
      this.burst = burst;
    }

    /** Units of time since the limiter was created. */
    private BigInteger now() {
      return BigInteger.valueOf((limiter.clock().nanoTime() - origin) / unit);
    }

    private Rational time(long permits) {
      return Rational.of(rate.periodNanos() / unit, rate.permits()).times(Rational.of(permits));
    }

    void take(long permits) {
      tat = tat.max(Rational.of(now().max(until))).plus(time(permits * weight));
    }

    void giveBack(long permits) {
      tat = given(permits);
    }

    private Rational given(long permits) {
      Rational now = Rational.of(now());
      return tat.compareTo(now) <= 0 ? tat : tat.minus(time(permits * weight)).max(now);
    }

    boolean isPenalized() {
      return now().compareTo(until) < 0;
    }

    /** Nothing before so many ns; who was first with the wait {@code first} is due then. */
    void penalize(long nanos, long first) {
      BigInteger end = now().add(BigInteger.valueOf(nanos));
      if (end.compareTo(until) > 0) {
        until = end;
        tat = tat.plus(first > 0 ? Rational.of(Math.max(nanos - first, 0)) : Rational.ZERO);
      }
    }

    /** What was spent stays spent; what is missing is rounded up to a tick of the new rate. */
    void reconfigure(Rate other, long most) {
      Rational now = Rational.of(now());
      Rational missing = tat.minus(now).max(Rational.ZERO).dividedBy(time(1));
      Rational debt = missing.minus(Rational.of(burst)).max(Rational.ZERO);
      missing = missing.min(Rational.of(most).plus(debt));
      rate = other;
      burst = most;
      Rational ticks = Rational.of(time(1).denominator());
      tat = now.plus(Rational.of(missing.times(time(1)).times(ticks).ceil()).dividedBy(ticks));
      if (limiter instanceof Gcra gcra) {
        gcra.reconfigure(rate, burst);
      } else if (limiter instanceof TokenBucket bucket) {
        bucket.reconfigure(rate, burst);
      } else if (limiter instanceof ReserveMutants.Wrong wrong) {
        wrong.reconfigure(rate, burst, LevelPolicy.SPENT);
      }
    }

    /** The wait in ns until all that is charged is restored, and no penalty lasts. */
    private long wait(Rational charged) {
      BigInteger units = charged.ceil().max(until).subtract(now()).max(BigInteger.ZERO);
      long over = (limiter.clock().nanoTime() - origin) % unit;
      return units.signum() == 0 ? 0 : units.longValueExact() * unit - over;
    }

    void compare() {
      assertEquals(wait(tat), said(), () -> "charged to " + limiter);
    }

    private long said() {
      return limiter.peek(burst).retryAfterNanos();
    }

    /** So many were given back of which time may have restored some: that much is left open. */
    void giveBackAtMost(long permits) {
      long said = said();
      assertTrue(said <= wait(tat), () -> said + " ns: more than was charged to " + limiter);
      assertTrue(said >= wait(given(permits)), () -> said + " ns: minted by " + limiter);
      tat = Rational.of(now()).plus(Rational.of(said)).min(tat);
    }

    int waiters() {
      if (limiter instanceof TokenBucket bucket) {
        return bucket.waiters();
      }
      return (limiter instanceof ReserveMutants.Wrong wrong ? wrong.right : (Gcra) limiter)
          .waiters();
    }
  }

  /** Who waits, or has waited, as a future or by asking a reservation. */
  private static final class Caller {
    final int number;
    final Reservation reservation; // null if there is a future
    final CompletableFuture<Boolean> future;
    long held; // permits
    boolean closed;

    Caller(int number, Reservation reservation, CompletableFuture<Boolean> future, long held) {
      this.number = number;
      this.reservation = reservation;
      this.future = future;
      this.held = held;
    }

    boolean waits() {
      return future == null ? reservation.waitNanos() > 0 : !future.isDone();
    }
  }

  /** A limiter, its callers, and the books of each member of it. */
  private static final class Stage {
    final ManualClock clock;
    final RateLimiter limiter;
    final boolean joint;
    final List<Ledger> ledgers;
    final CallScript played;
    final List<Caller> waiting = new ArrayList<>(); // in the order of their charges
    final List<Caller> due = new ArrayList<>(); // reservations
    int callers; // who asked for permits they might wait for

    Stage(Script script, Factory factory, boolean joint) {
      this.clock = ManualClock.startingAt(script.origin);
      this.joint = joint;
      List<Ledger> ledgers = new ArrayList<>();
      for (int i = 0; i < (joint ? 2 : 1); i++) {
        Rate rate = rate(script.rate + i);
        long burst = (i + 1) * script.burst + i;
        RateLimiter member = factory.create(rate, burst, clock);
        ledgers.add(new Ledger(member, i + 1, script.origin, rate, burst));
      }
      this.ledgers = ledgers;
      this.limiter = joint
          ? AllOf.of(ledgers.stream().map(ledger -> ledger.limiter).toList(), 1, 2)
          : ledgers.get(0).limiter;
      this.played = new CallScript(joint ? limiter + " weights 1, 2" : limiter, clock::nanoTime);
    }

    /** What joint limiters give back is bounded in whole ns. */
    private Rate rate(int number) {
      return RATES.get(number % (joint ? WHOLE : RATES.size()));
    }

    void play(Step step) {
      List<Ledger> whole = ledgers.stream() // nobody who waits is due there
          .filter(ledger -> ledger.waiters() == waiting.size())
          .toList();
      Ledger ledger = ledgers.get(step.c % ledgers.size());
      long permits = step.a % (ledgers.get(0).burst + 2) + 1;
      long maxWait = step.b % 2 == 0 ? nanos(step) : Long.MAX_VALUE;
      String limited =
          "(" + permits + (step.b % 2 == 0 ? ", " + maxWait + " ns)" : ")") + " by caller ";
      switch (step.verb) {
        case PASS_TIME -> clock.advanceNanos(nanos(step));
        case TRY_ACQUIRE -> {
          played.tell("tryAcquire(" + permits + ")");
          if (limiter.tryAcquire(permits)) {
            assertEquals(0, waiting.size(), "overtook those who wait");
            take(permits);
          }
        }
        case RESERVE -> {
          played.tell("reserve" + limited + ++callers);
          Reservation said = limiter.reserve(permits, Duration.ofNanos(maxWait));
          if (said.granted()) {
            take(permits);
            waiting.add(new Caller(callers, said, null, permits));
          }
        }
        case ACQUIRE_ASYNC -> {
          played.tell("acquireAsync" + limited + ++callers);
          CompletableFuture<Boolean> said =
              limiter.acquireAsync(permits, Duration.ofNanos(maxWait));
          if (said.getNow(true)) {
            take(permits);
          }
          if (!said.isDone()) {
            waiting.add(new Caller(callers, null, said, permits));
          }
        }
        case CANCEL -> cancel(step.a, whole);
        case SETTLE -> settle(step);
        case REFUND -> {
          played.tell("refund(" + permits + ")");
          limiter.refund(permits);
          ledgers.forEach(each -> each.giveBack(permits));
        }
        case PENALIZE -> penalize(nanos(step));
        case RECONFIGURE -> {
          if (!ledger.isPenalized()) {
            boolean same = step.b % 2 == 0;
            Rate other = rate(step.a);
            Rate rate = ledger.stepwise ? Rate.ofNanos(other.permits(), ledger.unit) : other;
            long burst = same ? ledger.burst : step.b % 24 + 1;
            String member = joint ? "member " + step.c % ledgers.size() + ": " : "";
            played.tell(
                member + "reconfigure(" + (same ? ledger.rate : rate) + " burst " + burst + ")");
            ledger.reconfigure(same ? ledger.rate : rate, burst);
          }
        }
      }
      observe(whole);
    }

    private void take(long permits) {
      ledgers.forEach(ledger -> ledger.take(permits));
    }

    private void cancel(int number, List<Ledger> whole) {
      boolean unbounded =
          ledgers.stream().anyMatch(Ledger::isPenalized) && whole.size() < ledgers.size();
      if (waiting.isEmpty() || unbounded) {
        return;
      }
      Caller caller = waiting.get(number % waiting.size());
      played.tell("cancel what caller " + caller.number + " asked for");
      if (caller.future == null) {
        assertEquals(!caller.closed, caller.reservation.cancel(), "cancelled by this call");
        if (caller.closed) {
          return;
        }
      } else {
        assertTrue(caller.future.cancel(true));
      }
      waiting.remove(caller);
      cancelled(caller.held, whole);
    }

    private void cancelled(long permits, List<Ledger> whole) {
      for (Ledger ledger : ledgers) {
        if (whole.contains(ledger)) {
          ledger.giveBack(permits);
        } else {
          ledger.giveBackAtMost(permits);
        }
      }
    }

    private void settle(Step step) {
      List<Caller> callers = new ArrayList<>(due);
      waiting.stream().filter(caller -> caller.future == null).forEach(callers::add);
      if (callers.isEmpty()) {
        return;
      }
      Caller caller = callers.get(step.a % callers.size());
      long actual = step.b % (caller.held + 2);
      played.tell("settle what caller " + caller.number + " asked for, for " + actual);
      assertEquals(!caller.closed, caller.reservation.settle(actual), "settled by this call");
      if (caller.closed) {
        return;
      }
      caller.closed = true;
      if (actual > caller.held) {
        take(actual - caller.held); // a debt that nobody waits for
      } else if (actual < caller.held) {
        ledgers.forEach(ledger -> ledger.giveBack(caller.held - actual));
        caller.held = actual;
      }
      if (actual == 0) {
        waiting.remove(caller);
      }
    }

    /** Where the wait of the first is known, and time is that of the penalty. */
    private void penalize(long nanos) {
      boolean known = waiting.isEmpty() || !joint && waiting.get(0).future == null;
      if (known && ledgers.stream().noneMatch(ledger -> ledger.stepwise)) {
        long first = waiting.isEmpty() ? 0 : waiting.get(0).reservation.waitNanos();
        played.tell("penalize(" + nanos + " ns)");
        limiter.penalizeAt(clock.nanoTime(), nanos);
        ledgers.forEach(ledger -> ledger.penalize(nanos, first));
      }
    }

    /** Who is due holds no more; who was put out of reach has given back. */
    private void observe(List<Ledger> whole) {
      List<Caller> still = waiting.stream().filter(Caller::waits).toList();
      waiting.removeAll(still);
      long late = 0;
      for (Caller caller : waiting) {
        if (caller.future == null) {
          due.add(caller);
        } else if (!caller.future.getNow(false)) {
          late += caller.held;
        }
      }
      waiting.clear();
      waiting.addAll(still);
      if (late > 0) {
        cancelled(late, whole);
      }
      ledgers.forEach(Ledger::compare);
      int most = ledgers.stream().mapToInt(Ledger::waiters).max().orElseThrow();
      assertEquals(waiting.size(), most, "who waits");
    }

    /** Spans around the interval of a permit. */
    private long nanos(Step step) {
      Rate rate = ledgers.get(0).rate;
      long interval = Math.max(rate.periodNanos() / rate.permits(), 1);
      return interval * (step.b % 15) / 4 + step.c % 3;
    }
  }

  @Provide
  Arbitrary<Script> scripts() {
    Arbitrary<Verb> verbs = Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.just(Verb.PASS_TIME)),
        Tuple.of(3, Arbitraries.of(Verb.RESERVE, Verb.ACQUIRE_ASYNC)),
        Tuple.of(6, Arbitraries.of(Verb.values())));
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 1_000);
    Arbitrary<List<Step>> steps = Combinators.combine(verbs, numbers, numbers, numbers)
        .as(Step::new)
        .list()
        .ofMaxSize(40);
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.integers().between(0, RATES.size() - 1),
            Arbitraries.longs().between(1, 12),
            steps)
        .as(Script::new);
  }

  @Provide
  Arbitrary<Factory> limiters() {
    return Arbitraries.of(Gcra::create, TokenBucket::create, TokenBucket::stepwise);
  }

  @Provide
  Arbitrary<Factory> members() {
    return Arbitraries.of(Gcra::create, TokenBucket::create);
  }

  static void chargedIsWhatWasAdmittedAndWhatWaits(Script script, Factory factory) {
    Stage stage = new Stage(script, factory, false);
    stage.played.run(() -> script.steps.forEach(stage::play));
  }

  static void chargedToEachMemberIsWhatWasAdmittedAndWhatWaits(Script script, Factory factory) {
    Stage stage = new Stage(script, factory, true);
    stage.played.run(() -> script.steps.forEach(stage::play));
  }

  @Property
  void chargedIsWhatWasAdmittedAndWhatWaits(
      @ForAll @From("limiters") Factory limiter, @ForAll @From("scripts") Script script) {
    chargedIsWhatWasAdmittedAndWhatWaits(script, limiter);
  }

  @Property
  void chargedToEachMemberIsWhatWasAdmittedAndWhatWaits(
      @ForAll @From("members") Factory member, @ForAll @From("scripts") Script script) {
    chargedToEachMemberIsWhatWasAdmittedAndWhatWaits(script, member);
  }

  @Example
  void everyGuaranteeOfConservationCatchesItsMutants() {
    Map<String, Factory> mutants = Map.ofEntries(
        entry("chargesTheRefused", ReserveMutants::chargesTheRefused),
        entry("cancelsForLess", ReserveMutants::cancelsForLess),
        entry("cancelsTwice", ReserveMutants::cancelsTwice),
        entry("cancelForgetsThoseBehind", ReserveMutants::cancelForgetsThoseBehind),
        entry("settlesForNoLess", ReserveMutants::settlesForNoLess),
        entry("fillsUpWhenChanged", ReserveMutants::fillsUpWhenChanged),
        entry("cancelledFuturesStayCharged", ReserveMutants::cancelledFuturesStayCharged));
    Map<String, Factory> ofMembers = Map.of(
        "cancelsForLess", ReserveMutants::cancelsForLess,
        "cancelsTwice", ReserveMutants::cancelsTwice,
        "settlesForNoLess", ReserveMutants::settlesForNoLess);
    assertCaught(
        List.of(
            trial(
                "chargedIsWhatWasAdmittedAndWhatWaits",
                scripts(),
                ConservationProperties::chargedIsWhatWasAdmittedAndWhatWaits),
            trial(
                "chargedToEachMemberIsWhatWasAdmittedAndWhatWaits",
                scripts(),
                ConservationProperties::chargedToEachMemberIsWhatWasAdmittedAndWhatWaits)),
        ReserveMutants.Wrong::new,
        Map.of(
            "chargedIsWhatWasAdmittedAndWhatWaits", mutants,
            "chargedToEachMemberIsWhatWasAdmittedAndWhatWaits", ofMembers));
  }
}
