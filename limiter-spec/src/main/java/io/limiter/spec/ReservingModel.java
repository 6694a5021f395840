package io.limiter.spec;

import io.limiter.LevelPolicy;
import io.limiter.Rate;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The reference for waiting, giving back, being told to slow down and changing the limit: a level
 * {@code l(t) = min(B, l(s) + (t-s)*N/P)} in exact rationals that charges may take below zero, and a
 * list of those who wait.
 *
 * <p>Who reserved is due as soon as the level and what was charged behind it are together not
 * negative. Times are in ns since the limiter was created and never step back. Single-threaded.
 */
public final class ReservingModel {
  private Rational interval; // T, ns
  private Rational burst; // B
  private Rational tat = Rational.ZERO; // ns; the level is B - max(TAT - t, 0)/T
  private BigInteger until = BigInteger.ZERO; // nothing is admitted before; ns
  private final List<Entry> pending = new ArrayList<>();

  /** Permits that were reserved. */
  public final class Entry {
    private BigInteger held;
    private final boolean debt; // nobody waits for it
    private boolean due;
    private boolean cancelled;

    private Entry(BigInteger held, boolean debt) {
      this.held = held;
      this.debt = debt;
    }

    /** The wait in ns at time {@code t}; empty once cancelled. */
    public Optional<BigInteger> wait(BigInteger t) {
      release(t);
      return cancelled ? Optional.empty() : Optional.of(due ? BigInteger.ZERO : waitOf(this, t));
    }
  }

  /** A full limiter. */
  public ReservingModel(Rate rate, long burst) {
    this.interval = interval(rate);
    this.burst = Rational.of(burst);
  }

  /** Whether {@code permits} are admitted at time {@code t}; if so, takes them. */
  public boolean tryAcquire(BigInteger t, long permits) {
    release(t);
    if (t.compareTo(until) < 0 || level(t).compareTo(Rational.of(permits)) < 0) {
      return false;
    }
    charge(t, permits);
    return true;
  }

  /** The permits that one call could take at time {@code t}. */
  public BigInteger remaining(BigInteger t) {
    return t.compareTo(until) < 0 ? BigInteger.ZERO : level(t).floor().max(BigInteger.ZERO);
  }

  /** The least wait in ns until {@code permits} are admitted; empty for never. */
  public Optional<BigInteger> retryAfter(BigInteger t, long permits) {
    return Rational.of(permits).compareTo(burst) > 0
        ? Optional.empty()
        : Optional.of(untilLevel(t, Rational.of(permits)));
  }

  /** Charges permits at time {@code t}; empty, and nothing charged, if the wait were too long. */
  public Optional<Entry> reserve(BigInteger t, long permits, BigInteger maxWait) {
    release(t);
    if (Rational.of(permits).compareTo(burst) > 0) {
      return Optional.empty();
    }
    Rational before = tat;
    charge(t, permits);
    if (untilLevel(t, Rational.ZERO).compareTo(maxWait) > 0) {
      tat = before;
      return Optional.empty();
    }
    Entry entry = new Entry(BigInteger.valueOf(permits), false);
    pending.add(entry);
    release(t);
    return Optional.of(entry);
  }

  /** Charges permits whatever the level; the wait until it is not negative. */
  public BigInteger force(BigInteger t, long permits) {
    release(t);
    charge(t, permits);
    pending.add(new Entry(BigInteger.valueOf(permits), true)); // behind all who wait
    release(t);
    return untilLevel(t, Rational.ZERO);
  }

  /** Gives permits back: the level rises by as many, to B at most. */
  public void refund(BigInteger t, long permits) {
    release(t);
    giveBack(t, BigInteger.valueOf(permits));
    release(t);
  }

  /** Takes back what {@code entry} holds; it must be waited for still. */
  public void cancel(BigInteger t, Entry entry) {
    shrink(t, entry, BigInteger.ZERO);
    entry.cancelled = true;
    pending.remove(entry);
  }

  /** Leaves {@code entry} with {@code actual} permits of those that it has. */
  public void shrink(BigInteger t, Entry entry, BigInteger actual) {
    release(t);
    giveBack(t, entry.held.subtract(actual));
    entry.held = actual;
    release(t);
  }

  /** Whether somebody waits for {@code entry}. */
  public boolean isPending(BigInteger t, Entry entry) {
    release(t);
    return pending.contains(entry);
  }

  /** Nothing is admitted before t + nanos; those who wait keep their distances from there. */
  public void penalize(BigInteger t, BigInteger nanos) {
    release(t);
    BigInteger end = t.add(nanos);
    if (end.compareTo(until) <= 0) {
      return;
    }
    if (!pending.isEmpty()) {
      BigInteger first = t.add(waitOf(pending.get(0), t));
      tat = tat.plus(Rational.of(end.subtract(first).max(BigInteger.ZERO)));
    }
    until = end;
  }

  /** Another rate and burst from time {@code t} on. Not during a penalty. */
  public void reconfigure(BigInteger t, Rate rate, long newBurst, LevelPolicy inheritance) {
    release(t);
    change(t, rate, newBurst, inheritance);
  }

  private void change(BigInteger t, Rate rate, long newBurst, LevelPolicy inheritance) {
    Rational now = Rational.of(t);
    Rational level = level(t);
    Rational debt = level.min(Rational.ZERO);
    Rational most = Rational.of(newBurst);
    Rational kept = switch (inheritance) {
      case SPENT -> level.plus(most).minus(burst).max(debt);
      case KEEP -> level.min(most);
      case PROPORTIONAL -> level.signum() < 0 ? level : level.times(most).dividedBy(burst);
      case EMPTY -> debt;
      case FRESH -> most.minus(Rational.of(waiting()));
    };
    if (inheritance == LevelPolicy.FRESH) {
      pending.removeIf(entry -> entry.debt);
    }
    interval = interval(rate);
    burst = most;
    // What is missing is rounded up to a tick of the new rate.
    Rational ticks = Rational.of(interval.denominator());
    Rational missing = most.minus(kept).times(interval);
    tat = now.plus(Rational.of(missing.times(ticks).ceil()).dividedBy(ticks));
    release(t);
  }

  /** A new limiter, but for what is waited for. */
  public void reset(BigInteger t, Rate rate, long newBurst) {
    release(t);
    until = t.min(until);
    change(t, rate, newBurst, LevelPolicy.FRESH);
  }

  /** Whether a penalty lasts at time {@code t}. */
  public boolean isPenalized(BigInteger t) {
    return t.compareTo(until) < 0;
  }

  /** The permits that are waited for. */
  public BigInteger waiting() {
    return pending.stream()
        .filter(e -> !e.debt)
        .map(e -> e.held)
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  private void charge(BigInteger t, long permits) {
    tat = tat.max(Rational.of(t.max(until))).plus(Rational.of(permits).times(interval));
  }

  private void giveBack(BigInteger t, BigInteger permits) {
    Rational now = Rational.of(t);
    tat = tat.compareTo(now) <= 0
        ? tat
        : tat.minus(Rational.of(permits).times(interval)).max(now);
  }

  private Rational level(BigInteger t) {
    return burst.minus(tat.minus(Rational.of(t)).max(Rational.ZERO).dividedBy(interval));
  }

  private BigInteger waitOf(Entry entry, BigInteger t) {
    BigInteger behind = BigInteger.ZERO;
    for (Entry each : pending.subList(pending.indexOf(entry) + 1, pending.size())) {
      behind = behind.add(each.held);
    }
    return untilLevel(t, Rational.of(behind.negate()));
  }

  /** The least wait until the level is {@code target} and no penalty lasts. */
  private BigInteger untilLevel(BigInteger t, Rational target) {
    Rational then = tat.minus(burst.minus(target).times(interval));
    return then.ceil().max(until).subtract(t).max(BigInteger.ZERO);
  }

  private void release(BigInteger t) {
    while (!pending.isEmpty()
        && (pending.get(0).debt || waitOf(pending.get(0), t).signum() == 0)) {
      pending.remove(0).due = true;
    }
  }

  private static Rational interval(Rate rate) {
    return Rational.of(rate.periodNanos(), rate.permits());
  }

  /** {@code TAT 5, 3 waiting}. */
  @Override
  public String toString() {
    return "TAT " + tat + ", T " + interval + ", until " + until + ", " + waiting() + " waiting";
  }
}
