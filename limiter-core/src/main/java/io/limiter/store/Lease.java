package io.limiter.store;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Permits that one charge took from the store, to be spent by this process for a while. */
final class Lease {
  private static final VarHandle LEFT = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "left", VarHandle.class, Lease.class, long.class);

  final StoreDecision charge;
  final long sentAt; // ns by the clock of the process: read before the request was sent
  final long granted;

  private final long ageNanos;

  /** Permits that are not spent; 0 or more. Lowered by callers, set to 0 at the end; see unspend. */
  private volatile long left;

  Lease(StoreDecision charge, long sentAt, long ageNanos, long granted, long left) {
    this.charge = charge;
    this.sentAt = sentAt;
    this.ageNanos = ageNanos;
    this.granted = granted;
    this.left = left;
  }

  /** A lease that is used up. */
  static Lease none() {
    return new Lease(StoreDecision.NONE, 0, 0, 0, 0);
  }

  /** Takes {@code permits}, at least 1, and answers how many are left then; -1 if they are not there. */
  long spend(long now, long permits) {
    if (now - sentAt >= ageNanos) {
      return -1;
    }
    while (true) {
      long before = left;
      if (before < permits) {
        return -1;
      }
      if (LEFT.compareAndSet(this, before, before - permits)) {
        return before - permits;
      }
    }
  }

  /** Puts back what was spent by a call that failed. If the lease has ended, nobody needs to find it. */
  void unspend(long permits) {
    LEFT.getAndAdd(this, permits);
  }

  boolean isDone(long now) {
    return left == 0 || now - sentAt >= ageNanos;
  }

  /** What can be spent now. */
  long leftAt(long now) {
    return now - sentAt >= ageNanos ? 0 : left;
  }

  /** Ends the lease, and answers what was not spent. */
  long end() {
    return (long) LEFT.getAndSet(this, 0L);
  }
}
