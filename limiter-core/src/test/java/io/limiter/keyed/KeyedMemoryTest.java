package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openjdk.jol.info.GraphLayout;
import org.openjdk.jol.vm.VM;

class KeyedMemoryTest {
  private static final int KEYS = 1_000_000;
  private static final ThreadMXBean MX = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"60/hour | 24", "60/hour, 3/second | 36"})
  void objects_atAMillionKeys_takeFewBytesEach(String limits, int most) {
    Integer[] keys = new Integer[KEYS];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = i;
    }
    KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(
            Limits.parse(limits), ManualClock.create())
        .maxKeys(KEYS)
        .build();
    for (Integer key : keys) {
      limiter.tryAcquire(key);
    }
    // Not by GraphLayout.subtract, which goes by addresses: a collection in between moves the keys.
    long bytes =
        GraphLayout.parseInstance(limiter).totalSize() - KEYS * VM.current().sizeOf(keys[0]);
    System.out.println("object keys, " + limits + ": " + bytes * 100 / KEYS + " bytes a 100 keys");
    assertEquals(KEYS, limiter.size());
    assertTrue(bytes <= (long) most * KEYS, "bytes: " + bytes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"60/hour | 24", "60/hour, 3/second | 36"})
  void longs_atAMillionKeys_takeFewBytesEach(String limits, int most) {
    LongKeyedLimiter limiter = LongKeyedLimiter.builder(Limits.parse(limits), ManualClock.create())
        .maxKeys(KEYS)
        .build();
    for (long key = 0; key < KEYS; key++) {
      limiter.tryAcquire(key);
    }
    long bytes = GraphLayout.parseInstance(limiter).totalSize();
    System.out.println("long keys, " + limits + ": " + bytes * 100 / KEYS + " bytes a 100 keys");
    assertTrue(bytes <= (long) most * KEYS, "bytes: " + bytes);
  }

  /** Bytes that {@code calls} calls allocate, the least of five rounds. */
  private static long allocated(Runnable call, int calls) {
    long id = Thread.currentThread().getId();
    for (int i = 0; i < 20_000; i++) {
      call.run();
    }
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = MX.getThreadAllocatedBytes(id);
      long own = MX.getThreadAllocatedBytes(id) - before;
      long start = MX.getThreadAllocatedBytes(id);
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      least = Math.min(least, MX.getThreadAllocatedBytes(id) - start - own);
    }
    return least;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"1000000/second", "1000000/second, 5/hour", "5/hour", "100/second fixed-window"})
  void knownKeys_admittedOrDenied_allocateNothing(String limits) {
    ManualClock clock = ManualClock.create();
    KeyedLimiter<String> limiter =
        KeyedLimiter.<String>builder(Limits.parse(limits), clock).build();
    LongKeyedLimiter longs =
        LongKeyedLimiter.builder(Limits.parse(limits), clock).build();
    String key = "0123456789abcdef0123";
    assertEquals(
        0,
        allocated(
            () -> {
              clock.advanceNanos(1_000);
              limiter.tryAcquire(key);
              longs.tryAcquire(7);
            },
            100_000));
  }

  @Test
  void canary_allocation_isSeen() {
    Object[] kept = new Object[1];
    assertTrue(allocated(() -> kept[0] = new long[1], 10_000) >= 160_000);
  }
}
