package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * Decides whether a call may pass, now, without waiting. What exactly is promised is the guarantee
 * of the algorithm: see {@link Gcra}, {@link TokenBucket} and {@link AllOf}.
 *
 * <p>Three verbs: {@link #tryAcquire(long) tryAcquire} answers yes or no, {@link #decide(long)
 * decide} does the same and explains, {@link #peek(long) peek} explains what decide would say and
 * changes nothing. A call asks for {@code permits >= 1}, all or nothing. Denial is a value, never
 * an exception, and changes nothing.
 *
 * <p>Each verb comes in two forms. The plain one reads {@link #clock()} exactly once and calls the
 * {@code ...At} form, which takes the reading. Readings are compared by difference, so any origin
 * will do; a reading older than an earlier one can only deny more.
 *
 * <p>Thread-safety: all methods may be called by many threads; implementations in this package take
 * no lock, do not allocate in {@code tryAcquire}, and write nothing when they deny. Memory effects:
 * what a thread did before a call that was admitted is visible to threads whose later call on the
 * same limiter was admitted after it.
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
   * @throws IllegalArgumentException if permits is less than 1
   */
  default boolean tryAcquire(long permits) {
    return tryAcquireAt(clock().nanoTime(), permits);
  }

  /**
   * Takes {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock), or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is less than 1
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
   * @throws IllegalArgumentException if permits is less than 1
   */
  default Decision decide(long permits) {
    return decideAt(clock().nanoTime(), permits);
  }

  /**
   * Takes {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock), or none,
   * and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is less than 1
   */
  Decision decideAt(long nanoTime, long permits);

  /** What one permit would be told now: {@code peek(1)}. */
  default Decision peek() {
    return peek(1);
  }

  /**
   * What {@code permits} would be told now. Takes nothing: remaining and reset are those before.
   *
   * @throws IllegalArgumentException if permits is less than 1
   */
  default Decision peek(long permits) {
    return peekAt(clock().nanoTime(), permits);
  }

  /**
   * What {@code permits} would be told at the reading {@code nanoTime} (ns, of this limiter's
   * clock). Takes nothing: remaining and reset are those before.
   *
   * @throws IllegalArgumentException if permits is less than 1
   */
  Decision peekAt(long nanoTime, long permits);

  /**
   * Gives {@code permits} back: the limiter is then as if they had not been taken, its level capped
   * at the burst. Giving back what was never taken is therefore a gift, not an error.
   *
   * @return whether the permits were given back; false if this algorithm can no longer do so
   * @throws IllegalArgumentException if permits is less than 1
   */
  default boolean refund(long permits) {
    return refundAt(clock().nanoTime(), permits);
  }

  /**
   * Gives {@code permits} back at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @return whether the permits were given back; false if this algorithm can no longer do so
   * @throws IllegalArgumentException if permits is less than 1
   */
  boolean refundAt(long nanoTime, long permits);

  // Waiting.

  /**
   * Charges {@code permits} now, whether or not they are there already, and says how long to wait for
   * them. Refused at once, with nothing charged, if the wait would exceed {@code maxWait}, or if so
   * many are never admitted. Reservations are served in the order in which they were charged.
   *
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter cannot charge ahead
   */
  default Reservation reserve(long permits, Duration maxWait) {
    return reserveAt(clock().nanoTime(), permits, Checks.nanos(maxWait));
  }

  /**
   * Charges {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock), whether or
   * not they are there already. All that waits is built on this method; a limiter that does not
   * override it cannot be waited for.
   *
   * @param maxWaitNanos the longest acceptable wait in ns; {@link Decision#NEVER} for any
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter cannot charge ahead
   */
  default Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    throw new UnsupportedOperationException(this + " cannot reserve");
  }

  /** Takes one permit, waiting for it if need be: {@code acquire(1)}. */
  default void acquire() throws InterruptedException {
    acquire(1);
  }

  /**
   * Takes {@code permits}, waiting for them if need be, in the order of the calls. What was charged is
   * given back on interrupt.
   *
   * @throws InterruptedException if the thread is interrupted on entry or while it waits
   * @throws RejectedExecutionException if so many are never admitted, or too many callers wait
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter cannot charge ahead
   */
  default void acquire(long permits) throws InterruptedException {
    Waiting.acquire(this, permits);
  }

  /**
   * Takes {@code permits}, waiting for them if need be, in the order of the calls; an interrupt is
   * kept for later.
   *
   * @throws RejectedExecutionException if so many are never admitted, or too many callers wait
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter cannot charge ahead
   */
  default void acquireUninterruptibly(long permits) {
    Waiting.acquireUninterruptibly(this, permits);
  }

  /**
   * Takes {@code permits} within {@code maxWait}, or none. Never waits for what cannot come in time:
   * answers false at once then. What was charged is given back on interrupt, and as soon as a change
   * of the limit puts it out of reach.
   *
   * @return whether they were admitted
   * @throws InterruptedException if the thread is interrupted on entry or while it waits
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter cannot charge ahead
   */
  default boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    return Waiting.tryAcquire(this, permits, Checks.nanos(maxWait));
  }

  /**
   * Takes {@code permits} within {@code maxWait}, or none, without a thread that waits. The result is
   * completed by the clock's timer, or by whoever made room; cancelling it, or completing it in any
   * other way than with true, gives back what was charged.
   *
   * @return whether they were admitted: complete already if that is known at once
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter cannot charge ahead
   */
  default CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    return Waiting.acquireAsync(this, permits, Checks.nanos(maxWait));
  }

  // In bulk, and by force.

  /**
   * Takes as many of {@code max} permits as there are.
   *
   * @return how many were admitted: 0 to max
   * @throws IllegalArgumentException if max is less than 1
   */
  default long tryAcquireUpTo(long max) {
    return tryAcquireUpToAt(clock().nanoTime(), max);
  }

  /**
   * Takes as many of {@code max} permits as there are at the reading {@code nanoTime} (ns, of this
   * limiter's clock).
   *
   * @return how many were admitted: 0 to max
   * @throws IllegalArgumentException if max is less than 1
   */
  default long tryAcquireUpToAt(long nanoTime, long max) {
    Checks.atLeast("max", max, 1);
    while (true) {
      long permits = Math.min(peekAt(nanoTime, 1).remaining(), max);
      if (permits == 0 || tryAcquireAt(nanoTime, permits)) {
        return permits;
      }
    }
  }

  /**
   * Takes all permits that are there.
   *
   * @return how many were admitted
   */
  default long drain() {
    return tryAcquireUpTo(Long.MAX_VALUE);
  }

  /**
   * Charges {@code permits} whatever the level: what is missing is a debt, and nothing is admitted
   * until it is paid. Those who wait already are not delayed.
   *
   * @return the wait in ns until the debt is paid; 0 if there is none
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter has no debts
   */
  default long acquireForced(long permits) {
    return acquireForcedAt(clock().nanoTime(), permits);
  }

  /**
   * Charges {@code permits} at the reading {@code nanoTime} (ns, of this limiter's clock) whatever the
   * level.
   *
   * @return the wait in ns until the debt is paid; 0 if there is none
   * @throws IllegalArgumentException if permits is less than 1
   * @throws UnsupportedOperationException if this limiter has no debts
   */
  default long acquireForcedAt(long nanoTime, long permits) {
    throw new UnsupportedOperationException(this + " has no debts");
  }

  // Being told to slow down.

  /**
   * Admits nothing before now + {@code duration}: a server said Retry-After. It only ever tightens: a
   * penalty that ends sooner than one before it changes nothing, and who waits is not let go early.
   *
   * @throws IllegalArgumentException if the duration is negative
   * @throws UnsupportedOperationException if this limiter cannot be told
   */
  default void penalize(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    penalizeAt(clock().nanoTime(), Checks.nanos(duration));
  }

  /**
   * Admits nothing before {@code nanos} after the reading {@code nanoTime} (both in ns, of this
   * limiter's clock). More than 146 years count as that.
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
    Checks.atLeast("remaining", remaining, 0);
    Objects.requireNonNull(resetAfter, "resetAfter");
    long now = clock().nanoTime();
    long excess = peekAt(now, 1).remaining() - remaining;
    if (excess > 0) {
      tryAcquireUpToAt(now, excess);
    }
    if (remaining == 0) {
      penalizeAt(now, Checks.nanos(resetAfter));
    }
  }

  /**
   * Makes this limiter fresh and ends a penalty. Permits that callers wait for stay charged.
   *
   * @throws UnsupportedOperationException if this limiter cannot do so
   */
  default void reset() {
    throw new UnsupportedOperationException(this + " cannot be reset");
  }

  // Surviving a restart.

  /** What this limiter remembers now, by the clock of the system; see {@link Snapshot}. */
  default Snapshot snapshot() {
    return snapshotAt(
        clock().nanoTime(), Instant.now()); // in this order: no more may seem to elapse
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
   * limiter is as if it had been changed from the saved ones now: what was spent stays spent.
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
   * Changes the limit to that of {@code like}, while in use, what was spent stays spent: {@code
   * reconfigure(like, LevelPolicy.SPENT)}.
   *
   * @throws IllegalArgumentException if like is of another algorithm
   * @throws UnsupportedOperationException if this limiter cannot be changed
   */
  default void reconfigure(RateLimiter like) {
    reconfigure(like, LevelPolicy.SPENT);
  }

  /**
   * Changes the limit to that of {@code like}, while in use: in one atomic step, or, of an {@link
   * AllOf}, so that no call is decided by anything looser than both limits. Time before the change
   * counts at the old rate, time after it at the new one; no permit is minted and none lost. Those who
   * wait are timed anew.
   *
   * @param like a limiter of the same algorithm that nobody uses; only its limit matters
   * @param policy what is kept of the level
   * @throws IllegalArgumentException if like is of another algorithm
   * @throws UnsupportedOperationException if this limiter cannot be changed
   */
  default void reconfigure(RateLimiter like, LevelPolicy policy) {
    throw new UnsupportedOperationException(this + " cannot be changed");
  }
}
