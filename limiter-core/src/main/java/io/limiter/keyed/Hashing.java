package io.limiter.keyed;

import java.security.SecureRandom;

/**
 * 64-bit hashes that depend on two random secrets, so that nobody outside can choose keys that
 * collide. Text is hashed by content. A {@code long} is hashed by a bijection, so its hash stands for
 * it.
 *
 * <p>Sources: the folded 64 x 64 bit product and its use on text are those of wyhash (Wang Yi, final
 * version 4); its constants are secrets here, since a block equal to a known constant would cancel
 * what came before it. The bijection is the finalizer of MurmurHash3 (Appleby) with Stafford's
 * constants (mix 13), keyed before and within.
 */
final class Hashing {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long M1 = 0xBF58476D1CE4E5B9L;
  private static final long M2 = 0x94D049BB133111EBL;
  private static final long INVERSE_M1 = inverse(M1);
  private static final long INVERSE_M2 = inverse(M2);

  private final long secret1;
  private final long secret2;

  Hashing(long secret1, long secret2) {
    this.secret1 = secret1;
    this.secret2 = secret2;
  }

  static Hashing random() {
    return new Hashing(RANDOM.nextLong(), RANDOM.nextLong());
  }

  /** Text and boxed integers are hashed by value, all else by {@link Object#hashCode()}. */
  long of(Object key) {
    if (key instanceof String text) {
      return ofText(text);
    }
    return ofLong(key instanceof Long number ? number : key.hashCode());
  }

  /** By content: 8 chars a step. */
  long ofText(String text) {
    int length = text.length();
    long hash = secret1;
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      hash = fold(four(text, i) ^ secret2, four(text, i + 4) ^ hash);
    }
    long rest = 0;
    if (i + 4 <= length) {
      rest = four(text, i);
      i += 4;
    }
    long last = 0;
    for (; i < length; i++) {
      last = last << 16 | text.charAt(i);
    }
    // The length comes last: where chars are, one could be chosen that cancels it.
    return fold(fold(rest ^ secret2, last ^ hash) ^ secret1 ^ length, secret2 ^ M1);
  }

  private static long four(String text, int i) {
    return (long) text.charAt(i) << 48
        | (long) text.charAt(i + 1) << 32
        | (long) text.charAt(i + 2) << 16
        | text.charAt(i + 3);
  }

  private static long fold(long a, long b) {
    return Math.multiplyHigh(a, b) ^ a * b;
  }

  /** One to one. */
  long ofLong(long key) {
    long x = key ^ secret1;
    x = (x ^ x >>> 30) * M1 ^ secret2;
    x = (x ^ x >>> 27) * M2;
    return x ^ x >>> 31;
  }

  /** The key whose hash is {@code hash}: {@code keyOf(ofLong(key)) == key}. */
  long keyOf(long hash) {
    long x = unshift(hash, 31) * INVERSE_M2;
    x = (unshift(x, 27) ^ secret2) * INVERSE_M1;
    return unshift(x, 30) ^ secret1;
  }

  /** The x with {@code x ^ x >>> bits == y}; bits of 22 or more. */
  private static long unshift(long y, int bits) {
    return y ^ y >>> bits ^ y >>> 2 * bits;
  }

  /** The inverse of an odd number modulo 2^64, by Newton's iteration. */
  private static long inverse(long odd) {
    long x = odd; // right in 3 bits
    for (int i = 0; i < 5; i++) {
      x *= 2 - odd * x;
    }
    return x;
  }
}
