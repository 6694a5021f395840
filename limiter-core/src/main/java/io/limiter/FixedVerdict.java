package io.limiter;

import java.time.Instant;

/** Admits every call, or denies every call; without state. */
final class FixedVerdict extends Member implements RateLimiter {
  private final boolean admits;

  FixedVerdict(boolean admits, NanoClock clock) {
    super(clock);
    this.admits = admits;
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return admits(nanoTime, permits);
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    return admits(nanoTime, permits)
        ? Decision.admitted(Long.MAX_VALUE, 0)
        : Decision.denied(0, Decision.NEVER, 0, 0);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return decideAt(nanoTime, permits);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    Checks.permits(permits);
    return true;
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    return admits(nanoTime, permits)
        ? new Booking.Unlimited(permits)
        : new Booking.Refused(permits);
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits) {
    return admits(nanoTime, permits) ? 0 : Decision.NEVER;
  }

  @Override
  public void reset() {}

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(nanoTime, wall, this);
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Snapshot.restore(snapshot, nanoTime, wall, this);
  }

  @Override
  Snapshot.Level level(long nanoTime) {
    return new Snapshot.OfVerdict(admits);
  }

  @Override
  boolean admits(long nanoTime, long permits) {
    Checks.permits(permits);
    return admits;
  }

  @Override
  long charge(long nanoTime, long permits, Object terms) {
    return admits ? 0 : REFUSED;
  }

  @Override
  void uncharge(long nanoTime, long permits, Object terms, long receipt) {}

  @Override
  long remainingAt(long nanoTime) {
    return admits ? Long.MAX_VALUE : 0;
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    return admits ? 0 : Decision.NEVER;
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    return 0;
  }

  @Override
  public String toString() {
    return admits ? "unlimited" : "blocked";
  }
}
