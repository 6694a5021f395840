package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.ManualClock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LimitTrackerTest {
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - SECOND); // wraps
  private Instant timeOfDay = Instant.ofEpochSecond(1_704_225_587);
  private final LimitTracker tracker = LimitTracker.create(10, clock, () -> timeOfDay);

  private void update(String... namesAndValues) {
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    tracker.update(name -> Optional.ofNullable(fields.get(name)));
  }

  private void rateLimit(long remaining, long reset) {
    update(
        "X-RateLimit-Remaining", Long.toString(remaining),
        "X-RateLimit-Reset", Long.toString(reset));
  }

  @Test
  void waitNanos_nothingKnown_isZero() {
    assertEquals(0, tracker.waitNanos());
    assertEquals(OptionalLong.empty(), tracker.remaining());
  }

  @Test
  void waitNanos_remainingAtThreshold_isZero() {
    rateLimit(10, 13);
    assertEquals(0, tracker.waitNanos());
    assertEquals(OptionalLong.of(10), tracker.remaining());
  }

  @Test
  void waitNanos_remainingBelowThreshold_endsExactlyAtTheReset() {
    rateLimit(9, 1_704_225_600);
    assertEquals(13 * SECOND, tracker.waitNanos());
    assertEquals(
        "LimitTracker[Known[readAt=9223372035854775807, remaining=OptionalLong[9],"
            + " resetAfter=OptionalLong[13000000000], retryAfter=0]]",
        tracker.toString());
    clock.advanceNanos(13 * SECOND - 1);
    assertEquals(1, tracker.waitNanos());
    assertEquals(OptionalLong.of(9), tracker.remaining());
    clock.advanceNanos(1);
    assertEquals(0, tracker.waitNanos());
    assertEquals(OptionalLong.empty(), tracker.remaining());
  }

  @Test
  void waitNanos_timeOfDayIsSet_doesNotChange() {
    rateLimit(0, 1_704_225_600);
    timeOfDay = timeOfDay.minusSeconds(86_400);
    assertEquals(13 * SECOND, tracker.waitNanos());
  }

  @Test
  void waitNanos_clockStepsBack_doesNotGrow() {
    rateLimit(0, 13);
    clock.advanceNanos(-SECOND);
    assertEquals(13 * SECOND, tracker.waitNanos());
  }

  @Test
  void waitNanos_remainingLowAndNoReset_isZero() {
    update("X-RateLimit-Remaining", "0");
    assertEquals(0, tracker.waitNanos());
  }

  @Test
  void update_withoutFields_keepsWhatIsKnown() {
    rateLimit(0, 13);
    clock.advanceNanos(SECOND);
    update();
    assertEquals(12 * SECOND, tracker.waitNanos());
  }

  @Test
  void update_later_replacesRemainingAndReset() {
    rateLimit(0, 13);
    rateLimit(11, 60);
    assertEquals(0, tracker.waitNanos());
    rateLimit(3, 2);
    assertEquals(2 * SECOND, tracker.waitNanos());
  }

  @Test
  void update_shorterRetryAfter_doesNotShortenTheWait() {
    update("Retry-After", "42");
    clock.advanceNanos(2 * SECOND);
    update("Retry-After", "1");
    rateLimit(100, 60);
    assertEquals(40 * SECOND, tracker.waitNanos());
    clock.advanceNanos(40 * SECOND);
    assertEquals(0, tracker.waitNanos());
  }

  @Test
  void update_fartherThanTheClockReaches_waitsAsLongAsItCan() {
    update("Retry-After", "99999999999");
    assertEquals(Long.MAX_VALUE, tracker.waitNanos());
    clock.advanceNanos(SECOND);
    assertEquals(Long.MAX_VALUE - SECOND, tracker.waitNanos());
  }

  @Test
  void update_byManyThreads_keepsTheLongestRetryAfter() {
    IntStream.rangeClosed(1, 10_000)
        .parallel()
        .forEach(seconds -> update("Retry-After", Integer.toString(seconds % 5_003)));
    assertEquals(5_002 * SECOND, tracker.waitNanos());
  }

  @Test
  void create_negativeThreshold_isRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> LimitTracker.create(-1, clock, () -> timeOfDay));
  }
}
