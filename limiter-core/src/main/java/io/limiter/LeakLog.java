package io.limiter;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Remembers permits that are open, so that one which became unreachable unclosed can be given back
 * and counted. Has no thread: whoever enters next looks.
 */
final class LeakLog {
  private final ReferenceQueue<Permit> unreachable = new ReferenceQueue<>();
  private final Set<Open> open = ConcurrentHashMap.newKeySet();
  private final LongAdder leaked = new LongAdder(); // permits

  /** An open permit; whoever removes it from {@code open} gives it back. */
  private final class Open extends PhantomReference<Permit> implements Permit.Holder {
    private final Permit.Holder holder;
    private final long permits;

    Open(Permit permit, Permit.Holder holder, long permits) {
      super(permit, unreachable);
      this.holder = holder;
      this.permits = permits;
    }

    @Override
    public boolean release(long permits) {
      boolean held = open.remove(this);
      if (held) {
        clear();
        holder.release(permits);
      }
      return held;
    }
  }

  /** Watches {@code permit}, which holds {@code permits} of {@code holder}, if it was granted. */
  Permit watch(Permit permit, Permit.Holder holder, long permits) {
    if (!permit.granted()) {
      return permit;
    }
    Open held = new Open(permit, holder, permits);
    open.add(held);
    return permit.heldBy(held);
  }

  /**
   * Gives back what leaked. Somebody else is to enter now, so nothing is thrown: if so many are not in
   * flight, the permits were given back by hand, and they only count as leaked.
   */
  void collect() {
    for (Object found = unreachable.poll(); found != null; found = unreachable.poll()) {
      Open held = (Open) found;
      if (open.remove(held)) {
        giveBack(held);
      }
    }
  }

  private void giveBack(Open held) {
    try {
      if (held.holder.release(held.permits)) {
        leaked.add(held.permits);
      }
    } catch (IllegalStateException e) {
      leaked.add(held.permits);
    }
  }

  /** How many permits leaked. */
  long leaked() {
    return leaked.sum();
  }
}
