package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateTest {

  @Test
  void of_units_arePeriodsInNanos() {
    assertEquals(Rate.perSecond(3), Rate.of(3, Duration.ofSeconds(1)));
    assertEquals(Rate.perMinute(3), Rate.of(3, Duration.ofMinutes(1)));
    assertEquals(Rate.perHour(3), Rate.of(3, Duration.ofHours(1)));
    assertEquals(Rate.perDay(3), Rate.ofNanos(3, 86_400_000_000_000L));
  }

  @Test
  void equals_sameIntervalOtherBurst_differs() {
    assertNotEquals(Rate.perMinute(60), Rate.perSecond(1));
    assertEquals(
        Rate.perMinute(60).hashCode(), Rate.of(60, Duration.ofSeconds(60)).hashCode());
  }

  @Test
  void toString_anyPeriod_usesTheLargestUnitThatDivides() {
    assertEquals("480/minute", Rate.perMinute(480).toString());
    assertEquals("100/15 minutes", Rate.of(100, Duration.ofMinutes(15)).toString());
    assertEquals("1/2 days", Rate.of(1, Duration.ofHours(48)).toString());
    assertEquals("1/1500 ms", Rate.of(1, Duration.ofMillis(1_500)).toString());
    assertEquals("1/ns", Rate.ofNanos(1, 1).toString());
  }

  @Test
  void of_badArguments_saysWhatIsExpected() {
    assertEquals("permits: 0 (expected: >= 1)", refusal(() -> Rate.perSecond(0)));
    assertEquals(
        "permits: 1000000000001 (expected: 1..1000000000000)",
        refusal(() -> Rate.perDay(1_000_000_000_001L)));
    assertEquals("period: 0 (expected: >= 1)", refusal(() -> Rate.of(1, Duration.ZERO)));
    assertEquals("period: -5 (expected: >= 1)", refusal(() -> Rate.ofNanos(1, -5)));
    assertEquals(
        "period: PT2562048H (expected: <= 2^63 - 1 ns)",
        refusal(() -> Rate.of(1, Duration.ofHours(2_562_048))));
    assertEquals(
        "period",
        assertThrows(NullPointerException.class, () -> Rate.of(1, null)).getMessage());
  }

  private static String refusal(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  @Test
  void hashCode_neighbours_differ() {
    assertNotEquals(Rate.perSecond(1).hashCode(), Rate.perSecond(2).hashCode());
    assertNotEquals(Rate.ofNanos(1, 1).hashCode(), Rate.ofNanos(1, 2).hashCode());
  }
}
