package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

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
 * <p>Cost: 88 bytes and no allocation in {@code tryAcquire} and {@code release}, O(1); {@link
 * #tryEnter} allocates the permit and its decision; a thread that waits, one node. Thread-safety:
 * {@code tryAcquire} and {@code release} are lock-free; all operations are linearizable. Memory
 * effects: what a thread did before it gave permits back is visible to the thread that gets them.
 */
public final class ConcurrencyLimiter {
  /*
   * Representation. One word: the limit in the upper 32 bits, the permits in flight in the lower 32,
   *   both 0..2^31-1. The threads that wait stand in a FIFO queue, oldest first. A striped limiter
   *   freezes its word at the first lost race, by its complement, which is negative in both halves and
   *   never changes again: the permits are in `stripes` from then on (StripedPermits).
   * Invariants.
   *   I1  inFlight grows only to a value that is at most the limit in the same word.
   *   I2  Of those who wait only the first may take. It has been unparked, or will be, after every
   *       change of the word that may admit it, and after it became the first: release and limit(int)
   *       unpark the first in the queue after their change; a thread that leaves the queue, served or
   *       not, unparks the next. A thread enters the queue before it looks at the word.
   *   I3  A word is frozen only if inFlight <= limit: its complement admits and takes back nothing.
   * Linearization. tryAcquire, release, limit(int), and a wait that is served: the successful
   *   compare-and-set of the word. Denied, inFlight, available, limit: its last read. Once it is
   *   frozen: as StripedPermits says.
   * Memory ordering.
   *   field    read      write          why that is enough
   *   word     volatile  compareAndSet  release and acquire are on one word
   *   stripes  volatile  compareAndSet  not null before the word is frozen, and written once
   * Progress. tryAcquire, release, limit(int): lock-free. Waiting blocks, in park alone.
   * Arithmetic. permits are compared as longs before they are added: no overflow.
   * Rejected. AbstractQueuedLongSynchronizer (it waits by System.nanoTime, not by a clock of ours: no
   *   test could drive it). Two words for limit and inFlight (a call could pass by a limit that no
   *   longer holds). Denying newcomers while others wait (a call that does not wait is to be decided
   *   by the formula).
   * Sources. Lea, The java.util.concurrent synchronizer framework, 2005.
   */
  private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "word", VarHandle.class, ConcurrencyLimiter.class, long.class);

  private static final VarHandle STRIPED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(),
      "stripes",
      VarHandle.class,
      ConcurrencyLimiter.class,
      StripedPermits.class);

  private final NanoClock clock; // of those who wait
  private final LeakLog leaks; // null unless leaks are reported
  private final ConcurrentLinkedQueue<Thread> queue = new ConcurrentLinkedQueue<>();

  /** The permits once the word is frozen; null unless they may be striped. Written by striped, once. */
  private volatile StripedPermits stripes;

  /** Limit and permits in flight; written by tryAcquire, release, limit(int) and stripe. */
  private volatile long word;

  private ConcurrencyLimiter(int limit, NanoClock clock, LeakLog leaks) {
    this.word = Checks.atLeast("limit", limit, 0) << 32;
    this.clock = Objects.requireNonNull(clock, "clock");
    this.leaks = leaks;
  }

  /**
   * At most {@code limit} permits in flight.
   *
   * @throws IllegalArgumentException if limit is less than 0
   */
  public static ConcurrencyLimiter create(int limit) {
    return create(limit, NanoClock.system());
  }

  /**
   * At most {@code limit} permits in flight; waits are those of {@code clock}.
   *
   * @throws IllegalArgumentException if limit is less than 0
   */
  public static ConcurrencyLimiter create(int limit, NanoClock clock) {
    return new ConcurrencyLimiter(limit, clock, null);
  }

  /**
   * As {@link #create}; besides, a {@link Permit} that became unreachable before it was closed is
   * given back, by the next call that enters, and counted by {@link #leaked}. Costs some 100 bytes
   * for each open permit.
   *
   * @throws IllegalArgumentException if limit is less than 0
   */
  public static ConcurrencyLimiter createReportingLeaks(int limit) {
    return new ConcurrencyLimiter(limit, NanoClock.system(), new LeakLog());
  }

  /**
   * This limiter, for many threads at once: when two collide, its permits are spread over stripes, so
   * that a call is one compare-and-set that nobody contends for. Decides as before. A call for more
   * than a stripe has, and a change of the limit, put the permits together until callers collide
   * again; and they always are where the limit is less than two permits a stripe, as {@link #toString}
   * says. A denial reads each stripe, twice. The remaining permits of a decision are counted stripe by
   * stripe, while others move them. The number of stripes is two to four times that of processors, and
   * a stripe 128 bytes. Not worth it where calls for many permits are common, most calls are denied, or
   * few threads call.
   */
  public ConcurrencyLimiter striped() {
    return striped(StripedLimiter.STRIPES);
  }

  /** With {@code count} stripes, a power of two. */
  ConcurrencyLimiter striped(int count) {
    STRIPED.compareAndSet(this, null, new StripedPermits(count));
    return this;
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
    if (Checks.permits(permits) == 0) {
      return admits(0);
    }
    while (true) {
      long seen = word;
      if (permits > available(seen)) {
        return seen < 0 && stripes(seen).tryAcquire(StripedLimiter.own(), permits);
      }
      if (WORD.compareAndSet(this, seen, seen + permits)) {
        return true;
      }
      stripe();
    }
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
    return acquire(permits, clock, clock.nanoTime(), Checks.nanos(maxWait));
  }

  /** Waits for at most {@code maxWaitNanos} after the reading {@code start} of {@code clock}. */
  boolean acquire(long permits, NanoClock clock, long start, long maxWaitNanos)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (permits > limit()) {
      return false;
    }
    if (queue.isEmpty() && tryAcquire(permits)) {
      return true;
    }
    if (maxWaitNanos <= 0) {
      return false; // without standing in the queue, where it would hold up those who come
    }
    Thread waiter = Thread.currentThread();
    queue.add(waiter);
    try {
      while (true) {
        boolean first = queue.peek() == waiter;
        if (first && tryAcquire(permits)) {
          return true;
        }
        long left = maxWaitNanos - Math.max(clock.nanoTime() - start, 0);
        if (first && permits > limit() || left <= 0) {
          return false;
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        clock.parkNanos(this, left);
      }
    } finally {
      queue.remove(waiter);
      wakeFirst();
    }
  }

  private void wakeFirst() {
    Thread first = queue.peek();
    if (first != null) {
      LockSupport.unpark(first);
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
    if (Checks.permits(permits) == 0) {
      return;
    }
    while (true) {
      long seen = word;
      if (permits > (int) seen) {
        if (seen >= 0 || !stripes(seen).release(StripedLimiter.own(), permits)) {
          int held = (int) (seen < 0 ? state() : seen);
          throw new IllegalStateException(
              "release: " + permits + " permits (expected: <= " + held + " in flight)");
        }
        wakeFirst();
        return;
      }
      if (WORD.compareAndSet(this, seen, seen - permits)) {
        wakeFirst();
        return;
      }
      stripe();
    }
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
    long remaining = remaining();
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
    return (int) state();
  }

  /** The permits that could be taken now: 0 or more. */
  public int available() {
    return (int) Math.max(available(state()), 0);
  }

  /** The most permits that may be in flight. */
  public int limit() {
    long seen = word;
    return seen < 0 ? stripes(seen).limit() : (int) (seen >> 32);
  }

  /**
   * Changes the limit, at once and without waiting. Permits in flight stay; while they are more than
   * the limit, none is admitted. Those who wait are served as far as the new limit allows; those who
   * wait for more than it are denied when their turn comes.
   *
   * @return the limit before
   * @throws IllegalArgumentException if limit is less than 0
   */
  public int limit(int limit) {
    Checks.atLeast("limit", limit, 0);
    while (true) {
      long seen = word;
      int before = seen < 0 ? stripes(seen).limit(limit) : (int) (seen >> 32);
      if (seen < 0 || WORD.compareAndSet(this, seen, (long) limit << 32 | (int) seen)) {
        wakeFirst(); // which may wait for more than the limit now
        return before;
      }
    }
  }

  /** How many threads wait, about: they come and go meanwhile. O(waiting). */
  public int waiting() {
    return queue.size();
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

  /** What is left, for a decision: counted while others move permits, if they are striped. */
  long remaining() {
    long seen = word;
    return Math.max(seen < 0 ? stripes(seen).about() : available(seen), 0);
  }

  boolean admits(long permits) {
    return permits > 0 && permits <= remaining() || permits <= available(state());
  }

  /** Limit and permits in flight, wherever they are. */
  private long state() {
    long seen = word;
    return seen < 0 ? stripes(seen).word() : seen;
  }

  /** Freezes the word, if its permits may be striped. */
  void stripe() {
    StripedPermits s = stripes;
    long seen = word;
    if (s != null && seen >= 0 && s.suits((int) (seen >> 32), (int) available(seen))) {
      WORD.compareAndSet(this, seen, ~seen);
    }
  }

  /** Where the permits are that were counted in the word when it was frozen. */
  private StripedPermits stripes(long frozen) {
    StripedPermits s = stripes;
    s.open(~frozen);
    return s;
  }

  /** What may be taken now; negative after the limit was lowered, and none if the word is frozen. */
  private static long available(long word) {
    return (word >> 32) - (int) word;
  }

  /** {@code ConcurrencyLimiter[3 of 5 in flight]}; {@code , 4 stripes} or {@code , one word} if striped. */
  @Override
  public String toString() {
    long seen = state();
    String held = (int) seen + " of " + (seen >> 32) + " in flight";
    return "ConcurrencyLimiter[" + held + (stripes == null ? "" : ", " + stripes) + "]";
  }
}
