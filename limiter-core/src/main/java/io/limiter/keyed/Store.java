package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.Objects;
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

  private final Limits limits;
  private final NanoClock clock;
  private final Words words;
  private final GcraMath math; // of the only rate, if it counts ns; or null
  private final KeyEntry overflow; // of keys that have no room
  private final ToLongFunction<Object> hashOfKey; // null: keys are longs
  private final boolean hinted; // tables have hints, unless they are too large
  private final Segments segments;
  private final Table[] tables; // those of the segments
  private final int segmentBits;

  /** Of no keys. They are longs if {@code hashOfKey} is null; {@code mayHint} by their hashCode. */
  Store(Settings settings, ToLongFunction<Object> hashOfKey, boolean mayHint) {
    this.limits = settings.limits();
    this.clock = settings.clock();
    this.hashOfKey = hashOfKey;
    EntryLimiters limiters = new EntryLimiters(clock.nanoTime(), clock);
    this.words = new Words(KeyRate.of(limits, limiters.anchor()));
    boolean simple = words.size() == 1 && words.rate(0).countsNanos();
    this.math = simple ? words.rate(0).math : null;
    this.segments = new Segments(settings, words, limiters, hashOfKey, simple && mayHint);
    this.tables = segments.tables();
    this.segmentBits = Integer.numberOfTrailingZeros(tables.length);
    this.hinted = simple && mayHint && tables.length == 1;
    Limits shared = settings.whenFull().shared(limits);
    this.overflow = new KeyEntry(limiters.create(shared, limiters.earliest()), true);
  }

  NanoClock clock() {
    return clock;
  }

  Limits limits() {
    return limits;
  }

  Table table(long hash) {
    return Segments.table(tables, Segments.index(hash, segmentBits));
  }

  // The verbs. Words are tried first; if an entry decides instead, its limiter answers.

  /** For keys that are objects: by a hint, if there is one, before the key is hashed. */
  boolean tryAcquire(Object key, long nanoTime, long permits) {
    if (hinted) {
      Table t = Segments.table(tables, 0); // the only one
      int slot = t.hints == null ? Table.ABSENT : t.hint(key);
      if (slot >= 0 && t.entry(slot) == null) {
        int verdict = tryOnce(t, slot, nanoTime, permits);
        if (verdict != Words.MOVED) {
          return verdict == Words.ADMITTED;
        }
      }
    }
    return tryAcquire(key, hashOfKey.applyAsLong(key), nanoTime, permits);
  }

  boolean tryAcquire(Object key, long hash, long nanoTime, long permits) {
    Table t = table(hash);
    int slot = t.find(key, hash);
    if (slot >= 0 && math != null && t.entry(slot) == null) { // the common case, tried once
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
    long next = math.next(word, nanos, permits);
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
          return entry.limiter.tryAcquire(nanoTime, permits);
        } finally {
          entry.exit();
        }
      }
    }
  }

  /** A call for 0 permits is told what peek says, and makes no key known. Refuses fewer. */
  private Decision decideNone(Object key, long hash, long nanoTime, long permits) {
    if (limits.concurrency().isPresent()) {
      segments.unknown(table(hash)).decide(nanoTime, Checks.permits(permits)); // use tryEnter
    }
    return peek(key, hash, nanoTime, permits);
  }

  Decision decide(Object key, long hash, long nanoTime, long permits) {
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
          return entry.limiter.decide(nanoTime, permits);
        } finally {
          entry.exit();
        }
      }
    }
  }

  Permit tryEnter(Object key, long hash, long nanoTime, long permits) {
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
          return entry.limiter.tryEnter(nanoTime, permits);
        } finally {
          entry.exit();
        }
      }
    }
  }

  Decision peek(Object key, long hash, long nanoTime, long permits) {
    Checks.permits(permits);
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      KeyEntry entry = slot < 0 ? null : t.entry(slot);
      if (entry != null && entry != KeyEntry.NONE) {
        return entry.limiter.peek(nanoTime, permits);
      }
      if (slot != Table.SEALED && entry != KeyEntry.NONE) {
        return words.size() == 0
            ? segments.unknown(t).peek(nanoTime, permits)
            : words.explain(t, slot, nanoTime, permits);
      }
      segments.rebuild(t, hash, nanoTime);
    }
  }

  /** What each rule of the key says after {@code decision}. */
  DetailedDecision inDetail(Object key, long hash, long nanoTime, Decision decision, long permits) {
    Checks.permits(permits);
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      KeyEntry entry = slot < 0 ? null : t.entry(slot);
      if (slot == Table.ABSENT && permits > 0 && isOverflow(t, nanoTime, decision, permits)) {
        return overflow.limiter.inDetail(nanoTime, decision, permits);
      }
      if (entry != null && entry != KeyEntry.NONE) {
        return entry.limiter.inDetail(nanoTime, decision, permits);
      }
      if (slot != Table.SEALED && entry != KeyEntry.NONE) {
        return words.size() == 0
            ? segments.unknown(t).inDetail(nanoTime, decision, permits)
            : words.inDetail(t, slot, nanoTime, permits, decision);
      }
      segments.rebuild(t, hash, nanoTime);
    }
  }

  /** Whether a key was decided for want of room that is not known: not as a fresh key would be. */
  private boolean isOverflow(Table t, long nanoTime, Decision decision, long permits) {
    boolean freshAdmits = words.size() == 0
        ? segments.unknown(t).peek(nanoTime, permits).admitted()
        : !words.denyUnused(t, nanoTime, permits);
    return decision.admitted() || freshAdmits;
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
      if (entry != null && done > 0) {
        return true; // changed meanwhile: what the other rates miss can only deny
      }
      if (entry != null && entry.enter()) {
        try {
          return entry.limiter.refund(nanoTime, permits);
        } finally {
          entry.exit();
          t.countRefund();
        }
      }
      if (slot >= 0 && entry == null) {
        done = words.refundFrom(done, t, slot, nanoTime, permits);
        if (done == words.size()) {
          t.countRefund();
          return true;
        }
      }
      segments.rebuild(t, hash, nanoTime);
    }
  }

  /** A penalty in ns, at most MAX_WAIT_NANOS. */
  static long nanos(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    return duration.compareTo(Duration.ofNanos(KeyRate.MAX_WAIT_NANOS)) < 0
        ? duration.toNanos()
        : KeyRate.MAX_WAIT_NANOS;
  }

  /** Whether the penalty is remembered: not if there is no room for the key. */
  boolean penalize(Object key, long hash, long nanoTime, long waitNanos) {
    if (waitNanos <= 0) {
      return true;
    }
    long until = nanoTime + waitNanos;
    while (true) {
      Table t = table(hash);
      int slot = segments.place(t, key, hash, nanoTime);
      if (slot == Segments.NO_ROOM) {
        return false;
      }
      KeyEntry entry = slot < 0 ? null : segments.entry(t, slot);
      if (entry != null && entry.enter()) {
        try {
          entry.limiter.penalize(until);
          return true;
        } finally {
          entry.exit();
        }
      }
      if (slot >= 0 && entry == null && words.penalize(t, slot, nanoTime, until)) {
        return true;
      }
      segments.rebuild(t, hash, nanoTime);
    }
  }

  /** The entry that decides for the key, entered; null if words do. */
  private KeyEntry enterEntry(Object key, long hash, long nanoTime) {
    while (true) {
      Table t = table(hash);
      int slot = segments.place(t, key, hash, nanoTime);
      if (slot == Words.MOVED) {
        continue;
      }
      KeyEntry entry = slot == Segments.NO_ROOM ? overflow : segments.entry(t, slot);
      if (entry == null || entry.enter()) {
        return entry;
      }
      segments.rebuild(t, hash, nanoTime);
    }
  }

  // Calls that words decide.

  /** ADMITTED, BY_ENTRY, or what denied: the index of a rate, or DENIED. */
  private int tryWords(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Table t = table(hash);
      int slot = place(t, key, hash, nanoTime, permits);
      if (slot >= 0) {
        if (words.size() == 0 || t.entry(slot) != null) {
          return BY_ENTRY;
        }
        int verdict = words.take(t, slot, key, hash, nanoTime, permits, this);
        if (verdict != Words.MOVED) {
          return verdict;
        }
        segments.rebuild(t, hash, nanoTime);
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
      if (slot == Segments.NO_ROOM || slot >= 0 && t.entry(slot) != null || words.size() == 0) {
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
        segments.rebuild(t, hash, nanoTime);
      }
    }
  }

  /** As {@link Segments#place}; but DENIED if the call is denied to every key that is not known. */
  private int place(Table t, Object key, long hash, long nanoTime, long permits) {
    int slot = t.find(key, hash);
    if (slot >= 0) {
      return slot;
    }
    boolean denied = words.denyUnused(t, nanoTime, permits);
    return denied && slot == Table.ABSENT ? DENIED : segments.claim(t, slot, key, hash, nanoTime);
  }

  /**
   * If the key was changed meanwhile, the charge stays: it has become a part of a level, at a price
   * and below a burst that the charge does not know.
   */
  @Override
  public void uncharge(
      WordArray charged, Object key, long hash, int i, long nanoTime, long permits, long backlog) {
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      if (slot == Table.ABSENT || t.isChangedSince((Table) charged, key, hash)) {
        return; // if absent, it was forgotten: nothing was left of the charge
      }
      if (slot >= 0 && words.uncharge(t, slot, i, nanoTime, permits, backlog, clock)) {
        t.countRefund();
        return;
      }
      segments.rebuild(t, hash, nanoTime);
    }
  }

  // What an operator asks for.

  void override(Object key, long hash, Limits own) {
    segments.change(new KeyChange(key, hash, KeyChange.Kind.OVERRIDE, own));
  }

  /** Whether the key had limits of its own. */
  boolean clearOverride(Object key, long hash) {
    return segments.change(new KeyChange(key, hash, KeyChange.Kind.CLEAR, limits));
  }

  /** Whether the key was known. */
  boolean forget(Object key, long hash) {
    return segments.change(new KeyChange(key, hash, KeyChange.Kind.FORGET, null));
  }

  /** How many keys are known. */
  long size() {
    long size = 0;
    for (int i = 0; i < tables.length; i++) {
      size += Segments.table(tables, i).size();
    }
    return size;
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
        KeyEntry entry = t.holds(slot) ? t.entry(slot) : KeyEntry.NONE;
        if (entry == KeyEntry.NONE || entry == null && words.size() == 0) {
          continue;
        }
        Decision decision =
            entry == null ? words.explain(t, slot, nanoTime, 1) : entry.limiter.peek(nanoTime, 1);
        boolean inFlight = entry != null && entry.limiter.isInFlight();
        boolean fresh = decision.resetAfterNanos() == 0 && !inFlight;
        if (slot < t.length || !fresh) {
          visitor.visit(t.key(slot), decision.remaining(), fresh);
        }
      }
    }
  }
}
