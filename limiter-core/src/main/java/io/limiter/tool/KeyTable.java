package io.limiter.tool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Numbers byte strings in the order in which they first appear: 0, 1, 2 and so on. The bytes are kept
 * in chunks; a key costs its bytes and at most 36 more.
 *
 * <p>The hash is seeded, so that nobody who writes to a log can make its keys collide; the numbers do
 * not depend on the seed.
 */
final class KeyTable {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int CHUNK_BYTES = 1 << 16;
  private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L; // 2^64 / golden ratio, odd

  private final long seed;
  private byte[][] chunks = {new byte[CHUNK_BYTES]};
  private int lastChunk;
  private int lastUsed; // bytes of the last chunk

  private long[] places = new long[16]; // of each key: chunk << 32 | offset
  private int[] lengths = new int[16]; // of each key, bytes
  private int[] hashes = new int[16]; // of each key
  private int size;

  private int[] slots = new int[32]; // key + 1, or 0; a power of two, at most half full

  KeyTable() {
    this(System.nanoTime() * MULTIPLIER);
  }

  KeyTable(long seed) {
    this.seed = seed;
  }

  /** The number of the key {@code bytes[from..to)}, a new one if it was not there. */
  int idOf(byte[] bytes, int from, int to) {
    int hash = hash(bytes, from, to);
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0) {
      int id = slots[slot] - 1;
      if (hashes[id] == hash && equals(id, bytes, from, to)) {
        return id;
      }
      slot = slot + 1 & mask;
    }
    slots[slot] = add(bytes, from, to, hash) + 1;
    if (size > slots.length / 2) {
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
    int offset = (int) places[id];
    return Arrays.copyOfRange(chunk(id), offset, offset + lengths[id]);
  }

  /** Compares two keys as unsigned bytes: for UTF-8 that is the order of the characters. */
  int compare(int id, int other) {
    int offset = (int) places[id];
    int otherOffset = (int) places[other];
    return Arrays.compareUnsigned(
        chunk(id),
        offset,
        offset + lengths[id],
        chunk(other),
        otherOffset,
        otherOffset + lengths[other]);
  }

  private byte[] chunk(int id) {
    return chunks[(int) (places[id] >>> 32)];
  }

  private boolean equals(int id, byte[] bytes, int from, int to) {
    int offset = (int) places[id];
    return Arrays.equals(chunk(id), offset, offset + lengths[id], bytes, from, to);
  }

  private int add(byte[] bytes, int from, int to, int hash) {
    int length = to - from;
    if (length > CHUNK_BYTES - lastUsed) {
      lastChunk++;
      if (lastChunk == chunks.length) {
        chunks = Arrays.copyOf(chunks, chunks.length * 2);
      }
      chunks[lastChunk] = new byte[Math.max(CHUNK_BYTES, length)];
      lastUsed = 0;
    }
    if (size == places.length) {
      int capacity = size + (size >> 1);
      places = Arrays.copyOf(places, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
      hashes = Arrays.copyOf(hashes, capacity);
    }
    System.arraycopy(bytes, from, chunks[lastChunk], lastUsed, length);
    places[size] = (long) lastChunk << 32 | lastUsed;
    lengths[size] = length;
    hashes[size] = hash;
    lastUsed += length;
    return size++;
  }

  private void rehash() {
    int[] larger = new int[slots.length * 2];
    int mask = larger.length - 1;
    for (int id = 0; id < size; id++) {
      int slot = hashes[id] & mask;
      while (larger[slot] != 0) {
        slot = slot + 1 & mask;
      }
      larger[slot] = id + 1;
    }
    slots = larger;
  }

  private int hash(byte[] bytes, int from, int to) {
    long hash = fold(seed ^ to - from);
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      hash = fold(hash ^ (long) LONGS.get(bytes, i));
    }
    long tail = 0;
    for (; i < to; i++) {
      tail = tail << Byte.SIZE | bytes[i] & 0xff;
    }
    hash = fold(hash ^ tail);
    return (int) (hash ^ hash >>> 32);
  }

  private static long fold(long x) {
    return x * MULTIPLIER ^ Math.multiplyHigh(x, MULTIPLIER);
  }
}
