package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class HashingTest {
  private static final int KEYS = 4096;

  /** Of so many random hashes 3223 are expected to be distinct in 13 bits, with a deviation of 23. */
  private static final int DISTINCT = 3000;

  /** The fewest distinct values in any 13 adjacent bits, over keys with any stride of a power of 2. */
  private static int leastDistinct(LongUnaryOperator hash) {
    int least = KEYS;
    for (int stride = 0; stride <= 52; stride++) {
      for (int bit = 0; bit <= 51; bit++) {
        BitSet seen = new BitSet();
        for (long key = 0; key < KEYS; key++) {
          seen.set((int) (hash.applyAsLong(key << stride) >>> bit) & 8191);
        }
        least = Math.min(least, seen.cardinality());
      }
    }
    return least;
  }

  @Test
  void ofLong_keysOfAnyStride_areSpread() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 8; i++) {
      int distinct = leastDistinct(new Hashing(random.nextLong(), random.nextLong())::ofLong);
      assertTrue(distinct >= DISTINCT, "distinct: " + distinct);
    }
  }

  @Test
  void canary_oneProduct_isCaught() {
    assertTrue(leastDistinct(key -> (key ^ 77) * 0x94D049BB133111EBL) < DISTINCT);
  }

  @Test
  void keyOf_hash_isTheKey() {
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < 1000; i++) {
      Hashing hashing = new Hashing(random.nextLong(), random.nextLong());
      long key = random.nextLong() >> random.nextInt(64);
      assertEquals(key, hashing.keyOf(hashing.ofLong(key)));
    }
  }

  /** Texts of 0 to 20 chars: one char, and every text that differs from that in one bit. */
  private static List<String> texts(char one) {
    List<String> texts = new ArrayList<>();
    for (int length = 0; length <= 20; length++) {
      char[] chars = new char[length];
      Arrays.fill(chars, one);
      texts.add(new String(chars));
      for (int i = 0; i < length * 16; i++) {
        chars[i / 16] ^= (char) (1 << i % 16);
        texts.add(new String(chars));
        chars[i / 16] = one;
      }
    }
    return texts;
  }

  @Test
  void ofText_textsThatDifferInABit_areSpread() {
    SplittableRandom random = new SplittableRandom(8);
    for (int i = 0; i < 8; i++) {
      Hashing hashing = new Hashing(random.nextLong(), random.nextLong());
      for (char one : new char[] {0, 'a', 0xFFFF}) {
        List<String> texts = texts(one);
        assertEquals(
            texts.size(), texts.stream().map(hashing::ofText).distinct().count());
        for (int bit = 0; bit <= 51; bit++) {
          BitSet seen = new BitSet();
          for (String text : texts.subList(0, Math.min(texts.size(), KEYS))) {
            seen.set((int) (hashing.ofText(text) >>> bit) & 8191);
          }
          assertTrue(
              seen.cardinality() >= texts.size() * 3L / 4, "distinct: " + seen.cardinality());
        }
      }
    }
  }

  @Test
  void ofText_eitherSecret_mattersInEveryBit() {
    SplittableRandom random = new SplittableRandom(9);
    for (String text : List.of("", "a", "abcd", "abcdefgh", "some text of 20 chars")) {
      Set<Long> hashes = new HashSet<>();
      long secret1 = random.nextLong();
      long secret2 = random.nextLong();
      for (int bit = 0; bit < 64; bit++) {
        hashes.add(new Hashing(secret1 ^ 1L << bit, secret2).ofText(text));
        hashes.add(new Hashing(secret1, secret2 ^ 1L << bit).ofText(text));
      }
      assertEquals(128, hashes.size());
    }
  }
}
