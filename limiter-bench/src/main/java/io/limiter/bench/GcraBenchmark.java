package io.limiter.bench;

import io.limiter.Decision;
import io.limiter.Gcra;
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
 * What does a call cost when the field says {@link Gcra}? {@link LimiterBenchmark} asks the same
 * through {@link io.limiter.RateLimiter}: the difference is one check of a class.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class GcraBenchmark {
  /** Whether the threads call one limiter. */
  @Param("SHARED")
  public Sharing sharing;

  private Gcra sharedAdmitting;
  private Gcra sharedDenying;

  /** Makes the limiters that all threads call. */
  @Setup
  public void create() {
    sharedAdmitting = (Gcra) Algorithm.GCRA.admitting();
    sharedDenying = (Gcra) Algorithm.GCRA.denying();
  }

  /** What one thread calls. */
  @State(Scope.Thread)
  public static class Caller {
    Gcra admitting;
    Gcra denying;
    long reading;

    /** Takes the shared limiters, or new ones. */
    @Setup
    public void create(GcraBenchmark benchmark) {
      boolean shared = benchmark.sharing == Sharing.SHARED;
      admitting = shared ? benchmark.sharedAdmitting : (Gcra) Algorithm.GCRA.admitting();
      denying = shared ? benchmark.sharedDenying : (Gcra) Algorithm.GCRA.denying();
      reading = System.nanoTime();
    }

    long nextReading() {
      return reading += 10;
    }
  }

  /** tryAcquire, admitted. */
  @Benchmark
  public void admitted(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(caller.admitting.tryAcquire());
  }

  /** tryAcquire, denied. */
  @Benchmark
  public void denied(Caller caller, Verdicts verdicts) {
    verdicts.expectDenied(caller.denying.tryAcquire());
  }

  /** tryAcquireAt a given reading, admitted. */
  @Benchmark
  public void admittedAt(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(caller.admitting.tryAcquireAt(caller.nextReading(), 1));
  }

  /** tryAcquireAt a given reading, denied. */
  @Benchmark
  public void deniedAt(Caller caller, Verdicts verdicts) {
    verdicts.expectDenied(caller.denying.tryAcquireAt(caller.nextReading(), 1));
  }

  /** decide, admitted. */
  @Benchmark
  public long decideAdmitted(Caller caller, Verdicts verdicts) {
    Decision decision = caller.admitting.decide();
    verdicts.expectAdmitted(decision.admitted());
    return decision.remaining() ^ decision.resetAfterNanos();
  }

  /** decide, denied. */
  @Benchmark
  public long decideDenied(Caller caller, Verdicts verdicts) {
    Decision decision = caller.denying.decide();
    verdicts.expectDenied(decision.admitted());
    return decision.remaining() ^ decision.retryAfterNanos() ^ decision.resetAfterNanos();
  }
}
