package io.limiter.http;

import io.limiter.Decision;
import java.util.OptionalLong;

/** Whole seconds, rounded up: who waits as long as he is told is never early. */
final class Seconds {
  static final long NANOS = 1_000_000_000L;

  private Seconds() {}

  /** The least number of seconds that is not less than {@code nanos >= 0}. */
  static long ceil(long nanos) {
    return nanos / NANOS + (nanos % NANOS == 0 ? 0 : 1);
  }

  /** {@code seconds >= 0} in ns, at most 2^63 - 1. */
  static long toNanos(long seconds) {
    return seconds > Long.MAX_VALUE / NANOS ? Long.MAX_VALUE : seconds * NANOS;
  }

  /** The value of Retry-After: at least 1; empty if admitted, or if no wait is long enough. */
  static OptionalLong retryAfter(Decision decision) {
    long nanos = decision.retryAfterNanos();
    return decision.admitted() || nanos == Decision.NEVER
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(1, ceil(nanos)));
  }
}
