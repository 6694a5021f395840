package io.limiter.spec;

import java.math.BigInteger;

/** Spans of time as people read them, and exact. */
public final class ReadableTime {
  private enum Unit {
    YEARS(31_536_000_000_000_000L),
    DAYS(86_400_000_000_000L),
    HOURS(3_600_000_000_000L),
    MINUTES(60_000_000_000L),
    S(1_000_000_000),
    MS(1_000_000);

    final BigInteger nanos;

    Unit(long nanos) {
      this.nanos = BigInteger.valueOf(nanos);
    }

    /** How many tenths of it. */
    BigInteger tenths(BigInteger of) {
      return of.multiply(BigInteger.TEN).divide(nanos);
    }

    /** Whether so many ns are whole units of it, or whole tenths if it is divided by tens. */
    boolean isExact(BigInteger of) {
      BigInteger tenfold = ordinal() < S.ordinal() ? of : of.multiply(BigInteger.TEN);
      return tenfold.mod(nanos).signum() == 0;
    }
  }

  private ReadableTime() {}

  /** {@code 1.5 s}, {@code 7 ns}, or {@code 288230376151711744 ns (about 9.1 years)}. */
  public static String of(BigInteger nanos) {
    BigInteger span = nanos.abs();
    for (Unit unit : Unit.values()) {
      if (span.compareTo(unit.nanos) >= 0 && unit.isExact(span) && unit != Unit.YEARS) {
        return inUnits(nanos, unit);
      }
    }
    for (Unit unit : Unit.values()) {
      if (span.compareTo(unit.nanos) >= 0) {
        return nanos + " ns (about " + inUnits(nanos, unit) + ")";
      }
    }
    return nanos + " ns";
  }

  /** {@link #of(BigInteger)}. */
  public static String of(long nanos) {
    return of(BigInteger.valueOf(nanos));
  }

  private static String inUnits(BigInteger nanos, Unit unit) {
    BigInteger[] parts = unit.tenths(nanos.abs()).divideAndRemainder(BigInteger.TEN);
    String number = parts[0] + (parts[1].signum() == 0 ? "" : "." + parts[1]);
    String name = unit.name().toLowerCase(java.util.Locale.ROOT);
    boolean single = number.equals("1") && unit.ordinal() < Unit.S.ordinal();
    return (nanos.signum() < 0 ? "-" : "")
        + number + " "
        + (single ? name.substring(0, name.length() - 1) : name);
  }
}
