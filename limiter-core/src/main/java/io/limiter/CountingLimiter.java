package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * A view of a rate limiter that counts what it decides; all counts are in permits. In shadow mode it
 * counts the same decisions and enforces none: every call is admitted at once, while the limiter
 * behind it is charged, or not, as if they were enforced.
 *
 * <p>Only calls by way of the view are counted. Shadow mode is switched while in use, by {@link
 * #shadow(boolean)}: try a limit on live traffic, read {@link #denied}, then enforce it.
 *
 * <p>Cost: besides the limiter some 120 bytes, which grow with the callers that contend, and one
 * uncontended addition a call. Thread-safety: that of the limiter; each count is exact once its calls
 * have returned.
 */
public final class CountingLimiter implements RateLimiter {
  private final RateLimiter limiter;
  private final LongAdder admitted = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder refunded = new LongAdder();
  private final LongAdder waited = new LongAdder();

  /** Whether nothing is enforced. */
  private volatile boolean shadow;

  private CountingLimiter(RateLimiter limiter) {
    this.limiter = Objects.requireNonNull(limiter, "limiter");
  }

  /** A view of {@code limiter}, enforcing. */
  public static CountingLimiter of(RateLimiter limiter) {
    return new CountingLimiter(limiter);
  }

  /** Permits that were admitted, also those that were waited for, given back later, or forced. */
  public long admitted() {
    return admitted.sum();
  }

  /** Permits that were denied, or would have been in shadow mode. */
  public long denied() {
    return denied.sum();
  }

  /** Permits that were given back: by refund, and by reservations cancelled or settled for less. */
  public long refunded() {
    return refunded.sum();
  }

  /** Permits of those admitted that had to be waited for, or would have been in shadow mode. */
  public long waited() {
    return waited.sum();
  }

  /** Whether decisions are only counted. */
  public boolean isShadow() {
    return shadow;
  }

  /** Only counts from now on, or enforces again. */
  public void shadow(boolean shadow) {
    this.shadow = shadow;
  }

  @Override
  public NanoClock clock() {
    return limiter.clock();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return count(limiter.tryAcquireAt(nanoTime, permits), permits) || shadow;
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Decision decision = limiter.decideAt(nanoTime, permits);
    count(decision.admitted(), permits);
    return enforced(decision);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return enforced(limiter.peekAt(nanoTime, permits));
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    boolean done = limiter.refundAt(nanoTime, permits);
    if (done) {
      refunded.add(permits);
    }
    return done;
  }

  @Override
  public long tryAcquireUpToAt(long nanoTime, long max) {
    long taken = limiter.tryAcquireUpToAt(nanoTime, max);
    admitted.add(taken);
    denied.add(max - taken);
    return shadow ? max : taken;
  }

  /** Takes all permits that are there; the same in shadow mode. */
  @Override
  public long drain() {
    long taken = limiter.drain();
    admitted.add(taken);
    return taken;
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits) {
    long wait = limiter.acquireForcedAt(nanoTime, permits);
    admitted.add(permits);
    return shadow ? 0 : wait;
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    Reservation reservation = limiter.reserveAt(nanoTime, permits, maxWaitNanos);
    if (count(reservation.granted(), permits) && reservation.waitNanos() > 0) {
      waited.add(permits);
    }
    return reservation.granted() || !shadow
        ? new CountedBooking(this, reservation, shadow)
        : new Booking.Unlimited(permits);
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    limiter.penalizeAt(nanoTime, nanos);
  }

  @Override
  public void syncWithServer(long remaining, Duration resetAfter) {
    limiter.syncWithServer(remaining, resetAfter);
  }

  @Override
  public void reset() {
    limiter.reset();
  }

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return limiter.snapshotAt(nanoTime, wall);
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    limiter.restoreAt(nanoTime, snapshot, wall);
  }

  @Override
  public void reconfigure(RateLimiter like, LevelPolicy policy) {
    limiter.reconfigure(like, policy);
  }

  private boolean count(boolean granted, long permits) {
    (granted ? admitted : denied).add(permits);
    return granted;
  }

  private Decision enforced(Decision decision) {
    return decision.admitted() || !shadow
        ? decision
        : Decision.admitted(decision.remaining(), decision.resetAfterNanos());
  }

  /** A reservation that is counted; in shadow mode nobody waits for it. */
  private record CountedBooking(CountingLimiter counted, Reservation reservation, boolean shadow)
      implements Booking {
    @Override
    public boolean granted() {
      return reservation.granted();
    }

    @Override
    public long permits() {
      return reservation.permits();
    }

    @Override
    public long waitNanos() {
      long wait = reservation.waitNanos();
      return shadow && wait != Decision.NEVER ? 0 : wait;
    }

    @Override
    public long sleepNanos() {
      return reservation instanceof Booking booking ? booking.sleepNanos() : waitNanos();
    }

    @Override
    public void onChange(Runnable signal) {
      if (reservation instanceof Booking booking) {
        booking.onChange(signal);
      }
    }

    @Override
    public boolean cancel() {
      boolean done = reservation.cancel();
      if (done) {
        counted.refunded.add(permits());
      }
      return done;
    }

    @Override
    public boolean settle(long actualPermits) {
      boolean done = reservation.settle(actualPermits);
      if (done) {
        counted.refunded.add(Math.max(permits() - actualPermits, 0));
        counted.admitted.add(Math.max(actualPermits - permits(), 0));
      }
      return done;
    }
  }

  /** {@code CountingLimiter[Gcra[3/second burst 3], 5 admitted, 2 denied]}, with {@code shadow} if it is. */
  @Override
  public String toString() {
    return "CountingLimiter[" + limiter + ", " + admitted() + " admitted, " + denied() + " denied"
        + (shadow ? ", shadow]" : "]");
  }
}
