package io.limiter;

import org.jspecify.annotations.Nullable;

/** A concurrency limiter as a member of a {@link Gate}: time never decides for it. */
record ConcurrencyMember(ConcurrencyLimiter limiter, NanoClock clock) implements Member {
  @Override
  public RateLimiter rate() {
    throw new UnsupportedOperationException(limiter + " has no rate");
  }

  @Override
  public boolean admits(long nanoTime, long permits) {
    return limiter.admits(permits);
  }

  @Override
  public @Nullable Object mark() {
    return null;
  }

  @Override
  public long charge(long nanoTime, long permits, @Nullable Object mark) {
    return limiter.tryAcquire(permits) ? 0 : REFUSED;
  }

  @Override
  public void uncharge(long nanoTime, long permits, @Nullable Object mark, long receipt) {
    limiter.release(permits);
  }

  @Override
  public @Nullable Reservation reserve(long date, long permits) {
    return limiter.tryAcquire(permits) ? limiter.held(permits) : null;
  }

  @Override
  public long debtNanosAt(long nanoTime, long permits) {
    return Decision.NEVER;
  }

  /** Nobody knows when permits come back, so nobody counts as of a time before that was noticed. */
  @Override
  public Version version() {
    return new Version(limiter.limit(), 0);
  }

  @Override
  public boolean isDated() {
    return false;
  }

  @Override
  public boolean alwaysUncharges() {
    return true;
  }

  @Override
  public long remainingAt(long nanoTime) {
    return limiter.remaining();
  }

  @Override
  public long retryAfterNanosAt(long nanoTime, long permits) {
    return limiter.admits(permits) ? 0 : Decision.NEVER;
  }

  @Override
  public long resetAfterNanosAt(long nanoTime) {
    return 0;
  }

  @Override
  public long pauseNanosAt(long nanoTime) {
    return 0;
  }

  @Override
  public Snapshot.Level level(long nanoTime) {
    throw new UnsupportedOperationException(limiter + " cannot be saved");
  }

  @Override
  public boolean fits(Snapshot.Level level) {
    return false;
  }

  @Override
  public void restore(long nanoTime, Snapshot.Level level, long elapsed) {
    throw new UnsupportedOperationException(limiter + " cannot be restored");
  }

  @Override
  public Lookahead lookahead() {
    return limiter.lookahead();
  }

  @Override
  public void watch(Door door) {
    limiter.door().watch(door);
  }

  @Override
  public void unwatch(Door door) {
    limiter.door().unwatch(door);
  }

  @Override
  public String toString() {
    return limiter.toString();
  }
}
