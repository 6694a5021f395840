package io.limiter.spec;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;

/** Random scenarios of two threads, as many as fit into every build. */
final class Scenarios {
  /** {@code -Dlincheck.scale=N} explores N times as many. */
  static final int SCALE = Integer.getInteger("lincheck.scale", 1);

  private Scenarios() {}

  /** Explores interleavings one by one, against {@code model}. */
  static ModelCheckingOptions modelChecking(Class<?> model) {
    return new ModelCheckingOptions()
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(2)
        .iterations(5 * SCALE)
        .invocationsPerIteration(300)
        .sequentialSpecification(model);
  }

  /** Runs them in threads that the machine interleaves, against {@code model}. */
  static StressOptions stress(Class<?> model) {
    return new StressOptions()
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(2)
        .iterations(2 * SCALE)
        .invocationsPerIteration(500)
        .sequentialSpecification(model);
  }
}
