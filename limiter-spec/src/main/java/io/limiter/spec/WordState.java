package io.limiter.spec;

import io.limiter.Rate;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a {@link WordModel} holds, how it counts time, and how it decides. */
abstract class WordState implements LimiterModel {
  final boolean stepwise;
  final BigInteger anchor; // ns; a step begins there
  Rate rate;
  BigInteger unit; // of time, ns: 1, or P
  Rational interval; // T, units
  Rational burst; // B
  Rational tat = Rational.ZERO; // units
  BigInteger until = BigInteger.ZERO; // nothing is admitted before; ns
  BigInteger now = BigInteger.ZERO; // of the last call, ns
  List<Charge> ahead = new ArrayList<>(); // reservations that are not due, in order
  Books books;

  // Since the rate was changed last; what was due before gives nothing back.
  int epoch;
  Rational begin; // TAT
  Rational given = Rational.ZERO; // units given back
  List<Past> past = new ArrayList<>();
  long calls; // so far

  /** What counts in a replay: a charge, or a gift. */
  record Past(Rational at, long order, Charge charge, Rational gift) {}

  /** Permits that were charged. */
  public static final class Charge implements Receipt {
    final long order; // of the call
    BigInteger kept;
    Rational burst; // B when it was charged, and the raises before it was due
    Rational start; // TAT right before it, of one that is not due; units
    Rational end; // TAT right after it, without those behind; units
    Rational weighs; // units at most: what a change forgave is not there any more; null: all of it
    boolean due;
    int epoch; // when it was due
    Rational given; // the same

    Charge(long order, BigInteger kept, Rational burst, Rational end) {
      this.order = order;
      this.kept = kept;
      this.burst = burst;
      this.end = end;
    }

    /** What it was charged, less what was given back. */
    public BigInteger kept() {
      return kept;
    }

    Charge copy() {
      Charge copy = new Charge(order, kept, burst, end);
      copy.start = start;
      copy.weighs = weighs;
      copy.due = due;
      copy.epoch = epoch;
      copy.given = given;
      return copy;
    }
  }

  WordState(boolean stepwise, BigInteger anchor, Rate rate, long burst) {
    this.stepwise = stepwise;
    this.anchor = anchor;
    this.burst = Rational.of(burst);
    this.books = new Books();
    rate(rate);
    this.tat = units(BigInteger.ZERO);
    this.begin = tat;
  }

  WordState(WordState other) {
    this.stepwise = other.stepwise;
    this.anchor = other.anchor;
    this.rate = other.rate;
    this.unit = other.unit;
    this.interval = other.interval;
    this.burst = other.burst;
    this.tat = other.tat;
    this.until = other.until;
    this.now = other.now;
    this.epoch = other.epoch;
    this.begin = other.begin;
    this.given = other.given;
    this.books = new Books(); // nobody asks a copy what it admitted
    other.ahead.forEach(each -> ahead.add(each.copy()));
  }

  void rate(Rate rate) {
    this.rate = rate;
    unit = BigInteger.valueOf(stepwise ? rate.periodNanos() : 1);
    interval = Rational.of(stepwise ? 1 : rate.periodNanos(), rate.permits());
    BigInteger ns = unit;
    books.rate(
        Rational.of(now),
        stepwise
            ? t -> Rational.of(
                t.minus(Rational.of(anchor)).dividedBy(Rational.of(ns)).floor())
            : t -> t,
        interval);
  }

  /** What it admitted, and what it handed out besides. */
  public Books books() {
    return books;
  }

  /** Whether permits come in steps. */
  public boolean isStepwise() {
    return stepwise;
  }

  /** B. */
  public BigInteger burst() {
    return burst.floor();
  }

  // Time.

  /** The time {@code t} in units. */
  Rational units(BigInteger t) {
    return Rational.of(stepwise ? Rational.of(t.subtract(anchor), unit).floor() : t);
  }

  /** The first time, in ns, that is not before so many units. */
  BigInteger time(Rational units) {
    return stepwise ? units.ceil().multiply(unit).add(anchor) : units.ceil();
  }

  /** When what is charged at time {@code t} counts. */
  BigInteger from(BigInteger t) {
    return t.max(until);
  }

  /** Whether nothing is admitted at time {@code t}, whatever the level. */
  public boolean isPenalized(BigInteger t) {
    return t.compareTo(until) < 0;
  }

  /** The wait from time {@code t} until so many units have passed and no penalty lasts. */
  BigInteger wait(BigInteger t, Rational units) {
    return time(units).max(until).subtract(t).max(BigInteger.ZERO);
  }

  /** When a reservation is due. */
  BigInteger due(Charge charge) {
    return time(charge.end.minus(burst.times(interval))).max(until);
  }

  /** Time goes on to {@code t}: reservations that are due by then are admitted, each in its time. */
  void advance(BigInteger t) {
    while (!ahead.isEmpty() && due(ahead.get(0)).compareTo(t) <= 0) {
      Charge first = ahead.remove(0);
      begin(first, exactly(first).max(Rational.of(now)));
    }
    now = t;
  }

  /** The same as {@link #due}, but to the fraction of a ns. */
  Rational exactly(Charge charge) {
    Rational due = charge.end.minus(burst.times(interval));
    return stepwise || until.compareTo(due.ceil()) > 0 ? Rational.of(due(charge)) : due;
  }

  /** It counts from the time {@code date} on, in ns, and keeps the burst with which it was promised. */
  void begin(Charge charge, Rational date) {
    charge.due = true;
    charge.epoch = epoch;
    charge.given = given;
    past.add(new Past(stepwise ? units(date.ceil()) : date, charge.order, charge, null));
    books.admitted(date, charge::kept, charge.burst);
  }

  // Deciding.

  /** What is missing from the burst, in permits. */
  public Rational missing(BigInteger t) {
    return missing(t, tat);
  }

  Rational missing(BigInteger t, Rational word) {
    return word.minus(units(t)).max(Rational.ZERO).dividedBy(interval);
  }

  Rational level(BigInteger t) {
    return burst.minus(missing(t));
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    return !isPenalized(t) && level(t).compareTo(Rational.of(permits)) >= 0;
  }

  @Override
  public Charge take(BigInteger t, BigInteger permits) {
    advance(t);
    Charge charge = charged(t, permits);
    begin(charge, Rational.of(t));
    return charge;
  }

  Charge charged(BigInteger t, BigInteger permits) {
    tat = chargedTo(tat, units(from(t)), permits);
    return new Charge(calls++, permits, burst, tat);
  }

  Rational chargedTo(Rational word, Rational at, BigInteger permits) {
    return permits.signum() == 0 ? word : word.max(at).plus(Rational.of(permits).times(interval));
  }

  /** The word after {@code permits} were reserved: from time t on, or as of the step that brings them. */
  Rational reservedTo(Rational word, BigInteger t, BigInteger permits) {
    Rational at = units(from(t));
    if (stepwise) {
      Rational due = word.plus(Rational.of(permits).minus(burst).times(interval));
      at = at.max(Rational.of(due.ceil()));
    }
    return chargedTo(word, at, permits);
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    return isPenalized(t) ? BigInteger.ZERO : level(t).floor().max(BigInteger.ZERO);
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    Rational missing = burst.minus(Rational.of(permits));
    return missing.signum() < 0
        ? Optional.empty()
        : Optional.of(wait(t, tat.minus(missing.times(interval))));
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return wait(t, tat);
  }
}
