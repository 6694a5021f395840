package io.limiter.spec;

import java.math.BigInteger;
import java.util.List;

/**
 * A limiter and the calls that it gets, one after the other: all that is needed to play it again.
 *
 * @param setup the limiter
 * @param origin the clock reading at which it is created
 * @param calls the calls
 * @param scale what the limiter can tell of time
 * @param <S> the kind of limiter
 */
public record Timeline<S extends Setup>(S setup, long origin, List<Call> calls, TimeScale scale) {
  /** Copies the list. */
  public Timeline {
    calls = List.copyOf(calls);
  }

  /** A timeline in nanoseconds. */
  public Timeline(S setup, long origin, List<Call> calls) {
    this(setup, origin, calls, TimeScale.NANOS);
  }

  /** The same limiter with other calls. */
  public Timeline<S> with(List<Call> others) {
    return new Timeline<>(setup, origin, others, scale);
  }

  /**
   * The same on another scale: readings are rounded down, and calls beyond the horizon left out. A clock
   * that has a horizon does not wrap around within it.
   */
  public Timeline<S> on(TimeScale other) {
    List<Call> seen = calls.stream()
        .map(call -> new Call(call.verb(), other.down(call.at()), call.permits()))
        .filter(call -> other.reaches(call.at()))
        .toList();
    long most = Long.MAX_VALUE - other.horizonNanos();
    long start = most == 0 ? origin : Math.max(-most, Math.min(most, origin));
    return new Timeline<>(setup, other.down(BigInteger.valueOf(start)).longValue(), seen, other);
  }

  /** The last moment that can be read, in ns since the limiter was created. */
  BigInteger lastMoment() {
    return scale.down(setup.lastMoment().min(BigInteger.valueOf(scale.horizonNanos())));
  }

  /** The clock reading at time {@code t}, wrapped around as clocks do. */
  public long reading(BigInteger t) {
    return origin + t.longValue();
  }

  /** One line for the limiter and one for each call. */
  @Override
  public String toString() {
    return upTo(calls.size());
  }

  /** The first {@code count} calls. */
  String upTo(int count) {
    StringBuilder text = new StringBuilder(64).append(setup);
    text.append(", created when the clock reads ").append(origin);
    for (Call call : calls.subList(0, count)) {
      text.append("\n  ").append(call);
    }
    return text.toString();
  }
}
