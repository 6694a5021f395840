package io.limiter.keyed;

import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.util.Objects;

/** What both builders collect. */
record Settings(
    Limits limits, NanoClock clock, long maxKeys, OverflowPolicy whenFull, Hashing hashing) {
  private static final long DEFAULT_MAX_KEYS = 1_000_000;
  private static final long MAX_KEYS = 1L << 30;

  static Settings of(Limits limits, NanoClock clock) {
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(clock, "clock");
    return new Settings(limits, clock, DEFAULT_MAX_KEYS, OverflowPolicy.share(), Hashing.random());
  }

  Settings maxKeys(long keys) {
    Checks.within("maxKeys", keys, 1, MAX_KEYS);
    return new Settings(limits, clock, keys, whenFull, hashing);
  }

  Settings whenFull(OverflowPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return new Settings(limits, clock, maxKeys, policy, hashing);
  }

  Settings hashing(Hashing known) {
    return new Settings(limits, clock, maxKeys, whenFull, known);
  }
}
