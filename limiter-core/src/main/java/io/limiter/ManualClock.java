package io.limiter;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that stands still until it is told to move: for tests and simulations.
 *
 * <p>It drives those who wait by it, too: whoever moves the clock wakes the threads whose time has
 * come and runs the tasks whose time has come, in order of their time, before the move returns. So no
 * test has to sleep; {@link #sleepers} tells it when a thread waits.
 *
 * <p>Safe for use by many threads; a reading sees every move that happened before it.
 */
public final class ManualClock implements NanoClock {
  private static final long LONGEST = Long.MAX_VALUE / 2; // ns, so that times compare by difference

  private final AtomicLong nanoTime; // ns since an arbitrary origin
  private final AtomicLong alarms = new AtomicLong(); // ever set
  private final Set<Alarm> waiting = ConcurrentHashMap.newKeySet();

  /** What happens at a time. */
  private static final class Alarm {
    final long at; // ns
    final long number;
    final Runnable action;

    Alarm(long at, long number, Runnable action) {
      this.at = at;
      this.number = number;
      this.action = action;
    }
  }

  private ManualClock(long nanoTime) {
    this.nanoTime = new AtomicLong(nanoTime);
  }

  /** A clock that reads 0 ns. */
  public static ManualClock create() {
    return new ManualClock(0);
  }

  /** A clock that reads {@code nanoTime} ns: any long, as the origin of a clock is arbitrary. */
  public static ManualClock startingAt(long nanoTime) {
    return new ManualClock(nanoTime);
  }

  @Override
  public long nanoTime() {
    return nanoTime.get();
  }

  /** Moves the clock by {@code nanos} ns, back if negative, and returns the new reading. */
  public long advanceNanos(long nanos) {
    long reading = nanoTime.addAndGet(nanos);
    ring();
    return reading;
  }

  /**
   * Moves the clock by {@code duration}, back if negative, and returns the new reading in ns.
   *
   * @throws ArithmeticException if the duration is more than 2^63 - 1 ns
   */
  public long advance(Duration duration) {
    return advanceNanos(Objects.requireNonNull(duration, "duration").toNanos());
  }

  /** Sets the reading to {@code nanoTime} ns. */
  public void set(long nanoTime) {
    this.nanoTime.set(nanoTime);
    ring();
  }

  /** Parks the calling thread until the clock was moved by {@code nanos} ns, or as park does. */
  @Override
  public void parkNanos(Object blocker, long nanos) {
    Thread sleeper = Thread.currentThread();
    Alarm alarm = alarm(nanos, () -> LockSupport.unpark(sleeper));
    try {
      if (alarm.at - nanoTime() > 0) {
        LockSupport.park(blocker);
      }
    } finally {
      waiting.remove(alarm);
    }
  }

  /** Has {@code task} run by whoever moves the clock {@code nanos} ns on; at once if that is 0. */
  @Override
  public void runAfter(long nanos, Runnable task) {
    alarm(nanos, Objects.requireNonNull(task, "task"));
    ring();
  }

  /** How many threads and tasks wait for the clock to move. */
  public int sleepers() {
    return waiting.size();
  }

  private Alarm alarm(long nanos, Runnable action) {
    long at = nanoTime() + Math.min(nanos, LONGEST);
    Alarm alarm = new Alarm(at, alarms.getAndIncrement(), action);
    waiting.add(alarm);
    return alarm;
  }

  private void ring() {
    while (!waiting.isEmpty()) {
      long now = nanoTime();
      List<Alarm> due = waiting.stream()
          .filter(alarm -> alarm.at - now <= 0)
          .sorted(Comparator.comparingLong((Alarm alarm) -> alarm.at - now)
              .thenComparingLong(alarm -> alarm.number))
          .toList();
      if (due.isEmpty()) {
        return;
      }
      for (Alarm alarm : due) {
        if (waiting.remove(alarm)) {
          alarm.action.run();
        }
      }
    }
  }

  @Override
  public String toString() {
    return "ManualClock[" + nanoTime + " ns]";
  }
}
