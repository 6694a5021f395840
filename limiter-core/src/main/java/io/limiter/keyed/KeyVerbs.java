package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.GcraMath;
import io.limiter.Permit;
import io.limiter.Reservation;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The calls that are made of keys: words are tried first; if an entry decides instead, its limiter answers. */
class KeyVerbs extends KeyEntries implements Words.Rollback {
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

  // The verdict alone.
  private static final Decision ADMITTED = new Decision(true, 0, 0, 0, -1);
  private static final Decision REFUSED = new Decision(false, 0, Decision.NEVER, 0, 0);

  KeyVerbs(
      Settings settings,
      ToLongFunction<Object> hashOfKey,
      boolean mayHint,
      @Nullable KeyedCounts<?> counts) {
    super(settings, hashOfKey, mayHint, counts);
  }

  /** For keys that are objects: by a hint, if there is one, before the key is hashed. */
  boolean tryAcquire(Object key, long nanoTime, long permits) {
    if (hinted && outcomes == null) {
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
    return outcomes == null
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
  @SuppressWarnings("NullAway") // called if the table has a math
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
    if (permits <= 0) {
      return decideNone(key, hash, nanoTime, permits);
    }
    while (true) {
      Decision decision = decideWords(key, hash, nanoTime, permits, false);
      if (decision != null) {
        return told(null, key, hash, nanoTime, decision, permits);
      }
      KeyEntry entry = enterEntry(key, hash, nanoTime);
      if (entry != null) {
        try {
          return told(entry, key, hash, nanoTime, entry.decide(nanoTime, permits), permits);
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
      Decision decision = decideWords(key, hash, nanoTime, permits, true);
      if (decision != null) {
        return FixedDecision.permit(told(null, key, hash, nanoTime, decision, permits), clock);
      }
      KeyEntry entry = enterEntry(key, hash, nanoTime);
      if (entry != null) {
        try {
          return told(entry, key, hash, nanoTime, entry.tryEnter(nanoTime, permits), permits);
        } finally {
          entry.exit();
        }
      }
    }
  }

  /** Takes permits now, or none, with a receipt. */
  Reservation reserve(Object key, long hash, long nanoTime, long permits) {
    Reservation now = reserveNow(key, hash, nanoTime, permits);
    if (outcomes == null) {
      return now;
    }
    if (!now.granted()) {
      DetailedDecision detail =
          inDetail(key, hash, nanoTime, peek(key, hash, nanoTime, permits), permits);
      return outcomes.told(name(key, hash), REFUSED, detail.deniedBy(), permits).admitted()
          ? new KeyReservation(this, null, key, hash, nanoTime, true, permits)
          : now;
    }
    try {
      outcomes.told(name(key, hash), ADMITTED, -1, permits);
    } catch (RuntimeException | Error e) {
      now.cancel();
      throw e;
    }
    return told(key, hash, now);
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
  void uncharge(@Nullable Table charged, Object key, long hash, long nanoTime, long permits) {
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
        if (whole > 0 && t.isSameSince(charged, key, hash) && !entry.isChanged()) {
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

  Decision peek(Object key, long hash, long nanoTime, long permits) {
    Checks.permits(permits);
    Table t = table(hash);
    int slot = t.find(key, hash);
    KeyEntry entry = entry(t, slot, key, hash);
    return entry == null
        ? t.shape.all().words().explain(t, slot, nanoTime, permits)
        : entry.peek(nanoTime, permits);
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

  boolean refund(Object key, long hash, long nanoTime, long permits) {
    boolean done = refundNow(key, hash, nanoTime, permits);
    if (done && outcomes != null) {
      outcomes.refunded(name(key, hash), permits);
    }
    return done;
  }

  private boolean refundNow(Object key, long hash, long nanoTime, long permits) {
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

  // Telling: see LimitListener. What it throws gives back what was charged, as refund does.

  /** Tells of a decision, of {@code entry} if it decided; answers what the caller is told. */
  private Decision told(
      @Nullable KeyEntry entry, Object key, long hash, long now, Decision decision, long permits) {
    if (outcomes == null) {
      return decision;
    }
    int rule = entry == null || decision.admitted()
        ? decision.deniedBy()
        : entry.inDetail(now, decision, permits).deniedBy(); // windows of a log are one member
    return told(entry, key, hash, now, decision, rule, permits);
  }

  private Decision told(
      @Nullable KeyEntry entry,
      Object key,
      long hash,
      long now,
      Decision decision,
      int rule,
      long permits) {
    if (outcomes == null) {
      return decision;
    }
    try {
      return outcomes.told(name(key, hash), decision, rule, permits);
    } catch (RuntimeException | Error e) {
      if (decision.admitted()) {
        giveBack(entry, key, hash, now, permits, e);
      }
      throw e;
    }
  }

  private Permit told(
      @Nullable KeyEntry entry, Object key, long hash, long nanoTime, Permit permit, long permits) {
    Decision told;
    try {
      told = told(entry, key, hash, nanoTime, permit.decision(), permits);
    } catch (RuntimeException | Error e) {
      permit.close(); // nothing, if it was denied
      throw e;
    }
    return told == permit.decision() ? permit : FixedDecision.permit(told, clock);
  }

  /** Tells of a call that forces its way to {@code entry}; answers whether it passes. */
  boolean toldForced(KeyEntry entry, Object key, long hash, boolean charged, long permits) {
    return outcomes == null
        ? charged
        : told(entry, key, hash, clock.nanoTime(), charged ? ADMITTED : REFUSED, -1, permits)
            .admitted();
  }

  /** Tells of a call that was denied, waited in the line of {@code entry}, and was admitted or not. */
  void toldLate(KeyEntry entry, Object key, long hash, boolean admitted, long permits) {
    if (outcomes == null || !admitted) {
      return;
    }
    try {
      outcomes.late(name(key, hash), permits);
    } catch (RuntimeException | Error e) {
      giveBack(entry, key, hash, clock.nanoTime(), permits, e);
      throw e;
    }
  }

  /** A reservation that tells how it ends. */
  Reservation told(Object key, long hash, Reservation reservation) {
    return outcomes != null && outcomes.isHeard() && reservation.granted()
        ? new ToldReservation(this, key, hash, reservation)
        : reservation;
  }

  /** Tells how a reservation ended. */
  void settled(Object key, long hash, long permits, long actual) {
    if (outcomes == null) {
      return;
    }
    outcomes.refunded(name(key, hash), permits - actual);
    try {
      outcomes.extra(name(key, hash), actual - permits);
    } catch (RuntimeException | Error e) {
      giveBack(null, key, hash, clock.nanoTime(), actual - permits, e);
      throw e;
    }
  }

  private void giveBack(
      @Nullable KeyEntry entry, Object key, long hash, long nanoTime, long permits, Throwable why) {
    try {
      if (entry == null) {
        refundNow(key, hash, nanoTime, permits);
      } else {
        entry.refund(entry.dated(nanoTime), permits);
      }
    } catch (RuntimeException | Error e) {
      why.addSuppressed(e);
    }
  }

  /** ADMITTED, BY_ENTRY, or what denied: the index of a rate, or DENIED. */
  private int tryWords(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Table t = table(hash);
      int slot = place(t, key, hash, nanoTime, permits, false);
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
  private @Nullable Decision decideWords(
      Object key, long hash, long nanoTime, long permits, boolean enters) {
    while (true) {
      Table t = table(hash);
      int slot = place(t, key, hash, nanoTime, permits, enters);
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
  private int place(Table t, Object key, long hash, long nanoTime, long permits, boolean enters) {
    int slot = t.find(key, hash);
    if (slot >= 0) {
      return slot;
    }
    if (!enters && (plan != null || t.shape.all().words().size() == 0)) {
      KeyEntry.checkAcquire(limits(key, hash)); // before the key is known
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
          || !t.isSameSince((Table) charged, key, hash)
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
}
