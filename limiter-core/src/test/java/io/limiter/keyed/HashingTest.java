package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
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
}
