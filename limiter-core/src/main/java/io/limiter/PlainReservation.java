package io.limiter;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/** Permits that were admitted without a receipt: they are given back as they are. */
final class PlainReservation implements Reservation {
  private final long permits;
  private final LongConsumer giveBack;
  private final LongConsumer force; // charges what was used beyond
  private final AtomicBoolean closed = new AtomicBoolean();

  PlainReservation(long permits, LongConsumer giveBack, LongConsumer force) {
    this.permits = permits;
    this.giveBack = giveBack;
    this.force = force;
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
    return settle(0);
  }

  @Override
  public boolean settle(long actualPermits) {
    Checks.atLeast("actualPermits", actualPermits, 0);
    boolean first = closed.compareAndSet(false, true);
    if (first && actualPermits > permits) {
      force.accept(actualPermits - permits);
    } else if (first && actualPermits < permits) {
      giveBack.accept(permits - actualPermits);
    }
    return first;
  }

  @Override
  public String toString() {
    return "Reservation[" + permits + "]";
  }
}
