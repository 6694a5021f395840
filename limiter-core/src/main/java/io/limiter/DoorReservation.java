package io.limiter;

/** Permits of a limiter with a door of its own, which are settled under the lock of that. */
abstract class DoorReservation extends GrantedReservation {
  private final Door door;
  private boolean closed; // under the lock of the door

  DoorReservation(Door door, long permits) {
    super(permits);
    this.door = door;
  }

  /** Charges so many permits besides, at the reading, whatever the level. */
  abstract void charge(long nanoTime, long more);

  /** Gives so many of the permits back, as far as the limiter can. */
  abstract void giveBack(long less);

  @Override
  final boolean close(long actual) {
    return door.locked(() -> {
      boolean first = !closed;
      closed = true;
      long more = actual - permits();
      if (first && more > 0) {
        charge(door.clock.nanoTime(), more);
      } else if (first && more < 0) {
        giveBack(-more);
      }
      return first;
    });
  }
}
