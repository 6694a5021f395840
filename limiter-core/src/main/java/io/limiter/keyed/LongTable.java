package io.limiter.keyed;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.ToLongFunction;

/** A table whose keys are longs: each is its hash, as that is a bijection. */
final class LongTable extends Table {
  /*
   * Representation. `hashes` has each key's hash, in the first slot from its home that was empty when
   *   it came. EMPTY and SEAL say that a slot has no key. The two keys that have these very hashes are
   *   always here, in two spare slots after the last.
   * Invariants, Linearization, Progress. Those of ObjectTable, without tags.
   * Memory ordering.
   *   field      read      write          why that is enough
   *   hashes[i]  volatile  compareAndSet  a slot goes from EMPTY to a hash or to SEAL and stays so
   * Arithmetic. none.
   * Rejected. A bit for each slot that says whether it is taken (two words to agree on). Refusing
   *   two keys (a caller cannot know which).
   * Sources. See ObjectTable.
   */
  private static final VarHandle HASH =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);

  private static final long EMPTY = 0;
  private static final long SEAL = 1;

  /** Stands for the object of a key: it has none. */
  static final Object NO_OBJECT = new Object();

  /** Of a key as {@link #key} tells it: it is its hash. */
  static final ToLongFunction<Object> HASH_OF_KEY = hash -> (Long) hash;

  /** For the keys whose hash is EMPTY or SEAL. */
  static final int SPARE = 2;

  private final long[] hashes;

  LongTable(Shape shape) {
    super(shape);
    this.hashes = new long[shape.length()];
  }

  @Override
  Table create(Shape next) {
    return new LongTable(next);
  }

  @Override
  int find(Object none, long hash) {
    int home = home(hash);
    return (long) HASH.getVolatile(hashes, home) == hash && hash >>> 1 != 0
        ? home
        : findFrom(home, hash);
  }

  /** The rest of find, if the key is not at home: apart, as a loop makes the caller's code slower. */
  private int findFrom(int home, long hash) {
    if (hash >>> 1 == 0) {
      return length + (int) hash;
    }
    for (int slot = home; ; slot = after(slot)) {
      long other = (long) HASH.getVolatile(hashes, slot);
      if (other == hash) {
        return slot;
      }
      if (other == EMPTY) {
        return ABSENT;
      }
      if (other == SEAL) {
        return SEALED;
      }
    }
  }

  @Override
  int claim(Object none, long hash, int crowd) {
    if (!reserve()) {
      return FULL;
    }
    for (int slot = home(hash); ; slot = after(slot)) {
      long other = (long) HASH.getVolatile(hashes, slot);
      if (other == EMPTY) {
        other = (long) HASH.compareAndExchange(hashes, slot, EMPTY, hash);
        if (other == EMPTY) {
          return slot;
        }
      }
      if (other == hash || other == SEAL) {
        unreserve();
        return other == hash ? slot : SEALED;
      }
    }
  }

  @Override
  void seal() {
    for (int slot = 0; slot < length; slot++) {
      HASH.compareAndSet(hashes, slot, EMPTY, SEAL);
    }
  }

  @Override
  boolean holds(int slot) {
    return slot >= length || (long) HASH.getVolatile(hashes, slot) >>> 1 != 0;
  }

  @Override
  Object key(int slot) {
    return hash(slot);
  }

  private long hash(int slot) {
    return slot < length ? (long) HASH.getVolatile(hashes, slot) : slot - length;
  }

  @Override
  int copy(Table from, int slot, ToLongFunction<Object> none) {
    return add(NO_OBJECT, ((LongTable) from).hash(slot));
  }

  @Override
  int add(Object none, long hash) {
    if (hash >>> 1 == 0) {
      return length + (int) hash;
    }
    int slot = home(hash);
    while (hashes[slot] != EMPTY) {
      slot = after(slot);
    }
    hashes[slot] = hash;
    return slot;
  }
}
