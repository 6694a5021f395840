package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.spec.CallScript;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Tuple;

/**
 * Stripes on virtual time: which stripe a call uses is a number, and leases are fetched in one step
 * and landed in a later one, so that anything can happen while they are in hand. Beside the striped
 * limiter stands a plain one that is charged with what the first admitted. In the package of the
 * limiter, for its steps.
 */
class StripedProperties {
  private static final int STRIPES = 2;
  private static final long LEASE = 6;

  /** Half a permit more than a ns; a tick that is not a ns; one that is. */
  private static final List<Rate> RATES =
      List.of(Rate.ofNanos(1, 1), Rate.ofNanos(3, 2), Rate.ofNanos(7, 11), Rate.ofNanos(1, 10));

  /** Whose permits are leased. */
  enum Kind {
    GCRA {
      @Override
      WordLimiter create(Rate rate, long burst, NanoClock clock) {
        return Gcra.create(rate, burst, clock);
      }
    },
    BUCKET {
      @Override
      WordLimiter create(Rate rate, long burst, NanoClock clock) {
        return TokenBucket.create(rate, burst, clock);
      }
    },
    STEPWISE {
      @Override
      WordLimiter create(Rate rate, long burst, NanoClock clock) {
        return TokenBucket.stepwise(rate, burst, clock);
      }
    };

    abstract WordLimiter create(Rate rate, long burst, NanoClock clock);
  }

  enum Verb {
    PASS_TIME,
    ACQUIRE,
    DECIDE,
    REFUND,
    FETCH,
    LAND,
    CALL_BACK,
    STRIPE,
    RESERVE,
    CANCEL,
    PENALIZE,
    FORCE
  }

  /** One step; what the numbers mean depends on the verb. */
  record Step(Verb verb, int a, int b) {}

  /** What becomes of a lease whose stripe was called back. */
  interface Landing {
    void giveBack(WordLimiter limiter, Striping.Hand hand);
  }

  private static final Landing RETURNED = (limiter, hand) -> hand.giveBack();

  /** An admission. */
  record Admission(long time, long permits) {}

  /** A striped limiter, a plain one that is charged with what it admits, and leases in hand. */
  private static final class Stage {
    final Rate rate;
    final long burst;
    final ManualClock clock;
    final WordLimiter lender;
    final StripedLimiter striped;
    final WordLimiter plain;
    final Landing landing;
    final CallScript played;
    boolean asksNoOther; // the canary: a call looks at its own stripe and the shared word alone
    final List<Striping.Hand> hands = new ArrayList<>();
    final List<Reservation> reservations = new ArrayList<>();
    final List<Reservation> plainReservations = new ArrayList<>();
    final List<Admission> admissions = new ArrayList<>();
    long refundable;
    long late; // what time restores of it is forfeited: leases called back in hand, due then
    boolean timeless; // no time passes: then nothing is forfeited
    boolean reservedLast; // and charged nothing since
    boolean lax; // but a lease in hand while others are given back

    Stage(Kind kind, Rate rate, long burst, Landing landing) {
      this.rate = rate;
      this.burst = burst;
      this.clock = ManualClock.create();
      this.lender = kind.create(rate, burst, clock);
      this.striped = new StripedLimiter(lender, STRIPES, LEASE);
      this.plain = kind.create(rate, burst, clock);
      this.landing = landing;
      this.played = new CallScript(lender + " in " + STRIPES + " stripes", clock::nanoTime);
    }

    long now() {
      return clock.nanoTime();
    }

    void admitted(long permits) {
      assertTrue(plain.tryAcquire(permits), "admitted what the plain limiter denies: " + permits);
      admissions.add(new Admission(now(), permits));
      reservedLast = false;
      refundable += permits;
    }

    void play(Step step) {
      int at = step.a % STRIPES;
      long permits = step.b % 3 > 0 ? step.b % 4 + 1 : step.b % burst + 1;
      switch (step.verb) {
        case PASS_TIME -> {
          if (!timeless) {
            long interval = Math.max(rate.periodNanos() / rate.permits(), 1);
            clock.advanceNanos(step.a % 4 == 0 ? interval * step.b : interval * (step.b % 9) / 3);
          }
        }
        case ACQUIRE -> {
          played.tell("stripe " + at + ": tryAcquire(" + permits + ")");
          if (striped.tryAcquireAt(at, now(), permits)) {
            admitted(permits);
          }
        }
        case DECIDE -> decide(at, permits);
        case REFUND -> {
          if (refundable > 0) {
            long some = Math.min(permits, refundable);
            played.tell("refund(" + some + ")");
            refundable -= some;
            lax = true;
            assertTrue(striped.refundAt(now(), some));
            plain.refund(some);
          }
        }
        case FETCH -> {
          played.tell("stripe " + at + ": fetch a lease for " + permits);
          Striping.Hand hand = Striping.fetch(lender, at, now(), permits);
          if (hand != null) {
            admitted(permits);
            hands.add(hand);
          }
        }
        case LAND -> {
          if (!hands.isEmpty()) {
            land(hands.remove(step.a % hands.size()));
          }
        }
        case CALL_BACK -> callBack();
        case STRIPE -> {
          played.tell("stripe anew, with leases of " + LEASE);
          Striping.stripe(lender, now(), STRIPES, LEASE);
        }
        case RESERVE -> {
          played.tell("reserve(" + permits + ", 0 ns)");
          Reservation reservation = striped.reserveAt(now(), permits, 0);
          if (reservation.granted()) {
            Reservation twin = plain.reserveAt(now(), permits, 0);
            assertTrue(twin.granted(), "reserved what the plain limiter denies: " + permits);
            admissions.add(new Admission(now(), permits));
            reservations.add(reservation);
            plainReservations.add(twin);
            reservedLast = true;
          }
        }
        case CANCEL -> {
          // The newest charge: with others behind it, the plain limiter may give back less.
          int newest = reservations.size() - 1;
          if (newest >= 0 && reservedLast) {
            lax = true;
            played.tell("cancel the newest reservation");
            reservations.remove(newest).cancel();
            plainReservations.remove(newest).cancel();
            reservedLast = false;
          }
        }
        case PENALIZE -> {
          if (!timeless && step.a % 4 == 0) {
            played.tell("penalize(" + step.b % 8 + " ns)");
            striped.penalizeAt(now(), step.b % 8);
            plain.penalizeAt(now(), step.b % 8);
          }
        }
        case FORCE -> {
          played.tell("acquireForced(" + permits + ")");
          striped.acquireForcedAt(now(), permits);
          plain.acquireForcedAt(now(), permits);
          reservedLast = false;
        }
      }
    }

    void callBack() {
      played.tell("call all leases back");
      Striping.callBack(lender);
    }

    void land(Striping.Hand hand) {
      played.tell("land a lease of " + hand.lease.permits());
      if (hand.stripes.land(hand.lease)) {
        return;
      }
      late += sum(reservations); // to the line, others were given back meanwhile
      if (!timeless || lax) {
        late += hand.lease.permits();
      }
      lax = true;
      landing.giveBack(lender, hand);
    }

    void decide(int at, long permits) {
      played.tell("stripe " + at + ": decide(" + permits + ")");
      Decision said = striped.peekAt(now(), permits);
      Decision made = asksNoOther ? decideAlone(at, permits) : striped.decideAt(at, now(), permits);
      if (hands.isEmpty()) {
        assertEquals(said.admitted(), made.admitted(), "peek and decide of " + permits);
        assertEquals(said.retryAfterNanos(), made.retryAfterNanos(), "retryAfter of " + permits);
      }
      if (made.admitted()) {
        admitted(permits);
      }
    }

    Decision decideAlone(int at, long permits) {
      Stripes stripes = Striping.stripes(lender);
      if (stripes == null || stripes.spend(at, permits)) {
        return stripes == null ? striped.decideAt(at, now(), permits) : Decision.admitted(0, 0);
      }
      Stripes.Lease lease = stripes.fetch(at, now(), permits);
      if (lease == null) {
        return Decision.denied(0, striped.peekAt(now(), permits).retryAfterNanos(), 0, 0);
      }
      stripes.land(lease);
      return Decision.admitted(0, 0);
    }

    private static long sum(List<Reservation> reservations) {
      return reservations.stream().mapToLong(Reservation::permits).sum();
    }

    long inHand() {
      return hands.stream().mapToLong(hand -> hand.lease.permits()).sum();
    }

    /** Neither more than the plain limiter has, nor less by more than the stripes may hold. */
    void compare() {
      long mine = striped.peek().remaining();
      long theirs = plain.peek().remaining();
      long forfeited = late + (timeless ? 0 : STRIPES * LEASE + 1);
      assertTrue(mine <= theirs, mine + " left, " + theirs + " in the plain limiter");
      assertTrue(
          theirs - mine <= forfeited + inHand(),
          mine + " left, " + theirs + " in the plain limiter, " + inHand() + " in hand");
    }

    /** What every call was told comes true in the end: all is there again. */
    void recover() {
      hands.forEach(this::land);
      callBack();
      clock.advanceNanos(striped.peek().resetAfterNanos());
      assertEquals(burst, striped.peek().remaining());
      assertTrue(striped.tryAcquireAt(1, now(), burst), "the whole burst at once");
      assertEquals(0, striped.peek().remaining());
    }

    void checkFormula() {
      for (int from = 0; from < admissions.size(); from++) {
        long sum = 0;
        for (int to = from; to < admissions.size(); to++) {
          sum += admissions.get(to).permits;
          BigInteger w = BigInteger.valueOf(admissions.get(to).time - admissions.get(from).time);
          BigInteger most = w.multiply(BigInteger.valueOf(rate.permits()))
              .divide(BigInteger.valueOf(rate.periodNanos()))
              .add(BigInteger.valueOf(burst));
          assertTrue(BigInteger.valueOf(sum).compareTo(most) <= 0, sum + " of " + most);
        }
      }
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return stepsOf(Verb.values());
  }

  /** Nothing is given back: all that is admitted counts. */
  @Provide
  Arbitrary<List<Step>> admitting() {
    return stepsOf(
        Verb.PASS_TIME,
        Verb.ACQUIRE,
        Verb.DECIDE,
        Verb.FETCH,
        Verb.LAND,
        Verb.CALL_BACK,
        Verb.STRIPE,
        Verb.RESERVE,
        Verb.PENALIZE);
  }

  private static Arbitrary<List<Step>> stepsOf(Verb... some) {
    Arbitrary<Verb> verbs = Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.of(Verb.ACQUIRE)),
        Tuple.of(3, Arbitraries.of(Verb.FETCH, Verb.LAND)),
        Tuple.of(2, Arbitraries.of(Verb.STRIPE)),
        Tuple.of(2, Arbitraries.of(Verb.PASS_TIME)),
        Tuple.of(5, Arbitraries.of(some)));
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 100);
    return Combinators.combine(verbs, numbers, numbers).as(Step::new).list().ofMaxSize(60);
  }

  @Provide
  Arbitrary<Rate> rates() {
    return Arbitraries.of(RATES);
  }

  @Provide
  Arbitrary<Long> bursts() {
    return Arbitraries.longs().between(32, 60);
  }

  /** Whatever is leased, in hand, called back or striped anew: a plain limiter admits it too. */
  @Property
  void leasesAreNeitherMintedNorLeaked(
      @ForAll Kind kind,
      @ForAll @From("rates") Rate rate,
      @ForAll @From("bursts") long burst,
      @ForAll @From("steps") List<Step> steps) {
    play(new Stage(kind, rate, burst, RETURNED), steps);
  }

  private static void play(Stage stage, List<Step> steps) {
    stage.played.run(() -> {
      for (Step step : steps) {
        stage.play(step);
        stage.compare();
      }
      stage.recover();
    });
  }

  @Property
  void neverAdmitsMoreThanBurstPlusRate(
      @ForAll Kind kind,
      @ForAll @From("rates") Rate rate,
      @ForAll @From("bursts") long burst,
      @ForAll @From("admitting") List<Step> steps) {
    Stage stage = new Stage(kind, rate, burst, RETURNED);
    stage.played.run(() -> {
      steps.forEach(stage::play);
      if (kind != Kind.STEPWISE) { // whose formula counts steps
        stage.checkFormula();
      }
    });
  }

  /** Without time there is nothing to forfeit: but for what is in hand, both have the same. */
  @Property
  void onAClockThatStandsStillDecidesAsThePlainLimiterDoes(
      @ForAll Kind kind,
      @ForAll @From("rates") Rate rate,
      @ForAll @From("bursts") long burst,
      @ForAll @From("steps") List<Step> steps) {
    Stage stage = new Stage(kind, rate, burst, RETURNED);
    stage.timeless = true;
    stage.played.run(() -> {
      for (Step step : steps) {
        stage.play(step);
        stage.compare();
        if (stage.hands.isEmpty() && stage.late == 0) {
          for (long k : new long[] {1, 7, burst, burst + 1}) {
            assertEquals(stage.plain.peek(k), stage.striped.peek(k), "peek(" + k + ")");
          }
        }
      }
    });
  }

  @Property
  void retryAfterIsExact(
      @ForAll Kind kind,
      @ForAll @From("rates") Rate rate,
      @ForAll @From("bursts") long burst,
      @ForAll @From("steps") List<Step> steps,
      @ForAll @From("bursts") long permits,
      @ForAll boolean one) {
    Stage stage = new Stage(kind, rate, burst, RETURNED);
    stage.played.run(() -> steps.forEach(stage::play));
    long asked = one ? 1 : Math.min(permits, burst);
    Decision said = stage.striped.decideAt(0, stage.now(), asked);
    stage.played.tell("stripe 0: decide(" + asked + "): " + said);
    if (!said.admitted()) {
      stage.played.run(() -> {
        stage.clock.advanceNanos(said.retryAfterNanos() - 1);
        assertTrue(!stage.striped.tryAcquireAt(0, stage.now(), asked), "1 ns too early");
        stage.clock.advanceNanos(1);
        assertTrue(stage.striped.tryAcquireAt(0, stage.now(), asked), "after the wait");
      });
    }
  }

  /** 0 permits are admitted unless there is a debt or a penalty, and change nothing. */
  @Example
  void noPermits_areAdmittedByTheLevelAndLeaveTheLeasesWhereTheyAre() {
    Stage stage = new Stage(Kind.GCRA, RATES.get(3), 40, RETURNED);
    Striping.stripe(stage.lender, 0, STRIPES, LEASE);
    Stripes leased = Striping.stripes(stage.lender);
    assertTrue(stage.striped.tryAcquireAt(0, 0, 6), "what is in stripe 0");
    assertTrue(stage.striped.tryAcquireAt(0, 0, 0));
    assertTrue(stage.striped.decideAt(0, 0, 0).admitted());
    assertEquals(34, stage.striped.peekAt(0, 1).remaining());
    while (stage.striped.tryAcquireAt(0, 0, 1)) {
      // until nothing is left
    }
    assertTrue(stage.striped.tryAcquireAt(0, 0, 0));
    assertEquals(leased, Striping.stripes(stage.lender));
    stage.striped.acquireForcedAt(0, 1);
    assertEquals(false, stage.striped.tryAcquireAt(0, 0, 0));
    assertTrue(stage.striped.tryAcquireAt(0, 10, 0));
    stage.striped.penalizeAt(10, 5);
    assertEquals(false, stage.striped.tryAcquireAt(0, 14, 0));
  }

  /** The canary: a lease that comes late is given back in full, though time has restored it. */
  @Example
  void lateLeasesThatAreRefunded_areCaught() {
    Landing refunding = (limiter, hand) -> limiter.refund(hand.lease.permits());
    RandomGenerator<List<Step>> generator = steps().generator(1_000);
    Random random = new Random(42);
    assertThrows(AssertionError.class, () -> {
      for (int i = 0; i < 5_000; i++) {
        play(
            new Stage(Kind.GCRA, RATES.get(0), 40, refunding),
            generator.next(random).value());
      }
    });
  }
}
