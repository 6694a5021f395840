package io.limiter;

/**
 * Permits that are charged now and may be used after a wait.
 * Reservations are served in the order in which they were charged.
 *
 * <pre>{@code
 * Reservation reservation = limiter.reserve(1_000, Duration.ofSeconds(2)); // the most it can cost
 * if (!reservation.granted()) {
 *   return rejected(); // nothing was charged
 * }
 * Thread.sleep(Duration.ofNanos(reservation.waitNanos()).toMillis());
 * long used = call();
 * reservation.settle(used); // the rest is refunded
 * }</pre>
 *
 * <p>The wait is that of now: it shrinks as time passes and when permits are given back by others,
 * and changes with the limit. A reservation is closed by the first {@link #cancel} or {@link
 * #settle}; it need not be closed if all its permits were used. Safe for use by many threads.
 */
public interface Reservation {
  /** Whether the permits were charged; if not, nothing was, and the other methods do nothing. */
  boolean granted();

  /** The permits that were asked for. */
  long permits();

  /**
   * How long to wait from now until the permits may be used, if nothing else happens.
   *
   * @return ns, rounded up; 0 once they may be used, {@link Decision#NEVER} if they were refused or
   *     cancelled before
   */
  long waitNanos();

  /**
   * Gives the permits back, as if they had never been charged: those behind move up. Of permits whose
   * time has come no more is given back than would be there had they never been charged, so that none
   * is minted: not what time has restored since, at the rates since then, nor what a refund has lost
   * at the burst. If others were charged meanwhile it may be less, as if that had just happened.
   *
   * @return whether this call closed the reservation; if not, it changed nothing
   */
  boolean cancel();

  /**
   * Closes the reservation with what it has cost in truth: the rest is refunded, what it has cost
   * beyond is charged, as a debt if need be. Nobody who waits is delayed by that.
   *
   * @param actualPermits what was used: 0 or more
   * @return whether this call closed the reservation; if not, it changed nothing
   * @throws IllegalArgumentException if actualPermits is less than 0
   */
  boolean settle(long actualPermits);
}
