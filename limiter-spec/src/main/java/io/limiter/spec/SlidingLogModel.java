package io.limiter.spec;

import io.limiter.Rate;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The sliding log as a list of admissions: a request for k permits at time t is admitted iff for
 * every window (permits admitted in {@code (t - P, t]}) + k &lt;= N. A time older than that of the
 * newest admission, given back or not, counts as that.
 *
 * <p>What was admitted at one instant is one admission: the newest is what a refund takes back,
 * whole or in part, unless it has left every window.
 */
public final class SlidingLogModel implements RateModel {
  private record Admission(BigInteger at, BigInteger permits) {}

  private final List<Rate> windows;
  private final List<Admission> admissions = new ArrayList<>(); // in the order of their times
  private Optional<BigInteger> newest = Optional.empty(); // time of the newest, given back or not

  /** {@code windows} over one log. */
  public SlidingLogModel(List<Rate> windows) {
    this.windows = List.copyOf(windows);
  }

  @Override
  public boolean admits(BigInteger t, BigInteger permits) {
    return windows.stream().allMatch(window -> room(window, t).compareTo(permits) >= 0);
  }

  @Override
  public void charge(BigInteger t, BigInteger permits) {
    newest = Optional.of(now(t));
    admissions.add(new Admission(now(t), permits));
  }

  /** A reservation is admitted when it fits, but not before those that were reserved earlier. */
  @Override
  public Optional<BigInteger> reservationWait(BigInteger t, BigInteger permits) {
    return retryAfter(now(t), permits).map(wait -> now(t).add(wait).subtract(t));
  }

  @Override
  public void chargeReservation(BigInteger t, BigInteger wait, BigInteger permits) {
    charge(t.add(wait), permits);
  }

  @Override
  public BigInteger remaining(BigInteger t) {
    return windows.stream().map(w -> room(w, t)).reduce(BigInteger::min).orElseThrow();
  }

  @Override
  public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
    // Room is made when an admission leaves a window, and at no other time.
    List<BigInteger> moments = new ArrayList<>(List.of(t));
    for (Rate window : windows) {
      admissions.forEach(a -> moments.add(a.at.add(period(window))));
    }
    return moments.stream()
        .filter(moment -> moment.compareTo(t) >= 0 && admits(moment, permits))
        .reduce(BigInteger::min)
        .map(moment -> moment.subtract(t));
  }

  @Override
  public BigInteger resetAfter(BigInteger t) {
    return admissions.stream()
        .map(a -> a.at.add(longestPeriod()))
        .filter(end -> end.compareTo(now(t)) > 0)
        .map(end -> end.subtract(t))
        .reduce(BigInteger.ZERO, BigInteger::max);
  }

  @Override
  public boolean refund(BigInteger t, BigInteger permits) {
    if (admissions.isEmpty()) {
      return false;
    }
    BigInteger at = admissions.get(admissions.size() - 1).at;
    BigInteger taken = sum(admissions.stream().filter(a -> a.at.equals(at)));
    boolean left = now(t).subtract(at).compareTo(longestPeriod()) >= 0;
    if (left || permits.compareTo(taken) > 0) {
      return false;
    }
    admissions.removeIf(a -> a.at.equals(at));
    if (permits.compareTo(taken) < 0) {
      admissions.add(new Admission(at, taken.subtract(permits)));
    }
    return true;
  }

  private BigInteger now(BigInteger t) {
    return newest.map(t::max).orElse(t);
  }

  /** N less the permits admitted in {@code (now - P, now]}. */
  private BigInteger room(Rate window, BigInteger t) {
    BigInteger after = now(t).subtract(period(window));
    return BigInteger.valueOf(window.permits())
        .subtract(sum(admissions.stream().filter(a -> a.at.compareTo(after) > 0)));
  }

  private static BigInteger sum(Stream<Admission> admissions) {
    return admissions.map(Admission::permits).reduce(BigInteger.ZERO, BigInteger::add);
  }

  private BigInteger longestPeriod() {
    return windows.stream().map(SlidingLogModel::period).reduce(BigInteger::max).orElseThrow();
  }

  private static BigInteger period(Rate window) {
    return BigInteger.valueOf(window.periodNanos());
  }

  /** The admissions, in order. */
  @Override
  public String toString() {
    return admissions.toString();
  }
}
