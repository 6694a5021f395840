package io.limiter.keyed;

import io.limiter.Reservation;

/** A reservation of a key whose listener is told how it ends. */
record ToldReservation(KeyVerbs verbs, Object key, long hash, Reservation reservation)
    implements Reservation {
  @Override
  public boolean granted() {
    return reservation.granted();
  }

  @Override
  public long permits() {
    return reservation.permits();
  }

  @Override
  public long waitNanos() {
    return reservation.waitNanos();
  }

  @Override
  public boolean cancel() {
    boolean done = reservation.cancel();
    if (done) {
      verbs.settled(key, hash, permits(), 0);
    }
    return done;
  }

  @Override
  public boolean settle(long actualPermits) {
    boolean done = reservation.settle(actualPermits);
    if (done) {
      verbs.settled(key, hash, permits(), actualPermits);
    }
    return done;
  }
}
