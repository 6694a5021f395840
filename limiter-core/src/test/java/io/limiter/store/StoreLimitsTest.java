package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.rule.Limits;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StoreLimitsTest {
  private static final long NOW = 1_764_512_345_678_901L;
  private static final StoreLimits TEN = StoreLimits.of(Limits.parse("10/second"));

  @Test
  void step_fromNothing_takesTheBurst() {
    String stored = "";
    for (int i = 9; i >= 0; i--) {
      StoreStep step = TEN.step(stored, NOW, 1);
      assertTrue(step.admitted());
      assertEquals(i, step.decision().decision().remaining());
      stored = step.value();
    }
    StoreStep denied = TEN.step(stored, NOW, 1);
    assertFalse(denied.admitted());
    assertFalse(denied.changed());
    assertEquals(stored, denied.value());
    assertEquals(100_000_000, denied.decision().decision().retryAfterNanos());
    assertEquals(NOW + 1_000_000, denied.forgetAtMicros());
    assertTrue(TEN.step(stored, NOW + 100_000, 1).admitted());
    assertFalse(TEN.step(stored, NOW + 99_999, 1).admitted());
  }

  @Test
  void step_thatNeedsPartsOfAMicrosecond_isExact() {
    StoreLimits thirds = StoreLimits.of(Limits.parse("3/ms burst 1"));
    String stored = thirds.step("", NOW, 1).value();
    assertFalse(thirds.step(stored, NOW + 333, 1).admitted(), "1000/3 is more than 333");
    assertTrue(thirds.step(stored, NOW + 334, 1).admitted());
  }

  @Test
  void loopOfTheJavadoc_manyThreads_neverAdmitsMoreThanTheBurst() {
    ConcurrentMap<String, String> map = new ConcurrentHashMap<>();
    long admitted = IntStream.range(0, 4_000)
        .parallel()
        .filter(i -> tryAcquire(map, "key" + i % 4, NOW))
        .count();
    assertEquals(40, admitted);
  }

  private static boolean tryAcquire(
      ConcurrentMap<String, String> map, String key, long microsSince1970) {
    while (true) {
      String stored = map.getOrDefault(key, "");
      StoreStep step = TEN.step(stored, microsSince1970, 1);
      boolean done = !step.changed()
          || (stored.isEmpty()
              ? map.putIfAbsent(key, step.value()) == null
              : map.replace(key, stored, step.value()));
      if (done) {
        return step.admitted();
      }
    }
  }

  @Test
  void rulesThatNoStoreHolds_areRefusedWithWhatToUseInstead() {
    String log = refusal("100/minute sliding-log");
    assertTrue(log.contains("100/minute burst 1"), log);
    String window = refusal("60/minute, 100/hour fixed-window");
    assertTrue(window.contains("use 100/hour"), window);
    String inFlight = refusal("5 concurrent");
    assertTrue(inFlight.contains("Gate"), inFlight);
    assertEquals(2, StoreLimits.of(Limits.parse("5/s token-bucket, 9/m gcra")).rates().length);
  }

  private static String refusal(String rules) {
    Limits limits = Limits.parse(rules);
    String message = assertThrows(UnsupportedOperationException.class, () -> StoreLimits.of(limits))
        .getMessage();
    assertEquals(
        message,
        assertThrows(
                UnsupportedOperationException.class,
                () -> StoreLimiter.create(limits, 0, call -> List.of()))
            .getMessage());
    return message;
  }

  @Test
  void badArguments_areNamed() {
    assertRefused("permits: -1 (expected: >= 0)", () -> TEN.step("", NOW, -1));
    assertRefused("permits: -1 (expected: >= 0)", () -> TEN.refund("", NOW, -1));
    assertRefused("nowMicros: -1 (expected: 0..4503599627370495)", () -> TEN.step("", -1, 1));
    assertRefused("revision: -1 (expected: 0..999999999)", () -> StoreLimits.of(TEN.limits(), -1));
    Limits slow = Limits.parse("1/366 days burst 1000");
    assertRefused(
        "burst: 1000 at 1/366 days (expected: refills within 142 years)",
        () -> StoreLimits.of(slow));
    StoreDecision charge = TEN.step("", NOW, 3).decision();
    assertRefused(
        "permits: 4 (expected: <= 3, as were charged)", () -> TEN.giveBack("", NOW, charge, 4));
  }

  @Test
  void foreignTexts_areRefusedOnOneShortLine() {
    for (String text : List.of(
        "hello",
        "0;1/1/1 1 2",
        "0;10/1000000000/10 1 x 0",
        "0;10/1000000000/10 1 -5 0",
        "0;10/1000000000/10 1 99999999999999999 0",
        "0;10/1000000000/10 1 5 0 7",
        "0;10/1000000000/ 1 5 0",
        "0;010/1000000000/10 1 5 0",
        "9999999999;10/1000000000/10 1 5 0",
        "\r\n\u001b[31m" + "x".repeat(5_000))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> TEN.step(text, NOW, 1), text);
      assertTrue(e.getMessage().startsWith("stored: "), e.getMessage());
      assertTrue(e.getMessage().length() < 150, e.getMessage());
      assertTrue(e.getMessage().chars().allMatch(c -> c >= 0x20 && c <= 0x7e), text);
    }
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(
        message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  @Test
  void laterRevision_keepsWhatWasSpent_andDecidesForCallersOfTheEarlier() {
    String stored = TEN.step("", NOW, 4).value();
    StoreLimits twenty = StoreLimits.of(Limits.parse("20/second"), 1);
    StoreStep changed = twenty.step(stored, NOW, 20);
    assertFalse(changed.admitted());
    assertTrue(changed.changed(), "also by a call that is denied");
    assertEquals(16, changed.decision().decision().remaining());
    StoreStep late = TEN.step(changed.value(), NOW, 12);
    assertTrue(late.admitted(), "by the later limits");
    assertEquals("20/second", late.decision().limits().canonical());
    assertFalse(twenty.peek(stored, NOW, 20).changed());
  }

  @Test
  void unlimitedAndBlocked_storeNothing() {
    StoreStep unlimited = StoreLimits.of(Limits.parse("unlimited")).step("", NOW, 5);
    assertTrue(unlimited.admitted());
    assertFalse(unlimited.changed());
    StoreStep blocked = StoreLimits.of(Limits.parse("blocked")).step("x", NOW, 0);
    assertFalse(blocked.changed());
    assertEquals(Decision.NEVER, blocked.decision().decision().retryAfterNanos());
  }
}
