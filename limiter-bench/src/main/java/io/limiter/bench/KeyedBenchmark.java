package io.limiter.bench;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jctools.maps.NonBlockingHashMap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.CompilerControl;
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
 * key finds the hashCode in it, as do the hints of a small table, but not the seeded hash of a large
 * one.
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

  private String[] known;
  private String[] texts;
  private long[] numbers;

  /** How often each key is called. */
  public enum Popularity {
    /** All alike. */
    UNIFORM,
    /** The n-th in proportion to 1/n. */
    ZIPF
  }

  /** Draws the keys that are called. */
  @Setup
  public void draw() {
    known = new String[keys];
    for (int i = 0; i < keys; i++) {
      known[i] = name(i);
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

  private String text(Caller caller) {
    String text = texts[caller.next()];
    return fresh ? copy(text) : text;
  }

  /**
   * A copy has no hashCode in store unless the text was asked for it, and nobody asked these. It is
   * made apart, so that it is made for all: what a request brings was not made for the limiter.
   */
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  private static String copy(String text) {
    return new String(text);
  }

  /** The calls of one thread. */
  @State(Scope.Thread)
  public static class Caller {
    private int next = (int) Thread.currentThread().getId() * 7_919;

    int next() {
      return next++ & CALLS - 1;
    }
  }

  private <K> void fill(Map<K, Gcra> map, IntFunction<K> key) {
    GcraMath math = GcraMath.of(Rate.perSecond(1_000_000_000), Rate.MAX_PERMITS);
    for (int i = 0; i < keys; i++) {
      map.put(key.apply(i), Gcra.create(math, NanoClock.system()));
    }
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(limit ->
            limit.capacity(Long.MAX_VALUE / 2).refillGreedy(1_000_000_000, Duration.ofSeconds(1)))
        .withNanosecondPrecision()
        .build();
  }

  /** A table of words, keys as text. */
  @State(Scope.Benchmark)
  public static class Tables {
    private KeyedLimiter<String> limiter;

    /** Makes the keys known, and not fresh for a while. */
    @Setup
    public void create(KeyedBenchmark benchmark) {
      limiter = KeyedLimiter.<String>builder(PLENTY, NanoClock.system())
          .maxKeys(benchmark.keys)
          .build();
      for (String key : benchmark.known) {
        limiter.tryAcquire(key, 1L << 38);
      }
    }
  }

  /** A table of words, keys as numbers. */
  @State(Scope.Benchmark)
  public static class LongTables {
    private LongKeyedLimiter limiter;

    /** Makes the keys known, and not fresh for a while. */
    @Setup
    public void create(KeyedBenchmark benchmark) {
      limiter = LongKeyedLimiter.builder(PLENTY, NanoClock.system())
          .maxKeys(benchmark.keys)
          .build();
      for (int key = 0; key < benchmark.keys; key++) {
        limiter.tryAcquire(key, 1L << 38);
      }
    }
  }

  /** The map that everybody has. */
  @State(Scope.Benchmark)
  public static class Maps {
    private final Map<String, Gcra> limiters = new ConcurrentHashMap<>();

    /** Makes the keys known. */
    @Setup
    public void create(KeyedBenchmark benchmark) {
      benchmark.fill(limiters, i -> benchmark.known[i]);
    }
  }

  /** The map that everybody has, keys as numbers in objects. */
  @State(Scope.Benchmark)
  public static class LongMaps {
    private final Map<Long, Gcra> limiters = new ConcurrentHashMap<>();

    /** Makes the keys known. */
    @Setup
    public void create(KeyedBenchmark benchmark) {
      benchmark.fill(limiters, i -> (long) i);
    }
  }

  /** The map without a lock. */
  @State(Scope.Benchmark)
  public static class NonBlockingMaps {
    private final Map<String, Gcra> limiters = new NonBlockingHashMap<>();

    /** Makes the keys known. */
    @Setup
    public void create(KeyedBenchmark benchmark) {
      benchmark.fill(limiters, i -> benchmark.known[i]);
    }
  }

  /** Buckets in the map that everybody has. */
  @State(Scope.Benchmark)
  public static class BucketMaps {
    private final Map<String, Bucket> limiters = new ConcurrentHashMap<>();

    /** Makes the keys known. */
    @Setup
    public void create(KeyedBenchmark benchmark) {
      for (String key : benchmark.known) {
        limiters.put(key, benchmark.bucket());
      }
    }
  }

  /** Buckets in a bounded cache, which is how they are kept from filling the heap. */
  @State(Scope.Benchmark)
  public static class BucketCaches {
    private Cache<String, Bucket> limiters;

    /** Makes the keys known. */
    @Setup
    public void create(KeyedBenchmark benchmark) {
      limiters = Caffeine.newBuilder().maximumSize(2L * benchmark.keys).build();
      for (String key : benchmark.known) {
        limiters.put(key, benchmark.bucket());
      }
    }
  }

  /** Words, keys as text. */
  @Benchmark
  public void keyed(Tables of, Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(of.limiter.tryAcquire(text(caller)));
  }

  /** Words, keys as numbers. */
  @Benchmark
  public void longKeyed(LongTables of, Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(of.limiter.tryAcquire(numbers[caller.next()]));
  }

  /** A look-up, and a call of a limiter. */
  @Benchmark
  public void concurrentHashMap(Maps of, Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(of.limiters.get(text(caller)).tryAcquire());
  }

  /** The same, keys as numbers. */
  @Benchmark
  public void longsInConcurrentHashMap(LongMaps of, Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(of.limiters.get(numbers[caller.next()]).tryAcquire());
  }

  /** The same, without a lock. */
  @Benchmark
  public void nonBlockingHashMap(NonBlockingMaps of, Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(of.limiters.get(text(caller)).tryAcquire());
  }

  /** A look-up, and a call of a bucket. */
  @Benchmark
  public void bucket4jInConcurrentHashMap(BucketMaps of, Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(of.limiters.get(text(caller)).tryConsume(1));
  }

  /** The same, bounded. */
  @Benchmark
  public void bucket4jInCaffeine(BucketCaches of, Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(of.limiters.getIfPresent(text(caller)).tryConsume(1));
  }
}
