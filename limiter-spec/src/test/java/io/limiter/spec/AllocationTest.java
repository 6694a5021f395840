package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.TokenBucket;
import io.limiter.rule.Limits;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jol.info.GraphLayout;

/** What a limiter costs in bytes: none for a call, at most 96 for a Gcra and what it alone holds. */
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 100_000;

  private final ManualClock clock = ManualClock.create();
  private Object sink;

  /** Bytes that {@link #CALLS} calls allocate, less the bean's own: the smallest of five rounds. */
  private static long bytes(Runnable call) {
    long id = Thread.currentThread().getId();
    for (int i = 0; i < 20_000; i++) {
      call.run();
    }
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = THREADS.getThreadAllocatedBytes(id);
      long own = THREADS.getThreadAllocatedBytes(id) - before;
      long start = THREADS.getThreadAllocatedBytes(id);
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      best = Math.min(best, THREADS.getThreadAllocatedBytes(id) - start - own);
    }
    return best;
  }

  private void assertAllocatesNothing(RateLimiter limiter) {
    assertEquals(
        0,
        bytes(() -> {
          clock.advanceNanos(1_000_000_000);
          assertTrue(limiter.tryAcquire());
        }),
        () -> limiter + " admitted");
    while (limiter.tryAcquire()) {
      // until nothing is left
    }
    assertEquals(0, bytes(limiter::tryAcquire), () -> limiter + " denied");
    assertEquals(0, bytes(() -> limiter.tryAcquire(Long.MAX_VALUE)), () -> limiter + " never");
  }

  @Test
  void tryAcquire_ofAnyLimiter_allocatesNothing() {
    Rate rate = Rate.perSecond(3);
    assertAllocatesNothing(Gcra.create(rate, clock));
    assertAllocatesNothing(Gcra.create(rate, clock).striped());
    assertAllocatesNothing(TokenBucket.create(rate, 5, clock));
    assertAllocatesNothing(TokenBucket.stepwise(rate, clock));
    assertAllocatesNothing(
        AllOf.of(List.of(Gcra.create(rate, clock), TokenBucket.create(rate, clock)), 1, 2));
    assertAllocatesNothing(Limits.parse("3/second").newRateLimiter(clock));
    assertAllocatesNothing(Limits.parse("3/second, 100/minute").newRateLimiter(clock));
  }

  @Test
  void boxing_isCaught() {
    long[] count = {1 << 20};
    assertTrue(bytes(() -> sink = count[0]++) > 0);
  }

  @Test
  void gcra_withAllItAloneHolds_isAtMost96Bytes() {
    assertTrue(own(Gcra.create(Rate.perSecond(3), clock)) <= 96);
    assertTrue(own(TokenBucket.create(Rate.perSecond(3), clock)) <= 96);
    assertTrue(own(TokenBucket.stepwise(Rate.perSecond(3), clock)) <= 128);
  }

  private long own(RateLimiter limiter) {
    return GraphLayout.parseInstance(limiter).totalSize()
        - GraphLayout.parseInstance(clock).totalSize();
  }
}
