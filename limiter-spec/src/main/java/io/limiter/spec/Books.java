package io.limiter.spec;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What a limiter of one rate admitted, and what it handed out besides, in the order in which it counts.
 *
 * <p>In any interval at most the burst in force at its start is admitted, plus each raise of the burst
 * in it, plus what refilled in it, plus the permits that were given back in it as a gift. Permits that
 * were not used, and given back by their receipt, do not count.
 */
public final class Books {
  /** An admission, and the burst then; or a gift, or a raise. */
  private record Entry(
      Rational at, Supplier<BigInteger> admitted, Rational burst, Rational gift, Rational raise) {}

  /** A rate, and time as it counts it. */
  private record Tariff(Rational since, UnaryOperator<Rational> units, Rational interval) {
    Rational refill(Rational from, Rational to) {
      return units.apply(to).minus(units.apply(from)).dividedBy(interval);
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private final List<Tariff> tariffs = new ArrayList<>();

  /** From the time {@code at} on, in ns, {@code interval} units of time give a permit. */
  void rate(Rational at, UnaryOperator<Rational> units, Rational interval) {
    tariffs.add(new Tariff(at, units, interval));
  }

  /** Permits were admitted at the time {@code at}; in the end they will be {@code kept}. */
  void admitted(Rational at, Supplier<BigInteger> kept, Rational burst) {
    entries.add(new Entry(at, kept, burst, Rational.ZERO, Rational.ZERO));
  }

  /** Permits were given back that need not have been taken. */
  void gave(Rational at, Rational permits) {
    entries.add(new Entry(at, () -> BigInteger.ZERO, null, permits, Rational.ZERO));
  }

  /** The burst was raised, or the level by name. */
  void raised(Rational at, Rational permits) {
    entries.add(new Entry(at, () -> BigInteger.ZERO, null, Rational.ZERO, permits));
  }

  private Rational refill(Rational from, Rational to) {
    Rational sum = Rational.ZERO;
    for (int i = 0; i < tariffs.size(); i++) {
      Tariff tariff = tariffs.get(i);
      Rational begin = tariff.since.max(from);
      Rational end = i + 1 == tariffs.size() ? to : tariffs.get(i + 1).since.min(to);
      sum = begin.compareTo(end) < 0 ? sum.plus(tariff.refill(begin, end)) : sum;
    }
    return sum;
  }

  /** The first window that holds more than the formula, or "". */
  public String complaint() {
    for (int first = 0; first < entries.size(); first++) {
      Entry start = entries.get(first);
      if (start.admitted.get().signum() == 0) {
        continue;
      }
      Rational sum = Rational.ZERO;
      Rational most = start.burst;
      for (int i = first - 1; i >= 0 && entries.get(i).at.equals(start.at); i--) {
        most = most.plus(entries.get(i).gift); // at the same instant
      }
      for (Entry each : entries.subList(first, entries.size())) {
        sum = sum.plus(Rational.of(each.admitted.get()));
        most = most.plus(each.gift).plus(each.raise);
        Rational limit = most.plus(refill(start.at, each.at));
        if (sum.compareTo(limit) > 0) {
          return sum + " admitted from " + start.at + " to " + each.at + " ns, at most " + limit;
        }
      }
    }
    return "";
  }

  /** What it admitted in all, less what was given back by receipts. */
  public BigInteger admitted() {
    return entries.stream()
        .map(each -> each.admitted.get())
        .reduce(BigInteger.ZERO, BigInteger::add);
  }
}
