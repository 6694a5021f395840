package io.limiter.bench.rival;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.EstimationProbe;
import io.github.bucket4j.TimeMeter;
import io.limiter.Decision;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.kit.RateAdapter;
import java.time.Duration;

/** Bucket4j: a local bucket of one bandwidth, lock-free as by default, on a TimeMeter. */
record Bucket4j(Bucket bucket) implements RateAdapter {

  /** refillGreedy: tokens arrive one by one. */
  static Bucket4j greedy(Rate rate, long burst, NanoClock clock) {
    Duration period = Duration.ofNanos(rate.periodNanos());
    return of(
        Bandwidth.builder().capacity(burst).refillGreedy(rate.permits(), period).build(), clock);
  }

  /** refillIntervally: all tokens arrive at once at the end of each period. */
  static Bucket4j intervally(Rate window, NanoClock clock) {
    Duration period = Duration.ofNanos(window.periodNanos());
    return of(
        Bandwidth.builder()
            .capacity(window.permits())
            .refillIntervally(window.permits(), period)
            .build(),
        clock);
  }

  private static Bucket4j of(Bandwidth bandwidth, NanoClock clock) {
    TimeMeter meter = new TimeMeter() {
      @Override
      public long currentTimeNanos() {
        return clock.nanoTime();
      }

      @Override
      public boolean isWallClockBased() {
        return false;
      }
    };
    return new Bucket4j(
        Bucket.builder().addLimit(bandwidth).withCustomTimePrecision(meter).build());
  }

  @Override
  public boolean tryAcquire(long permits) {
    return bucket.tryConsume(permits);
  }

  @Override
  public boolean peek(long permits) {
    return bucket.estimateAbilityToConsume(permits).canBeConsumed();
  }

  @Override
  public long remaining() {
    return bucket.getAvailableTokens();
  }

  @Override
  public long retryAfterNanos(long permits) {
    EstimationProbe probe = bucket.estimateAbilityToConsume(permits);
    return probe.canBeConsumed() ? 0 : probe.getNanosToWaitForRefill();
  }

  @Override
  public boolean refund(long permits) {
    bucket.addTokens(permits);
    return true;
  }

  /** The blocking form, with a strategy that notes the wait instead of parking. */
  @Override
  public long reserve(long permits, long maxWaitNanos) {
    if (maxWaitNanos == 0) {
      return bucket.tryConsume(permits) ? 0 : -1;
    }
    long[] wait = {0};
    try {
      boolean granted =
          bucket.asBlocking().tryConsume(permits, maxWaitNanos, nanos -> wait[0] = nanos);
      return granted ? wait[0] : -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Decision.NEVER;
    }
  }
}
