package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** That each verb is passed on; what they do is held by the tests of KeyedLimiter. */
class LongKeyedLimiterTest {
  private static final Limits LIMITS = Limits.parse("3/second");

  private final ManualClock clock = ManualClock.create();
  private final LongKeyedLimiter limiter =
      LongKeyedLimiter.builder(LIMITS, clock).build();

  @Test
  void verbs_now_areThoseOfTheKeyedLimiter() {
    assertSame(clock, limiter.clock());
    assertEquals(LIMITS, limiter.limits());
    assertTrue(limiter.tryAcquire(7));
    assertEquals(new Decision(true, 2, 0, 333_333_334, -1), limiter.peek(7));
    assertEquals(new Decision(true, 1, 0, 666_666_667, -1), limiter.decide(7));
    assertFalse(limiter.tryAcquire(7, 2));
    assertTrue(limiter.tryAcquire(8, 3));
    assertFalse(limiter.tryAcquire(8));
    assertEquals(new Decision(false, 1, 333_333_334, 666_666_667, 0), limiter.peek(7, 2));
    assertTrue(limiter.refund(7, 1));
    assertEquals(2, limiter.peek(7).remaining());
    assertEquals(2, limiter.size());
    assertEquals("LongKeyedLimiter[3/second; 2 keys]", limiter.toString());
    assertTrue(limiter.forget(8));
    assertFalse(limiter.forget(8));
    assertEquals(3, limiter.peek(8).remaining());
  }

  @Test
  void verbs_atAReading_areDatedThen() {
    assertTrue(limiter.tryAcquireAt(500_000_000, 7, 3));
    assertFalse(limiter.tryAcquireAt(600_000_000, 7, 1));
    assertEquals(233_333_334, limiter.peekAt(600_000_000, 7, 1).retryAfterNanos());
    assertTrue(limiter.refundAt(600_000_000, 7, 1));
    assertTrue(limiter.decideAt(600_000_000, 7, 1).admitted());
    assertFalse(limiter.tryEnterAt(600_000_000, 7, 1).granted());
    assertTrue(limiter.tryEnterAt(1_500_000_000, 7, 3).granted());
  }

  @Test
  void refund_thatTheAlgorithmCannotDo_saysSo() {
    limiter.override(7, Limits.parse("3 concurrent"));
    try (Permit permit = limiter.tryEnter(7);
        Permit two = limiter.tryEnter(7, 2)) {
      assertTrue(permit.granted() && two.granted());
      assertFalse(limiter.refund(7, 1));
      assertFalse(limiter.refundAt(0, 7, 1));
      assertFalse(limiter.tryEnter(7).granted());
    }
    assertTrue(limiter.clearOverride(7));
    assertFalse(limiter.clearOverride(7));
    assertTrue(limiter.tryAcquire(7));
  }

  @Test
  void penalize_key_admitsNothingBefore() {
    assertTrue(limiter.penalize(7, Duration.ofSeconds(2)));
    assertEquals(2_000_000_000, limiter.peek(7).retryAfterNanos());
    LongKeyedLimiter small = LongKeyedLimiter.builder(LIMITS, clock)
        .maxKeys(1)
        .whenFull(OverflowPolicy.deny())
        .build();
    assertTrue(small.tryAcquire(1));
    assertFalse(small.tryAcquire(2));
    assertFalse(small.penalize(2, Duration.ofSeconds(1)));
  }

  @Test
  void arguments_bad_throw() {
    assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(7, -1));
    assertThrows(IllegalArgumentException.class, () -> limiter.peek(7, -1));
    assertThrows(NullPointerException.class, () -> limiter.override(7, null));
    assertThrows(NullPointerException.class, () -> limiter.forEach(null));
  }
}
