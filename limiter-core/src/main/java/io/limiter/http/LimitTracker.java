package io.limiter.http;

import io.limiter.NanoClock;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Remembers what a server last said about its limits, and tells a client how long to wait to stay within
 * them. If fewer permits than a threshold remain, the client waits until the reset. It never waits less
 * than the server's Retry-After. Use one tracker per limit, shared by all callers.
 *
 * <p>The last response to arrive counts for remaining and reset. A response without them changes nothing.
 * Remaining and reset are forgotten when the reset has come. A Retry-After is forgotten only when it is
 * over: a later response can only prolong it. If remaining is low and no reset is known, there is no
 * wait.
 *
 * <p>The wall clock is read once per response, for times that are given as dates; waits are measured
 * by the other clock, so that they do not change when the time of day is set. Thread-safety:
 * lock-free and linearizable. Memory effects: what a thread did before an update is visible to the
 * thread that is told of it.
 */
public final class LimitTracker {
  /*
   * Representation. One reference to what is known at one reading of the clock, immutable.
   * Invariants.
   *   I1  The end of the Retry-After, readAt + retryAfter, never moves back.
   *   I2  resetAfter is at least 0, and remaining is forgotten with it once it is over.
   * Linearization. update: the successful compare-and-set. waitNanos, remaining: the read.
   * Memory ordering. Volatile read and compare-and-set, those of AtomicReference.
   * Progress. Lock-free: an update that fails lost to another.
   * Arithmetic. Waits are 0..2^63-1 and only shrink; readings are compared by difference.
   * Rejected. Keeping the least remaining of several responses (a server whose permits come back one
   *   by one would seem exhausted). Times of the wall clock (it can be set).
   * Sources. none.
   */
  private final long threshold;
  private final NanoClock clock;
  private final InstantSource wallClock;
  private final AtomicReference<Known> known;

  /** What is known at a reading of the clock. Waits in ns count from there. */
  private record Known(
      long readAt, OptionalLong remaining, OptionalLong resetAfter, long retryAfter) {

    /** The same, seen from the reading {@code now}: nothing of it grows. */
    Known at(long now) {
      long elapsed = Math.max(0, now - readAt); // a clock that steps back stands still
      boolean over = resetAfter.isPresent() && resetAfter.getAsLong() <= elapsed;
      return new Known(
          readAt + elapsed,
          over ? OptionalLong.empty() : remaining,
          over || resetAfter.isEmpty()
              ? OptionalLong.empty()
              : OptionalLong.of(resetAfter.getAsLong() - elapsed),
          Math.max(0, retryAfter - elapsed));
    }

    /** This and then {@code status}, which was received at the same reading. */
    Known and(LimitStatus status) {
      return new Known(
          readAt,
          status.remaining().isPresent() ? status.remaining() : remaining,
          status.resetAfterNanos().isPresent() ? status.resetAfterNanos() : resetAfter,
          Math.max(retryAfter, status.retryAfterNanos().orElse(0)));
    }
  }

  private LimitTracker(long threshold, NanoClock clock, InstantSource wallClock) {
    this.threshold = threshold;
    this.clock = clock;
    this.wallClock = wallClock;
    this.known = new AtomicReference<>(
        new Known(clock.nanoTime(), OptionalLong.empty(), OptionalLong.empty(), 0));
  }

  /**
   * A tracker that knows nothing yet.
   *
   * @param threshold how many permits are kept in reserve: 1 waits when none is left, 0 never waits
   *     for a reset
   * @param clock measures waits
   * @param wallClock tells the time of day
   * @throws IllegalArgumentException if threshold is less than 0
   */
  public static LimitTracker create(long threshold, NanoClock clock, InstantSource wallClock) {
    if (threshold < 0) {
      throw new IllegalArgumentException("threshold: " + threshold + " (expected: >= 0)");
    }
    return new LimitTracker(
        threshold,
        Objects.requireNonNull(clock, "clock"),
        Objects.requireNonNull(wallClock, "wallClock"));
  }

  /**
   * Remembers the header fields of a response.
   *
   * @param fields as in {@link LimitStatus#read}
   * @return what they say
   */
  public LimitStatus update(Function<String, Optional<String>> fields) {
    LimitStatus status = LimitStatus.read(fields, wallClock.instant());
    long now = clock.nanoTime();
    known.updateAndGet(before -> before.at(now).and(status));
    return status;
  }

  /** How long to wait before the next call, in ns; 0 if it may be made now. */
  public long waitNanos() {
    Known now = now();
    boolean low = now.remaining.isPresent() && now.remaining.getAsLong() < threshold;
    return Math.max(now.retryAfter, low ? now.resetAfter.orElse(0) : 0);
  }

  /** How many permits are left as far as is known; empty before the first word, and at the reset. */
  public OptionalLong remaining() {
    return now().remaining;
  }

  private Known now() {
    return Objects.requireNonNull(known.get()).at(clock.nanoTime());
  }

  @Override
  public String toString() {
    return "LimitTracker[" + now() + "]";
  }
}
