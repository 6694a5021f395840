package io.limiter;

/**
 * A reservation of permits that are admitted and not given back, or that were refused: nothing is
 * charged for it, so nothing can be given back.
 */
record FixedReservation(boolean granted, long permits) implements Reservation {
  @Override
  public long waitNanos() {
    return granted ? 0 : Decision.NEVER;
  }

  @Override
  public boolean cancel() {
    return false;
  }

  @Override
  public boolean settle(long actualPermits) {
    Checks.atLeast("actualPermits", actualPermits, 0);
    return false;
  }
}
