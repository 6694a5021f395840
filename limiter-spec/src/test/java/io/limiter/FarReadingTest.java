package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A reading so far from the origin that a frozen word lies behind it. Such a word still admits nothing,
 * and its cell is replaced only by who may. In the package of the limiter, to lease its permits.
 */
class FarReadingTest {
  /** Its horizon is 9 minutes, and 8 of those are the ticks by which a frozen word lies ahead. */
  private static final Rate AWKWARD = Rate.perSecond(999_983);

  private static final Duration FAR = Duration.ofHours(3);

  private final ManualClock clock = ManualClock.create();
  private final Gcra gcra = Gcra.create(AWKWARD, 64, clock);

  @Test
  void penalty_longerThanTheHorizon_holdsToItsEnd() {
    gcra.penalize(FAR);
    clock.advanceNanos(FAR.toNanos() - 1);
    assertFalse(gcra.tryAcquire());
    assertEquals(1, gcra.decide().retryAfterNanos());
    clock.advanceNanos(1);
    assertTrue(gcra.tryAcquire());
  }

  @Test
  void line_thatWaitsForLongerThanTheHorizon_deniesPlainCalls() {
    gcra.penalize(FAR);
    CompletableFuture<Boolean> first = gcra.acquireAsync(64, FAR.plusSeconds(1));
    clock.advanceNanos(FAR.toNanos() - 1);
    assertFalse(gcra.tryAcquire());
    assertFalse(gcra.decide().admitted());
    assertFalse(first.isDone());
    clock.advanceNanos(1);
    assertTrue(first.join());
    clock.advanceNanos(1_001);
    assertTrue(gcra.tryAcquire());
  }

  @Test
  void leases_thatNobodyUsedForLongerThanTheHorizon_areSpentOnce() {
    StripedLimiter striped = new StripedLimiter(gcra, 2, 4);
    Striping.stripe(gcra, 0, 2, 4);
    assertTrue(striped.tryAcquireAt(0, 0, 1));
    clock.advance(FAR);
    assertTrue(
        striped.tryAcquireAt(0, clock.nanoTime(), 63), "more than a stripe and the word have");
    assertTrue(striped.tryAcquireAt(0, clock.nanoTime(), 1));
    assertFalse(striped.tryAcquireAt(0, clock.nanoTime(), 1));
    assertFalse(striped.tryAcquireAt(1, clock.nanoTime(), 1));
  }

  /** What the stripes have room for is missing, however far the reading is. */
  @Test
  void leases_thatNobodyUsedForLongerThanTheHorizon_areCountedAsTheyAre() {
    StripedLimiter striped = new StripedLimiter(gcra, 2, 4);
    Striping.stripe(gcra, 0, 2, 4);
    assertTrue(striped.tryAcquireAt(0, 0, 1), "of the shared word");
    assertTrue(striped.tryAcquireAt(0, 0, 3), "of a stripe");
    clock.advance(FAR);
    assertEquals(61, striped.peek().remaining());
    assertTrue(striped.tryAcquireAt(0, clock.nanoTime(), 61));
    assertFalse(striped.tryAcquireAt(0, clock.nanoTime(), 1));
  }
}
