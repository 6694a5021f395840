package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Every operation on the key with a given hash, and those on all keys: what {@link KeyedLimiter} and {@link
 * LongKeyedLimiter} are made of.
 */
final class Store extends KeyVerbs {
  /** Of no keys. They are longs if {@code hashOfKey} is that of a {@link LongTable}; {@code mayHint} by their hashCode. */
  Store(
      Settings settings,
      ToLongFunction<Object> hashOfKey,
      boolean mayHint,
      @Nullable KeyedCounts<?> counts) {
    super(settings, hashOfKey, mayHint, counts);
  }

  void override(Object key, long hash, Limits own) {
    change(key, hash, true, () -> own, KeyEntry.Source.OVERRIDE);
    changed(key, hash);
  }

  /** Whether the key had limits of its own. */
  boolean clearOverride(Object key, long hash) {
    boolean had = change(key, hash, false, () -> planned(key, hash), KeyEntry.Source.PLAN);
    if (had) {
      changed(key, hash);
    }
    return had;
  }

  /** Asks the plan once more. */
  void planAgain(Object key, long hash) {
    boolean asks;
    KeyEntry entry = enterOwn(key, hash, clock.nanoTime());
    try {
      asks = entry != overflow && !entry.isOverride();
      if (asks) {
        changeTo(entry, planned(key, hash), KeyEntry.Source.PLAN, key, hash);
      }
    } finally {
      entry.exit();
    }
    if (asks) {
      changed(key, hash);
    }
  }

  private void changed(Object key, long hash) {
    if (outcomes != null) {
      outcomes.changed(name(key, hash));
    }
  }

  /** Whether the key, if it must not be made known, had limits of its own. */
  private boolean change(
      Object key,
      long hash,
      boolean always,
      Supplier<@Nullable Limits> to,
      KeyEntry.Source source) {
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      KeyEntry entry = slot < 0 ? null : t.entry(slot);
      if (!always
          && slot != Table.SEALED
          && (entry == null || entry != KeyEntry.NONE && !entry.isOverride())) {
        return false;
      }
      Limits limits = to.get();
      if (slot < 0) {
        slot = segments.claimAlways(t, slot, key, hash, clock.nanoTime());
      }
      if (slot < 0) {
        continue;
      }
      if (always) {
        entry = segments.promote(t, slot, limits, source);
      }
      if (entry == null || !entry.enter()) {
        segments.rebuild(t, hash, clock.nanoTime());
        continue;
      }
      try {
        changeTo(entry, limits, source, key, hash);
        return true;
      } finally {
        entry.exit();
      }
    }
  }

  /** Holds an entry to {@code limits}; null: to those of all keys. */
  private void changeTo(
      KeyEntry entry, @Nullable Limits limits, KeyEntry.Source source, Object key, long hash) {
    entry.changes(key, hash);
    if (limits == null) {
      entry.change(table(hash).shape.all().limits(), KeyEntry.Source.ALL);
      follow(entry, hash);
    } else if (entry.limits() != limits || entry.source() != source) {
      entry.change(limits, source);
    }
  }

  /** Whether the key was known. */
  boolean forget(Object key, long hash) {
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      if (slot == Table.ABSENT) {
        return false;
      }
      KeyEntry entry = slot < 0 ? KeyEntry.NONE : segments.reset(t, slot);
      if (entry.enter()) {
        try {
          entry.changes(key, hash);
          entry.reset();
        } finally {
          entry.exit();
        }
        segments.rebuild(t, hash, clock.nanoTime());
        return true;
      }
      segments.rebuild(t, hash, clock.nanoTime());
    }
  }

  /** Whether the penalty is remembered: not if there is no room for the key. */
  boolean penalize(Object key, long hash, long nanoTime, long nanos) {
    if (nanos <= 0) {
      return true;
    }
    KeyEntry.checkRates(limits(key, hash));
    KeyEntry entry = enterOwn(key, hash, nanoTime);
    try {
      if (entry != overflow) {
        entry.ratesOrNone().penalizeAt(entry.dated(nanoTime), nanos);
      }
      return entry != overflow;
    } finally {
      entry.exit();
    }
  }

  /** Holds all keys to {@code limits} that have none of their own, segment by segment. */
  void reconfigure(Limits limits) {
    KeyTerms mine = KeyTerms.of(limits, limiters.anchor());
    all = mine;
    for (int i = 0; i < tables.length && all == mine; i++) {
      Table t = Segments.table(tables, i);
      while (all == mine && !segments.change(i, t, mine)) {
        t = Segments.table(tables, i);
      }
      t = Segments.table(tables, i);
      for (int slot = 0; slot < t.slots(); slot++) {
        KeyEntry entry = t.holds(slot) ? t.entry(slot) : null;
        if (entry != null && entry.enter()) {
          try {
            while (all == mine
                && entry.source() == KeyEntry.Source.ALL
                && entry.limits() != limits) {
              entry.change(limits, KeyEntry.Source.ALL);
            }
          } finally {
            entry.exit();
          }
        }
      }
    }
    if (all == mine) {
      Limits shared = whenFull.shared(limits);
      if (!overflow.limits().equals(shared)) {
        overflow.change(shared, KeyEntry.Source.OVERRIDE);
      }
    }
    if (outcomes != null) {
      outcomes.allChanged();
    }
  }

  /** Forgets the keys that are fresh; answers how many. */
  long forgetFresh() {
    long before = size();
    for (int i = 0; i < tables.length; i++) {
      segments.rebuild(i);
    }
    return Math.max(before - size(), 0);
  }

  /** How many keys are known. */
  long size() {
    long size = 0;
    for (int i = 0; i < tables.length; i++) {
      size += Segments.table(tables, i).size();
    }
    return size;
  }

  /** A key, and its hash. */
  record Key(Object object, long hash) {}

  /** Shows what a snapshot says of each key that is not fresh. */
  void forEachLevel(BiConsumer<Object, String> lines) {
    for (int i = 0; i < tables.length; i++) {
      Table t = Segments.table(tables, i);
      Words words = t.shape.all().words();
      for (int slot = 0; slot < t.slots(); slot++) {
        long nanoTime = clock.nanoTime();
        KeyEntry entry = t.holds(slot) ? existing(t, slot) : null;
        if (entry != null
            && entry.resetAfterNanos(nanoTime) > 0
            && entry.limits().rules().size() > 0) {
          String text = entry.ratesOrNone().snapshotAt(nanoTime, Instant.EPOCH).toString();
          lines.accept(t.key(slot), text.substring(text.indexOf(" | ") + 3));
        } else if (t.holds(slot) && entry == null && !words.areFresh(t, slot, nanoTime)) {
          lines.accept(t.key(slot), words.snapshot(t, slot, nanoTime, limiters.anchor()));
        }
      }
    }
  }

  /** Charges the words of a key, if all that {@code levels} say is of its rates; else false. */
  boolean restoreWords(Key key, List<String> levels, long nanoTime, long elapsed) {
    int done = 0;
    while (true) {
      Table t = table(key.hash);
      Words words = t.shape.all().words();
      if (words.size() != levels.size() || words.size() == 0) {
        return false;
      }
      Level[] parsed = new Level[words.size()];
      for (int i = 0; i < parsed.length; i++) {
        parsed[i] = KeySnapshots.level(levels.get(i), words.rate(i));
        if (parsed[i] == null || !words.rate(i).countsNanos()) {
          return false; // steps begin at another time
        }
      }
      int slot = segments.place(t, key.object, key.hash, nanoTime);
      if (slot == Segments.NO_ROOM) {
        return true; // nothing is remembered of it
      }
      while (slot >= 0
          && done < parsed.length
          && words.restore(t, slot, done, parsed[done], nanoTime, elapsed)) {
        done++;
      }
      if (done == parsed.length) {
        return true;
      }
      if (slot >= 0 && isByEntry(t, slot, key.object, key.hash, nanoTime)) {
        return done > 0;
      }
    }
  }

  /** What {@link #forEach} shows. */
  @FunctionalInterface
  interface Visitor {
    void visit(Object key, long remaining, boolean fresh);
  }

  /** Shows each known key, segment by segment, as it was when its turn came. */
  void forEach(Visitor visitor) {
    long nanoTime = clock.nanoTime();
    for (int i = 0; i < tables.length; i++) {
      Table t = Segments.table(tables, i);
      for (int slot = 0; slot < t.slots(); slot++) {
        KeyEntry entry = t.holds(slot) ? existing(t, slot) : null;
        Words words = t.shape.all().words();
        if (!t.holds(slot) || entry == null && words.size() == 0) {
          continue;
        }
        Decision decision =
            entry == null ? words.explain(t, slot, nanoTime, 1) : entry.peek(nanoTime, 1);
        boolean fresh = decision.resetAfterNanos() == 0 && !(entry != null && entry.isInFlight());
        if (slot < t.length || !fresh) {
          visitor.visit(t.key(slot), decision.remaining(), fresh);
        }
      }
    }
  }
}
