package io.limiter.keyed;

import io.limiter.AllOf;
import io.limiter.Gate;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What decides for the keys of a keyed limiter: the words of {@link Segments}, or the {@link KeyEntry} of a
 * key; and how a call comes by it. A key of a {@link LongTable} is its hash, and its object {@link
 * LongTable#NO_OBJECT}.
 */
class KeyEntries {
  final NanoClock clock;
  final KeyLimiters limiters;
  final @Nullable Function<Object, @Nullable Limits> plan; // null: there is none
  final OverflowPolicy whenFull;
  final int maxWaiters; // for one key
  final @Nullable Outcomes outcomes; // null: nobody is told
  final KeyEntry overflow; // of keys that have no room
  final ToLongFunction<Object> hashOfKey;
  final boolean hinted; // tables may have hints
  final Segments segments;
  final Table[] tables; // those of the segments
  final int segmentBits;
  volatile KeyTerms all; // the latest, perhaps not yet in all tables

  /**
   * Of no keys. They are longs if {@code hashOfKey} is that of a {@link LongTable}; {@code mayHint} by their
   * hashCode.
   */
  KeyEntries(
      Settings settings,
      ToLongFunction<Object> hashOfKey,
      boolean mayHint,
      @Nullable KeyedCounts<?> counts) {
    this.outcomes = Outcomes.of(counts, settings.listeners());
    this.clock = settings.clock();
    this.plan = settings.plan();
    this.hashOfKey = hashOfKey;
    this.limiters = new KeyLimiters(clock.nanoTime(), clock);
    this.segments = new Segments(settings, limiters, hashOfKey, mayHint, outcomes);
    this.tables = segments.tables();
    this.segmentBits = Integer.numberOfTrailingZeros(tables.length);
    this.hinted = mayHint && tables.length == 1;
    this.all = Segments.table(tables, 0).shape.all();
    this.whenFull = settings.whenFull();
    this.maxWaiters = settings.maxWaiters();
    this.overflow = new KeyEntry(
        whenFull.shared(settings.limits()),
        KeyEntry.Source.OVERRIDE,
        limiters.earliest(),
        limiters);
  }

  NanoClock clock() {
    return clock;
  }

  /** Those of all keys. */
  Limits limits() {
    return all.limits();
  }

  /** What the plan says of a key; null: those of all keys. */
  @Nullable
  Limits planned(Object key, long hash) {
    return plan == null ? null : plan.apply(name(key, hash));
  }

  Table table(long hash) {
    return Segments.table(tables, Segments.index(hash, segmentBits));
  }

  static Object name(Object key, long hash) {
    return key == LongTable.NO_OBJECT ? (Object) hash : key;
  }

  /** The entry that decides for the key in a slot; null if none does, or there is no slot. */
  static @Nullable KeyEntry existing(Table t, int slot) {
    KeyEntry entry = slot < 0 ? null : t.entry(slot);
    return entry == KeyEntry.NONE ? null : entry;
  }

  /** What decides for a key that has no words here, or is held to other limits: perhaps a new entry. */
  @Nullable
  KeyEntry entry(Table t, int slot, Object key, long hash) {
    KeyEntry entry = existing(t, slot);
    if (entry != null) {
      return entry;
    }
    KeyTerms all = t.shape.all();
    boolean undecided = slot < 0 || all.words().size() == 0 || t.isUndecided(slot);
    Limits own = undecided ? planned(key, hash) : null;
    return own == null && all.words().size() > 0 ? null : fresh(t, own);
  }

  /** A fresh entry; of the limits of all keys if {@code own} is null. */
  KeyEntry fresh(Table t, @Nullable Limits own) {
    return own == null
        ? new KeyEntry(t.shape.all().limits(), KeyEntry.Source.ALL, t.shape.floor(), limiters)
        : new KeyEntry(own, KeyEntry.Source.PLAN, t.shape.floor(), limiters);
  }

  /** The limits of a key. */
  Limits limits(Object key, long hash) {
    Table t = table(hash);
    KeyEntry entry = existing(t, t.find(key, hash));
    if (entry != null && entry.source() != KeyEntry.Source.ALL) {
      return entry.limits();
    }
    Limits own = entry == null ? planned(key, hash) : null;
    return own == null ? limits() : own;
  }

  /** The entry that decides for the key, entered; null if words do. */
  @Nullable
  KeyEntry enterEntry(Object key, long hash, long nanoTime) {
    return enterEntry(key, hash, nanoTime, false);
  }

  /** The entry of the key, made if need be, and entered; that of overflow if there is no room. */
  KeyEntry enterOwn(Object key, long hash, long nanoTime) {
    return Objects.requireNonNull(enterEntry(key, hash, nanoTime, true)); // not by words
  }

  private @Nullable KeyEntry enterEntry(Object key, long hash, long nanoTime, boolean always) {
    while (true) {
      Table t = table(hash);
      int slot = segments.place(t, key, hash, nanoTime);
      if (slot == Words.MOVED) {
        continue;
      }
      KeyEntry entry = overflow;
      if (slot == Segments.NO_ROOM) {
        if (outcomes != null) {
          outcomes.overflow(name(key, hash));
        }
      } else {
        boolean byEntry = always || t.shape.all().words().size() == 0;
        entry = byEntry ? own(t, slot, key, hash) : t.entry(slot);
      }
      if (entry == null) {
        return null;
      }
      if (entry.enter()) {
        follow(entry, hash);
        return entry;
      }
      segments.rebuild(t, hash, nanoTime);
    }
  }

  /** The entry of a slot, made if need be; NONE if the table is being replaced. */
  KeyEntry own(Table t, int slot, Object key, long hash) {
    KeyEntry entry = t.entry(slot);
    if (entry != null) {
      return entry;
    }
    boolean undecided = t.shape.all().words().size() == 0 || t.isUndecided(slot);
    Limits own = undecided ? planned(key, hash) : null;
    return own == null && t.shape.all().words().size() == 0
        ? t.addEntry(slot, fresh(t, null))
        : segments.promote(t, slot, own, KeyEntry.Source.PLAN);
  }

  /** An entry of a key without limits of its own is held to those of all keys, if they were changed. */
  void follow(KeyEntry entry, long hash) {
    KeyTerms all = table(hash).shape.all();
    while (entry.source() == KeyEntry.Source.ALL && entry.limits() != all.limits()) {
      entry.change(all.limits(), KeyEntry.Source.ALL);
      all = table(hash).shape.all();
    }
  }

  /**
   * After the words of a slot did not decide: whether its entry does. If not, they may decide now, or in
   * another table.
   */
  boolean isByEntry(Table t, int slot, Object key, long hash, long nanoTime) {
    KeyEntry entry = t.entry(slot);
    if (entry == null && t.isUndecided(slot)) {
      Limits own = planned(key, hash);
      if (own == null) {
        t.open(slot);
        return false;
      }
      entry = segments.promote(t, slot, own, KeyEntry.Source.PLAN);
    } else if (entry == null && t.isFrozen(slot)) { // one is being made
      entry = segments.promote(t, slot, null, KeyEntry.Source.ALL);
    }
    if (entry == null || entry == KeyEntry.NONE) { // or the reading is too far from an origin
      segments.rebuild(t, hash, nanoTime);
      return false;
    }
    return true;
  }

  /** The key as an entry that nobody else has. */
  KeyEntry copy(Object key, long hash, long nanoTime) {
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = entry(t, slot, key, hash);
    return entry != null
        ? entry
        : slot < 0 ? fresh(t, null) : limiters.of(t.shape.all(), t, slot, nanoTime);
  }

  /** Charges permits whatever the level. */
  void force(Object key, long hash, long permits) {
    KeyEntry entry = enterOwn(key, hash, clock.nanoTime());
    try {
      entry.rates().acquireForced(permits);
    } finally {
      entry.exit();
    }
  }

  int waiters(Object key, long hash) {
    Table t = table(hash);
    KeyEntry entry = existing(t, t.find(key, hash));
    return entry == null ? 0 : entry.waiters();
  }

  /** With the bound of how many may wait for one key. */
  AllOf lined(AllOf rates) {
    if (maxWaiters < Integer.MAX_VALUE) {
      rates.maxWaiters(maxWaiters);
    }
    return rates;
  }

  /** The same. */
  Gate lined(Gate gate) {
    if (maxWaiters < Integer.MAX_VALUE) {
      gate.maxWaiters(maxWaiters);
    }
    return gate;
  }
}
