package io.limiter.bench;

import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Rate;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How often does an admission try, while others do the same? CountingLimiter exactly, in a copy: the loop of
 * {@link io.limiter.Gcra} over the same {@link GcraMath}, on a word of its own, with three counters
 * a thread. What is measured elsewhere is the limiter itself, which does not count.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class ContentionBenchmark {
  private final GcraMath math = GcraMath.of(Rate.perSecond(1_000_000_000), Rate.MAX_PERMITS);
  private final NanoClock clock = NanoClock.system();
  private final long origin = clock.nanoTime();
  private final AtomicLong word = new AtomicLong(GcraMath.FRESH);

  /** What one thread saw. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Tally {
    /** Calls, all of them admitted. */
    public long admitted;

    /** Compare-and-sets; one a call succeeds. */
    public long attempts;

    /** Looks at the word that found what another thread had written since the last look. */
    public long arrivals;

    private long last;

    /** Counts an iteration. */
    @Setup(Level.Iteration)
    public void reset() {
      admitted = attempts = arrivals = 0;
    }

    private long saw(long value) {
      if (value != last) {
        last = value;
        arrivals++;
      }
      return value;
    }
  }

  /** As Gcra.tryAcquire: the clock is read once, the word before each attempt. */
  @Benchmark
  public void gcra(Tally tally) {
    long nanos = clock.nanoTime() - origin;
    while (true) {
      long tat = tally.saw(word.get());
      long next = math.next(tat, nanos, 1);
      if (next < GcraMath.FRESH) {
        throw new IllegalStateException("denied, in a benchmark of admissions");
      }
      if (swap(tally, tat, next)) {
        return;
      }
    }
  }

  /** Nothing but the loop: the word is read and raised by one. */
  @Benchmark
  public void cas(Tally tally) {
    while (true) {
      long value = tally.saw(word.get());
      if (swap(tally, value, value + 1)) {
        return;
      }
    }
  }

  /** compareAndExchange compiles to the instruction of compareAndSet, and tells what it found. */
  private boolean swap(Tally tally, long seen, long next) {
    tally.attempts++;
    if (tally.saw(word.compareAndExchange(seen, next)) != seen) {
      return false;
    }
    tally.last = next;
    tally.admitted++;
    return true;
  }
}
