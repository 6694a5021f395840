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

  private final AtomicReferenceArray<Entry> entries; // length 0 or a power of two

  SeenWords(int keys) {
    int length = keys == 0 ? 0 : Integer.highestOneBit(Math.max(keys, 2) - 1) << 1;
    entries = new AtomicReferenceArray<>(length);
  }

  /** The newest value of {@code key} that was seen under these limits; absent if none is known. */
  StoredValue of(String key, StoreLimits limits) {
    Entry entry = entries.length() == 0 ? null : entries.get(place(key));
    return entry != null && entry.key.equals(key) && entry.value.id().equals(limits.id())
        ? entry.value
        : StoredValue.absent(limits.id(), limits.rates().length);
  }

  /** Remembers {@code value}, unless a newer one of the same key is known. */
  void remember(String key, StoredValue value) {
    if (entries.length() == 0 || value.version() == 0) {
      return;
    }
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

  private int place(String key) {
    int hash = key.hashCode();
    return (hash ^ hash >>> 16) & entries.length() - 1;
  }
}
