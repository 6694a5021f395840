package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What a sliding log holds, as one descriptor: a ring of times, oldest first, of which the newest {@code
 * size} count. Immutable, but for the entries that are still to be written ({@link #fill}). All times are
 * in ns since the origin of the log. The invariants are in the essay of the sliding log.
 */
final class LogState {
  private static final VarHandle PENDING = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "pending", VarHandle.class, LogState.class, int.class);

  private static final VarHandle ENTRY =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);

  private static final int FIRST_SIZE = 8; // words of a new ring, unless the largest N is less
  static final long NO_ENTRY = Long.MIN_VALUE; // before any time

  final LogPlan plan;
  private final long[] ring; // read and written by ENTRY alone
  private final int slot; // the next entry goes here
  final int size; // entries that count, the newest in slot - 1; 0..ring.length
  final long last; // time of the last admission

  /** The newest entries that may not be in the ring yet; 0 once they are; written by fill. */
  private int pending;

  private LogState(LogPlan plan, long[] ring, int slot, int size, long last, int pending) {
    this.plan = plan;
    this.ring = ring;
    this.slot = slot;
    this.size = size;
    this.last = last;
    this.pending = pending;
  }

  /** An empty log. */
  static LogState fresh(LogPlan plan) {
    return emptied(plan, NO_ENTRY + 1, 0);
  }

  /** A log of {@code permits} entries only, still to be written, in a ring that fits them. */
  private static LogState emptied(LogPlan plan, long now, int permits) {
    long[] ring = new long[Math.max(Math.min(plan.maxLimit, FIRST_SIZE), permits)];
    Arrays.fill(ring, NO_ENTRY);
    return new LogState(plan, ring, permits == ring.length ? 0 : permits, permits, now, permits);
  }

  /** The same entries under another plan. */
  LogState with(LogPlan plan) {
    return new LogState(plan, ring, slot, size, last, 0);
  }

  /** Without all but the newest {@code size} entries. */
  private LogState newest(int size) {
    return new LogState(plan, ring, slot, Math.min(size, this.size), last, 0);
  }

  /** No entries, no penalty. */
  LogState reset() {
    return emptied(plan.fresh(), NO_ENTRY + 1, 0);
  }

  /** The time of the entry {@code back} before the next one: 1 is the newest; 1..size. */
  long entry(int back) {
    int index = slot - back;
    return (long) ENTRY.getVolatile(ring, index < 0 ? index + ring.length : index);
  }

  boolean isPending() {
    return (int) PENDING.getAcquire(this) != 0;
  }

  /** Writes the entries of the last admission, as far as nobody has. */
  LogState fill() {
    int pending = (int) PENDING.getAcquire(this);
    int length = ring.length;
    for (int back = 1; back <= pending; back++) {
      int index = slot - back < 0 ? slot - back + length : slot - back;
      long seen = (long) ENTRY.getVolatile(ring, index);
      if (seen < last) {
        ENTRY.compareAndSet(ring, index, seen, last);
      }
    }
    PENDING.setRelease(this, 0);
    return this;
  }

  // Verdicts.

  /** Whether a plain call is admitted: none is while callers are in line. */
  boolean admits(long nanos, long permits) {
    return !plan.held && hasRoom(nanos, permits);
  }

  /** Whether {@code permits} more fit. */
  boolean hasRoom(long nanos, long permits) {
    if (plan.paused && plan.pauseNanos(nanos) > 0) {
      return false;
    }
    int[] limits = plan.limits;
    long now = Math.max(nanos, last);
    for (int i = 0; i < limits.length; i++) {
      long back = limits[i] - permits + 1; // the permit that has to have left
      if (back < 1 || back <= size && counts(i, entry((int) back), now)) {
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
  long retryAfterNanos(long nanos, long permits) {
    long pause = plan.paused ? plan.pauseNanos(nanos) : 0;
    return pause == 0
        ? waitNanos(nanos, permits)
        : pause == Decision.NEVER ? pause : Checks.plus(pause, waitNanos(nanos + pause, permits));
  }

  private long waitNanos(long nanos, long permits) {
    int[] limits = plan.limits;
    long[] periods = plan.periods;
    long now = Math.max(nanos, last);
    long wait = 0;
    for (int i = 0; i < limits.length; i++) {
      long back = limits[i] - permits + 1;
      if (back < 1) {
        return Decision.NEVER;
      } else if (back <= size) {
        long entry = entry((int) back);
        wait = Math.max(wait, counts(i, entry, now) ? waitNanos(entry, periods[i], nanos) : 0);
      }
    }
    return wait;
  }

  /** What one more call at {@code nanos} could take, if nobody is in line. */
  long remaining(long nanos) {
    if (plan.held || plan.paused && plan.pauseNanos(nanos) > 0) {
      return 0;
    }
    long remaining = Long.MAX_VALUE;
    for (int i = 0; i < plan.limits.length; i++) {
      remaining = Math.min(remaining, plan.limits[i] - inWindow(i, nanos, plan.limits[i]));
    }
    return Math.max(remaining, 0);
  }

  /** How many of the newest {@code most} entries are in the i-th window; O(log most). */
  int inWindow(int i, long nanos, int most) {
    long now = Math.max(nanos, last);
    int young = 0; // entry(young) is in it
    int old = Math.min(most, size) + 1; // entry(old) is not
    while (old - young > 1) {
      int middle = (young + old) >>> 1;
      if (counts(i, entry(middle), now)) {
        young = middle;
      } else {
        old = middle;
      }
    }
    return young;
  }

  /** The wait until nothing is left to remember. */
  long resetNanos(long nanos) {
    long pause = plan.paused ? plan.pauseNanos(nanos) : 0;
    long wait = pause;
    long now = Math.max(nanos, last);
    for (int i = 0; i < plan.limits.length && size > 0; i++) {
      boolean counts = counts(i, entry(1), now);
      wait = counts ? Math.max(wait, waitNanos(entry(1), plan.periods[i], nanos)) : wait;
    }
    return wait;
  }

  /** {@code now - entry}, which is at least 0; saturated. */
  private static long age(long entry, long now) {
    long age = now - entry;
    return age < 0 ? Long.MAX_VALUE : age;
  }

  /** The wait from the reading {@code nanos} until {@code entry} is {@code period} old; saturated. */
  static long waitNanos(long entry, long period, long nanos) {
    long ahead = entry - nanos; // more than 0 if the reading is stale
    if (entry < 0 != nanos < 0 && ahead < 0 != entry < 0) {
      return entry < 0 ? 0 : Decision.NEVER;
    }
    long wait = ahead + period;
    return wait < 0 ? (ahead > 0 ? Decision.NEVER : 0) : wait;
  }

  // The log after a change.

  /** {@code permits} more at the reading {@code nanos}; still to be written. */
  LogState append(long nanos, int permits) {
    long now = Math.max(nanos, last);
    long maxPeriod = plan.maxPeriod;
    if (size > 0 && age(entry(1), now) >= maxPeriod && ring.length > FIRST_SIZE) {
      return emptied(plan, now, permits);
    }
    int length = ring.length;
    int reused = permits - (length - size); // entries whose slots are needed
    if (reused > 0
        && length < plan.maxLimit
        && (reused > size || age(entry(size - reused + 1), now) < maxPeriod)) {
      return grown(now, permits);
    }
    int slot = this.slot - length + permits;
    return new LogState(
        plan,
        ring,
        slot < 0 ? slot + length : slot,
        size + Math.min(permits, length - size),
        now,
        permits);
  }

  /** As {@link #append}, in a ring of at least twice the size but no more than the largest N. */
  private LogState grown(long now, int permits) {
    long wanted = Math.max(2L * ring.length, (long) size + permits);
    LogState copy = copy((int) Math.min(wanted, Math.max(plan.maxLimit, size)));
    return copy.append(now, permits);
  }

  /** The same in a ring of nobody else, of at least {@code length} words. */
  private LogState copy(int length) {
    long[] copy = new long[Math.max(length, Math.max(size, 1))];
    for (int back = 1; back <= size; back++) {
      copy[size - back] = entry(back);
    }
    Arrays.fill(copy, size, copy.length, NO_ENTRY);
    return new LogState(plan, copy, size == copy.length ? 0 : size, size, last, 0);
  }

  /** The same for one thread alone. */
  LogState copy() {
    return copy(Math.min(plan.maxLimit, Math.max(size, FIRST_SIZE)));
  }

  /**
   * Without the newest {@code permits}; null unless they are of one time, {@code time} if that is not
   * NO_ENTRY, and have not left every window: of those that have, the ring holds some and some not.
   */
  LogState without(long nanos, long permits, long time) {
    boolean newest = permits <= size
        && entry((int) permits) == entry(1)
        && age(entry(1), Math.max(nanos, last)) < plan.maxPeriod
        && (time == NO_ENTRY || entry(1) == time);
    if (!newest) {
      return null;
    }
    int k = (int) permits;
    int slot = this.slot < k ? this.slot - k + ring.length : this.slot - k;
    return new LogState(plan, ring, slot, size - k, last, 0);
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
      long first = back <= size && counts(i, entry(back), from)
          ? waitNanos(entry(back), plan.periods[i], nanos)
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
      int had = from[i] < 0 ? 0 : inWindow(from[i], nanos, size);
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
    s = s.ring.length > next.maxLimit ? s.copy(Math.min(next.maxLimit, FIRST_SIZE)) : s;
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
    int size = (int) Math.min(this.size + more, LogPlan.MAX_PERMITS);
    long[] ring = new long[Math.max(size, Math.min(plan.maxLimit, FIRST_SIZE))];
    Arrays.fill(ring, size, ring.length, NO_ENTRY);
    int back = 1; // the newest of the log that is not in the ring yet
    int left = dates.length; // the same of the others, and how many of it are in the ring
    int done = 0;
    for (int i = size - 1; i >= 0; i--) {
      while (left > 0 && done == counts[left - 1]) {
        left--;
        done = 0;
      }
      if (left == 0 || back <= this.size && entry(back) >= dates[left - 1]) {
        ring[i] = entry(back++);
      } else {
        ring[i] = dates[left - 1];
        done++;
      }
    }
    long last = size == 0 ? this.last : Math.max(this.last, ring[size - 1]);
    return new LogState(plan, ring, size == ring.length ? 0 : size, size, last, 0);
  }
}
