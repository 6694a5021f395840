package io.limiter;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The door of a sliding log, and all that gives back to it and changes it, under the lock of the door. */
final class LogDesk extends Door {
  private final SlidingLog log;

  /** Counts what gave back or changed, before that can be seen. Written under the lock. */
  private volatile long updates;

  /** Another object after each change of the windows and each reset: older receipts have ended. */
  private volatile @Nullable Object era;

  LogDesk(SlidingLog log) {
    super(log.clock());
    this.log = log;
  }

  /** What becomes of the log at a reading taken after it, in ns since its origin; null: nothing. */
  @FunctionalInterface
  private interface Update {
    @Nullable
    LogState of(LogState s, long nanos);
  }

  /** Changes the log; answers the reading, or, if there is nothing to change, null. */
  private @Nullable Long update(Update update) {
    return update(null, update);
  }

  /** The same at a reading that is given, unless that is null. */
  private @Nullable Long update(@Nullable Long nanoTime, Update update) {
    while (true) {
      LogState s = log.closed();
      long now = nanoTime == null ? log.clock().nanoTime() : nanoTime;
      LogState next = update.of(s, log.nanos(now));
      if (next == null || next == s) {
        if (log.isStill(s)) {
          return null;
        }
        continue;
      }
      updates = updates + 1;
      if (log.publish(s, next)) {
        return now;
      }
    }
  }

  long updates() {
    return updates;
  }

  @Nullable
  Object era() {
    return era;
  }

  // The line.

  @Override
  boolean hold(long from, long permits) {
    LogState s = log.closed();
    return !s.hasRoom(log.nanos(from), permits) && log.publish(s, s.with(s.plan.held(true)));
  }

  @Override
  void open() {
    update((s, nanos) -> s.with(s.plan.held(false)));
    tellWatching();
  }

  @Override
  long waitNanos(long from, long permits) {
    LogState s = log.closed();
    return s.retryAfterNanos(s.place(), s.last, log.nanos(from), permits);
  }

  @Override
  @Nullable
  Reservation charge(long date, long permits) {
    while (true) {
      LogState s = log.closed();
      if (!s.hasRoom(log.nanos(date), permits)) {
        return null;
      }
      LogState next = permits == 0 ? s : s.append(log.nanos(date), (int) permits);
      if (next == s || log.publish(s, next)) {
        return new LogReservation(this, permits, next.last, era);
      }
    }
  }

  @Override
  Lookahead lookahead() {
    return new LogLookahead(-log.nanos(0), log.closed().copy());
  }

  // Giving back.

  /** Takes back {@code permits} if they are the newest admission; null: at a reading taken then. */
  boolean refund(@Nullable Long nanoTime, long permits) {
    return locked(() -> permits == 0 || takeBack(nanoTime, permits, LogState.NO_ENTRY));
  }

  /** Takes back {@code permits} if they are the newest admission, that of {@code time} in {@code era}. */
  boolean takeBack(long permits, long time, @Nullable Object era) {
    return locked(() -> permits == 0 || era == this.era && takeBack(null, permits, time));
  }

  private boolean takeBack(@Nullable Long nanoTime, long permits, long time) {
    Long now = update(nanoTime, (s, nanos) -> s.without(nanos, permits, time));
    if (now != null) {
      gaveBack(now);
      tellWatching();
    }
    return now != null;
  }

  /** Charges whatever the level, if the debt is paid in time; answers the wait for that, or NEVER. */
  long force(long nanoTime, long permits, long maxWaitNanos) {
    return locked(() -> {
      long nanos = log.nanos(nanoTime);
      long[] wait = new long[1];
      update((s, now) -> {
        LogState next = s.forced(nanos, permits);
        wait[0] = next.plan.pauseNanos(nanos);
        if (wait[0] > maxWaitNanos) {
          wait[0] = Decision.NEVER;
          return null;
        }
        return next;
      });
      indebted();
      return wait[0];
    });
  }

  // Changing the limit.

  void pauseUntil(long until) {
    change((s, nanos) -> s.paused(log.nanos(until)), false);
  }

  void reset() {
    change((s, nanos) -> s.reset(), true);
  }

  /** Other windows: each goes on as the one of the same period, else of the same place. */
  void change(LogPlan plan, LevelPolicy policy) {
    change(plan, null, policy);
  }

  /** Other windows: the i-th goes on as the {@code from[i]}-th of the old ones; it is new if that is -1. */
  void change(LogPlan plan, int @Nullable [] from, LevelPolicy policy) {
    change(
        (s, nanos) -> s.changed(
            plan, from == null ? counterparts(s.plan.periods, plan.periods) : from, nanos, policy),
        true);
  }

  private void change(Update update, boolean endsReceipts) {
    locked(() -> {
      Long now = update(update);
      if (now != null) {
        era = endsReceipts ? new Object() : era;
        changed(now);
        tellWatching();
      }
      return null;
    });
  }

  /** For each of {@code next} the one of {@code old} that it goes on as, or -1. */
  static int[] counterparts(long[] old, long[] next) {
    int[] from = new int[next.length];
    boolean[] taken = new boolean[old.length];
    Arrays.fill(from, -1);
    for (int i = 0; i < next.length; i++) {
      for (int j = 0; j < old.length && from[i] < 0; j++) {
        if (!taken[j] && old[j] == next[i]) {
          from[i] = j;
          taken[j] = true;
        }
      }
    }
    for (int i = 0; i < Math.min(next.length, old.length); i++) {
      if (from[i] < 0 && !taken[i]) {
        from[i] = i;
        taken[i] = true;
      }
    }
    return from;
  }

  /** Admits what {@code saved} admitted, {@code elapsed} ns later. */
  void restore(long nanoTime, Snapshot.OfLog saved, long elapsed) {
    long nanos = log.nanos(nanoTime);
    long[] dates = new long[saved.ages().length];
    for (int i = 0; i < dates.length; i++) {
      long date = SlidingLog.minus(SlidingLog.minus(nanos, saved.ages()[i]), elapsed);
      dates[i] = Math.max(date, LogState.EARLIEST);
    }
    long pause = saved.pause();
    Update merge = (s, now) -> {
      LogState merged = s.merged(dates, saved.counts());
      return pause == Decision.NEVER
          ? merged.paused(pause)
          : pause > elapsed ? merged.paused(nanos + pause - elapsed) : merged;
    };
    change(merge, false);
  }
}
