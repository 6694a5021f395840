package io.limiter.bench;

import io.limiter.Decision;
import io.limiter.RateLimiter;
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
 * What does one call on one limiter cost? Each verb, admitted and denied apart; the {@code At} forms
 * are given readings of their own, 10 ns apart, and so show the arithmetic without the clock. A
 * decision is read field by field and not kept: that is what has to allocate nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class LimiterBenchmark {
  /** Whose call. */
  @Param
  public Algorithm algorithm;

  /** Whether the threads call one limiter. */
  @Param("SHARED")
  public Sharing sharing;

  private RateLimiter sharedAdmitting;
  private RateLimiter sharedDenying;

  /** Makes the limiters that all threads call. */
  @Setup
  public void create() {
    sharedAdmitting = algorithm.admitting();
    sharedDenying = algorithm.denying();
  }

  /** What one thread calls. */
  @State(Scope.Thread)
  public static class Caller {
    RateLimiter admitting;
    RateLimiter denying;
    final Coin coin = new Coin();
    long reading;

    /** Takes the shared limiters, or new ones. */
    @Setup
    public void create(LimiterBenchmark benchmark) {
      boolean shared = benchmark.sharing == Sharing.SHARED;
      admitting = shared ? benchmark.sharedAdmitting : benchmark.algorithm.admitting();
      denying = shared ? benchmark.sharedDenying : benchmark.algorithm.denying();
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

  /** tryAcquire, admitted or denied as a coin falls, by two limiters: the price of not knowing. */
  @Benchmark
  public void mixed(Caller caller, Verdicts verdicts) {
    verdicts.count((caller.coin.toss() ? caller.admitting : caller.denying).tryAcquire());
  }

  /** tryAcquire of five permits, admitted. */
  @Benchmark
  public void weighted(Caller caller, Verdicts verdicts) {
    verdicts.expectAdmitted(caller.admitting.tryAcquire(5));
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
    return read(decision);
  }

  /** decide, denied. */
  @Benchmark
  public long decideDenied(Caller caller, Verdicts verdicts) {
    Decision decision = caller.denying.decide();
    verdicts.expectDenied(decision.admitted());
    return read(decision);
  }

  /** peek at a limiter that would admit. */
  @Benchmark
  public long peekAdmitted(Caller caller, Verdicts verdicts) {
    Decision decision = caller.admitting.peek();
    verdicts.expectAdmitted(decision.admitted());
    return read(decision);
  }

  /** peek at a limiter that would deny. */
  @Benchmark
  public long peekDenied(Caller caller, Verdicts verdicts) {
    Decision decision = caller.denying.peek();
    verdicts.expectDenied(decision.admitted());
    return read(decision);
  }

  private static long read(Decision decision) {
    return decision.remaining()
        ^ decision.retryAfterNanos()
        ^ decision.resetAfterNanos()
        ^ decision.deniedBy();
  }
}
