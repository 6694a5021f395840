package io.limiter;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A limiter of one word as a member. A receipt is the backlog that the charge left, in ticks. */
record WordMember(WordLimiter limiter) implements DoorMember {
  @Override
  public boolean admits(long nanoTime, long permits) {
    return limiter.admits(nanoTime, permits);
  }

  @Override
  public Object mark() {
    return limiter.mark();
  }

  @Override
  public long charge(long nanoTime, long permits, @Nullable Object mark) {
    return limiter.charge(nanoTime, permits);
  }

  @Override
  public void uncharge(long nanoTime, long permits, @Nullable Object mark, long receipt) {
    limiter.desk().uncharge(nanoTime, permits, (Ledger.Mark) Objects.requireNonNull(mark), receipt);
  }

  @Override
  public long debtNanosAt(long nanoTime, long permits) {
    return limiter.debtNanosAt(nanoTime, permits);
  }

  @Override
  public Version version() {
    Ledger.Mark mark = limiter.mark();
    return new Version(mark.epoch(), mark.given());
  }

  @Override
  public boolean alwaysUncharges() {
    return true;
  }

  @Override
  public long remainingAt(long nanoTime) {
    return limiter.remainingAt(nanoTime);
  }

  @Override
  public long retryAfterNanosAt(long nanoTime, long permits) {
    return limiter.retryAfterNanosAt(nanoTime, permits);
  }

  @Override
  public long resetAfterNanosAt(long nanoTime) {
    return limiter.resetAfterNanosAt(nanoTime);
  }

  @Override
  public long pauseNanosAt(long nanoTime) {
    return limiter.pauseNanosAt(nanoTime);
  }

  @Override
  public Snapshot.Level level(long nanoTime) {
    return limiter.level(nanoTime);
  }

  @Override
  public boolean fits(Snapshot.Level level) {
    return limiter.fits(level);
  }

  @Override
  public void restore(long nanoTime, Snapshot.Level level, long elapsed) {
    limiter.restore(nanoTime, level, elapsed);
  }

  @Override
  public Lookahead lookahead() {
    return limiter.lookahead();
  }

  @Override
  public String toString() {
    return limiter.toString();
  }
}
