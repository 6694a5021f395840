package io.limiter.bench;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Permit;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to take a concurrency permit and to give it back, against {@link Semaphore}? A
 * fair Semaphore differs from the other in acquire alone: tryAcquire barges in both.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
@State(Scope.Benchmark)
public class ConcurrencyBenchmark {
  private static final int LIMIT = 1_000; // more than there are threads

  private final ConcurrencyLimiter limiter = ConcurrencyLimiter.create(LIMIT);
  private final ConcurrencyLimiter empty = ConcurrencyLimiter.create(0);
  private final Semaphore unfair = new Semaphore(LIMIT);
  private final Semaphore fair = new Semaphore(LIMIT, true);
  private final Semaphore emptySemaphore = new Semaphore(0);

  /** tryAcquire, admitted, and release. */
  @Benchmark
  public void limiterAdmitted(Verdicts verdicts) {
    verdicts.expectAdmitted(limiter.tryAcquire());
    limiter.release();
  }

  /** The same with a Semaphore. */
  @Benchmark
  public void semaphoreAdmitted(Verdicts verdicts) {
    verdicts.expectAdmitted(unfair.tryAcquire());
    unfair.release();
  }

  /** The same with acquire of a fair Semaphore, which looks for those who wait. */
  @Benchmark
  public void fairSemaphoreAdmitted(Verdicts verdicts) throws InterruptedException {
    fair.acquire();
    verdicts.expectAdmitted(true);
    fair.release();
  }

  /** tryEnter and close. */
  @Benchmark
  public void limiterEnterAdmitted(Verdicts verdicts) {
    try (Permit permit = limiter.tryEnter()) {
      verdicts.expectAdmitted(permit.granted());
    }
  }

  /** tryAcquire, denied. */
  @Benchmark
  public void limiterDenied(Verdicts verdicts) {
    verdicts.expectDenied(empty.tryAcquire());
  }

  /** The same with a Semaphore. */
  @Benchmark
  public void semaphoreDenied(Verdicts verdicts) {
    verdicts.expectDenied(emptySemaphore.tryAcquire());
  }
}
