package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class TimelineProperties {
  private static final long FAR = (1L << 62) - 1;
  private static final long MAX_SECONDS = 999_999_999_999_999_999L;

  @Property
  void everyEventFallsIntoOneOfAFewAlignedSpans(
      @ForAll @LongRange(min = -FAR, max = FAR) long one,
      @ForAll @LongRange(min = -FAR, max = FAR) long other,
      @ForAll @IntRange(min = 0, max = 62) int zoom,
      @ForAll @LongRange(min = -MAX_SECONDS, max = MAX_SECONDS) long seconds,
      @ForAll @IntRange(min = 0, max = 999_999_999) int nanos) {
    long first = Math.min(one, other) >> zoom;
    long last = Math.max(one, other) >> zoom;
    Timeline timeline = Timeline.of(first, last, new LogTime(true, seconds, nanos));
    assertTrue(timeline.spans() <= Timeline.MAX_SPANS);
    timeline.count(first, true);
    timeline.count(last, false);
    assertEquals(1, timeline.admitted(0));
    assertEquals(1, timeline.denied(timeline.spans() - 1));
    BigInteger start = BigInteger.valueOf(seconds)
        .multiply(BigInteger.valueOf(1_000_000_000))
        .add(BigInteger.valueOf(nanos))
        .add(BigInteger.valueOf(timeline.startNanos(0)));
    assertEquals(
        0, start.mod(BigInteger.valueOf(timeline.widthNanos())).signum(), "spans are aligned");
    assertTrue(timeline.startNanos(0) <= first);
  }
}
