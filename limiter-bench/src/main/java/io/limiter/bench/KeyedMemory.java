package io.limiter.bench;

import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.rule.Limits;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jctools.maps.NonBlockingHashMap;

/**
 * How many bytes does a key take, beyond the caller's key object? A table in Markdown, at 10^6 and
 * 10^7 keys or at the numbers that are given: the used heap after a collection, with less without.
 * Beside it, the longest first use of a key: where a segment is rebuilt.
 */
public final class KeyedMemory {
  private static final ManualClock CLOCK = ManualClock.create();
  private static long longestNanos;

  private KeyedMemory() {}

  /** Prints the table. */
  public static void main(String[] arguments) {
    String[] sizes = arguments.length == 0 ? new String[] {"1000000", "10000000"} : arguments;
    System.out.println("| limiter | keys | bytes a key | longest first use, us |");
    System.out.println("| --- | --: | --: | --: |");
    for (String size : sizes) {
      int keys = Integer.parseInt(size);
      Integer[] objects = new Integer[keys];
      for (int i = 0; i < keys; i++) {
        objects[i] = i;
      }
      row("KeyedLimiter, one rate", keys, () -> keyed("60/hour", objects));
      row("KeyedLimiter, two rates", keys, () -> keyed("60/hour, 3/second", objects));
      row("LongKeyedLimiter, one rate", keys, () -> longs("60/hour", keys));
      row("LongKeyedLimiter, two rates", keys, () -> longs("60/hour, 3/second", keys));
      row("ConcurrentHashMap of Gcra", keys, () -> map(new ConcurrentHashMap<>(), objects));
      row("NonBlockingHashMap of Gcra", keys, () -> map(new NonBlockingHashMap<>(), objects));
    }
  }

  private static void row(String name, int keys, Supplier<Object> limiter) {
    long before = used();
    longestNanos = 0;
    Object made = limiter.get();
    long bytes = used() - before;
    System.out.printf(
        "| %s | %,d | %.1f | %,d |%n", name, keys, (double) bytes / keys, longestNanos / 1_000);
    if (made.hashCode() == before) {
      System.out.println();
    }
  }

  private static Object keyed(String limits, Integer[] keys) {
    KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(Limits.parse(limits), CLOCK)
        .maxKeys(keys.length)
        .build();
    for (Integer key : keys) {
      long start = System.nanoTime();
      limiter.tryAcquire(key);
      longestNanos = Math.max(longestNanos, System.nanoTime() - start);
    }
    return limiter;
  }

  private static Object longs(String limits, int keys) {
    LongKeyedLimiter limiter =
        LongKeyedLimiter.builder(Limits.parse(limits), CLOCK).maxKeys(keys).build();
    for (int key = 0; key < keys; key++) {
      long start = System.nanoTime();
      limiter.tryAcquire(key);
      longestNanos = Math.max(longestNanos, System.nanoTime() - start);
    }
    return limiter;
  }

  private static Object map(ConcurrentMap<Integer, Gcra> map, Integer[] keys) {
    GcraMath math = GcraMath.of(Rate.perHour(60));
    for (Integer key : keys) {
      long start = System.nanoTime();
      map.computeIfAbsent(key, none -> Gcra.create(math, CLOCK)).tryAcquire();
      longestNanos = Math.max(longestNanos, System.nanoTime() - start);
    }
    return map;
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
