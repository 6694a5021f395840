package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.Reservation;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Permits that words admitted at once, or none. */
final class KeyReservation implements Reservation {
  private final KeyVerbs verbs;
  private final @Nullable Table charged; // where they were, or earlier; null: nowhere
  private final Object key;
  private final long hash;
  private final long nanoTime;
  private final boolean granted;
  private final long permits;
  private final AtomicBoolean closed = new AtomicBoolean();

  KeyReservation(
      KeyVerbs verbs,
      @Nullable Table charged,
      Object key,
      long hash,
      long nanoTime,
      boolean granted,
      long permits) {
    this.verbs = verbs;
    this.charged = charged;
    this.key = key;
    this.hash = hash;
    this.nanoTime = nanoTime;
    this.granted = granted;
    this.permits = permits;
  }

  @Override
  public boolean granted() {
    return granted;
  }

  @Override
  public long permits() {
    return permits;
  }

  @Override
  public long waitNanos() {
    return granted ? 0 : Decision.NEVER;
  }

  @Override
  public boolean cancel() {
    return settle(0);
  }

  @Override
  public boolean settle(long actualPermits) {
    Checks.atLeast("actualPermits", actualPermits, 0);
    if (!granted || !closed.compareAndSet(false, true)) {
      return false;
    }
    if (actualPermits < permits) {
      verbs.uncharge(charged, key, hash, nanoTime, permits - actualPermits);
    } else if (actualPermits > permits) {
      verbs.force(key, hash, actualPermits - permits);
    }
    return true;
  }

  /** {@code KeyReservation[3 permits]}. */
  @Override
  public String toString() {
    return "KeyReservation[" + (granted ? permits : "no") + " permits]";
  }
}
