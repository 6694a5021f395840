package io.limiter.keyed;

import io.limiter.Decision;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Counts what a keyed limiter decides, in calls; and its shadow mode, in which denied calls are counted and
 * admitted all the same. Made by {@link KeyedLimiter.Builder#counting}.
 *
 * <p>Calls for 0 permits, and calls that only look, do not count.
 *
 * <p>Who is denied most is kept in bounded memory, by the space-saving sketch: a key that was denied more
 * often than one in so many denied calls as there are counters is always among them, and no count is too
 * low.
 *
 * <p>Cost: one uncontended addition a call; a denied call also takes a lock for O(counters), if there are
 * any. Thread-safety: safe; each count is exact once its calls have returned. Source: Metwally, Agrawal and
 * El Abbadi, Efficient computation of frequent and top-k elements in data streams, 2005.
 *
 * @param <K> the type of the keys
 */
public final class KeyedCounts<K> {
  private final LongAdder admitted = new LongAdder();
  private final LongAdder waited = new LongAdder();
  private final LongAdder overflowed = new LongAdder();
  private final LongAdder forgotten = new LongAdder();
  private final LongAdder[] denied; // by rule; the last for all that follow

  private final int counters;
  private final Map<K, Denied<K>> top = new HashMap<>(); // under the lock
  private final ReentrantLock lock = new ReentrantLock();
  private final Function<Object, K> keys;

  private volatile boolean shadow;
  private final Set<Object> shadowKeys = ConcurrentHashMap.newKeySet();

  /** {@code keys} says what a caller calls a key. */
  KeyedCounts(int rules, int counters, Function<Object, K> keys) {
    this.denied = new LongAdder[rules + 1];
    for (int i = 0; i <= rules; i++) {
      denied[i] = new LongAdder();
    }
    this.counters = counters;
    this.keys = keys;
  }

  /**
   * A key that was denied.
   *
   * @param calls how often, at most
   * @param atLeast how often, at least: {@code calls}, less what may have been the calls of another key
   */
  public record Denied<K>(K key, long calls, long atLeast) {}

  // What is counted.

  /** Calls that were admitted: at once, after a wait, or forced. */
  public long admitted() {
    return admitted.sum();
  }

  /** Calls that were denied, or would have been without shadow mode. */
  public long denied() {
    long sum = 0;
    for (LongAdder each : denied) {
      sum += each.sum();
    }
    return sum;
  }

  /**
   * Those of them that the rule at this place in the text denied. Rules beyond those of all keys, which
   * other limits may have, are counted together, at the place after these.
   *
   * @throws IllegalArgumentException if there is no such place
   */
  public long denied(int rule) {
    Checks.within("rule", rule, 0, denied.length - 1);
    return denied[rule].sum();
  }

  /** Calls that were admitted after they had been denied, and waited. */
  public long waited() {
    return waited.sum();
  }

  /** Calls for which there was no room, so that {@link OverflowPolicy} decided. */
  public long overflowed() {
    return overflowed.sum();
  }

  /** Keys that were forgotten, as they were fresh. */
  public long forgotten() {
    return forgotten.sum();
  }

  /** Which keys were denied most, the most first; none if the builder named no number of counters. */
  public List<Denied<K>> mostDenied() {
    List<Denied<K>> all;
    lock.lock();
    try {
      all = new ArrayList<>(top.values());
    } finally {
      lock.unlock();
    }
    all.sort(Comparator.comparingLong((Denied<K> each) -> each.calls).reversed());
    return List.copyOf(all);
  }

  // Shadow mode.

  /** Has all keys enforced, or none: while in use. */
  public void shadow(boolean on) {
    shadow = on;
  }

  /** Has one key not enforced, or as all keys: while in use. Such keys are remembered until then. */
  public void shadow(K key, boolean on) {
    Objects.requireNonNull(key, "key");
    if (on) {
      shadowKeys.add(key);
    } else {
      shadowKeys.remove(key);
    }
  }

  /** Whether {@code key} is not enforced. */
  public boolean isShadow(K key) {
    return shadow || !shadowKeys.isEmpty() && shadowKeys.contains(key);
  }

  // Being told.

  /** Counts a decision, by {@code rule} if it was denied; answers what the caller is told. */
  Decision told(Object key, Decision decision, int rule) {
    if (decision.admitted()) {
      admitted.increment();
      return decision;
    }
    return deny(key, rule)
        ? new Decision(true, decision.remaining(), 0, decision.resetAfterNanos(), -1)
        : decision;
  }

  /** Counts a denied call; answers whether it passes all the same. */
  private boolean deny(Object key, int rule) {
    denied[Math.min(Math.max(rule, 0), denied.length - 1)].increment();
    K own = keys.apply(key);
    if (counters > 0) {
      lock.lock();
      try {
        count(own);
      } finally {
        lock.unlock();
      }
    }
    return isShadow(own);
  }

  private void count(K key) {
    Denied<K> mine = top.get(key);
    if (mine == null && top.size() < counters) {
      mine = new Denied<>(key, 0, 0);
    } else if (mine
        == null) { // in place of the one with the least calls, which may all have been its own
      Denied<K> least = Collections.min(top.values(), Comparator.comparingLong(each -> each.calls));
      mine = new Denied<>(key, least.calls, 0);
      top.remove(least.key);
    }
    top.put(key, new Denied<>(mine.key, mine.calls + 1, mine.atLeast + 1));
  }

  /** A call that was counted as denied was admitted after a wait. */
  void countWait() {
    waited.increment();
    admitted.increment();
  }

  void overflow() {
    overflowed.increment();
  }

  void forget(long keysForgotten) {
    forgotten.add(keysForgotten);
  }

  /** {@code KeyedCounts[12 admitted, 3 denied]}. */
  @Override
  public String toString() {
    return "KeyedCounts[" + admitted() + " admitted, " + denied() + " denied]";
  }
}
