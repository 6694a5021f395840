package io.limiter.keyed;

import io.limiter.GcraMath;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one segment and their state: an open-addressing table. A slot only ever goes from
 * empty to a key or to a seal. When the table is full, or when a key's state changes its form, {@link
 * Segments} freezes the table and publishes another.
 *
 * <p>Subclasses keep the keys, as objects or as longs. This class keeps the state: the words of each
 * key and, in tables that need it, a {@link KeyEntry} per key.
 */
abstract class Table extends WordArray {
  /** From {@link #find}: the key is not here, and may take a slot that is empty. */
  static final int ABSENT = -1;

  /** From {@link #find} and {@link #claim}: the key is not here; the table takes no more keys. */
  static final int SEALED = -2;

  /** From {@link #claim}: the table holds as many keys as it may. */
  static final int FULL = -3;

  /** From {@link #claim}: the table takes no more keys with this hash, so that no search is long. */
  static final int CROWDED = -4;

  /** The table does not take a key that meets more than so many keys with the same tag. */
  static final int CROWD = 32;

  private static final VarHandle ENTRY = ConstantBootstraps.arrayVarHandle(
      MethodHandles.lookup(), "_", VarHandle.class, KeyEntry[].class);

  private static final VarHandle ENTRIES = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "entries", VarHandle.class, Table.class, KeyEntry[].class);

  private static final KeyEntry[] CLOSED = {};

  private static final VarHandle USED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "used", VarHandle.class, Table.class, int.class);

  private static final VarHandle REFUNDS = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "refunds", VarHandle.class, Table.class, int.class);

  /** What a table is built with, besides its keys. */
  record Shape(
      int length, // slots
      int limit, // keys; less than length, so that a slot is always empty
      int spare, // slots beyond length, which no hash leads to
      int segmentBits, // high bits of a hash that all keys here have in common
      boolean last, // whether the next table may have no room for more keys
      boolean hasEntries, // whether keys here have a KeyEntry from the start
      boolean planned, // whether a key is looked up before its words decide
      boolean hashed, // whether the caller hashes keys: then the hashes are kept
      boolean hinted, // whether there are hints: fewer than 2^16 slots
      KeyTerms all, // what keys are held to that have no limits of their own
      ChangedKey changed, // the key of the segment that was changed last, and then forgotten
      long floor, // clock reading: a KeyEntry that is made here counts no reading before it
      long[] origins, // one per rate, in its units
      long[] floors) {} // one per rate: the word of a key that is not here

  /**
   * A key that an operator changed, or made as new, and that was forgotten then: what it was charged before
   * is no part of what it is when it comes again. Each leads to the next one. So a call that comes late
   * finds all that came after its table, and one that no call needs is garbage.
   */
  static final class ChangedKey {
    private final Object key;
    private final long hash;
    private volatile @Nullable ChangedKey before; // null once it leads here
    private volatile @Nullable ChangedKey next;

    ChangedKey(Object key, long hash, @Nullable ChangedKey before) {
      this.key = key;
      this.hash = hash;
      this.before = before;
    }

    ChangedKey after(ChangedKey earlier) {
      return new ChangedKey(key, hash, earlier);
    }

    /** Asks the equals of {@code other}, the caller's key: if it throws, it harms its own call. */
    private boolean isKey(Object other, long otherHash) {
      return hash == otherHash && (key == other || other.equals(key));
    }

    /** Makes those before lead here, once the table of this one is published: the first one first. */
    private void link() {
      ChangedKey previous = before;
      if (previous != null) {
        previous.link();
        previous.next = this;
        before = null;
      }
    }
  }

  final Shape shape;
  final int length;
  final int segmentBits;

  /** The math of the only rate, if it counts ns; or null. */
  final @Nullable GcraMath math;

  /** The KeyEntry of slot s, or null; null while no key here has one; CLOSED if none ever will. */
  private volatile @Nullable KeyEntry @Nullable [] entries;

  /** Where to look for a key first: see {@link ObjectTable}; or null. */
  final char @Nullable [] hints;

  /** Keys here, and those that are being claimed. */
  private volatile int used;

  /** How often permits were given back: each time, a key may have become fresh before its time. */
  private volatile int refunds;

  /** Why a full table need not be looked at again, or null. */
  private volatile @Nullable NoRoom noRoom;

  /** The table has no room before the reading {@code until}, if nothing was given back since. */
  private record NoRoom(long until, int refunds) {}

  Table(Shape shape) {
    super(shape.length + shape.spare, shape.planned, shape.floors, shape.origins);
    this.shape = shape;
    this.math = shape.all.math();
    this.length = shape.length;
    this.segmentBits = shape.segmentBits;
    this.entries = shape.hasEntries ? new KeyEntry[slots()] : null;
    this.hints = shape.hinted ? new char[4 * Integer.highestOneBit(length)] : null;
  }

  // Keys.

  /** The slot of the key, {@link #ABSENT} or {@link #SEALED}. Writes nothing. */
  abstract int find(Object key, long hash);

  /** The slot of the key, found without its hash; or ABSENT, which says nothing. If there are hints. */
  int hint(Object key) {
    return ABSENT;
  }

  /** The slot of the key, which takes one if it was absent; or SEALED, FULL or CROWDED. */
  final int claim(Object key, long hash) {
    return claim(key, hash, CROWD);
  }

  /** The same, if it meets no more than {@code crowd} keys with the same tag. */
  abstract int claim(Object key, long hash, int crowd);

  /** Seals every empty slot. */
  abstract void seal();

  /** Whether a key is in the slot. */
  abstract boolean holds(int slot);

  /** The key in the slot, which holds one; for a table of longs, its hash, boxed. */
  abstract Object key(int slot);

  /** Copies the key in {@code slot} of {@code from} to here, before this table is published. */
  abstract int copy(Table from, int slot, ToLongFunction<Object> hash);

  /** Takes a slot for a key that is not here, before this table is published. */
  abstract int add(Object key, long hash);

  /** A table of the same kind. */
  abstract Table create(Shape next);

  /** Slots that may hold a key. */
  final int slots() {
    return length + shape.spare;
  }

  /** The slot where the search for a hash begins: its order is that of the hashes. */
  final int home(long hash) {
    return (int) ((hash << segmentBits >>> 32) * length >>> 32);
  }

  final int after(int slot) {
    return slot + 1 == length ? 0 : slot + 1;
  }

  /** Counts one more key, if there is room for one. */
  final boolean reserve() {
    if (used >= shape.limit) {
      return false; // without writing: a flood of keys comes this way
    }
    if ((int) USED.getAndAdd(this, 1) < shape.limit) {
      return true;
    }
    unreserve();
    return false;
  }

  final void unreserve() {
    USED.getAndAdd(this, -1);
  }

  /** How many keys are here. */
  final int size() {
    return Math.min(used, shape.limit);
  }

  /** Before this table is published. */
  final void setSize(int size) {
    used = size;
  }

  // State.

  /** The entry of a slot; null if it has none; {@link KeyEntry#NONE} if it will never have one here. */
  final @Nullable KeyEntry entry(int slot) {
    KeyEntry[] all = entries;
    if (all == null || all == CLOSED) {
      return all == null ? null : KeyEntry.NONE;
    }
    return (KeyEntry) ENTRY.getVolatile(all, slot);
  }

  /** Gives a slot {@code entry}, if it has none; answers what it has then. */
  final KeyEntry addEntry(int slot, KeyEntry entry) {
    KeyEntry[] all = entries;
    if (all == null) {
      KeyEntry[] fresh = new KeyEntry[slots()];
      all = (KeyEntry[]) ENTRIES.compareAndExchange(this, null, fresh);
      all = all == null ? fresh : all;
    }
    if (all == CLOSED) {
      return KeyEntry.NONE;
    }
    KeyEntry other = (KeyEntry) ENTRY.compareAndExchange(all, slot, null, entry);
    return other == null ? entry : other;
  }

  /** Before this table is published: the words of the slot decide no more. */
  final void putEntry(int slot, KeyEntry entry) {
    addEntry(slot, entry);
    freezeWords(slot);
  }

  /**
   * Makes every slot and every word final: first that none gets an entry any more. Idempotent; may be done
   * by several threads at once.
   */
  final void freeze() {
    shape.changed.link();
    KeyEntry[] all = entries;
    if (all == null) {
      all = (KeyEntry[]) ENTRIES.compareAndExchange(this, null, CLOSED);
    }
    if (all != null && all != CLOSED) {
      for (int slot = 0; slot < all.length; slot++) {
        ENTRY.compareAndSet(all, slot, null, KeyEntry.NONE);
      }
    }
    seal();
    freezeWords();
  }

  /** Whether keys are held to the same limits as in {@code then}, and this one was not made as new. */
  final boolean isSameSince(Table then, Object key, long hash) {
    return shape.all() == then.shape.all() && !isChangedSince(then, key, hash);
  }

  /** Whether the key was changed and forgotten between {@code before} and this table. */
  @SuppressWarnings("NullAway") // once linked, all before the last have a next
  final boolean isChangedSince(Table before, Object key, long hash) {
    shape.changed.link();
    ChangedKey changed = before.shape.changed;
    while (changed != shape.changed) {
      changed = changed.next;
      if (changed.isKey(key, hash)) {
        return true;
      }
    }
    return false;
  }

  // Full tables: see Segments.hasRoom.

  final int refunds() {
    return refunds;
  }

  /** Permits were given back. */
  final void countRefund() {
    REFUNDS.getAndAdd(this, 1);
  }

  final boolean mayHaveRoom(long nanoTime) {
    NoRoom known = noRoom;
    return known == null || known.refunds != refunds || nanoTime - known.until >= 0;
  }

  /** What a look found that began when {@link #refunds} was {@code refundsThen}. */
  final void noRoomBefore(long nanoTime, int refundsThen) {
    noRoom = new NoRoom(nanoTime, refundsThen);
  }
}
