package io.limiter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Where callers stand in line for a limiter, first come, first served; and the lock under which its
 * permits are given back and its limit is changed. It names no algorithm: subclasses say when permits
 * are admitted, and charge them.
 */
abstract class Door {
  private static final Door[] NOBODY = {};
  private static final long RACE_NANOS = 1_000; // after a lost race for a member

  /*
   * Representation. A doubly linked list of waiters, oldest first. They hold and charge nothing.
   *   Whoever looks (the thread of a waiter, the timer, whoever gives back, a plain call) admits all
   *   in line that are due, one after the other, each as of the reading at which it was due.
   * Invariants.
   *   I1  The line is served in its order. While it is not empty, the limiter denies plain calls.
   *   I2  Nobody is admitted as of a reading before `floor`: when somebody in line was admitted last,
   *       when the first in line left, when permits were given back, when the limit was changed.
   *   I3  The first in line is woken by the time that it may be due: a thread sleeps no longer than
   *       that, for a future there is the timer. The timer also stands for the future whose time is
   *       over first. (A single limiter refuses in time whoever it cannot serve in time; several
   *       members may be taken by others.)
   * Linearization. A waiter that is admitted: at its charge, under the lock.
   * Memory ordering. All is under the lock, but `size` (volatile; a plain call asks whether there is a
   *   line) and Waiter.answered (volatile; written after the charge).
   * Progress. Blocking. The lock is held for as many steps as waiters are served, and never while a
   *   waiter sleeps or is called back. A change of the limit looks at all in line; so does the first
   *   to come after somebody left, unless the limiter is one rate of whole ns a permit.
   * Arithmetic. Readings compare by difference.
   * Rejected. Charging those who wait (a member that is charged ahead of time denies everybody until
   *   then). A timer for each. Waking all.
   * Sources. Lea, The java.util.concurrent synchronizer framework, 2005.
   */
  private final ReentrantLock lock = new ReentrantLock();
  private final NanoClock clock;

  /** Lines of several members that wait for room here. Copied on write, under the lock. */
  private volatile Door[] watching = NOBODY;

  private Waiter first;
  private Waiter last;
  private volatile int size;
  private long came; // waiters ever
  private int maxWaiters = Integer.MAX_VALUE;
  private long floor; // I2
  private boolean floored; // whether there is one

  private Lookahead tail; // with all in line charged; null: to be made
  private long tailAt; // the reading at which the last in line is due
  private boolean recheck; // whether somebody in line may be too late now

  private long firstAt; // the reading at which the first in line is due
  private boolean firstKnown; // whether that is known

  private final TreeSet<Waiter> impatient = new TreeSet<>(Door::compareDeadlines); // futures
  private NanoClock.Timer timer; // null: none
  private long timerAt; // its reading

  /** Whether the timer has run; then it must be set again. Written by the timer. */
  private volatile boolean rang;

  Door(NanoClock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  private static int compareDeadlines(Waiter a, Waiter b) {
    long difference = a.deadline - b.deadline;
    return difference == 0 ? Long.compare(a.number, b.number) : Long.signum(difference);
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
  abstract Reservation charge(long date, long permits);

  /** The limiter as it is now. */
  abstract Lookahead lookahead();

  /** How many wait with a reservation that is not due. */
  int reserved() {
    return 0;
  }

  // The lock. What others are told of a change is run once every lock is released.

  /** Serves the line, does {@code work} under the lock, and serves the line again. */
  final <T> T locked(Supplier<T> work) {
    Signals outermost = Signals.begin();
    try {
      lock.lock();
      try {
        return serving(work);
      } finally {
        lock.unlock();
      }
    } finally {
      Signals.end(outermost);
    }
  }

  /** The same; null, and nothing is done, if another thread has the lock. */
  final <T> T tryLocked(Supplier<T> work) {
    Signals outermost = Signals.begin();
    try {
      if (!lock.tryLock()) {
        return null;
      }
      try {
        return serving(work);
      } finally {
        lock.unlock();
      }
    } finally {
      Signals.end(outermost);
    }
  }

  private <T> T serving(Supplier<T> work) {
    serve();
    T result = work.get();
    serve();
    return result;
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
    floor = floored ? Checks.later(floor, now) : now;
    floored = true;
    tail = null;
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

  // Waiting.

  /** Waits as a thread. Answers what was charged, or null if that cannot be had in time. */
  final Reservation await(long start, long permits, long maxWaitNanos, boolean interruptible)
      throws InterruptedException {
    Thread thread = Thread.currentThread();
    Waiter w = new Waiter(permits, start, maxWaitNanos, true, () -> LockSupport.unpark(thread));
    boolean interrupted = false;
    boolean done = false;
    try {
      locked(() -> join(w));
      while (!w.isAnswered()) {
        if (Thread.interrupted()) {
          interrupted = true;
          if (interruptible && leave(w)) {
            interrupted = false;
            throw new InterruptedException();
          }
          continue;
        }
        long nanos = locked(() -> sleepNanos(w));
        if (!w.isAnswered()) {
          clock.parkNanos(this, nanos);
        }
      }
      done = true;
    } finally {
      if (!done && !leave(w) && w.charge() != null) { // the clock threw, say
        w.charge().cancel();
      }
      if (interrupted) {
        thread.interrupt();
      }
    }
    if (w.failure() != null) {
      throw Door.<RuntimeException>unchecked(w.failure());
    }
    return w.charge();
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E unchecked(Throwable failure) throws E {
    throw (E) failure; // a RuntimeException or an Error
  }

  /**
   * Waits as a future. It is completed with what {@code answer} makes of the charge, or of null if it was
   * refused; whoever completes it otherwise leaves the line, or has the charge given back.
   */
  final <T> CompletableFuture<T> async(
      long start, long permits, long maxWaitNanos, Function<Reservation, T> answer) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Waiter[] self = new Waiter[1];
    Waiter w =
        new Waiter(permits, start, maxWaitNanos, false, () -> complete(result, self[0], answer));
    self[0] = w;
    locked(() -> join(w));
    if (!w.isAnswered()) {
      result.whenComplete((value, failure) -> leave(w));
    }
    return result;
  }

  private static <T> void complete(
      CompletableFuture<T> result, Waiter w, Function<Reservation, T> answer) {
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
  final Decision explain(long nanoTime, long permits) {
    return tryLocked(() -> first == null ? null : behindAll(nanoTime, permits));
  }

  private Decision behindAll(long nanoTime, long permits) {
    if (tail == null) {
      rebuild();
    }
    long from = Checks.later(nanoTime, tailAt);
    long wait = Checks.plus(from - nanoTime, tail.waitNanos(from, permits));
    return Decision.denied(0, Math.max(wait, 1), tail.resetAfterNanos(nanoTime), 0);
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

  /** Answers {@code w} if that can be done at once; otherwise it stands in line. */
  private Void join(Waiter w) {
    while (!w.isAnswered() && !w.inLine) {
      if (first == null) {
        Reservation charge = charge(start(w), w.permits);
        if (charge != null) {
          answer(w, charge);
          break;
        }
        tail = null;
      }
      if (isFull() || !isInTime(w)) {
        answer(w, null);
      } else if (first == null) {
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
    return null;
  }

  private void enqueue(Waiter w) {
    w.before = last;
    if (last == null) {
      first = w;
    } else {
      last.behind = w;
    }
    last = w;
    w.inLine = true;
    w.number = came++;
    w.dueAt = tailAt;
    if (!w.isThread && !w.patient) {
      impatient.add(w);
    }
  }

  private void unlink(Waiter w) {
    if (w.before == null) {
      first = w.behind;
    } else {
      w.before.behind = w.behind;
    }
    if (w.behind == null) {
      last = w.before;
    } else {
      w.behind.before = w.before;
    }
    w.before = null;
    w.behind = null;
    w.inLine = false;
    impatient.remove(w);
    if (first == null) {
      tail = null;
      recheck = false;
      open();
    }
    size--; // after the limiter is open
  }

  /** Whether it was in line, and is not any more. */
  private boolean leave(Waiter w) {
    return !w.isAnswered()
        && locked(() -> {
          boolean leaves = w.inLine;
          if (leaves) {
            drop(w, clock.nanoTime());
            w.answer(null);
          }
          return leaves;
        });
  }

  /**
   * Takes {@code w} out of the line at the reading {@code now}: all behind it move up. Whoever is first
   * then counts from now on, not as of a reading at which it was not.
   */
  private void drop(Waiter w, long now) {
    if (tail != null && w.permits > 0) {
      long wait = tail.remove(w.permits) ? tail.waitNanos(start(first), 0) : Decision.NEVER;
      tail = wait == Decision.NEVER ? null : tail;
      tailAt = wait == Decision.NEVER ? tailAt : start(first) + wait;
    }
    if (w == first) {
      floor = floored ? Checks.later(floor, now) : now;
      floored = true;
    }
    unlink(w);
  }

  private void answer(Waiter w, Reservation charge) {
    w.answer(charge);
    Signals.add(w.signal);
  }

  /** The reading from which on {@code w} may be admitted. */
  private long start(Waiter w) {
    return floored ? Checks.later(w.from, floor) : w.from;
  }

  /** Counts {@code w} behind all others; false, and does not, if it cannot be admitted in time. */
  private boolean isInTime(Waiter w) {
    if (tail == null) {
      tailAt = start(w);
      rebuild();
    }
    long from = Checks.later(start(w), tailAt);
    long wait = tail.waitNanos(from, w.permits);
    if (wait == Decision.NEVER || w.isTooLate(from, wait)) {
      return false;
    }
    tail.charge(from + wait, w.permits);
    tailAt = from + wait;
    return true;
  }

  /** Times all in line anew; whoever cannot be admitted in time is refused. */
  private void rebuild() {
    recheck = false;
    tail = lookahead();
    tailAt = first == null ? tailAt : start(first);
    Waiter next;
    for (Waiter w = first; w != null; w = next) {
      next = w.behind;
      if (isInTime(w)) {
        w.dueAt = tailAt;
      } else {
        Lookahead kept = tail;
        unlink(w);
        tail = first == null ? null : kept;
        answer(w, null);
      }
    }
  }

  /** Admits all in line that are due, refuses those that are too late, and sees to the next. */
  private void serve() {
    if (first == null) {
      disarm();
      return;
    }
    if (recheck) {
      rebuild();
    }
    long now = clock.nanoTime();
    long wait = Decision.NEVER; // of the first, from now
    while (first != null) {
      Waiter w = first;
      try {
        wait = waitOrServe(w, now);
      } catch (RuntimeException | Error e) { // a member, say: that is the caller's
        drop(w, now);
        w.fail(e);
        Signals.add(w.signal);
        continue;
      }
      if (w.inLine) {
        break;
      }
    }
    while (!impatient.isEmpty() && impatient.first().isOver(now)) {
      refuse(impatient.first(), now);
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
        floor = from + wait;
        floored = true;
        unlink(w);
        answer(w, charge);
        return 0;
      }
      wait = left + RACE_NANOS;
    }
    if (w.isOver(now) || wait != Decision.NEVER && w.isTooLate(from, wait)) {
      refuse(w, now);
      return 0;
    }
    return wait == Decision.NEVER ? wait : wait - left;
  }

  private void refuse(Waiter w, long now) {
    drop(w, now);
    answer(w, null);
  }

  // Sleeping, and the timer. Under the lock.

  /** How long a thread sleeps before it looks again; at most until its time is over. */
  private long sleepNanos(Waiter w) {
    long now = clock.nanoTime();
    if (w.inLine && w.isOver(now)) { // behind one that several members keep waiting
      refuse(w, now);
    }
    long nanos = w.patient ? Checks.LONGEST : Math.max(w.deadline - now, 1);
    long due = w == first ? firstAt - now : w.dueAt - now;
    if (w == first ? firstKnown : due > 0) {
      nanos = Math.min(nanos, Math.max(due, 1));
    }
    w.sleeps = true;
    w.wakeAt = now + nanos;
    return nanos;
  }

  /** Sees that somebody looks when the first is due, {@code wait} from now. */
  private void sleep(long now, long wait) {
    firstKnown = first != null && wait != Decision.NEVER;
    firstAt = now + wait;
    if (first == null) {
      disarm();
      return;
    }
    if (firstKnown && first.isThread && first.sleeps && first.wakeAt - firstAt > 0) {
      first.sleeps = false;
      Signals.add(first.signal);
    }
    boolean timed = firstKnown && !first.isThread;
    long at = firstAt;
    if (!impatient.isEmpty() && (!timed || impatient.first().deadline - at < 0)) {
      timed = true;
      at = impatient.first().deadline;
    }
    if (timed) {
      arm(now, at);
    } else {
      disarm();
    }
  }

  private void arm(long now, long at) {
    if (timer != null && timerAt == at && !rang) {
      return;
    }
    disarm();
    timerAt = at;
    rang = false;
    try {
      timer = clock.runAfter(Math.max(at - now, 1), () -> {
        rang = true;
        look();
      });
    } catch (RuntimeException | Error e) { // a clock that has no timer
      Waiter w = first.isThread ? impatient.first() : first;
      drop(w, now);
      w.fail(e);
      Signals.add(w.signal);
      serve();
    }
  }

  private void disarm() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
