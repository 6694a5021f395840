package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GcraMathTest {
  private static final long SECOND = 1_000_000_000L;

  private final GcraMath third = GcraMath.of(Rate.perSecond(3)); // m = 3, T = 10^9

  @Test
  void next_threePerSecond_countsThirdsOfANano() {
    assertEquals(SECOND, third.next(GcraMath.FRESH, 0, 1));
    assertEquals(3 * SECOND, third.next(GcraMath.FRESH, 0, 3));
    assertEquals(GcraMath.DENIED, third.next(GcraMath.FRESH, 0, 4));
    assertEquals(GcraMath.DENIED, third.next(3 * SECOND, 333_333_333, 1));
    assertEquals(4 * SECOND, third.next(3 * SECOND, 333_333_334, 1));
  }

  @Test
  void remaining_withinAPermit_isRoundedDown() {
    assertEquals(3, third.remaining(GcraMath.FRESH, 0));
    assertEquals(2, third.remaining(1, 0));
    assertEquals(2, third.remaining(SECOND, 0));
    assertEquals(1, third.remaining(SECOND + 1, 0));
    assertEquals(0, third.remaining(GcraMath.MAX_TAT, 0));
    assertEquals(0, third.remaining(Long.MAX_VALUE, Long.MIN_VALUE));
  }

  @Test
  void retryAfterNanos_withinANano_isRoundedUp() {
    assertEquals(0, third.retryAfterNanos(2 * SECOND, 0, 1));
    assertEquals(1, third.retryAfterNanos(2 * SECOND + 1, 0, 1));
    assertEquals(1, third.retryAfterNanos(2 * SECOND + 3, 0, 1));
    assertEquals(2, third.retryAfterNanos(2 * SECOND + 4, 0, 1));
    assertEquals(Decision.NEVER, third.retryAfterNanos(GcraMath.FRESH, 0, 4));
  }

  @Test
  void resetAfterNanos_outOfRange_isNever() {
    assertEquals(0, third.resetAfterNanos(GcraMath.FRESH, Long.MIN_VALUE));
    assertEquals(334, third.resetAfterNanos(1_000, 0));
    assertEquals(Decision.NEVER, third.resetAfterNanos(GcraMath.MAX_TAT, Long.MIN_VALUE));
  }

  @Test
  void next_beyondTheHorizon_asksToRebase() {
    long horizon = third.horizonNanos();
    assertEquals((1L << 57) - 1, horizon);
    assertTrue(third.next(GcraMath.FRESH, horizon, 1) > 0);
    assertEquals(GcraMath.REBASE, third.next(GcraMath.FRESH, horizon + 1, 1));
    assertEquals(GcraMath.REBASE, third.next(SECOND, Long.MAX_VALUE, 1));
    assertEquals(GcraMath.DENIED, third.next(SECOND, Long.MIN_VALUE, 1));
    assertEquals(GcraMath.REBASE, third.next(GcraMath.FRESH, Long.MIN_VALUE, 1));
  }

  @Test
  void force_beyondTheHorizon_asksToRebase() {
    long horizon = third.horizonNanos();
    assertEquals(3 * horizon + SECOND, third.force(GcraMath.FRESH, horizon, 1));
    assertEquals(GcraMath.REBASE, third.force(GcraMath.FRESH, horizon + 1, 1));
    assertEquals(GcraMath.REBASE, third.force(SECOND, horizon + 1, 1));
    assertEquals(GcraMath.REBASE, third.force(GcraMath.FRESH, Long.MIN_VALUE, 1));
    assertEquals(2 * SECOND, third.force(SECOND, Long.MIN_VALUE, 1)); // behind what is charged
  }

  @Test
  void force_upToTheLargestWord_isADebt() {
    assertEquals(GcraMath.MAX_TAT, third.force(GcraMath.MAX_TAT - SECOND, 0, 1));
    assertEquals(GcraMath.DENIED, third.force(GcraMath.MAX_TAT - SECOND + 1, 0, 1));
    assertEquals(GcraMath.DENIED, third.force(Long.MAX_VALUE, 0, 1));
  }

  @Test
  void nanosUntilLevel_ofDebtsThatOverflowInTicks_isNone() {
    assertEquals(0, third.nanosUntilLevel(GcraMath.MAX_TAT, 0, 3 - 10_000_000_000L)); // 10^19 ticks
    assertEquals(0, third.nanosUntilLevel(GcraMath.MAX_TAT, 0, Long.MIN_VALUE));
    assertEquals(Decision.NEVER, third.nanosUntilLevel(GcraMath.FRESH, 0, 4));
  }

  @Test
  void rebase_thereAndBack_isTheSameWord() {
    assertEquals(SECOND - 300, third.rebase(SECOND, 100));
    assertEquals(SECOND, third.rebase(third.rebase(SECOND, 100), -100));
    assertEquals(GcraMath.FRESH, third.rebase(GcraMath.FRESH, 100));
    assertEquals(GcraMath.FRESH + 1, third.rebase(0, Long.MAX_VALUE));
  }

  @Test
  void refund_morePermitsThanTaken_stopsAtTheReading() {
    assertEquals(SECOND, third.refund(2 * SECOND, 0, 1));
    assertEquals(0, third.refund(2 * SECOND, 0, 3));
    assertEquals(30, third.refund(2 * SECOND, 10, Long.MAX_VALUE));
    assertEquals(GcraMath.FRESH, third.refund(GcraMath.FRESH, 0, 1));
  }

  @Test
  void isExact_capacityAbove61Bits_isFalse() {
    assertTrue(third.isExact());
    assertTrue(GcraMath.of(Rate.perDay(1), 26_687).isExact());
    assertFalse(GcraMath.of(Rate.perSecond(7), 1_000_000_000_000L).isExact());
  }

  /** Ticks of 512 ns divide a second, but readings are rounded to them. */
  @Test
  void isExact_ticksLongerThanANano_isFalse() {
    assertFalse(GcraMath.of(Rate.perSecond(1), 1_000_000_000_000L).isExact());
  }

  @Test
  void rate_ofACompiledRate_isWhatWasAskedFor() {
    assertEquals(Rate.perSecond(3), third.rate());
    assertEquals(3, third.burst());
    assertEquals("3/second burst 3", third.toString());
  }

  /** 1/second burst 10^12: T = 1953125 ticks of 512 ns. */
  private final GcraMath coarse = GcraMath.of(Rate.perSecond(1), 1_000_000_000_000L);

  private static final long COARSE_T = 1_953_125;

  @Test
  void next_ticksLongerThanANano_chargesFromTheNextTick() {
    assertEquals(COARSE_T, coarse.next(GcraMath.FRESH, 0, 1));
    assertEquals(1 + COARSE_T, coarse.next(GcraMath.FRESH, 1, 1));
    assertEquals(1 + COARSE_T, coarse.next(GcraMath.FRESH, 512, 1));
    assertEquals(2 + COARSE_T, coarse.next(GcraMath.FRESH, 513, 1));
  }

  @Test
  void backlog_ticksLongerThanANano_countsFromTheTickBefore() {
    assertEquals(9, coarse.backlog(10, 1_023));
    assertEquals(8, coarse.backlog(10, 1_024));
    assertEquals(-(1L << 51), coarse.backlog(0, 1L << 60)); // beyond the horizon
  }

  @Test
  void resetAfterNanos_ticksLongerThanANano_isTheEndOfTheTick() {
    assertEquals(1_024, coarse.resetAfterNanos(2, 0));
    assertEquals(511, coarse.resetAfterNanos(2, 513));
    assertEquals(0, coarse.resetAfterNanos(1, 513));
  }

  @Test
  void uncharge_ticksLongerThanANano_countsABegunTickAsDrained() {
    assertEquals(1, coarse.uncharge(COARSE_T, 1, 1, COARSE_T, 1));
  }

  @Test
  void refund_permitsThatOverflowInTicks_stopsAtTheReading() {
    assertEquals(30, third.refund(2 * SECOND, 10, 10_000_000_000L)); // 10^19 is below 2^64
  }

  /** The least T at the very edge of what fits: by hand, from above = (1 + j*a)/j. */
  @Test
  void next_roundedInterval_isTheLeastThatFits() {
    long n = 999_999_999_989L;
    GcraMath rounded = GcraMath.of(Rate.ofNanos(n, (n << 20) + 1), 1 << 10);
    assertEquals((1L << 51) - (1L << 20) + 1, rounded.next(GcraMath.FRESH, 0, 1));
    assertEquals(1L << 61, GcraMath.of(Rate.ofNanos(1, 1L << 62), 1).next(GcraMath.FRESH, 0, 1));
    assertEquals(
        (1L << 60) + 1, GcraMath.of(Rate.ofNanos(2, (1L << 62) + 1), 1).next(GcraMath.FRESH, 0, 1));
  }

  @Test
  void reprice_debtBeyondTheRange_isCutDown() {
    GcraMath fast = GcraMath.of(Rate.ofNanos(1, 1));
    GcraMath slow = GcraMath.of(Rate.ofNanos(1, 4));
    assertEquals(GcraMath.MAX_TAT, slow.reprice(1L << 61, 0, fast)); // 2^63 ticks
    assertEquals(GcraMath.MAX_TAT, slow.reprice(1L << 60, 0, fast)); // 2^62 ticks
    assertEquals(1L << 60, slow.reprice(1L << 58, 0, fast));
  }

  @Test
  void next_noPermits_isUnchangedIffTheLevelIsNotNegative() {
    assertEquals(GcraMath.UNCHANGED, third.next(GcraMath.FRESH, 0, 0));
    assertEquals(GcraMath.UNCHANGED, third.next(3 * SECOND, 0, 0));
    assertEquals(GcraMath.DENIED, third.next(3 * SECOND + 1, 0, 0));
    assertEquals(GcraMath.DENIED, third.next(3 * SECOND + 4, 1, 0)); // a ns has 3 ticks
    assertEquals(GcraMath.UNCHANGED, third.next(3 * SECOND + 3, 1, 0));
  }

  @Test
  void next_noPermits_neverAsksForAnotherOrigin() {
    for (long far : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, third.horizonNanos() + 1}) {
      assertEquals(GcraMath.UNCHANGED, third.next(GcraMath.FRESH, far, 0));
    }
    assertEquals(GcraMath.UNCHANGED, third.next(GcraMath.MAX_TAT, Long.MAX_VALUE, 0));
    assertEquals(GcraMath.DENIED, third.next(0, Long.MIN_VALUE, 0));
    assertEquals(GcraMath.DENIED, third.next(GcraMath.MAX_TAT + 1, Long.MAX_VALUE, 0));
  }

  @Test
  void noPermits_chargeAndGiveBackNothing() {
    for (long tat : new long[] {GcraMath.FRESH, 0, SECOND, GcraMath.MAX_TAT}) {
      for (long nanos : new long[] {0, 7, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertEquals(tat, third.force(tat, nanos, 0));
        assertEquals(tat, third.refund(tat, nanos, 0));
        assertEquals(tat, third.uncharge(tat, nanos, 0, 9 * SECOND, 1));
      }
    }
  }

  /** B = 6 and T = 4 became B' and T': the level, and the debt, in permits. */
  @Test
  void reprice_eachPolicy_isItsFormula() {
    assertReprices(LevelPolicy.SPENT, 10, 6, 10); // fresh stays fresh
    assertReprices(LevelPolicy.SPENT, 10, 2, 6);
    assertReprices(LevelPolicy.SPENT, 10, -3, 1); // the raise pays the debt
    assertReprices(LevelPolicy.SPENT, 10, -5, -1);
    assertReprices(LevelPolicy.SPENT, 3, 6, 3);
    assertReprices(LevelPolicy.SPENT, 3, 5, 2);
    assertReprices(LevelPolicy.SPENT, 3, 1, 0); // and no new debt
    assertReprices(LevelPolicy.SPENT, 3, -2, -2);
    assertReprices(LevelPolicy.KEEP, 10, 6, 6);
    assertReprices(LevelPolicy.KEEP, 10, -3, -3);
    assertReprices(LevelPolicy.KEEP, 3, 5, 3);
    assertReprices(LevelPolicy.PROPORTIONAL, 12, 5, 10);
    assertReprices(LevelPolicy.PROPORTIONAL, 3, 2, 1);
    assertReprices(LevelPolicy.PROPORTIONAL, 3, -2, -2);
    assertReprices(LevelPolicy.FRESH, 10, -3, 10);
    assertReprices(LevelPolicy.EMPTY, 10, 6, 0);
    assertReprices(LevelPolicy.EMPTY, 10, -3, -3);
  }

  private static void assertReprices(LevelPolicy policy, long burst, long level, long expected) {
    GcraMath old = GcraMath.of(Rate.ofNanos(1, 4), 6);
    GcraMath math = GcraMath.of(Rate.ofNanos(1, 9), burst);
    long word = math.reprice(100 + (6 - level) * 4, 100, old, policy);
    assertEquals(expected == burst ? GcraMath.FRESH : (burst - expected) * 9, word);
  }

  @Test
  void reprice_withoutAPolicy_isSpent() {
    GcraMath old = GcraMath.of(Rate.ofNanos(1, 4), 6);
    GcraMath math = GcraMath.of(Rate.ofNanos(1, 9), 10);
    assertEquals(math.reprice(8, 0, old, LevelPolicy.SPENT), math.reprice(8, 0, old));
    assertEquals(2 * 9, math.reprice(8, 0, old));
  }
}
