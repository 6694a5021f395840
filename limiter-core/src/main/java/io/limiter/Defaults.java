package io.limiter;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** What the default methods of {@link RateLimiter} do, where that takes more than one call. */
final class Defaults {
  private Defaults() {}

  static long takeUpTo(RateLimiter limiter, long nanoTime, long max) {
    Checks.atLeast("max", max, 0);
    while (true) {
      long permits = Math.min(limiter.peekAt(nanoTime, 1).remaining(), max);
      if (permits == 0 || limiter.tryAcquireAt(nanoTime, permits)) {
        return permits;
      }
    }
  }

  static void syncWithServer(RateLimiter limiter, long remaining, Duration resetAfter) {
    Checks.atLeast("remaining", remaining, 0);
    Objects.requireNonNull(resetAfter, "resetAfter");
    long now = limiter.clock().nanoTime();
    long excess = limiter.peekAt(now, 1).remaining() - remaining;
    if (excess > 0) {
      limiter.tryAcquireUpToAt(now, excess);
    }
    if (remaining == 0) {
      limiter.penalizeAt(now, Checks.nanos(resetAfter));
    }
  }

  /** The decision of a limiter that is one rule. */
  static DetailedDecision inDetail(
      RateLimiter limiter, long nanoTime, Decision decision, long permits) {
    Objects.requireNonNull(decision, "decision");
    long share = Math.max(Checks.permits(permits), 1);
    Decision next = limiter.peekAt(nanoTime, share);
    RuleStatus status =
        RuleStatus.of(next.remaining(), share, next.retryAfterNanos(), next.resetAfterNanos());
    return DetailedDecision.of(decision, List.of(status));
  }

  static UnsupportedOperationException noLine(RateLimiter limiter) {
    return new UnsupportedOperationException(limiter + " has no line to wait in");
  }
}
