package io.limiter.tool;

import java.util.Arrays;

/**
 * Numbers byte strings in the order in which they first appear: 0, 1, 2 and so on. A key costs its
 * bytes, 2 for their length, 4 for its place and 5.3 to 10.7 for its slot. Chunks, so that growing
 * copies the slots alone.
 *
 * <p>The hash is seeded, so that nobody who writes to a log can make its keys collide; the numbers do
 * not depend on the seed.
 */
final class KeyTable {
  /** The longest key, bytes. */
  static final int MAX_KEY_BYTES = 1 << 12;

  private static final int CHUNK_BITS = 16;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final long MAX_ARENA = 1L << 32; // a place is an unsigned int
  private static final int MAX_SLOT_BITS = 30;
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L; // 2^64 / golden ratio, odd

  private final long seed;
  private byte[][] arena = new byte[4][]; // of each key two bytes of length, then its bytes
  private int lastChunk = -1;
  private int lastUsed = CHUNK; // bytes of the last chunk

  private int[][] places = new int[4][]; // of each key: chunk << 16 | offset
  private int size;

  // A slot is 0 or, in its low bits, key + 1; above them are bits of the hash.
  private int slotBits = 5;
  private int[] slots = new int[1 << slotBits];

  KeyTable() {
    this(System.nanoTime() * MULTIPLIER);
  }

  KeyTable(long seed) {
    this.seed = seed;
  }

  /**
   * The number of the key {@code bytes[from..to)}, a new one if it was not there.
   *
   * @throws UncheckedLogException if there is no room for one more
   */
  int idOf(byte[] bytes, int from, int to) {
    long hash = hash(bytes, from, to);
    int mask = slots.length - 1;
    int tag = (int) (hash >>> 32) & ~mask;
    int slot = (int) hash & mask;
    while (slots[slot] != 0) {
      int content = slots[slot];
      if ((content & ~mask) == tag && equals((content & mask) - 1, bytes, from, to)) {
        return (content & mask) - 1;
      }
      slot = slot + 1 & mask;
    }
    add(bytes, from, to);
    slots[slot] = tag | size;
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
    byte[] chunk = chunk(id);
    int offset = offset(id);
    return Arrays.copyOfRange(chunk, offset, offset + length(chunk, offset));
  }

  /** Compares two keys as unsigned bytes: for UTF-8 that is the order of the characters. */
  int compare(int id, int other) {
    return Arrays.compareUnsigned(key(id), key(other));
  }

  private byte[] chunk(int id) {
    return arena[place(id) >>> CHUNK_BITS];
  }

  private int offset(int id) {
    return (place(id) & CHUNK - 1) + 2;
  }

  private int place(int id) {
    return places[id >> CHUNK_BITS][id & CHUNK - 1];
  }

  private static int length(byte[] chunk, int offset) {
    return (chunk[offset - 2] & 0xff) << 8 | chunk[offset - 1] & 0xff;
  }

  private boolean equals(int id, byte[] bytes, int from, int to) {
    byte[] chunk = chunk(id);
    int offset = offset(id);
    int length = to - from;
    return length(chunk, offset) == length && Bytes.equal(chunk, offset, bytes, from, length);
  }

  private void add(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length > MAX_KEY_BYTES) {
      throw new IllegalArgumentException("key: " + length + " bytes (expected: <= 4096)");
    }
    if (length + 2 > CHUNK - lastUsed) {
      if ((long) (lastChunk + 1) << CHUNK_BITS == MAX_ARENA || slotBits == MAX_SLOT_BITS) {
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
    if ((size & CHUNK - 1) == 0) {
      if (size >> CHUNK_BITS == places.length) {
        places = Arrays.copyOf(places, places.length * 2);
      }
      places[size >> CHUNK_BITS] = new int[CHUNK];
    }
    byte[] chunk = arena[lastChunk];
    chunk[lastUsed] = (byte) (length >> 8);
    chunk[lastUsed + 1] = (byte) length;
    System.arraycopy(bytes, from, chunk, lastUsed + 2, length);
    places[size >> CHUNK_BITS][size & CHUNK - 1] = lastChunk << CHUNK_BITS | lastUsed;
    lastUsed += length + 2;
    size++;
  }

  private void rehash() {
    slotBits++;
    int[] larger = new int[1 << slotBits];
    int mask = larger.length - 1;
    for (int id = 0; id < size; id++) {
      byte[] chunk = chunk(id);
      int offset = offset(id);
      long hash = hash(chunk, offset, offset + length(chunk, offset));
      int slot = (int) hash & mask;
      while (larger[slot] != 0) {
        slot = slot + 1 & mask;
      }
      larger[slot] = (int) (hash >>> 32) & ~mask | id + 1;
    }
    slots = larger;
  }

  private long hash(byte[] bytes, int from, int to) {
    long hash = fold(seed ^ to - from);
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      hash = fold(hash ^ Bytes.longAt(bytes, i));
    }
    long tail = 0;
    for (; i < to; i++) {
      tail = tail << Byte.SIZE | bytes[i] & 0xff;
    }
    hash = fold(hash ^ tail);
    return hash ^ hash >>> 32;
  }

  private static long fold(long x) {
    return x * MULTIPLIER ^ Math.multiplyHigh(x, MULTIPLIER);
  }
}
