package io.limiter.store;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What this process saw last of each of the latest keys: version and words, to remind a store that lost them.
 * A table of fixed size; a key that meets another in its place takes the place.
 */
final class SeenWords {
  /** Remembers nothing. */
  static final SeenWords NONE = new SeenWords(0);

  private record Entry(String key, StoredValue value) {}

  private final int length; // 0 or a power of two
  private volatile AtomicReferenceArray<Entry> table; // null until something is remembered

  SeenWords(int keys) {
    length = keys == 0 ? 0 : Integer.highestOneBit(Math.max(keys, 2) - 1) << 1;
  }

  /** The newest value of {@code key} that was seen under these limits; absent if none is known. */
  StoredValue of(String key, StoreLimits limits) {
    AtomicReferenceArray<Entry> entries = table;
    Entry entry = entries == null ? null : entries.get(place(key));
    boolean known = entry != null && entry.key.equals(key) && entry.value.id().equals(limits.id());
    return known ? entry.value : StoredValue.absent(limits.id(), limits.rates().length);
  }

  /** Remembers {@code value}, unless a newer one of the same key is known. */
  void remember(String key, StoredValue value) {
    if (length == 0 || value.version() == 0) {
      return;
    }
    AtomicReferenceArray<Entry> entries = table == null ? makeTable() : table;
    Entry next = new Entry(key, value);
    int place = place(key);
    while (true) {
      Entry entry = entries.get(place);
      boolean newer = entry != null
          && entry.key.equals(key)
          && entry.value.id().equals(value.id())
          && entry.value.version() >= value.version();
      if (newer || entries.compareAndSet(place, entry, next)) {
        return;
      }
    }
  }

  /** Late, as a limiter that is made may be given another size, or no work. */
  private synchronized AtomicReferenceArray<Entry> makeTable() {
    if (table == null) {
      table = new AtomicReferenceArray<>(length);
    }
    return table;
  }

  private int place(String key) {
    int hash = key.hashCode();
    return (hash ^ hash >>> 16) & length - 1;
  }
}
