package io.limiter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sliding log as a member. A receipt is the time of the admission. */
record LogMember(SlidingLog limiter) implements DoorMember {
  @Override
  public boolean admits(long nanoTime, long permits) {
    long nanos = limiter.nanos(nanoTime);
    while (true) {
      LogState s = limiter.settled();
      long place = s.place();
      long word = s.word(place);
      long last = s.last(place);
      if (s.isTaken(place, word, last)) {
        continue;
      }
      boolean admits = s.admits(place, last, nanos, permits);
      if (limiter.isStill(s, place, word) && !(s.plan.held && limiter.desk().isEmptyOnceServed())) {
        return admits;
      }
    }
  }

  @Override
  public @Nullable Object mark() {
    return limiter.era();
  }

  @Override
  public long charge(long nanoTime, long permits, @Nullable Object mark) {
    return limiter.charge(nanoTime, permits);
  }

  @Override
  public void uncharge(long nanoTime, long permits, @Nullable Object mark, long receipt) {
    limiter.desk().takeBack(permits, receipt, mark);
  }

  @Override
  public long debtNanosAt(long nanoTime, long permits) {
    return limiter.debtNanosAt(nanoTime, permits);
  }

  @Override
  public Version version() {
    return limiter.version();
  }

  /** An entry that is no longer the newest stays until it expires. */
  @Override
  public boolean alwaysUncharges() {
    return false;
  }

  @Override
  public long remainingAt(long nanoTime) {
    return limiter.peekAt(nanoTime, 0).remaining();
  }

  @Override
  public long retryAfterNanosAt(long nanoTime, long permits) {
    return limiter.peekAt(nanoTime, permits).retryAfterNanos();
  }

  @Override
  public long resetAfterNanosAt(long nanoTime) {
    return limiter.peekAt(nanoTime, 0).resetAfterNanos();
  }

  @Override
  public void report(long nanoTime, long share, List<RuleStatus> rules) {
    rules.addAll(limiter.statusAt(nanoTime, share));
  }

  @Override
  public long pauseNanosAt(long nanoTime) {
    return limiter.settled().plan.pauseNanos(limiter.nanos(nanoTime));
  }

  @Override
  public Snapshot.Level level(long nanoTime) {
    return limiter.level(nanoTime);
  }

  @Override
  public boolean fits(Snapshot.Level level) {
    return level instanceof Snapshot.OfLog;
  }

  @Override
  public void restore(long nanoTime, Snapshot.Level level, long elapsed) {
    limiter.desk().restore(nanoTime, (Snapshot.OfLog) level, elapsed);
  }

  @Override
  public Lookahead lookahead() {
    return limiter.desk().lookahead();
  }

  @Override
  public String toString() {
    return limiter.toString();
  }
}
