package io.limiter.store;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What this process saw last of each of the latest keys: version and words, to remind a store that lost them.
 * A table of fixed size; a key that meets another in its place takes the place.
 */
final class SeenWords {
  /** Remembers nothing. */
  static final SeenWords NONE = new SeenWords(0);

  private record Entry(String key, StoredValue value) {}

  private final int length; // 0 or a power of two

  /** Null until something is remembered: a limiter may be made with another size, or get no work. */
  private final AtomicReference<@Nullable AtomicReferenceArray<Entry>> table =
      new AtomicReference<>();

  SeenWords(int keys) {
    length = keys == 0 ? 0 : Integer.highestOneBit(Math.max(keys, 2) - 1) << 1;
  }

  /** The newest value of {@code key} that was seen under these limits; absent if none is known. */
  StoredValue of(String key, StoreLimits limits) {
    AtomicReferenceArray<Entry> entries = table.get();
    Entry entry = entries == null ? null : entries.get(place(key));
    return entry != null && entry.key.equals(key) && entry.value.id().equals(limits.id())
        ? entry.value
        : StoredValue.absent(limits.id(), limits.rates().length);
  }

  /** Remembers {@code value}, unless a newer one of the same key is known. */
  void remember(String key, StoredValue value) {
    if (length == 0 || value.version() == 0) {
      return;
    }
    AtomicReferenceArray<Entry> entries = table();
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

  private AtomicReferenceArray<Entry> table() {
    AtomicReferenceArray<Entry> made = table.get();
    if (made == null) {
      AtomicReferenceArray<Entry> mine = new AtomicReferenceArray<>(length);
      made = table.compareAndSet(null, mine) ? mine : table();
    }
    return made;
  }

  private int place(String key) {
    int hash = key.hashCode();
    return (hash ^ hash >>> 16) & length - 1;
  }
}
