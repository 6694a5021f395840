package io.limiter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A limiter that counts, as a member. In shadow mode it denies nothing: a call that the limiter denied
 * has a receipt that says so.
 */
record CountingMember(CountingLimiter rate, Member inner) implements Member {
  private static final long DENIED = REFUSED + 1; // no backlog, and no time of an admission

  @Override
  public Object limiter() {
    return inner.limiter();
  }

  @Override
  public NanoClock clock() {
    return inner.clock();
  }

  @Override
  public boolean admits(long nanoTime, long permits) {
    return rate.isShadow() || inner.admits(nanoTime, permits);
  }

  @Override
  public @Nullable Object mark() {
    return inner.mark();
  }

  @Override
  public long charge(long nanoTime, long permits, @Nullable Object mark) {
    long receipt = inner.charge(nanoTime, permits, mark);
    if (receipt != REFUSED) {
      rate.admit(permits, 0);
      return receipt;
    }
    return rate.isShadow() && rate.deny(permits) ? DENIED : REFUSED;
  }

  @Override
  public void uncharge(long nanoTime, long permits, @Nullable Object mark, long receipt) {
    rate.uncount(receipt != DENIED, permits);
    if (receipt != DENIED) {
      inner.uncharge(nanoTime, permits, mark, receipt);
    }
  }

  @Override
  public @Nullable Reservation reserve(long date, long permits) {
    Reservation charge = inner.reserve(date, permits);
    if (charge == null && !rate.isShadow()) {
      return null;
    }
    return rate.counted(charge == null ? new FixedReservation(false, permits) : charge, 0);
  }

  @Override
  public long debtNanosAt(long nanoTime, long permits) {
    return rate.isShadow() ? 0 : inner.debtNanosAt(nanoTime, permits);
  }

  @Override
  public void denied(long permits) {
    rate.deny(permits);
  }

  @Override
  public Version version() {
    return inner.version();
  }

  @Override
  public boolean isDated() {
    return inner.isDated();
  }

  @Override
  public boolean alwaysUncharges() {
    return inner.alwaysUncharges();
  }

  @Override
  public long remainingAt(long nanoTime) {
    return inner.remainingAt(nanoTime);
  }

  @Override
  public long retryAfterNanosAt(long nanoTime, long permits) {
    return rate.isShadow() ? 0 : inner.retryAfterNanosAt(nanoTime, permits);
  }

  @Override
  public long resetAfterNanosAt(long nanoTime) {
    return inner.resetAfterNanosAt(nanoTime);
  }

  @Override
  public void report(long nanoTime, long share, List<RuleStatus> rules) {
    int first = rules.size();
    inner.report(nanoTime, share, rules);
    if (rate.isShadow()) {
      rules.subList(first, rules.size()).replaceAll(CountingLimiter::notEnforced);
    }
  }

  @Override
  public long pauseNanosAt(long nanoTime) {
    return inner.pauseNanosAt(nanoTime);
  }

  @Override
  public Snapshot.Level level(long nanoTime) {
    return inner.level(nanoTime);
  }

  @Override
  public boolean fits(Snapshot.Level level) {
    return inner.fits(level);
  }

  @Override
  public void restore(long nanoTime, Snapshot.Level level, long elapsed) {
    inner.restore(nanoTime, level, elapsed);
  }

  @Override
  public Lookahead lookahead() {
    return rate.isShadow() ? (nanoTime, permits) -> 0 : inner.lookahead();
  }

  @Override
  public void watch(Door door) {
    inner.watch(door);
  }

  @Override
  public void unwatch(Door door) {
    inner.unwatch(door);
  }

  @Override
  public String toString() {
    return rate.toString();
  }
}
