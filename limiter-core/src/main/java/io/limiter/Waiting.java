package io.limiter;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;

/** Waits for reservations: as a thread, or as a future. All that was charged for nothing is undone. */
final class Waiting {
  private static final long FOREVER = Long.MAX_VALUE;

  private Waiting() {}

  static void acquire(RateLimiter limiter, long permits) throws InterruptedException {
    Reservation reservation = reserve(limiter, permits, FOREVER, true);
    if (!reservation.granted()) {
      throw rejected(limiter, permits);
    }
    await(limiter.clock(), reservation, 0, FOREVER, true);
  }

  static void acquireUninterruptibly(RateLimiter limiter, long permits) {
    try {
      Reservation reservation = reserve(limiter, permits, FOREVER, false);
      if (!reservation.granted()) {
        throw rejected(limiter, permits);
      }
      await(limiter.clock(), reservation, 0, FOREVER, false);
    } catch (InterruptedException e) {
      throw new AssertionError(e); // as we do not ask for it
    }
  }

  static boolean tryAcquire(RateLimiter limiter, long permits, long maxWaitNanos)
      throws InterruptedException {
    long start = limiter.clock().nanoTime();
    Reservation reservation = reserve(limiter, permits, maxWaitNanos, true);
    return reservation.granted()
        && await(limiter.clock(), reservation, start, Math.max(maxWaitNanos, 0), true);
  }

  private static Reservation reserve(
      RateLimiter limiter, long permits, long maxWaitNanos, boolean interruptible)
      throws InterruptedException {
    if (interruptible && Thread.interrupted()) {
      throw new InterruptedException();
    }
    return reserve(limiter, limiter.clock().nanoTime(), permits, maxWaitNanos);
  }

  /** If the permits are there, nobody waits for any: they are taken as by who does not wait, without a lock. */
  private static Reservation reserve(
      RateLimiter limiter, long nanoTime, long permits, long maxWaitNanos) {
    boolean decides = limiter instanceof Reserving
        || limiter instanceof AllOf
        || limiter instanceof StripedLimiter; // others may count what they deny
    return decides && limiter.tryAcquireAt(nanoTime, permits)
        ? new Booking.Unlimited(permits)
        : limiter.reserveAt(nanoTime, permits, maxWaitNanos);
  }

  private static RejectedExecutionException rejected(RateLimiter limiter, long permits) {
    return new RejectedExecutionException(
        "permits: " + permits + " (too many for " + limiter + ", or too many wait already)");
  }

  /** Waits for at most {@code maxWaitNanos} from {@code start}; not granted, not charged. */
  static boolean await(
      NanoClock clock, Reservation reservation, long start, long maxWait, boolean interruptible)
      throws InterruptedException {
    boolean granted = false;
    boolean interrupted = false;
    if (reservation.waitNanos() == 0) {
      return true;
    }
    try {
      Thread waiter = Thread.currentThread();
      if (reservation instanceof Booking booking) {
        booking.onChange(() -> LockSupport.unpark(waiter));
      }
      while (true) {
        long wait = reservation.waitNanos();
        granted = wait == 0;
        if (granted || isTooLong(wait, clock, start, maxWait)) {
          return granted;
        }
        if (Thread.interrupted()) {
          if (interruptible) {
            throw new InterruptedException();
          }
          interrupted = true;
        }
        clock.parkNanos(reservation, sleepNanos(reservation, wait));
      }
    } finally {
      if (!granted) {
        reservation.cancel();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean isTooLong(long wait, NanoClock clock, long start, long maxWait) {
    return maxWait != FOREVER && wait > maxWait - (clock.nanoTime() - start);
  }

  private static long sleepNanos(Reservation reservation, long wait) {
    return reservation instanceof Booking booking ? Math.max(booking.sleepNanos(), 1) : wait;
  }

  static CompletableFuture<Boolean> acquireAsync(
      RateLimiter limiter, long permits, long maxWaitNanos) {
    NanoClock clock = limiter.clock();
    long start = clock.nanoTime();
    Reservation reservation = reserve(limiter, start, permits, maxWaitNanos);
    if (!reservation.granted()) {
      return CompletableFuture.completedFuture(false);
    }
    if (reservation.waitNanos() == 0) {
      return CompletableFuture.completedFuture(true);
    }
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    result.whenComplete((granted, failure) -> {
      if (granted == null || !granted) {
        reservation.cancel();
      }
    });
    Runnable step = new Runnable() {
      @Override
      public void run() {
        if (result.isDone()) {
          return;
        }
        try {
          proceed(reservation.waitNanos());
        } catch (RuntimeException | Error e) { // of a clock that cannot wait
          result.completeExceptionally(e);
        }
      }

      private void proceed(long wait) {
        if (wait == 0) {
          result.complete(true);
        } else if (isTooLong(wait, clock, start, Math.max(maxWaitNanos, 0))) {
          result.complete(false);
        } else {
          clock.runAfter(sleepNanos(reservation, wait), this);
        }
      }
    };
    if (reservation instanceof Booking booking) {
      booking.onChange(step);
    }
    step.run();
    return result;
  }
}
