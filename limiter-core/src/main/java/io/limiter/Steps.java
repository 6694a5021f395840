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
    long first = stepNanos - Math.floorMod(nanoTime - anchor, stepNanos);
    return nanos < first ? 0 : (nanos - first) / stepNanos + 1;
  }

  /** The number of the step that {@code nanoTime} is in. */
  long at(long nanoTime) {
    return Math.floorDiv(nanoTime - anchor, stepNanos);
  }

  /** A wait of so many steps in ns from {@code nanoTime}: until that step begins. */
  long nanos(long wait, long nanoTime) {
    if (wait == 0 || wait == Decision.NEVER) {
      return wait;
    }
    long first = stepNanos - Math.floorMod(nanoTime - anchor, stepNanos); // until the next begins
    return wait - 1 > (Decision.NEVER - 1 - first) / stepNanos
        ? Decision.NEVER
        : (wait - 1) * stepNanos + first;
  }
}
