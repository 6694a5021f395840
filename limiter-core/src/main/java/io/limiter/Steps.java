package io.limiter;

/**
 * A clock that counts the steps of another: the n-th begins {@code n*stepNanos} after anchor. If
 * {@code paused}, nothing is admitted before the reading {@code until} of the other.
 */
record Steps(NanoClock clock, long anchor, long stepNanos, boolean paused, long until)
    implements NanoClock {
  @Override
  public long nanoTime() {
    return at(clock.nanoTime());
  }

  Steps pausedUntil(long until) {
    return new Steps(clock, anchor, stepNanos, true, until);
  }

  long pauseNanos(long nanoTime) {
    return paused ? Math.max(until - nanoTime, 0) : 0;
  }

  /** How many steps begin within {@code nanos} after {@code nanoTime}. */
  long within(long nanos, long nanoTime) {
    long first = stepNanos - over(nanoTime);
    return nanos < first ? 0 : (nanos - first) / stepNanos + 1;
  }

  /** The number of the step that {@code nanoTime} is in. */
  long at(long nanoTime) {
    return Math.floorDiv(nanoTime - anchor, stepNanos);
  }

  /** How much of that step is over, in ns. */
  long over(long nanoTime) {
    return Math.floorMod(nanoTime - anchor, stepNanos);
  }

  /** A wait of so many steps in ns from {@code nanoTime}: until that step begins. */
  long nanos(long wait, long nanoTime) {
    if (wait == 0) {
      return 0;
    }
    long nanos = wait * stepNanos - over(nanoTime); // negative if 2^63 or more, but less than 2^64
    return Math.multiplyHigh(wait, stepNanos) == 0 && nanos >= 0 ? nanos : Decision.NEVER;
  }
}
