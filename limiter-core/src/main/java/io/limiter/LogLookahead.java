package io.limiter;

/** A sliding log as it will be. */
final class LogLookahead implements Lookahead {
  private final SlidingLog log;
  private LogState state; // of nobody else

  LogLookahead(SlidingLog log, LogState state) {
    this.log = log;
    this.state = state;
  }

  @Override
  public long waitNanos(long nanoTime, long permits) {
    return state.retryAfterNanos(log.nanos(nanoTime), permits);
  }

  @Override
  public void charge(long nanoTime, long permits) {
    if (permits > 0) {
      state = state.append(log.nanos(nanoTime), (int) permits).fill();
    }
  }

  @Override
  public boolean remove(long permits) {
    return permits == 0;
  }

  @Override
  public long resetAfterNanos(long nanoTime) {
    return state.resetNanos(log.nanos(nanoTime));
  }
}
