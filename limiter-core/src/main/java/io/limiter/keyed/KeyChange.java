package io.limiter.keyed;

import io.limiter.rule.Limits;

/**
 * What an operator asks for one key.
 *
 * @param key null if the hash is the key
 * @param limits of the key from then on; null if it is to be forgotten
 */
record KeyChange(Object key, long hash, Kind kind, Limits limits) {
  enum Kind {
    /** Gives the key limits of its own. */
    OVERRIDE,

    /** Gives the key the limits of all keys again. */
    CLEAR,

    /** Makes the key as new. */
    FORGET
  }

  /** Whether nothing is to be done, as far as {@code t} tells. */
  boolean isDone(Table t) {
    int slot = t.find(key, hash);
    KeyEntry entry = slot < 0 ? null : t.entry(slot);
    return switch (kind) {
      case OVERRIDE -> false;
      case CLEAR -> entry == null || !entry.overrides;
      case FORGET -> slot < 0;
    };
  }

  /**
   * The entry of the key after the change; null if the key is to be forgotten.
   *
   * @param old what decided for the key until then, which is final
   * @param overridden whether the key had limits of its own
   */
  KeyEntry apply(EntryLimiter old, boolean overridden, EntryLimiters limiters, long nanoTime) {
    return switch (kind) {
      case OVERRIDE -> new KeyEntry(limiters.changed(old, limits, nanoTime), true);
      case CLEAR -> new KeyEntry(limiters.changed(old, limits, nanoTime), false);
      case FORGET ->
        overridden || old.isInFlight()
            ? new KeyEntry(limiters.reset(old, nanoTime), overridden)
            : null;
    };
  }
}
