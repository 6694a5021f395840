package io.limiter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where callers stand in line for a limiter, first come, first served; and the lock under which its
 * permits are given back and its limit is changed. Subclasses say when permits are admitted.
 */
abstract class Door {
  private static final Door[] NOBODY = {};
  private static final long RACE_NANOS = 1_000; // after a lost race for a member

  /*
   * Representation. A queue of waiters, oldest first. They hold and charge nothing.
   *   Whoever looks (the thread of a waiter, the timer, whoever gives back, a plain call) admits all
   *   in line that are due, one after the other, each as of the reading at which it was due.
   * Invariants.
   *   I1  The line is served in its order. While it is not empty, the limiter denies plain calls.
   *   I2  Nobody is admitted as of a reading before `floor`: when somebody in line was admitted last,
   *       when permits were given back, when the limit was changed, when the first in line left (who
   *       stood behind could not be admitted before).
   *   I3  The first in line is woken by the time that it may be due: a thread sleeps no longer than
   *       that, for a future there is the timer. The timer also stands for the future whose time is
   *       over first. (A single limiter refuses in time; several members may be taken by others.)
   * Linearization. A waiter that is admitted: at its charge, under the lock.
   * Memory ordering. All is under the lock, but `size` (volatile; a plain call asks whether there is a
   *   line) and Waiter.answered (volatile; written after the charge).
   * Progress. Blocking. The lock is held for as many steps as waiters are served, and never while a
   *   waiter sleeps or is called back. A change of the limit looks at all in line; so does the first
   *   to come after somebody left, unless the limiter is one rate of whole ns a permit.
   * Arithmetic. Readings compare by difference.
   * Rejected. Charging those who wait (it would deny everybody until then). A timer for each. Waking all.
   * Sources. Lea, The java.util.concurrent synchronizer framework, 2005.
   */
  private final ReentrantLock lock = new ReentrantLock();
  final NanoClock clock;

  /** Lines of several members that wait for room here. Copied on write, under the lock. */
  private volatile Door[] watching = NOBODY;

  private final WaiterQueue queue = new WaiterQueue();
  private volatile int size; // of the queue
  private int maxWaiters = Integer.MAX_VALUE;
  private long floor; // I2
  private boolean floored; // whether there is one

  private @Nullable Lookahead tail; // with all in line charged; null: to be made
  private long tailAt; // the reading at which the last in line is due
  private boolean recheck; // whether somebody in line may be too late now

  private long firstAt; // the reading at which the first in line is due
  private boolean firstKnown; // whether that is known

  private final Alarm alarm;

  Door(NanoClock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
    this.alarm = new Alarm(clock, this::look);
  }

  // What a subclass says of its limiter, under the lock.

  /**
   * The first caller is about to stand in line: from now on the limiter denies plain calls. Answers
   * false, and it does not, if {@code permits} are admitted at the reading {@code from}.
   */
  abstract boolean hold(long from, long permits);

  /** The line is empty again. */
  abstract void open();

  /**
   * The least wait in ns, from the reading {@code from}, after which {@code permits} are admitted if
   * nobody else calls; NEVER if somebody else has to make room.
   */
  abstract long waitNanos(long from, long permits);

  /** Charges {@code permits} as of the reading {@code date}; null if they are denied after all. */
  abstract @Nullable Reservation charge(long date, long permits);

  /** The limiter as it is now. */
  abstract Lookahead lookahead();

  /** How many wait with a reservation that is not due. */
  int reserved() {
    return 0;
  }

  // The lock. What others are told of a change is run once every lock is released.

  /** Serves the line, does {@code work} under the lock, and serves the line again. */
  final <T extends @Nullable Object> T locked(Supplier<T> work) {
    Signals outermost = Signals.begin();
    try {
      lock.lock();
      return served(work);
    } finally {
      Signals.end(outermost);
    }
  }

  /** The same; null, and nothing is done, if another thread has the lock. */
  final <T> @Nullable T tryLocked(Supplier<@Nullable T> work) {
    Signals outermost = Signals.begin();
    try {
      return lock.tryLock() ? served(work) : null;
    } finally {
      Signals.end(outermost);
    }
  }

  private <T extends @Nullable Object> T served(Supplier<T> work) {
    try {
      serve();
      T result = work.get();
      serve();
      return result;
    } finally {
      lock.unlock();
    }
  }

  /** Serves the line, if there is one: the timer has run, or another limiter made room. */
  final void look() {
    if (size == 0) {
      return;
    }
    if (lock.isHeldByCurrentThread()) {
      Signals.add(this::look); // a timer that ran at once
    } else {
      locked(() -> null);
    }
  }

  /** Whether nobody is in line. */
  final boolean isEmpty() {
    return size == 0;
  }

  /** The same once those who are due are served; waits for no other thread. */
  final boolean isEmptyOnceServed() {
    if (size > 0) {
      tryLocked(() -> null);
    }
    return size == 0;
  }

  // What happened to the limiter. Under the lock.

  /** Permits were given back at the reading {@code now}. */
  final void gaveBack(long now) {
    raiseFloor(now);
    tail = null;
  }

  private void raiseFloor(long now) {
    floor = floored ? Checks.later(floor, now) : now;
    floored = true;
  }

  /** The limit changed at the reading {@code now}: some in line may be too late. */
  final void changed(long now) {
    gaveBack(now);
    recheck = true;
  }

  /** More was charged than the line knows of: some in line may be too late. */
  final void indebted() {
    tail = null;
    recheck = true;
  }

  // How many wait, and what they are told.

  /** Changes how many may wait at once; answers the number before. */
  final int maxWaiters(int max) {
    Checks.atLeast("max", max, 0);
    return locked(() -> {
      int before = maxWaiters;
      maxWaiters = max;
      return before;
    });
  }

  /** How many wait, in line or with a reservation that is not due. */
  final int waiters() {
    return locked(() -> size + reserved());
  }

  /** Under the lock: whether no more may wait. */
  final boolean isFull() {
    return size + reserved() >= maxWaiters;
  }

  /** What a plain call is told while there is a line; null if there is none, or another has the lock. */
  final @Nullable Decision explain(long nanoTime, long permits) {
    return tryLocked(() -> queue.first() == null ? null : behindAll(nanoTime, permits));
  }

  private Decision behindAll(long nanoTime, long permits) {
    Lookahead line = tail == null ? rebuild() : tail;
    long from = Checks.later(nanoTime, tailAt);
    long wait = Checks.plus(from - nanoTime, line.waitNanos(from, permits));
    return Decision.denied(0, Math.max(wait, 1), line.resetAfterNanos(nanoTime), 0);
  }

  // Lines of several members, that wait for room here.

  final void watch(Door door) {
    locked(() -> enlist(door));
  }

  final void unwatch(Door door) {
    locked(() -> delist(door));
  }

  /** Has {@code door}, which watches, be told after all others. */
  final void putLast(Door door) {
    locked(() -> {
      delist(door);
      return enlist(door);
    });
  }

  /** Under the lock. */
  final Void enlist(Door door) {
    Door[] more = Arrays.copyOf(watching, watching.length + 1);
    more[watching.length] = door;
    watching = more;
    return null;
  }

  /** Under the lock. */
  final Void delist(Door door) {
    List<Door> rest = new ArrayList<>(List.of(watching));
    rest.remove(door);
    watching = rest.toArray(NOBODY);
    return null;
  }

  final void tellWatching() {
    for (Door door : watching) {
      Signals.add(door::look);
    }
  }

  // The line. Under the lock.

  /** A caller comes: it is answered at once, or stands in line. */
  final void enter(Waiter w) {
    locked(() -> {
      join(w);
      return null;
    });
  }

  private void join(Waiter w) {
    while (!w.isAnswered() && !w.inLine) {
      if (queue.first() == null) {
        Reservation charge = charge(start(w), w.permits);
        if (charge != null) {
          answer(w, charge);
          break;
        }
        tail = null;
      }
      if (isFull() || !isInTime(w)) {
        answer(w, null);
      } else if (queue.first() == null) {
        size = 1; // before the limiter is held: a call that it denies finds somebody in line
        boolean held = false;
        try {
          held = hold(start(w), w.permits);
        } finally {
          size = held ? 1 : 0; // 0: admitted meanwhile, the limiter has changed, or a member threw
        }
        if (held) {
          enqueue(w);
        }
      } else {
        size++;
        enqueue(w);
      }
    }
  }

  private void enqueue(Waiter w) {
    queue.add(w);
    w.dueAt = tailAt;
  }

  private void unlink(Waiter w) {
    queue.remove(w);
    if (queue.first() == null) {
      tail = null;
      recheck = false;
      open();
    }
    size--; // after the limiter is open
  }

  /** A caller leaves: whether it was in line, and is not any more. */
  final boolean leave(Waiter w) {
    return !w.isAnswered()
        && locked(() -> {
          boolean leaves = w.inLine;
          if (leaves) {
            drop(w);
            w.answer(null);
          }
          return leaves;
        });
  }

  /** Takes {@code w} out of the line: all behind it move up. */
  private void drop(Waiter w) {
    Waiter first = queue.first();
    if (tail != null && first != null && w.permits > 0) {
      long from = start(first);
      long wait = tail.remove(w.permits) ? tail.waitNanos(from, 0) : Decision.NEVER;
      tail = wait == Decision.NEVER ? null : tail;
      tailAt = wait == Decision.NEVER ? from : from + wait;
    }
    raiseFloorIfFirst(w);
    unlink(w);
  }

  private void raiseFloorIfFirst(Waiter w) {
    if (w == queue.first() && w.behind != null) {
      raiseFloor(clock.nanoTime());
    }
  }

  private void answer(Waiter w, @Nullable Reservation charge) {
    w.answer(charge);
    Signals.add(w.signal);
  }

  /** The reading from which on {@code w} may be admitted. */
  private long start(Waiter w) {
    return floored ? Checks.later(w.from, floor) : w.from;
  }

  /** Counts {@code w} behind all others; false, and does not, if it cannot be admitted in time. */
  private boolean isInTime(Waiter w) {
    Lookahead line = tail;
    if (line == null) {
      tailAt = start(w);
      line = rebuild();
    }
    long from = Checks.later(start(w), tailAt);
    long wait = line.waitNanos(from, w.permits);
    if (wait == Decision.NEVER || w.isTooLate(from, wait)) {
      return false;
    }
    line.charge(from + wait, w.permits);
    tailAt = from + wait;
    return true;
  }

  /** Times all in line anew; whoever cannot be admitted in time is refused. */
  private Lookahead rebuild() {
    recheck = false;
    Lookahead line = lookahead();
    tail = line;
    tailAt = queue.first() == null ? tailAt : start(queue.first());
    Waiter next;
    for (Waiter w = queue.first(); w != null; w = next) {
      next = w.behind;
      if (isInTime(w)) {
        w.dueAt = tailAt;
      } else {
        raiseFloorIfFirst(w);
        unlink(w);
        tail = line; // also if nobody is left: whoever asked goes on with it
        answer(w, null);
      }
    }
    return line;
  }

  /** Admits all in line that are due, refuses those that are too late, and sees to the next. */
  private void serve() {
    if (queue.first() == null) {
      alarm.clear();
      return;
    }
    if (recheck) {
      rebuild();
    }
    long now = clock.nanoTime();
    long wait = Decision.NEVER; // of the first, from now
    for (Waiter w = queue.first(); w != null; w = queue.first()) {
      try {
        wait = waitOrServe(w, now);
      } catch (RuntimeException | Error e) { // a member, say: that is the caller's
        fail(w, e);
        continue;
      }
      if (w.inLine) {
        break;
      }
    }
    Waiter impatient;
    while ((impatient = queue.mostImpatient()) != null && impatient.isOver(now)) {
      refuse(impatient);
    }
    sleep(now, wait);
  }

  /** Admits or refuses {@code w}, the first in line, if that is due; else answers its wait from now. */
  private long waitOrServe(Waiter w, long now) {
    long from = start(w);
    long wait = waitNanos(from, w.permits);
    long left = Math.max(now - from, 0); // not if the clock went back
    if (wait <= left) {
      Reservation charge = charge(from + wait, w.permits);
      if (charge != null) {
        raiseFloor(from + wait);
        unlink(w);
        answer(w, charge);
        return 0;
      }
      wait = left + RACE_NANOS;
    }
    if (w.isOver(now) || wait != Decision.NEVER && w.isTooLate(from, wait)) {
      refuse(w);
      return 0;
    }
    return wait == Decision.NEVER ? wait : wait - left;
  }

  private void refuse(Waiter w) {
    drop(w);
    answer(w, null);
  }

  private void fail(Waiter w, Throwable failure) {
    drop(w);
    w.fail(failure);
    Signals.add(w.signal);
  }

  // Sleeping, and the timer. Under the lock.

  /** How long a thread sleeps before it looks again; at most until its time is over. */
  final long sleepNanos(Waiter w) {
    return locked(() -> untilItLooks(w));
  }

  private long untilItLooks(Waiter w) {
    long now = clock.nanoTime();
    if (w.inLine && w.isOver(now)) { // behind one that several members keep waiting
      refuse(w);
    }
    long nanos = w.patient ? Checks.LONGEST : Math.max(w.deadline - now, 1);
    boolean isFirst = w == queue.first();
    long due = isFirst ? firstAt - now : w.dueAt - now;
    if (isFirst ? firstKnown : due > 0) {
      nanos = Math.min(nanos, Math.max(due, 1));
    }
    w.sleeps = true;
    w.wakeAt = now + nanos;
    return nanos;
  }

  /** Sees that somebody looks when the first is due, {@code wait} from now. */
  private void sleep(long now, long wait) {
    Waiter first = wait == Decision.NEVER ? null : queue.first();
    firstKnown = first != null;
    firstAt = now + wait;
    if (first != null && first.isThread && first.sleeps && first.wakeAt - firstAt > 0) {
      first.sleeps = false;
      Signals.add(first.signal);
    }
    Waiter timed = first != null && !first.isThread ? first : null; // for whom the alarm is set
    long at = firstAt;
    Waiter impatient = queue.mostImpatient();
    if (impatient != null && (timed == null || impatient.deadline - at < 0)) {
      timed = impatient;
      at = impatient.deadline;
    }
    if (timed == null) {
      alarm.clear();
      return;
    }
    try {
      alarm.set(at, at - now);
    } catch (RuntimeException | Error e) { // a clock that has no timer
      fail(timed, e);
      serve();
    }
  }
}
