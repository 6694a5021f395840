package io.limiter.bench;

import java.util.concurrent.TimeUnit;
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

/** A permit taken and given back, of 64; and one refused because all are taken. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class PermitBenchmark {
  private static final int LIMIT = 64; // a power of two, for the queue

  /** Whose permits. */
  @Param
  public PermitLibrary library;

  private PermitLibrary.Pool free;
  private PermitLibrary.Pool taken;

  /** Makes a pool, and one that is all taken. */
  @Setup
  public void create() throws InterruptedException {
    free = library.create(LIMIT);
    taken = library.create(LIMIT);
    for (int i = 0; i < LIMIT; i++) {
      if (taken.take() == null) {
        throw new IllegalStateException(library + " denies permit " + i);
      }
    }
  }

  /** Taken and given back. */
  @Benchmark
  public void pair(Verdicts verdicts) throws InterruptedException {
    Object permit = free.take();
    verdicts.expectAdmitted(permit != null);
    free.giveBack(permit);
  }

  /** Refused. */
  @Benchmark
  public void denied(Verdicts verdicts) throws InterruptedException {
    verdicts.expectDenied(taken.take() != null);
  }
}
