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
   *   I2  Once due, an entry stays due, and is charged what it was: it leaves the line before anything
   *       that could delay it or have it charged otherwise. So nobody can tell whether anyone looked.
   *   I3  The first entry that someone waits for has a timer that is right, or has been signalled
   *       since it was wrong. It lets the next one go and signals that.
   * Linearization. At the compare-and-set of the limiter's word or cell, all within the lock; a wait
   *   that is over: at the release of its entry.
   * Memory ordering.
   *   field           read      write     why that is enough
   *   Entry.state     volatile  volatile  read without the lock only to see that a wait is over
   *   all others      under the lock
   * Progress. Blocking; but the lock is held for O(entries) steps at most, and never while a waiter
   *   sleeps or is called back.
   * Arithmetic. `charged` wraps around; only differences count.
   * Penalties. While someone waits, a penalty moves the word on so that the first is due at its end
   *   and the others keep their distances: otherwise all whose time comes meanwhile would be served
   *   at its end, more than a burst at once. That time is not given back when they cancel.
   * Receipts. What an entry that is due gives back is what the limiter has less because of it. That is
   *   what was charged for it, but no more than all that was charged right after it, and right after
   *   anything was given back since (Lows), each less the time since then: beyond that the limiter
   *   would have been full without the entry, and restored or given back nothing. This is exact unless
   *   others were charged behind the entry, of whom is not known when: it may then be less, never
   *   more. Who waits gives back all, also if the burst was cut meanwhile to less than the level
   *   without it. Only a refund that began when there was no line yet may be noted late.
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

  // What the limiter's word was when the line last changed it: until nobody waits, no verb that
  // decides does; after that, receipts are not to count what those verbs charge.
  private Object markTerms;
  private long mark;

  private final Lows lows = new Lows();

  /** How often permits were given back; the number of the last of the lows. */
  private long gaps;

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
    private final long chargedAt; // the caller's reading, ns
    private volatile State state;

    // Under the lock of the line.
    private long held; // permits still charged
    private long end; // the line's count after this charge
    private boolean closed;
    private long epoch; // of the line, when the wait was told
    private Object terms; // of the receipt
    private long receipt; // for Member.uncharge
    private long gaps; // of the line, when it was charged
    private Runnable signal;

    private Entry(Reserving owner, long permits, long chargedAt, State state) {
      this.owner = owner;
      this.permits = permits;
      this.chargedAt = chargedAt;
      this.held = permits;
      this.state = state;
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
      while (true) {
        Entry due = charge(nanoTime, permits);
        if (due != null) {
          return due;
        }
        if (maxWaitNanos == 0) {
          return new Booking.Refused(permits);
        }
        release(now());
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
          Entry entry = new Entry(owner, permits, nanoTime, Entry.State.PENDING);
          entry.end = charged;
          entry.gaps = gaps;
          entry.epoch = epoch;
          mark();
          note(entry);
          pending.add(entry);
          return entry;
        }
      }
    } finally {
      unlock();
    }
  }

  /** Charges permits that are there; null if they are not. */
  private Entry charge(long nanoTime, long permits) {
    while (true) {
      Object terms = owner.terms();
      long receipt = owner.charge(nanoTime, permits, terms);
      if (receipt == Member.REFUSED) {
        return null;
      }
      if (receipt != Member.CHANGED) {
        Entry entry = new Entry(owner, permits, nanoTime, Entry.State.DUE);
        entry.terms = terms;
        entry.receipt = receipt;
        entry.gaps = gaps;
        return entry;
      }
    }
  }

  /** Charges whatever the level; those who wait already are not delayed. */
  long force(long nanoTime, long permits) {
    lock.lock();
    try {
      release(now());
      return owe(nanoTime, permits);
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
      entry.epoch = epoch;
      return owner.waitNanos(now, charged - entry.end);
    } finally {
      unlock();
    }
  }

  private long owe(long nanoTime, long permits) {
    charged += permits;
    long wait = owner.force(nanoTime, permits);
    mark();
    return wait;
  }

  private void mark() {
    markTerms = owner.terms();
    mark = owner.word(markTerms);
  }

  /** After permits were given back: others may have been charged since nobody waits any more. */
  private void markLower() {
    Object terms = markTerms;
    long before = mark;
    mark();
    mark = markTerms == terms ? Math.min(mark, before) : mark;
  }

  /** Notes what the charge of a pending entry is now. */
  private void note(Entry entry) {
    entry.terms = markTerms;
    entry.receipt = owner.receipt(markTerms, mark, charged - entry.end, entry.receipt);
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
        owe(now, actual - entry.permits);
      } else if (entry.state == Entry.State.PENDING) {
        withdraw(entry, now, entry.permits - actual);
      } else if (cancelled) {
        owner.uncharge(entry.chargedAt, entry.permits, entry.terms, entry.receipt, entry.gaps);
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
    if (permits == 0 && entry.permits > 0) {
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
    owner.withdraw(now, permits, behind, entry.receipt);
    retime(now);
  }

  Lows lows() {
    return lows;
  }

  /** Permits were given back at {@code nanoTime}: the word of {@code cell} was left as {@code word}. */
  void gap(Cell cell, long word, long nanoTime) {
    lock.lock();
    try {
      gaps++;
      lows.add(gaps, cell, word, nanoTime);
    } finally {
      lock.unlock();
    }
  }

  /** {@code lender} gave back when it had no line: others may have been charged since. */
  void gaveBack(Lender lender, long nanoTime) {
    lock.lock();
    try {
      Cell cell = (Cell) lender.terms();
      gap(cell, lender.word(cell), lender.reading(nanoTime));
      retime(now());
    } finally {
      unlock();
    }
  }

  /** Has {@code lender} give back, and those who wait move up. */
  void giveBack(Lender lender, long nanoTime, long permits, Receipt receipt) {
    lock.lock();
    try {
      release(now());
      lender.giveBack(nanoTime, permits, receipt, this);
      retime(now());
    } finally {
      unlock();
    }
  }

  /** The limiter goes on in another cell. Does nothing, and waits for nobody, if the lock is taken. */
  void follow() {
    if (lock.tryLock()) {
      try {
        lows.follow(owner.terms());
      } finally {
        unlock();
      }
    }
  }

  /** Has {@code lender} take a lease back that was in hand, and those who wait move up. */
  void giveBack(Lender lender, Stripes s, Stripes.Lease lease) {
    lock.lock();
    try {
      release(now());
      lender.giveBack(s, lease, this);
      retime(now());
    } finally {
      unlock();
    }
  }

  /**
   * Has {@code log} take an admission back, and those who wait move up. Nobody has to leave before: the
   * log admits who is due itself, and says when.
   */
  boolean giveBack(SlidingLog log, long nanos, long permits, long time) {
    lock.lock();
    try {
      boolean done = log.takeBack(nanos, permits, time);
      retime(now());
      return done;
    } finally {
      unlock();
    }
  }

  /** Runs {@code change} with the permits that are waited for, and times everybody anew. */
  void change(LevelPolicy policy, LongConsumer change) {
    lock.lock();
    try {
      release(now());
      change.accept(waiting);
      if (policy == LevelPolicy.FRESH) {
        forgive();
      }
      retime(now());
      lows.follow(owner.terms());
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
      owner.pause(nanoTime, until, delay);
      mark();
      pending.forEach(this::note);
      lows.follow(markTerms);
      epoch++;
      pending.forEach(this::signal);
    } finally {
      unlock();
    }
  }

  /** The level has changed: lets go who is due now, and wakes the first who is not. */
  private void retime(long now) {
    epoch++;
    markLower();
    pending.forEach(this::note);
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
    if (pending.isEmpty()) {
      markTerms = null; // a cell keeps all later ones alive
    }
    List<Runnable> run = signals;
    signals = List.of();
    lock.unlock();
    run.forEach(Runnable::run);
  }
}
