package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * Permits of stripes are spent and denied without an allocation, and those of a concurrency limiter are
 * given back without one. A lease is an object.
 */
class StripedAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 100_000;
  private static final long BURST = 1 << 20;
  private static final long LEASE = 16;

  private long now; // a ManualClock allocates when it is moved
  private final Gcra gcra = Gcra.create(Rate.ofNanos(1, 10), BURST, () -> now);
  private final StripedLimiter striped = new StripedLimiter(gcra, 4, LEASE);

  /** The smallest of eight rounds, as for {@code AllocationTest}. */
  private static long bytes(Runnable call) {
    long id = Thread.currentThread().getId();
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 8; round++) {
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

  @Test
  void leasedPermits_areSpentAndDenied_withoutAnAllocation() {
    Striping.stripe(gcra, 0, 4, LEASE);
    long leases = CALLS / LEASE + 1;
    long leasing = bytes(() -> {
      now += 10;
      assertTrue(striped.tryAcquire());
    });
    assertTrue(leasing <= 32 * leases, leasing + " bytes for " + leases + " leases");
    while (striped.tryAcquire()) {
      // until nothing is left
    }
    assertEquals(0, bytes(() -> assertFalse(striped.tryAcquire())));
    assertEquals(0, bytes(() -> assertFalse(striped.tryAcquire(BURST + 1))));
    assertEquals("4 stripes of 16", Striping.stripes(gcra).describe());
  }

  @Test
  void concurrentPermits_areTakenGivenBackAndDenied_withoutAnAllocation() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(64).striped(4);
    limiter.stripe();
    assertEquals(0, bytes(() -> {
      assertTrue(limiter.tryAcquire(3));
      limiter.release(3);
    }));
    while (limiter.tryAcquire()) {
      // until nothing is left
    }
    assertEquals(0, bytes(() -> assertFalse(limiter.tryAcquire())));
    assertEquals("ConcurrencyLimiter[64 of 64 in flight, 4 stripes]", limiter.toString());
  }
}
