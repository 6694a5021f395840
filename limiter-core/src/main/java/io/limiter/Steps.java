package io.limiter;

/**
 * The unit of time of stepwise refill: a step of {@code nanos} ns, one of which begins at {@code
 * anchor}.
 *
 * @param anchor a reading of the clock in ns
 * @param nanos the length of a step, at least 1
 */
record Steps(long anchor, long nanos) {
  /** Which step {@code nanoTime} is in; 0 is the one that begins at the anchor. */
  long index(long nanoTime) {
    return Math.floorDiv(nanoTime - anchor, nanos);
  }

  /** How long that step has lasted, in ns. */
  long age(long nanoTime) {
    return Math.floorMod(nanoTime - anchor, nanos);
  }
}
