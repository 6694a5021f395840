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
 * A verdict together with what is left and how long to wait. Of the rivals only Bucket4j answers all
 * three in one call.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class DecideBenchmark {
  /** Whose limiter. */
  @Param({"LIMITER", "BUCKET4J"})
  public Library library;

  private Library.Subject admitting;
  private Library.Subject denying;

  /** Makes the limiters. */
  @Setup
  public void create() {
    admitting = library.admitting();
    denying = library.denying();
  }

  /** One permit, admitted, and what is left. */
  @Benchmark
  public long admitted(Verdicts verdicts) {
    long left = admitting.decide();
    verdicts.expectAdmitted(left >= 0);
    return left;
  }

  /** One permit, denied, and how long to wait. */
  @Benchmark
  public long denied(Verdicts verdicts) {
    long left = denying.decide();
    verdicts.expectDenied(left >= 0);
    return left;
  }
}
