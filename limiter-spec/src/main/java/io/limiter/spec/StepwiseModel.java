package io.limiter.spec;

import java.util.ArrayList;
import java.util.List;

/**
 * The reference for reserving permits that arrive in steps: N at once at each multiple of P after the
 * anchor, and nothing in between. A level in whole permits, at most B, that charges may take below
 * zero, and a list of those who wait.
 *
 * <p>Who reserved is due at the first step at which the level and what was charged behind it are
 * together not negative. Times are in ns since the limiter was created and never step back.
 * Single-threaded.
 */
public final class StepwiseModel {
  private final long anchor; // ns; may be negative, or ahead
  private long permits; // N
  private long period; // P, ns
  private long burst; // B
  private long level;
  private long step; // that the level is of
  private long until; // nothing is admitted before; ns
  private final List<Entry> pending = new ArrayList<>();

  /** Permits that were reserved. */
  public static final class Entry {
    private long held;
    private final boolean debt; // nobody waits for it

    private Entry(long held, boolean debt) {
      this.held = held;
      this.debt = debt;
    }
  }

  /** N permits at each multiple of P after {@code anchor}; full at time 0. */
  public StepwiseModel(long permits, long period, long burst, long anchor) {
    this.anchor = anchor;
    this.permits = permits;
    this.period = period;
    this.burst = burst;
    this.level = burst;
    this.step = Math.floorDiv(-anchor, period);
  }

  /** Whether {@code k} permits are admitted at time {@code t}; if so, takes them. */
  public boolean tryAcquire(long t, long k) {
    release(t);
    boolean admitted = t >= until && level >= k;
    level -= admitted ? k : 0;
    return admitted;
  }

  /** The least wait in ns until {@code k} permits, at most B, are admitted. */
  public long retryAfter(long t, long k) {
    release(t);
    return untilLevel(t, k);
  }

  /** Charges {@code k} permits, at most B; null, and nothing charged, if the wait were too long. */
  public Entry reserve(long t, long k, long maxWait) {
    release(t);
    if (untilLevel(t, k) > maxWait) {
      return null;
    }
    return charge(t, new Entry(k, false));
  }

  /** Charges {@code k} permits whatever the level; the wait until it is not negative. */
  public long force(long t, long k) {
    release(t);
    charge(t, new Entry(k, true));
    return untilLevel(t, 0);
  }

  private Entry charge(long t, Entry entry) {
    level -= entry.held;
    pending.add(entry);
    release(t);
    return entry;
  }

  /** The wait of {@code entry} in ns, if it was not cancelled. */
  public long wait(long t, Entry entry) {
    release(t);
    return pending.contains(entry) ? waitOf(t, entry) : 0;
  }

  /** Leaves {@code entry}, which must be waited for, with {@code actual} permits of those it has. */
  public void shrink(long t, Entry entry, long actual) {
    refund(t, entry.held - actual);
    entry.held = actual;
    if (actual == 0) {
      pending.remove(entry);
    }
    release(t);
  }

  /** Gives {@code k} permits back: the level rises by as many, to B at most. */
  public void refund(long t, long k) {
    release(t);
    level = Math.min(level + k, burst);
  }

  /** Nothing is admitted before t + nanos. Not while somebody waits. */
  public void penalize(long t, long nanos) {
    release(t);
    until = Math.max(until, t + nanos);
  }

  /** Whether a penalty lasts at time {@code t}. */
  public boolean isPenalized(long t) {
    return t < until;
  }

  /** Whether anybody waits at time {@code t}. */
  public boolean isWaitedFor(long t) {
    release(t);
    return !pending.isEmpty();
  }

  /** Another N, P and B from time {@code t} on; what was spent stays spent. Not during a penalty. */
  public void reconfigure(long t, long newPermits, long newPeriod, long newBurst) {
    release(t);
    permits = newPermits;
    period = newPeriod;
    level = Math.max(level + newBurst - burst, Math.min(level, 0)); // lowered without a new debt
    burst = newBurst;
    step = Math.floorDiv(t - anchor, newPeriod);
    release(t);
  }

  private long waitOf(long t, Entry entry) {
    long behind = 0;
    for (Entry each : pending.subList(pending.indexOf(entry) + 1, pending.size())) {
      behind += each.held;
    }
    return untilLevel(t, -behind);
  }

  /** The wait until the level is {@code target} and no penalty lasts. */
  private long untilLevel(long t, long target) {
    long steps = 0;
    while (level + steps * permits < target) {
      steps++;
    }
    return steps == 0 ? Math.max(until - t, 0) : anchor + (step + steps) * period - t;
  }

  /** Counts the steps until {@code t}, or until the end of a penalty; lets go who is due. */
  private void release(long t) {
    long next = Math.floorDiv(Math.max(t, until) - anchor, period);
    level = Math.min(level + (next - step) * permits, burst);
    step = next;
    while (!pending.isEmpty() && (pending.get(0).debt || waitOf(t, pending.get(0)) == 0)) {
      pending.remove(0);
    }
  }

  /** {@code level 3 of 5}. */
  @Override
  public String toString() {
    return "level " + level + " of " + burst + ", " + pending.size() + " waiting";
  }
}
