package io.limiter;

/**
 * What a limiter will be once the callers in its line have been admitted, if nobody else calls: a copy
 * that is charged in their place. By default it remembers nothing. For one thread.
 */
@FunctionalInterface
interface Lookahead {
  /**
   * The least wait after which {@code permits} are admitted. Of several members that is a lower bound,
   * as others may use them.
   *
   * @return ns from the reading {@code nanoTime}; {@link Decision#NEVER}
   */
  long waitNanos(long nanoTime, long permits);

  /** Charges {@code permits} at the reading {@code nanoTime}, at which they are admitted. */
  default void charge(long nanoTime, long permits) {}

  /**
   * Takes {@code permits}, at least 1, of a caller out again that has left.
   *
   * @return false if that cannot be done: then a new copy has to be made
   */
  default boolean remove(long permits) {
    return true;
  }

  /** The wait in ns from {@code nanoTime} until nothing is left to remember. */
  default long resetAfterNanos(long nanoTime) {
    return 0;
  }
}
