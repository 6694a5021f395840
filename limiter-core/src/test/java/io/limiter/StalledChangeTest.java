package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
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
  private long remaining(WordLimiter limiter, int nth) {
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

  /**
   * Who took 4 came before, at the old rate. After the change there were 40, cut to 10: 6 would be
   * left. But a change that was overtaken while it read the clock reads it again.
   */
  private void assertOvertaken(Supplier<WordLimiter> limiters) {
    Set<Long> remaining = new TreeSet<>();
    for (int nth = 0; nth < 9; nth++) { // more than a change reads the clock
      remaining.add(remaining(limiters.get(), nth));
    }
    assertEquals(Set.of(-1L, 0L), remaining);
  }

  @Test
  void reconfigure_stalledAtAnyReading_comesAfterTheCallMeanwhile() {
    assertOvertaken(() -> Gcra.create(Rate.perSecond(1), 10, stalling));
    assertOvertaken(() -> TokenBucket.create(Rate.perSecond(1), 10, stalling));
    assertOvertaken(() -> TokenBucket.stepwise(Rate.perSecond(1), 10, stalling));
  }

  private List<WordLimiter> ofTenPerTenSeconds() {
    return List.of(
        Gcra.create(Rate.perSecond(1), 10, stalling),
        TokenBucket.create(Rate.perSecond(1), 10, stalling),
        TokenBucket.stepwise(Rate.perSecond(1), 10, stalling));
  }

  /** The clock is read after the word: what was charged meanwhile, or restored, is not given back. */
  @Test
  void uncharge_stalledWhileTimeRestoresItAndOthersAreAdmitted_givesNothingBack() {
    for (WordLimiter limiter : ofTenPerTenSeconds()) {
      long now = clock.nanoTime();
      Ledger.Mark mark = limiter.mark();
      limiter.charge(now, 4);
      stall = () -> {
        clock.advance(Duration.ofSeconds(10));
        assertTrue(limiter.tryAcquireAt(clock.nanoTime(), 10));
      };
      limiter.uncharge(now, 4, mark);
      assertEquals(0, limiter.peek().remaining(), limiter::toString);
    }
  }

  /** What it was about to give back when it lost the race counted as given back. */
  @Test
  void uncharge_stalledWhileOthersAreAdmitted_givesBackWhatItWeighs() {
    for (WordLimiter limiter : ofTenPerTenSeconds()) {
      long now = clock.nanoTime();
      Ledger.Mark mark = limiter.mark();
      limiter.charge(now, 4);
      stall = () -> {
        clock.advance(Duration.ofSeconds(3));
        assertTrue(limiter.tryAcquireAt(clock.nanoTime(), 9));
      };
      limiter.uncharge(now, 4, mark);
      assertEquals(1, limiter.peek().remaining(), () -> limiter + " 1 of 4 was not restored");
    }
  }

  @Test
  void uncharge_afterAChangeOfTheRate_givesNothingBack() {
    for (WordLimiter limiter : ofTenPerTenSeconds()) {
      long now = clock.nanoTime();
      Ledger.Mark mark = limiter.mark();
      limiter.charge(now, 4);
      limiter.reconfigure(Rate.perSecond(10), 10, LevelPolicy.KEEP);
      limiter.uncharge(now, 4, mark);
      assertEquals(6, limiter.peek().remaining(), limiter::toString);
      assertEquals(Rate.perSecond(10), limiter.rate());
    }
  }

  /** Whoever freezes a cell to replace it and stalls is helped by the next to come. */
  @Test
  void publish_ofWhoStalledAfterTheFreeze_failsOnceOthersHaveGoneOn() {
    for (WordLimiter limiter : ofTenPerTenSeconds()) {
      Cell before = limiter.cell;
      long seen = before.tat;
      Cell next = before.with(seen).pausedUntil(clock.nanoTime() + 1);
      assertTrue(before.freeze(seen));
      assertTrue(limiter.tryAcquireAt(clock.nanoTime(), 4), "it thaws the cell");
      assertNotSame(before, limiter.cell);
      assertFalse(limiter.replace(before, next));
      assertEquals(6, limiter.peek().remaining());
    }
  }
}
