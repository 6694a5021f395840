package io.limiter;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** {@link Snapshot}, by examples. */
class SnapshotTest {
  private static final Instant WALL = Instant.parse("2026-03-01T09:00:00Z");

  private final ManualClock clock = ManualClock.create();
  private final ManualClock other = ManualClock.startingAt(Long.MAX_VALUE);

  private RateLimiter of(String rules, NanoClock on) {
    return Limits.parse(rules).newRateLimiter(on);
  }

  private String saved(RateLimiter limiter) {
    return limiter.snapshotAt(clock.nanoTime(), WALL).toString();
  }

  private void restore(RateLimiter limiter, String text, Duration later) {
    limiter.restoreAt(limiter.clock().nanoTime(), Snapshot.parse(text), WALL.plus(later));
  }

  @Test
  void toString_isOneLineThatSaysWhatIsRemembered() {
    RateLimiter all = of("3/second, 10/minute fixed-window, 5/hour sliding-log", clock);
    clock.advance(Duration.ofSeconds(90));
    all.tryAcquire(2);
    clock.advance(Duration.ofMillis(500));
    all.tryAcquire(1);
    ((AllOf) all).penalize(Duration.ofNanos(7));
    assertEquals(
        "limiter-snapshot 1 2026-03-01T09:00:00Z"
            + " | rate 3/1000000000 burst 3 spent 3/2 pause 7"
            + " | steps 10/60000000000 burst 10 spent 3/1 age 90500000000 pause 7"
            + " | log 500000000:2 0:1 pause 7",
        saved(all));
  }

  @Test
  void restore_afterDowntime_countsIt() {
    RateLimiter limiter = of("3/second", clock);
    limiter.tryAcquire(3);
    RateLimiter restored = of("3/second", other);
    restore(restored, saved(limiter), Duration.ofMillis(400));
    assertEquals(1, restored.peek().remaining());
    assertEquals(1_000_000_000 / 3 * 2 - 400_000_000 + 1, restored.peek(2).retryAfterNanos());
  }

  @Test
  void restore_wallClockWentBack_nothingElapsed() {
    RateLimiter limiter = of("3/second", clock);
    limiter.tryAcquire(3);
    RateLimiter restored = of("3/second", other);
    restore(restored, saved(limiter), Duration.ofDays(-1_000));
    assertEquals(333_333_334, restored.peek().retryAfterNanos());
    RateLimiter window = of("3/second fixed-window", clock);
    window.tryAcquire(3);
    RateLimiter restoredWindow = of("3/second fixed-window", other);
    restore(restoredWindow, saved(window), Duration.ofDays(-1_000));
    assertEquals(1_000_000_000, restoredWindow.peek().retryAfterNanos());
  }

  @Test
  void restore_centuriesLater_isFresh() {
    for (String rules : new String[] {"3/second", "3/minute fixed-window", "9/day sliding-log"}) {
      RateLimiter limiter = of(rules, clock);
      limiter.tryAcquire(3);
      RateLimiter restored = of(rules, other);
      restore(restored, saved(limiter), Duration.ofDays(400_000));
      assertEquals(of(rules, clock).peek().remaining(), restored.peek().remaining());
    }
  }

  @Test
  void restore_anchor_survives() {
    RateLimiter window = of("3/minute fixed-window", clock);
    clock.advance(Duration.ofSeconds(50));
    window.tryAcquire(3);
    RateLimiter restored = of("3/minute fixed-window", other);
    restore(restored, saved(window), Duration.ofSeconds(4));
    assertEquals(Duration.ofSeconds(6).toNanos(), restored.peek().retryAfterNanos());
    other.advance(Duration.ofSeconds(6));
    assertEquals(3, restored.peek().remaining());
  }

  @Test
  void restore_whatWasReservedOrForced_isADebt() {
    for (String rules :
        new String[] {"1/minute", "1/minute fixed-window", "1/minute sliding-log"}) {
      RateLimiter limiter = of(rules, clock);
      limiter.tryAcquire();
      if (!limiter.reserve(1, Duration.ofHours(1)).granted()) { // a log charges nothing ahead
        limiter.acquireForced(1);
      }
      RateLimiter restored = of(rules, other);
      restore(restored, saved(limiter), Duration.ofSeconds(30));
      assertEquals(Duration.ofSeconds(90).toNanos(), restored.peek().retryAfterNanos(), rules);
    }
  }

  @Test
  void snapshot_whileCallersAreInLine_saysNothingOfThem() {
    for (String rules :
        new String[] {"1/minute", "1/minute fixed-window", "1/minute sliding-log"}) {
      RateLimiter limiter = of(rules, clock);
      limiter.tryAcquire();
      String alone = saved(limiter);
      limiter.acquireAsync(1, Duration.ofHours(1));
      assertEquals(1, limiter.waiters());
      assertEquals(alone, saved(limiter));
    }
  }

  @Test
  void restore_logInUse_countsTheAdmissionsOfBoth() {
    SlidingLog saved = SlidingLog.create(Rate.perMinute(5), clock);
    saved.tryAcquire(2);
    SlidingLog used = SlidingLog.create(Rate.perMinute(5), clock);
    used.tryAcquire(1);
    clock.advance(Duration.ofSeconds(10));
    used.tryAcquire(1);
    used.restoreAt(clock.nanoTime(), saved.snapshotAt(clock.nanoTime(), WALL), WALL);
    assertEquals(1, used.peek().remaining());
    assertEquals(Duration.ofSeconds(50).toNanos(), used.peek(2).retryAfterNanos());
  }

  @Test
  void restore_whileCallersAreInLine_timesThemAnew() {
    SlidingLog saved = SlidingLog.create(Rate.perMinute(5), clock);
    saved.tryAcquire(3);
    SlidingLog used = SlidingLog.create(Rate.perMinute(5), clock);
    used.tryAcquire(2);
    clock.advance(Duration.ofSeconds(10));
    CompletableFuture<Boolean> four = used.acquireAsync(4, Duration.ofSeconds(50));
    CompletableFuture<Boolean> one = used.acquireAsync(1, Duration.ofSeconds(50));
    used.restoreAt(clock.nanoTime(), saved.snapshotAt(clock.nanoTime(), WALL), WALL);
    clock.advance(Duration.ofSeconds(50).minusNanos(1));
    assertFalse(four.isDone());
    clock.advanceNanos(1);
    assertTrue(four.getNow(false));
    assertTrue(one.getNow(false));
    assertEquals(0, used.peek().remaining());
  }

  /** Two are owed for 10 s; restored later, they were paid meanwhile, or are a debt until then. */
  @Test
  void restore_debtOfALog_isPaidMeanwhileOrIsADebt() {
    RateLimiter limiter = of("2/10 seconds sliding-log", clock);
    limiter.tryAcquire(2);
    assertEquals(Duration.ofSeconds(10).toNanos(), limiter.acquireForced(2));
    String saved = saved(limiter);
    for (int[] laterAndWait : new int[][] {{4, 16}, {10, 10}, {12, 8}, {20, 0}}) {
      RateLimiter restored = of("2/10 seconds sliding-log", other);
      restore(restored, saved, Duration.ofSeconds(laterAndWait[0]));
      assertEquals(
          Duration.ofSeconds(laterAndWait[1]).toNanos(), restored.peek().retryAfterNanos());
      restored.reset();
      assertEquals(2, restored.peek().remaining(), "no debt outlives a reset");
    }
  }

  @Test
  void restore_logInUse_keepsTheOrderOfBoth() {
    RateLimiter limiter = of("4/20 seconds sliding-log", clock);
    limiter.tryAcquire(1);
    clock.advance(Duration.ofSeconds(10));
    limiter.tryAcquire(1);
    clock.advance(Duration.ofSeconds(2));
    RateLimiter restored = of("4/20 seconds sliding-log", other);
    other.advance(Duration.ofSeconds(5));
    restored.tryAcquire(1);
    other.advance(Duration.ofSeconds(10));
    restored.tryAcquire(1);
    other.advance(Duration.ofSeconds(1));
    restore(restored, saved(limiter), Duration.ofSeconds(4)); // they were at 0 s and 10 s
    assertEquals(0, restored.peek().remaining());
    other.advance(Duration.ofSeconds(4));
    for (int left = 1; left <= 4; left++) {
      assertEquals(left, restored.peek().remaining());
      other.advance(Duration.ofSeconds(5));
    }
  }

  @Test
  void restore_penaltyInUse_theLongerStays() {
    RateLimiter limiter = of("3/second", clock);
    limiter.penalize(Duration.ofSeconds(5));
    RateLimiter restored = of("3/second", other);
    restored.penalize(Duration.ofSeconds(9));
    restore(restored, saved(limiter), Duration.ofSeconds(1));
    assertEquals(Duration.ofSeconds(9).toNanos(), restored.peek().retryAfterNanos());
    RateLimiter fresh = of("3/second", other);
    restore(fresh, saved(limiter), Duration.ofSeconds(1));
    assertEquals(Duration.ofSeconds(4).toNanos(), fresh.peek().retryAfterNanos());
  }

  @Test
  void restore_otherAlgorithmOrMembers_isRefusedAndChangesNothing() {
    RateLimiter both = of("3/second, 5/minute", clock);
    both.drain();
    RateLimiter restored = of("3/second, 5/minute sliding-log", other);
    String text = saved(both);
    String said = assertThrows(
            IllegalArgumentException.class, () -> restore(restored, text, Duration.ZERO))
        .getMessage();
    assertEquals(
        "snapshot: rate 5/60000000000 burst 5 spent 3/1 pause 0"
            + " (expected: one of SlidingLog[5/minute])",
        said);
    assertEquals(3, restored.peek().remaining());
    RateLimiter one = of("3/second", other);
    assertThrows(IllegalArgumentException.class, () -> restore(one, text, Duration.ZERO));
    RateLimiter bucket = of("3/second token-bucket", other);
    restore(bucket, saved(of("3/second", clock)), Duration.ZERO);
  }

  @Test
  void restore_anyAlgorithmToAnyOther_isRefused() {
    List<List<String>> kinds = List.of(
        List.of("3/second", "3/second token-bucket"),
        List.of("3/second fixed-window"),
        List.of("3/second sliding-log"),
        List.of("unlimited"),
        List.of("blocked"));
    for (List<String> from : kinds) {
      for (List<String> to : kinds) {
        for (String rules : to) {
          RateLimiter restored = of(rules, other);
          Snapshot snapshot = Snapshot.parse(saved(of(from.get(0), clock)));
          Executable restore = () -> restored.restoreAt(other.nanoTime(), snapshot, WALL);
          if (from == to) {
            assertDoesNotThrow(restore);
          } else {
            assertThrows(IllegalArgumentException.class, restore);
          }
        }
      }
    }
  }

  @Test
  void restore_penalty_lastsAsLongAsItWouldHave() {
    for (String rules :
        new String[] {"3/second", "3/second fixed-window", "3/second sliding-log"}) {
      RateLimiter limiter = of(rules, clock);
      limiter.penalizeAt(clock.nanoTime(), Duration.ofSeconds(10).toNanos());
      RateLimiter restored = of(rules, other);
      restore(restored, saved(limiter), Duration.ofSeconds(4));
      assertEquals(Duration.ofSeconds(6).toNanos(), restored.peek().retryAfterNanos(), rules);
    }
  }

  @Test
  void gate_savesItsRates() {
    Gate gate = Limits.parse("3/second, 1 concurrent").newGate(clock);
    gate.tryEnter();
    Gate restored = Limits.parse("9 concurrent, 5/second").newGate(other);
    Snapshot snapshot = gate.snapshotAt(clock.nanoTime(), WALL);
    restored.restoreAt(other.nanoTime(), snapshot, WALL);
    assertTrue(restored.tryEnter(4).granted());
    assertFalse(restored.tryEnter().granted(), "one was spent: of the 3, so of the 5");
  }

  @Test
  void plainForms_readTheWallClockOfTheSystem() {
    RateLimiter limiter = CountingLimiter.of(of("1/hour", clock));
    limiter.tryAcquire();
    Instant start = Instant.now();
    Snapshot snapshot = limiter.snapshot();
    assertFalse(snapshot.time().isBefore(start));
    RateLimiter restored = CountingLimiter.of(of("1/hour", other));
    restored.restore(snapshot);
    assertFalse(restored.tryAcquire());
    Gate gate = Limits.parse("1/hour").newGate(other);
    gate.restore(snapshot);
    assertFalse(gate.tryEnter().granted());
    assertEquals(Instant.class, gate.snapshot().time().getClass());
  }

  @Test
  void foreignMember_cannotBeSaved() {
    RateLimiter foreign = new RateLimiter() {
      @Override
      public NanoClock clock() {
        return clock;
      }

      @Override
      public boolean tryAcquireAt(long nanoTime, long permits) {
        return true;
      }

      @Override
      public Decision decideAt(long nanoTime, long permits) {
        return peekAt(nanoTime, permits);
      }

      @Override
      public Decision peekAt(long nanoTime, long permits) {
        return Decision.admitted(1, 0);
      }

      @Override
      public boolean refundAt(long nanoTime, long permits) {
        return true;
      }
    };
    assertThrows(UnsupportedOperationException.class, foreign::snapshot);
    AllOf all = AllOf.of(foreign, of("1/second", clock));
    assertThrows(UnsupportedOperationException.class, all::snapshot);
  }

  @Test
  void equals_byTimeAndLevels() {
    Snapshot one = Snapshot.parse("limiter-snapshot 1 2026-03-01T09:00:00Z | log 5:1 0:2 pause 0");
    Snapshot same = Snapshot.parse(one.toString());
    assertEquals(one, same);
    assertEquals(one.hashCode(), same.hashCode());
    assertNotEquals(
        one, Snapshot.parse("limiter-snapshot 1 2026-03-01T09:00:00Z | log 5:1 0:3 pause 0"));
    assertNotEquals(one, Snapshot.parse("limiter-snapshot 1 2026-03-01T09:00:00Z"));
  }

  @Test
  void parse_whatIsWrong_isSaid() {
    assertRefused(
        "limiter-snapshot 2 2026-03-01T09:00:00Z",
        "snapshot: 'limiter-snapshot 2 2026-03-01T09:00:00Z' at column 1"
            + " (expected: limiter-snapshot 1 and a time)");
    assertRefused(
        "limiter-snapshot 1 today",
        "snapshot: 'today' at column 20 (expected: a time such as 2026-03-01T09:00:00Z)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | leak",
        "snapshot: 'leak' at column 43 (expected: rate, steps, log, unlimited or blocked)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | steps 3/50 burst 4 spent two age 0 pause 0",
        "snapshot: 'steps 3/50 burst 4 spent two age 0 pause 0' at column 43"
            + " (expected: as toString writes it)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | rate 3/50 burst 0 spent 0/1 pause 0",
        "burst: 0 (expected: >= 1)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | log 4:1 4:1 pause 0", "age: 4 (expected: < 4)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | log 4:0 pause 0", "count: 0 (expected: >= 1)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | log pause -1", "pause: -1 (expected: >= 0)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | rate 3/50 burst 4 spent -1/2 pause 0",
        "spent: -1 (expected: >= 0)");
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | rate 3/50 burst 4 spent 2/4 pause 0",
        "snapshot: 'limiter-snapshot 1 2026-03-01T09:00:00Z | rate 3/50 burst...' at column 1"
            + " (expected: as it is written: limiter-snapshot 1 2026-03-01T09:00:00Z | rate 3/50"
            + " burst...)");
  }

  @Test
  void parse_agesOutOfOrder_areRefused() {
    assertRefused(
        "limiter-snapshot 1 2026-03-01T09:00:00Z | log 5:1 6:1 pause 0", "age: 6 (expected: < 5)");
  }

  private static void assertRefused(String text, String message) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> Snapshot.parse(text)).getMessage());
  }
}
