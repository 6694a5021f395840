package io.limiter.spec;

import java.math.BigInteger;
import java.util.List;

/**
 * A limiter and the calls that it gets, one after the other: all that is needed to play it again.
 *
 * @param setup the limiter
 * @param origin the clock reading at which it is created
 * @param calls the calls
 * @param <S> the kind of limiter
 */
public record Timeline<S extends Setup>(S setup, long origin, List<Call> calls) {
  /** Copies the list. */
  public Timeline {
    calls = List.copyOf(calls);
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
