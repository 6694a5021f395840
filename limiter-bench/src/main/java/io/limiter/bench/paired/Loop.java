package io.limiter.bench.paired;

/** Repeats one operation. */
@FunctionalInterface
interface Loop {
  /**
   * Runs the operation so many times and returns something computed from its results, so that the
   * compiler keeps them.
   */
  long run(int calls);
}
