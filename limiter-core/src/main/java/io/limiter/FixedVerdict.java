package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** Admits every call, or denies every call; without state. Nobody ever waits. */
final class FixedVerdict implements RateLimiter {
  private final boolean admits;
  private final NanoClock clock;

  FixedVerdict(boolean admits, NanoClock clock) {
    this.admits = admits;
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  boolean admits(long permits) {
    Checks.permits(permits);
    return admits;
  }

  @Override
  public NanoClock clock() {
    return clock;
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return admits(permits);
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    return admits(permits)
        ? Decision.admitted(Long.MAX_VALUE, 0)
        : Decision.denied(0, Decision.NEVER, 0, 0);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return decideAt(nanoTime, permits);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    Checks.permits(permits);
    return true;
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    return new FixedReservation(admits(permits), permits);
  }

  @Override
  public void acquire(long permits) throws InterruptedException {
    interruptibly();
    acquireUninterruptibly(permits);
  }

  @Override
  public void acquireUninterruptibly(long permits) {
    if (!admits(permits)) {
      throw new RejectedExecutionException("permits: " + permits + " (too many for " + this + ")");
    }
  }

  @Override
  public boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    interruptibly();
    return tryAcquireUninterruptibly(permits, maxWait);
  }

  @Override
  public boolean tryAcquireUninterruptibly(long permits, Duration maxWait) {
    Objects.requireNonNull(maxWait, "maxWait");
    return admits(permits);
  }

  @Override
  public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    return CompletableFuture.completedFuture(tryAcquireUninterruptibly(permits, maxWait));
  }

  @Override
  public Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    return new FixedReservation(tryAcquire(permits, maxWait), permits);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    return CompletableFuture.completedFuture(
        new FixedReservation(tryAcquireUninterruptibly(permits, maxWait), permits));
  }

  @Override
  public int maxWaiters(int max) {
    Checks.atLeast("max", max, 0);
    return Integer.MAX_VALUE;
  }

  @Override
  public int waiters() {
    return 0;
  }

  private static void interruptibly() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    return admits(permits) ? 0 : Decision.NEVER;
  }

  @Override
  public void reset() {}

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(wall, List.of(new Snapshot.OfVerdict(admits)));
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Objects.requireNonNull(snapshot, "snapshot");
    Snapshot.Level level = snapshot.levels(1).get(0);
    if (!level.equals(new Snapshot.OfVerdict(admits))) {
      throw Snapshot.misfit(level, this);
    }
    snapshot.elapsedNanos(wall); // checks it
  }

  @Override
  public String toString() {
    return admits ? "unlimited" : "blocked";
  }
}
