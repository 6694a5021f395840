package io.limiter.spec;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A sliding log of one window and one permit a call, published by descriptor as the real one is, and
 * with the faults that such a log can have: what race checks have to catch.
 */
final class RacyLogs {
  /** What is wrong. */
  enum Fault {
    NONE,
    /** A helper sets the entry, however late, instead of comparing first. */
    LATE_HELPER_SETS,
    /** Only who admitted writes the entry. */
    NOBODY_HELPS,
    /** The descriptor is written without comparing. */
    PUBLISHES_BLINDLY
  }

  /** {@code count} admissions so far, the newest at {@code last}. */
  private record State(long count, long last) {}

  private static final long NO_ENTRY = Long.MIN_VALUE;

  private final AtomicLongArray ring;
  private final long period;
  private final Fault fault;
  private final AtomicReference<State> state = new AtomicReference<>(new State(0, NO_ENTRY));

  RacyLogs(int limit, long period, Fault fault) {
    this.ring = new AtomicLongArray(limit);
    this.period = period;
    this.fault = fault;
    for (int i = 0; i < limit; i++) {
      ring.set(i, NO_ENTRY);
    }
  }

  boolean tryAcquireAt(long reading) {
    while (true) {
      State s = state.get();
      if (fault != Fault.NOBODY_HELPS) {
        fill(s);
      }
      long now = Math.max(reading, s.last);
      long oldest = ring.get(slot(s.count));
      if (oldest != NO_ENTRY && now - oldest < period) {
        if (state.get() == s) {
          return false;
        }
      } else if (publish(s, new State(s.count + 1, now))) {
        return true;
      }
    }
  }

  private boolean publish(State s, State next) {
    if (fault == Fault.PUBLISHES_BLINDLY) {
      Thread.yield(); // loses the race also where threads take turns
      state.set(next);
    } else if (!state.compareAndSet(s, next)) {
      return false;
    }
    fill(next);
    return true;
  }

  private void fill(State s) {
    if (s.count == 0) {
      return;
    }
    int slot = slot(s.count - 1);
    long seen = ring.get(slot);
    if (seen < s.last) {
      if (fault == Fault.LATE_HELPER_SETS) {
        ring.set(slot, s.last);
      } else {
        ring.compareAndSet(slot, seen, s.last);
      }
    }
  }

  private int slot(long count) {
    return (int) (count % ring.length());
  }
}
