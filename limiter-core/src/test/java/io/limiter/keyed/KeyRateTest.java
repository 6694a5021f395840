package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.rule.Limits;
import org.junit.jupiter.api.Test;

class KeyRateTest {
  private static final long SECOND = 1_000_000_000;

  private static KeyRate rate(String limits, long anchor) {
    return KeyRate.of(Limits.parse(limits), anchor)[0];
  }

  @Test
  void nanos_ofSteps_endWhereAStepBegins() {
    for (long anchor : new long[] {0, -1, 7, Long.MIN_VALUE, Long.MAX_VALUE}) {
      KeyRate steps = rate("2/second fixed-window", anchor);
      assertFalse(steps.countsNanos());
      for (long since : new long[] {0, 1, SECOND - 1, SECOND, 17 * SECOND + 5, -1, -SECOND}) {
        long nanoTime = anchor + since;
        assertEquals(0, steps.nanos(0, nanoTime));
        assertEquals(Decision.NEVER, steps.nanos(Decision.NEVER, nanoTime));
        for (long wait = 1; wait < 5; wait++) {
          long end = nanoTime + steps.nanos(wait, nanoTime);
          assertEquals(steps.units(nanoTime) + wait, steps.units(end));
          assertEquals(steps.units(end) - 1, steps.units(end - 1));
        }
      }
    }
  }

  @Test
  void nanos_beyond64Bits_areNever() {
    KeyRate steps = rate("2/second fixed-window", 0);
    long most = (Decision.NEVER - 1 - SECOND) / SECOND; // steps after the first
    assertEquals(most * SECOND + SECOND, steps.nanos(most + 1, 0));
    assertEquals(Decision.NEVER, steps.nanos(most + 2, 0));
    assertEquals(Decision.NEVER, steps.nanos(Decision.NEVER - 1, 0));
  }

  @Test
  void nanos_ofARate_areThemselves() {
    KeyRate rate = rate("2/second", 7);
    assertTrue(rate.countsNanos());
    assertEquals(5, rate.nanos(5, 9));
    assertEquals(9, rate.units(9));
  }
}
