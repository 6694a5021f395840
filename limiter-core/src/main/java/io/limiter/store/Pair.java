package io.limiter.store;

/**
 * An instant or a span: whole microseconds, and {@code parts} of n parts of one. The n belongs to the
 * rate; {@code 0 <= parts < n}.
 */
record Pair(long micros, long parts) implements Comparable<Pair> {
  static final Pair ZERO = new Pair(0, 0);

  Pair plus(Pair other, long n) {
    long sum = parts + other.parts;
    long carry = sum >= n ? 1 : 0;
    return new Pair(micros + other.micros + carry, sum - carry * n);
  }

  Pair minus(Pair other, long n) {
    long difference = parts - other.parts;
    long borrow = difference < 0 ? 1 : 0;
    return new Pair(micros - other.micros - borrow, difference + borrow * n);
  }

  Pair max(Pair other) {
    return compareTo(other) >= 0 ? this : other;
  }

  Pair min(Pair other) {
    return compareTo(other) <= 0 ? this : other;
  }

  /** Whole microseconds, rounded up. */
  long ceil() {
    return parts > 0 ? micros + 1 : micros;
  }

  @Override
  public int compareTo(Pair other) {
    return micros != other.micros
        ? Long.compare(micros, other.micros)
        : Long.compare(parts, other.parts);
  }
}
