package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * The sliding log: one or several windows {@code N_i per P_i} over one log of admissions. In no
 * window of length P_i, wherever it starts, are more than N_i permits admitted.
 *
 * <p>Admitted at t iff for every i: (permits admitted in {@code (t - P_i, t]}) + k &lt;= N_i. A permit
 * exactly P_i old is out of the window. Exact at every rate, over any uptime up to 292 years. A
 * reading older than the newest entry counts as that entry's time.
 *
 * <p>Not where {@link Gcra} will do: the literal promise costs a word per permit. {@link #refund}
 * takes back only the newest admission, or part of it, while it is in a window.
 *
 * <p>Cost: 8 bytes per permit of the largest N_i, allocated as the log fills and given back by the
 * first admission after a whole window without any; 40 bytes are allocated for each admission. A
 * verdict is O(1) reads a window; an admission of k permits writes k words; remaining takes O(log
 * N_i). A denial writes and allocates nothing.
 *
 * <p>Thread-safety: lock-free and linearizable. Memory effects: see {@link RateLimiter}.
 */
public final class SlidingLog extends Reserving {
  /*
   * Representation. `state` is an immutable descriptor of the log: a ring of timestamps (ns since
   *   `origin`), the slot that the next entry goes to, how many entries count, the time of the last
   *   admission, and how many entries of that admission may not be in the ring yet (`pending`). An
   *   admission replaces the descriptor, then writes its entries; whoever meets a pending
   *   descriptor writes them first. So one compare-and-set decides, and nobody waits for a thread
   *   that stalls after it. The windows, and the permits that were reserved with the times at which
   *   they are admitted, are in an immutable plan that the descriptor names: not in the ring, as what
   *   they would overwrite there still counts if they are cancelled. Whoever comes after such a time
   *   admits them first.
   * Invariants.
   *   I1  Entries never decrease in the order of admission: an admission is dated max(reading, last).
   *   I2  Each word of a ring only ever increases. A slot is used again only for a time more than
   *       the time in it: either that entry left the window that looks N entries back, N being the
   *       size of a full ring, or it left every window. (After a refund the slot may be written with
   *       the time that is in it, or a later one, as `last` is not moved back.)
   *   I3  So fill() by a thread that is late, however late, changes nothing: it writes only over a
   *       word less than its time, by compare-and-set from the word that it read, and once the entry
   *       is written the slot never holds such a word again.
   *   I4  Entries beyond `size` back left every window before their slots were used again.
   *   I5  While `state` is S and S is not pending, the ring holds the entries of S: another
   *       descriptor must be published before any of them is overwritten.
   *   I6  While the plan has permits to be admitted later, every call that comes before them is denied.
   * Linearization.
   *   reserve, reconfigure, reset, penalize   the successful compare-and-set of state.
   *   tryAcquire, decide  admitted: the successful compare-and-set of state; denied: the read of
   *                       state that confirms that what was read of the ring belongs to it.
   *   refund              the successful compare-and-set of state, or that confirming read.
   *   peek                that confirming read.
   * Memory ordering.
   *   field    read      write                   why that is enough
   *   state    volatile  compareAndSet           publishes the descriptor and a ring grown by a copy;
   *                                              one total order of admissions
   *   ring[i]  volatile  compareAndSet           I3; ordered before the clearing of pending
   *   pending  acquire   release, after fill()   who reads 0 sees the entries; who reads more writes
   *                                              them again, without effect
   * Progress. Lock-free: a reader starts again, and a compare-and-set fails, only because another
   *   call was admitted or refunded; helping is bounded by the permits of one call. But a refund
   *   takes the lock of the line while someone waits.
   * Arithmetic. Ages are differences of entries, at least 0, saturating; waits saturate at NEVER.
   * Rejected. Entries written first and published by moving an index (nothing is allocated, but k
   *   entries of one call and those of its rivals share slots before it is known who wins). Ring
   *   sizes that are powers of two (up to twice the words). Counting by buckets (not the promise).
   * Sources. Helping by descriptor: Herlihy, A methodology for implementing highly concurrent data
   *   objects, 1993.
   */
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, SlidingLog.class, State.class);

  private static final VarHandle PENDING = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "pending", VarHandle.class, State.class, int.class);

  private static final VarHandle ENTRY =
      ConstantBootstraps.arrayVarHandle(MethodHandles.lookup(), "_", VarHandle.class, long[].class);

  /** The most permits that a window may name: what one array holds. */
  public static final long MAX_PERMITS = Integer.MAX_VALUE - 8;

  private static final int FIRST_SIZE = 8; // words of a new ring, unless the largest N is less
  private static final long NO_ENTRY = Long.MIN_VALUE; // before any time

  private final long origin; // clock reading, ns

  /** What was admitted so far; replaced by each admission and refund. */
  private volatile State state;

  /** The plan by which those who wait were timed last. Under the lock of the line. */
  private Plan timed;

  /**
   * The windows, and who is to be admitted later: the permits that were reserved, oldest first.
   * Immutable.
   */
  private static final class Plan {
    final int[] limits; // N_i
    final long[] periods; // P_i, ns
    final int maxLimit;
    final long maxPeriod; // ns
    final long[] dates; // when they are admitted, ns since the origin; never decreasing
    final int[] counts; // how many: waited for if positive, a debt if negative; 0: a penalty ends

    Plan(int[] limits, long[] periods, long[] dates, int[] counts) {
      this.limits = limits;
      this.periods = periods;
      this.maxLimit = Arrays.stream(limits).max().getAsInt();
      this.maxPeriod = Arrays.stream(periods).max().getAsLong();
      this.dates = dates;
      this.counts = counts;
    }

    /** The first {@code length} of those who are to be admitted later. */
    Plan first(int length) {
      return new Plan(limits, periods, Arrays.copyOf(dates, length), Arrays.copyOf(counts, length));
    }

    /** All but the first. */
    Plan rest() {
      return new Plan(
          limits,
          periods,
          Arrays.copyOfRange(dates, 1, dates.length),
          Arrays.copyOfRange(counts, 1, counts.length));
    }

    /** One more. */
    Plan and(long date, int count) {
      int length = dates.length;
      Plan longer = first(length + 1);
      longer.dates[length] = date;
      longer.counts[length] = count;
      return longer;
    }

    /** The index of those waited for behind whom there are so many permits; -1 if there are none. */
    int indexOf(long behind) {
      long sum = 0;
      for (int i = counts.length - 1; i >= 0 && sum <= behind; i--) {
        if (counts[i] > 0 && sum == behind) {
          return i;
        }
        sum += Math.abs(counts[i]);
      }
      return -1;
    }
  }

  /** An immutable description of the log, but for {@code pending}. */
  private static final class State {
    final Plan plan;
    final long[] ring; // times in ns since the origin; read and written by ENTRY alone
    final int slot; // the next entry goes here
    final int size; // entries that count, the newest in slot - 1; 0..ring.length
    final long last; // time of the last admission, ns since the origin

    /** The newest entries that may not be in the ring yet; 0 once they are; written by fill. */
    int pending;

    State(Plan plan, long[] ring, int slot, int size, long last, int pending) {
      this.plan = plan;
      this.ring = ring;
      this.slot = slot;
      this.size = size;
      this.last = last;
      this.pending = pending;
    }

    /** The same log with another plan. */
    State with(Plan plan) {
      return new State(plan, ring, slot, size, last, 0);
    }

    /** As {@link #entry}, counting those who are to be admitted later; NO_ENTRY if there is none. */
    long entryAhead(int back) {
      long left = back;
      for (int i = plan.counts.length - 1; i >= 0; i--) {
        left -= Math.abs(plan.counts[i]);
        if (left <= 0) {
          return plan.dates[i];
        }
      }
      return left <= size ? entry((int) left) : NO_ENTRY;
    }

    /** Whether the newest {@code permits} are of one time. */
    boolean isNewest(long permits) {
      return permits <= size && entry((int) permits) == entry(1);
    }

    /** The time of the entry {@code back} before the next one: 1 is the newest; 1..size. */
    long entry(int back) {
      int index = slot - back;
      return (long) ENTRY.getVolatile(ring, index < 0 ? index + ring.length : index);
    }
  }

  private SlidingLog(Plan plan, NanoClock clock) {
    super(clock);
    this.origin = clock.nanoTime();
    this.state = emptied(plan, NO_ENTRY + 1, 0);
  }

  /**
   * One window.
   *
   * @throws IllegalArgumentException if the rate has more than {@link #MAX_PERMITS} permits
   */
  public static SlidingLog create(Rate window, NanoClock clock) {
    Objects.requireNonNull(window, "window");
    return create(List.of(window), clock);
  }

  /**
   * Several windows over one log.
   *
   * @throws IllegalArgumentException if there is no window, or one of more than {@link #MAX_PERMITS}
   *     permits
   */
  public static SlidingLog create(List<Rate> windows, NanoClock clock) {
    Objects.requireNonNull(windows, "windows");
    Objects.requireNonNull(clock, "clock");
    return new SlidingLog(plan(windows), clock);
  }

  private static Plan plan(List<Rate> windows) {
    Checks.atLeast("windows", windows.size(), 1);
    int[] limits = new int[windows.size()];
    long[] periods = new long[windows.size()];
    for (int i = 0; i < limits.length; i++) {
      Rate window = Objects.requireNonNull(windows.get(i), "window");
      limits[i] = (int) Checks.within("permits", window.permits(), 1, MAX_PERMITS);
      periods[i] = window.periodNanos();
    }
    return new Plan(limits, periods, new long[0], new int[0]);
  }

  /** The windows, in the order given. */
  public List<Rate> windows() {
    Plan plan = state.plan;
    Rate[] windows = new Rate[plan.limits.length];
    for (int i = 0; i < windows.length; i++) {
      windows[i] = Rate.ofNanos(plan.limits[i], plan.periods[i]);
    }
    return List.of(windows);
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return charge(nanoTime, permits, null) != REFUSED;
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Checks.permits(permits);
    long nanos = nanoTime - origin;
    while (true) {
      State s = settled(nanos);
      long wait = retryAfterNanos(s, nanos, permits);
      boolean admitted = wait == 0;
      boolean charged = admitted && permits > 0;
      long remaining = remaining(s, nanos) - (admitted ? permits : 0);
      State next = charged ? append(s, nanos, (int) permits) : s;
      long reset =
          charged ? waitNanos(next.last, next.plan.maxPeriod, nanos) : resetNanos(s, nanos);
      if (charged ? publish(s, next) : state == s) {
        return new Decision(admitted, remaining, wait, reset, admitted ? -1 : 0);
      }
    }
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    Checks.permits(permits);
    long nanos = nanoTime - origin;
    while (true) {
      State s = settled(nanos);
      long wait = retryAfterNanos(s, nanos, permits);
      long remaining = remaining(s, nanos);
      long reset = resetNanos(s, nanos);
      if (state == s) {
        return new Decision(wait == 0, remaining, wait, reset, wait == 0 ? -1 : 0);
      }
    }
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return takeBack(nanoTime - origin, Checks.permits(permits), NO_ENTRY, false);
  }

  /** The descriptor, with its entries in the ring. */
  private State settled() {
    State s = state;
    if ((int) PENDING.getAcquire(s) != 0) {
      fill(s);
    }
    return s;
  }

  /** The descriptor, with all who reserved and whose time has come at {@code nanos} in the ring. */
  private State settled(long nanos) {
    State s = settled();
    while (s.plan.dates.length > 0 && s.plan.dates[0] <= nanos) {
      int permits = Math.min(Math.abs(s.plan.counts[0]), s.plan.maxLimit);
      State due = s.with(s.plan.rest());
      State next = permits == 0 ? due : append(due, s.plan.dates[0], permits);
      publish(s, next);
      s = settled();
    }
    return s;
  }

  /** Replaces {@code s} by {@code next} and writes its entries; false if {@code s} was replaced before. */
  private boolean publish(State s, State next) {
    boolean published = STATE.compareAndSet(this, s, next);
    if (published) {
      fill(next);
    }
    return published;
  }

  /** Writes the entries of the last admission, as far as nobody has. */
  private static void fill(State s) {
    int pending = (int) PENDING.getAcquire(s);
    int length = s.ring.length;
    for (int back = 1; back <= pending; back++) {
      int index = s.slot - back < 0 ? s.slot - back + length : s.slot - back;
      long seen = (long) ENTRY.getVolatile(s.ring, index);
      if (seen < s.last) {
        ENTRY.compareAndSet(s.ring, index, seen, s.last);
      }
    }
    PENDING.setRelease(s, 0);
  }

  private boolean admits(State s, long nanos, long permits) {
    if (s.plan.dates.length > 0) {
      return false; // others wait
    }
    int[] limits = s.plan.limits;
    long now = Math.max(nanos, s.last);
    for (int i = 0; i < limits.length; i++) {
      long back = limits[i] - permits + 1; // the permit that has to have left
      if (back < 1 || back <= s.size && age(s.entry((int) back), now) < s.plan.periods[i]) {
        return false;
      }
    }
    return true;
  }

  /** The descriptor after {@code permits} more at the reading {@code nanos}. */
  private State append(State s, long nanos, int permits) {
    long now = Math.max(nanos, s.last);
    long maxPeriod = s.plan.maxPeriod;
    if (s.size > 0 && age(s.entry(1), now) >= maxPeriod && s.ring.length > FIRST_SIZE) {
      return emptied(s.plan, now, permits);
    }
    int length = s.ring.length;
    int reused = permits - (length - s.size); // entries whose slots are needed
    if (reused > 0
        && length < s.plan.maxLimit
        && (reused > s.size || age(s.entry(s.size - reused + 1), now) < maxPeriod)) {
      return grown(s, now, permits);
    }
    int slot = s.slot - length + permits;
    return new State(
        s.plan,
        s.ring,
        slot < 0 ? slot + length : slot,
        s.size + Math.min(permits, length - s.size),
        now,
        permits);
  }

  /** A log of {@code permits} entries only, still to be written, in a ring that fits them. */
  private static State emptied(Plan plan, long now, int permits) {
    long[] ring = new long[Math.max(Math.min(plan.maxLimit, FIRST_SIZE), permits)];
    Arrays.fill(ring, NO_ENTRY);
    return new State(plan, ring, permits == ring.length ? 0 : permits, permits, now, permits);
  }

  /** As {@link #append}, in a ring of at least twice the size but no more than the largest N. */
  private State grown(State s, long now, int permits) {
    long wanted = Math.max(2L * s.ring.length, (long) s.size + permits);
    long[] ring = new long[(int) Math.min(wanted, s.plan.maxLimit)];
    for (int back = 1; back <= s.size; back++) {
      ring[s.size - back] = s.entry(back);
    }
    Arrays.fill(ring, s.size, ring.length, NO_ENTRY);
    return append(new State(s.plan, ring, s.size, s.size, s.last, 0), now, permits);
  }

  /**
   * Removes the newest {@code permits} if they are of one time, {@code time} if that is not NO_ENTRY,
   * and have not left every window: of those that have, the ring holds some and some not. Who waits
   * moves up, under the lock of the line.
   */
  private boolean takeBack(long nanos, long permits, long time, boolean locked) {
    if (permits == 0) {
      return true;
    }
    while (true) {
      State s = settled(nanos);
      if (!locked && s.plan.dates.length > 0) {
        return line().giveBack(this, nanos, permits, time);
      }
      // Of more than any window holds, since they were reserved, so many were admitted.
      int k = (int)
          (time == NO_ENTRY || s.isNewest(permits)
              ? Math.min(permits, Integer.MAX_VALUE)
              : Math.min(permits, s.plan.maxLimit));
      boolean newest = s.isNewest(k)
          && age(s.entry(1), Math.max(nanos, s.last)) < s.plan.maxPeriod
          && (time == NO_ENTRY || s.entry(1) == time);
      if (newest) {
        int slot = s.slot < k ? s.slot - k + s.ring.length : s.slot - k;
        State next = new State(s.plan, s.ring, slot, s.size - k, s.last, 0);
        if (locked
            ? publishPlan(s, replanned(next, nanos, 0))
            : STATE.compareAndSet(this, s, next)) {
          return true;
        }
      } else if (state == s) {
        return false;
      }
    }
  }

  /**
   * The same under the lock of the line. Who waits may be due now, by the clock: not when what is taken
   * back was admitted.
   */
  boolean takeBack(long nanos, long permits, long time) {
    return takeBack(Math.max(nanos, clock().nanoTime() - origin), permits, time, true);
  }

  // What a decision says, one number each: so small that they are compiled into it, or called from
  // there, and a decision that is only read is never allocated.

  /** The least wait after which {@code permits} are admitted; 0 iff {@link #admits}. */
  private static long retryAfterNanos(State s, long nanos, long permits) {
    if (s.plan.dates.length > 0) {
      return isNever(s.plan, permits)
          ? Decision.NEVER
          : nanosUntil(earliest(s, nanos, permits), nanos);
    }
    int[] limits = s.plan.limits;
    long[] periods = s.plan.periods;
    long now = Math.max(nanos, s.last);
    long wait = 0;
    for (int i = 0; i < limits.length; i++) {
      long back = limits[i] - permits + 1;
      if (back < 1) {
        wait = Decision.NEVER;
      } else if (back <= s.size) {
        long entry = s.entry((int) back);
        wait =
            Math.max(wait, age(entry, now) < periods[i] ? waitNanos(entry, periods[i], nanos) : 0);
      }
    }
    return wait;
  }

  /** What one more call at {@code nanos} could take. */
  private static long remaining(State s, long nanos) {
    if (s.plan.dates.length > 0) {
      return 0; // others wait
    }
    int[] limits = s.plan.limits;
    long now = Math.max(nanos, s.last);
    long remaining = Long.MAX_VALUE;
    for (int i = 0; i < limits.length; i++) {
      remaining =
          Math.min(remaining, limits[i] - entriesYoungerThan(s.plan.periods[i], now, s, limits[i]));
    }
    return remaining;
  }

  /** How many of the newest {@code limit} entries are younger than {@code period}; O(log limit). */
  private static int entriesYoungerThan(long period, long now, State s, int limit) {
    int young = 0; // entry(young) is younger
    int old = Math.min(limit, s.size) + 1; // entry(old) is not, or does not count
    while (old - young > 1) {
      int middle = (young + old) >>> 1;
      if (age(s.entry(middle), now) < period) {
        young = middle;
      } else {
        old = middle;
      }
    }
    return young;
  }

  /** {@code now - entry}, which is at least 0; saturated. */
  private static long age(long entry, long now) {
    long age = now - entry;
    return age < 0 ? Long.MAX_VALUE : age;
  }

  /** The wait from the reading {@code nanos} until {@code entry} is {@code period} old; saturated. */
  private static long waitNanos(long entry, long period, long nanos) {
    long ahead = entry - nanos; // more than 0 if the reading is stale
    if (entry < 0 != nanos < 0 && ahead < 0 != entry < 0) {
      return entry < 0 ? 0 : Decision.NEVER;
    }
    long wait = ahead + period;
    return wait < 0 ? (ahead > 0 ? Decision.NEVER : 0) : wait;
  }

  // Waiting, and changing the windows: under the lock of the line.

  /**
   * Changes the windows, in one atomic step. Admissions that the log remembers count in the new ones;
   * what had left all of the old windows is forgotten. Those who wait are timed anew.
   *
   * @throws IllegalArgumentException if there is no window, or one of more than {@link #MAX_PERMITS}
   *     permits
   */
  public void reconfigure(List<Rate> windows) {
    Plan plan = plan(List.copyOf(Objects.requireNonNull(windows, "windows")));
    line()
        .change(
            LevelPolicy.SPENT,
            waiting -> replan(
                s -> s.with(new Plan(plan.limits, plan.periods, s.plan.dates, s.plan.counts))));
  }

  @Override
  public void reset() {
    line().change(LevelPolicy.FRESH, waiting -> replan(SlidingLog::freshened));
  }

  /** An empty log; those who wait stay. */
  private static State freshened(State s) {
    Plan plan = s.plan.first(0);
    for (int i = 0; i < s.plan.counts.length; i++) {
      if (s.plan.counts[i] > 0) {
        plan = plan.and(NO_ENTRY, s.plan.counts[i]);
      }
    }
    return emptied(plan, s.last, 0);
  }

  /** Replaces the log by what {@code change} makes of it, those who wait timed anew. */
  private void replan(UnaryOperator<State> change) {
    while (true) {
      long nanos = clock().nanoTime() - origin;
      State s = settled(nanos);
      if (publishPlan(s, replanned(change.apply(s), nanos, 0))) {
        return;
      }
    }
  }

  /** Replaces {@code s} by {@code next}, in which other permits wait, or for other times. */
  private boolean publishPlan(State s, State next) {
    boolean planned = STATE.compareAndSet(this, s, next);
    timed = planned ? next.plan : timed;
    return planned;
  }

  /** {@code s} with those who wait, from the nth on, admitted as early as can be. */
  private static State replanned(State s, long nanos, int nth) {
    Plan old = s.plan;
    State next = s.with(old.first(Math.min(nth, old.dates.length)));
    for (int i = nth; i < old.dates.length; i++) {
      int count = old.counts[i];
      long date = count == 0
          ? Math.max(old.dates[i], earliest(next, nanos, 0))
          : earliest(next, nanos, Math.abs(count));
      next = next.with(next.plan.and(date, count));
    }
    return old.dates.length == 0 ? s : next;
  }

  /**
   * The earliest time at which {@code permits}, or as many as a window holds, are admitted after all
   * who wait: at least the reading {@code nanos}; NEVER if that is out of range.
   */
  private static long earliest(State s, long nanos, long permits) {
    Plan plan = s.plan;
    long date = Math.max(nanos, s.last);
    date = plan.dates.length == 0 ? date : Math.max(date, plan.dates[plan.dates.length - 1]);
    for (int i = 0; i < plan.limits.length && permits > 0; i++) {
      long entry = s.entryAhead((int) Math.max(plan.limits[i] - permits + 1, 1));
      if (entry != NO_ENTRY) {
        long left = entry + plan.periods[i];
        date = Math.max(date, left < entry ? Decision.NEVER : left);
      }
    }
    return date;
  }

  private static long nanosUntil(long date, long nanos) {
    long wait = date - nanos;
    return date == Decision.NEVER || wait < 0 ? Decision.NEVER : wait;
  }

  /** The wait until nothing is left to remember. */
  private static long resetNanos(State s, long nanos) {
    if (s.plan.dates.length == 0) {
      boolean fresh = s.size == 0 || age(s.entry(1), Math.max(nanos, s.last)) >= s.plan.maxPeriod;
      return fresh ? 0 : waitNanos(s.entry(1), s.plan.maxPeriod, nanos);
    }
    long newest = s.entryAhead(1);
    long until = nanosUntil(s.plan.dates[s.plan.dates.length - 1], nanos);
    return newest == NO_ENTRY ? until : Math.max(until, waitNanos(newest, s.plan.maxPeriod, nanos));
  }

  private static boolean isNever(Plan plan, long permits) {
    return Arrays.stream(plan.limits).anyMatch(limit -> permits > limit);
  }

  @Override
  long owe(long nanoTime, long permits, long maxWaitNanos) {
    long nanos = nanoTime - origin;
    while (true) {
      State s = settled(nanos);
      if (permits == 0 && !admits(s, nanos, 0)) {
        return REFUSED; // the plan has no place for nothing
      }
      long date = isNever(s.plan, permits) ? Decision.NEVER : earliest(s, nanos, permits);
      long wait = nanosUntil(date, nanos);
      if (wait == Decision.NEVER || wait > maxWaitNanos) {
        return REFUSED;
      }
      if (wait == 0 || publishPlan(s, s.with(s.plan.and(date, (int) permits)))) {
        return wait;
      }
    }
  }

  /** A debt is admissions in the future, each of no more than the smallest window holds. */
  @Override
  long force(long nanoTime, long permits) {
    long nanos = nanoTime - origin;
    long left = permits;
    long wait = 0;
    while (left > 0 && wait < Decision.NEVER) {
      State s = settled(nanos);
      int some = (int) Math.min(left, Arrays.stream(s.plan.limits).min().getAsInt());
      if (charge(nanoTime, some, null) != REFUSED) {
        left -= some;
        continue;
      }
      long date = earliest(s, nanos, some);
      if (publishPlan(s, s.with(s.plan.and(date, -some)))) {
        left -= some;
        wait = nanosUntil(date, nanos);
      }
    }
    return wait;
  }

  @Override
  void withdraw(long nanoTime, long permits, long behind, long receipt) {
    long nanos = nanoTime - origin;
    State s = settled(nanos);
    int nth = s.plan.indexOf(behind);
    while (nth >= 0) {
      if (publishPlan(s, replanned(without(s, nth, permits), nanos, nth))) {
        return;
      }
      s = settled(nanos);
      nth = s.plan.indexOf(behind);
    }
    takeBack(nanos, permits, receipt); // admitted meanwhile
  }

  private static State without(State s, int nth, long permits) {
    Plan plan = s.plan.first(nth);
    int left = s.plan.counts[nth] - (int) permits;
    plan = left == 0 ? plan : plan.and(s.plan.dates[nth], left);
    for (int i = nth + 1; i < s.plan.dates.length; i++) {
      plan = plan.and(s.plan.dates[i], s.plan.counts[i]);
    }
    return s.with(plan);
  }

  @Override
  long waitNanos(long nanoTime, long behind) {
    Plan plan = state.plan;
    int index = plan.indexOf(behind);
    long nanos = nanoTime - origin;
    return index < 0 || plan.dates[index] <= nanos ? 0 : nanosUntil(plan.dates[index], nanos);
  }

  @Override
  long word(Object terms) {
    return 0; // a receipt is a time
  }

  /** The time of the admission. Who was in the plan no more was admitted when it was due. */
  @Override
  long receipt(Object terms, long word, long behind, long before) {
    int index = timed.indexOf(behind);
    return index < 0 ? before : timed.dates[index];
  }

  @Override
  void pause(long nanoTime, long until, long delay) {
    long end = until - origin;
    replan(s -> {
      Plan plan = s.plan.first(0);
      for (int i = -1; i < s.plan.dates.length; i++) {
        if (i < 0) {
          plan = plan.and(end, 0);
        } else if (s.plan.counts[i] != 0 || s.plan.dates[i] > end) {
          plan = plan.and(s.plan.dates[i], s.plan.counts[i]);
        }
      }
      return s.with(plan);
    });
  }

  @Override
  long pauseNanosAt(long nanoTime) {
    Plan plan = state.plan;
    long pause = 0;
    for (int i = 0; i < plan.dates.length; i++) {
      pause =
          plan.counts[i] == 0 ? Math.max(pause, minus(plan.dates[i], nanoTime - origin)) : pause;
    }
    return pause;
  }

  @Override
  Snapshot.Level level(long nanoTime) {
    long nanos = nanoTime - origin;
    while (true) {
      State s = settled(nanos);
      Snapshot.Level level = level(s, nanos);
      if (state == s) {
        return level;
      }
    }
  }

  private static Snapshot.OfLog level(State s, long nanos) {
    int size = entriesYoungerThan(s.plan.maxPeriod, Math.max(nanos, s.last), s, s.size);
    long[] ages = new long[size];
    int[] counts = new int[size];
    int length = 0;
    for (int back = size; back > 0; back--) {
      long age = minus(nanos, s.entry(back));
      if (length > 0 && ages[length - 1] == age) {
        counts[length - 1]++;
      } else {
        ages[length] = age;
        counts[length++] = 1;
      }
    }
    return new Snapshot.OfLog(
        Arrays.copyOf(ages, length),
        Arrays.copyOf(counts, length),
        Arrays.stream(s.plan.dates).map(date -> nanosUntil(date, nanos)).toArray(),
        Arrays.stream(s.plan.counts).map(Math::abs).toArray());
  }

  /** Admits what {@code saved} admitted, {@code elapsed} ns later, and charges what it charged ahead. */
  void inherit(long nanoTime, Snapshot.OfLog saved, long elapsed) {
    long nanos = nanoTime - origin;
    while (true) {
      State s = settled(nanos);
      if (publishPlan(s, inherited(s, nanos, saved, elapsed))) {
        return;
      }
    }
  }

  private static State inherited(State s, long nanos, Snapshot.OfLog saved, long elapsed) {
    int ahead = 0; // the first who is not admitted yet
    while (ahead < saved.waits().length && saved.waits()[ahead] <= elapsed) {
      ahead++;
    }
    int past = saved.ages().length;
    long[] dates = new long[past + ahead];
    int[] counts = new int[past + ahead];
    for (int i = 0; i < dates.length; i++) {
      dates[i] = i < past
          ? minus(minus(nanos, saved.ages()[i]), elapsed)
          : minus(nanos, minus(elapsed, saved.waits()[i - past]));
      counts[i] = Math.min(i < past ? saved.counts()[i] : saved.owed()[i - past], s.plan.maxLimit);
    }
    State next = merged(s, dates, counts);
    for (int i = ahead; i < saved.waits().length; i++) {
      int owed = saved.owed()[i];
      long date = minus(nanos, elapsed - saved.waits()[i]);
      date = Math.max(date, earliest(next, nanos, owed));
      next = next.with(next.plan.and(date, -owed));
    }
    int nth = next.plan.dates.length;
    for (int i = 0; i < s.plan.dates.length; i++) {
      next = next.with(next.plan.and(s.plan.dates[i], s.plan.counts[i]));
    }
    return replanned(next, nanos, nth);
  }

  /** The log with so many more entries of these times, and no more of them than a window can hold. */
  private static State merged(State s, long[] dates, int[] counts) {
    long more = Math.min(Arrays.stream(counts).asLongStream().sum(), s.plan.maxLimit);
    int size = (int) Math.min(s.size + more, MAX_PERMITS);
    long[] ring = new long[Math.max(size, Math.min(s.plan.maxLimit, FIRST_SIZE))];
    Arrays.fill(ring, size, ring.length, NO_ENTRY);
    int back = 1; // the newest of the log that is not in the ring yet
    int left = dates.length; // the same of the others, and how many of it are in the ring
    int done = 0;
    for (int i = size - 1; i >= 0; i--) {
      while (left > 0 && done == counts[left - 1]) {
        left--;
        done = 0;
      }
      if (left == 0 || back <= s.size && s.entry(back) >= dates[left - 1]) {
        ring[i] = s.entry(back++);
      } else {
        ring[i] = dates[left - 1];
        done++;
      }
    }
    long last = size == 0 ? s.last : Math.max(s.last, ring[size - 1]);
    return new State(s.plan.first(0), ring, size == ring.length ? 0 : size, size, last, 0);
  }

  /** {@code a - b}, saturated. */
  private static long minus(long a, long b) {
    long d = a - b;
    return ((a ^ b) & (a ^ d)) < 0 ? (a < 0 ? NO_ENTRY : Long.MAX_VALUE) : d;
  }

  // As a member of AllOf.

  @Override
  boolean admits(long nanoTime, long permits) {
    while (true) {
      State s = settled(nanoTime - origin);
      boolean admits = admits(s, nanoTime - origin, permits);
      if (state == s) {
        return admits;
      }
    }
  }

  @Override
  long charge(long nanoTime, long permits, Object terms) {
    Checks.permits(permits);
    long nanos = nanoTime - origin;
    while (true) {
      State s = settled(nanos);
      if (admits(s, nanos, permits)) {
        State next = permits == 0 ? s : append(s, nanos, (int) permits);
        if (permits == 0 ? state == s : publish(s, next)) {
          return next.last;
        }
      } else if (state == s) {
        return REFUSED;
      }
    }
  }

  @Override
  void uncharge(long nanoTime, long permits, Object terms, long receipt) {
    takeBack(nanoTime - origin, permits, receipt, false);
  }

  @Override
  boolean alwaysUncharges() {
    return false; // an entry that is no longer the newest stays until it expires
  }

  @Override
  long remainingAt(long nanoTime) {
    return peekAt(nanoTime, 1).remaining();
  }

  @Override
  long retryAfterNanosAt(long nanoTime, long permits) {
    return peekAt(nanoTime, permits).retryAfterNanos();
  }

  @Override
  long resetAfterNanosAt(long nanoTime) {
    return peekAt(nanoTime, 1).resetAfterNanos();
  }

  /** {@code SlidingLog[3/second, 60/hour]}. */
  @Override
  public String toString() {
    return "SlidingLog" + windows();
  }
}
