package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * What {@link KeyedLimiter} and {@link LongKeyedLimiter} are made of: segments of tables, and every
 * operation on the key with a given hash. A key of a {@link LongTable} is its hash, and its object
 * is null.
 */
final class Store {
  /*
   * Representation. Each segment is one reference to a Table; a key's segment is the high bits of its
   *   hash. A key that is in no table has the words `floors` of its segment's table: FRESH at first,
   *   then the latest TAT that was forgotten. Limits that need more than words, and limits of a key's
   *   own, are an KeyEntry in the table.
   * Invariants.
   *   I1  A table is replaced only when all its slots and words are final, and the new one has the
   *       same keys with the same TATs, but for keys that are fresh at a reading that was given, and
   *       for the one change that the caller asked for. So, read as an absolute time, the word of a
   *       key changes by admission, refund, penalty and change alone.
   *   I2  All tables that helpers build to replace one table are equivalent; one is published.
   *   I3  Forgetting is not observable. A key is left out only if each of its TATs is at most the
   *       reading, and then floors[i] is at least that TAT. For readings at or after the floor any
   *       word up to it decides as FRESH does; for readings before it the floor denies whatever the
   *       key's own word would. An KeyEntry is left out only if it was frozen when nobody was inside and
   *       nothing was left to remember, so that no later charge can be lost with it.
   *   I4  A frozen word denies within the horizon (see Gcra). So only denials ask about it.
   *   I5  Within a table `used` is at least the number of keys, and at most `limit` are claimed.
   * Linearization.
   *   one rate   as Gcra: admitted at the compare-and-set of the word; denied at its last read. A key
   *              that is absent: at the read of the reference that finds the same table as before.
   *   more       as AllOf: admitted at each compare-and-set in turn; denied at the read or
   *              compare-and-set of the rate that denied. A call that runs while its key is changed
   *              may leave what it charged before: it can deny, never admit.
   *   override, clearOverride, forget  the compare-and-set of the reference.
   *   whenFull   at the last read of the key's slots, when the segment was at its limit.
   * Memory ordering.
   *   field     read      write          why that is enough
   *   segments  volatile  compareAndSet  publishes the final fields and the content of a table
   *   words     volatile  compareAndSet  one total order of admissions of a key and rate
   *   keys      see ObjectTable and LongTable
   *   owns      volatile  compareAndSet  from null to an KeyEntry or NONE, once
   *   noRoom    volatile  volatile       immutable; any value that was ever written holds
   * Progress. Lock-free: whoever meets a frozen word or a seal completes the new table itself. A
   *   rebuild is O(slots of one segment), and is paid for by as many first uses or charges: see
   *   hasRoom. override, clearOverride and forget also wait for calls that are inside an KeyEntry.
   * Arithmetic. That of GcraMath. A reading far behind counts as the horizon (KeyRate.since); one far
   *   ahead moves the origin, by a rebuild.
   * Rejected. A map of limiters (70 to 130 bytes a key, and a race between forgetting and charging).
   *   Deleting in place (a slot that changes its key needs a version). A thread or a timer that
   *   sweeps. Forgetting one key at a time when full (a flood would pay a scan for each key).
   * Sources. Gcra; Click, A lock-free hash table, 2007 (copying a table by freezing its slots).
   */
  private static final VarHandle SEGMENT = ConstantBootstraps.arrayVarHandle(
      MethodHandles.lookup(), "_", VarHandle.class, Table[].class);

  private static final int MIN_LENGTH = 8; // slots
  private static final int KEYS_PER_SEGMENT = 4096;
  private static final int MAX_SEGMENT_BITS = 16;

  /** After so many ns a key with permits in flight is asked again whether it is fresh. */
  private static final long IN_FLIGHT_NANOS = 10_000_000;

  // What the methods below answer besides a slot, or the index of the rate that denied.
  private static final int ADMITTED = -1;
  static final int MOVED = -2; // undecided: the table must be replaced, or was
  private static final int DENIED = -3; // as any key would be that is not known
  private static final int UNTRACKED = -4; // no room for the key
  private static final int OBJECT = -5; // an KeyEntry decides

  /** The longest penalty and the longest time until a full table is looked at again: 73 years. */
  static final long MAX_WAIT_NANOS = 1L << 61;

  private static final long MOVED_WORD = Long.MIN_VALUE; // from charge
  private static final long DENYING = 1L << 62; // ticks taken from a word that charge answers

  private final Limits limits;
  private final NanoClock clock;
  private final KeyRate[] rates; // none: each key has an KeyEntry
  private final GcraMath math; // of the only rate, if it counts ns; or null
  private final int quickest; // index of the rate with the shortest emission interval
  private final KeyEntry overflow; // for keys that have no room
  private final ToLongFunction<Object> hashOfKey; // null: keys are longs
  private final long anchor; // clock reading at creation
  private final long dawn; // a reading before all others
  private final int promised; // keys of a segment that are not fresh and yet known
  private final int capacity; // keys of a segment
  private final int segmentBits;
  private final boolean hinted; // the table has hints, if it may
  private final Table[] segments;

  /** Of no keys. They are longs if {@code hashOfKey} is null; {@code mayHint} by their hashCode. */
  Store(Settings settings, ToLongFunction<Object> hashOfKey, boolean mayHint) {
    this.limits = settings.limits();
    this.clock = settings.clock();
    this.hashOfKey = hashOfKey;
    this.anchor = clock.nanoTime();
    this.dawn = anchor - MAX_WAIT_NANOS;
    this.rates = KeyRate.of(limits, anchor);
    this.math = rates.length == 1 && rates[0].countsNanos() ? rates[0].math : null;
    this.quickest = quickest(rates);
    this.segmentBits = segmentBits(settings.maxKeys());
    this.hinted = math != null && segmentBits == 0 && mayHint;
    this.overflow = KeyEntry.create(settings.whenFull().shared(limits), true, anchor, dawn, clock);
    long share = (settings.maxKeys() - 1 >> segmentBits) + 1;
    this.promised = Math.toIntExact(share + (segmentBits == 0 ? 0 : slack(share)));
    this.capacity = promised + promised / 8;
    this.segments = new Table[1 << segmentBits];
    long[] origins = new long[rates.length];
    long[] floors = new long[rates.length];
    for (int i = 0; i < rates.length; i++) {
      origins[i] = rates[i].units(anchor);
      floors[i] = GcraMath.FRESH;
    }
    for (int i = 0; i < segments.length; i++) {
      int spare = hashOfKey == null ? LongTable.SPARE : 0;
      Table.Changed none = new Table.Changed(null, 0, null);
      Table.Shape shape = shape(0, spare, 0, rates.length == 0, none, dawn, origins, floors);
      segments[i] = hashOfKey == null ? new LongTable(shape) : new ObjectTable(shape);
    }
  }

  /** For segments of so few keys that a rebuild of one is short. */
  private static int segmentBits(long maxKeys) {
    int bits = 0;
    while (bits < MAX_SEGMENT_BITS && maxKeys >> bits > KEYS_PER_SEGMENT) {
      bits++;
    }
    return bits;
  }

  /** Six standard deviations of the number of keys in a segment. */
  private static long slack(long share) {
    long root = 1;
    while (root * root < share) {
      root++;
    }
    return 6 * root;
  }

  private static int quickest(KeyRate[] rates) {
    int quickest = 0;
    for (int i = 1; i < rates.length; i++) {
      quickest = rates[i].isQuickerThan(rates[quickest]) ? i : quickest;
    }
    return quickest;
  }

  NanoClock clock() {
    return clock;
  }

  Limits limits() {
    return limits;
  }

  // The verbs. Words are tried first; if an KeyEntry decides instead, the answer of that.

  /** For keys that are objects: by a hint, if there is one, before the key is hashed. */
  boolean tryAcquire(Object key, long nanoTime, long permits) {
    if (hinted) {
      Table t = segment(0); // the only one
      int slot = t.hints == null ? Table.ABSENT : t.hint(key);
      if (slot >= 0 && t.own(slot) == null) {
        int verdict = tryOnce(t, slot, nanoTime, permits);
        if (verdict != MOVED) {
          return verdict == ADMITTED;
        }
      }
    }
    return tryAcquire(key, hashOfKey.applyAsLong(key), nanoTime, permits);
  }

  boolean tryAcquire(Object key, long hash, long nanoTime, long permits) {
    Table t = table(hash);
    int slot = t.find(key, hash);
    if (slot >= 0 && math != null && t.own(slot) == null) { // the common case, once and on its own
      int verdict = tryOnce(t, slot, nanoTime, permits);
      if (verdict != MOVED) {
        return verdict == ADMITTED;
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
      return ADMITTED;
    }
    return next == GcraMath.DENIED && nanos >= 0 && !Table.isFrozen(word) ? DENIED : MOVED;
  }

  private boolean tryAgain(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      int verdict = tryWords(key, hash, nanoTime, permits);
      if (verdict != OBJECT) {
        return verdict == ADMITTED;
      }
      KeyEntry own = enteredOwn(key, hash, nanoTime);
      if (own != null) {
        try {
          return own.tryAcquire(nanoTime, permits);
        } finally {
          own.exit();
        }
      }
    }
  }

  Decision decide(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Decision decision = decideWords(key, hash, nanoTime, permits);
      if (decision != null) {
        return decision;
      }
      KeyEntry own = enteredOwn(key, hash, nanoTime);
      if (own != null) {
        try {
          return own.decide(nanoTime, permits);
        } finally {
          own.exit();
        }
      }
    }
  }

  Permit tryEnter(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Decision decision = decideWords(key, hash, nanoTime, permits);
      if (decision != null) {
        return FixedDecision.permit(decision, clock);
      }
      KeyEntry own = enteredOwn(key, hash, nanoTime);
      if (own != null) {
        try {
          return own.tryEnter(nanoTime, permits);
        } finally {
          own.exit();
        }
      }
    }
  }

  Decision peek(Object key, long hash, long nanoTime, long permits) {
    Checks.permits(permits);
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      KeyEntry own = slot < 0 ? null : t.own(slot);
      if (own != null && own != KeyEntry.NONE) {
        return own.peek(nanoTime, permits);
      }
      if (slot != Table.SEALED && own != KeyEntry.NONE) {
        return rates.length == 0
            ? fresh(t).peek(nanoTime, permits)
            : explain(t, slot, nanoTime, permits);
      }
      rebuild(t, hash, nanoTime);
    }
  }

  boolean refund(Object key, long hash, long nanoTime, long permits) {
    Checks.permits(permits);
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      if (slot == Table.ABSENT) {
        return true; // fresh, so nothing to give back
      }
      KeyEntry own = slot < 0 ? null : t.own(slot);
      if (own != null && own.enter()) {
        try {
          return own.refund(nanoTime, permits);
        } finally {
          own.exit();
          t.countRefund();
        }
      }
      if (slot >= 0 && own == null && refundWords(t, slot, nanoTime, permits)) {
        t.countRefund();
        return true;
      }
      rebuild(t, hash, nanoTime);
    }
  }

  /** A penalty in ns, at most MAX_WAIT_NANOS. */
  static long nanos(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    return duration.compareTo(Duration.ofNanos(MAX_WAIT_NANOS)) < 0
        ? duration.toNanos()
        : MAX_WAIT_NANOS;
  }

  /** Whether it is remembered: not if there is no room for the key. */
  boolean penalize(Object key, long hash, long nanoTime, long waitNanos) {
    if (waitNanos <= 0) {
      return true;
    }
    while (true) {
      Table t = table(hash);
      int slot = place(t, key, hash, nanoTime);
      if (slot == UNTRACKED) {
        return false;
      }
      KeyEntry own = slot < 0 ? null : own(t, slot);
      if (own != null && own.enter()) {
        try {
          own.penalize(nanoTime + waitNanos);
          return true;
        } finally {
          own.exit();
        }
      }
      if (slot >= 0 && own == null && isNear(t, nanoTime) && block(t, slot, nanoTime + waitNanos)) {
        return true;
      }
      rebuild(t, hash, nanoTime);
    }
  }

  // Calls that words decide.

  /** ADMITTED, OBJECT, or what denied: the index of a rate, or DENIED. */
  private int tryWords(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      if (slot < 0) {
        slot = place(t, slot, key, hash, nanoTime, permits);
      }
      if (slot >= 0) {
        if (rates.length == 0 || t.own(slot) != null) {
          return OBJECT;
        }
        int verdict = take(t, slot, key, hash, nanoTime, permits);
        if (verdict != MOVED) {
          return verdict;
        }
        rebuild(t, hash, nanoTime);
      } else if (slot != MOVED) {
        return slot == DENIED ? DENIED : OBJECT;
      }
    }
  }

  /** As {@link #tryWords}, explained; null if an KeyEntry decides. */
  private Decision decideWords(Object key, long hash, long nanoTime, long permits) {
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      if (slot < 0) {
        slot = place(t, slot, key, hash, nanoTime, permits);
      }
      if (slot == UNTRACKED || slot >= 0 && t.own(slot) != null || rates.length == 0) {
        return null;
      }
      if (slot == DENIED) {
        return explain(t, Table.ABSENT, nanoTime, permits);
      }
      if (slot >= 0 && rates.length == 1) {
        long word = charge(t, slot, 0, nanoTime, permits);
        if (word != MOVED_WORD) {
          return word >= GcraMath.FRESH
              ? admitted(t, word, nanoTime)
              : denied(t, word + DENYING, nanoTime, permits);
        }
        rebuild(t, hash, nanoTime);
      } else if (slot >= 0) {
        int verdict = take(t, slot, key, hash, nanoTime, permits);
        if (verdict != MOVED) {
          return told(verdict, explain(t, slot, nanoTime, permits));
        }
        rebuild(t, hash, nanoTime);
      }
    }
  }

  /** Charges all rates and answers ADMITTED; or none, and answers the index of one that denied. */
  private int take(Table t, int slot, Object key, long hash, long nanoTime, long permits) {
    if (rates.length == 1) {
      long word = charge(t, slot, 0, nanoTime, permits);
      return word >= GcraMath.FRESH ? ADMITTED : word == MOVED_WORD ? MOVED : 0;
    }
    for (int i = 0; i < rates.length; i++) {
      long word = t.word(slot * rates.length + i);
      if (rates[i].math.next(word, since(t, i, nanoTime), permits) == GcraMath.DENIED) {
        return Table.isFrozen(word) ? MOVED : i;
      }
    }
    return chargeFrom(0, t, slot, key, hash, nanoTime, permits);
  }

  /** As {@link #take} for the rates from {@code i} on, without asking first. */
  int chargeFrom(int i, Table t, int slot, Object key, long hash, long nanoTime, long permits) {
    if (i == rates.length) {
      return ADMITTED;
    }
    long word = charge(t, slot, i, nanoTime, permits);
    if (word < GcraMath.FRESH) {
      return word == MOVED_WORD ? MOVED : i;
    }
    int verdict = chargeFrom(i + 1, t, slot, key, hash, nanoTime, permits);
    if (verdict != ADMITTED) {
      long backlog = rates[i].math.backlog(word, since(t, i, nanoTime));
      uncharge(t, key, hash, i, nanoTime, permits, backlog);
    }
    return verdict;
  }

  /**
   * The one loop that admits. Answers the word after the admission; or, less DENYING and so below
   * FRESH, the word that denied; or MOVED_WORD if the table cannot tell: the word is frozen, or the
   * reading is beyond its horizon.
   */
  private long charge(Table t, int slot, int i, long nanoTime, long permits) {
    KeyRate rate = rates[i];
    int at = slot * rates.length + i;
    long units = rate.since(t.origin(i), nanoTime);
    while (true) {
      long word = t.word(at);
      long next = rate.math.next(word, units, permits);
      if (next == GcraMath.DENIED) {
        return Table.isFrozen(word) ? MOVED_WORD : word - DENYING;
      }
      if (next == GcraMath.REBASE) {
        return MOVED_WORD;
      }
      if (t.casWord(at, word, next)) {
        return next;
      }
    }
  }

  /**
   * Takes back a charge of rate {@code i} at {@code nanoTime} that left {@code backlog}. The clock is
   * read after the word: see Gcra. If the key was changed meanwhile, the charge stays: it has become
   * a part of a level, at a price and below a burst of which the charge tells nothing.
   */
  private void uncharge(
      Table charged, Object key, long hash, int i, long nanoTime, long permits, long backlog) {
    KeyRate rate = rates[i];
    while (true) {
      Table t = table(hash);
      int slot = t.find(key, hash);
      if (slot == Table.ABSENT || t.isChangedSince(charged, key, hash)) {
        return; // if absent, it was forgotten: nothing was left of the charge
      }
      int at = slot * rates.length + i;
      long word = slot < 0 ? Table.FROZEN : t.word(at);
      if (Table.isFrozen(word)) {
        rebuild(t, hash, nanoTime);
        continue;
      }
      long elapsed = elapsed(rate, nanoTime, clock.nanoTime());
      long units = rate.since(t.origin(i), nanoTime) + elapsed;
      long next = rate.math.uncharge(word, units, permits, backlog, elapsed);
      if (next == word || t.casWord(at, word, next)) {
        t.countRefund();
        return;
      }
    }
  }

  private static long elapsed(KeyRate rate, long nanoTime, long later) {
    return Math.max(rate.units(later) - rate.units(nanoTime), 0);
  }

  /** False if the table has to be replaced first. */
  private boolean refundWords(Table t, int slot, long nanoTime, long permits) {
    for (int i = 0; i < rates.length; i++) {
      int at = slot * rates.length + i;
      long word;
      long next;
      do {
        word = t.word(at);
        if (Table.isFrozen(word)) {
          return false;
        }
        next = rates[i].math.refund(word, since(t, i, nanoTime), permits);
      } while (next != word && !t.casWord(at, word, next));
    }
    return true;
  }

  /** Whether the origin of the quickest rate is so near that half the horizon is left. */
  private boolean isNear(Table t, long nanoTime) {
    return rates[quickest].move(since(t, quickest, nanoTime)) == 0;
  }

  /** One rate is enough to deny all: the one that needs the least time afterwards. */
  private boolean block(Table t, int slot, long untilNanoTime) {
    KeyRate rate = rates[quickest];
    int at = slot * rates.length + quickest;
    long blocking = rate.blockedUntil(rate.unitsUp(untilNanoTime) - t.origin(quickest));
    long word;
    do {
      word = t.word(at);
      if (Table.isFrozen(word)) {
        return false;
      }
    } while (word < blocking && !t.casWord(at, word, blocking));
    return true;
  }

  // Explanations.

  private long since(Table t, int i, long nanoTime) {
    return rates[i].since(t.origin(i), nanoTime);
  }

  /** The word of a slot, also after the table was replaced; that of an unknown key if ABSENT. */
  private long word(Table t, int slot, int i) {
    return slot < 0 ? t.shape.floors()[i] : Table.thawed(t.word(slot * rates.length + i));
  }

  private Decision admitted(Table t, long word, long nanoTime) {
    long units = since(t, 0, nanoTime);
    GcraMath math = rates[0].math;
    long reset = rates[0].nanos(math.resetAfterNanos(word, units), nanoTime);
    return new Decision(true, math.remaining(word, units), 0, reset, -1);
  }

  private Decision denied(Table t, long word, long nanoTime, long permits) {
    long units = since(t, 0, nanoTime);
    GcraMath math = rates[0].math;
    long wait = rates[0].nanos(math.retryAfterNanos(word, units, permits), nanoTime);
    long reset = rates[0].nanos(math.resetAfterNanos(word, units), nanoTime);
    return new Decision(false, math.remaining(word, units), wait, reset, 0);
  }

  /** What all rates say together, without charging any. */
  private Decision explain(Table t, int slot, long nanoTime, long permits) {
    long remaining = Long.MAX_VALUE;
    long reset = 0;
    long wait = 0;
    int deniedBy = -1;
    for (int i = 0; i < rates.length; i++) {
      KeyRate rate = rates[i];
      long word = word(t, slot, i);
      long units = since(t, i, nanoTime);
      remaining = Math.min(remaining, rate.math.remaining(word, units));
      reset = Math.max(reset, rate.nanos(rate.math.resetAfterNanos(word, units), nanoTime));
      long own = rate.nanos(rate.math.retryAfterNanos(word, units, permits), nanoTime);
      if (own > wait) {
        wait = own;
        deniedBy = i;
      }
    }
    return new Decision(deniedBy < 0, remaining, wait, reset, deniedBy);
  }

  /** As AllOf: a call that lost a race which is over when it is explained waits 1 ns. */
  private static Decision told(int verdict, Decision after) {
    if (verdict == ADMITTED) {
      return new Decision(true, after.remaining(), 0, after.resetAfterNanos(), -1);
    }
    return after.admitted()
        ? new Decision(false, after.remaining(), 1, after.resetAfterNanos(), verdict)
        : after;
  }

  // Finding a place for a key.

  Table table(long hash) {
    return segment(index(hash));
  }

  private Table segment(int index) {
    return (Table) SEGMENT.getVolatile(segments, index);
  }

  private boolean replace(long hash, Table t, Table next) {
    return SEGMENT.compareAndSet(segments, index(hash), t, next);
  }

  private int index(long hash) {
    return (int) (hash >>> 1 >>> 63 - segmentBits);
  }

  /** The slot of a key, known or not; MOVED or UNTRACKED. */
  private int place(Table t, Object key, long hash, long nanoTime) {
    int slot = t.find(key, hash);
    return slot >= 0 ? slot : claim(t, slot, key, hash, nanoTime);
  }

  /** As {@link #claim}, but DENIED if the call is denied to any key that is not known. */
  private int place(Table t, int found, Object key, long hash, long nanoTime, long permits) {
    for (int i = 0; i < rates.length; i++) {
      long floor = t.shape.floors()[i];
      if (rates[i].math.next(floor, since(t, i, nanoTime), permits) == GcraMath.DENIED) {
        return found == Table.ABSENT ? DENIED : claim(t, found, key, hash, nanoTime);
      }
    }
    return claim(t, found, key, hash, nanoTime);
  }

  /** The slot of a key that was not found a moment ago; MOVED or UNTRACKED. */
  private int claim(Table t, int found, Object key, long hash, long nanoTime) {
    int slot = found == Table.ABSENT ? t.claim(key, hash) : found;
    if (slot == Table.FULL && t.shape.last() && !hasRoom(t, nanoTime)) {
      slot = t.find(key, hash); // another thread may have brought it
      if (slot == Table.ABSENT) {
        return UNTRACKED;
      }
    }
    if (slot == Table.CROWDED) {
      return UNTRACKED;
    }
    if (slot < 0) {
      rebuild(t, hash, nanoTime);
      return MOVED;
    }
    return slot;
  }

  /** The KeyEntry that decides for the key, entered; null if words do. */
  private KeyEntry enteredOwn(Object key, long hash, long nanoTime) {
    while (true) {
      Table t = table(hash);
      int slot = place(t, key, hash, nanoTime);
      if (slot == MOVED) {
        continue;
      }
      KeyEntry own = slot == UNTRACKED ? overflow : own(t, slot);
      if (own == null || own.enter()) {
        return own;
      }
      rebuild(t, hash, nanoTime);
    }
  }

  /** What a key that is not known would get, if the limits ask for an KeyEntry. */
  private KeyEntry fresh(Table t) {
    return KeyEntry.create(limits, false, anchor, t.shape.floor(), clock);
  }

  /** The KeyEntry in the slot, created if the limits ask for one; or null. */
  private KeyEntry own(Table t, int slot) {
    KeyEntry own = t.own(slot);
    if (own != null || rates.length > 0) {
      return own;
    }
    KeyEntry fresh = fresh(t);
    KeyEntry other = (KeyEntry) Table.OWN.compareAndExchange(t.owns, slot, null, fresh);
    return other == null ? fresh : other;
  }

  /**
   * Whether a full table has room once the keys that are fresh are left out. A look is O(slots), and
   * is paid for: if there is room, by the first uses of half the extra room (capacity beyond
   * promised); if there is none, the next look waits until as many keys would be fresh as to
   * keep the promise, and if there is none then, at least half the extra room was charged meanwhile.
   */
  private boolean hasRoom(Table t, long nanoTime) {
    if (!t.mayHaveRoom(nanoTime)) {
      return false;
    }
    int refunds = t.refunds();
    int most = promised + t.shape.overrides();
    long[] waits = new long[t.slots()];
    int lively = 0;
    for (int slot = 0; slot < t.length; slot++) {
      long wait = t.holds(slot) ? resetAfterNanos(t, slot, nanoTime) : 0;
      if (wait > 0) {
        waits[lively++] = wait;
      }
    }
    int extra = capacity - promised;
    if (lively < most + (extra + 1) / 2 || t.refunds() != refunds) {
      return true; // or the look was not at one instant
    }
    Arrays.sort(waits, 0, lively);
    t.noRoomBefore(nanoTime + Math.min(waits[lively - most], MAX_WAIT_NANOS), refunds);
    return false;
  }

  /** The wait until the key in the slot may be left out; 0 if it may be now. */
  private long resetAfterNanos(Table t, int slot, long nanoTime) {
    KeyEntry own = t.own(slot);
    if (own != null && own != KeyEntry.NONE) {
      return own.overrides
          ? Decision.NEVER
          : Math.max(own.resetAfterNanos(nanoTime), own.isInFlight() ? IN_FLIGHT_NANOS : 0);
    }
    long reset = 0;
    for (int i = 0; i < rates.length; i++) {
      long units = since(t, i, nanoTime);
      long wait = rates[i].math.resetAfterNanos(word(t, slot, i), units);
      reset = Math.max(reset, rates[i].nanos(wait, nanoTime));
    }
    return reset;
  }

  // Replacing tables.

  /** Replaces {@code t}, unless someone already has. */
  private void rebuild(Table t, long hash, long nanoTime) {
    if (table(hash) == t) {
      t.freeze();
      replace(hash, t, successor(t, nanoTime, null));
    }
  }

  /** What an operator asks for: the state of one key in the next table. */
  private record Change(Object key, long hash, Kind kind, Limits limits) {
    enum Kind {
      OVERRIDE,
      CLEAR,
      FORGET
    }
  }

  void override(Object key, long hash, Limits own) {
    change(new Change(key, hash, Change.Kind.OVERRIDE, own));
  }

  /** Whether the key had limits of its own. */
  boolean clearOverride(Object key, long hash) {
    return change(new Change(key, hash, Change.Kind.CLEAR, limits));
  }

  /** Whether the key was known. */
  boolean forget(Object key, long hash) {
    return change(new Change(key, hash, Change.Kind.FORGET, null));
  }

  private boolean change(Change change) {
    while (true) {
      Table t = table(change.hash);
      boolean nothing = nothing(t, change);
      if (nothing && t.find(change.key, change.hash) != Table.SEALED) {
        return false;
      }
      t.freeze();
      nothing = nothing(t, change);
      Table next = successor(t, clock.nanoTime(), nothing ? null : change);
      if (replace(change.hash, t, next)) {
        return !nothing;
      }
    }
  }

  private static boolean nothing(Table t, Change change) {
    int slot = t.find(change.key, change.hash);
    KeyEntry own = slot < 0 ? null : t.own(slot);
    return switch (change.kind) {
      case OVERRIDE -> false;
      case CLEAR -> own == null || !own.overrides;
      case FORGET -> slot < 0;
    };
  }

  /**
   * The table after {@code t}, which is frozen: without keys that are fresh at the reading, and with
   * the change, if any. Its origins are nearer to the reading, if that is far from them.
   */
  private Table successor(Table t, long nanoTime, Change change) {
    int n = rates.length;
    int changing = change == null ? -1 : t.find(change.key, change.hash); // SEALED: not here
    KeyEntry changed = change == null ? null : changed(t, changing, nanoTime, change);
    boolean clears = n > 0 && change != null && change.kind == Change.Kind.CLEAR;
    int[] kept = new int[t.slots()]; // slots
    KeyEntry[] owns = new KeyEntry[t.slots()]; // of those
    int count = 0;
    int overrides = changed != null && changed.overrides ? 1 : 0;
    long floor = t.shape.floor();
    long[] floors = t.shape.floors().clone();
    for (int slot = 0; slot < t.slots(); slot++) {
      if (slot == changing || !t.holds(slot)) {
        continue;
      }
      KeyEntry own = t.own(slot);
      if (own == null || own == KeyEntry.NONE) {
        if (areFresh(t, slot, nanoTime)) {
          for (int i = 0; i < n; i++) {
            floors[i] = Math.max(floors[i], word(t, slot, i));
          }
          continue;
        }
      } else if (own.freezeIfFresh(nanoTime)) {
        floor = nanoTime - floor > 0 ? nanoTime : floor;
        continue;
      } else {
        owns[count] = own.isFrozen() ? own.carried() : own;
        overrides += own.overrides ? 1 : 0;
      }
      kept[count++] = slot;
    }
    long[] origins = new long[n];
    long[] moves = new long[n];
    for (int i = 0; i < n; i++) {
      moves[i] = rates[i].move(since(t, i, nanoTime));
      origins[i] = t.origin(i) + moves[i];
      floors[i] = rates[i].math.rebase(floors[i], moves[i]);
    }
    int size = count + (changed != null || clears ? 1 : 0);
    Table.Changed latest = t.shape.changed();
    latest = change == null ? latest : new Table.Changed(change.key, change.hash, latest);
    Table next =
        t.create(shape(size, t.shape.spare(), overrides, n == 0, latest, floor, origins, floors));
    next.setSize(size);
    for (int k = 0; k < count; k++) {
      int slot = next.copy(t, kept[k], hashOfKey);
      if (owns[k] != null) {
        next.owns[slot] = owns[k];
      } else {
        for (int i = 0; i < n; i++) {
          next.words[slot * n + i] = rates[i].math.rebase(word(t, kept[k], i), moves[i]);
        }
      }
    }
    if (changed != null) {
      next.owns[next.add(change.key, change.hash)] = changed;
    } else if (clears) {
      setWords(next, next.add(change.key, change.hash), t, changing, nanoTime);
    }
    return next;
  }

  private boolean areFresh(Table t, int slot, long nanoTime) {
    for (int i = 0; i < rates.length; i++) {
      if (rates[i].math.backlog(word(t, slot, i), since(t, i, nanoTime)) > 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * A shape with room for {@code size} keys and some more: seven tenths full, so that it is replaced
   * when it is seven eighths full; or the last, as full as that with the capacity of a segment.
   */
  private Table.Shape shape(
      int size,
      int spare,
      int overrides,
      boolean owns,
      Table.Changed changed,
      long floor,
      long[] origins,
      long[] floors) {
    int limit = Math.max(capacity + overrides, size);
    int longest = limit + limit / 7 + 1;
    int length = Math.max(MIN_LENGTH, size + size * 3 / 7 + 2);
    boolean last = length >= longest;
    int slots = last ? longest : length;
    return new Table.Shape(
        slots,
        last ? limit : length - length / 8 - 1,
        spare,
        segmentBits,
        last,
        overrides,
        owns || overrides > 0,
        hinted && slots < Character.MAX_VALUE,
        changed,
        floor,
        origins,
        floors);
  }

  // Changing what decides for one key. Its table is frozen.

  /** The KeyEntry of the key after the change; null if words decide, or it is to be forgotten. */
  private KeyEntry changed(Table t, int slot, long nanoTime, Change change) {
    KeyEntry old = slot < 0 || t.own(slot) == KeyEntry.NONE ? null : t.own(slot);
    if (old != null) {
      old.freeze();
    }
    return switch (change.kind) {
      case OVERRIDE ->
        old == null && rates.length > 0
            ? fromWords(t, slot, nanoTime, change.limits)
            : (old == null ? fresh(t) : old).changed(change.limits, true, anchor, nanoTime);
      case CLEAR -> rates.length > 0 ? null : old.changed(limits, false, anchor, nanoTime);
      case FORGET -> old != null && (old.overrides || old.isInFlight()) ? old.reset(anchor) : null;
    };
  }

  private KeyEntry fromWords(Table t, int slot, long nanoTime, Limits own) {
    KeyEntry next = KeyEntry.create(own, true, anchor, dawn, clock);
    for (int i = 0; i < Math.min(rates.length, next.levels()); i++) {
      KeyRate rate = rates[i];
      long units = since(t, i, nanoTime);
      long word = word(t, slot, i);
      long reset = rate.math.resetAfterNanos(word, units);
      long left = rate.math.remaining(word, units);
      next.take(i, Level.of(rate.rule(), new Decision(true, left, 0, reset, -1)), nanoTime);
      long paid = rate.math.refund(word, units, rate.math.burst());
      if (rate.math.backlog(paid, units) > 0) { // more than the burst: a penalty
        long wait = rate.nanos(rate.math.retryAfterNanos(word, units, 1), nanoTime);
        next.penalize(nanoTime + Math.min(wait, MAX_WAIT_NANOS));
      }
    }
    return next;
  }

  /** The words of a key whose KeyEntry in {@code t} is no more. */
  private void setWords(Table next, int slot, Table t, int old, long nanoTime) {
    KeyEntry own = t.own(old);
    for (int i = 0; i < Math.min(rates.length, own.levels()); i++) {
      long units = since(next, i, nanoTime);
      next.words[slot * rates.length + i] = own.level(i, nanoTime).word(rates[i], units);
    }
    if (own.blockedUntil() - nanoTime > 0) {
      block(next, slot, own.blockedUntil());
    }
  }

  // Looking around.

  /** How many keys are known. */
  long size() {
    long size = 0;
    for (int i = 0; i < segments.length; i++) {
      size += segment(i).size();
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
    for (int s = 0; s < segments.length; s++) {
      Table t = segment(s);
      for (int slot = 0; slot < t.slots(); slot++) {
        KeyEntry own = t.holds(slot) ? t.own(slot) : KeyEntry.NONE;
        if (own == KeyEntry.NONE || own == null && rates.length == 0) {
          continue;
        }
        Decision told = own == null ? explain(t, slot, nanoTime, 1) : own.peek(nanoTime, 1);
        boolean fresh = told.resetAfterNanos() == 0 && (own == null || !own.isInFlight());
        if (slot < t.length || !fresh) {
          visitor.visit(t.key(slot), told.remaining(), fresh);
        }
      }
    }
  }
}
