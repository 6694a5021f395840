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

  /** A word of a slot whose key may have limits of its own: nobody has looked yet. Denies, as a frozen one. */
  static final long UNDECIDED = GcraMath.MAX_TAT + FROZEN + 1;

  private static final VarHandle WORD =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);

  /** The origin of the first rate, in its units. */
  final long origin;

  /** The word of slot s and rate i, at s * rates + i. */
  final long[] words;

  /** The words, one per rate, of a slot that was not used. */
  final long[] initial;

  private final long[] origins; // one per rate, in its units

  /** Words of so many slots; if {@code undecided}, each slot has to be {@linkplain #open opened} first. */
  WordArray(int slots, boolean undecided, long[] initial, long[] origins) {
    int rates = initial.length;
    this.origin = rates == 0 ? 0 : origins[0];
    this.origins = origins;
    this.initial = initial;
    this.words = new long[slots * rates];
    for (int i = 0; i < rates; i++) {
      long first = undecided ? UNDECIDED : initial[i];
      if (rates == 1) {
        Arrays.fill(words, first);
      } else {
        for (int at = i; at < words.length; at += rates) {
          words[at] = first;
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
      freezeWord(at);
    }
  }

  /** Makes the words of a slot final. */
  final void freezeWords(int slot) {
    for (int i = 0; i < initial.length; i++) {
      freezeWord(slot * initial.length + i);
    }
  }

  private void freezeWord(int at) {
    while (true) {
      long word = word(at);
      long live = word == UNDECIDED ? initial[at % initial.length] : word;
      if (word != live
          ? casWord(at, word, live + FROZEN)
          : isFrozen(word) || casWord(at, word, word + FROZEN)) {
        return;
      }
    }
  }

  /** Has the words of a slot decide, if nobody had looked. */
  final void open(int slot) {
    for (int i = 0; i < initial.length; i++) {
      casWord(slot * initial.length + i, UNDECIDED, initial[i]);
    }
  }

  /** Whether nobody has looked whether the words of a slot decide. */
  final boolean isUndecided(int slot) {
    return isAny(slot, true);
  }

  /** Whether a word of a slot is final. */
  final boolean isFrozen(int slot) {
    return isAny(slot, false);
  }

  private boolean isAny(int slot, boolean undecided) {
    for (int i = 0; i < initial.length; i++) {
      long word = word(slot * initial.length + i);
      if (isFrozen(word) && word == UNDECIDED == undecided) {
        return true;
      }
    }
    return false;
  }

  static boolean isFrozen(long word) {
    return word > GcraMath.MAX_TAT;
  }

  static long thawed(long word) {
    return isFrozen(word) ? word - FROZEN : word;
  }
}
