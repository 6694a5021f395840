package io.limiter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A cell whose permits are spread over words that callers do not contend for: a shared word of burst
 * B - S*L that time restores, and S stripes of at most L permits leased from it. See {@link
 * StripedLimiter}.
 */
final class Stripes extends Cell {
  /*
   * Representation. `shared` is an ordinary cell of burst B - S*L with the origin of this one. `words`
   *   holds for each stripe twice the permits in it, plus LEASING while somebody fetches more; the
   *   sign is set once they are called back. The cell's own word is frozen from the start: whoever
   *   does not know of stripes tries to replace the cell, and so calls the leases back.
   * Invariants.
   *   I1  What is in a stripe and what its leaser has in hand are together at most L: only who set
   *       LEASING adds what it fetched, no more than there was room for at that moment; and nothing
   *       is given back to a stripe that is marked.
   *   I2  So at the start of any interval at most S*L permits are leased, and the shared word grants
   *       at most B - S*L + floor(w*N/P) within it: together no more than B + floor(w*N/P).
   *   I3  A spend does not know the time, so it cannot move on a word that lies in the past, as an
   *       admission by GCRA does. What is in the stripes is therefore all that they have: time
   *       restores the shared word alone, up to its burst, and what the stripes have room for
   *       meanwhile is forfeited. That is at most S*L permits at any time.
   *   I4  Once frozen, no word changes again. The next cell has their sum at a reading taken after
   *       that: so a forfeited permit does not come back (I3).
   *   I5  What a leaser has in hand when it finds its stripe frozen was charged to the shared word, and
   *       is given back like any other charge (Ledger), or forfeited.
   * Linearization.
   *   spend   its compare-and-set.
   *   fetch   the charge of the shared word, of which `permits` are its own.
   *   calledBack  the replacement of the cell.
   * Memory ordering.
   *   field      read      write          why that is enough
   *   words      volatile  compareAndSet  one total order of what is spent, leased and called back
   * Progress. Lock-free. Who finds a stripe marked takes from the shared word, and what is in the
   *   marked stripe can still be spent; who finds it frozen turns to the limiter.
   * Arithmetic. S*L is at most a quarter of the burst, and a burst at most 10^12.
   * Rejected. A lease that is fetched before the stripe is marked (two could be added to one stripe).
   *   Giving a late lease back by refund (time has restored it meanwhile: minted). Giving back to a
   *   stripe (receipts have to know). Gathering permits
   *   from several stripes (another thing to be in hand; calling all back is rare and exact). Its own
   *   clock for a stripe (each would be restored only up to its share).
   * Sources. Striped64 of java.util.concurrent.atomic.
   */
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  private static final int SHIFT = 4; // 16 longs = 128 bytes from one word to the next: two lines
  private static final long LEASING = 1; // in a word: somebody fetches permits for it
  private static final long ONE = 2; // in a word: one permit
  private static final long CALLED_BACK = Long.MIN_VALUE; // in a word: final
  static final int LEAST_LEASE = 4; // permits; with less, stripes are not worth their while
  private static final int PART = 4; // at most this part of the burst is leased

  private final Cell shared;
  private final long lease; // L, permits
  private final int mask; // S - 1

  /** One word for each stripe, at the multiples of 16. */
  private final long[] words;

  private Stripes(Cell c, long seen, Cell shared, int count, long lease, long held) {
    super(c, c.steps, c.origin, seen + FROZEN);
    this.shared = shared;
    this.lease = lease;
    this.mask = count - 1;
    this.words = new long[count + 1 << SHIFT];
    for (int at = 0; at < count; at++) {
      words[index(at)] = ONE * (held / count + (at < held % count ? 1 : 0));
    }
  }

  /**
   * The same as the open cell {@code c} when its word is {@code seen}, with {@code count} stripes of at
   * most {@code maxLease} permits: what is above B - S*L goes into the stripes, rounded down. Null if the
   * burst is too small, or nothing is admitted at the reading {@code nanoTime}.
   */
  static @Nullable Stripes of(Cell c, long seen, long nanoTime, int count, long maxLease) {
    long units = c.elapsed(nanoTime);
    long lease = Math.min(maxLease, c.burst() / PART / count);
    long burst = c.burst() - lease * count;
    long level = c.remaining(seen, units);
    // The shared word has to hold what arrives at once: a step of a bucket with steps.
    if (lease < Math.min(LEAST_LEASE, maxLease) || level == 0 || c.span(1) > c.cost(burst)) {
      return null;
    }
    long held = Math.max(level - burst, 0);
    long next = held == 0 ? seen : c.next(seen, units, held);
    if (next < FRESH) {
      return null;
    }
    long word = next - c.cost(lease * count);
    Cell shared = new Cell(new GcraMath(c, burst), c.steps, c.origin, word);
    return new Stripes(c, seen, shared, count, lease, held);
  }

  private int index(int at) {
    return (at & mask) + 1 << SHIFT;
  }

  private long word(int at) {
    return (long) WORDS.getVolatile(words, index(at));
  }

  private boolean set(int at, long word, long next) {
    return WORDS.compareAndSet(words, index(at), word, next);
  }

  private static long held(long word) {
    return (word & ~CALLED_BACK) / ONE;
  }

  private static boolean isOpen(long word) {
    return (word & (LEASING | CALLED_BACK)) == 0;
  }

  // Spending.

  /** Takes {@code permits} from stripe {@code at} if it holds so many; in a lost race, from the next. */
  boolean spend(int at, long permits) {
    if (permits < 1 || permits > lease) {
      return false;
    }
    long cost = ONE * permits;
    long word = word(at);
    return word >= cost && (set(at, word, word - cost) || spendNext(at + 1, cost));
  }

  private boolean spendNext(int at, long cost) {
    long word = word(at);
    return word >= cost && set(at, word, word - cost);
  }

  /** Takes {@code permits} from one of the other stripes. */
  boolean steal(int at, long permits) {
    for (int other = at + 1; other <= at + mask; other++) {
      if (spend(other, permits)) {
        return true;
      }
    }
    return false;
  }

  // Leasing.

  /** What is in hand for a stripe: to be landed by who fetched it. {@code word} is the shared word then. */
  record Lease(int at, long permits, long word) {}

  /** Charged, and nothing in hand. */
  private static final Lease NOTHING = new Lease(0, 0, FRESH);

  /**
   * Takes {@code permits} from the shared word, and fetches besides, for stripe {@code at}, as many as
   * there are and it has room for. Writes nothing if it can see that the shared word has not enough.
   *
   * @return what is in hand now; null if the permits were denied
   */
  @Nullable
  Lease fetch(int at, long nanoTime, long permits) {
    if (!shared.admitsAt(nanoTime, permits)) {
      return null;
    }
    long units = elapsed(nanoTime);
    long room = mark(at);
    long most = Math.min(shared.remaining(shared.word(), units), permits + room);
    long charged = Math.max(most, permits);
    long word = charge(units, charged);
    if (word >= FRESH && charged > permits) {
      return new Lease(at, charged - permits, word);
    }
    if (room > 0) {
      add(at, 0);
    }
    return word >= FRESH ? NOTHING : null;
  }

  /** The shared word after so many permits were taken from it; DENIED, or another that is no word. */
  private long charge(long units, long permits) {
    while (true) {
      long tat = shared.tat;
      long next = shared.next(tat, units, permits);
      if (next < FRESH || shared.compareAndSet(tat, next)) {
        return next;
      }
    }
  }

  /** Puts what was fetched into its stripe; false if that was called back. */
  boolean land(Lease lease) {
    return lease == NOTHING || add(lease.at, lease.permits);
  }

  /** The shared word right after a lease was fetched, to be given back from. */
  Cell end(Lease lease) {
    return shared.with(lease.word);
  }

  /** Marks stripe {@code at} and answers its room; 0 if that is full, marked, or called back. */
  private long mark(int at) {
    long word = word(at);
    long room = isOpen(word) ? lease - held(word) : 0;
    return room > 0 && set(at, word, word | LEASING) ? room : 0;
  }

  /** Adds {@code permits} to stripe {@code at}, which the caller has marked; false if called back. */
  private boolean add(int at, long permits) {
    while (true) {
      long word = word(at);
      if (word < 0) {
        return false;
      }
      if (set(at, word, word - LEASING + ONE * permits)) {
        return true;
      }
    }
  }

  // As a cell.

  @Override
  Cell seenAt(long nanoTime) {
    return elapsed(nanoTime) > horizonNanos()
        ? seenFarAt(nanoTime)
        : new Cell(this, steps, origin, wordAt(nanoTime));
  }

  /** Without the cell that {@link #seenAt} makes, as a denial allocates nothing. */
  @Override
  boolean admitsAt(long nanoTime, long permits) {
    long units = elapsed(nanoTime);
    return units > horizonNanos()
        ? seenFarAt(nanoTime).admitsAt(nanoTime, permits)
        : next(wordAt(nanoTime), units, permits) != DENIED;
  }

  /** The same from a nearer origin: beyond the horizon the word does not fit. */
  private Cell seenFarAt(long nanoTime) {
    while (true) {
      long tat = shared.tat;
      Cell near = shared.moved(nanoTime);
      long missing = capacity() - held();
      if (shared.tat == tat) {
        long level = Math.max(near.word(), near.span(near.elapsed(nanoTime)));
        return new Cell(this, steps, near.origin, level + cost(missing));
      }
    }
  }

  /**
   * What there is: the level of the shared word, and what is in the stripes. Read while the shared
   * word stays as it is, which is before the stripes: so a permit that moves to a stripe meanwhile is
   * not counted twice, and is missed only while it is in hand.
   */
  private long wordAt(long nanoTime) {
    long full = shared.span(elapsed(nanoTime));
    while (true) {
      long tat = shared.tat;
      long missing = capacity() - held();
      if (shared.tat == tat) {
        return Math.max(thawed(tat), full) + cost(missing);
      }
    }
  }

  /** Whether so many permits come together only once the leases are called back. */
  boolean areTooFew(long permits) {
    return permits <= burst() && permits > shared.burst() + held();
  }

  /** Makes all words final, and answers a cell that holds all permits itself. */
  Cell calledBack(NanoClock clock) {
    for (int at = 0; at <= mask; at++) {
      long word = word(at);
      while (word >= 0 && !set(at, word, word | CALLED_BACK)) {
        word = word(at);
      }
    }
    long tat = shared.tat;
    while (!isFrozen(tat) && !shared.freeze(tat)) {
      tat = shared.tat;
    }
    long now = clock.nanoTime(); // later than all that was spent from a stripe
    Cell moved = shared.moved(now);
    long level = Math.max(moved.word(), moved.span(moved.elapsed(now)));
    return new Cell(this, steps, moved.origin, level + cost(capacity() - held()));
  }

  /** What is in the stripe that holds most. */
  long fullest() {
    long most = 0;
    for (int at = 0; at <= mask; at++) {
      most = Math.max(most, held(word(at)));
    }
    return most;
  }

  private long capacity() {
    return (mask + 1) * lease;
  }

  /** What all stripes hold, one after the other. */
  private long held() {
    long sum = 0;
    for (int at = 0; at <= mask; at++) {
      sum += held(word(at));
    }
    return sum;
  }

  /** {@code 4 stripes of 64}. */
  String describe() {
    return mask + 1 + " stripes of " + lease;
  }
}
