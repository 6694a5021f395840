package io.limiter;

import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that stands still until it is told to move: for tests and simulations.
 *
 * <p>It drives those who wait by it, too. Whoever moves the clock wakes the threads whose time has
 * come and runs the tasks whose time has come, in order of their time, before the move returns. So no
 * test has to sleep; {@link #sleepers} tells it when a thread waits. A clock made by {@link
 * #selfAdvancing} needs no second thread at all: it moves when its thread would wait.
 *
 * <p><b>Tasks</b> run one after the other and never nested. If a task moves the clock, or sets a timer
 * that is due at once, then what becomes due by that runs after the task has returned: a chain of any
 * length needs the stack of one task. What a task throws keeps no other from running; the first
 * throwable goes to whoever moved the clock, after all have run.
 *
 * <p>Safe for use by many threads; a reading sees every move that happened before it. Timers cost
 * O(log n). While anything waits, set the clock back by less than 2^62 ns (146 years) in all.
 */
public final class ManualClock implements NanoClock {
  private static final long LONGEST = Long.MAX_VALUE / 2; // ns, so that times compare by difference
  private static final long AGES = Long.MAX_VALUE / 4; // ns, 73 years

  private final AtomicLong nanoTime; // ns since an arbitrary origin
  private final boolean advancesItself;
  private final ConcurrentSkipListSet<Alarm> alarms = new ConcurrentSkipListSet<>(); // what waits
  private final AtomicLong alarmsSet = new AtomicLong(); // ever

  /** What happens at a time. */
  private final class Alarm implements Comparable<Alarm>, Timer, Runnable {
    final long at; // ns
    final long number; // in order of setting
    private final AtomicReference<Runnable> action; // null once it ran or was taken back

    Alarm(long nanos, Runnable action) {
      this.at = nanoTime() + within(nanos);
      this.number = alarmsSet.getAndIncrement();
      this.action = new AtomicReference<>(action);
    }

    @Override
    public void run() {
      Runnable taken = action.getAndSet(null);
      if (taken != null) {
        taken.run();
      }
    }

    @Override
    public void cancel() {
      action.set(null);
      alarms.remove(this);
    }

    @Override
    public int compareTo(Alarm other) {
      long later = at - other.at;
      return later == 0 ? Long.compare(number, other.number) : Long.signum(later);
    }
  }

  private ManualClock(long nanoTime, boolean advancesItself) {
    this.nanoTime = new AtomicLong(nanoTime);
    this.advancesItself = advancesItself;
  }

  /** A clock that reads 0 ns. */
  public static ManualClock create() {
    return startingAt(0);
  }

  /** A clock that reads {@code nanoTime} ns: any long, as the origin of a clock is arbitrary. */
  public static ManualClock startingAt(long nanoTime) {
    return new ManualClock(nanoTime, false);
  }

  /**
   * A clock that reads 0 ns and moves by itself when a thread would wait by it: {@link #parkNanos}
   * moves it instead of parking. So one thread can test a call that waits:
   *
   * <pre>{@code
   * ManualClock clock = ManualClock.selfAdvancing();
   * Gcra limiter = Gcra.create(Rate.perSecond(10), 1, clock);
   * limiter.acquire();
   * limiter.acquire(); // the clock reads 100 ms now
   * }</pre>
   *
   * <p>It can be moved by hand as well.
   */
  public static ManualClock selfAdvancing() {
    return new ManualClock(0, true);
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

  /**
   * Parks the calling thread until the clock was moved by {@code nanos} ns, or as park does.
   *
   * <p>A clock that is {@link #selfAdvancing} moves itself by {@code nanos} ns, or to the time of the
   * next timer if that is sooner, runs what is due, and returns; what one of the tasks throws goes to
   * the calling thread. If that time is 2^61 ns (73 years) away or more, it parks the thread all the
   * same, because then only another thread can wake it. An interrupted thread moves nothing.
   */
  @Override
  public void parkNanos(Object blocker, long nanos) {
    if (!advancesItself || !advanceToNextAlarm(nanos)) {
      park(blocker, nanos);
    }
  }

  private void park(Object blocker, long nanos) {
    Thread sleeper = Thread.currentThread();
    Alarm alarm = alarm(nanos, () -> LockSupport.unpark(sleeper));
    try {
      if (alarm.at - nanoTime() > 0) {
        LockSupport.park(blocker);
      }
    } finally {
      alarm.cancel();
    }
  }

  /** Answers false, and moves nothing, if nothing happens for ages. */
  private boolean advanceToNextAlarm(long nanos) {
    if (Thread.currentThread().isInterrupted()) {
      return true;
    }
    long now = nanoTime();
    long end = now + within(nanos);
    Iterator<Alarm> inOrder = alarms.iterator();
    long next = inOrder.hasNext() ? inOrder.next().at : end;
    if (next - end < 0) {
      end = next;
    }
    if (end - now >= AGES) {
      return false;
    }
    nanoTime.accumulateAndGet(end, (reading, to) -> to - reading > 0 ? to : reading);
    Signals.apart(this::ring); // this thread waits, so tasks run as they would on another
    return true;
  }

  /**
   * Has {@code task} run by whoever moves the clock {@code nanos} ns on; at once if that is 0 or less,
   * unless another task of this thread still runs: then after it.
   */
  @Override
  public Timer runAfter(long nanos, Runnable task) {
    Timer timer = alarm(nanos, Objects.requireNonNull(task, "task"));
    ring();
    return timer;
  }

  /** How many threads and tasks wait for the clock to move. O(n). */
  public int sleepers() {
    return alarms.size();
  }

  private Alarm alarm(long nanos, Runnable action) {
    Alarm alarm = new Alarm(nanos, action);
    alarms.add(alarm);
    return alarm;
  }

  private static long within(long nanos) {
    return Math.max(0, Math.min(nanos, LONGEST));
  }

  /** Runs what is due, after what this thread runs already. */
  private void ring() {
    if (alarms.isEmpty()) {
      return;
    }
    Signals outermost = Signals.begin();
    try {
      for (Alarm alarm : alarms) { // in order
        if (alarm.at - nanoTime() > 0) {
          break;
        }
        if (alarms.remove(alarm)) {
          Signals.add(alarm);
        }
      }
    } finally {
      Signals.end(outermost);
    }
  }

  @Override
  public String toString() {
    return "ManualClock[" + nanoTime + " ns]";
  }
}
