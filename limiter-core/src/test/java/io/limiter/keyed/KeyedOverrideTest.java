package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys that an object decides, and what passes between words and objects. */
class KeyedOverrideTest {
  private static final List<String> ALGORITHMS =
      List.of("5/second fixed-window", "7/second sliding-log", "4/minute");

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 5);

  private KeyedLimiter<String> limiter(String limits) {
    return KeyedLimiter.<String>builder(Limits.parse(limits), clock).build();
  }

  @Test
  void override_amongAlgorithms_whatWasSpentStaysSpent() {
    for (String first : ALGORITHMS) {
      for (String second : ALGORITHMS) {
        KeyedLimiter<String> limiter = limiter(first);
        assertTrue(limiter.tryAcquire("a", 2));
        limiter.override("a", Limits.parse(second));
        long burst = Limits.parse(second).rules().get(0).burst();
        assertEquals(burst - 2, limiter.peek("a").remaining(), first + " to " + second);
        assertTrue(limiter.tryAcquire("a"));
        assertTrue(limiter.clearOverride("a"));
        burst = limiter.limits().rules().get(0).burst();
        assertEquals(burst - 3, limiter.peek("a").remaining(), second + " to " + first);
        assertTrue(limiter.tryAcquire("a", burst - 3));
        assertFalse(limiter.tryAcquire("a"));
      }
    }
  }

  @Test
  void override_ofPartOfAPermit_isRoundedAgainstTheKey() {
    KeyedLimiter<String> limiter = limiter("4/minute");
    assertTrue(limiter.tryAcquire("a", 2));
    clock.advance(Duration.ofSeconds(1)); // a fifteenth of a permit
    limiter.override("a", Limits.parse("4/second fixed-window"));
    assertEquals(2, limiter.peek("a").remaining());
    clock.advance(Duration.ofSeconds(1));
    assertEquals(4, limiter.peek("a").remaining());
  }

  @Test
  void clearOverride_severalRates_keepsTheLevelOfEach() {
    String limits = "4/second, 60/minute, 900/hour"; // a permit takes whole ns: nothing is rounded
    KeyedLimiter<String> limiter =
        KeyedLimiter.<String>builder(Limits.parse(limits), clock).maxKeys(100).build();
    for (int key = 0; key < 20; key++) {
      assertTrue(limiter.tryAcquire("key" + key, 2));
    }
    for (int key = 0; key < 20; key++) {
      limiter.override("key" + key, Limits.parse(limits));
      assertTrue(limiter.decide("key" + key).admitted());
      assertTrue(limiter.clearOverride("key" + key));
    }
    for (int key = 0; key < 20; key++) {
      assertEquals(new Decision(true, 1, 0, 12_000_000_000L, -1), limiter.peek("key" + key));
      Decision told = limiter.peek("key" + key, 58);
      assertEquals(new Decision(false, 1, Decision.NEVER, 12_000_000_000L, 0), told);
    }
    clock.advance(Duration.ofSeconds(1));
    for (int key = 0; key < 20; key++) {
      assertEquals(new Decision(true, 4, 0, 11_000_000_000L, -1), limiter.peek("key" + key));
    }
  }

  @Test
  void penalize_thenOverriddenAndCleared_holdsWhereverTheClockStarts() {
    for (long start : new long[] {Long.MIN_VALUE, -1_000_000_000_000L, -1, 0, 1L << 62}) {
      ManualClock clock = ManualClock.startingAt(start);
      KeyedLimiter<String> limiter =
          KeyedLimiter.<String>builder(Limits.parse("5/second"), clock).build();
      limiter.penalize("a", Duration.ofSeconds(30));
      limiter.override("a", Limits.parse("100/second"));
      assertEquals(30_000_000_000L, limiter.peek("a").retryAfterNanos());
      limiter.clearOverride("a");
      assertEquals(30_000_000_000L, limiter.peek("a").retryAfterNanos());
    }
  }

  @Test
  void clearOverride_freshKey_isFreshForOldReadings() {
    KeyedLimiter<String> limiter = limiter("3/second");
    long nanoTime = clock.nanoTime();
    limiter.override("a", Limits.parse("3/minute"));
    limiter.clearOverride("a");
    assertTrue(limiter.tryAcquireAt(nanoTime - 1_000_000_000, "a", 3));
  }

  @Test
  void penalize_keyWithItsOwnLimits_outlivesTheNext() {
    for (String limits : List.of("5/second", "5/second sliding-log", "5/second fixed-window")) {
      KeyedLimiter<String> limiter = limiter(limits);
      limiter.override("a", Limits.parse("100/second"));
      assertTrue(limiter.penalize("a", Duration.ofSeconds(30)));
      limiter.override("a", Limits.parse("50/second"));
      assertEquals(30_000_000_000L, limiter.peek("a").retryAfterNanos(), limits);
      assertFalse(limiter.tryAcquire("a"));
      clock.advance(Duration.ofSeconds(10));
      assertTrue(limiter.clearOverride("a"));
      assertEquals(20_000_000_000L, limiter.peek("a").retryAfterNanos(), limits);
      assertFalse(limiter.tryAcquire("a"));
      clock.advance(Duration.ofSeconds(20));
      assertTrue(limiter.tryAcquire("a"));
    }
  }

  @Test
  void penalize_anyRates_holdsAsLongAsAsked() {
    for (String limits :
        List.of("5/second, 100/hour", "7777777/second", "5/second fixed-window", "1/day")) {
      KeyedLimiter<String> limiter = limiter(limits);
      assertTrue(limiter.penalize("a", Duration.ofMillis(2_500)));
      assertTrue(limiter.penalize("a", Duration.ofSeconds(1)), "only tightens");
      assertEquals(2_500_000_000L, limiter.peek("a").retryAfterNanos(), limits);
      assertFalse(limiter.peek("a", 0).admitted());
      clock.advance(Duration.ofMillis(2_500).minusNanos(1));
      assertFalse(limiter.tryAcquire("a"), limits);
      clock.advanceNanos(1);
      assertTrue(limiter.tryAcquire("a"), limits);
    }
  }

  @Test
  void penalize_limitsWithoutARate_isRefused() {
    for (String limits : List.of("2 concurrent", "unlimited", "blocked")) {
      KeyedLimiter<String> limiter = limiter(limits);
      assertThrows(
          UnsupportedOperationException.class,
          () -> limiter.penalize("a", Duration.ofSeconds(1)),
          limits);
      assertEquals(0, limiter.size());
    }
  }

  @Test
  void penalize_noRoom_isNotRemembered() {
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("3/hour"), clock)
        .maxKeys(1)
        .whenFull(OverflowPolicy.deny())
        .build();
    assertTrue(limiter.tryAcquire("known"));
    assertFalse(limiter.penalize("unknown", Duration.ofSeconds(1)));
    assertTrue(limiter.penalize("unknown", Duration.ZERO));
    assertTrue(limiter.penalize("known", Duration.ofSeconds(1)));
  }

  @Test
  void refund_thatTheAlgorithmCannotDo_saysSo() {
    KeyedLimiter<String> limiter = limiter("3/second sliding-log");
    assertTrue(limiter.tryAcquire("a"));
    clock.advanceNanos(1);
    assertTrue(limiter.tryAcquire("a"));
    assertFalse(limiter.refund("a", 2)); // not of one time
    assertEquals(1, limiter.peek("a").remaining());
    assertTrue(limiter.refund("a", 1));
    assertEquals(2, limiter.peek("a").remaining());
    KeyedLimiter<String> gates = limiter("3 concurrent");
    gates.tryEnter("a").close();
    assertFalse(gates.refund("a", 1));
  }

  @Test
  void concurrencyBeforeARate_isTheFirstThatDenies() {
    KeyedLimiter<String> limiter = limiter("2 concurrent, 3/second");
    assertThrows(UnsupportedOperationException.class, () -> limiter.tryAcquire("a"));
    assertThrows(UnsupportedOperationException.class, () -> limiter.decide("a"));
    assertTrue(limiter.peek("a", 2).admitted());
    try (Permit one = limiter.tryEnter("a")) {
      assertTrue(one.granted());
      assertEquals(1, limiter.peek("a").remaining());
      assertTrue(limiter.peek("a").admitted());
      assertEquals(0, limiter.peek("a", 2).deniedBy());
      assertEquals(Decision.NEVER, limiter.peek("a", 2).retryAfterNanos());
      assertEquals(0, limiter.tryEnter("a", 2).decision().deniedBy());
    }
    assertTrue(limiter.refund("a", 1));
    limiter.tryEnter("a", 2).close();
    limiter.tryEnter("a").close();
    Decision told = limiter.peek("a");
    assertEquals(new Decision(false, 0, 333_333_334, 1_000_000_000, 1), told);
    assertEquals(told, limiter.tryEnter("a").decision());
    limiter.penalize("a", Duration.ofSeconds(30));
    told = limiter.peek("a");
    assertEquals(new Decision(false, 0, 30_000_000_000L, 30_000_000_000L, 1), told);
    assertEquals(told, limiter.tryEnter("a").decision());
    clock.advance(Duration.ofSeconds(29));
    told = limiter.peek("a");
    assertEquals(new Decision(false, 0, 1_000_000_000, 1_000_000_000, 1), told);
    assertFalse(limiter.tryEnter("a").granted());
  }

  @Test
  void tryEnter_deniedByALaterRate_saysWhich() {
    KeyedLimiter<String> limiter = limiter("100/second, 5/minute, 50/hour");
    for (int i = 0; i < 5; i++) {
      assertEquals(4 - i, limiter.tryEnter("a").decision().remaining());
    }
    Decision told = limiter.peek("a");
    assertEquals(new Decision(false, 0, 12_000_000_000L, 360_000_000_000L, 1), told);
    assertEquals(told, limiter.tryEnter("a").decision());
  }

  @Test
  void concurrencyAlone_isNotLimitedInTime() {
    KeyedLimiter<String> limiter = limiter("2 concurrent");
    assertEquals(new Decision(true, 2, 0, 0, -1), limiter.peek("a"));
    for (int i = 0; i < 9; i++) {
      limiter.tryEnter("a", 2).close();
    }
    try (Permit both = limiter.tryEnter("a", 2)) {
      assertTrue(both.granted());
      assertTrue(limiter.forget("a")); // but for permits in flight
      assertFalse(limiter.tryEnter("a").granted());
      limiter.override("a", Limits.parse("3 concurrent"));
      assertEquals(1, limiter.peek("a").remaining());
      assertTrue(limiter.clearOverride("a"));
      assertFalse(limiter.tryEnter("a").granted());
    }
    assertTrue(limiter.tryEnter("a", 2).granted());
  }

  @Test
  void refund_keyThatIsFreshThen_makesRoom() {
    for (String limits : List.of("3/hour", "3/hour, 5/day", "3/hour sliding-log")) {
      KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse(limits), clock)
          .maxKeys(5)
          .whenFull(OverflowPolicy.deny())
          .build();
      for (int i = 0; i < 5; i++) {
        assertTrue(limiter.tryAcquire("known" + i, 2));
      }
      assertFalse(limiter.tryAcquire("late"), limits);
      assertTrue(limiter.refund("known3", 1));
      assertFalse(limiter.tryAcquire("late"), limits);
      assertTrue(limiter.refund("known3", 1));
      assertTrue(limiter.tryAcquire("late"), limits);
      assertFalse(limiter.tryAcquire("known3"), limits);
      assertEquals(5, limiter.size());
    }
  }

  /** A key that is not known has the level of a fresh one: whether it was forgotten is unobservable. */
  @Test
  void override_freshKey_isTheSameKnownOrNot() {
    for (String limits : List.of(
        "7/second",
        "7/second sliding-log",
        "7/second sliding-log, 9/hour",
        "3/second, 2 concurrent")) {
      KeyedLimiter<String> limiter =
          KeyedLimiter.<String>builder(Limits.parse(limits), clock).build();
      limiter.tryEnter("known").close();
      clock.advance(Duration.ofHours(2)); // fresh again, and not forgotten yet
      assertEquals(1, limiter.size());
      for (String own : List.of("100/hour", "100/hour sliding-log", "5 concurrent", "unlimited")) {
        limiter.override("known", Limits.parse(own));
        limiter.override("unknown" + own, Limits.parse(own));
        assertEquals(limiter.peek("known"), limiter.peek("unknown" + own), limits + " " + own);
        limiter.clearOverride("known");
        clock.advance(Duration.ofHours(2));
      }
    }
  }
}
