package io.limiter.http;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;

/**
 * Computes how long to wait before a denied call is tried again. The wait is the server's Retry-After
 * plus a random time between 0 and a ceiling, which doubles with each denial up to a cap ("full jitter").
 * After a number of retries it tells the caller to give up.
 *
 * <p>The wait after the n-th denial is in {@code r .. r + min(cap, first * 2^(n-1))}, where r is the
 * Retry-After or 0. So no call is early, and callers who were denied together do not come back
 * together. The cap bounds what is added, not what the server asked for.
 *
 * <pre>{@code
 * for (int denials = 1; response.statusCode() == 429; denials++) {
 *   OptionalLong wait = backoff.waitNanos(denials, tracker.update(response.headers()::firstValue));
 *   if (wait.isEmpty()) {
 *     break; // give up
 *   }
 *   TimeUnit.NANOSECONDS.sleep(wait.getAsLong());
 *   response = send();
 * }
 * }</pre>
 *
 * <p>It holds no state and reads no clock: the caller counts the denials. Immutable, and as safe for
 * use by many threads as its source of randomness.
 */
public final class Backoff {
  private static final Duration LONGEST = Duration.ofDays(366);

  private final int retries;
  private final long firstNanos; // 1..capNanos
  private final long capNanos;
  private final LongUnaryOperator random;

  private Backoff(int retries, long firstNanos, long capNanos, LongUnaryOperator random) {
    this.retries = retries;
    this.firstNanos = firstNanos;
    this.capNanos = capNanos;
    this.random = random;
  }

  /** Five retries, a first ceiling of 1 s, a cap of 60 s, and the random numbers of each thread. */
  public static Backoff of() {
    return of(bound -> ThreadLocalRandom.current().nextLong(bound));
  }

  /**
   * Five retries, a first ceiling of 1 s, a cap of 60 s.
   *
   * @param random as in {@link #of(int, Duration, Duration, LongUnaryOperator)}
   */
  public static Backoff of(LongUnaryOperator random) {
    return of(5, Duration.ofSeconds(1), Duration.ofSeconds(60), random);
  }

  /**
   * A back-off with settings of your own.
   *
   * @param retries how often a call is tried again before giving up
   * @param first the ceiling after the first denial
   * @param cap the greatest ceiling
   * @param random answers a random number from 0 to {@code bound - 1} for a bound that is at least 1,
   *     each as likely as the others: {@code bound -> ThreadLocalRandom.current().nextLong(bound)}
   * @throws IllegalArgumentException if retries is less than 0, first is less than 1 ns or more than
   *     the cap, or the cap is more than 366 days
   */
  public static Backoff of(int retries, Duration first, Duration cap, LongUnaryOperator random) {
    Objects.requireNonNull(first, "first");
    Objects.requireNonNull(cap, "cap");
    Objects.requireNonNull(random, "random");
    if (retries < 0) {
      throw new IllegalArgumentException("retries: " + retries + " (expected: >= 0)");
    }
    if (cap.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("cap: " + cap + " (expected: <= " + LONGEST + ")");
    }
    if (first.isNegative() || first.isZero() || first.compareTo(cap) > 0) {
      throw new IllegalArgumentException("first: " + first + " (expected: 1 ns.." + cap + ")");
    }
    return new Backoff(retries, first.toNanos(), cap.toNanos(), random);
  }

  /**
   * The wait in ns before the next try; empty to give up.
   *
   * @param denials how often the call has been denied so far, this time included
   * @throws IllegalArgumentException if denials is less than 1
   * @throws IllegalStateException if the source of randomness leaves its range
   */
  public OptionalLong waitNanos(int denials) {
    return waitNanos(denials, LimitStatus.UNKNOWN);
  }

  /**
   * The wait in ns before the next try, at least what {@code status} asks for by Retry-After, at most
   * 2^63 - 1; empty to give up.
   *
   * @param denials how often the call has been denied so far, this time included
   * @param status what the response said that denied it
   * @throws IllegalArgumentException if denials is less than 1
   * @throws IllegalStateException if the source of randomness leaves its range
   */
  public OptionalLong waitNanos(int denials, LimitStatus status) {
    Objects.requireNonNull(status, "status");
    if (denials < 1) {
      throw new IllegalArgumentException("denials: " + denials + " (expected: >= 1)");
    }
    if (denials > retries) {
      return OptionalLong.empty();
    }
    long asked = status.retryAfterNanos().orElse(0);
    long jitter = jitter(ceilingNanos(denials - 1));
    return OptionalLong.of(asked > Long.MAX_VALUE - jitter ? Long.MAX_VALUE : asked + jitter);
  }

  private long ceilingNanos(int doublings) {
    return doublings > 62 || firstNanos > capNanos >> doublings
        ? capNanos
        : firstNanos << doublings;
  }

  private long jitter(long ceiling) {
    long jitter = random.applyAsLong(ceiling + 1);
    if (jitter < 0 || jitter > ceiling) {
      throw new IllegalStateException("random: " + jitter + " (expected: 0.." + ceiling + ")");
    }
    return jitter;
  }

  /** {@code Backoff[5 retries, PT1S doubling to PT1M]}. */
  @Override
  public String toString() {
    return "Backoff["
        + retries
        + " retries, "
        + Duration.ofNanos(firstNanos)
        + " doubling to "
        + Duration.ofNanos(capNanos)
        + "]";
  }
}
