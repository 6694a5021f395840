package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a sliding log holds: a ring of times, oldest first, of which the newest {@code size} count.
 * Closed, it is immutable, but for entries that are still to be written ({@link #fill}). Open, single
 * permits are appended in place ({@link #put}). Where the next entry goes is a place: {@code size << 32 |
 * slot}. All times are in ns since the origin of the log. The invariants are in the essay of the sliding
 * log.
 */
final class LogState {
  private static final VarHandle PENDING = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "pending", VarHandle.class, LogState.class, int.class);

  private static final VarHandle HINT = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "hint", VarHandle.class, LogState.class, long.class);

  private static final VarHandle ENTRY =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);

  private static final int FIRST_SIZE = 8; // entries of a new ring, unless the largest N is less

  // Words of a ring: NO_ENTRY + version is a seal, all from EARLIEST on are times.
  static final long NO_ENTRY = Long.MIN_VALUE;
  static final long EARLIEST = NO_ENTRY + (1L << 56); // 290 years before the origin

  final LogPlan plan;
  private final long[] ring; // a word more than entries; read and written by ENTRY alone
  final long last; // time of the last admission when this was new
  private final long version; // more than that of the descriptor before; odd if open

  /** The newest entries that may not be in the ring yet; 0 once they are; written by fill. */
  private int pending;

  /** The place of the next entry, or, if open, one before it: who finds that taken moves it. */
  private long hint;

  private LogState(LogPlan plan, long[] ring, long place, long last, int pending, long version) {
    this.plan = plan;
    this.ring = ring;
    this.hint = place;
    this.last = last;
    this.pending = pending;
    this.version = version;
  }

  private static long place(int slot, int size) {
    return (long) size << 32 | slot;
  }

  /** A version after this one. */
  private long next(boolean open) {
    return (version | 1) + (open ? 2 : 1);
  }

  /** The descriptor that follows this one, closed. */
  private LogState next(LogPlan plan, long[] ring, long place, long last) {
    return new LogState(plan, ring, place, last, 0, next(false));
  }

  /** An empty log. */
  static LogState fresh(LogPlan plan) {
    return emptied(plan, EARLIEST, 0, 0);
  }

  /** A log of {@code permits} entries only, still to be written, in a ring that fits them. */
  private static LogState emptied(LogPlan plan, long now, int permits, long version) {
    long[] ring = new long[Math.max(Math.min(plan.maxLimit, FIRST_SIZE), permits) + 1];
    Arrays.fill(ring, NO_ENTRY);
    return new LogState(plan, ring, place(permits, permits), now, permits, version);
  }

  /** The same entries under another plan. */
  LogState with(LogPlan plan) {
    return next(plan, ring, hint, last);
  }

  /** Without all but the newest {@code size} entries. */
  private LogState newest(int size) {
    return next(plan, ring, place((int) hint, Math.min(size, size(hint))), last);
  }

  /** No entries, no penalty. */
  LogState reset() {
    return emptied(plan.fresh(), EARLIEST, 0, next(false));
  }

  // In place.

  boolean isOpen() {
    return (version & 1) != 0;
  }

  /** The place of the next entry, unless somebody took it just now: {@link #isTaken}. */
  long place() {
    return (long) HINT.getOpaque(this);
  }

  static int size(long place) {
    return (int) (place >>> 32);
  }

  /** What is where the next entry goes: a seal, or what counts no more; 0 if this is closed. */
  long word(long place) {
    return isOpen() ? (long) ENTRY.getVolatile(ring, (int) place) : 0;
  }

  /** The time of the entry {@code back} before the next one: 1 is the newest; 1..size. 0: see word. */
  long entry(long place, int back) {
    return (long) ENTRY.getVolatile(ring, index(place, back));
  }

  private int index(long place, int back) {
    int index = (int) place - back;
    return index < 0 ? index + ring.length : index;
  }

  private long after(long place) {
    int slot = (int) place + 1;
    int size = Math.min(size(place) + 1, ring.length - 1);
    return place(slot == ring.length ? 0 : slot, size);
  }

  /** The time of the last admission, those in place included; read after the word. */
  long last(long place) {
    return isOpen() ? entry(place, 1) : last;
  }

  /** Whether {@code word} is an entry by now; then moves on. */
  boolean isTaken(long place, long word, long last) {
    boolean taken = isOpen() && word >= last;
    if (taken) {
      HINT.compareAndSet(this, place, after(place));
    }
    return taken;
  }

  /** Whether a ring of this version, or one before it, is final because of {@code word}. */
  private boolean isSeal(long word) {
    return word < EARLIEST && word - NO_ENTRY > version;
  }

  /** Whether one more entry can be put in this ring, and the one after it will be told from entries. */
  boolean fitsInPlace(long place, long word, long last, long now) {
    long oldest = entry(after(place), 0); // if the ring is full
    int length = ring.length;
    return isOpen()
        && !isSeal(word)
        && oldest < now
        && (size(place) < length - 1
            || length > plan.maxLimit
            || age(oldest, now) >= plan.maxPeriod)
        && (length <= FIRST_SIZE + 1 || age(last, now) < plan.maxPeriod);
  }

  /** Writes an entry in place of {@code word}; false if that is not there any more. */
  boolean put(long place, long word, long now) {
    boolean put = ENTRY.compareAndSet(ring, (int) place, word, now);
    if (put) {
      HINT.compareAndSet(this, place, after(place));
    }
    return put;
  }

  /** Lets nothing be put any more; false if {@code word} is not there any more. */
  boolean seal(long place, long word) {
    return isSeal(word) || ENTRY.compareAndSet(ring, (int) place, word, NO_ENTRY + version + 1);
  }

  /** The same, sealed at {@code place}, closed. */
  LogState closed(long place, long last) {
    return next(plan, ring, place, last);
  }

  boolean isPending() {
    return (int) PENDING.getAcquire(this) != 0;
  }

  /** Writes the entries of the last admission, as far as nobody has. */
  LogState fill() {
    int pending = (int) PENDING.getAcquire(this);
    long place = place(); // if it has moved on, there is nothing left to be done
    for (int back = 1; back <= pending; back++) {
      int index = index(place, back);
      long seen = (long) ENTRY.getVolatile(ring, index);
      if (seen < last && !isSeal(seen)) {
        ENTRY.compareAndSet(ring, index, seen, last);
      }
    }
    PENDING.setRelease(this, 0);
    return this;
  }

  // Verdicts.

  /** Whether a plain call is admitted: none is while callers are in line. */
  boolean admits(long place, long last, long nanos, long permits) {
    return !plan.held && hasRoom(place, last, nanos, permits);
  }

  /** Whether {@code permits} more fit. */
  boolean hasRoom(long nanos, long permits) {
    return hasRoom(hint, last, nanos, permits);
  }

  private boolean hasRoom(long place, long last, long nanos, long permits) {
    if (plan.paused && plan.pauseNanos(nanos) > 0) {
      return false;
    }
    int[] limits = plan.limits;
    int size = size(place);
    long now = Math.max(nanos, last);
    for (int i = 0; i < limits.length; i++) {
      long back = limits[i] - permits + 1; // the permit that has to have left
      if (back < 1 || back <= size && counts(i, entry(place, (int) back), now)) {
        return false;
      }
    }
    return true;
  }

  /** Whether an entry is in the i-th window. */
  private boolean counts(int i, long entry, long now) {
    return age(entry, now) < plan.periods[i] && (plan.since == null || entry >= plan.since[i]);
  }

  /** The least wait after which {@code permits} more fit; NEVER. */
  long retryAfterNanos(long place, long last, long nanos, long permits) {
    long pause = plan.paused ? plan.pauseNanos(nanos) : 0;
    return pause == 0
        ? waitNanos(place, last, nanos, permits)
        : pause == Decision.NEVER
            ? pause
            : Checks.plus(pause, waitNanos(place, last, nanos + pause, permits));
  }

  private long waitNanos(long place, long last, long nanos, long permits) {
    int[] limits = plan.limits;
    long[] periods = plan.periods;
    long now = Math.max(nanos, last);
    long wait = 0;
    for (int i = 0; i < limits.length; i++) {
      long back = limits[i] - permits + 1;
      if (back < 1) {
        return Decision.NEVER;
      } else if (back <= size(place)) {
        long entry = entry(place, (int) back);
        wait = Math.max(wait, counts(i, entry, now) ? ahead(entry, periods[i], nanos) : 0);
      }
    }
    return wait;
  }

  /** What one more call at {@code nanos} could take, if nobody is in line. */
  long remaining(long place, long last, long nanos) {
    if (plan.held || plan.paused && plan.pauseNanos(nanos) > 0) {
      return 0;
    }
    long remaining = Long.MAX_VALUE;
    for (int i = 0; i < plan.limits.length; i++) {
      remaining =
          Math.min(remaining, plan.limits[i] - inWindow(i, place, last, nanos, plan.limits[i]));
    }
    return Math.max(remaining, 0);
  }

  /** How many of the newest {@code most} entries are in the i-th window; O(log most). */
  int inWindow(int i, long place, long last, long nanos, int most) {
    long now = Math.max(nanos, last);
    int young = 0; // entry(young) is in it
    int old = Math.min(most, size(place)) + 1; // entry(old) is not
    while (old - young > 1) {
      int middle = (young + old) >>> 1;
      if (counts(i, entry(place, middle), now)) {
        young = middle;
      } else {
        old = middle;
      }
    }
    return young;
  }

  /** The wait until nothing is left to remember. */
  long resetNanos(long place, long last, long nanos) {
    long pause = plan.paused ? plan.pauseNanos(nanos) : 0;
    long wait = pause;
    long now = Math.max(nanos, last);
    for (int i = 0; i < plan.limits.length && size(place) > 0; i++) {
      long newest = entry(place, 1);
      wait = counts(i, newest, now) ? Math.max(wait, ahead(newest, plan.periods[i], nanos)) : wait;
    }
    return wait;
  }

  /** {@code now - entry}, which is at least 0; saturated. */
  private static long age(long entry, long now) {
    long age = now - entry;
    return age < 0 ? Long.MAX_VALUE : age;
  }

  /** The wait from the reading {@code nanos} until {@code entry} is {@code period} old; saturated. */
  static long ahead(long entry, long period, long nanos) {
    long ahead = entry - nanos; // more than 0 if the reading is stale
    if (entry < 0 != nanos < 0 && ahead < 0 != entry < 0) {
      return entry < 0 ? 0 : Decision.NEVER;
    }
    long wait = ahead + period;
    return wait < 0 ? (ahead > 0 ? Decision.NEVER : 0) : wait;
  }

  // A closed log after a change.

  private int size() {
    return size(hint);
  }

  private long entry(int back) {
    return entry(hint, back);
  }

  /** {@code permits} more at the reading {@code nanos}; still to be written. */
  LogState append(long nanos, int permits) {
    long now = Math.max(nanos, last);
    long maxPeriod = plan.maxPeriod;
    if (size() > 0 && age(entry(1), now) >= maxPeriod && ring.length > FIRST_SIZE + 1) {
      return emptied(plan, now, permits, next(permits == 1 && !plan.held));
    }
    int size = size();
    int most = ring.length - 1;
    int reused = permits - (most - size); // entries whose slots are needed
    if (reused > 0
        && most < plan.maxLimit
        && (reused > size || age(entry(size - reused + 1), now) < maxPeriod)) {
      return grown(now, permits);
    }
    int slot = (int) hint - ring.length + permits;
    slot = slot < 0 ? slot + ring.length : slot;
    boolean open = permits == 1 && !plan.held && entry(slot, 0) < now;
    long place = place(slot, Math.min(size + permits, most));
    return new LogState(plan, ring, place, now, permits, next(open));
  }

  /** As {@link #append}, in a ring of at least twice the size but no more than the largest N. */
  private LogState grown(long now, int permits) {
    long wanted = Math.max(2L * (ring.length - 1), (long) size() + permits);
    LogState copy = copy((int) Math.min(wanted, Math.max(plan.maxLimit, size())));
    return copy.append(now, permits);
  }

  /** The same in a ring of nobody else, for at least so many entries. */
  private LogState copy(int entries) {
    int size = size();
    long[] copy = new long[Math.max(entries, size) + 1];
    for (int back = 1; back <= size; back++) {
      copy[size - back] = entry(back);
    }
    Arrays.fill(copy, size, copy.length, NO_ENTRY);
    return next(plan, copy, place(size, size), last);
  }

  /** The same for one thread alone. */
  LogState copy() {
    return copy(Math.min(plan.maxLimit, Math.max(size(), FIRST_SIZE)));
  }

  /**
   * Without the newest {@code permits}; null unless they are of one time, {@code time} if that is not
   * NO_ENTRY, and have not left every window: of those that have, the ring holds some and some not.
   */
  @Nullable
  LogState without(long nanos, long permits, long time) {
    boolean newest = permits <= size()
        && entry((int) permits) == entry(1)
        && age(entry(1), Math.max(nanos, last)) < plan.maxPeriod
        && (time == NO_ENTRY || entry(1) == time);
    if (!newest) {
      return null;
    }
    int k = (int) permits;
    return next(plan, ring, place(index(hint, k), size() - k), last);
  }

  /**
   * Charged {@code permits} whatever the level. What does not fit is a debt: nothing is admitted until
   * each window alone would have admitted it all, as many as it holds at a time; then the last of them
   * count from there.
   */
  LogState forced(long nanos, long permits) {
    if (permits == 0 || hasRoom(nanos, permits)) {
      return permits == 0 ? this : append(nanos, (int) permits);
    }
    long pause = plan.pauseNanos(nanos);
    if (pause == Decision.NEVER) {
      return this;
    }
    long from = Math.max(nanos + pause, last);
    long wait = pause;
    long rest = Math.min(permits, plan.maxLimit); // of the last to be paid
    for (int i = 0; i < plan.limits.length; i++) {
      long limit = plan.limits[i];
      long blocks = (permits - 1) / limit; // before the last
      int back = (int) (limit - Math.min(permits, limit) + 1);
      long first = back <= size() && counts(i, entry(back), from)
          ? ahead(entry(back), plan.periods[i], nanos)
          : pause;
      long own = Checks.plus(first, Checks.times(blocks, plan.periods[i]));
      if (own > wait) {
        wait = own;
        rest = permits - blocks * limit;
      }
    }
    if (wait > Checks.LONGEST) {
      return with(plan.pausedUntil(Decision.NEVER));
    }
    int least = Arrays.stream(plan.limits).min().getAsInt();
    int last = (int) Math.min(rest, least);
    int before = (int) Math.min(permits - last, plan.maxLimit);
    LogState s = copy(); // which nobody sees if this is refused, or lost in a race
    s = before == 0 ? s : s.append(from, before).fill();
    return s.append(nanos + wait, last).fill().paused(nanos + wait);
  }

  /** Nothing is admitted before {@code until}; this one if that is so already. */
  LogState paused(long until) {
    return plan.paused && (plan.until == Decision.NEVER || plan.until - until >= 0)
        ? this
        : with(plan.pausedUntil(until));
  }

  /**
   * Under the windows of {@code next}, of which the i-th goes on as the {@code from[i]}-th of these, or
   * is new if that is -1. Each keeps the newest permits that are in its window, as the policy says; what
   * is missing besides is dated now.
   */
  LogState changed(LogPlan next, int[] from, long nanos, LevelPolicy policy) {
    int windows = next.limits.length;
    int[] kept = new int[windows];
    int most = 0;
    long added = 0;
    for (int i = 0; i < windows; i++) {
      int had = from[i] < 0 ? 0 : inWindow(from[i], hint, last, nanos, size());
      long limit = from[i] < 0 ? next.limits[i] : plan.limits[from[i]];
      long missing = Missing.of(had, 1).after(policy, limit, next.limits[i]).permits();
      kept[i] = (int) Math.min(had, missing);
      most = Math.max(most, kept[i]);
      added = Math.max(added, missing - kept[i]);
    }
    long[] since = null;
    for (int i = 0; i < windows; i++) {
      if (kept[i] < most) {
        since = since == null ? filled(windows) : since;
        since[i] = kept[i] == 0 ? Math.max(last, nanos) : entry(kept[i]);
      }
    }
    LogState s = newest(most).with(plan.with(next, since));
    // The ring of a log that was longer is not kept.
    s = s.ring.length - 1 > next.maxLimit ? s.copy(Math.min(next.maxLimit, FIRST_SIZE)) : s;
    return added == 0
        ? s
        : s.copy().append(nanos, (int) Math.min(added, next.maxLimit)).fill(); // as in forced
  }

  private static long[] filled(int length) {
    long[] since = new long[length];
    Arrays.fill(since, NO_ENTRY);
    return since;
  }

  /** With so many more entries of these times, oldest first, and no more than a window can hold. */
  LogState merged(long[] dates, int[] counts) {
    long more = Math.min(Arrays.stream(counts).asLongStream().sum(), plan.maxLimit);
    int size = (int) Math.min(size() + more, LogPlan.MAX_PERMITS);
    long[] ring = new long[Math.max(size, Math.min(plan.maxLimit, FIRST_SIZE)) + 1];
    Arrays.fill(ring, size, ring.length, NO_ENTRY);
    int back = 1; // the newest of the log that is not in the ring yet
    int left = dates.length; // the same of the others, and how many of it are in the ring
    int done = 0;
    for (int i = size - 1; i >= 0; i--) {
      while (left > 0 && done == counts[left - 1]) {
        left--;
        done = 0;
      }
      if (left == 0 || back <= size() && entry(back) >= dates[left - 1]) {
        ring[i] = entry(back++);
      } else {
        ring[i] = dates[left - 1];
        done++;
      }
    }
    long last = size == 0 ? this.last : Math.max(this.last, ring[size - 1]);
    return next(plan, ring, place(size, size), last);
  }
}
