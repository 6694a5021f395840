package io.limiter.keyed;

import io.limiter.ConcurrencyLimiter;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;

/** Makes what decides for keys that have an entry: new, from words, and from what decided before. */
final class EntryLimiters {
  private final long anchor; // of all fixed windows: a clock reading
  private final NanoClock clock;

  EntryLimiters(long anchor, NanoClock clock) {
    this.anchor = anchor;
    this.clock = clock;
  }

  /** Fresh. A call counts as no earlier than the reading {@code floor}. */
  EntryLimiter create(Limits limits, long floor) {
    return create(limits, anchor, floor, null, null);
  }

  /** Fresh, for calls at readings near {@code nanoTime}; but for the permits in flight, if any. */
  private EntryLimiter create(
      Limits limits, long nanoTime, long floor, ConcurrencyLimiter inFlight, EntryLimiter before) {
    Words words = new Words(KeyRate.of(limits, anchor));
    return words.size() > 0 && inFlight == null
        ? new KeyWords(limits, words, words.fresh(nanoTime), floor, clock)
        : new KeyGate(limits, anchor, floor, inFlight, before, clock);
  }

  /** Decides as the words in a slot do, which are those of {@code limits} and final. */
  EntryLimiter of(Limits limits, Words words, WordArray array, int slot, long nanoTime) {
    WordArray alone = words.moved(array, slot, nanoTime);
    EntryLimiter limiter = new KeyWords(limits, words, alone, earliest(), clock);
    long penalty = words.penaltyNanos(alone, 0, nanoTime);
    if (penalty > 0) {
      limiter.penalize(nanoTime + penalty);
    }
    return limiter;
  }

  long anchor() {
    return anchor;
  }

  /** A reading before all others. */
  long earliest() {
    return anchor - KeyRate.MAX_WAIT_NANOS;
  }

  /** As {@code old} was when it was new, but for permits in flight. */
  EntryLimiter reset(EntryLimiter old, long nanoTime) {
    return create(old.limits, nanoTime, old.floor, inFlight(old), null);
  }

  /**
   * Other limits, with what {@code old}, which is final, has spent and in flight at the reading. Limits
   * without rules, which are unlimited or blocked, remember what they found.
   */
  EntryLimiter changed(EntryLimiter old, Limits limits, long nanoTime) {
    EntryLimiter from = old.before == null ? old : old.before;
    EntryLimiter before = limits.rules().isEmpty() ? from : null;
    EntryLimiter next = create(limits, nanoTime, old.floor, inFlight(old), before);
    next.inherit(from, old.dated(nanoTime));
    next.penalize(old.blockedUntil());
    return next;
  }

  private static ConcurrencyLimiter inFlight(EntryLimiter old) {
    return old.isInFlight() ? old.concurrency() : null;
  }
}
