package io.limiter;

/**
 * The unit of time of stepwise refill: a step of {@code nanos} ns, one of which begins at {@code
 * anchor}.
 *
 * @param anchor a reading of the clock in ns
 * @param nanos the length of a step, at least 1
 */
record Steps(long anchor, long nanos) {
  /** When the step began that {@code nanoTime} is in. */
  long begin(long nanoTime) {
    return nanoTime - Math.floorMod(nanoTime - anchor, nanos);
  }
}
