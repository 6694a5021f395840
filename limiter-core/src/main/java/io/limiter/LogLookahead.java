package io.limiter;

/** A sliding log as it will be. */
final class LogLookahead implements Lookahead {
  private final long origin; // of the times of the log: a reading
  private LogState state; // of nobody else

  LogLookahead(long origin, LogState state) {
    this.origin = origin;
    this.state = state;
  }

  @Override
  public long waitNanos(long nanoTime, long permits) {
    return state.retryAfterNanos(state.place(), state.last, nanoTime - origin, permits);
  }

  @Override
  public void charge(long nanoTime, long permits) {
    if (permits > 0) {
      state = state.append(nanoTime - origin, (int) permits).fill();
    }
  }

  @Override
  public boolean remove(long permits) {
    return false;
  }

  @Override
  public long resetAfterNanos(long nanoTime) {
    return state.resetNanos(state.place(), state.last, nanoTime - origin);
  }
}
