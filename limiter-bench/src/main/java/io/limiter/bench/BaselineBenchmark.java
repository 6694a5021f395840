package io.limiter.bench;

import io.limiter.NanoClock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
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
 * What no limiter can undercut on this machine: one clock reading, one compare-and-set that
 * succeeds, both, one atomic addition, one volatile read. With several threads on one word the
 * compare-and-set is repeated until it succeeds, as a limiter has to.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class BaselineBenchmark {
  /** Whether the threads use one word. */
  @Param("SHARED")
  public Sharing sharing;

  private final AtomicLong shared = new AtomicLong();
  private final LongAdder adder = new LongAdder();

  /** What one thread uses. */
  @State(Scope.Thread)
  public static class Caller {
    final NanoClock clock = NanoClock.system();
    long emissionTicks = 1; // not final: a limiter reads its increment from memory too
    AtomicLong word;

    /** Takes the shared word, or a new one. */
    @Setup
    public void create(BaselineBenchmark benchmark) {
      word = benchmark.sharing == Sharing.SHARED ? benchmark.shared : new AtomicLong();
    }

    boolean advance() {
      while (true) {
        long tat = word.get();
        if (word.compareAndSet(tat, tat + emissionTicks)) {
          return true;
        }
      }
    }

    boolean advanceTo(long reading) {
      while (true) {
        long tat = word.get();
        if (word.compareAndSet(tat, reading + emissionTicks)) {
          return true;
        }
      }
    }
  }

  /** One clock reading. */
  @Benchmark
  public long clock(Caller caller, Verdicts verdicts) {
    verdicts.expectDenied(false);
    return caller.clock.nanoTime();
  }

  /** One compare-and-set. */
  @Benchmark
  public void cas(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(caller.advance());
  }

  /** One clock reading, and one compare-and-set that does not depend on it. */
  @Benchmark
  public long clockAndCas(Caller caller, Verdicts verdicts) {
    long now = caller.clock.nanoTime();
    verdicts.expectAdmitted(caller.advance());
    return now;
  }

  /**
   * One clock reading, and one compare-and-set that writes it: the processor cannot begin the second
   * before the first is done. Every limiter that decides by the time has this order.
   */
  @Benchmark
  public void clockIntoCas(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(caller.advanceTo(caller.clock.nanoTime()));
  }

  /** One atomic addition. */
  @Benchmark
  public long getAndAdd(Caller caller) {
    return caller.word.getAndAdd(caller.emissionTicks);
  }

  /** One increment of a LongAdder, which spreads callers over words of their own. */
  @Benchmark
  public void longAdder(Verdicts verdicts) {
    adder.increment();
    verdicts.expectAdmitted(true);
  }

  /** One volatile read. */
  @Benchmark
  public long volatileRead(Caller caller) {
    return caller.word.get();
  }
}
