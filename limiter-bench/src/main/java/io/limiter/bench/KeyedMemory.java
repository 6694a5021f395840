package io.limiter.bench;

import io.github.bucket4j.Bucket;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jctools.maps.NonBlockingHashMap;

/**
 * How many bytes does a key take, beyond the caller's key object? A table in Markdown, at 10^6 and
 * 10^7 keys or at the numbers that are given: the used heap after a collection, with less without.
 * Beside it, the longest first use of a key, collections of garbage among it, and the rebuild of one
 * segment when that many keys are known: the median of a thousand, and the tenth longest.
 */
public final class KeyedMemory {
  private static final ManualClock CLOCK = ManualClock.create();
  private static long longestNanos;

  private KeyedMemory() {}

  /** Prints the table. */
  public static void main(String[] arguments) {
    String[] sizes = arguments.length == 0 ? new String[] {"1000000", "10000000"} : arguments;
    System.out.println("| limiter | keys | bytes a key | longest first use, us | rebuild, us |");
    System.out.println("| --- | --: | --: | --: | --: |");
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
      row("ConcurrentHashMap of Bucket4j", keys, () -> buckets(objects));
    }
  }

  private static void row(String name, int keys, Supplier<Object> limiter) {
    long before = used();
    longestNanos = 0;
    Object made = limiter.get();
    long bytes = used() - before;
    System.out.printf(
        "| %s | %,d | %.1f | %,d | %s |%n",
        name, keys, (double) bytes / keys, longestNanos / 1_000, rebuild(made, keys));
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

  private static Object buckets(Integer[] keys) {
    ConcurrentMap<Integer, Bucket> map = new ConcurrentHashMap<>();
    for (Integer key : keys) {
      long start = System.nanoTime();
      map.computeIfAbsent(key, none -> bucket()).tryConsume(1);
      longestNanos = Math.max(longestNanos, System.nanoTime() - start);
    }
    return map;
  }

  private static Bucket bucket() {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(60).refillGreedy(60, Duration.ofHours(1)))
        .withNanosecondPrecision()
        .build();
  }

  /** To forget a key is to rebuild its segment without it. */
  private static String rebuild(Object made, int keys) {
    long[] nanos = new long[1_000];
    for (int i = 0; i < nanos.length; i++) {
      int key = (int) ((long) keys * i / nanos.length);
      long start = System.nanoTime();
      if (made instanceof LongKeyedLimiter longs) {
        longs.forget(key);
      } else if (made instanceof KeyedLimiter<?> limiter) {
        @SuppressWarnings("unchecked") // made by keyed()
        KeyedLimiter<Integer> keyed = (KeyedLimiter<Integer>) limiter;
        keyed.forget(key);
      } else {
        return "";
      }
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    return String.format("%,d .. %,d", nanos[500] / 1_000, nanos[990] / 1_000);
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
