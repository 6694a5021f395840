package io.limiter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * Those who reserved permits of one limiter that are not yet theirs, in the order in which they were
 * charged; and the lock under which permits are reserved and the limit is changed.
 *
 * <p>No entry keeps the time at which it is served: with so many permits charged behind it, it is due
 * as soon as the level of the limiter and those permits together are not negative. So refunds,
 * cancellations and changes of the limit time everybody anew without touching an entry.
 */
final class Line {
  /*
   * Representation. `pending` holds the entries that are not due, oldest first. `charged` counts the
   *   permits that were ever charged by way of the line; an entry notes the count after its own
   *   charge, so the difference is what was charged behind it. Whoever takes the lock first lets go
   *   the entries that have become due. The level itself is the limiter's word.
   * Invariants.
   *   I1  Permits are charged beyond the level only under the lock, so in the order of the line. A
   *       verb that decides admits only if the level is not negative, that is if nobody waits.
   *   I2  Once due, an entry stays due: it leaves the line before anything that could delay it.
   *   I3  The first entry that someone waits for has a timer that is right, or has been signalled
   *       since it was wrong. It lets the next one go and signals that.
   * Linearization. At the compare-and-set of the limiter's word or cell, all within the lock; a wait
   *   that is over: at the release of its entry.
   * Memory ordering.
   *   field           read      write     why that is enough
   *   Entry.state     volatile  volatile  read without the lock only to see that a wait is over
   *   changing, changedAt  volatile  volatile  read without the lock; see changedSince
   *   all others      under the lock
   * Progress. Blocking; but the lock is held for O(entries) steps at most, and never while a waiter
   *   sleeps or is called back.
   * Arithmetic. `charged` wraps around; only differences count.
   * Penalties. While someone waits, a penalty moves the word on so that the first is due at its end
   *   and the others keep their distances: otherwise all whose time comes meanwhile would be served
   *   at its end, more than a burst at once. That time is not given back when they cancel.
   * Rejected. A target time for each entry (all would have to be written on every change). A queue
   *   without a lock (charge and place in the line have to be one step). Waking all on a refund (each
   *   would sleep again but one).
   * Sources. none.
   */
  private final ReentrantLock lock = new ReentrantLock();
  private final Reserving owner;
  private final ArrayDeque<Entry> pending = new ArrayDeque<>();
  private List<Runnable> signals = List.of(); // to be run once the lock is released
  private int maxWaiters = Integer.MAX_VALUE;
  private long charged; // permits, wraps around
  private long waiting; // permits of pending
  private long epoch; // counts what may have timed the entries anew

  private volatile boolean changing;
  private volatile boolean changed;
  private volatile long changedAt; // clock reading, ns, if changed

  Line(Reserving owner) {
    this.owner = owner;
  }

  /** Permits charged; pending until due. */
  static final class Entry implements Booking {
    private enum State {
      PENDING,
      DUE,
      CANCELLED
    }

    private final Reserving owner;
    private final long permits;
    private volatile State state;

    // Under the lock of the line.
    private long held; // permits still charged
    private long end; // the line's count after this charge
    private boolean closed;
    private long epoch; // of the line, when dueAt was computed
    private long dueAt; // clock reading, ns
    private long receipt; // for Member.uncharge at dueAt
    private Runnable signal;

    private Entry(Reserving owner, long permits, State state, long dueAt, long receipt) {
      this.owner = owner;
      this.permits = permits;
      this.held = permits;
      this.dueAt = dueAt;
      this.receipt = receipt;
      this.state = state;
    }

    /** Permits that were there: charged at the reading {@code nanoTime}. */
    static Entry due(Reserving owner, long permits, long nanoTime, long receipt) {
      return new Entry(owner, permits, State.DUE, nanoTime, receipt);
    }

    @Override
    public boolean granted() {
      return true;
    }

    @Override
    public long permits() {
      return permits;
    }

    @Override
    public long waitNanos() {
      return switch (state) {
        case PENDING -> owner.line().waitNanos(this);
        case DUE -> 0;
        case CANCELLED -> Decision.NEVER;
      };
    }

    @Override
    public boolean cancel() {
      return owner.line().close(this, 0, true);
    }

    @Override
    public boolean settle(long actualPermits) {
      Checks.atLeast("actualPermits", actualPermits, 0);
      return owner.line().close(this, actualPermits, false);
    }

    @Override
    public void onChange(Runnable signal) {
      owner.line().onChange(this, signal);
    }

    @Override
    public String toString() {
      return "Reservation[" + permits + ", " + state + "]";
    }
  }

  /** How many may be pending at once; further reservations are refused. Answers the number before. */
  int maxWaiters(int max) {
    lock.lock();
    try {
      int before = maxWaiters;
      maxWaiters = max;
      return before;
    } finally {
      unlock();
    }
  }

  int waiters() {
    lock.lock();
    try {
      release(now());
      return pending.size();
    } finally {
      unlock();
    }
  }

  Booking reserve(long nanoTime, long permits, long maxWaitNanos) {
    lock.lock();
    try {
      release(now());
      while (true) {
        long receipt = owner.charge(nanoTime, permits);
        if (receipt != Member.REFUSED) {
          return Entry.due(owner, permits, nanoTime, receipt);
        }
        if (pending.size() >= maxWaiters) {
          return new Booking.Refused(permits);
        }
        long wait = owner.owe(nanoTime, permits, maxWaitNanos);
        if (wait == Member.REFUSED) {
          return new Booking.Refused(permits);
        }
        if (wait > 0) {
          charged += permits;
          waiting += permits;
          Entry entry = new Entry(
              owner,
              permits,
              Entry.State.PENDING,
              nanoTime + wait,
              owner.receipt(nanoTime + wait, 0));
          entry.end = charged;
          entry.epoch = epoch;
          pending.add(entry);
          return entry;
        }
      }
    } finally {
      unlock();
    }
  }

  /** Charges whatever the level; those who wait already are not delayed. */
  long force(long nanoTime, long permits) {
    lock.lock();
    try {
      release(now());
      charged += permits;
      return owner.force(nanoTime, permits);
    } finally {
      unlock();
    }
  }

  private long waitNanos(Entry entry) {
    lock.lock();
    try {
      long now = now();
      release(now);
      if (entry.state != Entry.State.PENDING) {
        return entry.waitNanos();
      }
      long behind = charged - entry.end;
      long wait = owner.waitNanos(now, behind);
      entry.epoch = epoch;
      entry.dueAt = now + wait;
      entry.receipt = owner.receipt(entry.dueAt, behind);
      return wait;
    } finally {
      unlock();
    }
  }

  private void onChange(Entry entry, Runnable signal) {
    lock.lock();
    try {
      entry.signal = signal;
      if (entry.state != Entry.State.PENDING) {
        signal(entry);
      }
    } finally {
      unlock();
    }
  }

  private boolean close(Entry entry, long actual, boolean cancelled) {
    lock.lock();
    try {
      long now = now();
      release(now);
      if (entry.closed) {
        return false;
      }
      entry.closed = true;
      if (actual > entry.permits) {
        charged += actual - entry.permits;
        owner.force(now, actual - entry.permits);
      } else if (entry.state == Entry.State.PENDING) {
        withdraw(entry, now, entry.permits - actual);
      } else if (cancelled) {
        owner.uncharge(entry.dueAt, entry.permits, entry.receipt);
      } else if (actual < entry.permits) {
        owner.refundAt(now, entry.permits - actual);
      }
      return true;
    } finally {
      unlock();
    }
  }

  /** Gives {@code permits} of a pending entry back; those behind it move up. */
  private void withdraw(Entry entry, long now, long permits) {
    if (permits == 0) {
      return;
    }
    long behind = charged - entry.end;
    Iterator<Entry> newest = pending.descendingIterator();
    for (Entry each = newest.next(); each != entry; each = newest.next()) {
      each.end -= permits;
    }
    charged -= permits;
    waiting -= permits;
    entry.held -= permits;
    if (entry.held == 0) {
      newest.remove();
      entry.state = Entry.State.CANCELLED;
    } else {
      entry.end -= permits;
    }
    owner.withdraw(now, permits, behind);
    retime(now);
  }

  /** Permits were given back: those who wait move up. */
  void movedUp() {
    lock.lock();
    try {
      retime(now());
    } finally {
      unlock();
    }
  }

  /** Runs {@code change} with the permits that are waited for, and times everybody anew. */
  void change(Inheritance inheritance, LongConsumer change) {
    lock.lock();
    try {
      release(now());
      changing = true;
      change.accept(waiting);
      if (inheritance == Inheritance.FRESH) {
        forgive();
      }
      changedAt = now();
      changed = true;
      changing = false;
      retime(now());
      pending.forEach(this::signal);
    } finally {
      unlock();
    }
  }

  /** Debts are no more: only what is waited for was charged. */
  private void forgive() {
    charged = 0;
    for (Entry entry : pending) {
      charged += entry.held;
      entry.end = charged;
    }
  }

  /** Nothing is admitted before the reading {@code until}; those who wait keep their distances. */
  void pause(long nanoTime, long until) {
    lock.lock();
    try {
      release(nanoTime);
      Entry first = pending.peekFirst();
      long delay = first == null
          ? 0
          : Math.max(until - nanoTime - owner.waitNanos(nanoTime, charged - first.end), 0);
      owner.pause(until, delay);
      epoch++;
      pending.forEach(this::signal);
    } finally {
      unlock();
    }
  }

  /** Whether a charge at the reading {@code nanoTime} may have been made at another rate. */
  boolean changedSince(long nanoTime) {
    return changing || changed && nanoTime - changedAt <= 0;
  }

  private void retime(long now) {
    epoch++;
    release(now);
    for (Entry entry : pending) {
      if (entry.signal != null) {
        signal(entry);
        return;
      }
    }
  }

  /** Lets go who is due at {@code now}, and wakes who is then first if its timer may be wrong. */
  private void release(long now) {
    boolean released = false;
    for (Entry first = pending.peekFirst(); first != null; first = pending.peekFirst()) {
      long behind = charged - first.end;
      if (owner.waitNanos(now, behind) > 0) {
        break;
      }
      if (first.epoch != epoch || first.dueAt - now > 0) {
        first.dueAt = now;
        first.receipt = owner.receipt(now, behind);
      }
      pending.removeFirst();
      waiting -= first.held;
      first.state = Entry.State.DUE;
      signal(first);
      released = true;
    }
    if (released) {
      for (Entry entry : pending) {
        if (entry.signal != null) {
          if (entry.epoch != epoch) {
            signal(entry);
          }
          return;
        }
      }
    }
  }

  private void signal(Entry entry) {
    if (entry.signal != null) {
      if (signals.isEmpty()) {
        signals = new ArrayList<>();
      }
      signals.add(entry.signal);
    }
  }

  private long now() {
    return owner.clock().nanoTime();
  }

  private void unlock() {
    if (lock.getHoldCount() > 1) {
      lock.unlock();
      return;
    }
    List<Runnable> run = signals;
    signals = List.of();
    lock.unlock();
    run.forEach(Runnable::run);
  }
}
