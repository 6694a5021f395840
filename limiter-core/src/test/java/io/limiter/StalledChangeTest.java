package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The rate is changed by a thread that stalls after it read the clock; time and calls go on. */
class StalledChangeTest {
  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE);
  private Runnable stall = () -> {};

  /** Whoever reads it gets the time of before he stalled. */
  private final NanoClock stalling = () -> {
    long read = clock.nanoTime();
    Runnable once = stall;
    stall = () -> {};
    once.run();
    return read;
  };

  /**
   * Burst 10 at 1/second, empty; while the rate becomes 10/second, 4 s pass and somebody takes 4, at
   * the nth reading of the change. What is left then; -1 if there were not as many readings.
   */
  private long remaining(Lender limiter, int nth) {
    assertTrue(limiter.tryAcquire(10));
    int[] left = {nth};
    stall = new Runnable() {
      @Override
      public void run() {
        if (left[0]-- > 0) {
          stall = this;
          return;
        }
        clock.advance(Duration.ofSeconds(4));
        assertTrue(limiter.tryAcquireAt(clock.nanoTime(), 4));
      }
    };
    limiter.reconfigure(Rate.perSecond(10), 10, LevelPolicy.KEEP);
    stall = () -> {};
    return left[0] < 0 ? limiter.peek().remaining() : -1;
  }

  /** Who took 4 came before, at the old rate; or after, when there were 40, cut to 10. */
  private void assertBeforeOrAfter(Supplier<Lender> limiters) {
    Set<Long> remaining = new TreeSet<>();
    for (int nth = 0; nth < 9; nth++) {
      remaining.add(remaining(limiters.get(), nth));
    }
    assertEquals(Set.of(-1L, 0L, 6L), remaining);
  }

  @Test
  void reconfigure_stalledAtAnyReading_comesBeforeOrAfterTheCallMeanwhile() {
    assertBeforeOrAfter(() -> Gcra.create(Rate.perSecond(1), 10, stalling));
    assertBeforeOrAfter(() -> TokenBucket.create(Rate.perSecond(1), 10, stalling));
    assertBeforeOrAfter(() -> TokenBucket.stepwise(Rate.perSecond(1), 10, stalling));
  }

  @Test
  void uncharge_stalledWhileTheRateChanges_isTakenBackFromWhatCameOfIt() {
    for (Lender limiter : List.of(
        Gcra.create(Rate.perSecond(1), 10, stalling),
        TokenBucket.create(Rate.perSecond(1), 10, stalling),
        TokenBucket.stepwise(Rate.perSecond(1), 10, stalling))) {
      long now = clock.nanoTime();
      Object terms = limiter.terms();
      long receipt = limiter.charge(now, 4, terms);
      stall = () -> limiter.reconfigure(Rate.perSecond(10), 10, LevelPolicy.KEEP);
      limiter.uncharge(now, 4, terms, receipt);
      assertEquals(10, limiter.peek().remaining());
      assertEquals(Rate.perSecond(10), limiter.rate());
    }
  }
}
