package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/** The tables of all segments: finds a place for a key, and replaces tables. */
final class Segments {
  /*
   * Representation. Each segment is one reference to a Table. The high bits of a key's hash say which
   *   segment it belongs to. A key that is in no table has the words `floors` of its segment's table:
   *   FRESH at first, then the latest TAT that was forgotten. A key has a KeyEntry if the limits of
   *   all keys need more than words, or if the key has limits of its own. If permits were in flight
   *   when those were cleared, it keeps an entry until it is fresh.
   * Invariants.
   *   I1  A table is replaced only when all its slots and words are final. The new table has the same
   *       keys with the same TATs, except for keys that are fresh at a given reading, and except for
   *       the one change that the caller asked for. So the word of a key, read as an absolute time, is
   *       changed only by admissions, refunds, penalties and operators.
   *   I2  All tables that helpers build to replace one table are equivalent; one is published.
   *   I3  Forgetting is not observable. A key is left out only if each of its TATs is at most the
   *       reading, and then floors[i] is at least that TAT. For readings at or after the floor, any
   *       word up to the floor decides as FRESH does. For readings before it, the floor denies
   *       whatever the key's own word would deny. An entry is left out only if it was frozen with
   *       nobody inside and nothing left to remember; so no later charge can be lost with it.
   *   I4  A frozen word denies within the horizon (see Gcra). So only denials ask whether it is frozen.
   *   I5  Within a table, `used` is at least the number of keys, and at most `limit` slots are claimed.
   * Linearization. override, clearOverride, forget: the compare-and-set of the reference.
   * Memory ordering.
   *   field    read      write          why that is enough
   *   tables   volatile  compareAndSet  publishes the final fields and the content of a table
   *   words    volatile  compareAndSet  one total order of the admissions of a key and rate
   *   keys     see ObjectTable and LongTable
   *   entries  volatile  compareAndSet  from null to an entry or NONE, once
   *   noRoom   volatile  volatile       immutable; any value that was ever written holds
   * Progress. Lock-free: a thread that meets a frozen word or a seal completes the new table itself. A
   *   rebuild is O(slots of one segment). As many first uses or charges pay for it: see hasRoom.
   *   Operators also wait for the calls that are inside the key's entry.
   * Arithmetic. That of GcraMath. A reading far ahead moves the origin, by a rebuild.
   * Rejected. A map of limiters (70 to 130 bytes per key, and a race between forgetting and charging).
   *   Deleting in place (a slot that changes its key needs a version). A thread or a timer that
   *   sweeps. Forgetting one key at a time when full (a flood would pay a scan for each key).
   * Sources. Click, A lock-free hash table, 2007 (copying a table by freezing its slots).
   */
  private static final VarHandle TABLE = ConstantBootstraps.arrayVarHandle(
      MethodHandles.lookup(), "_", VarHandle.class, Table[].class);

  /** From {@link #place}: there is no room for the key. */
  static final int NO_ROOM = -4;

  private static final int MIN_LENGTH = 8; // slots
  private static final int KEYS_PER_SEGMENT = 4096;
  private static final int MAX_SEGMENT_BITS = 16;

  /** After so many ns a key with permits in flight is asked again whether it is fresh. */
  private static final long IN_FLIGHT_NANOS = 10_000_000;

  private final Limits limits;
  private final NanoClock clock;
  private final Words words;
  private final ToLongFunction<Object> hashOfKey; // null: keys are longs
  private final boolean hinted; // tables have hints, unless they are too large
  private final EntryLimiters limiters;
  private final int promised; // keys of a segment that are known although they are not fresh
  private final int capacity; // keys of a segment
  private final int segmentBits;
  private final Table[] tables;

  /** Of no keys. They are longs if {@code hashOfKey} is null; {@code mayHint} by their hashCode. */
  Segments(
      Settings settings,
      Words words,
      EntryLimiters limiters,
      ToLongFunction<Object> hashOfKey,
      boolean mayHint) {
    this.limits = settings.limits();
    this.clock = settings.clock();
    this.words = words;
    this.hashOfKey = hashOfKey;
    this.limiters = limiters;
    this.segmentBits = segmentBits(settings.maxKeys());
    this.hinted = mayHint && segmentBits == 0;
    long share = (settings.maxKeys() - 1 >> segmentBits) + 1;
    this.promised = Math.toIntExact(share + (segmentBits == 0 ? 0 : slack(share)));
    this.capacity = promised + promised / 8;
    this.tables = new Table[1 << segmentBits];
    WordArray fresh = words.fresh(limiters.anchor());
    long[] none = new long[words.size()];
    long[] origins = words.origins(fresh, none);
    long[] floors = words.words(fresh, 0, none);
    for (int i = 0; i < tables.length; i++) {
      int spare = hashOfKey == null ? LongTable.SPARE : 0;
      Table.ChangedKey first = new Table.ChangedKey(null, 0, null);
      long floor = limiters.earliest();
      Table.Shape shape = shape(0, spare, 0, words.size() == 0, first, floor, origins, floors);
      tables[i] = hashOfKey == null ? new LongTable(shape) : new ObjectTable(shape);
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

  /** The current tables, one per segment: to be read with {@link #table(Table[], int)}. */
  Table[] tables() {
    return tables;
  }

  static Table table(Table[] tables, int index) {
    return (Table) TABLE.getVolatile(tables, index);
  }

  /** The segment that a key with this hash belongs to. */
  static int index(long hash, int segmentBits) {
    return (int) (hash >>> 1 >>> 63 - segmentBits);
  }

  private Table table(long hash) {
    return table(tables, index(hash, segmentBits));
  }

  private boolean replace(long hash, Table t, Table next) {
    return TABLE.compareAndSet(tables, index(hash, segmentBits), t, next);
  }

  // Finding a place for a key.

  /** The slot of a key, which takes one if it was not known; or {@link Words#MOVED} or NO_ROOM. */
  int place(Table t, Object key, long hash, long nanoTime) {
    int slot = t.find(key, hash);
    return slot >= 0 ? slot : claim(t, slot, key, hash, nanoTime);
  }

  /** {@link #place} for a key that was not found a moment ago: {@code found} is what find answered. */
  int claim(Table t, int found, Object key, long hash, long nanoTime) {
    int slot = found == Table.ABSENT ? t.claim(key, hash) : found;
    if (slot == Table.FULL && t.shape.last() && !hasRoom(t, nanoTime)) {
      slot = t.find(key, hash); // another thread may have brought it
      if (slot == Table.ABSENT) {
        return NO_ROOM;
      }
    }
    if (slot == Table.CROWDED) {
      return NO_ROOM;
    }
    if (slot < 0) {
      rebuild(t, hash, nanoTime);
      return Words.MOVED;
    }
    return slot;
  }

  /** What decides for a key that is not known, if the limits of all keys need more than words. */
  EntryLimiter unknown(Table t) {
    return limiters.create(limits, t.shape.floor());
  }

  /** The entry in the slot, created if the limits of all keys need one; or null. */
  KeyEntry entry(Table t, int slot) {
    KeyEntry entry = t.entry(slot);
    if (entry != null || words.size() > 0) {
      return entry;
    }
    KeyEntry fresh = new KeyEntry(unknown(t), false);
    KeyEntry other = (KeyEntry) Table.ENTRY.compareAndExchange(t.entries, slot, null, fresh);
    return other == null ? fresh : other;
  }

  /**
   * Whether a full table has room once the keys that are fresh are left out. A look is O(slots). If
   * there is room, the first uses of half the extra room (capacity beyond promised) pay for the look.
   * If there is none, the next look waits until enough keys would be fresh to keep the promise; if
   * there is none then either, at least half the extra room was charged meanwhile.
   */
  private boolean hasRoom(Table t, long nanoTime) {
    if (!t.mayHaveRoom(nanoTime)) {
      return false;
    }
    int refunds = t.refunds();
    int most = promised + t.shape.overrides();
    long[] waits = new long[t.slots()];
    int notFresh = 0;
    for (int slot = 0; slot < t.length; slot++) {
      long wait = t.holds(slot) ? resetAfterNanos(t, slot, nanoTime) : 0;
      if (wait > 0) {
        waits[notFresh++] = wait;
      }
    }
    int extra = capacity - promised;
    if (notFresh < most + (extra + 1) / 2 || t.refunds() != refunds) {
      return true; // or the look was not at one instant
    }
    Arrays.sort(waits, 0, notFresh);
    long wait = Math.min(waits[notFresh - most], KeyRate.MAX_WAIT_NANOS);
    t.noRoomBefore(nanoTime + wait, refunds);
    return false;
  }

  /** The wait until the key in the slot may be left out; 0 if it may be left out now. */
  private long resetAfterNanos(Table t, int slot, long nanoTime) {
    KeyEntry entry = t.entry(slot);
    if (entry == null || entry == KeyEntry.NONE) {
      return words.resetAfterNanos(t, slot, nanoTime);
    }
    long inFlight = entry.limiter.isInFlight() ? IN_FLIGHT_NANOS : 0;
    return entry.overrides
        ? Decision.NEVER
        : Math.max(entry.limiter.resetAfterNanos(nanoTime), inFlight);
  }

  // Replacing tables.

  /** Replaces {@code t}, unless another thread already has. */
  void rebuild(Table t, long hash, long nanoTime) {
    if (table(hash) == t) {
      t.freeze();
      replace(hash, t, successor(t, nanoTime, null));
    }
  }

  /** Whether there was something to be done. */
  boolean change(KeyChange change) {
    while (true) {
      Table t = table(change.hash());
      if (change.isDone(t) && t.find(change.key(), change.hash()) != Table.SEALED) {
        return false;
      }
      t.freeze();
      boolean done = change.isDone(t);
      int slot = t.find(change.key(), change.hash());
      KeyEntry entry = slot < 0 ? null : t.entry(slot);
      if (entry != null) {
        entry.freeze(); // before the clock is read: so no charge in it is later than the reading
      }
      Table next = successor(t, clock.nanoTime(), done ? null : change);
      if (replace(change.hash(), t, next)) {
        return !done;
      }
    }
  }

  /**
   * The table after {@code t}, which is frozen: without the keys that are fresh at the reading, and
   * with the change, if any. Its origins are nearer to the reading if that is far from them.
   */
  private Table successor(Table t, long nanoTime, KeyChange change) {
    int changing = change == null ? -1 : t.find(change.key(), change.hash()); // SEALED: not here
    KeyEntry changed = change == null ? null : changed(t, changing, nanoTime, change);
    int[] kept = new int[t.slots()];
    int size = 0;
    int overrides = changed != null && changed.overrides ? 1 : 0;
    boolean hasEntries = words.size() == 0 || changed != null;
    long floor = t.shape.floor();
    long[] floors = t.shape.floors().clone();
    for (int slot = 0; slot < kept.length; slot++) {
      if (slot == changing || !t.holds(slot)) {
        continue;
      }
      KeyEntry entry = t.entry(slot);
      if (entry == null || entry == KeyEntry.NONE) {
        if (words.areFresh(t, slot, nanoTime)) {
          words.raise(floors, t, slot);
          continue;
        }
      } else if (entry.freezeIfFresh(nanoTime)) {
        floor = nanoTime - floor > 0 ? nanoTime : floor;
        words.raise(floors, t, nanoTime);
        continue;
      } else {
        hasEntries = true;
        overrides += entry.overrides ? 1 : 0;
      }
      kept[size++] = slot;
    }
    long[] moves = words.moves(t, nanoTime);
    long[] origins = words.origins(t, moves);
    for (int i = 0; i < moves.length; i++) {
      floors[i] = words.rate(i).math.rebase(floors[i], moves[i]);
    }
    Table.ChangedKey latest = change == null
        ? t.shape.changed()
        : new Table.ChangedKey(change.key(), change.hash(), t.shape.changed());
    int newSize = size + (changed == null ? 0 : 1);
    Table next = t.create(
        shape(newSize, t.shape.spare(), overrides, hasEntries, latest, floor, origins, floors));
    next.setSize(newSize);
    for (int k = 0; k < size; k++) {
      int slot = next.copy(t, kept[k], hashOfKey);
      KeyEntry entry = t.entry(kept[k]);
      if (entry == null || entry == KeyEntry.NONE) {
        words.copy(t, kept[k], next, slot, moves);
      } else {
        next.entries[slot] = entry.isFrozen() ? entry.carried() : entry;
      }
    }
    if (changed != null) {
      int slot = next.add(change.key(), change.hash());
      if (changed.overrides || changed.limiter.isInFlight() || words.size() == 0) {
        next.entries[slot] = changed;
      } else {
        setWords(next, slot, changed.limiter, nanoTime);
      }
    }
    return next;
  }

  /** Sets the words of a slot in a new table to what {@code limiter} says, which has the same limits. */
  private void setWords(Table next, int slot, EntryLimiter limiter, long nanoTime) {
    for (int i = 0; i < words.size(); i++) {
      words.setLevel(next, slot, i, limiter.level(i, limiter.dated(nanoTime)), nanoTime);
    }
    if (limiter.blockedUntil() - nanoTime > 0) {
      words.penalize(next, slot, nanoTime, limiter.blockedUntil());
    }
  }

  /** The entry of the key after the change; null if it is to be forgotten. */
  private KeyEntry changed(Table t, int slot, long nanoTime, KeyChange change) {
    KeyEntry entry = slot < 0 ? null : t.entry(slot);
    if (entry != null && entry != KeyEntry.NONE) {
      return change.apply(entry.limiter, entry.overrides, limiters, nanoTime);
    }
    EntryLimiter old =
        words.size() == 0 ? unknown(t) : limiters.of(limits, words, t, slot, nanoTime);
    return change.apply(old, false, limiters, nanoTime);
  }

  /**
   * A shape with room for {@code size} keys and some more. Either it is seven tenths full, and is
   * replaced when it is seven eighths full; or it is the last, as full as that with the capacity of a
   * segment.
   */
  private Table.Shape shape(
      int size,
      int spare,
      int overrides,
      boolean hasEntries,
      Table.ChangedKey changed,
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
        hasEntries,
        hinted && slots < Character.MAX_VALUE,
        changed,
        floor,
        origins,
        floors);
  }
}
