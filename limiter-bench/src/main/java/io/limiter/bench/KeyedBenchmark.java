package io.limiter.bench;

import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.rule.Limits;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jctools.maps.NonBlockingHashMap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a call on a known key cost that is admitted, beside a map of limiters? Text that comes
 * with a request is hashed for the first time; a map that is asked with the very object that is its
 * key finds the hashCode in it, and a hash by content under a secret seed cannot be stored there.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Benchmark)
public class KeyedBenchmark {
  private static final int CALLS = 1 << 20;
  private static final Limits PLENTY = Limits.parse("1000000000/second burst 1000000000000");

  /** How many keys are known. */
  @Param({"1", "1000", "1000000"})
  public int keys;

  /** Which of them are called. */
  @Param
  public Popularity popularity;

  /** Whether a call brings a string of its own, as a request does, or the one that is the key. */
  @Param({"true", "false"})
  public boolean fresh;

  private KeyedLimiter<String> keyed;
  private LongKeyedLimiter longs;
  private Map<String, Gcra> concurrent;
  private Map<String, Gcra> nonBlocking;
  private String[] texts;
  private long[] numbers;

  /** How often each key is called. */
  public enum Popularity {
    /** All alike. */
    UNIFORM,
    /** The n-th in proportion to 1/n. */
    ZIPF
  }

  /** Makes the limiters known, and draws the keys that are called. */
  @Setup
  public void create() {
    NanoClock clock = NanoClock.system();
    GcraMath math = GcraMath.of(Rate.perSecond(1_000_000_000), Rate.MAX_PERMITS);
    keyed = KeyedLimiter.<String>builder(PLENTY, clock).maxKeys(keys).build();
    longs = LongKeyedLimiter.builder(PLENTY, clock).maxKeys(keys).build();
    concurrent = new ConcurrentHashMap<>();
    nonBlocking = new NonBlockingHashMap<>();
    String[] known = new String[keys];
    for (int i = 0; i < keys; i++) {
      known[i] = name(i);
      concurrent.put(known[i], Gcra.create(math, clock));
      nonBlocking.put(known[i], Gcra.create(math, clock));
      keyed.tryAcquire(known[i]);
      keyed.tryAcquire(known[i], 1L << 38); // not fresh for a while
      longs.tryAcquire(i, 1L << 38);
    }
    SplittableRandom random = new SplittableRandom(1);
    double[] upTo = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      upTo[i] = sum += popularity == Popularity.ZIPF ? 1.0 / (i + 1) : 1;
    }
    texts = new String[CALLS];
    numbers = new long[CALLS];
    for (int call = 0; call < CALLS; call++) {
      int index = Arrays.binarySearch(upTo, random.nextDouble() * sum);
      int rank = Math.min(index < 0 ? -index - 1 : index, keys - 1);
      int key = (int) ((rank * 2654435761L & Long.MAX_VALUE) % keys);
      numbers[call] = key;
      texts[call] = fresh ? name(key) : known[key];
    }
  }

  private static String name(int key) {
    return "tenant-" + Integer.toString(key + 1_000_000_000, 36);
  }

  /** A copy has no hashCode in store unless the text was asked for it, and nobody asked these. */
  private String text(Caller caller) {
    String text = texts[caller.next()];
    return fresh ? new String(text) : text;
  }

  /** The calls of one thread. */
  @State(Scope.Thread)
  public static class Caller {
    private int next = (int) Thread.currentThread().getId() * 7_919;

    int next() {
      return next++ & CALLS - 1;
    }
  }

  /** A table of words, keys as text. */
  @Benchmark
  public void keyed(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(keyed.tryAcquire(text(caller)));
  }

  /** A table of words, keys as numbers. */
  @Benchmark
  public void longKeyed(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(longs.tryAcquire(numbers[caller.next()]));
  }

  /** The map that everybody has. */
  @Benchmark
  public void concurrentHashMap(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(concurrent.get(text(caller)).tryAcquire());
  }

  /** The map without a lock. */
  @Benchmark
  public void nonBlockingHashMap(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(nonBlocking.get(text(caller)).tryAcquire());
  }
}
