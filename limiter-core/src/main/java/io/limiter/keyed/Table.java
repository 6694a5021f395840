package io.limiter.keyed;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * The keys of one segment and their state: an open-addressing table whose slots only ever go from
 * empty to a key or to a seal, and whose words only ever go from live to frozen. When it is full, or
 * a key's state has to change its form, {@link Store} freezes it and publishes another.
 *
 * <p>Subclasses keep the keys, as objects or as longs; here is the state: one word per rate, all
 * words of a key adjacent, and, in tables that need it, an {@link KeyEntry} per key.
 */
abstract class Table {
  /** From {@link #find}: not here, and a slot is empty that the key may take. */
  static final int ABSENT = -1;

  /** From {@link #find} and {@link #claim}: not here, and the table takes no more keys. */
  static final int SEALED = -2;

  /** From {@link #claim}: as many keys are here as may be. */
  static final int FULL = -3;

  /** From {@link #claim}: so many keys with this hash are here that the next is not worth it. */
  static final int CROWDED = -4;

  /** A key that meets more than so many keys with its hash, or part of it, is not taken. */
  static final int CROWD = 32;

  /** Added to a word that is final, as in {@link io.limiter.Gcra}: denies, whatever the reading. */
  static final long FROZEN = 1L << 62;

  static final VarHandle WORD =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);

  static final VarHandle OWN = ConstantBootstraps.arrayVarHandle(
      MethodHandles.lookup(), "_", VarHandle.class, KeyEntry[].class);

  private static final VarHandle USED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "used", VarHandle.class, Table.class, int.class);

  private static final VarHandle REFUNDS = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "refunds", VarHandle.class, Table.class, int.class);

  /** What a table is built with, besides its keys. */
  record Shape(
      int length, // slots
      int limit, // keys; less than length, so that a slot is always empty
      int spare, // slots after the last that no hash leads to
      int segmentBits, // high bits of a hash that all keys here have in common
      boolean last, // whether the next table may not have room for more keys
      int overrides, // keys with limits of their own
      boolean owns, // whether keys may have an KeyEntry
      boolean hinted, // whether there are hints: fewer than 2^16 slots
      Changed changed, // the latest change of a key of the segment
      long floor, // clock reading: an KeyEntry made here counts no reading before it
      long[] origins, // one per rate, in its units
      long[] floors) {} // one per rate: the word of a key that is not here

  /**
   * A change of one key's limits or level. Each leads to the next and, once it is linked, to none
   * before: a call that is late finds all that came after its table, and what no call needs is
   * garbage.
   */
  static final class Changed {
    private final Object key; // null: it is its hash
    private final long hash;
    private volatile Changed before; // null: it leads here
    private volatile Changed next;

    Changed(Object key, long hash, Changed before) {
      this.key = key;
      this.hash = hash;
      this.before = before;
    }

    /** Asks the equals of {@code other}, the caller's key: one that throws is the caller's own. */
    private boolean isOf(Object other, long otherHash) {
      return hash == otherHash && (key == other || other.equals(key));
    }

    /** Makes the one before lead here, once this one's table is published. Idempotent. */
    private void link() {
      Changed previous = before;
      if (previous != null) {
        previous.next = this;
        before = null;
      }
    }
  }

  final Shape shape;
  final int length;
  final int segmentBits;

  /** The origin of the first rate, in its units. */
  final long origin;

  /** The word of slot s and rate i, at s * rates + i: ticks since the origin. */
  final long[] words;

  /** The KeyEntry of slot s, or null; null if no key here has one. */
  final KeyEntry[] owns;

  /** Where to look for a key first: see {@link ObjectTable}; or null. */
  final char[] hints;

  /** Keys here, and those that are being claimed. */
  private volatile int used;

  /** How often permits were given back, so that a key may have become fresh before its time. */
  private volatile int refunds;

  /** Why a full table need not be looked at again, or null. */
  private volatile NoRoom noRoom;

  /** There is no room before the reading {@code until}, if nothing was given back since. */
  private record NoRoom(long until, int refunds) {}

  Table(Shape shape) {
    this.shape = shape;
    this.length = shape.length;
    this.segmentBits = shape.segmentBits;
    int slots = shape.length + shape.spare;
    int rates = shape.floors.length;
    this.origin = rates == 0 ? 0 : shape.origins[0];
    this.words = new long[slots * rates];
    for (int i = 0; i < rates; i++) {
      if (rates == 1) {
        Arrays.fill(words, shape.floors[0]);
      } else {
        for (int at = i; at < words.length; at += rates) {
          words[at] = shape.floors[i];
        }
      }
    }
    this.owns = shape.owns ? new KeyEntry[slots] : null;
    this.hints = shape.hinted ? new char[4 * Integer.highestOneBit(length)] : null;
  }

  // Keys.

  /** The slot of the key, {@link #ABSENT} or {@link #SEALED}. Writes nothing. */
  abstract int find(Object key, long hash);

  /** The slot of the key, found without its hash, or ABSENT, which says nothing; if hints. */
  int hint(Object key) {
    return ABSENT;
  }

  /** The slot of the key, which it takes if it was absent; SEALED, FULL or CROWDED. */
  abstract int claim(Object key, long hash);

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

  final long origin(int rate) {
    return rate == 0 ? origin : shape.origins[rate];
  }

  final long word(int at) {
    return (long) WORD.getVolatile(words, at);
  }

  final boolean casWord(int at, long expected, long next) {
    return WORD.compareAndSet(words, at, expected, next);
  }

  final KeyEntry own(int slot) {
    return owns == null ? null : (KeyEntry) OWN.getVolatile(owns, slot);
  }

  /** Makes every slot and every word final. Idempotent; may be done by several threads at once. */
  final void freeze() {
    shape.changed.link();
    seal();
    if (owns != null && shape.floors.length == 0) {
      for (int slot = 0; slot < owns.length; slot++) {
        OWN.compareAndSet(owns, slot, null, KeyEntry.NONE);
      }
    }
    for (int at = 0; at < words.length; at++) {
      freezeWord(at);
    }
  }

  private void freezeWord(int at) {
    while (true) {
      long word = word(at);
      if (isFrozen(word) || casWord(at, word, word + FROZEN)) {
        return;
      }
    }
  }

  static boolean isFrozen(long word) {
    return word > io.limiter.GcraMath.MAX_TAT;
  }

  static long thawed(long word) {
    return isFrozen(word) ? word - FROZEN : word;
  }

  /** Whether limits of the key, or its level, were changed between {@code before} and this table. */
  final boolean isChangedSince(Table before, Object key, long hash) {
    shape.changed.link();
    Changed changed = before.shape.changed;
    while (changed != shape.changed) {
      changed = changed.next;
      if (changed.isOf(key, hash)) {
        return true;
      }
    }
    return false;
  }

  // Full tables: see Store.hasRoom.

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

  /** Found by a look that began when {@code refunds} had that value. */
  final void noRoomBefore(long nanoTime, int refundsThen) {
    noRoom = new NoRoom(nanoTime, refundsThen);
  }
}
