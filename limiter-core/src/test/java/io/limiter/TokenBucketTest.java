package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 5);

  @Test
  void decide_continuousAndEmpty_fillsEvenly() {
    TokenBucket bucket = TokenBucket.create(Rate.perSecond(4), 10, 0, clock);
    assertEquals(new Decision(false, 0, 250_000_000, 2_500_000_000L, 0), bucket.decide());
    clock.advanceNanos(250_000_000);
    assertEquals(new Decision(true, 0, 0, 2_500_000_000L, -1), bucket.decide());
    clock.advanceNanos(2_499_999_999L);
    assertEquals(9, bucket.peek().remaining());
    clock.advanceNanos(1);
    assertEquals(10, bucket.peek().remaining());
  }

  @Test
  void decide_stepwise_refillsAtTheStepAndNotBefore() {
    TokenBucket bucket = TokenBucket.stepwise(Rate.perSecond(4), 10, clock);
    assertTrue(bucket.tryAcquire(10));
    clock.advanceNanos(SECOND - 1);
    assertEquals(new Decision(false, 0, 1, 2 * SECOND + 1, 0), bucket.decide());
    clock.advanceNanos(1);
    assertEquals(new Decision(true, 3, 0, 2 * SECOND, -1), bucket.decide());
    assertEquals(new Decision(false, 3, SECOND, 2 * SECOND, 0), bucket.decide(4));
  }

  @Test
  void stepwise_anchorAhead_stepsThere() {
    long anchor = clock.nanoTime() + 10;
    TokenBucket bucket = TokenBucket.stepwise(Rate.perSecond(4), 4, 0, anchor, clock);
    assertEquals(new Decision(false, 0, 10, 10, 0), bucket.decide());
    clock.advanceNanos(10);
    assertTrue(bucket.tryAcquire(4));
    clock.advanceNanos(SECOND - 1);
    assertFalse(bucket.tryAcquire());
    clock.advanceNanos(1);
    assertTrue(bucket.tryAcquire(4));
  }

  @Test
  void fixedWindow_atItsEnd_admitsAtMostTwiceN() {
    TokenBucket window = TokenBucket.stepwise(Rate.perSecond(4), clock);
    clock.advanceNanos(SECOND - 1);
    assertTrue(window.tryAcquire(4));
    clock.advanceNanos(1);
    assertTrue(window.tryAcquire(4));
    clock.advanceNanos(SECOND - 1);
    assertFalse(window.tryAcquire());
  }

  @Test
  void decide_waitOfStepsBeyond63Bits_isExactIfTheirSumFits() {
    long period = 1L << 62;
    ManualClock zero = ManualClock.create();
    TokenBucket bucket = TokenBucket.stepwise(Rate.ofNanos(1, period), 2, 0, 0, zero);
    zero.set(period / 2);
    assertEquals(period / 2 + period, bucket.peek(2).retryAfterNanos());
    zero.set(1);
    assertEquals(Decision.NEVER, bucket.peek(2).retryAfterNanos());
    zero.set(0);
    assertEquals(Decision.NEVER, bucket.peek(2).retryAfterNanos());
  }

  @Test
  void refund_inALaterStep_isCappedAtTheBurst() {
    TokenBucket bucket = TokenBucket.stepwise(Rate.perSecond(4), 6, clock);
    assertTrue(bucket.tryAcquire(5));
    clock.advanceNanos(SECOND);
    assertEquals(5, bucket.peek().remaining());
    assertTrue(bucket.refund(5));
    assertEquals(new Decision(true, 6, 0, 0, -1), bucket.peek());
  }

  @Test
  void create_initialAboveBurst_saysWhatIsExpected() {
    assertEquals(
        "initial: 5 (expected: 0..4)",
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenBucket.create(Rate.perSecond(1), 4, 5, clock))
            .getMessage());
    assertEquals(
        "initial: -1 (expected: >= 0)",
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenBucket.stepwise(Rate.perSecond(1), 4, -1, 0, clock))
            .getMessage());
  }

  @Test
  void toString_namesRateBurstAndSteps() {
    Rate rate = Rate.perMinute(480);
    assertEquals(
        "TokenBucket[480/minute burst 480]", TokenBucket.create(rate, clock).toString());
    assertEquals(
        "TokenBucket[480/minute burst 9 stepwise]",
        TokenBucket.stepwise(rate, 9, clock).toString());
  }

  @Test
  void rate_ofEitherRefill_isWhatWasAskedFor() {
    assertEquals(
        Rate.perSecond(3), TokenBucket.create(Rate.perSecond(3), 7, clock).rate());
    assertEquals(
        Rate.perSecond(3), TokenBucket.stepwise(Rate.perSecond(3), clock).rate());
  }

  @Test
  void stepwise_waitsAroundTheLongest_areExactOrNever() {
    long step = 1L << 62;
    ManualClock zero = ManualClock.create();
    TokenBucket long62 = TokenBucket.stepwise(Rate.ofNanos(1, step), 4, 0, 0, zero);
    assertEquals(3L << 61, long62.peekAt(1L << 61, 2).retryAfterNanos());
    assertEquals(Long.MAX_VALUE - 1, long62.peekAt(2, 2).retryAfterNanos());
    assertEquals(Decision.NEVER, long62.peekAt(1, 2).retryAfterNanos());
    assertEquals(Decision.NEVER, long62.peekAt(0, 2).retryAfterNanos());
    assertEquals(Decision.NEVER, long62.peekAt(0, 4).retryAfterNanos());
    assertEquals(Decision.NEVER, long62.peekAt(7, 5).retryAfterNanos());
    long steps = 1L << 20; // of 2^42 ns each: 2^62 ns together
    TokenBucket long42 =
        TokenBucket.stepwise(Rate.ofNanos(1, 1L << 42), 3 * steps, 0, -1, ManualClock.create());
    assertEquals(step - 1, long42.peekAt(0, steps).retryAfterNanos());
    assertEquals(2 * (step - 1) + 1, long42.peekAt(0, 2 * steps).retryAfterNanos());
    assertEquals(Decision.NEVER, long42.peekAt(0, 2 * steps + 1).retryAfterNanos());
    assertEquals(Decision.NEVER, long42.peekAt(0, 3 * steps).retryAfterNanos());
  }

  @Test
  void noPermits_areAdmittedUnlessOwedOrPenalizedAndChangeNothing() {
    ManualClock clock = ManualClock.create();
    for (TokenBucket bucket : List.of(
        TokenBucket.create(Rate.perSecond(3), clock),
        TokenBucket.stepwise(Rate.perSecond(3), clock))) {
      bucket.drain();
      Decision before = bucket.peek();
      assertTrue(bucket.tryAcquire(0));
      assertTrue(bucket.decide(0).admitted());
      assertTrue(bucket.refund(0));
      assertEquals(before, bucket.peek());
      long wait = bucket.acquireForced(1);
      assertFalse(bucket.tryAcquire(0));
      assertEquals(wait, bucket.decide(0).retryAfterNanos());
      clock.advanceNanos(wait);
      assertTrue(bucket.tryAcquire(0));
      bucket.penalizeAt(clock.nanoTime(), 7);
      assertFalse(bucket.tryAcquire(0));
      assertEquals(7, bucket.decide(0).retryAfterNanos());
      assertEquals(bucket.decide(0), bucket.peek(0));
      clock.advanceNanos(7);
      assertTrue(bucket.tryAcquire(0));
    }
  }
}
