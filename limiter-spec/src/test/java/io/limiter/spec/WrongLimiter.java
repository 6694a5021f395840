package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.Snapshot;
import io.limiter.TokenBucket;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** A right limiter, some of whose steps are to be replaced. */
class WrongLimiter implements RateLimiter {
  final Gcra right;

  WrongLimiter(Rate rate, long burst, NanoClock clock) {
    this.right = Gcra.create(rate, burst, clock);
  }

  @Override
  public NanoClock clock() {
    return right.clock();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return right.tryAcquireAt(nanoTime, permits);
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    return right.decideAt(nanoTime, permits);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return right.peekAt(nanoTime, permits);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return right.refundAt(nanoTime, permits);
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    return right.reserveAt(nanoTime, permits, maxWaitNanos);
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    return right.acquireForcedAt(nanoTime, permits, maxWaitNanos);
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    right.penalizeAt(nanoTime, nanos);
  }

  @Override
  public void reset() {
    right.reset();
  }

  void reconfigure(Rate rate, long burst, LevelPolicy policy) {
    right.reconfigure(rate, burst, policy);
  }

  @Override
  public void reconfigure(RateLimiter target, LevelPolicy policy) {
    if (target instanceof Gcra gcra) {
      reconfigure(gcra.rate(), gcra.burst(), policy);
    } else if (target instanceof TokenBucket bucket) {
      reconfigure(bucket.rate(), bucket.burst(), policy);
    }
  }

  @Override
  public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    return right.acquireAsync(permits, maxWait);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    return right.reserveAsync(permits, maxWait);
  }

  @Override
  public Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    return right.awaitReservation(permits, maxWait);
  }

  @Override
  public int waiters() {
    return right.waiters();
  }

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return right.snapshotAt(nanoTime, wall);
  }

  @Override
  public String toString() {
    return "wrong " + right;
  }
}
