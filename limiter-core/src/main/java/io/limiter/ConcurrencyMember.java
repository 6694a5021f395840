package io.limiter;

/** A concurrency limiter as a member of a {@link Gate}: time never decides for it. */
final class ConcurrencyMember extends Member {
  private final ConcurrencyLimiter limiter;

  ConcurrencyMember(ConcurrencyLimiter limiter, NanoClock clock) {
    super(clock);
    this.limiter = limiter;
  }

  ConcurrencyLimiter limiter() {
    return limiter;
  }

  /** The log of open permits, or null. */
  LeakLog leaks() {
    return limiter.leaks();
  }

  /** Waits for at most {@code maxWaitNanos} after the reading {@code start}. */
  boolean acquire(long permits, long start, long maxWaitNanos) throws InterruptedException {
    return limiter.acquire(permits, clock(), start, maxWaitNanos);
  }

  void release(long permits) {
    limiter.release(permits);
  }

  @Override
  boolean admits(long nanoTime, long permits) {
    return limiter.admits(permits);
  }

  @Override
  long charge(long nanoTime, long permits, Object terms) {
    return limiter.tryAcquire(permits) ? 0 : REFUSED;
  }

  @Override
  void uncharge(long nanoTime, long permits, Object terms, long receipt) {
    limiter.release(permits);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    limiter.release(permits);
    return true;
  }

  @Override
  long remainingAt(long nanoTime) {
    return limiter.remaining();
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    return limiter.admits(permits) ? 0 : Decision.NEVER;
  }

  @Override
  long leastWaitNanos() {
    return Decision.NEVER;
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    return 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ConcurrencyMember that && limiter == that.limiter;
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
