package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The tables of all segments: finds a place for a key, and replaces tables. */
final class Segments {
  /*
   * Representation. Each segment is one reference to a Table. The high bits of a key's hash say which
   *   segment it belongs to. A key that is in no table has the words `floors` of its segment's table:
   *   FRESH at first, then the latest TAT that was forgotten. A key has a KeyEntry if what it is held to
   *   needs more than words, if it has limits of its own, if somebody waits for it, or if it was
   *   penalized; from then on, until it is fresh, the entry decides, and its words are final.
   * Invariants.
   *   I1  A table is replaced only when all its slots and words are final. The new table has the same
   *       keys with the same TATs, except for keys that are fresh at a given reading, and except for
   *       another limit of all keys. So the word of a key, read as an absolute time, is changed only by
   *       admissions, refunds and operators.
   *   I2  All tables that helpers build to replace one table are equivalent; one is published.
   *   I3  Forgetting is not observable. A key is left out only if each of its TATs is at most the
   *       reading, and then floors[i] is at least that TAT. For readings at or after the floor, any
   *       word up to the floor decides as FRESH does. For readings before it, the floor denies
   *       whatever the key's own word would deny. An entry is left out only if it was frozen with
   *       nobody inside and nothing left to remember; so no later charge can be lost with it.
   *   I4  A frozen word denies within the horizon (see Gcra). So only denials ask whether it is frozen.
   *   I5  Within a table, `used` is at least the number of keys, and at most `limit` slots are claimed.
   *   I6  An entry is made of words that are final, and shared by all later tables until it is frozen.
   *       A table that is being replaced takes no entries any more before its words become final. So a
   *       final word with neither an entry nor NONE says that an entry is being made: whoever meets it
   *       makes one too.
   * Linearization. Another limit of all keys: for the keys of a segment the compare-and-set of the
   *   reference. An entry: the compare-and-set of its slot.
   * Memory ordering.
   *   field    read      write          why that is enough
   *   tables   volatile  compareAndSet  publishes the final fields and the content of a table
   *   words    volatile  compareAndSet  one total order of the admissions of a key and rate
   *   keys     see ObjectTable and LongTable
   *   entries  volatile  compareAndSet  from null to an entry or NONE, once
   *   noRoom   volatile  volatile       immutable; any value that was ever written holds
   * Progress. Lock-free: a thread that meets a frozen word or a seal completes the new table itself. A
   *   rebuild is O(slots of one segment). As many first uses or charges pay for it: see hasRoom.
   * Arithmetic. That of GcraMath. A reading far ahead moves the origin, by a rebuild.
   * Rejected. A map of limiters (70 to 130 bytes per key, and a race between forgetting and charging).
   *   Deleting in place (a slot that changes its key needs a version). A thread or a timer that
   *   sweeps. Forgetting one key at a time when full (a flood would pay a scan for each key). Going back
   *   from an entry to words before the key is fresh.
   * Sources. Click, A lock-free hash table, 2007 (copying a table by freezing its slots).
   */
  private static final VarHandle TABLE = ConstantBootstraps.arrayVarHandle(
      MethodHandles.lookup(), "_", VarHandle.class, Table[].class);

  /** From {@link #place}: there is no room for the key. */
  static final int NO_ROOM = -4;

  private static final int MIN_LENGTH = 8; // slots
  private static final int KEYS_PER_SEGMENT = 4096;
  private static final int MAX_SEGMENT_BITS = 16;

  /** After so many ns a key with permits in flight, or callers, is asked again whether it is fresh. */
  private static final long HELD_NANOS = 10_000_000;

  private final NanoClock clock;
  private final @Nullable Outcomes outcomes; // null: nobody is told
  private final ToLongFunction<Object> hashOfKey;
  private final boolean hashed; // whether the caller hashes keys
  private final boolean hinted; // tables have hints, unless they are too large
  private final KeyLimiters limiters;
  private final boolean planned; // whether keys may have limits by a plan
  private final int promised; // keys of a segment that are known although they are not fresh
  private final int capacity; // keys of a segment
  private final int segmentBits;
  private final Table[] tables;

  /** Of no keys. They are longs if {@code hashOfKey} is that of a {@link LongTable}; {@code mayHint} by their hashCode. */
  Segments(
      Settings settings,
      KeyLimiters limiters,
      ToLongFunction<Object> hashOfKey,
      boolean mayHint,
      @Nullable Outcomes outcomes) {
    this.outcomes = outcomes;
    KeyTerms all = KeyTerms.of(settings.limits(), limiters.anchor());
    this.clock = settings.clock();
    this.hashOfKey = hashOfKey;
    this.limiters = limiters;
    this.planned = settings.plan() != null;
    this.hashed = !mayHint;
    this.segmentBits = segmentBits(settings.maxKeys());
    this.hinted = mayHint && segmentBits == 0;
    long share = (settings.maxKeys() - 1 >> segmentBits) + 1;
    this.promised = Math.toIntExact(share + (segmentBits == 0 ? 0 : slack(share)));
    this.capacity = promised + promised / 8;
    this.tables = new Table[1 << segmentBits];
    WordArray fresh = all.words().fresh(limiters.anchor());
    long[] none = new long[all.words().size()];
    long[] origins = all.words().origins(fresh, none);
    long[] floors = all.words().words(fresh, 0, none);
    boolean longs = hashOfKey == LongTable.HASH_OF_KEY;
    int spare = longs ? LongTable.SPARE : 0;
    for (int i = 0; i < tables.length; i++) {
      Table.Shape shape = shape(
          all,
          0,
          0,
          spare,
          0,
          false,
          new Table.ChangedKey(LongTable.NO_OBJECT, 0, null),
          limiters.earliest(),
          origins,
          floors);
      tables[i] = longs ? new LongTable(shape) : new ObjectTable(shape);
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

  private boolean replace(int i, Table t, Table next) {
    boolean done = TABLE.compareAndSet(tables, i, t, next);
    if (done && outcomes != null) {
      outcomes.forget(t.size() - next.size());
    }
    return done;
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

  /** {@link #claim} of a key for which there always is room; a negative number: to be tried again. */
  int claimAlways(Table t, int found, Object key, long hash, long nanoTime) {
    int slot = found == Table.ABSENT ? t.claim(key, hash, Integer.MAX_VALUE) : found;
    if (slot < 0) {
      rebuild(t, hash, nanoTime, slot == Table.FULL ? 1 + promised / 16 : 0);
    }
    return slot;
  }

  /**
   * The entry of a slot, made of its words, or fresh for {@code own} limits if those say nothing; NONE if
   * the table is being replaced.
   *
   * @param own null: those of all keys
   */
  KeyEntry promote(Table t, int slot, @Nullable Limits own, KeyEntry.Source source) {
    KeyEntry entry = t.entry(slot);
    if (entry != null) {
      return entry;
    }
    t.freezeWords(slot);
    long now = clock.nanoTime(); // after that: no charge in the words is later
    KeyTerms all = t.shape.all();
    boolean unused = all.words().size() == 0 || all.words().isUnused(t, slot);
    if (own != null && (unused || all.words().areFresh(t, slot, now))) {
      return t.addEntry(slot, new KeyEntry(own, source, unused ? t.shape.floor() : now, limiters));
    }
    entry = t.addEntry(slot, limiters.of(all, t, slot, now));
    return entry;
  }

  /** The entry of a slot; if it has none, one that is fresh: what its words say is forgotten. */
  KeyEntry reset(Table t, int slot) {
    KeyEntry entry = t.entry(slot);
    if (entry != null) {
      return entry;
    }
    t.freezeWords(slot);
    Limits all = t.shape.all().limits();
    return t.addEntry(slot, new KeyEntry(all, KeyEntry.Source.ALL, clock.nanoTime(), limiters));
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
    int most = promised;
    long[] waits = new long[t.slots()];
    int notFresh = 0;
    for (int slot = 0; slot < t.length; slot++) {
      KeyEntry entry = t.entry(slot);
      most += entry != null && entry.isOverride() ? 1 : 0;
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
  private static long resetAfterNanos(Table t, int slot, long nanoTime) {
    KeyEntry entry = t.entry(slot);
    if (entry == null || entry == KeyEntry.NONE) {
      return t.shape.all().words().resetAfterNanos(t, slot, nanoTime);
    }
    long held = entry.isHeld() ? HELD_NANOS : 0;
    return entry.isOverride() ? Decision.NEVER : Math.max(entry.resetAfterNanos(nanoTime), held);
  }

  // Replacing tables.

  /** Replaces {@code t}, unless another thread already has. */
  void rebuild(Table t, long hash, long nanoTime) {
    rebuild(t, hash, nanoTime, 0);
  }

  /** The same, with room for so many more keys than there is. */
  void rebuild(Table t, long hash, long nanoTime, int more) {
    if (table(hash) == t) {
      t.freeze();
      replace(index(hash, segmentBits), t, successor(t, t.shape.all(), nanoTime, more));
    }
  }

  /** Forgets all keys of the i-th segment that are fresh. */
  void rebuild(int i) {
    Table t = table(tables, i);
    t.freeze();
    replace(i, t, successor(t, t.shape.all(), clock.nanoTime(), 0));
  }

  /** Holds the keys of the i-th segment to {@code all}, unless {@code before} decides no more. */
  boolean change(int i, Table before, KeyTerms all) {
    before.freeze();
    return replace(i, before, successor(before, all, clock.nanoTime(), 0));
  }

  /**
   * The table after {@code t}, which is frozen: without the keys that are fresh at the reading, and
   * with {@code all} for keys that have no entry. Its origins are nearer to the reading if that is far
   * from them.
   */
  private Table successor(Table t, KeyTerms all, long nanoTime, int more) {
    Words words = t.shape.all().words();
    boolean changes = all != t.shape.all();
    int[] kept = new int[t.slots()];
    @Nullable KeyEntry[] entries = new KeyEntry[t.slots()];
    int size = 0;
    int overrides = 0;
    boolean hasEntries = false;
    Table.ChangedKey changed = t.shape.changed();
    long floor = t.shape.floor();
    long[] floors = t.shape.floors().clone();
    for (int slot = 0; slot < kept.length; slot++) {
      if (!t.holds(slot)) {
        continue;
      }
      KeyEntry entry = Objects.requireNonNull(t.entry(slot)); // as t is frozen
      if (entry == KeyEntry.NONE) {
        if (words.areFresh(t, slot, nanoTime)) {
          words.raise(floors, t, slot);
          continue;
        }
        if (changes && all.words().size() == 0) {
          entry = limiters.of(t.shape.all(), t, slot, nanoTime);
          entry.change(all.limits(), KeyEntry.Source.ALL);
        }
      } else if (entry.freezeIfFresh(nanoTime)) {
        changed = entry.changedAfter(changed);
        floor = nanoTime - floor > 0 ? nanoTime : floor;
        words.raise(floors, t, nanoTime);
        continue;
      }
      if (entry != KeyEntry.NONE) {
        hasEntries = true;
        overrides += entry.isOverride() ? 1 : 0;
        entries[size] = entry;
      }
      kept[size++] = slot;
    }
    long[] moves = changes ? new long[all.words().size()] : words.moves(t, nanoTime);
    long[] origins;
    if (changes) {
      WordArray fresh = all.words().fresh(nanoTime);
      origins = all.words().origins(fresh, moves);
      floors = all.words().words(fresh, 0, moves);
      all.words().raise(floors, fresh, nanoTime);
      floor = nanoTime - floor > 0 ? nanoTime : floor;
    } else {
      origins = words.origins(t, moves);
      for (int i = 0; i < moves.length; i++) {
        floors[i] = words.rate(i).math.rebase(floors[i], moves[i]);
      }
    }
    Table next = t.create(shape(
        all, size, more, t.shape.spare(), overrides, hasEntries, changed, floor, origins, floors));
    next.setSize(size);
    for (int k = 0; k < size; k++) {
      int slot = next.copy(t, kept[k], hashOfKey);
      if (entries[k] != null) {
        next.putEntry(slot, entries[k]);
      } else if (!changes) {
        words.copy(t, kept[k], next, slot, moves);
      } else {
        carry(t, kept[k], next, slot, nanoTime);
      }
    }
    return next;
  }

  /** What was spent stays spent: each rule goes on as the one of the same period, else of the same place. */
  private static void carry(Table t, int slot, Table next, int nextSlot, long nanoTime) {
    KeyTerms before = t.shape.all();
    KeyTerms after = next.shape.all();
    int[] counterparts = after.limits().counterpartsIn(before.limits());
    for (int i = 0; i < counterparts.length; i++) {
      Level level = counterparts[i] < 0
          ? Level.of(0, 1)
          : before.words().level(t, slot, counterparts[i], nanoTime);
      after.words().setLevel(next, nextSlot, i, level, nanoTime);
    }
  }

  /**
   * A shape with room for {@code size} keys and some more. Either it is seven tenths full, and is
   * replaced when it is seven eighths full; or it is the last, as full as that with the capacity of a
   * segment.
   */
  private Table.Shape shape(
      KeyTerms all,
      int size,
      int more,
      int spare,
      int overrides,
      boolean hasEntries,
      Table.ChangedKey changed,
      long floor,
      long[] origins,
      long[] floors) {
    int limit = Math.max(capacity + overrides, size) + more;
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
        hasEntries,
        planned,
        hashed,
        hinted && all.math() != null && slots < Character.MAX_VALUE,
        all,
        changed,
        floor,
        origins,
        floors);
  }
}
