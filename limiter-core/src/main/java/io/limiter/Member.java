package io.limiter;

/**
 * What {@link AllOf} and {@link Gate} need of a member: to be asked, charged, and relieved of a charge,
 * at a given reading and without allocating; and to be told of room.
 */
interface Member {
  /** From {@link #charge}: the permits were denied. */
  long REFUSED = Long.MIN_VALUE;

  /** The limiter behind it. */
  Object limiter();

  /** The same as a rate limiter; null if it is a concurrency limiter. */
  RateLimiter rate();

  NanoClock clock();

  /** Whether {@code permits} would be admitted. */
  boolean admits(long nanoTime, long permits);

  /** To be read before {@link #charge}, and handed to {@link #uncharge}: how far the limiter had come. */
  Object mark();

  /** Takes the permits and answers a receipt, or {@link #REFUSED}. */
  long charge(long nanoTime, long permits);

  /**
   * Gives back a charge that was made at {@code nanoTime}, as far as it still weighs. Mints nothing. May
   * take a lock and read the clock. Tells all who watch.
   */
  void uncharge(long nanoTime, long permits, Object mark, long receipt);

  /** Whether {@link #uncharge} leaves no trace; members for which it may leave one are charged last. */
  boolean alwaysUncharges();

  /** {@link Decision#remaining()} now. */
  long remainingAt(long nanoTime);

  /** {@link Decision#retryAfterNanos()} of {@code permits} now. */
  long retryAfterNanosAt(long nanoTime, long permits);

  /** {@link Decision#resetAfterNanos()} now. */
  long resetAfterNanosAt(long nanoTime);

  /** How long after {@code nanoTime} a penalty lasts, in ns; 0 if there is none. */
  long pauseNanosAt(long nanoTime);

  /**
   * What a snapshot says of it.
   *
   * @throws UnsupportedOperationException if it cannot be saved
   */
  Snapshot.Level level(long nanoTime);

  /** Whether it can be charged with what {@code level} says. */
  boolean fits(Snapshot.Level level);

  /** Charges what {@code level}, which fits, says of a limiter so many ns ago. */
  void restore(long nanoTime, Snapshot.Level level, long elapsed);

  /** The limiter as it is now, to be charged with those in a line. */
  Lookahead lookahead();

  /** Has {@code door} look whenever permits may have come back, from before this returns. */
  void watch(Door door);

  /** No longer. */
  void unwatch(Door door);
}
