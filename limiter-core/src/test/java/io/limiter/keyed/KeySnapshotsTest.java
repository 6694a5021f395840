package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySnapshotsTest {
  private final ManualClock clock = ManualClock.startingAt(-5);

  private static KeyedLimiter<String> limiter(String limits, ManualClock clock) {
    return KeyedLimiter.<String>builder(Limits.parse(limits), clock).build();
  }

  private static KeyedLimiter<String> restarted(KeyedLimiter<String> from, String limits) {
    KeyedLimiter<String> next = limiter(limits, ManualClock.startingAt(1L << 60));
    List<String> lines = new ArrayList<>();
    from.save(Function.identity(), lines::add);
    lines.forEach(line -> next.restore(line, Function.identity()));
    return next;
  }

  /** Rates so slow that the time on the wall between saving and restoring is no permit. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "9/365 days",
        "9/365 days, 20/366 days",
        "9/365 days fixed-window",
        "9/365 days sliding-log",
        "9/365 days, 9 concurrent"
      })
  void restore_inAnotherProcess_remembersWhatWasSpent(String limits) {
    KeyedLimiter<String> before = limiter(limits, clock);
    for (int i = 0; i < 50; i++) {
      assertTrue(before.tryEnter("a key/" + i, i % 9 + 1).granted());
    }
    KeyedLimiter<String> after = restarted(before, limits);
    assertEquals(50, after.size());
    for (int i = 0; i < 50; i++) {
      String key = "a key/" + i;
      int left = 9 - (i % 9 + 1);
      assertFalse(after.tryEnter(key, left + 1).granted(), key);
      assertTrue(left == 0 || after.peek(key, left).admitted(), key);
    }
  }

  @Test
  void save_keysThatAreFreshAndOverridden_savesWhatIsLeft() {
    KeyedLimiter<String> before = limiter("9/365 days", clock);
    before.tryAcquire("fresh", 9);
    clock.advance(Duration.ofDays(365));
    before.override("own", Limits.parse("5/100 days"));
    before.tryAcquire("own", 5);
    before.tryAcquire("spent", 9);
    before.penalize("spent", Duration.ofDays(20));
    List<String> lines = new ArrayList<>();
    before.save(Function.identity(), lines::add);
    assertEquals(2, lines.size());
    KeyedLimiter<String> after = limiter("9/365 days", ManualClock.create());
    after.override("own", Limits.parse("5/100 days"));
    lines.forEach(line -> after.restore(line, Function.identity()));
    assertFalse(after.tryAcquire("own"));
    assertFalse(after.tryAcquire("spent"));
    assertTrue(after.tryAcquire("fresh", 9));
  }

  @Test
  void restore_longs() {
    LongKeyedLimiter before =
        LongKeyedLimiter.builder(Limits.parse("9/365 days"), clock).build();
    before.tryAcquire(-7, 8);
    LongKeyedLimiter after =
        LongKeyedLimiter.builder(Limits.parse("9/365 days"), clock).build();
    before.save(after::restore);
    assertEquals(1, after.peek(-7, 1).remaining());
    before.save(after::restore);
    assertEquals(0, after.peek(-7, 1).remaining(), "charged twice, and no debt");
  }

  @Test
  void restore_linesThatSaveDidNotWrite_areRefused() {
    KeyedLimiter<String> limiter = limiter("9/hour", clock);
    for (String line : List.of("", "a", "a b", "a limiter-snapshot 1 now | x")) {
      assertThrows(
          IllegalArgumentException.class, () -> limiter.restore(line, Function.identity()), line);
    }
    assertEquals(0, limiter.size());
  }
}
