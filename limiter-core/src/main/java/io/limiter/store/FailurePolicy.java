package io.limiter.store;

import io.limiter.DetailedDecision;
import io.limiter.rule.Limits;
import java.util.Objects;

/**
 * What a call is told when the store fails. The caller names it; without one the failure is thrown.
 *
 * <p>A verdict that replaces one of the store does not undo what the store may have done: if the outcome is
 * unknown, permits may be lost. None are minted, as no call is sent twice.
 */
public final class FailurePolicy {
  private static final FailurePolicy THROWING =
      new FailurePolicy("throwing", (key, permits, limits, wait, failure) -> {
        throw failure;
      });
  private static final FailurePolicy CLOSED = new FailurePolicy(
      "closed",
      (key, permits, limits, wait, failure) -> StoreDecision.fixed(key, false, wait, limits));
  private static final FailurePolicy OPEN = new FailurePolicy(
      "open",
      (key, permits, limits, wait, failure) -> StoreDecision.fixed(key, true, wait, limits));

  /** Decides in this process. */
  @FunctionalInterface
  public interface Local {
    /** Takes {@code permits} of {@code key} now, or none, and says what each rule has left. */
    DetailedDecision decide(String key, long permits);
  }

  private interface Verdict {
    StoreDecision of(
        String key, long permits, Limits limits, long waitNanos, StoreException failure);
  }

  private final String name;
  private final Verdict verdict;

  private FailurePolicy(String name, Verdict verdict) {
    this.name = name;
    this.verdict = verdict;
  }

  /** The failure is thrown: a {@link StoreException}. */
  public static FailurePolicy throwing() {
    return THROWING;
  }

  /** Calls are denied; the wait is that until the store is asked again. */
  public static FailurePolicy closed() {
    return CLOSED;
  }

  /** Calls are admitted: there is no limit while the store is away. */
  public static FailurePolicy open() {
    return OPEN;
  }

  /**
   * Calls are decided in this process: {@code orElse(local::decideInDetail)} for a {@code
   * KeyedLimiter<String>} whose limits are a share of the limit. While the store is away, in any interval at
   * most the sum of the limits of all processes is admitted; when it is back, its own burst comes on top.
   */
  public static FailurePolicy orElse(Local local) {
    Objects.requireNonNull(local, "local");
    return new FailurePolicy("or else " + local, (key, permits, limits, wait, failure) -> {
      try {
        return StoreDecision.local(key, local.decide(key, permits), limits);
      } catch (RuntimeException e) {
        e.addSuppressed(failure);
        throw e;
      }
    });
  }

  StoreDecision decide(
      String key, long permits, Limits limits, long waitNanos, StoreException failure) {
    return verdict.of(key, permits, limits, waitNanos, failure);
  }

  @Override
  public String toString() {
    return name;
  }
}
