package io.limiter.spec;

import io.limiter.NanoClock;

/**
 * Builds the limiter on trial.
 *
 * @param <S> the setups that it can build
 */
@FunctionalInterface
public interface SubjectFactory<S extends Setup> {
  /** A new limiter as {@code setup} says, created now on {@code clock}. */
  Subject create(S setup, NanoClock clock);
}
