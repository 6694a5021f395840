package io.limiter;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until it is told to move: for tests and simulations.
 *
 * <p>Safe for use by many threads; a reading sees every move that happened before it.
 */
public final class ManualClock implements NanoClock {
  private final AtomicLong nanoTime; // ns since an arbitrary origin

  private ManualClock(long nanoTime) {
    this.nanoTime = new AtomicLong(nanoTime);
  }

  /** A clock that reads 0 ns. */
  public static ManualClock create() {
    return new ManualClock(0);
  }

  /** A clock that reads {@code nanoTime} ns: any long, as the origin of a clock is arbitrary. */
  public static ManualClock startingAt(long nanoTime) {
    return new ManualClock(nanoTime);
  }

  @Override
  public long nanoTime() {
    return nanoTime.get();
  }

  /** Moves the clock by {@code nanos} ns, back if negative, and returns the new reading. */
  public long advanceNanos(long nanos) {
    return nanoTime.addAndGet(nanos);
  }

  /**
   * Moves the clock by {@code duration}, back if negative, and returns the new reading in ns.
   *
   * @throws ArithmeticException if the duration is more than 2^63 - 1 ns
   */
  public long advance(Duration duration) {
    return advanceNanos(duration.toNanos());
  }

  /** Sets the reading to {@code nanoTime} ns. */
  public void set(long nanoTime) {
    this.nanoTime.set(nanoTime);
  }

  @Override
  public String toString() {
    return "ManualClock[" + nanoTime + " ns]";
  }
}
