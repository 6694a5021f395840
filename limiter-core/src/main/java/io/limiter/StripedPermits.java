package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The permits of a {@link ConcurrencyLimiter}, spread over words that callers do not contend for.
 * Decides as one word would: admitted iff {@code inFlight + k <= limit}.
 */
final class StripedPermits {
  /*
   * Representation. `spread` is S words, or one. Word i counts the permits that are free there, in its
   *   lower 32 bits, at most its share C_i of the limit; the upper 31 count the releases to it; the
   *   sign is set once the word is final. Only a single word may be negative, after the limit was
   *   lowered: it is a debt then.
   * Invariants.
   *   I1  sum(C_i) = limit, and sum(free) = limit - inFlight: each step changes both sides of the
   *       second by the same, at once. So a permit is in a word or in flight, and never in the hand
   *       of a call; and what nobody holds finds no room in any word.
   *   I2  A final word does not change. A Spread is replaced only once all its words are final, in
   *       one step, by one with their sum, less or more what the call that replaces it moves; whoever
   *       meets a final word replaces the Spread itself, and decides by that.
   * Linearization.
   *   tryAcquire, release  moved: the compare-and-set of the word, or the replacement. Not moved: the
   *                        moment between two equal collects, or the replacement.
   *   limit(int)           the replacement.
   *   word                 the moment between two equal collects, or the replacement.
   *   limit                the read of `spread`.
   *   about                none: it counts what moves meanwhile twice, or not at all.
   *   Two collects are equal if their sums are, releases included: a word's releases only grow, so
   *   none came between its two reads; without them what is free only shrinks, so it did not. Then
   *   all words were what they were read as when the first collect ended. They were not all final, so
   *   their Spread was that of the limiter.
   * Memory ordering.
   *   field   read      write          why that is enough
   *   words   volatile  compareAndSet  a permit goes from hand to hand by way of one word, and a
   *                                    replacement reads the words after all their releases
   *   spread  volatile  compareAndSet  publishes what the words are before anyone changes them
   * Progress. Lock-free: a race is lost, or a Spread replaced, because another call was decided. Who
   *   finds no word with enough, nor two equal collects that say there are too few, replaces the Spread
   *   by a single word after ROUNDS rounds, so that nobody waits for others to pause. A race lost in
   *   that one replaces it by several, once there is a free permit for each: a limiter that is used up
   *   denies by a look at one word.
   * Arithmetic. permits are compared as longs before they are added. 2^31 releases to one word between
   *   two reads of it would look like none: a denial or a refusal could be wrong then, and nothing else.
   * What would catch a lost or minted permit: StripedPermitsProperties.decidesAsTheModelDoes by itself,
   *   StripedPermitsLincheckTest.permits_areNeitherLostNorMinted_byModelChecking in a race.
   * Rejected. A count of permits in hand while they are gathered (a call is denied for want of them, or
   *   waits for who has them). Collecting until two are equal (never, while many threads move permits).
   *   A denial after one look at each word (a permit released behind the
   *   reader and taken before it was free all the time). Shares that are moved along with permits (C_i
   *   would have to be in the word). Several words for few permits (each word would hold one).
   * Sources. Striped64 of java.util.concurrent.atomic. Double collect: Afek et al., Atomic snapshots of
   *   shared memory, 1993.
   */
  private static final VarHandle SPREAD = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "spread", VarHandle.class, StripedPermits.class, Spread.class);

  private static final int ROUNDS = 2;
  private static final int LEAST_SHARE = 2; // permits; with less, stripes are not worth their while

  private final int count; // S, a power of two

  /** Where the permits are; null until opened. Written by open and replace. */
  private volatile @Nullable Spread spread;

  /** Permits for {@code count} stripes, once they are {@link #open opened}. */
  StripedPermits(int count) {
    this.count = count;
  }

  /** Takes over from {@code word}: the limit in its upper half, the permits in flight in the lower. */
  void open(long word) {
    if (spread == null) {
      int limit = (int) (word >>> 32);
      int free = limit - (int) word;
      SPREAD.compareAndSet(this, null, new Spread(limit, free, suits(limit, free) ? count : 1));
    }
  }

  @SuppressWarnings("NullAway") // open comes first
  private Spread spread() {
    return spread;
  }

  /** Whether stripes are worth their while: each has a free permit then. */
  boolean suits(int limit, int free) {
    return free >= count && limit / LEAST_SHARE >= count;
  }

  /** Takes {@code permits}, or none, preferably from stripe {@code at}; and answers whether. */
  boolean tryAcquire(int at, long permits) {
    return move(at, permits, false);
  }

  /** Gives {@code permits} back, preferably to stripe {@code at}; false if fewer are held. */
  boolean release(int at, long permits) {
    return move(at, permits, true);
  }

  private boolean move(int at, long permits, boolean back) {
    for (int round = 0; ; round++) {
      Spread s = spread();
      if (s.move(at, permits, back)) {
        return true;
      }
      long sum = s.collect();
      if (sum >= 0 && permits > movable(s.limit, (int) sum, back)) {
        return false;
      }
      if (s.isOne() ? sum >= 0 && !suits(s.limit, (int) sum) : round + 1 < ROUNDS) {
        continue;
      }
      // In one word a race was lost, or it is final; in several, perhaps none has enough.
      int free = s.freeze();
      boolean moved = permits <= movable(s.limit, free, back);
      if (replace(s, moved ? (int) (back ? free + permits : free - permits) : free)) {
        return moved;
      }
    }
  }

  /** What may be taken, or given back, where {@code free} of {@code limit} are free. */
  private static long movable(int limit, int free, boolean back) {
    return back ? (long) limit - free : free;
  }

  /** Puts {@code free} permits in one word if {@code s} has several, and the other way round. */
  private boolean replace(Spread s, int free) {
    int words = s.isOne() && suits(s.limit, free) ? count : 1;
    return SPREAD.compareAndSet(this, s, new Spread(s.limit, free, words));
  }

  /** From one word to several, or back. */
  void replace() {
    Spread s = spread();
    replace(s, s.freeze());
  }

  /** The most permits that may be in flight. */
  int limit() {
    return spread().limit;
  }

  /** Changes the limit; permits in flight stay. Answers the limit before. */
  int limit(int limit) {
    while (true) {
      Spread s = spread();
      int inFlight = s.limit - s.freeze();
      if (SPREAD.compareAndSet(this, s, new Spread(limit, limit - inFlight, 1))) {
        return s.limit;
      }
    }
  }

  /** The limit in the upper half, the permits in flight in the lower. */
  long word() {
    for (int round = 0; ; round++) {
      Spread s = spread();
      long sum = s.collect();
      if (sum < 0 && (s.isOne() || round + 1 >= ROUNDS)) {
        int free = s.freeze();
        sum = replace(s, free) ? free & Spread.FREE : sum;
      }
      if (sum >= 0) {
        return (long) s.limit << 32 | s.limit - (int) sum;
      }
    }
  }

  /** The free permits, counted word by word while others move them; negative if some are owed. */
  int about() {
    return (int) spread().sum();
  }

  /** {@code 4 stripes}, or {@code one word}. */
  @Override
  public String toString() {
    Spread s = spread;
    return s == null || s.isOne() ? "one word" : count + " stripes";
  }

  /** Free permits in some words, each no more than its share of the limit. */
  private static final class Spread {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int SHIFT = 4; // 16 longs = 128 bytes from one word to the next: two lines
    private static final long FINAL = Long.MIN_VALUE;
    private static final long RELEASE = 1L << 32;
    private static final long FREE = RELEASE - 1; // mask

    final int limit;
    private final int log; // of the number of words
    private final int mask; // the number of words - 1

    /** One word for each stripe, at the multiples of 16. */
    private final long[] words;

    /** {@code count} words, a power of two; if they are several, {@code free} is in 0..limit. */
    Spread(int limit, int free, int count) {
      this.limit = limit;
      this.log = Integer.numberOfTrailingZeros(count);
      this.mask = count - 1;
      this.words = new long[count + 1 << SHIFT];
      for (int at = 0; at < count; at++) {
        words[index(at)] = share(free, at) & FREE;
      }
    }

    boolean isOne() {
      return mask == 0;
    }

    /** What falls to word {@code at} of {@code permits}: of fewer permits no more than of more. */
    private int share(int permits, int at) {
      return (permits >> log) + (at < (permits & mask) ? 1 : 0);
    }

    private int index(int at) {
      return (at & mask) + 1 << SHIFT;
    }

    private long word(int at) {
      return (long) WORDS.getVolatile(words, index(at));
    }

    private boolean set(int at, long word, long next) {
      return WORDS.compareAndSet(words, index(at), word, next);
    }

    /** Takes from, or gives back to, one word that has enough: {@code at}, or one of the others. */
    boolean move(int at, long permits, boolean back) {
      for (int i = 0; i <= mask; i++) {
        int to = at + i & mask;
        long word = word(to);
        if (word >= 0
            && permits <= movable(share(limit, to), (int) word, back)
            && set(to, word, back ? released(word, permits) : word - permits)) {
          return true;
        }
      }
      return false;
    }

    private static long released(long word, long permits) {
      return word + RELEASE & ~FREE & ~FINAL | word + permits & FREE;
    }

    /**
     * All words at one moment: what is free in the lower half, the releases above; negative if one is
     * final, or two collects differ.
     */
    long collect() {
      long seen = sum();
      return isOne() || seen == sum() ? seen : FINAL;
    }

    /** The words, one after the other; negative if one is final. */
    private long sum() {
      long sum = 0;
      long isFinal = 0;
      for (int at = 0; at <= mask; at++) {
        long word = word(at);
        sum += word & ~FINAL;
        isFinal |= word & FINAL;
      }
      return sum & ~FINAL | isFinal;
    }

    /** Makes all words final, and answers what is free in them. */
    int freeze() {
      int free = 0;
      for (int at = 0; at <= mask; at++) {
        long word = word(at);
        while (word >= 0 && !set(at, word, word | FINAL)) {
          word = word(at);
        }
        free += (int) word;
      }
      return free;
    }
  }
}
