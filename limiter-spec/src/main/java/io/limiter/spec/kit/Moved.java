package io.limiter.spec.kit;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.spec.Subject;

/** A subject on a clock that started at 0, called with the readings of one that did not. */
record Moved(Subject subject, ManualClock clock, long origin) implements Subject {
  private long moved(long reading) {
    clock.set(reading - origin);
    return reading - origin;
  }

  @Override
  public boolean tryAcquireAt(long reading, long permits) {
    return subject.tryAcquireAt(moved(reading), permits);
  }

  @Override
  public Decision decideAt(long reading, long permits) {
    return subject.decideAt(moved(reading), permits);
  }

  @Override
  public Decision peekAt(long reading, long permits) {
    return subject.peekAt(moved(reading), permits);
  }

  @Override
  public boolean refundAt(long reading, long permits) {
    return subject.refundAt(moved(reading), permits);
  }
}
