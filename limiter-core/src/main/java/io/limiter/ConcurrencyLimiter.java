package io.limiter;

import java.time.Duration;
import java.util.concurrent.locks.AbstractQueuedLongSynchronizer;

/**
 * Permits that must be given back: at most {@code limit} are in flight at any time. Admitted iff
 * {@code inFlight + k <= limit}; {@code release} gives back.
 *
 * <p>In-flight never exceeds the limit; after the limit was lowered it never grows while it is above.
 * A release beyond what is held is an {@link IllegalStateException} and changes nothing. Calls that
 * do not wait are decided by the formula alone, also while others wait; calls that wait are served
 * in the order of their arrival, and never wait for more than the limit.
 *
 * <p>Not for a rate: how many calls are served per second follows from how long each takes.
 *
 * <p>Cost: 72 bytes and no allocation in {@code tryAcquire} and {@code release}, O(1); {@link
 * #tryEnter} allocates the permit and its decision; a thread that waits, one node. Thread-safety:
 * {@code tryAcquire} and {@code release} are lock-free; all operations are linearizable. Memory
 * effects: what a thread did before it gave permits back is visible to the thread that gets them.
 */
public final class ConcurrencyLimiter {
  /*
   * Representation. One word, the state of a queued synchronizer: the limit in the upper 32 bits, the
   *   permits in flight in the lower 32, both 0..2^31-1. The synchronizer keeps the threads that wait
   *   in a FIFO queue.
   * Invariants.
   *   I1  inFlight grows only to a value that is at most the limit in the same word.
   *   I2  A thread that waits has been woken, or will be, after every change of the word that may
   *       admit it: release and limit(int) wake the first in the queue; a thread that leaves the
   *       queue, served or not, wakes the next (the synchronizer's contract for shared mode).
   * Linearization. tryAcquire, release, limit(int), and a wait that is served: the successful
   *   compare-and-set of the word. Denied, inFlight, available, limit: its last read.
   * Memory ordering.
   *   field  read      write          why that is enough
   *   state  volatile  compareAndSet  release and acquire are on one word
   * Progress. tryAcquire, release, limit(int): lock-free. Waiting blocks, in park alone.
   * Arithmetic. permits are compared as longs before they are added: no overflow.
   * Rejected. A queue of our own (java.base has one that is proven). Two words for limit and
   *   inFlight (a call could pass by a limit that no longer holds). Denying newcomers while others
   *   wait (a call that does not wait is to be decided by the formula).
   * Sources. Lea, The java.util.concurrent synchronizer framework, 2005.
   */
  private final Sync sync;
  private final LeakLog leaks; // null unless leaks are reported

  private static final class Sync extends AbstractQueuedLongSynchronizer {
    private static final long serialVersionUID = 1L;

    Sync(int limit) {
      setState((long) limit << 32);
    }

    int limit() {
      return (int) (getState() >>> 32);
    }

    int inFlight() {
      return (int) getState();
    }

    /** What may be taken now; negative after the limit was lowered. */
    static long available(long state) {
      return (state >>> 32) - (int) state;
    }

    long available() {
      return available(getState());
    }

    boolean take(long permits) {
      while (true) {
        long state = getState();
        if (permits > available(state)) {
          return false;
        }
        if (compareAndSetState(state, state + permits)) {
          return true;
        }
      }
    }

    int setLimit(int limit) {
      while (true) {
        long state = getState();
        if (compareAndSetState(state, (long) limit << 32 | (int) state)) {
          return (int) (state >>> 32);
        }
      }
    }

    /** For those who wait: in their order, and not for what can never be. */
    @Override
    protected long tryAcquireShared(long permits) {
      if (permits > limit()) {
        throw NeverAdmitted.INSTANCE; // leaves the queue, which wakes the next
      }
      return !hasQueuedPredecessors() && take(permits) ? 1 : -1;
    }

    @Override
    protected boolean tryReleaseShared(long permits) {
      while (true) {
        long state = getState();
        if (permits > (int) state) {
          throw new IllegalStateException(
              "release: " + permits + " permits (expected: <= " + (int) state + " in flight)");
        }
        if (compareAndSetState(state, state - permits)) {
          return true;
        }
      }
    }
  }

  /** Takes a thread out of the queue whose permits exceed the limit. */
  private static final class NeverAdmitted extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static final NeverAdmitted INSTANCE = new NeverAdmitted();

    private NeverAdmitted() {
      super(null, null, false, false);
    }
  }

  private ConcurrencyLimiter(int limit, LeakLog leaks) {
    Checks.atLeast("limit", limit, 0);
    this.sync = new Sync(limit);
    this.leaks = leaks;
  }

  /**
   * At most {@code limit} permits in flight.
   *
   * @throws IllegalArgumentException if limit is less than 0
   */
  public static ConcurrencyLimiter create(int limit) {
    return new ConcurrencyLimiter(limit, null);
  }

  /**
   * As {@link #create}; besides, a {@link Permit} that became unreachable before it was closed is
   * given back, by the next call that enters, and counted by {@link #leaked}. Costs some 100 bytes
   * for each open permit.
   *
   * @throws IllegalArgumentException if limit is less than 0
   */
  public static ConcurrencyLimiter createReportingLeaks(int limit) {
    return new ConcurrencyLimiter(limit, new LeakLog());
  }

  /** Takes one permit now, or none: {@code tryAcquire(1)}. */
  public boolean tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Takes {@code permits} now, or none. Who takes them has to {@link #release} them.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is less than 1
   */
  public boolean tryAcquire(long permits) {
    return sync.take(Checks.permits(permits));
  }

  /**
   * Takes {@code permits} as soon as they are available and all who waited before are served, within
   * {@code maxWait}; false at once if they exceed the limit. Nothing is held after a timeout or an
   * interrupt.
   *
   * @return whether they were admitted
   * @throws InterruptedException if the thread is interrupted on entry or while it waits
   * @throws IllegalArgumentException if permits is less than 1
   */
  public boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    Checks.permits(permits);
    try {
      return sync.tryAcquireSharedNanos(permits, Checks.nanos(maxWait));
    } catch (NeverAdmitted never) {
      return false;
    }
  }

  /**
   * Gives one permit back.
   *
   * @throws IllegalStateException if none is held
   */
  public void release() {
    release(1);
  }

  /**
   * Gives {@code permits} back.
   *
   * @throws IllegalStateException if fewer are held; nothing is given back then
   * @throws IllegalArgumentException if permits is less than 1
   */
  public void release(long permits) {
    sync.releaseShared(Checks.permits(permits));
  }

  /** Takes one permit until it is closed, or none: {@code tryEnter(1)}. */
  public Permit tryEnter() {
    return tryEnter(1);
  }

  /**
   * Takes {@code permits} until the result is closed, or none.
   *
   * @return what was decided, and holds what was granted
   * @throws IllegalArgumentException if permits is less than 1
   */
  public Permit tryEnter(long permits) {
    collectLeaks();
    return permit(permits, tryAcquire(permits));
  }

  /**
   * Takes {@code permits} until the result is closed, waiting as {@link #tryAcquire(long, Duration)}
   * does.
   *
   * @return what was decided, and holds what was granted
   * @throws InterruptedException if the thread is interrupted on entry or while it waits
   * @throws IllegalArgumentException if permits is less than 1
   */
  public Permit enter(long permits, Duration maxWait) throws InterruptedException {
    collectLeaks();
    return permit(permits, tryAcquire(permits, maxWait));
  }

  private Permit permit(long permits, boolean granted) {
    long remaining = Math.max(sync.available(), 0);
    Permit permit = new Permit(
        granted
            ? Decision.admitted(remaining, 0)
            : Decision.denied(remaining, Decision.NEVER, 0, 0),
        this::release,
        permits);
    return leaks == null ? permit : leaks.watch(permit, this::release, permits);
  }

  /** The permits in flight: 0 or more; above the limit only after that was lowered. */
  public int inFlight() {
    return sync.inFlight();
  }

  /** The permits that could be taken now: 0 or more. */
  public int available() {
    return (int) Math.max(sync.available(), 0);
  }

  /** The most permits that may be in flight. */
  public int limit() {
    return sync.limit();
  }

  /**
   * Changes the limit, at once and without waiting. Permits in flight stay; while they are more than
   * the limit, none is admitted. Those who wait are served as far as the new limit allows; those who
   * wait for more than it are denied.
   *
   * @return the limit before
   * @throws IllegalArgumentException if limit is less than 0
   */
  public int limit(int limit) {
    Checks.atLeast("limit", limit, 0);
    int before = sync.setLimit(limit);
    sync.releaseShared(0); // wakes the first in the queue
    return before;
  }

  /** How many threads wait, about: they come and go meanwhile. O(waiting). */
  public int waiting() {
    return sync.getQueueLength();
  }

  /** How many permits leaked and were given back; 0 if leaks are not reported. */
  public long leaked() {
    collectLeaks();
    return leaks == null ? 0 : leaks.leaked();
  }

  void collectLeaks() {
    if (leaks != null) {
      leaks.collect();
    }
  }

  /** The log of open permits, or null. */
  LeakLog leaks() {
    return leaks;
  }

  boolean admits(long permits) {
    return permits <= sync.available();
  }

  /** {@code ConcurrencyLimiter[3 of 5 in flight]}. */
  @Override
  public String toString() {
    return "ConcurrencyLimiter[" + inFlight() + " of " + limit() + " in flight]";
  }
}
