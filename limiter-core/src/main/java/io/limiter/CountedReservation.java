package io.limiter;

/** A reservation of a {@link CountingLimiter}: counts also how it ends. */
record CountedReservation(CountingLimiter counter, Reservation reservation, boolean isShadow)
    implements Reservation {
  @Override
  public boolean granted() {
    return true;
  }

  @Override
  public long permits() {
    return reservation.permits();
  }

  @Override
  public long waitNanos() {
    long wait = reservation.waitNanos();
    return isShadow && wait != Decision.NEVER ? 0 : wait;
  }

  @Override
  public boolean cancel() {
    boolean done = reservation.cancel();
    if (done) {
      counter.giveBack(permits());
    }
    return done;
  }

  @Override
  public boolean settle(long actualPermits) {
    boolean done = reservation.settle(actualPermits);
    if (done) {
      counter.giveBack(Math.max(permits() - actualPermits, 0));
      counter.admit(Math.max(actualPermits - permits(), 0), 0);
    }
    return done;
  }
}
