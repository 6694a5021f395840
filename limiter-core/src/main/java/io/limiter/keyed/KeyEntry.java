package io.limiter.keyed;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What decides for a key where words do not suffice: an {@link EntryLimiter} that can be
 * frozen. A call uses it between {@link #enter()} and {@link #exit()}. Once frozen, the entry takes no more
 * calls, and what its limiter holds is final: it can be forgotten, or carried over to another entry.
 */
final class KeyEntry {
  /*
   * Representation. The limiter, and `state`: FROZEN, or how many calls have entered (modulo 2^39, from
   *   bit 24 on) and how many of them are inside (the bits below).
   * Invariants.
   *   I1  Only calls that are inside charge or refund the limiter. Permits are released at any time.
   *   I2  FROZEN is for good. It is reached only by compare-and-set from a state with nobody inside.
   *       Every call changes the count, so no call came and went since that state was read.
   * Linearization. Calls: those of the limiter. freeze, freezeIfFresh: the compare-and-set of state.
   * Memory ordering.
   *   field  read      write          why that is enough
   *   state  volatile  compareAndSet  the thread that freezes sees what earlier calls charged
   * Progress. Lock-free, but for freeze: it waits for the calls that are inside, which do not wait.
   * Arithmetic. none.
   * Rejected. Charging first and asking afterwards whether the entry still counts (not every charge
   *   can be taken back without a trace).
   * Sources. none.
   */
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, KeyEntry.class, long.class);

  private static final long FROZEN = Long.MIN_VALUE;
  private static final long ENTERED = 1L << 24;
  private static final long INSIDE = ENTERED - 1;

  /** In a slot that takes no entry any more. */
  static final KeyEntry NONE = new KeyEntry(null, false, FROZEN);

  final EntryLimiter limiter;
  final boolean overrides; // the limits are the key's own: the entry is never forgotten

  /** See Representation. */
  private volatile long state;

  private KeyEntry(EntryLimiter limiter, boolean overrides, long state) {
    this.limiter = limiter;
    this.overrides = overrides;
    this.state = state;
  }

  KeyEntry(EntryLimiter limiter, boolean overrides) {
    this(limiter, overrides, 0);
  }

  /** Whether the call may go on; if so, {@link #exit} has to follow. */
  boolean enter() {
    while (true) {
      long before = state;
      if (before == FROZEN) {
        return false;
      }
      if (STATE.compareAndSet(this, before, before + ENTERED + 1 & Long.MAX_VALUE)) {
        return true;
      }
    }
  }

  void exit() {
    STATE.getAndAdd(this, -1L);
  }

  boolean isFrozen() {
    return state == FROZEN;
  }

  /** Waits for the calls that are inside. */
  void freeze() {
    while (!tryFreeze(state)) {
      Thread.onSpinWait();
    }
  }

  /** Freezes the entry if nothing is left to remember; answers whether it did. */
  boolean freezeIfFresh(long nanoTime) {
    long before = state;
    return !overrides
        && !limiter.isInFlight()
        && limiter.resetAfterNanos(nanoTime) == 0
        && tryFreeze(before);
  }

  private boolean tryFreeze(long before) {
    return before == FROZEN || (before & INSIDE) == 0 && STATE.compareAndSet(this, before, FROZEN);
  }

  /** An entry with the same limiter, open for calls. This one is frozen. */
  KeyEntry carried() {
    return new KeyEntry(limiter, overrides);
  }
}
