package io.limiter;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Permits that several members admitted together: each gives back its part by a rule of its own. */
final class JointCharge extends GrantedReservation {
  private final Members members;
  private final Reservation[] parts; // of each member
  private final AtomicBoolean closed = new AtomicBoolean(); // cancelled, or settled
  private final AtomicBoolean left = new AtomicBoolean(); // what was held is released

  JointCharge(Members members, long permits, Reservation[] parts) {
    super(permits);
    this.members = members;
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
  static @Nullable Throwable cancel(@Nullable Reservation[] parts) {
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
    @Nullable Reservation[] held = parts.clone();
    for (int i = 0; i < held.length; i++) {
      held[i] = members.isConcurrency(i) ? held[i] : null;
    }
    rethrow(cancel(held));
    return true;
  }

  @Override
  boolean close(long actual) {
    if (!closed.compareAndSet(false, true)) {
      return false;
    }
    left.set(true);
    Throwable failure = null;
    Signals outermost = Signals.begin(); // whoever waits looks once all have been given back
    try {
      for (int i = 0; i < parts.length; i++) {
        try {
          parts[i].settle(members.share(i, actual));
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

  private static void rethrow(@Nullable Throwable failure) {
    if (failure != null) {
      throw Signals.<RuntimeException>unchecked(failure);
    }
  }
}
