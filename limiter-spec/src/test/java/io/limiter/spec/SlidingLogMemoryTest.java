package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jol.info.GraphLayout;

/** What a sliding log weighs: one word per permit of the largest window at most, as it fills. */
class SlidingLogMemoryTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 20_000;

  /** The log itself, its windows, its descriptor, the header of its ring. */
  private static final long FIXED = 256;

  private final ManualClock clock = ManualClock.create();

  private long bytes(SlidingLog log) {
    return GraphLayout.parseInstance(log).totalSize()
        - GraphLayout.parseInstance(clock).totalSize();
  }

  /** Bytes that {@link #CALLS} calls allocate, less the bean's own: the smallest of five rounds. */
  private static long allocated(Runnable call) {
    long id = Thread.currentThread().getId();
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 6; round++) {
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
  void ring_isAtMostOneWordPerPermitOfTheLargestWindow() {
    for (int n : new int[] {1, 7, 8, 9, 100, 1_000, 1_025}) {
      SlidingLog log =
          SlidingLog.create(List.of(Rate.ofNanos(n, 10_000), Rate.ofNanos(1 + n / 2, 10)), clock);
      for (int i = 0; i < 3 * n; i++) {
        log.tryAcquire();
        clock.advanceNanos(20);
        long most = FIXED + 8L * n;
        assertTrue(bytes(log) <= most, () -> bytes(log) + " bytes, at most " + most);
      }
    }
  }

  @Test
  void ring_growsAsItFills() {
    SlidingLog log = SlidingLog.create(Rate.perSecond(1_000_000), clock);
    assertTrue(bytes(log) <= FIXED + 8 * 8);
    log.tryAcquire(100);
    assertTrue(bytes(log) <= FIXED + 2 * 8 * 100);
    log.tryAcquire(1_000);
    assertTrue(bytes(log) <= FIXED + 2 * 8 * 1_100);
  }

  @Test
  void ring_isGivenBackAfterAnIdleWindow() {
    SlidingLog log = SlidingLog.create(Rate.perSecond(1_000_000), clock);
    log.tryAcquire(1_000_000);
    clock.advanceNanos(1_000_000_000);
    log.tryAcquire();
    assertTrue(bytes(log) <= FIXED + 8 * 8, () -> bytes(log) + " bytes");
    assertEquals(999_999, log.peek().remaining());
  }

  @Test
  void denied_allocatesNothing() {
    SlidingLog log = SlidingLog.create(List.of(Rate.perSecond(3), Rate.perHour(60)), clock);
    log.tryAcquire(3);
    assertEquals(0, allocated(() -> assertTrue(!log.tryAcquire())));
    assertEquals(0, allocated(() -> assertTrue(!log.tryAcquire(Long.MAX_VALUE))));
  }

  @Test
  void singlePermits_allocateNothing() {
    SlidingLog log = SlidingLog.create(List.of(Rate.perSecond(3), Rate.perHour(60)), clock);
    assertEquals(0, allocated(() -> {
      clock.advanceNanos(3_600_000_000_000L / 40);
      assertTrue(log.tryAcquire());
    }));
  }

  @Test
  void severalPermits_allocateADescriptor() {
    SlidingLog log = SlidingLog.create(List.of(Rate.perSecond(3), Rate.perHour(60)), clock);
    long bytes = allocated(() -> {
      clock.advanceNanos(3_600_000_000_000L / 20);
      assertTrue(log.tryAcquire(2));
    });
    assertTrue(bytes <= 48L * CALLS, () -> bytes + " bytes in " + CALLS + " calls");
  }
}
