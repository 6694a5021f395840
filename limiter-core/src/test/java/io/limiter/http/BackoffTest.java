package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final long SECOND = 1_000_000_000L;
  private static final LongUnaryOperator LONGEST = bound -> bound - 1;

  private static LimitStatus retryAfter(long nanos) {
    return new LimitStatus(
        OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(nanos));
  }

  /** The part of an HTTP library that the example needs; answers 429 until it has been waited. */
  private final class Response {
    int statusCode() {
      return clock.nanoTime() < 50 * SECOND ? 429 : 200;
    }

    Response headers() {
      return this;
    }

    Optional<String> firstValue(String name) {
      return name.equals("Retry-After") ? Optional.of("20") : Optional.empty();
    }
  }

  private final ManualClock clock = ManualClock.create();

  private Response send() {
    return new Response();
  }

  private Response sendWith(Backoff backoff, LimitTracker tracker) {
    Response response = send();
    // Javadoc of Backoff: from here
    for (int denials = 1; response.statusCode() == 429; denials++) {
      OptionalLong wait =
          backoff.waitNanos(denials, tracker.update(response.headers()::firstValue));
      if (wait.isEmpty()) {
        break; // give up
      }
      clock.advanceNanos(wait.getAsLong());
      response = send();
    }
    // to here, with a sleep for the clock
    return response;
  }

  @Test
  void example_ofTheJavadoc_triesUntilItPassesOrGivesUp() {
    LimitTracker tracker = LimitTracker.create(1, clock, () -> Instant.EPOCH);
    Backoff two = Backoff.of(2, Duration.ofSeconds(1), Duration.ofSeconds(60), LONGEST);
    assertEquals(429, sendWith(two, tracker).statusCode());
    assertEquals(43 * SECOND, clock.nanoTime()); // 20 + 1, 20 + 2
    assertEquals(200, sendWith(two, tracker).statusCode());
    assertEquals(64 * SECOND, clock.nanoTime());
  }

  @Test
  void waitNanos_longestJitter_isOneTwoFourAndSoOnUpToSixty() {
    Backoff backoff = Backoff.of(100, Duration.ofSeconds(1), Duration.ofSeconds(60), LONGEST);
    List<Long> seconds = IntStream.of(1, 2, 3, 4, 5, 6, 7, 8, 64, 65, 100)
        .mapToObj(denials -> backoff.waitNanos(denials).getAsLong() / SECOND)
        .toList();
    assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L, 60L, 60L), seconds);
  }

  @Test
  void waitNanos_capIsNoPowerOfTwoTimesTheFirst_doublesUpToIt() {
    Backoff backoff = Backoff.of(9, Duration.ofNanos(1), Duration.ofNanos(7), LONGEST);
    List<Long> nanos = IntStream.rangeClosed(1, 5)
        .mapToObj(denials -> backoff.waitNanos(denials).getAsLong())
        .toList();
    assertEquals(List.of(1L, 2L, 4L, 7L, 7L), nanos);
  }

  @Test
  void waitNanos_afterTheLastRetry_isEmpty() {
    Backoff backoff = Backoff.of(LONGEST);
    assertEquals("Backoff[5 retries, PT1S doubling to PT1M]", backoff.toString());
    assertEquals(OptionalLong.of(16 * SECOND), backoff.waitNanos(5));
    assertEquals(OptionalLong.empty(), backoff.waitNanos(6));
    assertEquals(OptionalLong.empty(), backoff.waitNanos(Integer.MAX_VALUE, retryAfter(1)));
  }

  @Test
  void waitNanos_retryAfter_isTheLeast() {
    assertEquals(
        OptionalLong.of(42 * SECOND), Backoff.of(bound -> 0).waitNanos(1, retryAfter(42 * SECOND)));
    assertEquals(
        OptionalLong.of(3_601 * SECOND),
        Backoff.of(LONGEST).waitNanos(1, retryAfter(3_600 * SECOND)));
    assertEquals(
        OptionalLong.of(Long.MAX_VALUE),
        Backoff.of(LONGEST).waitNanos(1, retryAfter(Long.MAX_VALUE)));
  }

  @Test
  void waitNanos_randomOutOfRange_isRefused() {
    assertThrows(IllegalStateException.class, () -> Backoff.of(bound -> bound).waitNanos(1));
    assertThrows(IllegalStateException.class, () -> Backoff.of(bound -> -1).waitNanos(1));
  }

  @Test
  void waitNanos_noDenial_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> Backoff.of(LONGEST).waitNanos(0));
  }

  @Test
  void of_settingsOutOfRange_areRefused() {
    Duration second = Duration.ofSeconds(1);
    for (Duration first : List.of(Duration.ZERO, second.negated(), second.plusNanos(1))) {
      assertThrows(IllegalArgumentException.class, () -> Backoff.of(1, first, second, LONGEST));
    }
    assertThrows(IllegalArgumentException.class, () -> Backoff.of(-1, second, second, LONGEST));
    assertThrows(
        IllegalArgumentException.class,
        () -> Backoff.of(1, second, Duration.ofDays(366).plusNanos(1), LONGEST));
  }

  @Test
  void of_nothingGiven_spreadsWithinTheCeiling() {
    Backoff backoff = Backoff.of();
    long first = backoff.waitNanos(1).orElseThrow();
    boolean differs = false;
    for (int i = 0; i < 100; i++) {
      long wait = backoff.waitNanos(1).orElseThrow();
      assertTrue(wait >= 0 && wait <= 1_000_000_000L);
      differs |= wait != first;
    }
    assertTrue(differs);
    assertTrue(backoff.waitNanos(6).isEmpty());
  }
}
