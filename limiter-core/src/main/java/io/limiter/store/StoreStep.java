package io.limiter.store;

import java.util.Objects;

/**
 * What one step of {@link StoreLimits} says, and what to store for it.
 *
 * @param decision the answer; of a step that gives back, what one permit would be told afterwards
 * @param value the text to store in place of the one that was passed; that text itself if {@code changed}
 *     is false
 * @param changed whether the value has to be stored before the answer holds. A denial and a peek change
 *     nothing, unless the limits changed
 * @param forgetAtMicros when the value may be forgotten, in microseconds since 1970: from then on it says
 *     the same as none. 0 if there is nothing to remember
 */
public record StoreStep(
    StoreDecision decision, String value, boolean changed, long forgetAtMicros) {

  /** A step from its parts. */
  public StoreStep {
    Objects.requireNonNull(decision, "decision");
    Objects.requireNonNull(value, "value");
  }

  /** Whether the permits were admitted. */
  public boolean admitted() {
    return decision.admitted();
  }
}
