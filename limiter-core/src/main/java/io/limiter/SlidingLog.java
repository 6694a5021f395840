package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sliding log: it keeps the time of each admission, for one or several windows {@code N_i per P_i}.
 * In no window of length P_i, wherever it starts, are more than N_i permits admitted.
 *
 * <p>Admitted at t iff for every i: (permits admitted in {@code (t - P_i, t]}) + k &lt;= N_i. A permit
 * exactly P_i old is out of the window. Exact at every rate, over any uptime up to 292 years. A
 * reading older than the newest entry counts as that entry's time, and one of more than 290 years before
 * the creation as of then.
 *
 * <p>Don't use it where {@link Gcra} will do: the literal promise costs a word per permit. Permits can
 * be given back only while they are the newest admission: {@link #refund} and a reservation that is
 * cancelled answer whether they were. A debt ({@link #acquireForced}) is paid when each window alone
 * would have admitted it.
 *
 * <p>Cost: 8 bytes per permit of the largest N_i, allocated as the log fills and given back by the first
 * admission after a whole window without any. Single permits allocate nothing; of several in a call, and
 * beside them, an admission allocates 48 bytes or two times that. A verdict takes O(1) reads per window; an
 * admission of k permits writes k words; remaining takes O(log N_i). A denial writes and allocates nothing.
 *
 * <p>Thread-safety: the three verbs are lock-free, all operations are linearizable; what waits, gives
 * back or changes the windows takes a lock, which no verb that decides waits for. Memory effects: see
 * {@link RateLimiter}.
 */
public final class SlidingLog extends WaitableLimiter {
  /*
   * Representation. `state` is a descriptor of the log: a ring of times (ns since `origin`), the place
   *   of the next entry, how many entries count, the time of the last admission. It is closed or open.
   *   Closed, it never changes: an admission replaces it, then writes its entries; whoever meets a
   *   descriptor with entries to be written (`pending`) writes them first. So one compare-and-set
   *   decides, and nobody waits for a thread that stalls after it. Open, which it is after a single
   *   permit, one more is put in place: a compare-and-set of the next word of the ring decides. To
   *   replace it, it is sealed by a compare-and-set of that word, and replaced by the same, closed.
   *   Windows, penalties and whether callers are in line are in an immutable plan that the descriptor
   *   names. The line itself is at `desk`.
   * Invariants.
   *   I1  Entries never decrease in the order of admission: an admission is dated max(reading, last).
   *   I2  A ring has a word more than entries that count: that of the next entry. What is in it counts
   *       in no window: it left the one that looks N entries back, N being the size of a full ring, or
   *       all of them. (After a refund it may be the time of the next admission, or a later one.)
   *   I3  A word never returns: times in it increase, and a seal carries the version of its
   *       descriptor. (After a refund, while it is closed, the same time may be written again.) So
   *       fill() by a thread that is late, however late, changes nothing: it writes only over a word
   *       less than its time that is no later seal, by compare-and-set from the word that it read.
   *   I4  While an open S is `state`, the word of the next entry is less than the newest entry, and no
   *       other word that the hint had led to is less than the one before it. So whoever reads a word
   *       and then a greater one before it has found the next entry, however old the hint; and as long
   *       as that word is there, nothing was admitted, and if S was `state` after that, it is.
   *   I5  While a closed S is `state` and not pending, the ring holds the entries of S: another
   *       descriptor must be published before any of them is overwritten.
   *   I6  While callers are in line the plan is held and the log closed: plain calls are denied, and
   *       only who has the lock of the desk replaces the descriptor.
   * Linearization.
   *   one permit          admitted, if open: the successful compare-and-set of the next word.
   *   all that changes or gives back, other admissions: the successful compare-and-set of state.
   *   denied, peek        the last read of the next word, or, if closed or sealed, of state: it
   *                       confirms that what was read of the ring belongs to the log.
   * Memory ordering.
   *   field    read      write                   why that is enough
   *   state    volatile  compareAndSet           publishes the descriptor and a ring grown by a copy;
   *                                              one total order of changes
   *   ring[i]  volatile  compareAndSet           I3, I4: word, then newest, then state and the entries
   *   hint     opaque    compareAndSet           where to look first; I4 does not need it
   *   pending  acquire   release, after fill()   who reads 0 sees the entries; who reads more writes
   *                                              them again, without effect
   * Progress. Lock-free: a reader starts again, and a compare-and-set fails, only because another
   *   call was admitted, refunded or closed the log; helping is bounded by the permits of one call.
   * Arithmetic. Ages are differences of entries, at least 0, saturating; waits saturate at NEVER.
   * Rejected. Several permits put in place (rivals share slots before it is known who wins). A lap in
   *   each word, instead of I4 (less room for times). Counting by buckets (not the promise).
   * Sources. Helping by descriptor: Herlihy, A methodology for implementing highly concurrent data
   *   objects, 1993.
   */
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, SlidingLog.class, LogState.class);

  private static final VarHandle DESK = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "desk", VarHandle.class, SlidingLog.class, LogDesk.class);

  /** The most permits that a window may name: what one array holds. */
  public static final long MAX_PERMITS = LogPlan.MAX_PERMITS;

  private final NanoClock clock;
  private final long origin; // clock reading, ns

  /** What waits and gives back; null until somebody does. */
  private volatile @Nullable LogDesk desk;

  /** What was admitted so far; replaced by each admission. */
  private volatile LogState state;

  private SlidingLog(LogPlan plan, NanoClock clock) {
    this.clock = clock;
    this.origin = clock.nanoTime();
    this.state = LogState.fresh(plan);
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
   * @throws IllegalArgumentException if there is no window, or one of more than MAX_PERMITS permits
   */
  public static SlidingLog create(List<Rate> windows, NanoClock clock) {
    Objects.requireNonNull(windows, "windows");
    Objects.requireNonNull(clock, "clock");
    return new SlidingLog(LogPlan.of(windows), clock);
  }

  /** The windows, in the order given. */
  public List<Rate> windows() {
    return state.plan.windows();
  }

  @Override
  public NanoClock clock() {
    return clock;
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return charge(nanoTime, permits) != Member.REFUSED;
  }

  /** The loop that admits. Answers the time of the admission, or REFUSED. */
  long charge(long nanoTime, long permits) {
    Checks.permits(permits);
    long nanos = nanoTime - origin;
    while (true) {
      LogState s = settled();
      long place = s.place();
      long word = s.word(place);
      long last = s.last(place);
      if (s.isTaken(place, word, last)) {
        continue;
      }
      if (!s.admits(place, last, nanos, permits)) {
        if (isStill(s, place, word) && !(s.plan.held && desk().isEmptyOnceServed())) {
          return Member.REFUSED;
        }
      } else if (permits == 0) {
        return nanos;
      } else {
        long now = Math.max(nanos, last);
        if (admit(s, place, word, last, now, permits)) {
          return now;
        }
      }
    }
  }

  /** Appends {@code permits} to the log, if that is at {@code place} still. */
  private boolean admit(LogState s, long place, long word, long last, long now, long permits) {
    if (permits == 1 && s.fitsInPlace(place, word, last, now)) {
      return state == s && s.put(place, word, now);
    }
    if (s.isOpen()) {
      close(s, place, word, last);
      return false; // once more, from the closed one
    }
    return publish(s, s.append(now, (int) permits));
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Checks.permits(permits);
    long nanos = nanoTime - origin;
    while (true) {
      LogState s = settled();
      long place = s.place();
      long word = s.word(place);
      long last = s.last(place);
      if (s.isTaken(place, word, last)) {
        continue;
      }
      if (s.plan.held) {
        Decision seen = desk().isEmptyOnceServed() ? null : peekAt(nanoTime, permits);
        if (seen != null && !seen.admitted()) { // else the line is gone by now
          return seen;
        }
        continue;
      }
      long wait = s.retryAfterNanos(place, last, nanos, permits);
      boolean admitted = wait == 0;
      long remaining = s.remaining(place, last, nanos) - (admitted ? permits : 0);
      long now = Math.max(nanos, last);
      boolean charges = admitted && permits > 0;
      long reset =
          charges ? LogState.ahead(now, s.plan.maxPeriod, nanos) : s.resetNanos(place, last, nanos);
      if (charges ? admit(s, place, word, last, now, permits) : isStill(s, place, word)) {
        return new Decision(admitted, remaining, wait, reset, admitted ? -1 : 0);
      }
    }
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    Checks.permits(permits);
    long nanos = nanoTime - origin;
    while (true) {
      LogState s = settled();
      long place = s.place();
      long word = s.word(place);
      long last = s.last(place);
      if (s.isTaken(place, word, last)) {
        continue;
      }
      Decision behindLine = s.plan.held ? desk().explain(nanoTime, permits) : null;
      if (behindLine != null) {
        return behindLine;
      }
      long wait = s.retryAfterNanos(place, last, nanos, permits);
      wait = s.plan.held ? Math.max(wait, 1) : wait;
      long remaining = s.remaining(place, last, nanos);
      long reset = s.resetNanos(place, last, nanos);
      if (isStill(s, place, word)) {
        return new Decision(wait == 0, remaining, wait, reset, wait == 0 ? -1 : 0);
      }
    }
  }

  @Override
  public DetailedDecision inDetailAt(long nanoTime, Decision decision, long permits) {
    return DetailedDecision.of(decision, statusAt(nanoTime, Math.max(Checks.permits(permits), 1)));
  }

  /** What each window says of one moment, for calls of so many permits. */
  List<RuleStatus> statusAt(long nanoTime, long permits) {
    while (true) {
      LogState s = settled();
      long place = s.place();
      long word = s.word(place);
      long last = s.last(place);
      if (s.isTaken(place, word, last)) {
        continue;
      }
      Decision line = s.plan.held ? desk().explain(nanoTime, permits) : null;
      long blocked = s.plan.held ? Math.max(line == null ? 1 : line.retryAfterNanos(), 1) : 0;
      List<RuleStatus> windows = LogWindows.of(s, place, last, nanoTime - origin, permits, blocked);
      if (isStill(s, place, word)) {
        return windows;
      }
    }
  }

  /** The descriptor, with its entries in the ring. */
  LogState settled() {
    LogState s = state;
    return s.isPending() ? s.fill() : s;
  }

  /** Whether nothing was admitted or changed since. */
  boolean isStill(LogState s, long place, long word) {
    return s.word(place) == word && isStill(s);
  }

  boolean isStill(LogState s) {
    return state == s;
  }

  /** Replaces what is open by the same, closed. */
  private void close(LogState s, long place, long word, long last) {
    if (state == s && s.seal(place, word)) {
      STATE.compareAndSet(this, s, s.closed(place, last));
    }
  }

  /** The descriptor, with its entries in the ring, and nothing is put into it any more. */
  LogState closed() {
    while (true) {
      LogState s = settled();
      if (!s.isOpen()) {
        return s;
      }
      long place = s.place();
      long word = s.word(place);
      long last = s.last(place);
      if (!s.isTaken(place, word, last)) {
        close(s, place, word, last);
      }
    }
  }

  /** Replaces {@code s}, which is closed, by {@code next} and writes its entries; false if {@code s} was replaced before. */
  boolean publish(LogState s, LogState next) {
    boolean published = STATE.compareAndSet(this, s, next);
    if (published) {
      next.fill();
    }
    return published;
  }

  /** The reading in ns since the origin. */
  long nanos(long nanoTime) {
    return nanoTime - origin;
  }

  /** How many permits are in the i-th window. */
  int inWindow(int i, long nanoTime) {
    LogState s = closed();
    return s.inWindow(i, s.place(), s.last, nanoTime - origin, LogState.size(s.place()));
  }

  /** The wait until a debt is paid, were {@code permits} charged whatever the level. */
  long debtNanosAt(long nanoTime, long permits) {
    long nanos = nanoTime - origin;
    while (true) {
      LogState s = closed();
      long debt = s.copy().forced(nanos, permits).plan.pauseNanos(nanos);
      if (isStill(s)) {
        return debt;
      }
    }
  }

  /** The windows and what was given back. */
  Member.Version version() {
    LogDesk seen = desk;
    return new Member.Version(state.plan.limits, seen == null ? 0 : seen.updates());
  }

  // All that takes the lock.

  @Override
  LogDesk door() {
    return desk();
  }

  @SuppressWarnings("NullAway") // set once, for good
  LogDesk desk() {
    LogDesk seen = desk;
    if (seen == null) {
      DESK.compareAndSet(this, null, new LogDesk(this));
      seen = desk;
    }
    return seen;
  }

  /** Which receipts are good: see {@link LogDesk}; null while there were no changes. */
  @Nullable
  Object era() {
    LogDesk seen = desk;
    return seen == null ? null : seen.era();
  }

  /** Takes back the newest admission; reads the clock after the log. */
  @Override
  public boolean refund(long permits) {
    return desk().refund(null, Checks.permits(permits));
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return desk().refund(nanoTime, Checks.permits(permits));
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    Object era = era();
    long time = charge(nanoTime, permits);
    return time == Member.REFUSED
        ? new FixedReservation(false, permits)
        : new LogReservation(desk(), permits, time, era);
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    return desk().force(nanoTime, Checks.permits(permits), Math.max(maxWaitNanos, 0));
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    if (Checks.atLeast("nanos", nanos, 0) > 0) {
      desk().pauseUntil(nanoTime + Math.min(nanos, Checks.LONGEST));
    }
  }

  @Override
  public void reset() {
    desk().reset();
  }

  /**
   * Changes the windows in one atomic step: {@code reconfigure(windows, LevelPolicy.SPENT)}.
   *
   * @throws IllegalArgumentException if there is no window, or one of more than MAX_PERMITS permits
   */
  public void reconfigure(List<Rate> windows) {
    reconfigure(windows, LevelPolicy.SPENT);
  }

  /**
   * Changes the windows in one atomic step. A window goes on as the one of the same period, else of the
   * same place. It keeps its newest permits, as many as the policy says; what had left it stays out.
   * (Of several windows, permits of one instant stay together: if fewer are to be kept, all are.)
   *
   * @param policy what is kept of the level; permits that it adds are dated now
   * @throws IllegalArgumentException if there is no window, or one of more than MAX_PERMITS permits
   */
  public void reconfigure(List<Rate> windows, LevelPolicy policy) {
    Objects.requireNonNull(windows, "windows");
    Objects.requireNonNull(policy, "policy");
    desk().change(LogPlan.of(List.copyOf(windows)), policy);
  }

  @Override
  public void reconfigure(RateLimiter target, LevelPolicy policy) {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(policy, "policy");
    if (!(target instanceof SlidingLog log)) {
      throw new IllegalArgumentException(
          "target: " + target + " (expected: of the algorithm of " + this + ")");
    }
    reconfigure(log.windows(), policy);
  }

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return Snapshot.of(wall, List.of(level(nanoTime)));
  }

  Snapshot.OfLog level(long nanoTime) {
    long nanos = nanoTime - origin;
    while (true) {
      LogState s = settled();
      long place = s.place();
      long word = s.word(place);
      long last = s.last(place);
      if (s.isTaken(place, word, last)) {
        continue;
      }
      int size = LogState.size(place);
      while (size > 0 && LogState.ahead(s.entry(place, size), s.plan.maxPeriod, nanos) == 0) {
        size--;
      }
      long[] ages = new long[size];
      int[] counts = new int[size];
      int length = 0;
      for (int back = size; back > 0; back--) {
        long age = minus(nanos, s.entry(place, back));
        if (length > 0 && ages[length - 1] == age) {
          counts[length - 1]++;
        } else {
          ages[length] = age;
          counts[length++] = 1;
        }
      }
      if (isStill(s, place, word)) {
        return new Snapshot.OfLog(
            Arrays.copyOf(ages, length), Arrays.copyOf(counts, length), s.plan.pauseNanos(nanos));
      }
    }
  }

  /** {@code a - b}, saturated. */
  static long minus(long a, long b) {
    long d = a - b;
    return ((a ^ b) & (a ^ d)) < 0 ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : d;
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    Objects.requireNonNull(snapshot, "snapshot");
    if (!(snapshot.levels(1).get(0) instanceof Snapshot.OfLog level)) {
      throw Snapshot.misfit(snapshot.levels(1).get(0), this);
    }
    desk().restore(nanoTime, level, snapshot.elapsedNanos(wall));
  }

  @Override
  Member member() {
    return new LogMember(this);
  }

  /** {@code SlidingLog[3/second, 60/hour]}. */
  @Override
  public String toString() {
    return "SlidingLog" + windows();
  }
}
