package io.limiter;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A limiter as a member, by its public verbs alone: one from outside this package, or a fixed verdict. */
final class ForeignMember implements Member {
  private final RateLimiter limiter;
  private volatile boolean reserves; // until it says that it cannot: its receipts give back exactly

  ForeignMember(RateLimiter limiter) {
    this.limiter = limiter;
    this.reserves = !(limiter instanceof FixedVerdict);
  }

  @Override
  public RateLimiter limiter() {
    return limiter;
  }

  @Override
  public RateLimiter rate() {
    return limiter;
  }

  @Override
  public NanoClock clock() {
    return limiter.clock();
  }

  @Override
  public boolean admits(long nanoTime, long permits) {
    return limiter.peekAt(nanoTime, permits).admitted();
  }

  @Override
  public @Nullable Object mark() {
    return reserves ? new Reservation[1] : null;
  }

  @Override
  public long charge(long nanoTime, long permits, @Nullable Object mark) {
    if (mark == null) {
      return limiter.tryAcquireAt(nanoTime, permits) ? 0 : REFUSED;
    }
    Reservation receipt = reserve(nanoTime, permits);
    ((Reservation[]) mark)[0] = receipt;
    return receipt == null ? REFUSED : 0;
  }

  @Override
  public void uncharge(long nanoTime, long permits, @Nullable Object mark, long receipt) {
    if (mark == null) {
      limiter.refundAt(nanoTime, permits);
    } else {
      ((Reservation[]) mark)[0].cancel();
    }
  }

  /** Without receipts of its own, to give back is a gift. */
  @Override
  public @Nullable Reservation reserve(long date, long permits) {
    if (reserves) {
      try {
        Reservation receipt = limiter.reserveAt(date, permits, 0);
        return receipt.granted() ? receipt : null;
      } catch (UnsupportedOperationException e) {
        reserves = false;
      }
    }
    return limiter.tryAcquireAt(date, permits)
        ? new PlainReservation(permits, limiter::refund, limiter::acquireForced)
        : null;
  }

  /** Its own verb refuses what takes too long. */
  @Override
  public long debtNanosAt(long nanoTime, long permits) {
    return 0;
  }

  @Override
  public Version version() {
    return Version.UNKNOWN;
  }

  @Override
  public boolean isDated() {
    return false;
  }

  /** Its refund knows nothing of what time has restored since. */
  @Override
  public boolean alwaysUncharges() {
    return false;
  }

  @Override
  public long remainingAt(long nanoTime) {
    return limiter.peekAt(nanoTime, 1).remaining();
  }

  @Override
  public long retryAfterNanosAt(long nanoTime, long permits) {
    return limiter.peekAt(nanoTime, permits).retryAfterNanos();
  }

  @Override
  public long resetAfterNanosAt(long nanoTime) {
    return limiter.peekAt(nanoTime, 1).resetAfterNanos();
  }

  @Override
  public void report(long nanoTime, long share, List<RuleStatus> rules) {
    Decision now = limiter.peekAt(nanoTime, share);
    rules.addAll(limiter.inDetailAt(nanoTime, now, share).rules());
  }

  @Override
  public long pauseNanosAt(long nanoTime) {
    return 0;
  }

  @Override
  public Snapshot.Level level(long nanoTime) {
    return limiter.snapshotAt(nanoTime, Instant.EPOCH).levels(1).get(0);
  }

  @Override
  public boolean fits(Snapshot.Level level) {
    return level instanceof Snapshot.OfVerdict && level.equals(level(0));
  }

  @Override
  public void restore(long nanoTime, Snapshot.Level level, long elapsed) {
    Instant then = Instant.EPOCH;
    limiter.restoreAt(nanoTime, Snapshot.of(then, List.of(level)), then.plusNanos(elapsed));
  }

  /** Nobody knows, unless it is never: whoever is first in line asks it. */
  @Override
  public Lookahead lookahead() {
    return (nanoTime, permits) ->
        retryAfterNanosAt(nanoTime, permits) == Decision.NEVER ? Decision.NEVER : 0;
  }

  /** It tells nobody: lines look again when its own wait is over. */
  @Override
  public void watch(Door door) {}

  @Override
  public void unwatch(Door door) {}

  @Override
  public String toString() {
    return limiter.toString();
  }

  /** Whether it stands for the same limiter. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ForeignMember that && limiter.equals(that.limiter);
  }

  @Override
  public int hashCode() {
    return limiter.hashCode();
  }
}
