package io.limiter.keyed;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A table whose keys are objects, compared by equals: a reference and one byte of hash each. */
final class ObjectTable extends Table {
  /*
   * Representation. A key is in `keys`, in the first slot from its home that was empty when it came.
   *   `tags` has one byte of each key's hash, or 0 if it is not yet known. So a search compares keys
   *   that differ only once in 255 times. `hints`, in a small table, lead from a key's hashCode, which
   *   a String keeps, to its slot: they hold slot + 1, or 0. A hint is at most TRIES places from where
   *   the hashCode says. `hashes` has the whole hash of keys that might not tell it again, or 0: it is
   *   made when the first of them comes.
   * Invariants.
   *   I1  A slot goes from null to a key, or from null to SEAL, and stays so.
   *   I2  A key is in one slot at most: all threads that bring it look at the same slots in the same
   *       order, and none goes on past an empty slot.
   *   I3  A tag is 0 or that of the key in the slot.
   *   I4  A hint is 0 or leads to a slot with a key, for good. That need not be the key that is looked
   *       for: the keys are compared. So keys with one hashCode, or a hint that was lost to another
   *       key, cost TRIES comparisons and no more.
   * Linearization. claim: the successful compare-and-set of the slot, or the read that finds the key.
   *   find: its last read of a slot.
   * Memory ordering.
   *   field    read     write            why that is enough
   *   keys[i]  acquire  compareAndSet    I1; a key is published with what its owner wrote to it
   *   tags[i]  plain    plain            I3; a thread that still reads 0 compares the key
   *   hashes[i] acquire release          it is written after the key: who reads 0 asks the key
   *   hints[i] plain    plain            I4; a thread that reads 0 or an empty slot searches by hash
   * Progress. Wait-free: a search ends at a slot that is not taken, and there is one, as `limit` is
   *   less than `length`.
   * Arithmetic. none.
   * Rejected. Robin Hood order and deletion in place (slots would change their keys). Keeping the
   *   hash of text (8 bytes per key). No tags (each key on the way costs another cache line or two). Hints
   *   that are set when a key is found (a denied call would write), or in large tables (each wrong
   *   hint costs a cache line or two).
   * Sources. Click, A lock-free hash table, 2007, without its values.
   */
  private static final VarHandle KEY = ConstantBootstraps.arrayVarHandle(
      MethodHandles.lookup(), "_", VarHandle.class, Object[].class);

  private static final VarHandle HASH =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);
  private static final VarHandle HASHES = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "hashes", VarHandle.class, ObjectTable.class, long[].class);

  private static final Object SEAL = new Object();

  private static final int TRIES = 4; // hints looked at for a key
  private static final int MULTIPLIER = 0x9E3779B9; // 2^32 / golden ratio, odd

  private final @Nullable Object[] keys;
  private final byte[] tags;
  private volatile long @Nullable [] hashes; // null: no key needs one
  private final int hintShift; // leaves as many high bits as an index of hints has

  ObjectTable(Shape shape) {
    super(shape);
    this.keys = new Object[shape.length()];
    this.tags = new byte[shape.length()];
    this.hintShift = hints == null ? 0 : Integer.numberOfLeadingZeros(hints.length) + 1;
  }

  @Override
  Table create(Shape next) {
    return new ObjectTable(next);
  }

  @Override
  int find(Object key, long hash) {
    byte tag = tag(hash);
    for (int slot = home(hash); ; slot = after(slot)) {
      byte seen = tags[slot];
      if (seen == tag || seen == 0) {
        Object other = KEY.getAcquire(keys, slot);
        if (other == key) {
          return slot;
        }
        if (other == null) {
          return ABSENT;
        }
        if (other == SEAL) {
          return SEALED;
        }
        if (key.equals(other)) {
          return slot;
        }
      }
    }
  }

  @Override
  @SuppressWarnings("NullAway") // called if there are hints
  int hint(Object key) {
    int at = place(key.hashCode());
    int slot = hints[at] - 1;
    if (slot < 0) {
      return ABSENT;
    }
    Object other = KEY.getAcquire(keys, slot);
    return other == key || key.equals(other) ? slot : hintAfter(at, key);
  }

  /** The later tries of {@link #hint}: apart, so that the first one is compiled without a loop. */
  @SuppressWarnings("NullAway") // as hint
  private int hintAfter(int at, Object key) {
    for (int i = 1; i < TRIES; i++) {
      int slot = hints[at + i & hints.length - 1] - 1;
      if (slot < 0) {
        return ABSENT;
      }
      Object other = KEY.getAcquire(keys, slot);
      if (other == key || key.equals(other)) {
        return slot;
      }
    }
    return ABSENT;
  }

  private void setHint(Object key, int slot) {
    if (hints == null) {
      return;
    }
    int first;
    try {
      first = place(key.hashCode());
    } catch (RuntimeException | Error e) {
      return; // that of another caller, perhaps: it harms only its own calls
    }
    for (int i = 0; i < TRIES; i++) {
      int at = first + i & hints.length - 1;
      if (hints[at] == 0) {
        hints[at] = (char) (slot + 1);
        return;
      }
    }
  }

  private int place(int hashCode) {
    return hashCode * MULTIPLIER >>> hintShift;
  }

  @Override
  int claim(Object key, long hash, int crowd) {
    if (!reserve()) {
      return FULL;
    }
    byte tag = tag(hash);
    int met = 0; // keys with this tag
    for (int slot = home(hash); ; slot = after(slot)) {
      byte seen = tags[slot];
      if (seen != tag && seen != 0) {
        continue;
      }
      Object other = KEY.getAcquire(keys, slot);
      if (other == null && met <= crowd) {
        other = KEY.compareAndExchange(keys, slot, null, key);
        if (other == null) {
          tags[slot] = tag;
          keepHash(key, slot, hash);
          setHint(key, slot);
          return slot;
        }
      }
      if (other == null || other == SEAL) {
        unreserve();
        return other == null ? CROWDED : SEALED;
      }
      if (other == key || key.equals(other)) {
        unreserve();
        return slot;
      }
      met++;
    }
  }

  @Override
  void seal() {
    for (int slot = 0; slot < length; slot++) {
      KEY.compareAndSet(keys, slot, null, SEAL);
    }
  }

  @Override
  boolean holds(int slot) {
    Object key = KEY.getAcquire(keys, slot);
    return key != null && key != SEAL;
  }

  @Override
  Object key(int slot) {
    return KEY.getAcquire(keys, slot);
  }

  @Override
  int copy(Table from, int slot, ToLongFunction<Object> hash) {
    return add(from.key(slot), ((ObjectTable) from).hash(slot, hash));
  }

  @Override
  int add(Object key, long hash) {
    int slot = home(hash);
    while (keys[slot] != null) {
      slot = after(slot);
    }
    keys[slot] = key;
    tags[slot] = tag(hash);
    keepHash(key, slot, hash);
    setHint(key, slot);
    return slot;
  }

  /** Keeps a hash that comes from code of the caller, which may throw the next time. */
  private void keepHash(Object key, int slot, long hash) {
    if (isText(key) && !shape.hashed()) {
      return;
    }
    long[] all = hashes;
    if (all == null) {
      long[] fresh = new long[length];
      all = (long[]) HASHES.compareAndExchange(this, null, fresh);
      all = all == null ? fresh : all;
    }
    HASH.setRelease(all, slot, hash);
  }

  private static boolean isText(Object key) {
    return key instanceof String || key instanceof Long || key instanceof Integer;
  }

  private long hash(int slot, ToLongFunction<Object> hash) {
    long[] all = hashes;
    long kept = all == null ? 0 : (long) HASH.getAcquire(all, slot);
    return kept == 0 ? hash.applyAsLong(key(slot)) : kept;
  }

  /** One byte of the hash that home() does not depend on; never 0. */
  private static byte tag(long hash) {
    byte tag = (byte) hash;
    return tag == 0 ? 1 : tag;
  }
}
