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

/**
 * Five permits at once. Not for Failsafe's smooth limiter: it has no burst, and denies five always.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class WeightedBenchmark {
  /** Whose limiter. */
  @Param({"LIMITER", "BUCKET4J", "GUAVA", "RESILIENCE4J", "FAILSAFE_BURSTY"})
  public Library library;

  private Library.Subject admitting;

  /** Makes the limiter. */
  @Setup
  public void create() {
    admitting = library.admitting();
  }

  /** Five permits, admitted. */
  @Benchmark
  public void admitted(Verdicts verdicts) {
    verdicts.expectAdmitted(admitting.tryAcquireFive());
  }
}
