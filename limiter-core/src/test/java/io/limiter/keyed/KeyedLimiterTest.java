package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeyedLimiterTest {
  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 5);

  private KeyedLimiter<String> limiter(String limits) {
    return builder(limits).build();
  }

  private KeyedLimiter.Builder<String> builder(String limits) {
    return KeyedLimiter.builder(Limits.parse(limits), clock);
  }

  private static int admitted(KeyedLimiter<String> limiter, String key, int calls) {
    int admitted = 0;
    for (int i = 0; i < calls; i++) {
      admitted += limiter.tryAcquire(key) ? 1 : 0;
    }
    return admitted;
  }

  @Test
  void tryAcquire_twoKeys_doNotShare() {
    KeyedLimiter<String> limiter = limiter("3/second");
    assertEquals(3, admitted(limiter, "a", 5));
    assertEquals(3, admitted(limiter, "b", 5));
    assertEquals(new Decision(false, 0, 333_333_334, 1_000_000_000, 0), limiter.decide("a"));
    clock.advance(Duration.ofSeconds(1));
    assertEquals(3, admitted(limiter, "a", 5));
  }

  @Test
  void tryAcquire_moreThanTheBurst_neverAdmitsAndKeepsNoKey() {
    KeyedLimiter<String> limiter = limiter("3/second");
    assertFalse(limiter.tryAcquire("a", 4));
    assertEquals(new Decision(false, 3, Decision.NEVER, 0, 0), limiter.decide("a", 4));
    assertEquals(0, limiter.size());
  }

  @Test
  void arguments_bad_throw() {
    KeyedLimiter<String> limiter = limiter("3/second, 10 concurrent");
    assertThrows(NullPointerException.class, () -> limiter.tryAcquire(null));
    assertThrows(IllegalArgumentException.class, () -> limiter.tryEnter("a", -1));
    assertThrows(UnsupportedOperationException.class, () -> limiter.tryAcquire("a"));
    KeyedLimiter<String> words = limiter("3/second");
    assertThrows(IllegalArgumentException.class, () -> words.tryAcquire("a", -1));
    assertTrue(words.tryAcquire("a", 0));
    assertEquals(0, words.size());
    assertThrows(IllegalArgumentException.class, () -> words.peek("a", -3));
    assertThrows(IllegalArgumentException.class, () -> words.refund("a", -1));
    assertThrows(NullPointerException.class, () -> words.override("a", null));
    assertThrows(IllegalArgumentException.class, () -> builder("3/second").maxKeys(0));
  }

  @Test
  void fixedWindow_keysOfAllAges_shareTheSteps() {
    for (long start : new long[] {Long.MAX_VALUE - 5, 0, -1}) {
      ManualClock clock = ManualClock.startingAt(start);
      KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(
              Limits.parse("2/second fixed-window"), clock)
          .build();
      clock.advance(Duration.ofMillis(700));
      assertEquals(2, admitted(limiter, "a", 3));
      assertEquals(300_000_000, limiter.peek("a").retryAfterNanos());
      clock.advanceNanos(299_999_999);
      assertEquals(0, admitted(limiter, "a", 3));
      clock.advanceNanos(1);
      assertEquals(2, admitted(limiter, "a", 3));
    }
  }

  @Test
  void refund_takenPermits_areThereAgain() {
    KeyedLimiter<String> limiter = limiter("3/second, 5/minute");
    assertEquals(3, admitted(limiter, "a", 5));
    assertTrue(limiter.refund("a", 2));
    assertEquals(2, admitted(limiter, "a", 5));
    assertTrue(limiter.refund("nobody", 2));
    assertEquals(1, limiter.size());
  }

  @Test
  void refund_manyKeys_eachGetsItsOwn() {
    for (String limits : List.of("9/second", "9/second, 100/hour", "9/second sliding-log")) {
      KeyedLimiter<String> limiter = builder(limits).maxKeys(1_000).build();
      for (int i = 0; i < 200; i++) {
        assertTrue(limiter.tryAcquire("key" + i, 5));
        assertTrue(limiter.tryAcquire("key" + i, 1 + i % 4));
        assertTrue(limiter.refund("key" + i, 1 + i % 4));
      }
      for (int i = 0; i < 200; i++) {
        assertEquals(4, limiter.peek("key" + i).remaining(), limits);
      }
    }
  }

  @Test
  void override_raised_whatWasSpentStaysSpent() {
    KeyedLimiter<String> limiter = limiter("60/hour");
    assertEquals(59, admitted(limiter, "team", 59));
    limiter.override("team", Limits.parse("6000/hour, 7000/second"));
    assertEquals(6000 - 59, limiter.peek("team").remaining());
    assertTrue(limiter.tryAcquire("team", 6000 - 59));
    assertFalse(limiter.tryAcquire("team"));
    assertEquals(600_000_000, limiter.peek("team").retryAfterNanos());
    limiter.override("team", Limits.parse("6000/hour, 100/second"));
    clock.advance(Duration.ofHours(1));
    assertEquals(100, limiter.peek("team").remaining());
    assertTrue(limiter.clearOverride("team"));
    assertFalse(limiter.clearOverride("team"));
    assertEquals(60, limiter.peek("team").remaining());
    assertEquals(60, limiter.peek("other").remaining());
  }

  @Test
  void override_lowered_makesNoDebtAndForgivesWhatNoLongerFits() {
    KeyedLimiter<String> limiter = limiter("100/second");
    assertEquals(30, admitted(limiter, "a", 30));
    limiter.override("a", Limits.parse("10/second"));
    assertEquals(0, limiter.peek("a").remaining());
    assertEquals(1_000_000_000, limiter.peek("a").resetAfterNanos());
    assertTrue(limiter.clearOverride("a"));
    assertEquals(90, limiter.peek("a").remaining());
    assertEquals(100_000_000, limiter.peek("a").resetAfterNanos());
  }

  @Test
  void override_untouched_survivesFreshness() {
    KeyedLimiter<String> limiter = builder("3/second").maxKeys(4).build();
    limiter.override("team", Limits.parse("5/second"));
    clock.advance(Duration.ofDays(1));
    for (int i = 0; i < 100; i++) {
      limiter.tryAcquire("key" + i);
      clock.advance(Duration.ofMillis(100));
    }
    assertEquals(5, admitted(limiter, "team", 9));
    limiter.override("team", Limits.parse("unlimited"));
    assertEquals(9, admitted(limiter, "team", 9));
    limiter.override("team", Limits.parse("blocked"));
    assertEquals(0, admitted(limiter, "team", 9));
    assertTrue(limiter.clearOverride("team"));
    assertEquals(0, admitted(limiter, "team", 9), "5 were spent before");
    clock.advance(Duration.ofSeconds(1));
    assertEquals(3, admitted(limiter, "team", 9));
  }

  @Test
  void override_withConcurrency_isEntered() {
    KeyedLimiter<String> limiter = limiter("10/second");
    limiter.override("a", Limits.parse("10/second, 1 concurrent"));
    try (Permit first = limiter.tryEnter("a");
        Permit second = limiter.tryEnter("a")) {
      assertTrue(first.granted());
      assertFalse(second.granted());
      assertEquals(1, second.decision().deniedBy());
      assertEquals(Decision.NEVER, limiter.peek("a").retryAfterNanos());
    }
    try (Permit third = limiter.tryEnter("a")) {
      assertTrue(third.granted());
    }
    try (Permit other = limiter.tryEnter("b", 10);
        Permit late = limiter.tryEnter("b")) {
      assertEquals(new Decision(true, 0, 0, 1_000_000_000, -1), other.decision());
      assertFalse(late.granted());
      assertEquals(100_000_000, late.decision().retryAfterNanos());
    }
  }

  @Test
  void concurrency_permitsInFlight_areNeverForgotten() {
    KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(
            Limits.parse("2 concurrent, 100/second"), clock)
        .maxKeys(64)
        .whenFull(OverflowPolicy.deny())
        .build();
    List<Permit> open = new ArrayList<>();
    for (int key = 0; key < 40; key++) {
      open.add(limiter.tryEnter(key, 2));
    }
    for (int key = 1000; key < 3000; key++) {
      clock.advance(Duration.ofSeconds(1));
      try (Permit passing = limiter.tryEnter(key)) {
        assertTrue(passing.granted(), "key " + key);
      }
    }
    for (int key = 0; key < 40; key++) {
      assertTrue(open.get(key).granted());
      assertFalse(limiter.tryEnter(key).granted(), "key " + key);
      open.get(key).close();
      assertTrue(limiter.tryEnter(key).granted(), "key " + key);
    }
    assertTrue(limiter.size() <= 72);
  }

  @Test
  void slidingLog_keys_areForgottenOnlyWhenFresh() {
    KeyedLimiter<String> limiter =
        builder("3/second sliding-log, 100/hour").maxKeys(16).build();
    for (int round = 0; round < 50; round++) {
      assertEquals(3, admitted(limiter, "a", 5), "round " + round);
      for (int i = 0; i < 12; i++) {
        assertEquals(3, admitted(limiter, "k" + round + "-" + i, 4));
      }
      clock.advance(Duration.ofNanos(999_999_999));
      assertFalse(limiter.tryAcquire("a"));
      clock.advance(Duration.ofMinutes(2));
    }
    assertTrue(limiter.size() <= 18);
  }

  /** Dated then, its entries would leave the window before those of a log that was never forgotten. */
  @Test
  void slidingLog_readingOfBeforeItWasForgotten_countsAsOfThen() {
    KeyedLimiter<String> limiter = small("3/second sliding-log");
    long before = clock.nanoTime();
    clock.advance(Duration.ofMillis(100));
    assertEquals(3, admitted(limiter, "a", 5));
    clock.advance(Duration.ofSeconds(1));
    forgetWhatIsFresh(limiter);
    assertTrue(limiter.tryAcquireAt(before, "a", 3));
    clock.advance(Duration.ofSeconds(1).minusNanos(1));
    assertFalse(limiter.tryAcquire("a"));
    clock.advanceNanos(1);
    assertEquals(3, admitted(limiter, "a", 5));
  }

  @Test
  void slidingLog_readingBeforeTheKeyWasForgotten_countsAsThen() {
    KeyedLimiter<String> limiter = builder("3/second sliding-log").maxKeys(16).build();
    long before = clock.nanoTime();
    assertEquals(3, admitted(limiter, "a", 5));
    clock.advance(Duration.ofSeconds(10));
    limiter.forgetFresh();
    assertEquals(0, limiter.size());
    assertTrue(limiter.tryAcquireAt(before + 1, "a", 3));
    assertFalse(limiter.tryAcquire("a"));
    clock.advance(Duration.ofSeconds(1));
    assertTrue(limiter.tryAcquire("a", 3));
  }

  @Test
  void penalize_key_admitsNothingBefore() {
    for (String limits :
        List.of("5/second", "5/second, 100/hour", "1/second", "5/second sliding-log")) {
      KeyedLimiter<String> limiter = limiter(limits);
      assertTrue(limiter.penalize("a", Duration.ofSeconds(30)));
      assertTrue(limiter.penalize("a", Duration.ofSeconds(3)));
      clock.advance(Duration.ofSeconds(30).minusNanos(1));
      assertFalse(limiter.tryAcquire("a"), limits);
      assertEquals(1, limiter.peek("a").retryAfterNanos(), limits);
      assertEquals(0, limiter.peek("a").remaining(), limits);
      assertTrue(limiter.tryAcquire("b"), limits);
      clock.advanceNanos(1);
      assertTrue(limiter.tryAcquire("a"), limits);
    }
  }

  /** Of so few keys that all are in one table. */
  private KeyedLimiter<String> small(String limits) {
    return builder(limits).maxKeys(10).build();
  }

  /** Has the table replaced, and so all keys forgotten that are fresh. */
  private static void forgetWhatIsFresh(KeyedLimiter<String> limiter) {
    limiter.forgetFresh();
  }

  @Test
  void penalize_keyWithNothingElseToRemember_isNotForgotten() {
    for (String limits : List.of(
        "5/second", "5/second, 100/hour", "5/second sliding-log", "5/second, 2 concurrent")) {
      KeyedLimiter<String> limiter = small(limits);
      assertTrue(limiter.penalize("a", Duration.ofSeconds(30)));
      clock.advance(Duration.ofSeconds(30).minusNanos(1));
      forgetWhatIsFresh(limiter);
      assertFalse(limiter.tryEnter("a").granted(), limits);
      clock.advanceNanos(1);
      assertTrue(limiter.tryEnter("a").granted(), limits);
    }
  }

  /** A permit has a million parts of a ns to count, so the origin moves every ten minutes. */
  @Test
  void originThatMoves_leavesLevelsAsTheyAre() {
    String limits = "999983/second burst 2000000000";
    KeyedLimiter<String> limiter = small(limits);
    RateLimiter twin = Limits.parse(limits).newRateLimiter(clock);
    assertTrue(limiter.tryAcquire("a", 1_500_000_000));
    assertTrue(twin.tryAcquire(1_500_000_000));
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofSeconds(400));
      assertTrue(limiter.tryAcquire("b"));
      forgetWhatIsFresh(limiter);
      assertEquals(twin.peek(), limiter.peek("a"));
    }
  }

  @Test
  void penalize_atTheHorizon_isNotCut() {
    KeyedLimiter<String> limiter = limiter("3/second");
    limiter.tryAcquire("a");
    clock.advanceNanos(GcraMath.of(Rate.perSecond(3)).horizonNanos() - 1_000_000_000);
    assertTrue(limiter.penalize("a", Duration.ofDays(1)));
    assertEquals(Duration.ofDays(1).toNanos(), limiter.peek("a").retryAfterNanos());
  }

  @Test
  void penalize_manyKeys_eachHasItsOwn() {
    for (String limits : List.of("5/second", "5/second, 100/hour", "5/second sliding-log")) {
      KeyedLimiter<String> limiter = builder(limits).maxKeys(1_000).build();
      for (int i = 0; i < 200; i++) {
        assertTrue(limiter.penalize("key" + i, Duration.ofSeconds(1 + i)));
      }
      for (int i = 0; i < 200; i++) {
        assertEquals(1_000_000_000L * (1 + i), limiter.peek("key" + i).retryAfterNanos(), limits);
      }
    }
  }

  @Test
  void calls_afterTheHorizon_areDecidedAsEver() {
    long horizon = GcraMath.of(Rate.perSecond(3), 3).horizonNanos();
    for (String limits : List.of("3/second", "3/second, 50/day", "50/day, 3/second")) {
      KeyedLimiter<String> limiter = limiter(limits);
      for (int round = 0; round < 3; round++) {
        for (int i = 2; i >= 0; i--) {
          Decision told = limiter.decide("a");
          assertTrue(told.admitted(), limits);
          assertEquals(i, told.remaining(), limits);
        }
        assertFalse(limiter.decide("a").admitted(), limits);
        assertEquals(3, admitted(limiter, "b", 5), limits);
        clock.advanceNanos(horizon);
        assertEquals(3, admitted(limiter, "b", 5), limits);
        assertEquals(3, admitted(limiter, "a", 5), limits);
        clock.advanceNanos(horizon);
      }
    }
  }

  @Test
  void penalize_thenOverriddenAndCleared_stillHolds() {
    KeyedLimiter<String> limiter = limiter("5/second");
    limiter.penalize("a", Duration.ofSeconds(30));
    limiter.override("a", Limits.parse("100/second"));
    assertFalse(limiter.tryAcquire("a"));
    assertEquals(30_000_000_000L, limiter.peek("a").retryAfterNanos());
    clock.advance(Duration.ofSeconds(10));
    limiter.clearOverride("a");
    assertEquals(20_000_000_000L, limiter.peek("a").retryAfterNanos());
  }

  @Test
  void forget_key_isAsNew() {
    KeyedLimiter<String> limiter = limiter("3/hour");
    admitted(limiter, "a", 5);
    assertTrue(limiter.forget("a"));
    assertFalse(limiter.forget("a"));
    assertEquals(3, admitted(limiter, "a", 5));
    limiter.override("a", Limits.parse("7/hour"));
    assertEquals(4, limiter.peek("a").remaining());
    assertTrue(limiter.forget("a"));
    assertEquals(7, admitted(limiter, "a", 9));
  }

  @Test
  void forget_manyKeys_eachIsAsNew() {
    KeyedLimiter<String> limiter = builder("3/hour").maxKeys(1_000).build();
    for (int i = 0; i < 200; i++) {
      assertTrue(limiter.tryAcquire("key" + i, 3));
    }
    for (int i = 0; i < 200; i++) {
      assertTrue(limiter.forget("key" + i), "key" + i);
      assertEquals(199 - i, limiter.size());
    }
  }

  @Test
  void override_ofAnotherKey_farFromTheStart_keepsTheLevels() {
    for (String limits : List.of("4/second", "4/second, 60/minute", "4/second fixed-window")) {
      KeyedLimiter<String> limiter = builder(limits).maxKeys(1_000).build();
      limiter.tryAcquire("a");
      clock.advanceNanos(GcraMath.of(Rate.perSecond(4), 4).horizonNanos() / 4 * 3);
      assertEquals(4, admitted(limiter, "a", 5), limits);
      limiter.override("team", Limits.parse("5/second"));
      assertEquals(0, admitted(limiter, "a", 5), limits);
      clock.advance(Duration.ofSeconds(1));
      assertEquals(4, admitted(limiter, "a", 5), limits);
    }
  }

  @Test
  void forEach_keys_areShown() {
    KeyedLimiter<String> limiter = limiter("3/hour");
    limiter.tryAcquire("a");
    limiter.tryAcquire("b", 3);
    limiter.override("c", Limits.parse("9/hour"));
    Map<String, String> seen = new TreeMap<>();
    limiter.forEach((key, remaining, fresh) -> seen.put(key, remaining + " " + fresh));
    assertEquals(Map.of("a", "2 false", "b", "0 false", "c", "9 true"), seen);
    assertEquals(3, limiter.size());
    assertEquals(Limits.parse("3/hour"), limiter.limits());
    assertEquals("KeyedLimiter[3/hour; 3 keys]", limiter.toString());
    LongKeyedLimiter longs =
        LongKeyedLimiter.builder(Limits.parse("3/hour"), clock).build();
    longs.tryAcquire(Long.MIN_VALUE);
    longs.tryAcquire(7, 2);
    Map<Long, Long> left = new TreeMap<>();
    longs.forEach((key, remaining, fresh) -> left.put(key, remaining));
    assertEquals(Map.of(Long.MIN_VALUE, 2L, 7L, 1L), left);
  }

  @Test
  void longs_keysWhoseHashIsReserved_areKeysLikeOthers() {
    Hashing hashing = new Hashing(42, 43);
    LongKeyedLimiter limiter = LongKeyedLimiter.builder(Limits.parse("3/hour"), clock)
        .maxKeys(100)
        .hashing(hashing)
        .build();
    for (long hash : new long[] {0, 1, 2, -1}) {
      long key = hashing.keyOf(hash);
      assertEquals(hash, hashing.ofLong(key));
      assertTrue(limiter.tryAcquire(key, 2));
    }
    for (long key = 0; key < 90; key++) {
      assertTrue(limiter.tryAcquire(key, 3));
    }
    for (long hash : new long[] {0, 1, 2, -1}) {
      assertEquals(1, limiter.peek(hashing.keyOf(hash)).remaining());
    }
    List<Long> seen = new ArrayList<>();
    limiter.forEach((key, remaining, fresh) -> seen.add(key));
    assertEquals(94, seen.size());
    assertTrue(seen.contains(hashing.keyOf(0)) && seen.contains(hashing.keyOf(1)));
  }

  @Test
  void whenFull_policies_serveUnknownKeys() {
    for (OverflowPolicy policy : List.of(
        OverflowPolicy.deny(),
        OverflowPolicy.admit(),
        OverflowPolicy.share(),
        OverflowPolicy.share(Limits.parse("7/hour")))) {
      KeyedLimiter<String> limiter =
          builder("3/hour").maxKeys(5).whenFull(policy).build();
      for (int i = 0; i < 5; i++) {
        assertEquals(2, admitted(limiter, "known" + i, 2));
      }
      int expected = policy == OverflowPolicy.deny()
          ? 0
          : policy == OverflowPolicy.admit() ? 10 : policy == OverflowPolicy.share() ? 3 : 7;
      int sum = 0;
      for (int i = 0; i < 10; i++) {
        sum += admitted(limiter, "unknown" + i, 1);
      }
      assertEquals(expected, sum, policy.toString());
      assertEquals(5, limiter.size());
      for (int i = 0; i < 5; i++) {
        assertEquals(1, admitted(limiter, "known" + i, 2));
      }
      clock.advance(Duration.ofMinutes(20));
      assertEquals(0, limiter.peek("known0").retryAfterNanos());
      clock.advance(Duration.ofMinutes(40));
      assertEquals(3, admitted(limiter, "late", 5), policy.toString());
    }
  }

  @Test
  void whenFull_keysWithOneHash_areServedAsItSays() {
    for (OverflowPolicy policy : List.of(OverflowPolicy.deny(), OverflowPolicy.admit())) {
      KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(Limits.parse("3/hour"), clock)
          .whenFull(policy)
          .hasher(key -> 1)
          .build();
      for (int key = 0; key <= Table.CROWD; key++) {
        assertTrue(limiter.tryAcquire(key, 3));
      }
      for (int i = 0; i < 5; i++) {
        assertEquals(policy == OverflowPolicy.admit(), limiter.tryAcquire(Table.CROWD + 1));
        assertEquals(
            policy == OverflowPolicy.admit(), limiter.decide(Table.CROWD + 1).admitted());
      }
      assertEquals(
          policy == OverflowPolicy.admit(), limiter.tryEnter(Table.CROWD + 2).granted());
      assertFalse(limiter.penalize(Table.CROWD + 2, Duration.ofSeconds(1)));
      assertEquals(Table.CROWD + 1, limiter.size());
    }
  }

  @Test
  void whenFull_ofKeysWithPermitsInFlight_servesUnknownKeys() {
    for (String limits : List.of("2 concurrent", "2 concurrent, 100/second")) {
      KeyedLimiter<String> limiter =
          builder(limits).maxKeys(5).whenFull(OverflowPolicy.deny()).build();
      List<Permit> open = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        open.add(limiter.tryEnter("known" + i));
      }
      clock.advance(Duration.ofSeconds(1));
      assertFalse(limiter.tryEnter("unknown").granted(), limits);
      open.get(3).close();
      clock.advance(Duration.ofSeconds(1));
      assertTrue(limiter.tryEnter("unknown").granted(), limits);
      assertEquals(5, limiter.size());
    }
  }

  @Test
  void maxKeys_inManySegments_areAllKnownAndFewMore() {
    for (int maxKeys : new int[] {4_096, 4_097, 20_000}) {
      KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(Limits.parse("3/hour"), clock)
          .maxKeys(maxKeys)
          .whenFull(OverflowPolicy.deny())
          .build();
      for (int key = 0; key < maxKeys; key++) {
        assertTrue(limiter.tryAcquire(key, 3), "key " + key);
      }
      assertEquals(maxKeys, limiter.size());
      for (int key = maxKeys; key < 3 * maxKeys; key++) {
        limiter.tryAcquire(key);
      }
      assertTrue(limiter.size() <= maxKeys * 14L / 10, "size: " + limiter.size());
      for (int key = 0; key < maxKeys; key++) {
        assertFalse(limiter.tryAcquire(key), "key " + key);
      }
    }
  }

  @Test
  void maxKeys_someAreFresh_makeRoom() {
    KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(Limits.parse("3/hour"), clock)
        .maxKeys(64)
        .whenFull(OverflowPolicy.deny())
        .build();
    for (int key = 0; key < 72; key++) {
      assertTrue(limiter.tryAcquire(key, key < 60 ? 3 : 1));
    }
    assertEquals(72, limiter.size()); // one eighth more than asked for
    clock.advance(Duration.ofMinutes(20));
    for (int key = 200; key < 204; key++) {
      assertTrue(limiter.tryAcquire(key), "key " + key);
    }
  }

  @Test
  void maxKeys_keysWithTheirOwnLimits_doNotCount() {
    KeyedLimiter<String> limiter =
        builder("3/hour").maxKeys(5).whenFull(OverflowPolicy.deny()).build();
    for (int i = 0; i < 3; i++) {
      limiter.override("team" + i, Limits.parse("5/hour"));
      assertTrue(limiter.tryAcquire("team" + i));
    }
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 5; i++) {
        assertTrue(limiter.tryAcquire("known" + round + i, 3), "round " + round);
      }
      assertFalse(limiter.tryAcquire("late"), "round " + round);
      clock.advance(Duration.ofHours(1));
    }
    assertEquals(5, limiter.peek("team0").remaining());
  }

  @Test
  void forEach_keysWithPermitsInFlight_areNotFresh() {
    KeyedLimiter<String> limiter = limiter("2 concurrent, 3/second");
    Map<String, Boolean> seen = new TreeMap<>();
    try (Permit permit = limiter.tryEnter("a")) {
      assertTrue(permit.granted());
      limiter.tryEnter("b").close();
      clock.advance(Duration.ofSeconds(1));
      limiter.forEach((key, remaining, fresh) -> seen.put(key, fresh));
      assertEquals(Map.of("a", false, "b", true), seen);
    }
    limiter.forEach((key, remaining, fresh) -> seen.put(key, fresh));
    assertEquals(Map.of("a", true, "b", true), seen);
  }

  /** A key with no hashCode. */
  private record Unhashed(int id) {
    @Override
    public int hashCode() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void hasher_given_isAskedInsteadOfHashCode() {
    KeyedLimiter<Unhashed> limiter = KeyedLimiter.<Unhashed>builder(Limits.parse("3/hour"), clock)
        .maxKeys(100)
        .hasher(Unhashed::id)
        .build();
    for (int id = 0; id < 50; id++) {
      assertTrue(limiter.tryAcquire(new Unhashed(id), 3));
      assertFalse(limiter.tryAcquire(new Unhashed(id)));
    }
  }

  /** An entity that was detached, say: its owner never uses it again. */
  private static final class Detachable {
    private final int id;
    private boolean detached;

    Detachable(int id) {
      this.id = id;
    }

    @Override
    public int hashCode() {
      if (detached) {
        throw new IllegalStateException("detached");
      }
      return id;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Detachable that && id == that.id;
    }
  }

  @Test
  void keyWhoseHashCodeComesToThrow_harmsOnlyItsOwnCalls() {
    KeyedLimiter<Detachable> limiter = KeyedLimiter.<Detachable>builder(
            Limits.parse("2/minute"), clock)
        .maxKeys(1_000)
        .build();
    Detachable bad = new Detachable(0);
    assertTrue(limiter.tryAcquire(bad));
    bad.detached = true;
    for (int i = 1; i < 100; i++) {
      assertTrue(limiter.tryAcquire(new Detachable(i)));
    }
    assertThrows(IllegalStateException.class, () -> limiter.tryAcquire(bad));
    assertTrue(limiter.tryAcquire(new Detachable(0)));
    assertFalse(limiter.tryAcquire(new Detachable(0)), "its level is not lost");
  }

  @Test
  void hasherThatComesToThrow_harmsOnlyTheCallsOfThatKey() {
    boolean[] broken = new boolean[1];
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("2/minute"), clock)
        .hasher(key -> {
          if (broken[0] && key.equals("bad")) {
            throw new IllegalStateException("hasher");
          }
          return key.length();
        })
        .build();
    assertTrue(limiter.tryAcquire("bad"));
    broken[0] = true;
    for (int i = 1; i < 30; i++) {
      assertTrue(limiter.tryAcquire("x".repeat(i)));
    }
  }
}
