package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Limits how many permits are in flight at the same time. A call for k permits is admitted iff {@code
 * inFlight + k <= limit}; {@code release} gives permits back.
 *
 * <p>In-flight never exceeds the limit; after the limit was lowered it never grows while it is above.
 * A release beyond what is held is an {@link IllegalStateException} and changes nothing. 0 permits are
 * admitted unless more are in flight than the limit; they charge nothing.
 *
 * <p>Calls that do not wait are decided by the formula alone, and may overtake those that wait. Calls that
 * wait are served in the order of their arrival, and never wait for more than the limit. They and the
 * gates that wait for this limiter are told of room in the order in which they came.
 *
 * <p>Don't use it for a rate: how many calls are served per second follows from how long each takes.
 *
 * <p>Cost: 40 bytes and no allocation in {@code tryAcquire} and {@code release}, O(1); {@link
 * #tryEnter} allocates the permit and its decision. Thread-safety: {@code tryAcquire} is lock-free, and so
 * is {@code release} unless somebody waits; all operations are linearizable. Memory effects: what a
 * thread did before it gave permits back is visible to the thread that gets them.
 */
public final class ConcurrencyLimiter extends ConcurrencyWord {
  /*
   * Representation. The word, or stripes, of ConcurrencyWord; callers that wait stand at `door`.
   * Invariants. A line is told after every change of the word that may admit somebody in it: it has
   *   itself told before it looks at the word, and release and limit(int) ask whom to tell after they
   *   have changed the word.
   * Linearization. As ConcurrencyWord says; a wait that is served: at its compare-and-set.
   * Memory ordering.
   *   field    read      write          why that is enough
   *   door     volatile  compareAndSet  written once, before its line is told
   * Progress. tryAcquire: lock-free. release and limit(int): too, unless somebody waits; then they take
   *   the lock of the line. Waiting blocks.
   * Arithmetic. none.
   * Rejected. AbstractQueuedLongSynchronizer (it waits by System.nanoTime, not by a clock of ours: no
   *   test could drive it). Denying newcomers while others wait (a call that does not wait is to be
   *   decided by the formula).
   * Sources. Lea, The java.util.concurrent synchronizer framework, 2005.
   */
  private static final VarHandle DOOR = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(),
      "door",
      VarHandle.class,
      ConcurrencyLimiter.class,
      ConcurrencyDoor.class);

  private final NanoClock clock; // of those who wait
  private final @Nullable LeakLog leaks; // null unless leaks are reported

  /** Where callers wait; null until somebody does. Written once. */
  private volatile @Nullable ConcurrencyDoor door;

  private ConcurrencyLimiter(int limit, NanoClock clock, @Nullable LeakLog leaks) {
    super(limit);
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
    mayStripe(count);
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
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean tryAcquire(long permits) {
    return take(permits);
  }

  /**
   * Takes all permits that are there.
   *
   * @return how many were admitted. Who takes them has to {@link #release} them
   */
  public int drain() {
    while (true) {
      int permits = available();
      if (permits == 0 || tryAcquire(permits)) {
        return permits;
      }
    }
  }

  // Waiting in line.

  /** Takes one permit, waiting for it if need be: {@code acquire(1)}. */
  public void acquire() throws InterruptedException {
    acquire(1);
  }

  /**
   * Takes {@code permits}, waiting in line for them if need be.
   *
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is held
   *     then
   * @throws RejectedExecutionException if they exceed the limit, or too many callers wait
   * @throws IllegalArgumentException if permits is negative
   */
  public void acquire(long permits) throws InterruptedException {
    if (await(permits, Decision.NEVER, true) == null) {
      throw rejected(permits);
    }
  }

  /**
   * Takes {@code permits}, waiting in line for them if need be; an interrupt is kept for later.
   *
   * @throws RejectedExecutionException if they exceed the limit, or too many callers wait
   * @throws IllegalArgumentException if permits is negative
   */
  public void acquireUninterruptibly(long permits) {
    if (awaitUninterruptibly(permits, Decision.NEVER) == null) {
      throw rejected(permits);
    }
  }

  private RejectedExecutionException rejected(long permits) {
    return new RejectedExecutionException(
        "permits: " + permits + " (too many for " + this + ", or too many wait already)");
  }

  /**
   * Takes {@code permits} within {@code maxWait}, or none; false at once if they exceed the limit.
   *
   * @return whether they were admitted
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is held
   *     then
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    return await(permits, Checks.nanos(maxWait), true) != null;
  }

  /**
   * As {@link #tryAcquire(long, Duration)}; an interrupt is kept for later.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean tryAcquireUninterruptibly(long permits, Duration maxWait) {
    return awaitUninterruptibly(permits, Checks.nanos(maxWait)) != null;
  }

  /**
   * Takes {@code permits} within {@code maxWait}, or none, without a thread that waits. The result is
   * completed by the thread that made room, or by the clock's timer. Cancelling it, or completing it in
   * any other way, leaves the line; permits that were taken meanwhile are released.
   *
   * @return whether they were admitted: complete already if that is known at once
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    return await(permits, maxWait, charge -> charge != null);
  }

  private @Nullable Reservation await(long permits, long maxWaitNanos, boolean interruptible)
      throws InterruptedException {
    Checks.permits(permits);
    if (interruptible && Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (isNobodyInLine() && tryAcquire(permits)) {
      return held(permits);
    }
    return maxWaitNanos <= 0
        ? null
        : Waiting.asThread(door(), clock.nanoTime(), permits, maxWaitNanos, interruptible);
  }

  private @Nullable Reservation awaitUninterruptibly(long permits, long maxWaitNanos) {
    try {
      return await(permits, maxWaitNanos, false);
    } catch (InterruptedException e) {
      throw new AssertionError(e); // as we do not ask for it
    }
  }

  private <T> CompletableFuture<T> await(
      long permits, Duration maxWait, Function<@Nullable Reservation, T> answer) {
    Checks.permits(permits);
    long nanos = Checks.nanos(maxWait);
    if (isNobodyInLine() && tryAcquire(permits)) {
      return CompletableFuture.completedFuture(answer.apply(held(permits)));
    }
    return nanos <= 0
        ? CompletableFuture.completedFuture(answer.apply(null))
        : Waiting.asFuture(door(), clock.nanoTime(), permits, nanos, answer);
  }

  /**
   * Changes how many callers may wait at once; further ones are refused. No bound at first; those who
   * wait stay.
   *
   * @return the number before
   * @throws IllegalArgumentException if max is negative
   */
  public int maxWaiters(int max) {
    return door().maxWaiters(max);
  }

  /** How many callers wait in line now. */
  public int waiters() {
    ConcurrencyDoor seen = door;
    return seen == null || seen.isEmpty() ? 0 : seen.waiters();
  }

  private boolean isNobodyInLine() {
    ConcurrencyDoor seen = door;
    return seen == null || seen.isEmpty();
  }

  /** Where callers stand in line. Made when it is first asked for. */
  ConcurrencyDoor door() {
    ConcurrencyDoor seen = door;
    if (seen != null) {
      return seen;
    }
    ConcurrencyDoor made = new ConcurrencyDoor(this, clock);
    seen = (ConcurrencyDoor) DOOR.compareAndExchange(this, null, made);
    return seen == null ? made : seen;
  }

  /** Tells the lines that wait for room. */
  private void tellOfRoom() {
    ConcurrencyDoor seen = door;
    if (seen != null) {
      seen.tellWatching();
    }
  }

  /** Permits that were taken, to be given back together. */
  Reservation held(long permits) {
    return new PlainReservation(permits, this::release, more -> {
      throw new UnsupportedOperationException(this + " has no debts");
    });
  }

  /** Somebody will give back, unless so many are never admitted. */
  Lookahead lookahead() {
    return (nanoTime, permits) -> permits <= limit() ? 0 : Decision.NEVER;
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
   * @throws IllegalArgumentException if permits is negative
   */
  public void release(long permits) {
    giveBack(permits);
    tellOfRoom();
  }

  /** Takes one permit until it is closed, or none: {@code tryEnter(1)}. */
  public Permit tryEnter() {
    return tryEnter(1);
  }

  /**
   * Takes {@code permits} until the result is closed, or none.
   *
   * @return what was decided, and holds what was granted
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnter(long permits) {
    collectLeaks();
    return permit(permits, tryAcquire(permits), one -> {
      release(one);
      return true;
    });
  }

  /** Takes one permit until it is closed, waiting in line if need be: {@code enter(1)}. */
  public Permit enter() throws InterruptedException {
    return enter(1);
  }

  /**
   * Takes {@code permits} until the result is closed, waiting in line if need be. Not granted only if
   * they exceed the limit, or too many callers wait.
   *
   * @return what was decided, and holds what was granted
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is held
   *     then
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enter(long permits) throws InterruptedException {
    collectLeaks();
    return permit(permits, await(permits, Decision.NEVER, true));
  }

  /**
   * Takes {@code permits} within {@code maxWait}, until the result is closed, or none.
   *
   * @return what was decided, and holds what was granted
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is held
   *     then
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enter(long permits, Duration maxWait) throws InterruptedException {
    collectLeaks();
    return permit(permits, await(permits, Checks.nanos(maxWait), true));
  }

  /**
   * As {@link #enter(long)}; an interrupt is kept for later.
   *
   * @return what was decided, and holds what was granted
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enterUninterruptibly(long permits) {
    collectLeaks();
    return permit(permits, awaitUninterruptibly(permits, Decision.NEVER));
  }

  /**
   * As {@link #enter(long, Duration)}; an interrupt is kept for later.
   *
   * @return what was decided, and holds what was granted
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enterUninterruptibly(long permits, Duration maxWait) {
    collectLeaks();
    return permit(permits, awaitUninterruptibly(permits, Checks.nanos(maxWait)));
  }

  /**
   * Takes {@code permits} within {@code maxWait} as {@link #acquireAsync} does, until the permit that is
   * the result is closed.
   *
   * @return what is decided, and holds what is granted
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<Permit> enterAsync(long permits, Duration maxWait) {
    collectLeaks();
    return await(permits, maxWait, charge -> permit(permits, charge));
  }

  private Permit permit(long permits, @Nullable Reservation charge) {
    return charge == null
        ? permit(permits, false, one -> false)
        : permit(permits, true, one -> charge.cancel());
  }

  private Permit permit(long permits, boolean granted, Permit.Holder holder) {
    long remaining = remaining();
    Permit permit = new Permit(
        granted
            ? Decision.admitted(remaining, 0)
            : Decision.denied(remaining, Decision.NEVER, 0, 0),
        holder,
        permits);
    return leaks == null ? permit : leaks.watch(permit, holder, permits);
  }

  /**
   * Changes the limit, at once and without waiting. Permits in flight stay; while they are more than
   * the limit, none is admitted. Those who wait are served as far as the new limit allows; those who
   * wait for more than it are refused.
   *
   * @return the limit before
   * @throws IllegalArgumentException if limit is less than 0
   */
  public int limit(int limit) {
    int before = changeLimit(limit);
    ConcurrencyDoor seen = door;
    if (seen != null) {
      seen.limitChanged();
    }
    return before;
  }

  /**
   * How many permits leaked; 0 if leaks are not reported. They were given back, unless somebody had
   * released them by hand.
   */
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
  @Nullable
  LeakLog leaks() {
    return leaks;
  }
}
