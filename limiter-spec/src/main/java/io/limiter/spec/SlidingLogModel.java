package io.limiter.spec;

import io.limiter.LevelPolicy;
import io.limiter.Rate;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The sliding log as lists of admissions, one for each window: a request for k permits at time t is
 * admitted iff for every window (permits admitted in {@code (t - P, t]}) + k &lt;= N. A time older than
 * that of the newest admission, given back or not, counts as that.
 *
 * <p>What was admitted at one instant is one admission: the newest is what a refund takes back, whole or
 * in part, unless it has left every window. A reservation is granted if it is admitted now.
 *
 * <p>As a limiter in use, times never step back. A time of more than 290 years before the creation counts
 * as of then.
 */
public final class SlidingLogModel implements LimiterModel {
  private static final BigInteger EARLIEST =
      BigInteger.valueOf(Long.MIN_VALUE).add(BigInteger.TWO.pow(56));

  /** So many permits at one time. */
  private record Admission(BigInteger at, BigInteger permits) {}

  /** The time of an admission, and after how many changes and resets. */
  public record Entry(BigInteger at, int era) implements Receipt {}

  /** A window, and the admissions that count in it until they are P old. */
  private static final class Window {
    private final BigInteger limit; // N
    private final BigInteger period; // P
    private List<Admission> admissions = new ArrayList<>(); // in the order of their times

    Window(Rate rate) {
      this.limit = BigInteger.valueOf(rate.permits());
      this.period = BigInteger.valueOf(rate.periodNanos());
    }

    List<Admission> young(BigInteger now) {
      return admissions.stream()
          .filter(a -> a.at.compareTo(now.subtract(period)) > 0)
          .toList();
    }

    BigInteger room(BigInteger now) {
      return limit.subtract(sum(young(now)));
    }
  }

  private List<Window> windows = new ArrayList<>();
  private List<Admission> log = new ArrayList<>(); // all that was not taken back
  private Optional<BigInteger> newest = Optional.empty(); // time of the newest, given back or not
  private int era; // changes and resets so far: each ends all receipts
  private BigInteger until; // nothing is admitted before; null: no penalty so far

  /** {@code windows} over one log. */
  public SlidingLogModel(List<Rate> windows) {
    windows.forEach(rate -> this.windows.add(new Window(rate)));
  }

  @Override
  public SlidingLogModel copy() {
    SlidingLogModel copy = new SlidingLogModel(List.of());
    for (Window each : windows) {
      Window window =
          new Window(Rate.ofNanos(each.limit.longValueExact(), each.period.longValueExact()));
      window.admissions.addAll(each.admissions);
      copy.windows.add(window);
    }
    copy.log.addAll(log);
    copy.newest = newest;
    copy.era = era;
    copy.until = until;
    return copy;
  }

  // Deciding.

  private BigInteger now(BigInteger t) {
    return newest.map(t::max).orElse(t).max(EARLIEST);
  }

  /** Whether nothing is admitted at time {@code t}, whatever was admitted. */
  public boolean isPenalized(BigInteger t) {
    return until != null && t.compareTo(until) < 0;
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    return !isPenalized(t) && fits(t, permits);
  }

  private boolean fits(BigInteger t, BigInteger permits) {
    return windows.stream().allMatch(window -> window.room(now(t)).compareTo(permits) >= 0);
  }

  @Override
  public Entry take(BigInteger t, BigInteger permits) {
    if (permits.signum() == 0) {
      return new Entry(t, era);
    }
    append(now(t), permits);
    return new Entry(now(t), era);
  }

  private void append(BigInteger at, BigInteger permits) {
    newest = Optional.of(now(at));
    Admission admission = new Admission(newest.get(), permits);
    log.add(admission);
    windows.forEach(window -> window.admissions.add(admission));
  }

  @Override
  public Optional<BigInteger> reservationWait(BigInteger t, BigInteger permits) {
    return admits(t, permits) ? Optional.of(BigInteger.ZERO) : Optional.empty();
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    BigInteger least = windows.stream()
        .map(window -> window.room(now(t)))
        .reduce(BigInteger::min)
        .orElseThrow();
    return isPenalized(t) ? BigInteger.ZERO : least.max(BigInteger.ZERO);
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    // Room is made when an admission leaves a window, or a penalty ends, and at no other time.
    List<BigInteger> moments = new ArrayList<>(List.of(t));
    for (Window window : windows) {
      window.admissions.forEach(a -> moments.add(a.at.add(window.period)));
    }
    if (isPenalized(t)) {
      moments.add(until);
    }
    return moments.stream()
        .filter(moment -> moment.compareTo(t) >= 0 && admits(moment, permits))
        .reduce(BigInteger::min)
        .map(moment -> moment.subtract(t));
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    BigInteger reset = isPenalized(t) ? until.subtract(t) : BigInteger.ZERO;
    for (Window window : windows) {
      for (Admission each : window.young(now(t))) {
        reset = reset.max(each.at.add(window.period).subtract(t));
      }
    }
    return reset;
  }

  // Debts.

  /**
   * Charges permits whatever was admitted. What does not fit is a debt: nothing is admitted until each
   * window alone would have admitted it all, as many as it holds at a time; the last of them count from
   * then on, the others from now on. Empty, and nothing is charged, if that takes longer than {@code
   * maxWait}; null for any time.
   */
  public Optional<BigInteger> force(BigInteger t, BigInteger permits, BigInteger maxWait) {
    if (permits.signum() == 0) {
      BigInteger wait = isPenalized(t) ? until.subtract(t) : BigInteger.ZERO;
      return Optional.of(wait).filter(any -> maxWait == null || wait.compareTo(maxWait) <= 0);
    }
    if (admits(t, permits)) {
      append(now(t), permits);
      return Optional.of(BigInteger.ZERO);
    }
    BigInteger from = now(isPenalized(t) ? until : t);
    BigInteger paid = from;
    BigInteger last = permits;
    for (Window window : windows) {
      BigInteger moment = from;
      BigInteger left = permits;
      BigInteger part = left.min(window.limit);
      moment = moment.add(alone(window, moment, part));
      while (left.compareTo(window.limit) > 0) { // then it is full, and empty one period later
        moment = moment.add(window.period);
        left = left.subtract(window.limit);
      }
      if (moment.compareTo(paid) > 0) {
        paid = moment;
        last = left;
      }
    }
    if (maxWait != null && paid.subtract(t).compareTo(maxWait) > 0) {
      return Optional.empty();
    }
    last = windows.stream().map(window -> window.limit).reduce(last, BigInteger::min);
    if (permits.compareTo(last) > 0) {
      append(from, permits.subtract(last));
    }
    append(paid, last);
    until = paid;
    return Optional.of(paid.subtract(t));
  }

  /** The wait of a window alone. */
  private static BigInteger alone(Window window, BigInteger t, BigInteger permits) {
    BigInteger moment = t;
    while (window.room(moment).compareTo(permits) < 0) {
      moment = window.young(moment).get(0).at.add(window.period);
    }
    return moment.subtract(t);
  }

  // Giving back.

  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    return permits.signum() == 0 || takeBack(t, permits, null);
  }

  /** Takes so many permits back if they are the newest admission, and of the time of {@code entry}. */
  public boolean takeBack(BigInteger t, BigInteger permits, Entry entry) {
    if (log.isEmpty() || permits.signum() == 0) {
      return false;
    }
    BigInteger at = log.get(log.size() - 1).at;
    BigInteger taken = sum(log.stream().filter(a -> a.at.equals(at)).toList());
    BigInteger longest =
        windows.stream().map(window -> window.period).reduce(BigInteger::max).orElseThrow();
    boolean left = now(t).subtract(at).compareTo(longest) >= 0;
    if (left
        || permits.compareTo(taken) > 0
        || entry != null && !entry.equals(new Entry(at, era))) {
      return false;
    }
    log = without(log, at, permits);
    windows.forEach(window -> window.admissions = without(window.admissions, at, permits));
    return true;
  }

  private static List<Admission> without(
      List<Admission> admissions, BigInteger at, BigInteger permits) {
    BigInteger taken = sum(admissions.stream().filter(a -> a.at.equals(at)).toList());
    List<Admission> rest = new ArrayList<>(admissions);
    rest.removeIf(a -> a.at.equals(at));
    if (permits.compareTo(taken) < 0) {
      rest.add(new Admission(at, taken.subtract(permits)));
    }
    return rest;
  }

  // Changing.

  /** Nothing is admitted before t + nanos. */
  public void penalize(BigInteger t, BigInteger nanos) {
    BigInteger end = t.add(nanos);
    until = until == null ? end : until.max(end);
  }

  /** A new log. */
  public void reset() {
    era++;
    log.clear();
    windows.forEach(window -> window.admissions.clear());
    newest = Optional.empty();
    until = null;
  }

  /**
   * Other windows from time t on: the i-th goes on as the {@code from.get(i)}-th of the old ones, or is
   * new, and was fresh, if that is -1. Each keeps its newest permits, as many as the policy says; what is missing besides
   * is dated now. Of several windows, permits of one instant stay together, those of now in all of them. The log
   * remembers no more than it kept, or its largest window holds.
   */
  public void change(BigInteger t, List<Rate> rates, List<Integer> from, LevelPolicy policy) {
    era++;
    List<Window> next = new ArrayList<>();
    BigInteger most = BigInteger.ZERO;
    BigInteger added = BigInteger.ZERO;
    for (int i = 0; i < rates.size(); i++) {
      Window window = new Window(rates.get(i));
      next.add(window);
      Window old = from.get(i) < 0 ? new Window(rates.get(i)) : windows.get(from.get(i));
      List<Admission> young = old.young(now(t));
      BigInteger missing = missing(policy, sum(young), old.limit, window.limit);
      window.admissions = newest(young, missing, rates.size() > 1);
      most = most.max(missing.min(sum(young)));
      added = added.max(missing.subtract(sum(young)));
    }
    windows = next;
    log = newest(log, most, false);
    for (Window each : next) {
      each.admissions = newest(each.admissions, most, false);
      if (each.admissions
          .isEmpty()) { // what is admitted now is told apart from what was by nothing
        each.admissions.addAll(
            log.stream().filter(a -> a.at.compareTo(now(t)) >= 0).toList());
      }
    }
    if (added.signum() > 0) {
      append(now(t), added);
      BigInteger size = next.stream().map(each -> each.limit).reduce(most, BigInteger::max);
      next.forEach(each -> each.admissions = newest(each.admissions, size, false));
      log = newest(log, size, false);
    }
  }

  private static BigInteger missing(
      LevelPolicy policy, BigInteger missing, BigInteger limit, BigInteger next) {
    BigInteger debt = missing.subtract(limit).max(BigInteger.ZERO);
    return switch (policy) {
      case SPENT -> missing.min(next.add(debt));
      case KEEP -> missing.add(next).subtract(limit).max(BigInteger.ZERO);
      case PROPORTIONAL ->
        Rational.of(missing.subtract(debt).multiply(next), limit).ceil().add(debt);
      case FRESH -> BigInteger.ZERO;
      case EMPTY -> next.add(debt);
    };
  }

  /** The newest {@code permits} of {@code admissions}; with those of the same instant if {@code whole}. */
  private static List<Admission> newest(
      List<Admission> admissions, BigInteger permits, boolean whole) {
    List<Admission> newest = new ArrayList<>();
    BigInteger left = permits;
    Predicate<Admission> together =
        a -> whole && !newest.isEmpty() && newest.get(0).at.equals(a.at);
    for (int i = admissions.size() - 1; i >= 0; i--) {
      Admission each = admissions.get(i);
      BigInteger kept = together.test(each) ? each.permits : each.permits.min(left);
      if (whole && left.signum() > 0) {
        kept = each.permits;
      }
      if (kept.signum() == 0) {
        break;
      }
      newest.add(0, new Admission(each.at, kept));
      left = left.subtract(kept).max(BigInteger.ZERO);
    }
    return newest;
  }

  private static BigInteger sum(List<Admission> admissions) {
    return admissions.stream().map(Admission::permits).reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** The admissions, in order. */
  @Override
  public String toString() {
    return log + (until == null ? "" : " until " + until);
  }
}
