package io.limiter.keyed;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Reservation;
import io.limiter.rule.Limits;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Every operation on the key with a given hash: what {@link KeyedLimiter} and {@link LongKeyedLimiter}
 * are made of. A key of a {@link LongTable} is its hash, and its object is null.
 */
final class Store implements Words.Rollback {
  /*
   * Representation. See Segments. The words of a key decide, or its KeyEntry.
   * Invariants. See Segments.
   * Linearization.
   *   one rate   as Gcra. Admitted: the compare-and-set of the word. Denied: its last read. A key that
   *              is absent: the read of the reference that finds the same table as before.
   *   more       as AllOf. Admitted: each compare-and-set in turn. Denied: the read or compare-and-set
   *              of the rate that denied. A call that runs while its key is changed may leave what it
   *              charged before: it can deny, never admit.
   *   whenFull   the last read of the key's slots, when the segment was at its limit.
   * Memory ordering. See Segments.
   * Progress. Lock-free: see Segments.
   * Arithmetic. That of GcraMath. A reading far behind counts as the horizon (KeyRate.since); one far
   *   ahead has the table replaced.
   * Rejected. See Segments.
   * Sources. Gcra.
   */

  // What a call is told besides Words.ADMITTED, Words.MOVED or the index of the rate that denied.
  private static final int DENIED = -3; // as every key that is not known would be
  private static final int BY_ENTRY = -5; // an entry decides

  private final NanoClock clock;
  private final KeyLimiters limiters;
  private final Function<Object, Limits> plan; // null: there is none
  private final OverflowPolicy whenFull;
  private final int maxWaiters; // for one key
  private final KeyedCounts<?> counts; // null: nothing is counted
  private final KeyEntry overflow; // of keys that have no room
  private final ToLongFunction<Object> hashOfKey; // null: keys are longs
  private final boolean hinted; // tables may have hints
  private final Segments segments;
  private final Table[] tables; // those of the segments
  private final int segmentBits;
  private volatile KeyTerms all; // the latest, perhaps not yet in all tables

  /** Of no keys. They are longs if {@code hashOfKey} is null; {@code mayHint} by their hashCode. */
  Store(
      Settings settings, ToLongFunction<Object> hashOfKey, boolean mayHint, KeyedCounts<?> counts) {
    this.counts = counts;
    this.clock = settings.clock();
    this.plan = settings.plan();
    this.hashOfKey = hashOfKey;
    this.limiters = new KeyLimiters(clock.nanoTime(), clock);
    this.segments = new Segments(settings, limiters, hashOfKey, mayHint, counts);
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
  private Limits planned(Object key, long hash) {
    return plan == null ? null : plan.apply(name(key, hash));
  }

  Table table(long hash) {
    return Segments.table(tables, Segments.index(hash, segmentBits));
  }

  // The verbs. Words are tried first; if an entry decides instead, its limiter answers.

  /** For keys that are objects: by a hint, if there is one, before the key is hashed. */
  boolean tryAcquire(Object key, long nanoTime, long permits) {
    if (hinted && counts == null) {
      Table t = Segments.table(tables, 0); // the only one
      int slot = t.hints == null ? Table.ABSENT : t.hint(key);
      if (slot >= 0) {
        int verdict = tryOnce(t, slot, nanoTime, permits);
        if (verdict != Words.MOVED) {
          return verdict == Words.ADMITTED;
        }
      }
    }
    return tryAcquire(key, hashOfKey.applyAsLong(key), nanoTime, permits);
  }

  boolean tryAcquire(Object key, long hash, long nanoTime, long permits) {
    return counts == null
        ? tryNow(key, hash, nanoTime, permits)
        : decide(key, hash, nanoTime, permits).admitted();
  }

  private boolean tryNow(Object key, long hash, long nanoTime, long permits) {
    Table t = table(hash);
    int slot = t.find(key, hash);
    if (slot >= 0 && t.math != null) { // the common case, tried once
      int verdict = tryOnce(t, slot, nanoTime, permits);
      if (verdict != Words.MOVED) {
        return verdict == Words.ADMITTED;
      }
    }
    return tryAgain(key, hash, nanoTime, permits);
  }

  /** ADMITTED, DENIED or, if that takes more than one try, MOVED. Words decide, for good. */
  private int tryOnce(Table t, int slot, long nanoTime, long permits) {
    long word = t.word(slot);
    long nanos = nanoTime - t.origin;
    long next = t.math.next(word, nanos, permits);
    if (next >= GcraMath.FRESH && t.casWord(slot, word, next)) {
      return Words.ADMITTED;
    }
    return next == GcraMath.DENIED && nanos >= 0 && !Table.isFrozen(word) ? DENIED : Words.MOVED;
  }

  private boolean tryAgain(Object key, long hash, long nanoTime, long permits) {
    if (permits <= 0) {
      return decideNone(key, hash, nanoTime, permits).admitted();
    }
    while (true) {
      int verdict = tryWords(key, hash, nanoTime, permits);
      if (verdict != BY_ENTRY) {
        return verdict == Words.ADMITTED;
      }
      KeyEntry entry = enterEntry(key, hash, nanoTime);
      if (entry != null) {
        try {
          return entry.tryAcquire(nanoTime, permits);
        } finally {
          entry.exit();
        }
      }
    }
  }

  /** A call for 0 permits is told what peek says, and makes no key known. Refuses fewer. */
  private Decision decideNone(Object key, long hash, long nanoTime, long permits) {
    Checks.permits(permits);
    KeyEntry.checkAcquire(limits(key, hash));
    return peek(key, hash, nanoTime, permits);
  }

  Decision decide(Object key, long hash, long nanoTime, long permits) {
    Decision decision = decideNow(key, hash, nanoTime, permits);
    return counts == null ? decision : counts.told(name(key, hash), decision, permits);
  }

  private static Object name(Object key, long hash) {
    return key == null ? (Object) hash : key;
  }

  /** What a call is told that was denied, waited, and was admitted or not. */
  void countWait(boolean admitted) {
    if (counts != null && admitted) {
      counts.countWait();
    }
  }

  private Decision decideNow(Object key, long hash, long nanoTime, long permits) {
    if (permits <= 0) {
      return decideNone(key, hash, nanoTime, permits);
    }
    while (true) {
      Decision decision = decideWords(key, hash, nanoTime, permits);
      if (decision != null) {
        return decision;
      }
      KeyEntry entry = enterEntry(key, hash, nanoTime);
      if (entry != null) {
        try {
          return entry.decide(nanoTime, permits);
        } finally {
          entry.exit();
        }
      }
    }
  }

  Permit tryEnter(Object key, long hash, long nanoTime, long permits) {
    Permit permit = enterNow(key, hash, nanoTime, permits);
    if (counts == null) {
      return permit;
    }
    Decision told = counts.told(name(key, hash), permit.decision(), permits);
    return told == permit.decision() ? permit : FixedDecision.permit(told, clock);
  }

  private Permit enterNow(Object key, long hash, long nanoTime, long permits) {
    if (permits <= 0) {
      return FixedDecision.permit(peek(key, hash, nanoTime, permits), clock);
    }
    while (true) {
      Decision decision = decideWords(key, hash, nanoTime, permits);
      if (decision != null) {
        return FixedDecision.permit(decision, clock);
      }
      KeyEntry entry = enterEntry(key, hash, nanoTime);
      if (entry != null) {
        try {
          return entry.tryEnter(nanoTime, permits);
        } finally {
          entry.exit();
        }
      }
    }
  }

  /** Takes permits now, or none, with a receipt. */
  Reservation reserve(Object key, long hash, long nanoTime, long permits) {
    Reservation now = reserveNow(key, hash, nanoTime, permits);
    if (counts == null) {
      return now;
    }
    Decision decision =
        now.granted() ? new Decision(true, 0, 0, 0, -1) : peek(key, hash, nanoTime, permits);
    boolean passes = counts.told(name(key, hash), decision, permits).admitted();
    return passes == now.granted()
        ? now
        : new KeyReservation(this, null, key, hash, nanoTime, true, permits);
  }

  private Reservation reserveNow(Object key, long hash, long nanoTime, long permits) {
    if (permits <= 0) {
      boolean granted = decideNone(key, hash, nanoTime, permits).admitted();
      return new KeyReservation(this, null, key, hash, nanoTime, granted, 0);
    }
    while (true) {
      Table before = table(hash);
      int verdict = tryWords(key, hash, nanoTime, permits);
      if (verdict != BY_ENTRY) {
        boolean granted = verdict == Words.ADMITTED;
        return new KeyReservation(this, before, key, hash, nanoTime, granted, permits);
      }
      KeyEntry entry = enterEntry(key, hash, nanoTime);
      if (entry != null) {
        try {
          return entry.rates().reserveAt(entry.dated(nanoTime), permits, 0);
        } finally {
          entry.exit();
        }
      }
    }
  }

  /**
   * Gives back what so many permits weigh at most that were charged at {@code nanoTime}. If an entry decides
   * for the key now, these are whole permits, and none once it was changed.
   */
  void uncharge(Table charged, Object key, long hash, long nanoTime, long permits) {
    if (charged == null) {
      return; // shadow mode let it pass
    }
    Words words = charged.shape.all().words();
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = slot < 0 ? null : t.entry(slot);
    if (entry != null && entry.enter()) {
      try {
        long now = clock.nanoTime();
        long whole = permits - words.drained(Math.max(now - nanoTime, 0));
        if (whole > 0 && isSame(t, charged) && !entry.isChanged()) {
          entry.refund(now, whole);
        }
      } finally {
        entry.exit();
      }
      return;
    }
    for (int i = 0; i < words.size(); i++) {
      uncharge(charged, key, hash, i, nanoTime, permits, permits * words.rate(i).ticks);
    }
  }

  /** Whether keys are held to the same limits, and no entry was forgotten since. */
  private static boolean isSame(Table t, Table then) {
    return t.shape.all() == then.shape.all() && t.shape.dropped() == then.shape.dropped();
  }

  Decision peek(Object key, long hash, long nanoTime, long permits) {
    Checks.permits(permits);
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = entry(t, slot, key, hash);
    return entry == null
        ? t.shape.all().words().explain(t, slot, nanoTime, permits)
        : entry.peek(nanoTime, permits);
  }

  /** What decides for a key that has no words here, or is held to other limits: perhaps a new entry. */
  private KeyEntry entry(Table t, int slot, Object key, long hash) {
    KeyEntry entry = slot < 0 ? null : t.entry(slot);
    if (entry != null && entry != KeyEntry.NONE) {
      return entry;
    }
    KeyTerms all = t.shape.all();
    boolean undecided = slot < 0 || all.words().size() == 0 || t.isUndecided(slot);
    Limits own = undecided ? planned(key, hash) : null;
    return own == null && all.words().size() > 0 ? null : fresh(t, own);
  }

  /** A fresh entry; of the limits of all keys if {@code own} is null. */
  private KeyEntry fresh(Table t, Limits own) {
    return own == null
        ? new KeyEntry(t.shape.all().limits(), KeyEntry.Source.ALL, t.shape.floor(), limiters)
        : new KeyEntry(own, KeyEntry.Source.PLAN, t.shape.floor(), limiters);
  }

  /** What each rule of the key says after {@code decision}. */
  DetailedDecision inDetail(Object key, long hash, long nanoTime, Decision decision, long permits) {
    Checks.permits(permits);
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = entry(t, slot, key, hash);
    if (slot < 0 && permits > 0) { // as a fresh key would be, or there was no room
      boolean admits = entry == null
          ? !t.shape.all().words().denyUnused(t, nanoTime, permits)
          : entry.peek(nanoTime, permits).admitted();
      entry = decision.admitted() || admits ? overflow : entry;
    }
    return entry == null
        ? t.shape.all().words().inDetail(t, slot, nanoTime, permits, decision)
        : entry.inDetail(nanoTime, decision, permits);
  }

  /** The limits of a key. */
  Limits limits(Object key, long hash) {
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = slot < 0 ? null : t.entry(slot);
    if (entry != null && entry != KeyEntry.NONE && entry.source() != KeyEntry.Source.ALL) {
      return entry.limits();
    }
    Limits own = entry == null || entry == KeyEntry.NONE ? planned(key, hash) : null;
    return own == null ? limits() : own;
  }

  boolean refund(Object key, long hash, long nanoTime, long permits) {
    Checks.permits(permits);
    int done = 0; // rates that have their permits
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      if (slot == Table.ABSENT) {
        return true; // fresh, so nothing to give back
      }
      KeyEntry entry = slot < 0 ? null : t.entry(slot);
      if (entry != null && entry != KeyEntry.NONE && done > 0) {
        return true; // changed meanwhile: what the other rates miss can only deny
      }
      if (entry != null && entry.enter()) {
        try {
          return entry.refund(nanoTime, permits);
        } finally {
          entry.exit();
          t.countRefund();
        }
      }
      Words words = t.shape.all().words();
      if (slot >= 0 && entry == null && words.size() == 0) {
        return true; // as new
      }
      if (slot >= 0 && entry == null) {
        done = words.refundFrom(done, t, slot, nanoTime, permits);
        if (done == words.size()) {
          t.countRefund();
          return true;
        }
      }
      if (slot < 0) {
        segments.rebuild(t, hash, nanoTime);
      } else {
        isByEntry(t, slot, key, hash, nanoTime);
      }
    }
  }

  // Calls that an entry decides.

  /** The entry that decides for the key, entered; null if words do. */
  private KeyEntry enterEntry(Object key, long hash, long nanoTime) {
    return enterEntry(key, hash, nanoTime, false);
  }

  /** The entry of the key, made if need be, and entered; that of overflow if there is no room. */
  KeyEntry enterOwn(Object key, long hash, long nanoTime) {
    return enterEntry(key, hash, nanoTime, true);
  }

  private KeyEntry enterEntry(Object key, long hash, long nanoTime, boolean always) {
    while (true) {
      Table t = table(hash);
      int slot = segments.place(t, key, hash, nanoTime);
      if (slot == Words.MOVED) {
        continue;
      }
      KeyEntry entry = overflow;
      if (slot == Segments.NO_ROOM) {
        if (counts != null) {
          counts.overflow();
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
  private KeyEntry own(Table t, int slot, Object key, long hash) {
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
  private void follow(KeyEntry entry, long hash) {
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
  private boolean isByEntry(Table t, int slot, Object key, long hash, long nanoTime) {
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

  // Calls that words decide.

  /** ADMITTED, BY_ENTRY, or what denied: the index of a rate, or DENIED. */
  private int tryWords(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Table t = table(hash);
      int slot = place(t, key, hash, nanoTime, permits);
      if (slot >= 0) {
        Words words = t.shape.all().words();
        if (words.size() == 0) {
          return BY_ENTRY;
        }
        int verdict = words.take(t, slot, key, hash, nanoTime, permits, this);
        if (verdict != Words.MOVED) {
          return verdict;
        }
        if (isByEntry(t, slot, key, hash, nanoTime)) {
          return BY_ENTRY;
        }
      } else if (slot != Words.MOVED) {
        return slot == DENIED ? DENIED : BY_ENTRY;
      }
    }
  }

  /** As {@link #tryWords}, explained; null if an entry decides. */
  private Decision decideWords(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Table t = table(hash);
      int slot = place(t, key, hash, nanoTime, permits);
      Words words = t.shape.all().words();
      if (slot == Segments.NO_ROOM || slot >= 0 && words.size() == 0) {
        return null;
      }
      if (slot == DENIED) {
        return words.explain(t, Table.ABSENT, nanoTime, permits);
      }
      if (slot >= 0) {
        Decision decision = words.decide(t, slot, key, hash, nanoTime, permits, this);
        if (decision != null) {
          return decision;
        }
        if (isByEntry(t, slot, key, hash, nanoTime)) {
          return null;
        }
      }
    }
  }

  /** As {@link Segments#place}; but DENIED if the call is denied to every key that is not known. */
  private int place(Table t, Object key, long hash, long nanoTime, long permits) {
    int slot = t.find(key, hash);
    if (slot >= 0) {
      return slot;
    }
    boolean denied = plan == null && t.shape.all().words().denyUnused(t, nanoTime, permits);
    return denied && slot == Table.ABSENT ? DENIED : segments.claim(t, slot, key, hash, nanoTime);
  }

  /**
   * If an entry decides for the key now, or the limits of all keys were changed, the charge stays: it has
   * become a part of a level, at a price and below a burst that the charge does not know.
   */
  @Override
  public void uncharge(
      WordArray charged, Object key, long hash, int i, long nanoTime, long permits, long backlog) {
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      KeyEntry entry = slot < 0 ? null : t.entry(slot);
      if (slot == Table.ABSENT
          || !isSame(t, (Table) charged)
          || entry != null && entry != KeyEntry.NONE) {
        return; // if absent, it was forgotten: nothing was left of the charge
      }
      Words words = t.shape.all().words();
      if (slot >= 0 && words.uncharge(t, slot, i, nanoTime, permits, backlog, clock)) {
        t.countRefund();
        return;
      }
      if (slot < 0 || t.entry(slot) == KeyEntry.NONE) {
        segments.rebuild(t, hash, nanoTime);
      } else {
        return; // an entry is being made
      }
    }
  }

  // What an operator asks for.

  void override(Object key, long hash, Limits own) {
    change(key, hash, true, () -> own, KeyEntry.Source.OVERRIDE);
  }

  /** Whether the key had limits of its own. */
  boolean clearOverride(Object key, long hash) {
    return change(key, hash, false, () -> planned(key, hash), KeyEntry.Source.PLAN);
  }

  /** Asks the plan once more. */
  void planAgain(Object key, long hash) {
    KeyEntry entry = enterOwn(key, hash, clock.nanoTime());
    try {
      if (entry != overflow && !entry.isOverride()) {
        changeTo(entry, planned(key, hash), KeyEntry.Source.PLAN, hash);
      }
    } finally {
      entry.exit();
    }
  }

  /** Whether the key, if it must not be made known, had limits of its own. */
  private boolean change(
      Object key, long hash, boolean always, Supplier<Limits> to, KeyEntry.Source source) {
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
      entry = always ? segments.promote(t, slot, limits, source) : t.entry(slot);
      if (!entry.enter()) {
        segments.rebuild(t, hash, clock.nanoTime());
        continue;
      }
      try {
        changeTo(entry, limits, source, hash);
        return true;
      } finally {
        entry.exit();
      }
    }
  }

  /** Holds an entry to {@code limits}; null: to those of all keys. */
  private void changeTo(KeyEntry entry, Limits limits, KeyEntry.Source source, long hash) {
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

  /** The key as an entry that nobody else has. */
  KeyEntry copy(Object key, long hash, long nanoTime) {
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = entry(t, slot, key, hash);
    return entry != null
        ? entry
        : slot < 0 ? fresh(t, null) : limiters.of(t.shape.all(), t, slot, nanoTime);
  }

  int waiters(Object key, long hash) {
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = slot < 0 ? null : t.entry(slot);
    return entry == null || entry == KeyEntry.NONE ? 0 : entry.waiters();
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
        KeyEntry entry = t.holds(slot) ? t.entry(slot) : null;
        boolean byEntry = entry != null && entry != KeyEntry.NONE;
        if (byEntry
            && entry.resetAfterNanos(nanoTime) > 0
            && entry.limits().rules().size() > 0) {
          String text = entry.ratesOrNone().snapshotAt(nanoTime, Instant.EPOCH).toString();
          lines.accept(t.key(slot), text.substring(text.indexOf(" | ") + 3));
        } else if (t.holds(slot) && !byEntry && !words.areFresh(t, slot, nanoTime)) {
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
        KeyEntry entry = t.holds(slot) ? t.entry(slot) : null;
        boolean byEntry = entry != null && entry != KeyEntry.NONE;
        Words words = t.shape.all().words();
        if (!t.holds(slot) || !byEntry && words.size() == 0) {
          continue;
        }
        Decision decision = byEntry ? entry.peek(nanoTime, 1) : words.explain(t, slot, nanoTime, 1);
        boolean fresh = decision.resetAfterNanos() == 0 && !(byEntry && entry.isInFlight());
        if (slot < t.length || !fresh) {
          visitor.visit(t.key(slot), decision.remaining(), fresh);
        }
      }
    }
  }
}
