package io.limiter;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How a caller waits at a {@link Door}: as a thread, or as a future. */
final class Waiting {
  private Waiting() {}

  /**
   * Waits as a thread, from the reading {@code start} on. Answers what was charged, or null if that
   * cannot be had in time.
   */
  static @Nullable Reservation asThread(
      Door door, long start, long permits, long maxWaitNanos, boolean interruptible)
      throws InterruptedException {
    Thread thread = Thread.currentThread();
    Waiter w = new Waiter(permits, start, maxWaitNanos, true, () -> LockSupport.unpark(thread));
    boolean interrupted = false;
    boolean done = false;
    try {
      door.enter(w);
      while (!w.isAnswered()) {
        if (Thread.interrupted()) {
          interrupted = true;
          if (interruptible && door.leave(w)) {
            interrupted = false;
            throw new InterruptedException();
          }
          continue;
        }
        long nanos = door.sleepNanos(w);
        if (!w.isAnswered()) {
          door.clock.parkNanos(door, nanos);
        }
      }
      done = true;
    } finally {
      if (!done && !door.leave(w) && w.charge() != null) { // the clock threw, say
        w.charge().cancel();
      }
      if (interrupted) {
        thread.interrupt();
      }
    }
    if (w.failure() != null) {
      throw Signals.<RuntimeException>unchecked(w.failure());
    }
    return w.charge();
  }

  /**
   * Waits as a future, from the reading {@code start} on. It is completed with what {@code answer} makes
   * of the charge, or of null if it was refused; whoever completes it otherwise leaves the line, or has
   * the charge given back.
   */
  static <T> CompletableFuture<T> asFuture(
      Door door,
      long start,
      long permits,
      long maxWaitNanos,
      Function<@Nullable Reservation, T> answer) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Waiter[] self = new Waiter[1];
    Waiter w =
        new Waiter(permits, start, maxWaitNanos, false, () -> complete(result, self[0], answer));
    self[0] = w;
    door.enter(w);
    if (!w.isAnswered()) {
      result.whenComplete((value, failure) -> door.leave(w));
    }
    return result;
  }

  private static <T> void complete(
      CompletableFuture<T> result, Waiter w, Function<@Nullable Reservation, T> answer) {
    Reservation charge = w.charge();
    boolean taken = false;
    try {
      taken = w.failure() == null
          ? result.complete(answer.apply(charge))
          : result.completeExceptionally(w.failure());
    } catch (RuntimeException | Error e) { // of answer
      result.completeExceptionally(e);
    } finally {
      if (!taken && charge != null) {
        charge.cancel();
      }
    }
  }
}
