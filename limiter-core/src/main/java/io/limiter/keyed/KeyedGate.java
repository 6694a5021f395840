package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.NanoClock;
import io.limiter.Permit;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * A key of a keyed limiter as a gate: for limits that name a concurrency; with other limits it works too,
 * and closing gives nothing back. It holds no state and keeps no key alive: make one whenever it is
 * needed. Callers that wait stand in the line of their key, and hold up no other key.
 *
 * <pre>{@code
 * try (Permit permit = limiter.gate(apiKey).enter(1, Duration.ofSeconds(2))) {
 *   if (permit.granted()) { ... }
 * }
 * }</pre>
 *
 * <p>Guarantee, cost, thread-safety: those of {@link KeyedLimiter} and, while somebody waits, of {@link
 * Gate}.
 */
public final class KeyedGate {
  private final Store store;
  private final Object key;
  private final long hash;

  KeyedGate(Store store, Object key, long hash) {
    this.store = store;
    this.key = key;
    this.hash = hash;
  }

  /** The clock that all forms read. */
  public NanoClock clock() {
    return store.clock();
  }

  /** Enters with one permit, or not: {@code tryEnter(1)}. */
  public Permit tryEnter() {
    return tryEnter(1);
  }

  /**
   * Enters with {@code permits} now, or not.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnter(long permits) {
    return store.tryEnter(key, hash, clock().nanoTime(), permits);
  }

  /** What waits, in the line of the key. */
  @FunctionalInterface
  private interface Wait {
    Permit in(Gate gate) throws InterruptedException;
  }

  /**
   * Enters with {@code permits}, waiting in line if need be. Not granted only if so many are never
   * admitted, or too many callers wait.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is
   *     charged then
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enter(long permits) throws InterruptedException {
    return enter(permits, Duration.ofNanos(Long.MAX_VALUE));
  }

  /**
   * Enters with {@code permits} within {@code maxWait}, or not. Never waits for what is known to come too
   * late.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing is
   *     charged then
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enter(long permits, Duration maxWait) throws InterruptedException {
    Objects.requireNonNull(maxWait, "maxWait");
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return enter(permits, gate -> gate.enter(permits, maxWait));
  }

  /**
   * As {@link #enter(long, Duration)}; an interrupt is kept for later.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit enterUninterruptibly(long permits, Duration maxWait) {
    Objects.requireNonNull(maxWait, "maxWait");
    try {
      return enter(permits, gate -> gate.enterUninterruptibly(permits, maxWait));
    } catch (InterruptedException e) {
      throw new AssertionError(e); // as we do not ask for it
    }
  }

  private Permit enter(long permits, Wait wait) throws InterruptedException {
    Permit now = tryEnter(permits);
    if (now.granted()) {
      return now;
    }
    KeyEntry entry = store.enterOwn(key, hash, clock().nanoTime());
    try {
      return late(entry, wait.in(store.lined(entry.line())), permits);
    } finally {
      entry.exit();
    }
  }

  /**
   * Enters with {@code permits} within {@code maxWait}, or not, without a thread that waits. Cancel the
   * future to leave the line.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public CompletableFuture<Permit> enterAsync(long permits, Duration maxWait) {
    Objects.requireNonNull(maxWait, "maxWait");
    Permit now = tryEnter(permits);
    if (now.granted()) {
      return CompletableFuture.completedFuture(now);
    }
    KeyEntry entry = store.enterOwn(key, hash, clock().nanoTime());
    boolean waits = false;
    try {
      CompletableFuture<Permit> inLine = store.lined(entry.line()).enterAsync(permits, maxWait);
      waits = true;
      return InLine.told(entry, inLine, permit -> late(entry, permit, permits), permit -> {
        permit.close();
        entry.refund(clock().nanoTime(), permit.granted() ? permits : 0);
      });
    } finally {
      if (!waits) {
        entry.exit();
      }
    }
  }

  /** The answer of a call that was denied and waited, by the place of the rule in the text. */
  private Permit late(KeyEntry entry, Permit permit, long permits) {
    try {
      store.toldLate(entry, key, hash, permit.granted(), permits);
    } catch (RuntimeException | Error e) {
      permit.close();
      throw e;
    }
    return entry.told(permit);
  }

  /** How many callers wait for the key now. */
  public int waiters() {
    return store.waiters(key, hash);
  }

  /**
   * What {@code permits} would be told now. Takes nothing, and makes no key known.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peek(long permits) {
    return store.peek(key, hash, clock().nanoTime(), permits);
  }

  /**
   * What each rule says now, after the decision of a permit for so many permits. As {@link
   * KeyedLimiter#inDetail}.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public DetailedDecision inDetail(Decision decision, long permits) {
    Objects.requireNonNull(decision, "decision");
    return store.inDetail(key, hash, clock().nanoTime(), decision, permits);
  }

  /** {@code KeyedGate[60/hour, 5 concurrent] of a key}: keys may be secrets. */
  @Override
  public String toString() {
    return "KeyedGate[" + store.limits(key, hash) + "] of a key";
  }
}
