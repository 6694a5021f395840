package io.limiter;

import java.util.concurrent.atomic.AtomicBoolean;

/** Permits that several members admitted together: each gives back its part by a rule of its own. */
final class JointCharge implements Reservation {
  private final Members members;
  private final long permits;
  private final Reservation[] parts; // of each member
  private final AtomicBoolean closed = new AtomicBoolean(); // cancelled, or settled
  private final AtomicBoolean left = new AtomicBoolean(); // what was held is released

  JointCharge(Members members, long permits, Reservation[] parts) {
    this.members = members;
    this.permits = permits;
    this.parts = parts;
  }

  Members members() {
    return members;
  }

  /** What the i-th member admitted. */
  Reservation part(int i) {
    return parts[i];
  }

  /** Cancels those of {@code parts} that are there, all of them; answers what the first threw, or null. */
  static Throwable cancel(Reservation[] parts) {
    Throwable failure = null;
    for (Reservation part : parts) {
      try {
        if (part != null) {
          part.cancel();
        }
      } catch (RuntimeException | Error e) {
        failure = Signals.first(failure, e);
      }
    }
    return failure;
  }

  /** Releases what concurrency limiters admitted, once; rates stay charged. Answers whether this did. */
  boolean leave() {
    if (!left.compareAndSet(false, true)) {
      return false;
    }
    Reservation[] held = parts.clone();
    for (int i = 0; i < held.length; i++) {
      held[i] = members.isConcurrency(i) ? held[i] : null;
    }
    rethrow(cancel(held));
    return true;
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
    return 0;
  }

  @Override
  public boolean cancel() {
    return settle(0);
  }

  @Override
  public boolean settle(long actualPermits) {
    Checks.atLeast("actualPermits", actualPermits, 0);
    if (!closed.compareAndSet(false, true)) {
      return false;
    }
    left.set(true);
    Throwable failure = null;
    Signals outermost = Signals.begin(); // whoever waits looks once all have been given back
    try {
      for (int i = 0; i < parts.length; i++) {
        try {
          parts[i].settle(members.share(i, actualPermits));
        } catch (RuntimeException | Error e) {
          failure = Signals.first(failure, e);
        }
      }
    } finally {
      Signals.end(outermost);
    }
    rethrow(failure);
    return true;
  }

  private static void rethrow(Throwable failure) {
    if (failure != null) {
      throw Signals.<RuntimeException>unchecked(failure);
    }
  }

  @Override
  public String toString() {
    return "Reservation[" + permits + "]";
  }
}
