package io.limiter.keyed;

import io.limiter.GcraMath;
import io.limiter.rule.Limits;
import org.jspecify.annotations.Nullable;

/**
 * What all keys are held to that have no limits of their own.
 *
 * @param words what decides for them; of no rates if that takes more than words
 * @param math that of the only rate, if it counts ns; or null
 */
record KeyTerms(Limits limits, Words words, @Nullable GcraMath math) {
  static KeyTerms of(Limits limits, long anchor) {
    Words words = new Words(KeyRate.of(limits, anchor));
    boolean simple = words.size() == 1 && words.rate(0).countsNanos();
    return new KeyTerms(limits, words, simple ? words.rate(0).math : null);
  }
}
