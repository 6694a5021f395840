package io.limiter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link AllOf} and {@link Gate} need of a member: to be asked, charged, and relieved of a charge,
 * at a given reading and without allocating; and to be told of room.
 */
interface Member {
  /** From {@link #charge}: the permits were denied. */
  long REFUSED = Long.MIN_VALUE;

  /** The limiter behind it. */
  Object limiter();

  /** The same as a rate limiter. Not of a concurrency limiter. */
  RateLimiter rate();

  NanoClock clock();

  /** Whether {@code permits} would be admitted. */
  boolean admits(long nanoTime, long permits);

  /** To be read before one {@link #charge}: how far the limiter had come, or what takes a receipt. */
  @Nullable
  Object mark();

  /** Takes the permits and answers a receipt, or {@link #REFUSED}. */
  long charge(long nanoTime, long permits, @Nullable Object mark);

  /**
   * Gives back a charge that was made at {@code nanoTime}, as far as it still weighs. Mints nothing. May
   * take a lock and read the clock. Tells all who watch.
   */
  void uncharge(long nanoTime, long permits, @Nullable Object mark, long receipt);

  /**
   * Takes the permits as of the reading {@code date} and answers what gives them back, by the rule of the
   * limiter; null, and nothing is charged, if they are denied. Allocates and may take a lock.
   */
  @Nullable
  Reservation reserve(long date, long permits);

  /**
   * How long a debt would last, in ns from the reading, if {@code permits} were charged whatever the
   * level; {@link Decision#NEVER}.
   */
  long debtNanosAt(long nanoTime, long permits);

  /** A call for several members was denied, by this one. */
  default void denied(long permits) {}

  /**
   * What may have come back to a limiter.
   *
   * @param limit another one, as equals has it, after a change of the limit
   * @param given another number after permits were given back
   */
  record Version(Object limit, long given) {
    static final Version UNKNOWN = new Version("", 0);
  }

  /** Written before what it tells of can be seen, and after the reading at which that counts. */
  Version version();

  /** Whether a charge may be dated at any reading after the last new {@link #version}. */
  boolean isDated();

  /** Whether {@link #uncharge} leaves no trace; members for which it may leave one are charged last. */
  boolean alwaysUncharges();

  /** {@link Decision#remaining()} now. */
  long remainingAt(long nanoTime);

  /** {@link Decision#retryAfterNanos()} of {@code permits} now. */
  long retryAfterNanosAt(long nanoTime, long permits);

  /** {@link Decision#resetAfterNanos()} now. */
  long resetAfterNanosAt(long nanoTime);

  /** Adds what each rule of it says to calls that charge it {@code share} permits, at least one. */
  default void report(long nanoTime, long share, List<RuleStatus> rules) {
    rules.add(RuleStatus.of(
        remainingAt(nanoTime),
        share,
        retryAfterNanosAt(nanoTime, share),
        resetAfterNanosAt(nanoTime)));
  }

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
