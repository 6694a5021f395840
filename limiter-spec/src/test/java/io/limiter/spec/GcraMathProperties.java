package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.GcraMath;
import io.limiter.LevelPolicy;
import io.limiter.Rate;
import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** {@link GcraMath} against exact rationals, for the words it returns and for all others. */
class GcraMathProperties {

  /** A rate, a burst, and arguments without meaning. */
  record Case(Rate rate, long burst, long tat, long nanos, long permits) {
    GcraMath math() {
      return GcraMath.of(rate, burst);
    }
  }

  private static Arbitrary<Long> bursts() {
    return Arbitraries.oneOf(
        Arbitraries.of(1L, 2L, 10L, 1_000_000_000L, Rate.MAX_PERMITS),
        Arbitraries.longs().between(1, Rate.MAX_PERMITS));
  }

  private static Arbitrary<Rate> anyRates() {
    return Arbitraries.oneOf(
        RoundedIntervals.rates(),
        Arbitraries.of(
            Rate.ofNanos(1, Long.MAX_VALUE), Rate.ofNanos(999_999_999_989L, Long.MAX_VALUE)));
  }

  @Provide
  Arbitrary<Case> anything() {
    Arbitrary<Long> words = Arbitraries.oneOf(
        Arbitraries.longs(),
        Arbitraries.longs().between(GcraMath.FRESH - 9, GcraMath.FRESH + 9),
        Arbitraries.longs().between(GcraMath.MAX_TAT - 9, GcraMath.MAX_TAT + 9));
    Arbitrary<Long> permits =
        Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.longs().between(0, 10));
    return Combinators.combine(anyRates(), bursts(), words, Arbitraries.longs(), permits)
        .as(Case::new);
  }

  /** Exact rates, with a word and a reading near each other; a word may be a debt. */
  @Provide
  Arbitrary<Case> sensible() {
    return Combinators.combine(
            Timelines.gcras(),
            Arbitraries.longs(),
            Arbitraries.longs(),
            Arbitraries.longs().greaterOrEqual(0))
        .as((setup, backlog, nanos, permits) -> {
          GcraMath math = GcraMath.of(setup.rate(), setup.burst());
          Rational exact = setup.interval();
          long near = nanos % math.horizonNanos();
          long capacity = exact.numerator().longValueExact() * setup.burst();
          long now = near * exact.denominator().longValueExact();
          long most = Math.min(capacity + capacity / 8, GcraMath.MAX_TAT - now);
          long tat = now + Math.floorMod(backlog, most + 1);
          return new Case(setup.rate(), setup.burst(), tat, near, permits % (setup.burst() + 1));
        });
  }

  @Provide
  Arbitrary<Case> compiled() {
    return Combinators.combine(anyRates(), bursts())
        .as((rate, burst) -> new Case(rate, burst, 0, 0, 1));
  }

  @Property
  void answersForEveryLong(@ForAll @From("anything") Case c) {
    GcraMath math = c.math();
    if (c.permits < 0) {
      assertThrows(IllegalArgumentException.class, () -> math.next(c.tat, c.nanos, c.permits));
      assertThrows(IllegalArgumentException.class, () -> math.force(c.tat, c.nanos, c.permits));
      assertThrows(
          IllegalArgumentException.class, () -> math.retryAfterNanos(c.tat, c.nanos, c.permits));
      assertThrows(IllegalArgumentException.class, () -> math.refund(c.tat, c.nanos, c.permits));
      assertThrows(
          IllegalArgumentException.class, () -> math.uncharge(c.tat, c.nanos, c.permits, 0, 0));
      return;
    }
    long next = math.next(c.tat, c.nanos, c.permits);
    assertTrue(
        next == GcraMath.DENIED
            || next == (c.permits == 0 ? GcraMath.UNCHANGED : GcraMath.REBASE)
            || c.permits > 0 && next > GcraMath.FRESH && next <= GcraMath.MAX_TAT && next > c.tat,
        () -> "next " + next);
    long left = math.remaining(c.tat, c.nanos);
    assertTrue(left >= 0 && left <= c.burst, () -> "remaining " + left);
    assertTrue(math.retryAfterNanos(c.tat, c.nanos, c.permits) >= 0);
    assertTrue(math.resetAfterNanos(c.tat, c.nanos) >= 0);
    assertTrue(math.refund(c.tat, c.nanos, c.permits) <= Math.max(c.tat, GcraMath.FRESH + 1));
    assertTrue(math.rebase(c.tat, c.nanos) >= GcraMath.FRESH);
    long to = math.rebaseNanos(c.nanos);
    assertTrue(to <= c.nanos && c.nanos - to < 1L << 43, () -> "rebaseNanos " + to);
  }

  /** Words are TATs of the exact T: what the formula denies is denied, whatever the word. */
  @Property
  void neverAdmitsMoreThanTheFormula(@ForAll @From("anything") Case c) {
    GcraMath math = c.math();
    if (c.permits < 0 || !math.isExact()) {
      return;
    }
    Rational interval = Rational.of(c.rate.periodNanos(), c.rate.permits());
    Rational perTick = Rational.of(BigInteger.ONE, interval.denominator());
    Rational tat = Rational.of(c.tat).times(perTick);
    Rational now = Rational.of(c.nanos);
    Rational backlog = tat.max(now).minus(now).plus(Rational.of(c.permits).times(interval));
    boolean formula = c.tat <= GcraMath.FRESH && c.permits <= c.burst
        || backlog.compareTo(Rational.of(c.burst).times(interval)) <= 0;
    boolean admits = math.next(c.tat, c.nanos, c.permits) != GcraMath.DENIED;
    assertTrue(formula || !admits);
  }

  @Property
  void decidesAsTheFormulaWithinTheHorizon(@ForAll @From("sensible") Case c) {
    GcraMath math = c.math();
    assertTrue(math.isExact());
    Setup.OfGcra setup = new Setup.OfGcra(c.rate, c.burst);
    Rational ticks = Rational.of(setup.interval().denominator());
    BigInteger now = BigInteger.valueOf(c.nanos);
    Rational tat = Rational.of(c.tat).dividedBy(ticks);
    Rational expected = tat.max(Rational.of(now));
    Rational cost = Rational.of(c.permits).times(setup.interval());
    boolean admits = expected
            .plus(cost)
            .minus(Rational.of(now))
            .compareTo(Rational.of(c.burst).times(setup.interval()))
        <= 0;
    long next = math.next(c.tat, c.nanos, c.permits);
    assertEquals(admits, next != GcraMath.DENIED);
    if (admits) {
      boolean nothing = c.permits == 0;
      Rational word = Rational.of(nothing ? c.tat : next);
      assertEquals(nothing, next == GcraMath.UNCHANGED);
      assertEquals(expected.plus(cost).times(ticks), word);
    }
    Rational spent = expected.minus(Rational.of(now)).dividedBy(setup.interval());
    assertEquals(
        Rational.of(c.burst).minus(spent).floor().max(BigInteger.ZERO).longValueExact(),
        math.remaining(c.tat, c.nanos));
    assertEquals(
        tat.minus(Rational.of(now)).ceil().max(BigInteger.ZERO).longValueExact(),
        math.resetAfterNanos(c.tat, c.nanos));
  }

  /** 0 permits charge nothing, and are admitted unless there is a debt. */
  @Property
  void noPermitsAreAdmittedIffTheLevelIsNotNegative(
      @ForAll @From("sensible") Case c, @ForAll @LongRange(max = GcraMath.MAX_TAT) long debt) {
    GcraMath math = c.math();
    Rational interval = Rational.of(c.rate.periodNanos(), c.rate.permits());
    for (long tat : new long[] {c.tat, Math.min(GcraMath.MAX_TAT - debt, c.tat) + debt}) {
      Rational backlog = Rational.of(tat)
          .dividedBy(Rational.of(interval.denominator()))
          .minus(Rational.of(c.nanos))
          .max(Rational.ZERO);
      boolean admits = backlog.compareTo(Rational.of(c.burst).times(interval)) <= 0;
      assertEquals(admits ? GcraMath.UNCHANGED : GcraMath.DENIED, math.next(tat, c.nanos, 0));
      assertEquals(admits, math.retryAfterNanos(tat, c.nanos, 0) == 0);
      assertEquals(tat, math.force(tat, c.nanos, 0));
      assertEquals(tat, math.refund(tat, c.nanos, 0));
    }
  }

  /** A charge whatever the level: the formula without its condition, up to the largest word. */
  @Property
  void forceChargesWhateverTheLevel(@ForAll @From("sensible") Case c) {
    GcraMath math = c.math();
    Rational interval = Rational.of(c.rate.periodNanos(), c.rate.permits());
    BigInteger now = BigInteger.valueOf(c.nanos).multiply(interval.denominator());
    for (long permits : new long[] {c.permits, c.burst, c.burst + c.permits, Long.MAX_VALUE}) {
      BigInteger word = BigInteger.valueOf(c.tat)
          .max(now)
          .add(BigInteger.valueOf(permits).multiply(interval.numerator()));
      boolean fits = word.compareTo(BigInteger.valueOf(GcraMath.MAX_TAT)) <= 0;
      assertEquals(
          fits ? word.longValueExact() : GcraMath.DENIED, math.force(c.tat, c.nanos, permits));
    }
  }

  /** Denied a ns earlier, there at the wait: for levels that are debts, too. */
  @Property
  void waitForALevelIsTheLeast(@ForAll @From("sensible") Case c, @ForAll long level) {
    GcraMath math = c.math();
    Rational interval = Rational.of(c.rate.periodNanos(), c.rate.permits());
    Rational tat = Rational.of(c.tat).dividedBy(Rational.of(interval.denominator()));
    for (long each : new long[] {level, c.burst - c.permits, c.permits - c.burst, c.burst}) {
      Rational missing = Rational.of(c.burst).minus(Rational.of(each));
      BigInteger wait = tat.minus(missing.times(interval))
          .minus(Rational.of(c.nanos))
          .ceil()
          .max(BigInteger.ZERO);
      assertEquals(
          each > c.burst ? Decision.NEVER : wait.longValueExact(),
          math.nanosUntilLevel(c.tat, c.nanos, each),
          () -> "level " + each);
    }
  }

  /** The level that the policy keeps, in exact permits; what is missing is rounded up to a tick. */
  @Property
  void repriceMintsNothing(
      @ForAll @From("sensible") Case c,
      @ForAll @From("compiled") Case to,
      @ForAll LevelPolicy policy,
      @ForAll @LongRange(max = GcraMath.MAX_TAT) long debt) {
    Rational interval = Rational.of(c.rate.periodNanos(), c.rate.permits());
    long tat = Math.min(GcraMath.MAX_TAT - debt, c.tat) + debt;
    Rational backlog = Rational.of(tat)
        .dividedBy(Rational.of(interval.denominator()))
        .minus(Rational.of(c.nanos))
        .max(Rational.ZERO);
    Rational burst = Rational.of(c.burst);
    Rational most = Rational.of(to.burst);
    Rational level = burst.minus(backlog.dividedBy(interval));
    Rational kept = switch (policy) {
      case SPENT -> level.plus(most).minus(burst).max(level.min(Rational.ZERO));
      case KEEP -> level.min(most);
      case PROPORTIONAL -> level.signum() < 0 ? level : level.times(most).dividedBy(burst);
      case EMPTY -> level.min(Rational.ZERO);
      case FRESH -> most;
    };
    GcraMath math = to.math();
    long ticks = math.next(GcraMath.FRESH, 0, 1); // T
    BigInteger missing = most.minus(kept).times(Rational.of(ticks)).ceil();
    long expected = missing.signum() == 0
        ? GcraMath.FRESH
        : missing.min(BigInteger.valueOf(GcraMath.MAX_TAT)).longValueExact();
    assertEquals(expected, math.reprice(tat, c.nanos, c.math(), policy));
  }

  /** A charge of one permit weighs T: at least P/N, and at most a millionth more. */
  @Property
  void roundedIntervalIsNeverFasterAndAtMostOneMillionthSlower(@ForAll @From("compiled") Case c) {
    GcraMath math = c.math();
    Rational exact = Rational.of(c.rate.periodNanos(), c.rate.permits());
    long all = Math.max(1, c.burst);
    Rational asked = exact.times(Rational.of(all));
    long tat = math.next(GcraMath.FRESH, 0, all);
    long took = math.resetAfterNanos(tat, 0);
    if (took == Decision.NEVER) {
      assertTrue(asked.times(millionth()).ceil().bitLength() >= Long.SIZE - 1);
      return;
    }
    Rational slower = c.burst <= 1_000_000_000 ? billionth() : millionth();
    Rational weight = Rational.of(took);
    assertTrue(asked.compareTo(weight) <= 0, () -> asked + " became " + weight);
    assertTrue(
        asked.times(slower).ceil().compareTo(weight.ceil()) >= 0,
        () -> asked + " became " + weight);
  }

  @Property
  void isExactMeansThatTheIntervalIsThePeriodOverThePermits(@ForAll @From("compiled") Case c) {
    assertEquals(!RoundedIntervals.isRounded(c.rate, c.burst), c.math().isExact());
  }

  /** The reference for rounding is itself checked, by trying every numerator. */
  @Property(tries = 20)
  void roundedIntervalIsTheLeastFractionNotBelow(@ForAll @From("compiled") Case c) {
    Rational exact = Rational.of(c.rate.periodNanos(), c.rate.permits());
    long most = 1 + c.burst % 3_000;
    if (exact.ceil().compareTo(BigInteger.valueOf(most)) > 0) {
      exact = Rational.of(1 + Math.floorMod(exact.hashCode(), most * 1_000), 1_009);
      most = Math.max(most, exact.ceil().longValueExact());
    }
    Rational best = Rational.of(exact.ceil());
    for (long numerator = 1; numerator <= most; numerator++) {
      BigInteger denominator = Rational.of(numerator).dividedBy(exact).floor();
      if (denominator.signum() > 0) {
        best = best.min(Rational.of(BigInteger.valueOf(numerator), denominator));
      }
    }
    assertEquals(best, RoundedIntervals.leastNotBelow(exact, BigInteger.valueOf(most)));
  }

  private static Rational millionth() {
    return Rational.of(1_000_001, 1_000_000);
  }

  private static Rational billionth() {
    return Rational.of(1_000_000_001, 1_000_000_000);
  }
}
