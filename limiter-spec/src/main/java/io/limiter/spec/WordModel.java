package io.limiter.spec;

import io.limiter.LevelPolicy;
import io.limiter.Rate;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The reference for a limiter of one rate in use, with continuous or with stepwise refill: a TAT in
 * exact rationals, and a list of the reservations that are not due.
 *
 * <p>With stepwise refill time is counted in steps, so T is 1/N of a step. A reservation is due as soon
 * as the level, without what was charged behind it, is not negative; with stepwise refill it is charged
 * as of the step at which it is due. A charge during a penalty counts at its end. How much a charge that was due gives back is left to the limiter within {@link
 * #leastGivenBack} and {@link #mostGivenBack}: see {@link #giveBack}.
 */
public final class WordModel implements LimiterModel {
  private final boolean stepwise;
  private final BigInteger anchor; // ns; a step begins there
  private BigInteger unit; // of time, ns: 1, or P
  private Rational interval; // T, units
  private Rational burst; // B
  private Rational tat = Rational.ZERO; // units
  private BigInteger until = BigInteger.ZERO; // nothing is admitted before; ns
  private BigInteger now = BigInteger.ZERO; // of the last call, ns
  private List<Charge> ahead = new ArrayList<>(); // reservations that are not due, in order
  private Books books;

  // Since the rate was changed last; what was due before gives nothing back.
  private int epoch;
  private Rational begin; // TAT
  private Rational given = Rational.ZERO; // units given back
  private List<Past> past = new ArrayList<>();
  private long calls; // so far

  /** What counts in a replay: a charge, or a gift. */
  private record Past(Rational at, long order, Charge charge, Rational gift) {}

  /** Permits that were charged. */
  public static final class Charge implements Receipt {
    private final long order; // of the call
    private BigInteger kept;
    private Rational start; // TAT right before it, of one that is not due; units
    private Rational end; // TAT right after it, without those behind; units
    private boolean due;
    private int epoch; // when it was due
    private Rational given; // the same

    private Charge(long order, BigInteger kept, Rational end) {
      this.order = order;
      this.kept = kept;
      this.end = end;
    }

    /** What it was charged, less what was given back. */
    public BigInteger kept() {
      return kept;
    }

    private Charge copy() {
      Charge copy = new Charge(order, kept, end);
      copy.start = start;
      copy.due = due;
      copy.epoch = epoch;
      copy.given = given;
      return copy;
    }
  }

  private WordModel(boolean stepwise, BigInteger anchor, Rate rate, long burst) {
    this.stepwise = stepwise;
    this.anchor = anchor;
    this.burst = Rational.of(burst);
    this.books = new Books();
    rate(rate);
    this.tat = units(BigInteger.ZERO);
    this.begin = tat;
  }

  /** Continuous refill at {@code rate}; full. */
  public static WordModel continuous(Rate rate, long burst) {
    return new WordModel(false, BigInteger.ZERO, rate, burst);
  }

  /** N permits at each multiple of P from {@code anchor} on and before it, in ns; full. */
  public static WordModel stepwise(Rate rate, long burst, long anchor) {
    return new WordModel(true, BigInteger.valueOf(anchor), rate, burst);
  }

  private WordModel(WordModel other) {
    this.stepwise = other.stepwise;
    this.anchor = other.anchor;
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

  @Override
  public WordModel copy() {
    return new WordModel(this);
  }

  private void rate(Rate rate) {
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
  private Rational units(BigInteger t) {
    return Rational.of(stepwise ? Rational.of(t.subtract(anchor), unit).floor() : t);
  }

  /** The first time, in ns, that is not before so many units. */
  private BigInteger time(Rational units) {
    return stepwise ? units.ceil().multiply(unit).add(anchor) : units.ceil();
  }

  /** When what is charged at time {@code t} counts. */
  private BigInteger from(BigInteger t) {
    return t.max(until);
  }

  /** Whether nothing is admitted at time {@code t}, whatever the level. */
  public boolean isPenalized(BigInteger t) {
    return t.compareTo(until) < 0;
  }

  /** The wait from time {@code t} until so many units have passed and no penalty lasts. */
  private BigInteger wait(BigInteger t, Rational units) {
    return time(units).max(until).subtract(t).max(BigInteger.ZERO);
  }

  /** When a reservation is due. */
  private BigInteger due(Charge charge) {
    return time(charge.end.minus(burst.times(interval))).max(until);
  }

  /** Time goes on to {@code t}: reservations that are due by then are admitted, each in its time. */
  private void advance(BigInteger t) {
    while (!ahead.isEmpty() && due(ahead.get(0)).compareTo(t) <= 0) {
      Charge first = ahead.remove(0);
      begin(first, exactly(first).max(Rational.of(now)).max(Rational.of(until)));
    }
    now = t;
  }

  /** The same as {@link #due}, but for a penalty and to the fraction of a ns. */
  private Rational exactly(Charge charge) {
    return stepwise ? Rational.of(due(charge)) : charge.end.minus(burst.times(interval));
  }

  /** It counts from the time {@code date} on, in ns. */
  private void begin(Charge charge, Rational date) {
    charge.due = true;
    charge.epoch = epoch;
    charge.given = given;
    past.add(new Past(stepwise ? units(date.ceil()) : date, charge.order, charge, null));
    books.admitted(date, charge::kept, burst);
  }

  // Deciding.

  /** What is missing from the burst, in permits. */
  public Rational missing(BigInteger t) {
    return tat.minus(units(t)).max(Rational.ZERO).dividedBy(interval);
  }

  private Rational level(BigInteger t) {
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

  private Charge charged(BigInteger t, BigInteger permits) {
    tat = chargedTo(tat, units(from(t)), permits);
    return new Charge(calls++, permits, tat);
  }

  private Rational chargedTo(Rational word, Rational at, BigInteger permits) {
    return permits.signum() == 0 ? word : word.max(at).plus(Rational.of(permits).times(interval));
  }

  /** The word after {@code permits} were reserved: from time t on, or as of the step that brings them. */
  private Rational reservedTo(Rational word, BigInteger t, BigInteger permits) {
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

  // Reserving and debts.

  /** Charges permits at time t; empty, and nothing is charged, if that is refused. No limit: null. */
  public Optional<Charge> reserve(BigInteger t, BigInteger permits, BigInteger maxWait) {
    advance(t);
    if (admits(t, permits)) {
      return Optional.of(take(t, permits));
    }
    Charge charge = new Charge(calls++, permits, reservedTo(tat, t, permits));
    boolean never = Rational.of(permits).compareTo(burst) > 0;
    if (never || maxWait != null && due(charge).subtract(t).compareTo(maxWait) > 0) {
      return Optional.empty();
    }
    charge.start = tat;
    tat = charge.end;
    ahead.add(charge);
    return Optional.of(charge);
  }

  /** The wait in ns of a reservation; empty once it was cancelled before it was due. */
  public Optional<BigInteger> waitOf(BigInteger t, Charge charge) {
    advance(t);
    if (charge.due) {
      return Optional.of(BigInteger.ZERO);
    }
    return ahead.contains(charge)
        ? Optional.of(due(charge).subtract(t).max(BigInteger.ZERO))
        : Optional.empty();
  }

  /** How many reservations are not due. */
  public int reserved(BigInteger t) {
    advance(t);
    return ahead.size();
  }

  /** Charges permits whatever the level; empty, and nothing is charged, if the debt lasts longer. */
  public Optional<BigInteger> force(BigInteger t, BigInteger permits, BigInteger maxWait) {
    advance(t);
    Rational before = tat;
    Charge charge = charged(t, permits);
    BigInteger wait = due(charge).subtract(t).max(BigInteger.ZERO);
    if (maxWait != null && wait.compareTo(maxWait) > 0) {
      tat = before;
      return Optional.empty();
    }
    past.add(new Past(units(from(t)), charge.order, charge, null));
    return Optional.of(wait);
  }

  // Giving back.

  /** The lowest that giving back leaves the TAT: what was reserved during a penalty counts at its end. */
  private Rational lowest(BigInteger t) {
    if (!isPenalized(t) || ahead.isEmpty()) {
      return units(t);
    }
    Rational lowest = units(until);
    for (Charge each : ahead) {
      lowest = lowest.plus(Rational.of(each.kept).times(interval));
    }
    return lowest;
  }

  /** Gives back so many units, down to {@code lowest}: all reservations move up. Answers how many. */
  private Rational lower(BigInteger t, Rational units, Rational lowest) {
    Rational lowered;
    if (stepwise && !ahead.isEmpty()) {
      Rational first = ahead.get(0).start;
      lowered = first.minus(first.minus(units).max(units(t))).max(Rational.ZERO);
      moveUp(t, first.minus(lowered));
    } else {
      Rational before = tat;
      tat = tat.min(tat.minus(units).max(lowest));
      lowered = before.minus(tat);
      ahead.forEach(each -> each.end = each.end.minus(lowered));
    }
    given = given.plus(lowered);
    return lowered;
  }

  /** Reserves anew all that is not due, the first behind {@code start}, with the debts in between. */
  private void moveUp(BigInteger t, Rational start) {
    Rational word = start;
    Rational oldEnd = ahead.isEmpty() ? tat : ahead.get(0).start;
    for (Charge each : ahead) {
      Rational debts = each.start.minus(oldEnd);
      oldEnd = each.end;
      each.start = word.plus(debts);
      each.end = reservedTo(each.start, t, each.kept);
      word = each.end;
    }
    tat = word.plus(tat.minus(oldEnd));
  }

  /** Gives {@code permits} back as a gift: the level rises by as many, to B at most. */
  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    advance(t);
    Rational gift = lower(t, Rational.of(permits).times(interval), lowest(t));
    past.add(new Past(units(t), calls++, null, gift));
    books.gave(Rational.of(t), gift.dividedBy(interval));
    advance(t);
    return true;
  }

  /** Whether {@code charge} may still give back what was not used, all of it. */
  public boolean isPending(BigInteger t, Charge charge) {
    advance(t);
    return ahead.contains(charge);
  }

  /** Gives back so many permits of a reservation that is not due: those behind it move up. */
  public void withdraw(BigInteger t, Charge charge, BigInteger permits) {
    advance(t);
    Rational before = tat;
    charge.kept = charge.kept.subtract(permits);
    if (stepwise) {
      moveUp(t, ahead.get(0).start);
    } else {
      Rational less = Rational.of(permits).times(interval);
      ahead
          .subList(ahead.indexOf(charge), ahead.size())
          .forEach(each -> each.end = each.end.minus(less));
      tat = tat.minus(less);
    }
    given = given.plus(before.minus(tat));
    if (charge.kept.signum() == 0) {
      ahead.remove(charge);
    }
    advance(t);
  }

  /**
   * The least that so many permits of a charge that was due give back, in permits: what the charge left
   * charged, less all that was given back since, less the time since; but for a penalty.
   */
  public Rational leastGivenBack(BigInteger t, Charge charge, BigInteger permits) {
    if (charge.epoch != epoch) {
      return Rational.ZERO;
    }
    Rational weighs = charge.end.minus(given.minus(charge.given)).minus(units(t));
    return weighs
        .min(Rational.of(permits).times(interval))
        .min(tat.minus(lowest(t)))
        .max(Rational.ZERO)
        .dividedBy(interval);
  }

  /**
   * The most: what the limiter would be better off by, had every call since the rate was changed asked
   * for what it kept.
   */
  public Rational mostGivenBack(BigInteger t, Charge charge, BigInteger permits) {
    if (charge.epoch != epoch) {
      return Rational.ZERO;
    }
    Rational without = replay(charge, permits).max(units(t));
    return withoutThoseAhead()
        .minus(without)
        .min(Rational.of(permits).times(interval))
        .max(Rational.ZERO)
        .dividedBy(interval);
  }

  /** The TAT, less what reservations were charged that are not due. */
  private Rational withoutThoseAhead() {
    Rational word = tat;
    for (Charge each : ahead) {
      word = word.minus(
          stepwise ? each.end.minus(each.start) : Rational.of(each.kept).times(interval));
    }
    return word;
  }

  private Rational replay(Charge charge, BigInteger permits) {
    List<Past> inTime = new ArrayList<>(past);
    inTime.sort(Comparator.comparing(Past::at).thenComparing(Past::order));
    Rational word = begin;
    for (Past each : inTime) {
      if (each.gift != null) {
        word = word.min(word.minus(each.gift).max(each.at));
      } else {
        BigInteger kept = each.charge == charge ? charge.kept.subtract(permits) : each.charge.kept;
        word =
            kept.signum() == 0 ? word : word.max(each.at).plus(Rational.of(kept).times(interval));
      }
    }
    return word;
  }

  /** So many permits of a charge that was due were not used; the level rose by {@code raised} of them. */
  public void giveBack(BigInteger t, Charge charge, BigInteger permits, Rational raised) {
    advance(t);
    lower(t, raised.times(interval), units(t));
    charge.kept = charge.kept.subtract(permits);
    advance(t);
  }

  // Changing.

  /** Nothing is admitted before t + nanos. Reservations keep their distances, the first is due then. */
  public void penalize(BigInteger t, BigInteger nanos) {
    advance(t);
    BigInteger end = t.add(nanos);
    if (end.compareTo(until) <= 0) {
      return;
    }
    if (!ahead.isEmpty()) {
      Rational late =
          Rational.of(Rational.of(end.subtract(due(ahead.get(0))), unit).ceil());
      if (!stepwise) { // to the fraction of a ns
        late = Rational.of(end).minus(ahead.get(0).end.minus(burst.times(interval)));
      }
      Rational delay = end.compareTo(due(ahead.get(0))) > 0 ? late : Rational.ZERO;
      Rational from = units(from(t));
      tat = delayed(tat, from, delay);
      for (Charge each : ahead) {
        each.end = delayed(each.end, from, delay);
        each.start = delayed(each.start, from, delay);
      }
    }
    until = end;
  }

  private static Rational delayed(Rational word, Rational from, Rational delay) {
    return delay.signum() == 0 ? word : word.max(from).plus(delay);
  }

  /** What is missing at a time. */
  private record Spent(BigInteger at, Rational missing) {}

  /**
   * Another rate and burst from time {@code t} on. A backlog that outlasts a penalty is what is missing at
   * its end, unless the rate gets slower: then it is what is missing now, as it drains more slowly.
   */
  public void change(BigInteger t, Rate rate, long newBurst, LevelPolicy policy) {
    advance(t);
    Rational before = level(t);
    Rational oldBurst = burst;
    Rational oldInterval = interval;
    boolean slower = perNano().compareTo(Rational.of(rate.permits(), rate.periodNanos())) > 0;
    Spent all = spent(t, tat, slower, newBurst, policy);
    List<Spent> starts = new ArrayList<>();
    List<Spent> ends = new ArrayList<>();
    for (Charge each : ahead) {
      starts.add(spent(t, each.start, slower, newBurst, policy));
      ends.add(spent(t, each.end, slower, newBurst, policy));
    }
    rate(rate);
    burst = Rational.of(newBurst);
    if (policy == LevelPolicy.FRESH) {
      chargeAnew(t);
    } else if (stepwise && !ahead.isEmpty()) {
      Rational oldEnd = ahead.get(0).start;
      Rational word = wordOf(starts.get(0));
      for (Charge each : ahead) {
        word = word.plus(ticks(each.start.minus(oldEnd).dividedBy(oldInterval))); // debts
        oldEnd = each.end;
        each.start = word;
        each.end = reservedTo(word, t, each.kept);
        word = each.end;
      }
      tat = word.plus(ticks(tat.minus(oldEnd).dividedBy(oldInterval)));
    } else {
      tat = wordOf(all);
      for (int i = 0; i < ends.size(); i++) {
        ahead.get(i).start = wordOf(starts.get(i));
        ahead.get(i).end = wordOf(ends.get(i));
      }
    }
    books.raised(
        Rational.of(t),
        policy == LevelPolicy.FRESH ? level(t).minus(before) : burst.minus(oldBurst));
    newEpoch(t);
  }

  private Rational perNano() {
    return Rational.of(1).dividedBy(interval.times(Rational.of(unit)));
  }

  /** A new limiter of the same limit; reservations that are not due stay charged. */
  public void reset(BigInteger t) {
    advance(t);
    Rational before = level(t);
    until = t.min(until);
    chargeAnew(t);
    books.raised(Rational.of(t), level(t).minus(before));
    newEpoch(t);
  }

  private void chargeAnew(BigInteger t) {
    tat = units(t);
    for (Charge each : ahead) {
      each.start = tat;
      each.end = tat = reservedTo(tat, t, each.kept);
    }
  }

  private void newEpoch(BigInteger t) {
    epoch++;
    begin = withoutThoseAhead();
    given = Rational.ZERO;
    past.clear();
    advance(t);
  }

  /** What is missing from the new burst, by the words of {@link LevelPolicy}. */
  private Spent spent(
      BigInteger t, Rational word, boolean slower, long newBurst, LevelPolicy policy) {
    BigInteger at = !slower && word.compareTo(units(from(t))) > 0 ? from(t) : t;
    Rational missing = word.minus(units(at)).max(Rational.ZERO).dividedBy(interval);
    Rational debt = missing.minus(burst).max(Rational.ZERO);
    Rational next = Rational.of(newBurst);
    return new Spent(
        at,
        switch (policy) {
          case SPENT -> missing.min(next.plus(debt));
          case KEEP -> next.minus(burst.minus(missing)).max(Rational.ZERO);
          case PROPORTIONAL -> missing.minus(debt).times(next).dividedBy(burst).plus(debt);
          case FRESH -> Rational.ZERO;
          case EMPTY -> next.plus(debt);
        });
  }

  /** The word of a limiter that misses so much, rounded up to a tick: no policy mints. */
  private Rational wordOf(Spent spent) {
    return units(spent.at).plus(ticks(spent.missing));
  }

  /** So many permits in units, rounded up to a tick. */
  private Rational ticks(Rational permits) {
    Rational ticks = Rational.of(interval.denominator());
    return Rational.of(permits.times(interval).times(ticks).ceil()).dividedBy(ticks);
  }

  /** What is missing is {@code missing}, and that is for the limiter to say. */
  public void adopt(BigInteger t, Rational missing) {
    advance(t);
    tat = units(t).plus(missing.times(interval));
  }

  /** {@code TAT 5/3, 2 reserved}. */
  @Override
  public String toString() {
    return "TAT " + tat + ", T " + interval + ", until " + until + ", " + ahead.size()
        + " reserved";
  }
}
