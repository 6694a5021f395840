package io.limiter;

import org.jspecify.annotations.Nullable;

/** Permits that a sliding log admitted at {@code time}, ns since its origin. */
final class LogReservation extends DoorReservation {
  private final LogDesk desk;
  private final long time;
  private final @Nullable Object era; // of the desk, before the charge

  LogReservation(LogDesk desk, long permits, long time, @Nullable Object era) {
    super(desk, permits);
    this.desk = desk;
    this.time = time;
    this.era = era;
  }

  long time() {
    return time;
  }

  @Override
  void charge(long nanoTime, long more) {
    desk.force(nanoTime, more, Decision.NEVER);
  }

  @Override
  void giveBack(long less) {
    desk.takeBack(less, time, era);
  }
}
