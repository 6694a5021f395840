package io.limiter.tool;

import java.util.Arrays;

/**
 * Numbers byte strings in the order in which they first appear: 0, 1, 2 and so on. A key costs its
 * bytes, 6 more, up to a multiple of 8; 4 for its place; and 5.3 to 10.7 for its slot. Chunks, so that
 * growing copies the slots alone. A look-up reads a slot and the key that it leads to, no more, as
 * each may be a miss of the cache.
 *
 * <p>The hash is seeded, so that nobody who writes to a log can make its keys collide; the numbers do
 * not depend on the seed.
 */
final class KeyTable {
  /** The longest key, bytes. */
  static final int MAX_KEY_BYTES = 1 << 12;

  private static final int CHUNK_BITS = 16;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int UNIT_BITS = 3; // a key begins at a multiple of 8 bytes
  private static final int UNITS_BITS = 29; // of the arena: 4 GB
  private static final int UNITS_MASK = (1 << UNITS_BITS) - 1;
  private static final int HEADER = Integer.BYTES + 2; // its number, and the length of its bytes
  private static final int MAX_SLOTS = 1 << 30;
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L; // 2^64 / golden ratio, odd

  private final long seed;
  private byte[][] arena = new byte[4][]; // of each key its header, then its bytes
  private int lastChunk;
  private int lastUsed = 1 << UNIT_BITS; // bytes of the last chunk; unit 0 of all holds no key

  private int[][] places = new int[4][]; // of each key: its unit
  private int size;

  // A slot is 0 or the unit of a key; the three highest bits are those of its hash.
  private int[] slots = new int[1 << 5];

  private long[] hashes = {}; // of the keys that are looked up together
  private int fetched; // what was read ahead, kept so that the compiler does not leave it out

  KeyTable() {
    this(System.nanoTime() * MULTIPLIER);
  }

  KeyTable(long seed) {
    this.seed = seed;
    this.arena[0] = new byte[CHUNK];
  }

  /**
   * The number of the key {@code bytes[from..to)}, a new one if it was not there.
   *
   * @throws UncheckedLogException if there is no room for one more
   */
  int idOf(byte[] bytes, int from, int to) {
    return idOf(hash(bytes, from, to), bytes, from, to);
  }

  /**
   * Does what {@link #idOf(byte[], int, int)} does for several keys, one after the other. This is
   * quicker: first it reads the slot of each key, then the header that each slot leads to. No such
   * read waits for another, so the processor waits for many misses of the cache at once.
   *
   * @param bytes the keys, without anything between them
   * @param ends where each of them ends
   * @param count how many keys there are
   * @param ids takes their numbers
   * @throws UncheckedLogException if there is no room for all of them
   */
  void idsOf(byte[] bytes, int[] ends, int count, int[] ids) {
    if (hashes.length < count) {
      hashes = new long[count];
    }
    for (int i = 0, from = 0; i < count; from = ends[i++]) {
      hashes[i] = hash(bytes, from, ends[i]);
      ids[i] = slots[(int) hashes[i] & slots.length - 1];
    }
    int sum = 0;
    for (int i = 0; i < count; i++) {
      int unit = ids[i] & UNITS_MASK;
      sum += chunk(unit)[offset(unit)];
    }
    fetched = sum;
    for (int i = 0, from = 0; i < count; from = ends[i++]) {
      ids[i] = idOf(hashes[i], bytes, from, ends[i]);
    }
  }

  private int idOf(long hash, byte[] bytes, int from, int to) {
    int mask = slots.length - 1;
    int tag = tag(hash);
    int slot = (int) hash & mask;
    for (int content = slots[slot]; content != 0; content = slots[slot]) {
      if ((content & ~UNITS_MASK) == tag) {
        byte[] chunk = chunk(content & UNITS_MASK);
        int at = offset(content & UNITS_MASK);
        if (length(chunk, at) == to - from
            && Bytes.equal(chunk, at + HEADER, bytes, from, to - from)) {
          return Bytes.intAt(chunk, at);
        }
      }
      slot = slot + 1 & mask;
    }
    slots[slot] = tag | add(bytes, from, to);
    if (size >= slots.length - (slots.length >> 2)) {
      rehash();
    }
    return size - 1;
  }

  /** How many keys there are: their numbers are below. */
  int size() {
    return size;
  }

  /** A copy of the bytes of a key. */
  byte[] key(int id) {
    int unit = places[id >> CHUNK_BITS][id & CHUNK - 1];
    byte[] chunk = chunk(unit);
    int at = offset(unit);
    return Arrays.copyOfRange(chunk, at + HEADER, at + HEADER + length(chunk, at));
  }

  /** Compares two keys as unsigned bytes: for UTF-8 that is the order of the characters. */
  int compare(int id, int other) {
    return Arrays.compareUnsigned(key(id), key(other));
  }

  private byte[] chunk(int unit) {
    return arena[unit >> CHUNK_BITS - UNIT_BITS];
  }

  private static int offset(int unit) {
    return unit << UNIT_BITS & CHUNK - 1;
  }

  private static int length(byte[] chunk, int at) {
    return (chunk[at + Integer.BYTES] & 0xff) << 8 | chunk[at + Integer.BYTES + 1] & 0xff;
  }

  private static int tag(long hash) {
    return (int) (hash >>> 32) & ~UNITS_MASK;
  }

  /** Adds a key, and answers its unit. */
  private int add(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length > MAX_KEY_BYTES) {
      throw new IllegalArgumentException("key: " + length + " bytes (expected: <= 4096)");
    }
    if (HEADER + length > CHUNK - lastUsed) {
      nextChunk();
    }
    if ((size & CHUNK - 1) == 0) {
      if (size >> CHUNK_BITS == places.length) {
        places = Arrays.copyOf(places, places.length * 2);
      }
      places[size >> CHUNK_BITS] = new int[CHUNK];
    }
    byte[] chunk = arena[lastChunk];
    int at = lastUsed;
    Bytes.putInt(chunk, at, size);
    chunk[at + Integer.BYTES] = (byte) (length >> 8);
    chunk[at + Integer.BYTES + 1] = (byte) length;
    System.arraycopy(bytes, from, chunk, at + HEADER, length);
    int unit = lastChunk << CHUNK_BITS - UNIT_BITS | at >> UNIT_BITS;
    places[size >> CHUNK_BITS][size & CHUNK - 1] = unit;
    lastUsed = at + HEADER + length + (1 << UNIT_BITS) - 1 & -(1 << UNIT_BITS);
    size++;
    return unit;
  }

  private void nextChunk() {
    if (lastChunk + 1 == 1 << UNITS_BITS - (CHUNK_BITS - UNIT_BITS)
        || size > MAX_SLOTS - (MAX_SLOTS >> 2) - CHUNK) {
      throw new UncheckedLogException("there are more keys than 4 GB hold; group them, such as"
          + " with --by client/24/64, or split the log");
    }
    lastChunk++;
    if (lastChunk == arena.length) {
      arena = Arrays.copyOf(arena, arena.length * 2);
    }
    arena[lastChunk] = new byte[CHUNK];
    lastUsed = 0;
  }

  private void rehash() {
    int[] larger = new int[slots.length * 2];
    int mask = larger.length - 1;
    for (int id = 0; id < size; id++) {
      int unit = places[id >> CHUNK_BITS][id & CHUNK - 1];
      byte[] chunk = chunk(unit);
      int from = offset(unit) + HEADER;
      long hash = hash(chunk, from, from + length(chunk, from - HEADER));
      int slot = (int) hash & mask;
      while (larger[slot] != 0) {
        slot = slot + 1 & mask;
      }
      larger[slot] = tag(hash) | unit;
    }
    slots = larger;
  }

  private long hash(byte[] bytes, int from, int to) {
    long hash = fold(seed ^ to - from);
    long tail = 0;
    if (to - from < Long.BYTES) {
      for (int i = from; i < to; i++) {
        tail = tail << Byte.SIZE | bytes[i] & 0xff;
      }
    } else {
      int last = to - Long.BYTES;
      for (int i = from; i < last; i += Long.BYTES) {
        hash = fold(hash ^ Bytes.longAt(bytes, i));
      }
      tail = Bytes.longAt(bytes, last); // some of these bytes may be in the hash already
    }
    hash = fold(hash ^ tail);
    return hash ^ hash >>> 32;
  }

  private static long fold(long x) {
    return x * MULTIPLIER ^ Math.multiplyHigh(x, MULTIPLIER);
  }
}
