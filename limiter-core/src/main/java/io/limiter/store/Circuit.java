package io.limiter.store;

import io.limiter.NanoClock;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stops asking a dead store for a moment: after three failures in a row for 100 ms, then twice as long each
 * time, up to five seconds. When the pause is over, one caller asks.
 */
final class Circuit {
  static final long FIRST_PAUSE_NANOS = 100_000_000;

  private static final int MOST_DOUBLINGS = 6; // 6.4 s, cut to 5
  private static final long LONGEST_PAUSE_NANOS = 5_000_000_000L;
  private static final int FAILURES = 3;

  private final NanoClock clock;
  private final AtomicInteger failures = new AtomicInteger(); // in a row
  private final AtomicLong until = new AtomicLong(); // ns by the clock; counts from FAILURES on

  Circuit(NanoClock clock) {
    this.clock = clock;
  }

  /** Whether the store may be asked now. */
  boolean admits() {
    int inARow = failures.get();
    if (inARow < FAILURES) {
      return true;
    }
    long end = until.get();
    long now = clock.nanoTime();
    return now - end >= 0 && until.compareAndSet(end, now + pause(inARow));
  }

  /** How long it is until somebody may ask again, in ns; at least 1. */
  long waitNanos() {
    if (failures.get() < FAILURES) {
      return FIRST_PAUSE_NANOS;
    }
    return Math.max(until.get() - clock.nanoTime(), 1);
  }

  void succeeded() {
    if (failures.get() != 0) {
      failures.set(0);
    }
  }

  void failed() {
    int inARow = failures.updateAndGet(count -> Math.min(count + 1, FAILURES + MOST_DOUBLINGS));
    if (inARow >= FAILURES) {
      until.set(clock.nanoTime() + pause(inARow));
    }
  }

  private static long pause(int inARow) {
    return Math.min(FIRST_PAUSE_NANOS << inARow - FAILURES, LONGEST_PAUSE_NANOS);
  }
}
