package io.limiter;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/** Permits that were admitted without a receipt: they are given back as they are. */
final class PlainReservation extends GrantedReservation {
  private final LongConsumer giveBack;
  private final LongConsumer force; // charges what was used beyond
  private final AtomicBoolean closed = new AtomicBoolean();

  PlainReservation(long permits, LongConsumer giveBack, LongConsumer force) {
    super(permits);
    this.giveBack = giveBack;
    this.force = force;
  }

  @Override
  boolean close(long actual) {
    boolean first = closed.compareAndSet(false, true);
    if (first && actual > permits()) {
      force.accept(actual - permits());
    } else if (first && actual < permits()) {
      giveBack.accept(permits() - actual);
    }
    return first;
  }
}
