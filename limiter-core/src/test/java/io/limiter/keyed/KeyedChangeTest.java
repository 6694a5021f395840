package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is spent, and what is in flight, when the limits of a key change. */
class KeyedChangeTest {
  private final ManualClock clock = ManualClock.startingAt(-7);

  private KeyedLimiter<String> limiter(String limits) {
    return KeyedLimiter.<String>builder(Limits.parse(limits), clock)
        .maxKeys(100)
        .build();
  }

  private static long drain(KeyedLimiter<String> limiter, String key) {
    long taken = 0;
    while (limiter.tryAcquire(key)) {
      taken++;
    }
    return taken;
  }

  private static long remaining(KeyedLimiter<String> limiter) {
    return limiter.peek("a").remaining();
  }

  /** Today: 480 of 6000. */
  @Test
  void override_freshKey_isFreshUnderItsNewLimits() {
    KeyedLimiter<String> limiter = limiter("480/minute");
    limiter.tryAcquire("known");
    clock.advance(Duration.ofHours(1));
    limiter.override("known", Limits.parse("6000/minute"));
    limiter.override("unknown", Limits.parse("6000/minute"));
    assertEquals(6000, limiter.peek("known").remaining());
    assertEquals(6000, limiter.peek("unknown").remaining());
    limiter.clearOverride("known");
    assertEquals(480, limiter.peek("known").remaining());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60/hour, 300/day | 60/hour fixed-window, 300/day",
        "60/hour, 300/day | 60/hour sliding-log, 300/day",
        "60/hour, 300/day | 300/day, 60/hour",
        "60/hour, 300/day | 60/hour token-bucket, 300/day",
        "60/hour, 300/day | 60/hour",
        "300/day, 60/hour | 60/hour",
        "60/hour, 300/day | 30/minute, 60/hour, 300/day",
        "60/hour sliding-log, 300/day sliding-log | 60/hour, 300/day",
        "60/hour fixed-window, 300/day | 50/minute, 60/hour sliding-log, 300/day sliding-log"
      })
  void override_ruleInAnotherPlaceOrAlgorithm_nothingIsMinted(String limits, String own) {
    KeyedLimiter<String> limiter = limiter(limits);
    assertEquals(60, drain(limiter, "a"));
    for (int i = 0; i < 5; i++) {
      limiter.override("a", Limits.parse(own));
      assertEquals(0, drain(limiter, "a"));
      limiter.clearOverride("a");
      assertEquals(0, drain(limiter, "a"));
    }
  }

  @Test
  void override_ofAnotherPeriod_goesOnByPlace() {
    KeyedLimiter<String> limiter = limiter("60/hour, 3/second");
    assertEquals(3, drain(limiter, "a"));
    limiter.override("a", Limits.parse("70/day, 9/second"));
    assertEquals(6, drain(limiter, "a"));
    clock.advance(Duration.ofSeconds(1));
    assertTrue(limiter.tryAcquire("a", 9));
    limiter.override("a", Limits.parse("70/day"));
    assertEquals(
        70 - 18, remaining(limiter), "3 of them under 60/hour, which are paid back slower");
  }

  @ParameterizedTest
  @ValueSource(strings = {"blocked", "unlimited"})
  void override_limitsWithoutRules_keepWhatWasSpentBefore(String without) {
    for (String limits : List.of("9/minute", "9/minute sliding-log", "9/minute, 5 concurrent")) {
      KeyedLimiter<String> limiter = limiter(limits);
      limiter.tryEnter("a", 4).close();
      limiter.tryEnter("a", 3).close();
      limiter.override("a", Limits.parse(without));
      limiter.override("a", Limits.parse(without.equals("blocked") ? "unlimited" : "blocked"));
      limiter.override("a", Limits.parse(without));
      limiter.override("another", Limits.parse(without));
      limiter.clearOverride("another");
      limiter.override("a", Limits.parse("8/minute"));
      assertEquals(1, remaining(limiter), limits);
      limiter.override("a", Limits.parse(without));
      clock.advance(Duration.ofMinutes(1));
      limiter.clearOverride("a");
      assertEquals(limits.contains("concurrent") ? 5 : 9, remaining(limiter), limits);
    }
  }

  /** The limits of all keys have no rules either, and the key could be forgotten. */
  @ParameterizedTest
  @ValueSource(strings = {"blocked", "unlimited"})
  void clearOverride_toLimitsWithoutRules_isForgottenOnlyOnceNothingIsSpent(String all) {
    KeyedLimiter<String> limiter = limiter(all);
    limiter.override("a", Limits.parse("9/minute"));
    assertTrue(limiter.tryAcquire("a", 9));
    limiter.clearOverride("a");
    limiter.forgetFresh();
    assertEquals(1, limiter.size());
    limiter.override("a", Limits.parse("9/minute"));
    assertEquals(0, remaining(limiter));
    limiter.clearOverride("a");
    clock.advance(Duration.ofMinutes(1));
    limiter.forgetFresh();
    assertEquals(0, limiter.size());
  }

  /** Under limits that are loaded again each hour. */
  @Test
  void override_ofALogByTheSameLimits_isDatedAsBefore() {
    for (String day : List.of("1/day sliding-log", "1/day sliding-log, 5/hour")) {
      Limits daily = Limits.parse(day);
      KeyedLimiter<String> limiter = limiter(day);
      assertTrue(limiter.tryAcquire("a"));
      int admitted = 0;
      for (int hour = 1; hour <= 240; hour++) {
        clock.advance(Duration.ofHours(1));
        limiter.override("a", daily);
        admitted += limiter.tryAcquire("a") ? 1 : 0;
        limiter.clearOverride("a");
      }
      assertEquals(10, admitted);
    }
  }

  @Test
  void override_ofALogByASmallerLog_keepsItsNewestDates() {
    KeyedLimiter<String> limiter = limiter("2000/day sliding-log");
    assertTrue(limiter.tryAcquire("a", 100));
    clock.advance(Duration.ofHours(1));
    assertTrue(limiter.tryAcquire("a", 128));
    limiter.override("a", Limits.parse("200/day sliding-log"));
    assertFalse(limiter.tryAcquire("a"));
    assertEquals(Duration.ofHours(23).toNanos(), limiter.peek("a").retryAfterNanos());
    clock.advance(Duration.ofHours(23));
    assertEquals(72, remaining(limiter));
    limiter.override("a", Limits.parse("200/12 hours sliding-log"));
    assertEquals(200, remaining(limiter), "a shorter period frees what is older at once");
    limiter.clearOverride("a");
    assertEquals(2000, remaining(limiter), "what has left stays out");
  }

  @Test
  void override_ofSeveralWindows_goesOnWithThoseOfTheSamePeriod() {
    KeyedLimiter<String> limiter = limiter("5/second sliding-log, 20/minute sliding-log");
    for (int i = 0; i < 3; i++) {
      assertTrue(limiter.tryAcquire("a", 5));
      clock.advance(Duration.ofSeconds(10));
    }
    limiter.override("a", Limits.parse("30/minute sliding-log"));
    assertEquals(15, remaining(limiter));
    clock.advance(Duration.ofSeconds(30));
    assertEquals(20, remaining(limiter));
    limiter.override("a", Limits.parse("7/second sliding-log"));
    assertEquals(7, remaining(limiter), "no rule goes on");
  }

  @Test
  void override_ofARateByALog_datesNowWhatIsSpent() {
    for (String limits : List.of("8/second", "8/minute fixed-window", "8/minute token-bucket")) {
      KeyedLimiter<String> limiter = limiter(limits);
      assertTrue(limiter.tryAcquire("a", 5));
      limiter.override("a", Limits.parse("6/minute sliding-log"));
      assertEquals(1, remaining(limiter), limits);
      clock.advance(Duration.ofMinutes(1).minusNanos(1));
      assertEquals(1, remaining(limiter), limits);
      clock.advanceNanos(1);
      assertEquals(6, remaining(limiter), limits);
      assertTrue(limiter.tryAcquire("a", 4));
      clock.advance(Duration.ofSeconds(30));
      limiter.clearOverride("a");
      assertEquals(4, remaining(limiter), limits + ": 4 were in the window");
    }
  }

  /** The dates of one window, and permits without dates of the other: neither is looser than before. */
  @Test
  void override_ofALogAndARateByOneLog_countsBoth() {
    KeyedLimiter<String> limiter = limiter("5/second sliding-log, 20/minute");
    for (int i = 0; i < 3; i++) {
      assertTrue(limiter.tryAcquire("a", 5));
      clock.advance(Duration.ofSeconds(1));
    }
    assertTrue(limiter.tryAcquire("a", 2)); // 16 of the 20 are missing
    limiter.override("a", Limits.parse("5/second sliding-log, 20/minute sliding-log"));
    clock.advance(Duration.ofSeconds(1));
    assertEquals(4, remaining(limiter));
    clock.advance(Duration.ofSeconds(59));
    assertEquals(5, remaining(limiter));
  }

  @Test
  void clearOverride_permitsInFlight_stayCounted() {
    for (String limits : List.of("1000/second", "1000/second sliding-log", "unlimited")) {
      KeyedLimiter<String> limiter = limiter(limits);
      Limits own = Limits.parse("5 concurrent");
      limiter.override("a", own);
      List<Permit> held = new ArrayList<>();
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 10; i++) {
          Permit permit = limiter.tryEnter("a");
          if (permit.granted()) {
            held.add(permit);
          }
        }
        limiter.clearOverride("a");
        limiter.override("another", own); // so that the table is replaced
        limiter.clearOverride("another");
        limiter.override("a", own);
      }
      assertEquals(5, held.size(), limits);
      limiter.clearOverride("a");
      held.forEach(Permit::close);
      limiter.override("a", own);
      assertTrue(limiter.tryEnter("a", 5).granted(), limits);
    }
  }

  /** The entry that is kept for permits in flight decides as the limits of all keys, until it is fresh. */
  @Test
  void clearOverride_withPermitsInFlight_keepsAnEntryUntilTheKeyIsFresh() {
    Store store =
        new Store(Settings.of(Limits.parse("9/minute, 50/hour"), clock), key -> 7, false, null);
    store.override("a", 7, Limits.parse("9/minute, 50/hour, 2 concurrent"));
    Permit permit = store.tryEnter("a", 7, clock.nanoTime(), 2);
    store.clearOverride("a", 7);
    assertTrue(store.tryAcquire("a", 7, clock.nanoTime(), 3));
    assertFalse(store.tryAcquire("a", 7, clock.nanoTime(), 5));
    clock.advance(Duration.ofHours(1));
    store.forgetFresh();
    assertNotNull(entry(store, "a"));
    permit.close();
    assertTrue(store.tryAcquire("a", 7, clock.nanoTime(), 1));
    store.forgetFresh();
    assertNotNull(entry(store, "a"), "a permit is missing");
    clock.advance(Duration.ofMinutes(2));
    long before = clock.nanoTime() - 1;
    store.forgetFresh();
    assertEquals(0, store.size());
    assertFalse(store.tryAcquire("a", 7, before, 9), "what was forgotten later stays counted");
    assertTrue(store.tryAcquire("a", 7, clock.nanoTime(), 9));
    assertNull(entry(store, "a"));
  }

  private static KeyEntry entry(Store store, String key) {
    Table table = store.table(7);
    return table.entry(table.find(key, 7));
  }

  @Test
  void forget_keyWithPermitsInFlight_stillCountsThemAfterClearOverride() {
    KeyedLimiter<String> limiter = limiter("9/minute");
    Limits own = Limits.parse("9/minute, 2 concurrent");
    limiter.override("a", own);
    try (Permit both = limiter.tryEnter("a", 2)) {
      assertTrue(both.granted());
      limiter.clearOverride("a");
      assertTrue(limiter.forget("a"));
      assertEquals(9, remaining(limiter));
      limiter.override("a", own);
      assertFalse(limiter.tryEnter("a").granted());
    }
    assertTrue(limiter.tryEnter("a", 2).granted());
  }

  /** Calls that come between the clock and the freeze of the entry would be dated back. */
  @ParameterizedTest
  @ValueSource(
      strings = {"100/second sliding-log", "100/second fixed-window", "100/second token-bucket"})
  void override_operatorStallsAtTheClock_datesNoAdmissionBack(String text) {
    Limits limits = Limits.parse(text);
    long[] admitted = new long[1];
    Runnable[] stall = {() -> {}};
    List<KeyedLimiter<String>> limiter = new ArrayList<>();
    NanoClock stalling = () -> {
      long reading = clock.nanoTime(); // and only then the thread stalls
      Runnable now = stall[0];
      stall[0] = () -> {};
      now.run();
      return reading;
    };
    limiter.add(KeyedLimiter.<String>builder(limits, stalling).build());
    limiter.get(0).override("a", limits);
    assertTrue(limiter.get(0).tryAcquire("a"));
    clock.advance(Duration.ofMillis(999));
    stall[0] = () -> {
      clock.advance(Duration.ofMillis(901));
      admitted[0] += drainAt(limiter.get(0), clock.nanoTime());
    };
    limiter.get(0).override("a", Limits.parse(text));
    clock.advance(Duration.ofMillis(99));
    admitted[0] += drainAt(limiter.get(0), clock.nanoTime());
    long refilled = text.endsWith("bucket") ? 9 : 0;
    assertEquals(100 + refilled, admitted[0]);
  }

  private static long drainAt(KeyedLimiter<String> limiter, long nanoTime) {
    long taken = 0;
    while (limiter.tryAcquireAt(nanoTime, "a", 1)) {
      taken++;
    }
    return taken;
  }
}
