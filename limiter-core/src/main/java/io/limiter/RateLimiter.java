package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * Decides whether a call may pass: now ({@code tryAcquire}, {@code decide}), or once its turn has come
 * ({@code acquire} and its relatives). Each algorithm has its own guarantee: see {@link Gcra}, {@link
 * TokenBucket}, {@link SlidingLog} and {@link AllOf}.
 *
 * <p><b>Three verbs.</b> {@link #tryAcquire(long) tryAcquire} answers yes or no. {@link #decide(long)
 * decide} does the same and explains. {@link #peek(long) peek} explains what decide would say and
 * changes nothing. A call asks for {@code permits >= 0}, all or nothing. 0 permits are admitted if
 * there is no debt, no penalty and nobody in line; they charge nothing. A denial is a value, never an
 * exception, and changes nothing.
 *
 * <p><b>Waiting.</b> Callers that wait stand in line, first come, first served. They hold and charge
 * nothing until they are admitted; so a caller that leaves has nothing to give back. While callers
 * stand in line, the three verbs deny, and their wait counts those in line. The waiting verbs are
 * optional: a limiter that does not offer one throws {@link UnsupportedOperationException}.
 *
 * <p><b>Time.</b> Each verb comes in two forms. The plain one reads {@link #clock()} exactly once and
 * calls the {@code ...At} form, which takes the reading. Readings are compared by difference, so any
 * origin will do. A reading older than an earlier one can only deny more.
 *
 * <p><b>Thread-safety.</b> All methods may be called by many threads. In this package {@code
 * tryAcquire}, {@code decide} and {@code peek} are lock-free; a denial writes nothing, and {@code
 * tryAcquire} allocates nothing. Whatever waits, gives back or changes the limit takes a lock; no verb
 * that decides waits for it. Memory effects: what a thread did before a call that was admitted is
 * visible to threads whose later call on the same limiter was admitted after it.
 */
public interface RateLimiter {
  /** A limiter that admits every call: remaining is {@link Long#MAX_VALUE}. */
  static RateLimiter unlimited(NanoClock clock) {
    return new FixedVerdict(true, clock);
  }

  /** A limiter that denies every call: the wait is {@link Decision#NEVER}. */
  static RateLimiter blocked(NanoClock clock) {
    return new FixedVerdict(false, clock);
  }

  /** The clock that the plain forms read. */
  NanoClock clock();

  /** Takes one permit now, or none: {@code tryAcquire(1)}. */
  default boolean tryAcquire() {
    return tryAcquire(1);
  }

  /**
   * Takes {@code permits} now, or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   */
  default boolean tryAcquire(long permits) {
    return tryAcquireAt(clock().nanoTime(), permits);
  }

  /**
   * As {@link #tryAcquire(long)}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  boolean tryAcquireAt(long nanoTime, long permits);

  /** Takes one permit now, or none, and explains: {@code decide(1)}. */
  default Decision decide() {
    return decide(1);
  }

  /**
   * Takes {@code permits} now, or none, and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is negative
   */
  default Decision decide(long permits) {
    return decideAt(clock().nanoTime(), permits);
  }

  /**
   * As {@link #decide(long)}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  Decision decideAt(long nanoTime, long permits);

  /** What one permit would be told now: {@code peek(1)}. */
  default Decision peek() {
    return peek(1);
  }

  /**
   * What {@code permits} would be told now. Takes nothing: remaining and reset are those before.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  default Decision peek(long permits) {
    return peekAt(clock().nanoTime(), permits);
  }

  /**
   * As {@link #peek(long)}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  Decision peekAt(long nanoTime, long permits);

  /**
   * Takes {@code permits} now, or none, and says what each rule has left.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  default DetailedDecision decideInDetail(long permits) {
    return decideInDetailAt(clock().nanoTime(), permits);
  }

  /**
   * As {@link #decideInDetail}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  default DetailedDecision decideInDetailAt(long nanoTime, long permits) {
    return inDetailAt(nanoTime, decideAt(nanoTime, permits), permits);
  }

  /**
   * What each rule says at the reading {@code nanoTime} (ns, of this limiter's clock), after {@code
   * decision} about so many permits at that reading. Takes nothing.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  default DetailedDecision inDetailAt(long nanoTime, Decision decision, long permits) {
    return Defaults.inDetail(this, nanoTime, decision, permits);
  }

  /**
   * Gives back {@code permits} that were taken without a reservation: the level rises by as many, to
   * the burst at most. It is a gift: nobody checks whether they were taken, or when.
   *
   * @return whether the permits were given back; false if this algorithm can no longer do so
   * @throws IllegalArgumentException if permits is negative
   */
  default boolean refund(long permits) {
    return refundAt(clock().nanoTime(), permits);
  }

  /**
   * As {@link #refund}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  boolean refundAt(long nanoTime, long permits);

  // Paying later.

  /**
   * Charges {@code permits} now and says how long to wait for them: {@link Gcra} and {@link
   * TokenBucket} charge ahead of time. Refused at once, with nothing charged, if the wait would exceed
   * {@code maxWait} or never end. Reservations are due in the order in which they were charged.
   *
   * <p>A sliding log, several members, and any limiter with callers in line cannot promise a date:
   * there a reservation is granted if the permits are admitted now, and refused otherwise. To wait and
   * pay later there, use {@link #awaitReservation} or {@link #reserveAsync}.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter cannot reserve
   */
  default Reservation reserve(long permits, Duration maxWait) {
    return reserveAt(clock().nanoTime(), permits, Checks.nanos(maxWait));
  }

  /**
   * Charges {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock), as {@link
   * #reserve} does.
   *
   * @param maxWaitNanos the longest acceptable wait in ns; {@link Decision#NEVER} for any
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter cannot reserve
   */
  default Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    throw new UnsupportedOperationException(this + " cannot reserve");
  }

  // Waiting in line.

  /** Takes one permit, waiting for it if need be: {@code acquire(1)}. */
  default void acquire() throws InterruptedException {
    acquire(1);
  }

  /**
   * Takes {@code permits}, waiting in line for them if need be.
   *
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is
   *     charged then
   * @throws RejectedExecutionException if so many are never admitted, or too many callers wait
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default void acquire(long permits) throws InterruptedException {
    throw Defaults.noLine(this);
  }

  /**
   * Takes {@code permits}, waiting in line for them if need be; an interrupt is kept for later.
   *
   * @throws RejectedExecutionException if so many are never admitted, or too many callers wait
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default void acquireUninterruptibly(long permits) {
    throw Defaults.noLine(this);
  }

  /**
   * Takes {@code permits} within {@code maxWait}, or none. Never waits for what cannot come in time:
   * answers false as soon as that is known, at once or after a change of the limit.
   *
   * @return whether they were admitted
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is
   *     charged then
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    throw Defaults.noLine(this);
  }

  /**
   * As {@link #tryAcquire(long, Duration)}; an interrupt is kept for later.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default boolean tryAcquireUninterruptibly(long permits, Duration maxWait) {
    throw Defaults.noLine(this);
  }

  /**
   * Takes {@code permits} within {@code maxWait}, or none, without a thread that waits. The result is
   * completed by the clock's timer, or by the thread that made room. Cancelling it, or completing it
   * in any other way, leaves the line; permits that were charged meanwhile are given back.
   *
   * @return whether they were admitted: complete already if that is known at once
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    throw Defaults.noLine(this);
  }

  /**
   * Waits in line as {@link #tryAcquire(long, Duration)} does, and answers a reservation, to be settled
   * once the cost is known. Every limiter with a line offers this, also one that cannot charge ahead.
   *
   * @return granted, with its permits admitted; or refused
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is
   *     charged then
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    throw Defaults.noLine(this);
  }

  /**
   * Waits in line as {@link #acquireAsync} does, and answers a reservation, to be settled once the cost
   * is known.
   *
   * @return granted, with its permits admitted; or refused
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    throw Defaults.noLine(this);
  }

  /**
   * Changes how many callers may wait at once, in line or with a reservation that is not due; further
   * ones are refused. No bound at first; those who wait stay.
   *
   * @return the number before
   * @throws IllegalArgumentException if max is negative
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default int maxWaiters(int max) {
    throw Defaults.noLine(this);
  }

  /**
   * How many callers wait now, in line or with a reservation that is not due.
   *
   * @throws UnsupportedOperationException if this limiter has no line
   */
  default int waiters() {
    throw Defaults.noLine(this);
  }

  // In bulk, and by force.

  /**
   * Takes as many of {@code max} permits as there are.
   *
   * @return how many were admitted: 0 to max
   * @throws IllegalArgumentException if max is negative
   */
  default long tryAcquireUpTo(long max) {
    return tryAcquireUpToAt(clock().nanoTime(), max);
  }

  /**
   * As {@link #tryAcquireUpTo}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if max is negative
   */
  default long tryAcquireUpToAt(long nanoTime, long max) {
    return Defaults.takeUpTo(this, nanoTime, max);
  }

  /** Takes all permits that are there; answers how many. */
  default long drain() {
    return tryAcquireUpTo(Long.MAX_VALUE);
  }

  /**
   * Charges {@code permits} whatever the level: what is missing is a debt, and nothing is admitted
   * until it is paid, however large. Callers in line wait for that too; reservations that were charged
   * before are not delayed.
   *
   * @return the wait in ns until the debt is paid; 0 if there is none; {@link Decision#NEVER} if it
   *     outlasts 287 years
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no debts
   */
  default long acquireForced(long permits) {
    return acquireForcedAt(clock().nanoTime(), permits);
  }

  /**
   * Charges {@code permits} whatever the level, if the debt is paid within {@code maxWait}; otherwise
   * charges nothing. This is how a call takes more permits than the burst.
   *
   * @return the wait in ns until the debt is paid; 0 if there is none; {@link Decision#NEVER} if it was
   *     refused
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no debts
   */
  default long acquireForced(long permits, Duration maxWait) {
    return acquireForcedAt(clock().nanoTime(), permits, Checks.nanos(maxWait));
  }

  /**
   * Charges {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock) whatever the
   * level; answers the wait in ns, as {@link #acquireForced(long)} does.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no debts
   */
  default long acquireForcedAt(long nanoTime, long permits) {
    return acquireForcedAt(nanoTime, permits, Decision.NEVER);
  }

  /**
   * Charges {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock) whatever the
   * level, if the debt is paid within {@code maxWaitNanos}.
   *
   * @param maxWaitNanos the longest acceptable wait in ns; {@link Decision#NEVER} for any
   * @return the wait in ns, as {@link #acquireForced(long, Duration)} says
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if this limiter has no debts
   */
  default long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    throw new UnsupportedOperationException(this + " has no debts");
  }

  // Being told to slow down.

  /**
   * Admits nothing before now + {@code duration}: a server said Retry-After. It only ever tightens: a
   * penalty that ends sooner than one before it changes nothing, and no caller that waits is let go
   * early.
   *
   * @throws IllegalArgumentException if the duration is negative
   * @throws UnsupportedOperationException if this limiter cannot be told
   */
  default void penalize(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    penalizeAt(clock().nanoTime(), Checks.nanos(duration));
  }

  /**
   * Admits nothing before {@code nanos} after the reading {@code nanoTime}: at most 287 years.
   *
   * @throws IllegalArgumentException if nanos is negative
   * @throws UnsupportedOperationException if this limiter cannot be told
   */
  default void penalizeAt(long nanoTime, long nanos) {
    throw new UnsupportedOperationException(this + " cannot be penalized");
  }

  /**
   * Follows what a server says of its own limit: no more than {@code remaining} permits are left here
   * afterwards, and if there are none, nothing is admitted before now + {@code resetAfter}. It only
   * ever tightens.
   *
   * @throws IllegalArgumentException if remaining or the duration is negative
   * @throws UnsupportedOperationException if remaining is 0 and this limiter cannot be penalized
   */
  default void syncWithServer(long remaining, Duration resetAfter) {
    Defaults.syncWithServer(this, remaining, resetAfter);
  }

  /**
   * Makes this limiter fresh and ends a penalty. Reservations that are not due stay charged.
   *
   * @throws UnsupportedOperationException if this limiter cannot do so
   */
  default void reset() {
    throw new UnsupportedOperationException(this + " cannot be reset");
  }

  // Surviving a restart.

  /** What this limiter remembers now, by the clock of the system; see {@link Snapshot}. */
  default Snapshot snapshot() {
    return snapshotAt(clock().nanoTime(), Instant.now()); // first the clock: no more may elapse
  }

  /**
   * What this limiter remembers at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @param wall the time of that reading, or of later
   * @throws UnsupportedOperationException if this limiter, or a member of it, cannot be saved
   */
  default Snapshot snapshotAt(long nanoTime, Instant wall) {
    throw new UnsupportedOperationException(this + " cannot be saved");
  }

  /**
   * Restores {@code snapshot} here, by the clock of the system: {@link #restoreAt} now.
   *
   * @throws IllegalArgumentException if the snapshot is of another algorithm, or of other members
   * @throws UnsupportedOperationException if this limiter cannot be restored
   */
  default void restore(Snapshot snapshot) {
    Instant wall = Instant.now(); // first: no more may seem to elapse
    restoreAt(clock().nanoTime(), snapshot, wall);
  }

  /**
   * Charges this limiter, which should be new, with what the saved one had spent and would not have
   * got back by now: then this one is where that one would be. A limiter that is in use, or was created
   * with less than its burst, is charged that on top. If the rates, bursts or windows differ, the
   * limiter is as if it had been changed from the saved ones now, level kept.
   *
   * @param nanoTime a reading of this limiter's clock, in ns
   * @param wall the time of that reading, or of earlier
   * @throws IllegalArgumentException if the snapshot is of another algorithm, or of other members;
   *     nothing is restored then
   * @throws UnsupportedOperationException if this limiter cannot be restored
   */
  default void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    throw new UnsupportedOperationException(this + " cannot be restored");
  }

  // Changing the limit.

  /**
   * Changes the limit to that of {@code target} while in use: {@code reconfigure(target,
   * LevelPolicy.SPENT)}. A fresh limiter stays fresh, what was spent stays spent.
   *
   * @throws IllegalArgumentException if target is of another algorithm
   * @throws UnsupportedOperationException if this limiter cannot be changed
   */
  default void reconfigure(RateLimiter target) {
    reconfigure(target, LevelPolicy.SPENT);
  }

  /**
   * Changes the limit to that of {@code target} while in use: in one atomic step, or, for an {@link
   * AllOf}, so that no call is decided by anything looser than both limits. Time before the change
   * counts at the old rate, time after it at the new one. No permit is minted and none is lost. Callers
   * in line wait for the new limit.
   *
   * @param target a limiter of the same algorithm that nobody uses; only its limit matters
   * @param policy what is kept of the level
   * @throws IllegalArgumentException if target is of another algorithm
   * @throws UnsupportedOperationException if this limiter cannot be changed
   */
  default void reconfigure(RateLimiter target, LevelPolicy policy) {
    throw new UnsupportedOperationException(this + " cannot be changed");
  }
}
