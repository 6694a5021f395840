package io.limiter.store;

import java.util.Objects;

/**
 * One of the keys of a call for several: {@link StoreLimiter#call}, with the limits of that limiter.
 *
 * @param key as the store has it
 * @param limits those of the key
 * @param permits how many are asked for; 0 or more
 */
public record KeyCall(String key, StoreLimits limits, long permits) {
  /** A call from its parts. */
  public KeyCall {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(limits, "limits");
    Checks.permits(permits);
  }
}
