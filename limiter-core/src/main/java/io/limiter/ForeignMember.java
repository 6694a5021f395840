package io.limiter;

/** A limiter from outside this package as a member, by its public verbs alone. */
final class ForeignMember extends Member {
  private final RateLimiter limiter;

  ForeignMember(RateLimiter limiter) {
    super(limiter.clock());
    this.limiter = limiter;
  }

  @Override
  boolean alwaysUncharges() {
    return false; // its refund knows nothing of what time has restored since
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return limiter.refundAt(nanoTime, permits);
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    return limiter.reserveAt(nanoTime, permits, maxWaitNanos);
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits) {
    return limiter.acquireForcedAt(nanoTime, permits);
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    limiter.penalizeAt(nanoTime, nanos);
  }

  @Override
  public void reset() {
    limiter.reset();
  }

  @Override
  boolean admits(long nanoTime, long permits) {
    return limiter.peekAt(nanoTime, permits).admitted();
  }

  @Override
  long charge(long nanoTime, long permits, Object terms) {
    return limiter.tryAcquireAt(nanoTime, permits) ? 0 : REFUSED;
  }

  @Override
  void uncharge(long nanoTime, long permits, Object terms, long receipt) {
    limiter.refundAt(nanoTime, permits);
  }

  @Override
  long remainingAt(long nanoTime) {
    return limiter.peekAt(nanoTime, 1).remaining();
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    return limiter.peekAt(nanoTime, permits).retryAfterNanos();
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    return limiter.peekAt(nanoTime, 1).resetAfterNanos();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ForeignMember that && limiter == that.limiter;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(limiter);
  }

  @Override
  public String toString() {
    return limiter.toString();
  }
}
