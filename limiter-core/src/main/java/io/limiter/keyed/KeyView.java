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
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A key of a {@link Store} as a limiter. It holds no state: each call looks the key up. What words cannot
 * do is done by the entry of the key, which a call that waits keeps from being forgotten.
 */
final class KeyView implements RateLimiter {
  private final Store store;
  private final Object key; // null: it is its hash
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
        : byEntry(e -> {
          Reservation later = e.rates().reserveAt(e.dated(nanoTime), permits, maxWaitNanos);
          store.countWait(later.granted());
          return later;
        });
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    Checks.permits(permits);
    return byEntry(e -> e.rates().acquireForcedAt(e.dated(nanoTime), permits, maxWaitNanos));
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
    T in(AllOf rates) throws InterruptedException;
  }

  private <T> T inLine(Wait<T> wait) throws InterruptedException {
    KeyEntry entry = enter();
    try {
      return wait.in(store.lined(entry.rates()));
    } finally {
      entry.exit();
    }
  }

  private <T> CompletableFuture<T> inLineAsync(
      Function<AllOf, CompletableFuture<T>> wait, Predicate<T> admitted) {
    KeyEntry entry = enter();
    boolean waits = false;
    try {
      CompletableFuture<T> future = wait.apply(store.lined(entry.rates()));
      waits = true;
      future.whenComplete((answer, failure) -> {
        entry.exit();
        store.countWait(admitted.test(answer));
      });
      return future;
    } finally {
      if (!waits) {
        entry.exit();
      }
    }
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
      inLine(rates -> {
        rates.acquire(permits);
        store.countWait(true);
        return null;
      });
    }
  }

  @Override
  public void acquireUninterruptibly(long permits) {
    if (!tryAcquire(permits)) {
      byLine(rates -> {
        rates.acquireUninterruptibly(permits);
        store.countWait(true);
        return true;
      });
    }
  }

  private boolean byLine(Function<AllOf, Boolean> call) {
    try {
      return inLine(call::apply);
    } catch (InterruptedException e) {
      throw new AssertionError(e); // as we do not ask for it
    }
  }

  @Override
  public boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    boolean waits = waits(maxWait);
    interruptibly();
    return tryAcquire(permits)
        || waits && inLine(rates -> counted(rates.tryAcquire(permits, maxWait)));
  }

  @Override
  public boolean tryAcquireUninterruptibly(long permits, Duration maxWait) {
    boolean waits = waits(maxWait);
    return tryAcquire(permits)
        || waits && byLine(rates -> counted(rates.tryAcquireUninterruptibly(permits, maxWait)));
  }

  private boolean counted(boolean admitted) {
    store.countWait(admitted);
    return admitted;
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
        : inLineAsync(rates -> rates.acquireAsync(permits, maxWait), Boolean.TRUE::equals);
  }

  @Override
  public Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    boolean waits = waits(maxWait);
    interruptibly();
    Reservation now = reserveAt(clock().nanoTime(), permits, 0);
    return now.granted() || !waits
        ? now
        : inLine(rates -> {
          Reservation later = rates.awaitReservation(permits, maxWait);
          store.countWait(later.granted());
          return later;
        });
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    boolean waits = waits(maxWait);
    Reservation now = reserveAt(clock().nanoTime(), permits, 0);
    return now.granted() || !waits
        ? CompletableFuture.completedFuture(now)
        : inLineAsync(
            rates -> rates.reserveAsync(permits, maxWait),
            later -> later != null && later.granted());
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
