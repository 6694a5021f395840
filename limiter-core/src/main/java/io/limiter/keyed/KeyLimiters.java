package io.limiter.keyed;

import io.limiter.AllOf;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.Snapshot;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Makes the limiters of keys that have an entry: fresh, or from the words that decided before. */
final class KeyLimiters {
  private final long anchor; // of all fixed windows: a clock reading
  private final NanoClock clock;

  KeyLimiters(long anchor, NanoClock clock) {
    this.anchor = anchor;
    this.clock = clock;
  }

  NanoClock clock() {
    return clock;
  }

  long anchor() {
    return anchor;
  }

  /** A reading before all others. */
  long earliest() {
    return anchor - KeyRate.MAX_WAIT_NANOS;
  }

  /** Fresh limiters of all rules but a concurrency. */
  AllOf rates(Limits limits) {
    List<RateLimiter> members = new ArrayList<>(limits.rules().size());
    List<Rate> windows = new ArrayList<>(0);
    for (Rule rule : limits.rules()) {
      if (rule.algorithm() == Algorithm.SLIDING_LOG) {
        if (windows.isEmpty()) {
          members.add(null); // the place of the log
        }
        windows.add(rule.rate());
      } else if (rule.algorithm() != Algorithm.CONCURRENCY) {
        members.add(KeyRate.limiter(rule, anchor, clock));
      }
    }
    if (!windows.isEmpty()) {
      members.set(members.indexOf(null), SlidingLog.create(windows, clock));
    }
    if (members.isEmpty()) {
      members.add(limits.isBlocked() ? RateLimiter.blocked(clock) : RateLimiter.unlimited(clock));
    }
    return AllOf.of(members);
  }

  /** An entry that decides as the words in a slot do, which are final. */
  KeyEntry of(KeyTerms all, Table t, int slot, long nanoTime) {
    Words words = all.words();
    if (words.isUnused(t, slot)) {
      return new KeyEntry(all.limits(), KeyEntry.Source.ALL, t.shape.floor(), this);
    }
    KeyEntry entry = new KeyEntry(all.limits(), KeyEntry.Source.ALL, nanoTime, this);
    if (!words.areFresh(t, slot, nanoTime)) {
      String levels = words.snapshot(t, slot, nanoTime, anchor);
      Snapshot snapshot = Snapshot.parse("limiter-snapshot 1 " + Instant.EPOCH + " | " + levels);
      entry.restore(nanoTime, snapshot, Instant.EPOCH);
    }
    return entry;
  }
}
