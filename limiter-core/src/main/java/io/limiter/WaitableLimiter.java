package io.limiter;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** A limiter with a line: the waiting verbs, all by way of its {@link Door}. */
abstract class WaitableLimiter implements RateLimiter {
  private static final long FOREVER = Long.MAX_VALUE;

  /** Where callers stand in line. Made when it is first asked for. */
  abstract Door door();

  /** This limiter as a member of several. */
  Member member() {
    return new ForeignMember(this);
  }

  @Override
  public void acquire(long permits) throws InterruptedException {
    interruptibly();
    if (!admits(permits, FOREVER, true)) {
      throw rejected(permits);
    }
  }

  @Override
  public void acquireUninterruptibly(long permits) {
    if (!admitsUninterruptibly(permits, FOREVER)) {
      throw rejected(permits);
    }
  }

  @Override
  public boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    long nanos = Checks.nanos(maxWait);
    interruptibly();
    return admits(permits, nanos, true);
  }

  @Override
  public boolean tryAcquireUninterruptibly(long permits, Duration maxWait) {
    return admitsUninterruptibly(permits, Checks.nanos(maxWait));
  }

  /** If the permits are there and nobody waits for them, without a lock. */
  private boolean admits(long permits, long maxWaitNanos, boolean interruptible)
      throws InterruptedException {
    long start = clock().nanoTime();
    return tryAcquireAt(start, permits)
        || maxWaitNanos > 0
            && Waiting.asThread(door(), start, permits, maxWaitNanos, interruptible) != null;
  }

  private boolean admitsUninterruptibly(long permits, long maxWaitNanos) {
    try {
      return admits(permits, maxWaitNanos, false);
    } catch (InterruptedException e) {
      throw new AssertionError(e); // as we do not ask for it
    }
  }

  @Override
  public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    long nanos = Checks.nanos(maxWait);
    long start = clock().nanoTime();
    if (tryAcquireAt(start, permits)) {
      return CompletableFuture.completedFuture(true);
    }
    return nanos <= 0
        ? CompletableFuture.completedFuture(false)
        : Waiting.asFuture(door(), start, permits, nanos, charge -> charge != null);
  }

  @Override
  public Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    Checks.permits(permits);
    long nanos = Checks.nanos(maxWait);
    interruptibly();
    Reservation charge =
        Waiting.asThread(door(), clock().nanoTime(), permits, Math.max(nanos, 0), true);
    return charge == null ? new FixedReservation(false, permits) : charge;
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    Checks.permits(permits);
    long nanos = Math.max(Checks.nanos(maxWait), 0);
    Reservation refused = new FixedReservation(false, permits);
    return Waiting.asFuture(
        door(), clock().nanoTime(), permits, nanos, charge -> charge == null ? refused : charge);
  }

  @Override
  public int maxWaiters(int max) {
    return door().maxWaiters(max);
  }

  @Override
  public int waiters() {
    return door().waiters();
  }

  private static void interruptibly() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private RejectedExecutionException rejected(long permits) {
    return new RejectedExecutionException(
        "permits: " + permits + " (too many for " + this + ", or too many wait already)");
  }
}
