package io.limiter;

/** Permits that a sliding log admitted at {@code time}, ns since its origin. */
final class LogReservation implements Reservation {
  private final LogDesk desk;
  private final long permits;
  private final long time;
  private final Object era; // of the desk, before the charge
  private boolean closed; // under the lock of the desk

  LogReservation(LogDesk desk, long permits, long time, Object era) {
    this.desk = desk;
    this.permits = permits;
    this.time = time;
    this.era = era;
  }

  long time() {
    return time;
  }

  Object era() {
    return era;
  }

  /** Under the lock of the desk: whether this is the first to do so. */
  boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  @Override
  public boolean granted() {
    return true;
  }

  @Override
  public long permits() {
    return permits;
  }

  @Override
  public long waitNanos() {
    return 0;
  }

  @Override
  public boolean cancel() {
    return desk.close(this, 0);
  }

  @Override
  public boolean settle(long actualPermits) {
    return desk.close(this, Checks.atLeast("actualPermits", actualPermits, 0));
  }

  @Override
  public String toString() {
    return "Reservation[" + permits + "]";
  }
}
