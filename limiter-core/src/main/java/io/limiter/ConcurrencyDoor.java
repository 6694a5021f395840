package io.limiter;

import org.jspecify.annotations.Nullable;

/**
 * Where callers stand in line for a concurrency limiter. Its plain calls may overtake them. The line and
 * those of the gates that watch are told of room in the order in which they came; one that was served
 * and is not empty goes behind the others.
 */
final class ConcurrencyDoor extends Door {
  private final ConcurrencyLimiter limiter;
  private boolean standing; // whether the line has a place among those that are told

  ConcurrencyDoor(ConcurrencyLimiter limiter, NanoClock clock) {
    super(clock);
    this.limiter = limiter;
  }

  /** The line is told of room from now on; then it is served once more. */
  @Override
  boolean hold(long from, long permits) {
    standing = true;
    enlist(this);
    return true;
  }

  @Override
  void open() {
    standing = false;
    delist(this);
  }

  @Override
  long waitNanos(long from, long permits) {
    return limiter.admits(permits) ? 0 : Decision.NEVER;
  }

  @Override
  @Nullable
  Reservation charge(long date, long permits) {
    if (!limiter.tryAcquire(permits)) {
      return null;
    }
    if (standing) {
      delist(this);
      enlist(this);
    }
    return limiter.held(permits);
  }

  /** Refuses who waits for more than the limit now, and tells all lines. */
  void limitChanged() {
    locked(() -> {
      changed(clock.nanoTime());
      tellWatching();
      return null;
    });
  }

  @Override
  Lookahead lookahead() {
    return limiter.lookahead();
  }
}
