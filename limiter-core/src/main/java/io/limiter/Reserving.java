package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;

/** A member with a level that permits can be charged to ahead of their time: it has a {@link Line}. */
abstract class Reserving extends Member implements RateLimiter {
  private static final VarHandle LINE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "line", VarHandle.class, Reserving.class, Line.class);

  /** Who waits; null until somebody reserves, or the limit is changed. Written once. */
  private volatile Line line;

  Reserving(NanoClock clock) {
    super(clock);
  }

  final Line line() {
    Line seen = line;
    if (seen != null) {
      return seen;
    }
    LINE.compareAndSet(this, null, new Line(this));
    return line;
  }

  /** Those who wait; null if there never was anyone. */
  final Line lineIfAny() {
    return line;
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    return line().reserve(nanoTime, Checks.permits(permits), Math.max(maxWaitNanos, 0));
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits) {
    return line().force(nanoTime, Checks.permits(permits));
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    if (Checks.atLeast("nanos", nanos, 0) > 0) {
      line().pause(nanoTime, nanoTime + Math.min(nanos, MAX_PENALTY));
    }
  }

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(nanoTime, wall, this);
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Snapshot.restore(snapshot, nanoTime, wall, this);
  }

  @Override
  public void reconfigure(RateLimiter like, LevelPolicy policy) {
    Change.only(this, like, policy);
  }

  /**
   * Changes how many reservations may be waited for at once; further ones are refused, and so are
   * calls that would wait. No bound at first; those who wait stay.
   *
   * @return the number before
   * @throws IllegalArgumentException if max is less than 0
   */
  public int maxWaiters(int max) {
    Checks.atLeast("max", max, 0);
    return line().maxWaiters(max);
  }

  /** How many reservations are waited for now. */
  public int waiters() {
    return line().waiters();
  }

  // What the line asks of the limiter, under its lock.

  /**
   * Charges permits that have to be waited for.
   *
   * @return the wait in ns; 0, and nothing charged, if there is none; {@link #REFUSED} if it would be
   *     longer than maxWaitNanos, or if so many are never admitted
   */
  abstract long owe(long nanoTime, long permits, long maxWaitNanos);

  /** Charges permits whatever the level, and answers the wait in ns until it is not negative. */
  abstract long force(long nanoTime, long permits);

  /** Takes back permits that are waited for, behind which so many were charged. */
  abstract void withdraw(long nanoTime, long permits, long behind, long receipt);

  /** The wait in ns until permits are due behind which so many were charged. */
  abstract long waitNanos(long nanoTime, long behind);

  /** What is charged in all, as a receipt under those terms. */
  abstract long word(Object terms);

  /**
   * The receipt of permits behind which so many others were charged, {@code word} counting all;
   * {@code before} was their receipt.
   */
  abstract long receipt(Object terms, long word, long behind, long before);

  /** {@link #uncharge} of a charge that was made when permits had been given back so many times. */
  void uncharge(long nanoTime, long permits, Object terms, long receipt, long gaps) {
    uncharge(nanoTime, permits, terms, receipt);
  }

  /** Admits nothing before {@code until}, and moves those who wait back by {@code delay} ns. */
  abstract void pause(long nanoTime, long until, long delay);
}
