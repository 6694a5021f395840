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
 * One limiter, ours beside those that others use: who is quicker to say yes, and to say no? With
 * several threads they share it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class RivalBenchmark {
  /** Whose limiter. */
  @Param
  public Library library;

  private Library.Subject admitting;
  private Library.Subject denying;

  /** Makes the limiters. */
  @Setup
  public void create() {
    admitting = library.admitting();
    denying = library.denying();
  }

  /** What one thread tosses. */
  @State(Scope.Thread)
  public static class Caller {
    final Coin coin = new Coin();
  }

  /** One permit, admitted. */
  @Benchmark
  public void admitted(Verdicts verdicts) {
    verdicts.expectAdmitted(admitting.tryAcquire());
  }

  /** One permit, denied. */
  @Benchmark
  public void denied(Verdicts verdicts) {
    verdicts.expectDenied(denying.tryAcquire());
  }

  /** One permit, admitted or denied as a coin falls. */
  @Benchmark
  public void mixed(Caller caller, Verdicts verdicts) {
    verdicts.count((caller.coin.toss() ? admitting : denying).tryAcquire());
  }
}
