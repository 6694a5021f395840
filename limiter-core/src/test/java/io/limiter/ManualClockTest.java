package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ManualClockTest {

  @Test
  void nanoTime_withoutAMove_standsStill() {
    ManualClock clock = ManualClock.create();
    assertEquals(0, clock.nanoTime());
    assertEquals(0, clock.nanoTime());
  }

  @Test
  void advance_anyDistance_answersTheNewReading() {
    ManualClock clock = ManualClock.startingAt(100);
    assertEquals(1_000_000_100, clock.advance(Duration.ofSeconds(1)));
    assertEquals(90, clock.advanceNanos(-1_000_000_010));
    clock.set(Long.MAX_VALUE);
    assertEquals(Long.MIN_VALUE, clock.advanceNanos(1));
    assertEquals("ManualClock[-9223372036854775808 ns]", clock.toString());
  }

  @Test
  void advance_moreThan63Bits_throws() {
    ManualClock clock = ManualClock.create();
    assertThrows(
        ArithmeticException.class, () -> clock.advance(Duration.ofSeconds(Long.MAX_VALUE)));
  }
}
