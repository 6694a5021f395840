package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** {@link Counted}, by examples. */
class CountedTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.create();
  private final Gcra limiter = Gcra.create(Rate.perSecond(1), 2, clock);
  private final Counted counted = Counted.of(limiter);

  private void assertCounts(long admitted, long denied, long refunded, long waited) {
    assertEquals(admitted, counted.admitted(), "admitted");
    assertEquals(denied, counted.denied(), "denied");
    assertEquals(refunded, counted.refunded(), "refunded");
    assertEquals(waited, counted.waited(), "waited");
  }

  @Test
  void verbs_areCountedInPermits() {
    assertTrue(counted.tryAcquire(2));
    assertFalse(counted.decide(2).admitted());
    assertFalse(counted.peek(1).admitted());
    counted.refund(1);
    assertEquals(1, counted.tryAcquireUpTo(3));
    assertCounts(3, 4, 1, 0);
  }

  @Test
  void waiting_isCountedAndCancellationIsARefund() {
    counted.drain();
    CompletableFuture<Boolean> first = counted.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = counted.acquireAsync(1, FOREVER);
    assertFalse(counted.acquireAsync(1, Duration.ofSeconds(1)).getNow(true));
    first.cancel(false);
    clock.advance(Duration.ofSeconds(1));
    assertTrue(second.getNow(false));
    assertCounts(4, 1, 1, 2);
  }

  @Test
  void shadow_countsTheSameDecisionsAndEnforcesNone() {
    counted.shadow(true);
    assertTrue(counted.tryAcquire(2));
    assertTrue(counted.tryAcquire(1));
    assertTrue(counted.decide(1).admitted());
    assertTrue(counted.peek(1).admitted());
    assertTrue(counted.acquireAsync(1, Duration.ofSeconds(5)).getNow(false));
    assertTrue(counted.acquireAsync(1, Duration.ofSeconds(1)).getNow(false));
    assertCounts(3, 3, 0, 1);
    counted.shadow(false);
    assertFalse(counted.tryAcquire(1));
    assertEquals("Counted[Gcra[1/second burst 2], 3 admitted, 4 denied]", counted.toString());
  }
}
