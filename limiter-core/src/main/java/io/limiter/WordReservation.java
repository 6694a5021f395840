package io.limiter;

/** Permits that were charged to a limiter of one word, due or not. */
final class WordReservation extends DoorReservation {
  private final WordDoor door;
  private final Ledger.Charge charge;

  WordReservation(WordDoor door, long permits, Ledger.Charge charge) {
    super(door, permits);
    this.door = door;
    this.charge = charge;
  }

  Ledger.Charge charge() {
    return charge;
  }

  @Override
  void charge(long nanoTime, long more) {
    door.force(nanoTime, more, Decision.NEVER);
  }

  @Override
  void giveBack(long less) {
    door.giveBack(charge, less);
  }

  @Override
  public long waitNanos() {
    return door.waitNanos(charge);
  }
}
