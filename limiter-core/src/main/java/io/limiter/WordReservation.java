package io.limiter;

/** Permits that were charged to a limiter of one word, due or not. */
final class WordReservation implements Reservation {
  private final WordDoor door;
  private final long permits;
  private final Ledger.Charge charge;
  private boolean closed; // under the lock of the door

  WordReservation(WordDoor door, long permits, Ledger.Charge charge) {
    this.door = door;
    this.permits = permits;
    this.charge = charge;
  }

  Ledger.Charge charge() {
    return charge;
  }

  /** Under the lock of the door: whether this is the first to do so. */
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
    return door.waitNanos(charge);
  }

  @Override
  public boolean cancel() {
    return door.close(this, 0);
  }

  @Override
  public boolean settle(long actualPermits) {
    return door.close(this, Checks.atLeast("actualPermits", actualPermits, 0));
  }

  @Override
  public String toString() {
    return "Reservation[" + permits + "]";
  }
}
