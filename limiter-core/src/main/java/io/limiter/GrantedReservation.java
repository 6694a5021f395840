package io.limiter;

/** Permits that were admitted, or are reserved ahead, until they are cancelled or settled. */
abstract class GrantedReservation implements Reservation {
  private final long permits;

  GrantedReservation(long permits) {
    this.permits = permits;
  }

  /** Closes it with what it has cost, once; answers whether this was the first to do so. */
  abstract boolean close(long actual);

  @Override
  public final boolean granted() {
    return true;
  }

  @Override
  public final long permits() {
    return permits;
  }

  @Override
  public long waitNanos() {
    return 0;
  }

  @Override
  public final boolean cancel() {
    return close(0);
  }

  @Override
  public final boolean settle(long actualPermits) {
    return close(Checks.atLeast("actualPermits", actualPermits, 0));
  }

  @Override
  public final String toString() {
    return "Reservation[" + permits + "]";
  }
}
