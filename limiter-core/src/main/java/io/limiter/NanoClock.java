package io.limiter;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * A source of monotonic time in nanoseconds. Only differences of readings mean anything: the origin
 * is arbitrary, readings may be negative and may wrap around, as those of {@link System#nanoTime()}
 * do.
 *
 * <p>A limiter reads its clock once per call that does not wait. Implementations must be safe for
 * use by many threads; a reading that steps back is tolerated (it can only deny more) and a reading
 * that jumps ahead makes a limiter at most fresh.
 */
@FunctionalInterface
public interface NanoClock {
  /** The current reading, in nanoseconds since an arbitrary origin. */
  long nanoTime();

  /**
   * Parks the calling thread as {@link LockSupport#parkNanos(Object, long)} does, for {@code nanos} ns
   * of this clock: until they have passed, it is unparked or interrupted, or for no reason. A clock
   * that does not follow real time overrides this and {@link #runAfter}.
   *
   * @param blocker what the thread waits for
   */
  default void parkNanos(Object blocker, long nanos) {
    LockSupport.parkNanos(blocker, nanos);
  }

  /**
   * Runs {@code task} once {@code nanos} ns of this clock have passed, on a thread of the clock's
   * choice, and never within {@link #nanoTime}: by default on the default executor of {@link
   * CompletableFuture}, the common pool of the virtual machine. O(log n) with n timers.
   *
   * @param nanos how long to wait, in ns; 0 or less runs the task as soon as possible
   * @param task what to run, once
   * @return the timer, to take it back
   * @throws NullPointerException if task is null
   */
  default Timer runAfter(long nanos, Runnable task) {
    return PoolTimer.start(nanos, Objects.requireNonNull(task, "task"));
  }

  /** A task that waits for its time. */
  interface Timer {
    /**
     * Takes the task back: it does not run, unless it runs already, and the clock keeps nothing of it.
     * Does nothing if the task ran or was taken back. O(log n) with n timers.
     */
    void cancel();
  }

  /** The clock of this virtual machine, {@link System#nanoTime()}. */
  static NanoClock system() {
    return SystemNanoClock.INSTANCE;
  }
}
