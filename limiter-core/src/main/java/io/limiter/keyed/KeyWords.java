package io.limiter.keyed;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The rates of one key that has limits of its own: one word each, outside of the tables. */
final class KeyWords extends EntryLimiter implements Words.Rollback {
  /*
   * Representation. `array` has the words of this key in slot 0. When a reading is too far from an
   *   origin, the words are frozen, and an array with nearer origins replaces them: as Segments does.
   * Invariants. Those of Segments, for one slot.
   * Linearization. See Store.
   * Memory ordering.
   *   field  read      write          why that is enough
   *   array  volatile  compareAndSet  publishes the words of an array that replaces another
   * Progress. Lock-free: a thread that meets a frozen word completes the new array itself.
   * Arithmetic. That of GcraMath.
   * Rejected. A TokenBucket per rate (three times the bytes, and what is missing is known to the ns
   *   only).
   * Sources. Segments.
   */
  private static final VarHandle ARRAY = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "array", VarHandle.class, KeyWords.class, WordArray.class);

  private final Words words;

  /** See Representation. */
  private volatile WordArray array;

  /** {@code words} are those of {@code limits}. */
  KeyWords(Limits limits, Words words, WordArray array, long floor, NanoClock clock) {
    super(limits, floor, null, clock);
    this.words = words;
    this.array = array;
  }

  /** Replaces an array whose words are frozen, or too far from the reading. */
  private void replace(WordArray old, long dated) {
    old.freezeWords();
    ARRAY.compareAndSet(this, old, words.moved(old, 0, dated));
  }

  @Override
  void checkAcquire() {}

  @Override
  boolean tryAcquireNow(long dated, long permits) {
    while (true) {
      WordArray a = array;
      int verdict = words.take(a, 0, null, 0, dated, permits, this);
      if (verdict != Words.MOVED) {
        return verdict == Words.ADMITTED;
      }
      replace(a, dated);
    }
  }

  @Override
  Decision decideNow(long dated, long permits) {
    while (true) {
      WordArray a = array;
      Decision decision = words.decide(a, 0, null, 0, dated, permits, this);
      if (decision != null) {
        return decision;
      }
      replace(a, dated);
    }
  }

  @Override
  Permit tryEnterNow(long dated, long permits) {
    return FixedDecision.permit(decideNow(dated, permits), clock);
  }

  @Override
  Decision peekNow(long dated, long permits) {
    return words.explain(array, 0, dated, permits);
  }

  @Override
  DetailedDecision inDetailNow(long dated, Decision decision, long permits) {
    return words.inDetail(array, 0, dated, permits, decision);
  }

  @Override
  boolean refundNow(long dated, long permits) {
    WordArray a = array;
    int done = words.refundFrom(0, a, 0, dated, permits);
    while (done < words.size()) {
      replace(a, dated);
      a = array;
      done = words.refundFrom(done, a, 0, dated, permits);
    }
    return true;
  }

  @Override
  public void uncharge(
      WordArray charged, Object key, long hash, int i, long dated, long permits, long backlog) {
    WordArray a = array;
    while (!words.uncharge(a, 0, i, dated, permits, backlog, clock)) {
      replace(a, dated);
      a = array;
    }
  }

  @Override
  ConcurrencyLimiter concurrency() {
    return null;
  }

  @Override
  Level level(int n, long dated) {
    return words.level(array, 0, n, dated);
  }

  @Override
  void inherit(EntryLimiter from, long dated) {
    int[] counterparts = limits.counterpartsIn(from.limits);
    for (int i = 0; i < counterparts.length; i++) {
      if (counterparts[i] >= 0) {
        words.setLevel(array, 0, i, from.level(counterparts[i], dated), dated);
      }
    }
  }

  @Override
  public String toString() {
    return "KeyWords[" + limits + "]";
  }
}
