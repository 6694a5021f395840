package io.limiter.keyed;

import io.limiter.GcraMath;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The words of some slots: one word per rate, all words of a slot adjacent, in ticks since the origin
 * of the rate. A word only ever goes from live to frozen; then it is final.
 */
class WordArray {
  /** Added to a word that is final, as in {@link io.limiter.Gcra}: denies, whatever the reading. */
  static final long FROZEN = 1L << 62;

  private static final VarHandle WORD =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);

  /** The origin of the first rate, in its units. */
  final long origin;

  /** The word of slot s and rate i, at s * rates + i. */
  final long[] words;

  /** The words, one per rate, of a slot that was not used. */
  final long[] initial;

  private final long[] origins; // one per rate, in its units

  WordArray(int slots, long[] initial, long[] origins) {
    int rates = initial.length;
    this.origin = rates == 0 ? 0 : origins[0];
    this.origins = origins;
    this.initial = initial;
    this.words = new long[slots * rates];
    for (int i = 0; i < rates; i++) {
      if (rates == 1) {
        Arrays.fill(words, initial[0]);
      } else {
        for (int at = i; at < words.length; at += rates) {
          words[at] = initial[i];
        }
      }
    }
  }

  final long origin(int rate) {
    return rate == 0 ? origin : origins[rate];
  }

  final long word(int at) {
    return (long) WORD.getVolatile(words, at);
  }

  final boolean casWord(int at, long expected, long next) {
    return WORD.compareAndSet(words, at, expected, next);
  }

  /** Makes every word final. Idempotent; may be done by several threads at once. */
  final void freezeWords() {
    for (int at = 0; at < words.length; at++) {
      long word = word(at);
      while (!isFrozen(word) && !casWord(at, word, word + FROZEN)) {
        word = word(at);
      }
    }
  }

  static boolean isFrozen(long word) {
    return word > GcraMath.MAX_TAT;
  }

  static long thawed(long word) {
    return isFrozen(word) ? word - FROZEN : word;
  }
}
