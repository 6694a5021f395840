package io.limiter.store;

import java.util.Optional;

/**
 * What a charge left in the store, so that permits of it can be given back: by the plain rule of giving
 * back, {@code min(k*T, c - (G_now - G_then) - (t - s))} with {@code s + c = TAT} then.
 *
 * @param id the limits that priced the charge
 * @param version of the value that the charge wrote
 * @param permits how many were charged
 * @param words TAT of each rate right after the charge
 * @param tail how much the words had been lowered then: G_then
 */
record Receipt(
    String id, long version, long permits, Pair[] words, Optional<StoredValue.Tail> tail) {

  /** Nothing was charged. */
  static final Receipt NONE = new Receipt("", 0, 0, new Pair[0], Optional.empty());

  static Receipt of(StoredValue value, long permits) {
    return new Receipt(value.id(), value.version(), permits, value.words(), value.tail());
  }

  /** Whether the charge is in {@code value}: not if the limits changed since, or the store lost it. */
  boolean isOf(StoredValue value) {
    return id.equals(value.id()) && version <= value.version();
  }

  /** Which tail {@link #lowered} belongs to; 0 if there was none. */
  long since() {
    return tail.map(StoredValue.Tail::since).orElse(0L);
  }

  Pair lowered(int rate) {
    return tail.map(each -> each.lowered()[rate]).orElse(Pair.ZERO);
  }
}
