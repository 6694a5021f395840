package io.limiter;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The one timer of a door: set for one reading of the clock, or not at all. Under the lock of the door. */
final class Alarm {
  private final NanoClock clock;
  private final Runnable ring;
  private NanoClock.@Nullable Timer timer; // null: not set
  private long at; // the reading for which it is set

  /** Whether the timer has run: then it must be set again. Written by the timer. */
  private volatile boolean rang;

  /** {@code ring} runs when it is time, without the lock. */
  Alarm(NanoClock clock, Runnable ring) {
    this.clock = Objects.requireNonNull(clock, "clock");
    this.ring = ring;
  }

  /** Rings at the reading {@code at}, {@code nanos} from now, and at no other. */
  void set(long at, long nanos) {
    if (timer != null && this.at == at && !rang) {
      return;
    }
    clear();
    this.at = at;
    rang = false;
    timer = clock.runAfter(Math.max(nanos, 1), () -> {
      rang = true;
      ring.run();
    });
  }

  void clear() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
