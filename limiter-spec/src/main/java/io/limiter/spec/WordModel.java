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
 * as of the step at which it is due. A charge during a penalty counts at its end. How much a charge
 * gives back that was due is left to the limiter within {@link #leastGivenBack} and {@link
 * #mostGivenBack}: see {@link #giveBack}.
 */
public final class WordModel extends WordState {
  private WordModel(boolean stepwise, BigInteger anchor, Rate rate, long burst) {
    super(stepwise, anchor, rate, burst);
  }

  private WordModel(WordModel other) {
    super(other);
  }

  /** Continuous refill at {@code rate}; full. */
  public static WordModel continuous(Rate rate, long burst) {
    return new WordModel(false, BigInteger.ZERO, rate, burst);
  }

  /** N permits at each multiple of P from {@code anchor} on and before it, in ns; full. */
  public static WordModel stepwise(Rate rate, long burst, long anchor) {
    return new WordModel(true, BigInteger.valueOf(anchor), rate, burst);
  }

  @Override
  public WordModel copy() {
    return new WordModel(this);
  }

  // Reserving and debts.

  /** Charges permits at time t; empty, and nothing is charged, if that is refused. No limit: null. */
  public Optional<Charge> reserve(BigInteger t, BigInteger permits, BigInteger maxWait) {
    advance(t);
    if (admits(t, permits)) {
      return Optional.of(take(t, permits));
    }
    Charge charge = new Charge(calls++, permits, burst, reservedTo(tat, t, permits));
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

  /** The most permits that a reservation has which is not due. */
  public BigInteger largestReserved(BigInteger t) {
    advance(t);
    return ahead.stream().map(each -> each.kept).reduce(BigInteger.ZERO, BigInteger::max);
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
    past.add(new Past(units(t), charge.order, charge, null)); // it waits for no penalty
    return Optional.of(wait);
  }

  // Giving back.

  /** The lowest that giving back leaves the TAT: what was reserved during a penalty counts at its end. */
  private Rational lowest(BigInteger t) {
    if (!isPenalized(t) || ahead.isEmpty()) {
      return units(t);
    }
    Rational counted = units(until);
    Rational most = tat;
    for (Charge each : ahead) {
      counted = counted.plus(Rational.of(each.kept).times(interval));
      most = most.min(each.end.minus(counted));
    }
    return tat.minus(most.max(Rational.ZERO));
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
    Rational old = ahead.isEmpty() ? tat : ahead.get(0).start;
    Rational word = start;
    for (Charge each : ahead) {
      each.start = follow(t, each.start, old, word);
      old = each.end;
      word = reservedTo(each.start, t, each.kept);
      each.end = word;
    }
    tat = follow(t, tat, old, word);
  }

  /** {@code word}, once what it came after is no longer {@code old}, but {@code next}. */
  private Rational follow(BigInteger t, Rational word, Rational old, Rational next) {
    Rational now = units(t);
    return word.minus(old.max(now).minus(next.max(now)));
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

  /** The units that {@code permits} hold: less than they cost, if a change forgave some. */
  private Rational weight(Charge charge, BigInteger permits) {
    Rational cost = Rational.of(permits).times(interval);
    return charge.weighs == null ? cost : cost.min(charge.weighs);
  }

  /** The units that so many of {@code all} permits hold; those that are kept stay charged. */
  private Rational held(Charge charge, BigInteger all, BigInteger permits) {
    return weight(charge, all)
        .minus(Rational.of(all.subtract(permits)).times(interval))
        .max(Rational.ZERO);
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
      Rational less = held(charge, charge.kept.add(permits), permits);
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
        .min(held(charge, charge.kept, permits))
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
        .min(held(charge, charge.kept, permits))
        .max(Rational.ZERO)
        .dividedBy(interval);
  }

  /** The TAT, less what reservations were charged that are not due. */
  private Rational withoutThoseAhead() {
    Rational word = tat;
    for (Charge each : ahead) {
      word = word.minus(stepwise ? each.end.minus(each.start) : weight(each, each.kept));
    }
    return word;
  }

  private Rational replay(Charge charge, BigInteger permits) {
    List<Past> inTime = new ArrayList<>(past);
    inTime.sort(Comparator.comparing(Past::at).thenComparing(Past::order));
    Rational word = begin;
    for (Past each : inTime) {
      if (each.gift() != null) {
        word = word.min(word.minus(each.gift()).max(each.at()));
      } else {
        BigInteger kept =
            each.charge() == charge ? charge.kept.subtract(permits) : each.charge().kept;
        word = kept.signum() == 0 ? word : word.max(each.at()).plus(weight(each.charge(), kept));
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
        Rational due = ahead.get(0).end.minus(burst.times(interval));
        late = Rational.of(end).minus(due.max(Rational.of(until)));
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
  public void change(BigInteger t, Rate newRate, long newBurst, LevelPolicy policy) {
    advance(t);
    boolean levels = policy == LevelPolicy.FRESH || policy == LevelPolicy.EMPTY;
    if (newRate.equals(rate) && burst.equals(Rational.of(newBurst)) && !levels) {
      return; // receipts stay good
    }
    Rational before = level(t);
    Rational then = level(from(t));
    Rational admitted = missingWithoutThoseAhead(t);
    Rational oldBurst = burst;
    boolean slower = perNano().compareTo(Rational.of(newRate.permits(), newRate.periodNanos())) > 0;
    Spent all = spent(t, tat, slower, newBurst, policy);
    List<Spent> starts = new ArrayList<>();
    List<Spent> ends = new ArrayList<>();
    List<Rational> debts = new ArrayList<>(); // in permits, before each and behind all
    Rational last = ahead.isEmpty() ? tat : ahead.get(0).start;
    for (Charge each : ahead) {
      debts.add(missing(t, each.start).minus(missing(t, last)));
      last = each.end;
      Rational start = stepwise ? each.start : each.end.minus(held(each, each.kept, each.kept));
      starts.add(spent(t, start, slower, newBurst, policy));
      ends.add(spent(t, each.end, slower, newBurst, policy));
    }
    debts.add(missing(t, tat).minus(missing(t, last)));
    rate(newRate);
    burst = Rational.of(newBurst);
    if (policy == LevelPolicy.FRESH) {
      chargeAnew(t);
    } else if (stepwise && !ahead.isEmpty()) {
      Rational word = wordOf(starts.get(0));
      for (int i = 0; i < ends.size(); i++) {
        Charge each = ahead.get(i);
        each.start = owing(t, word, debts.get(i));
        each.end = reservedTo(each.start, t, each.kept);
        word = each.end;
      }
      tat = owing(t, word, debts.get(ends.size()));
    } else {
      tat = wordOf(all);
      for (int i = 0; i < ends.size(); i++) {
        Charge each = ahead.get(i);
        each.start = wordOf(starts.get(i));
        each.end = wordOf(ends.get(i));
        Rational from = units(from(t));
        each.weighs = each.end.max(from).minus(each.start.max(from));
      }
    }
    Rational raise = burst.minus(oldBurst);
    if (policy == LevelPolicy.FRESH) {
      raise =
          raise.plus(admitted).max(level(t).minus(before)).max(level(from(t)).minus(then));
    }
    raised(t, raise);
    newEpoch(t);
  }

  private void raised(BigInteger t, Rational permits) {
    Rational more = permits.max(Rational.ZERO);
    books.raised(Rational.of(t), more);
    ahead.forEach(each -> each.burst = each.burst.plus(more));
  }

  private Rational perNano() {
    return Rational.of(1).dividedBy(interval.times(Rational.of(unit)));
  }

  /** A new limiter of the same limit; reservations that are not due stay charged. */
  public void reset(BigInteger t) {
    advance(t);
    Rational before = isPenalized(t) ? level(t).min(Rational.ZERO) : level(t);
    Rational admitted = missingWithoutThoseAhead(t);
    until = t.min(until);
    chargeAnew(t);
    raised(t, admitted.max(level(t).minus(before)));
    newEpoch(t);
  }

  /** What is missing before the first reservation that is not due: fresh hands that out once more. */
  private Rational missingWithoutThoseAhead(BigInteger t) {
    return missing(t, ahead.isEmpty() ? tat : ahead.get(0).start);
  }

  private void chargeAnew(BigInteger t) {
    tat = units(t);
    for (Charge each : ahead) {
      each.start = tat;
      each.weighs = null;
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
    Rational missing = missing(at, word);
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
    return spent.missing.signum() == 0 ? units(now) : units(spent.at).plus(ticks(spent.missing));
  }

  /** The same, with a debt of so many permits. */
  private Rational owing(BigInteger t, Rational word, Rational permits) {
    return permits.signum() <= 0 ? word : word.max(units(from(t))).plus(ticks(permits));
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
