package io.limiter;

/**
 * A source of monotonic time in nanoseconds. Only differences of readings mean anything: the origin
 * is arbitrary, readings may be negative and may wrap around, as those of {@link System#nanoTime()}
 * do.
 *
 * <p>A limiter reads its clock once per call. Implementations must be safe for use by many threads;
 * a reading that steps back is tolerated (it can only deny more) and a reading that jumps ahead
 * makes a limiter at most fresh.
 */
@FunctionalInterface
public interface NanoClock {
  /** The current reading, in nanoseconds since an arbitrary origin. */
  long nanoTime();

  /** The clock of this virtual machine, {@link System#nanoTime()}. */
  static NanoClock system() {
    return SystemNanoClock.INSTANCE;
  }
}
