package io.limiter.keyed;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A key of a {@link Store} as a limiter. It holds no state: each call looks the key up. What words cannot
 * do is done by the entry of the key, which a call that waits keeps from being forgotten.
 */
final class KeyView implements RateLimiter {
  private final Store store;
  private final Object key;
  private final long hash;

  KeyView(Store store, Object key, long hash) {
    this.store = store;
    this.key = key;
    this.hash = hash;
  }

  @Override
  public NanoClock clock() {
    return store.clock();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return store.tryAcquire(key, hash, nanoTime, permits);
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    return store.decide(key, hash, nanoTime, permits);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return store.peek(key, hash, nanoTime, permits);
  }

  @Override
  public DetailedDecision inDetailAt(long nanoTime, Decision decision, long permits) {
    Objects.requireNonNull(decision, "decision");
    return store.inDetail(key, hash, nanoTime, decision, permits);
  }

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return store.refund(key, hash, nanoTime, permits);
  }

  // What the entry does.

  private <T> T byEntry(Function<KeyEntry, T> call) {
    KeyEntry entry = enter();
    try {
      return call.apply(entry);
    } finally {
      entry.exit();
    }
  }

  /** Refuses limits that name a concurrency, before the key is known. */
  private KeyEntry enter() {
    KeyEntry.checkAcquire(store.limits(key, hash));
    return store.enterOwn(key, hash, clock().nanoTime());
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    Reservation now = store.reserve(key, hash, nanoTime, permits);
    return now.granted() || maxWaitNanos <= 0
        ? now
        : byEntry(e -> late(e, e.rates().reserveAt(e.dated(nanoTime), permits, maxWaitNanos)));
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    Checks.permits(permits);
    return byEntry(e -> {
      long wait = e.rates().acquireForcedAt(e.dated(nanoTime), permits, maxWaitNanos);
      boolean charged = wait != Decision.NEVER || maxWaitNanos == Decision.NEVER;
      return store.toldForced(e, key, hash, charged, permits) && !charged ? 0 : wait;
    });
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    store.penalize(key, hash, nanoTime, nanos);
  }

  @Override
  public void reset() {
    store.forget(key, hash);
  }

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return store.copy(key, hash, nanoTime).rates().snapshotAt(nanoTime, wall);
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    byEntry(e -> {
      e.restore(nanoTime, snapshot, wall);
      return null;
    });
  }

  // Waiting: the line is that of the entry.

  /** What waits; its interrupts are those of the caller. */
  @FunctionalInterface
  private interface Wait<T> {
    T in(KeyEntry entry, AllOf rates) throws InterruptedException;
  }

  private <T> T inLine(Wait<T> wait) throws InterruptedException {
    KeyEntry entry = enter();
    try {
      return wait.in(entry, store.lined(entry.rates()));
    } finally {
      entry.exit();
    }
  }

  private <T> CompletableFuture<T> inLineAsync(
      Function<AllOf, CompletableFuture<T>> wait,
      BiFunction<KeyEntry, T, T> late,
      BiConsumer<KeyEntry, T> giveBack) {
    KeyEntry entry = enter();
    boolean waits = false;
    try {
      CompletableFuture<T> future = wait.apply(store.lined(entry.rates()));
      waits = true;
      if (store.outcomes == null) {
        future.whenComplete((answer, failure) -> entry.exit());
        return future;
      }
      return InLine.told(
          entry,
          future,
          answer -> late.apply(entry, answer),
          answer -> giveBack.accept(entry, answer));
    } finally {
      if (!waits) {
        entry.exit();
      }
    }
  }

  /** A call that was denied, waited, and was admitted or not. */
  private boolean late(KeyEntry entry, boolean admitted, long permits) {
    store.toldLate(entry, key, hash, admitted, permits);
    return admitted;
  }

  private Reservation late(KeyEntry entry, Reservation reservation) {
    late(entry, reservation.granted(), reservation.permits());
    return store.told(key, hash, reservation);
  }

  private static void interruptibly() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  @Override
  public void acquire(long permits) throws InterruptedException {
    interruptibly();
    if (!tryAcquire(permits)) {
      inLine((entry, rates) -> {
        rates.acquire(permits);
        return late(entry, true, permits);
      });
    }
  }

  @Override
  public void acquireUninterruptibly(long permits) {
    if (!tryAcquire(permits)) {
      byLine((entry, rates) -> {
        rates.acquireUninterruptibly(permits);
        return late(entry, true, permits);
      });
    }
  }

  private boolean byLine(Wait<Boolean> wait) {
    try {
      return inLine(wait);
    } catch (InterruptedException e) {
      throw new AssertionError(e); // as we do not ask for it
    }
  }

  @Override
  public boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    boolean waits = waits(maxWait);
    interruptibly();
    return tryAcquire(permits)
        || waits && inLine((e, rates) -> late(e, rates.tryAcquire(permits, maxWait), permits));
  }

  @Override
  public boolean tryAcquireUninterruptibly(long permits, Duration maxWait) {
    boolean waits = waits(maxWait);
    return tryAcquire(permits)
        || waits
            && byLine(
                (e, rates) -> late(e, rates.tryAcquireUninterruptibly(permits, maxWait), permits));
  }

  private static boolean waits(Duration maxWait) {
    Objects.requireNonNull(maxWait, "maxWait");
    return !maxWait.isNegative() && !maxWait.isZero();
  }

  @Override
  public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    boolean waits = waits(maxWait);
    boolean now = tryAcquire(permits);
    return now || !waits
        ? CompletableFuture.completedFuture(now)
        : inLineAsync(
            rates -> rates.acquireAsync(permits, maxWait),
            (entry, admitted) -> late(entry, admitted, permits),
            (entry, admitted) -> entry.refund(clock().nanoTime(), admitted ? permits : 0));
  }

  @Override
  public Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    boolean waits = waits(maxWait);
    interruptibly();
    Reservation now = reserveAt(clock().nanoTime(), permits, 0);
    return now.granted() || !waits
        ? now
        : inLine((entry, rates) -> late(entry, rates.awaitReservation(permits, maxWait)));
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    boolean waits = waits(maxWait);
    Reservation now = reserveAt(clock().nanoTime(), permits, 0);
    return now.granted() || !waits
        ? CompletableFuture.completedFuture(now)
        : inLineAsync(
            rates -> rates.reserveAsync(permits, maxWait),
            this::late,
            (entry, later) -> later.cancel());
  }

  @Override
  public int waiters() {
    return store.waiters(key, hash);
  }

  @Override
  public int maxWaiters(int max) {
    throw new UnsupportedOperationException(
        this + ": a view keeps nothing; use Builder.maxWaiters");
  }

  /** {@code KeyedLimiter[60/hour] of a key}: keys may be secrets. */
  @Override
  public String toString() {
    return "KeyedLimiter[" + store.limits(key, hash) + "] of a key";
  }

  /** Whether it is a view of the same key. */
  @Override
  public boolean equals(Object other) {
    return other instanceof KeyView that
        && store == that.store
        && hash == that.hash
        && Objects.equals(key, that.key);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }
}
