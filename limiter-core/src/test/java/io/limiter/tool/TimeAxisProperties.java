package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class TimeAxisProperties {
  private static final long FAR = (1L << 62) - 1;
  private static final long MAX_SECONDS = 999_999_999_999_999_999L;

  @Property
  void everyEventFallsIntoOneOfAFewAlignedSpans(
      @ForAll @LongRange(min = -FAR, max = FAR) long one,
      @ForAll @LongRange(min = -FAR, max = FAR) long other,
      @ForAll @IntRange(min = 0, max = 62) int zoom,
      @ForAll @IntRange(min = 2, max = 120) int most,
      @ForAll @LongRange(min = -MAX_SECONDS, max = MAX_SECONDS) long seconds,
      @ForAll @IntRange(min = 0, max = 999_999_999) int nanos) {
    long first = Math.min(one, other) >> zoom;
    long last = Math.max(one, other) >> zoom;
    long middle = first + (last - first) / 2;
    TimeAxis axis = TimeAxis.of(first, last, new LogTime(true, seconds, nanos), most);
    assertTrue(axis.spans() <= most);
    for (long at : new long[] {first, middle, last, first, last, middle}) {
      int span = axis.spanOf(at);
      assertTrue(at - axis.startNanos(span) >= 0);
      assertTrue(at - axis.startNanos(span) < axis.widthNanos() || axis.widthNanos() < 0);
    }
    assertEquals(0, axis.spanOf(first));
    assertEquals(axis.spans() - 1, axis.spanOf(last));
    BigInteger start = BigInteger.valueOf(seconds)
        .multiply(BigInteger.valueOf(1_000_000_000))
        .add(BigInteger.valueOf(nanos))
        .add(BigInteger.valueOf(axis.startNanos(0)));
    assertEquals(0, start.mod(BigInteger.valueOf(axis.widthNanos())).signum(), "spans are aligned");
    assertTrue(axis.startNanos(0) <= first);
  }

  @Example
  void asManySpansAsMayBeAreNotMadeCoarser() {
    LogTime time = new LogTime(false, 0, 0);
    assertEquals(30, TimeAxis.of(0, 29_999_999, time, 30).spans());
    assertEquals(15 + 1, TimeAxis.of(0, 30_000_000, time, 30).spans());
  }
}
