package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the decisions of a rate limiter, in permits. In shadow mode it counts the same decisions and
 * enforces none: it admits every call at once. The limiter behind it is charged as if its decisions were
 * enforced.
 *
 * <p>Only calls by way of the view are counted. As a member of an {@link AllOf} or a {@link Gate} it
 * counts the calls that all members admitted, and those that it denied. Shadow mode is switched while in
 * use, by {@link #shadow(boolean)}: try a limit on live traffic, read {@link #denied}, then enforce it.
 * A caller that would have had to wait is charged at once in shadow mode, as a debt.
 *
 * <p>Cost: besides the limiter some 120 bytes, which grow with the callers that contend, and one
 * uncontended addition per call. Thread-safety: that of the limiter; each count is exact once its calls
 * have returned.
 */
public final class CountingLimiter implements RateLimiter {
  private static final long MAX = Rate.MAX_PERMITS;
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final RateLimiter limiter;
  private final LongAdder admitted = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder refunded = new LongAdder();
  private final LongAdder waited = new LongAdder();

  /** Permits that shadow mode let through although they were denied: nothing was charged for them. */
  private final AtomicLong uncharged = new AtomicLong();

  /** Whether nothing is enforced. */
  private volatile boolean shadow;

  private CountingLimiter(RateLimiter limiter) {
    this.limiter = Objects.requireNonNull(limiter, "limiter");
  }

  /** A view of {@code limiter}, enforcing. */
  public static CountingLimiter of(RateLimiter limiter) {
    return new CountingLimiter(limiter);
  }

  /** Permits that were admitted, also those that were waited for, given back later, or forced. */
  public long admitted() {
    return admitted.sum();
  }

  /** Permits that were denied, or would have been in shadow mode. */
  public long denied() {
    return denied.sum();
  }

  /** Permits that were given back: by refund, and by reservations cancelled or settled for less. */
  public long refunded() {
    return refunded.sum();
  }

  /** Permits of those admitted that had to be waited for, or would have been in shadow mode. */
  public long waited() {
    return waited.sum();
  }

  /** Whether decisions are only counted. */
  public boolean isShadow() {
    return shadow;
  }

  /** Only counts from now on, or enforces again. */
  public void shadow(boolean shadow) {
    this.shadow = shadow;
    uncharged.set(0);
  }

  /** {@code limiter} as a member of several: one that counts, if it does. */
  static Member member(RateLimiter limiter) {
    if (limiter instanceof CountingLimiter counting) {
      return new CountingMember(counting, member(counting.limiter));
    }
    return limiter instanceof WaitableLimiter known ? known.member() : new ForeignMember(limiter);
  }

  @Override
  public NanoClock clock() {
    return limiter.clock();
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return passes(limiter.tryAcquireAt(nanoTime, permits), permits);
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Decision decision = limiter.decideAt(nanoTime, permits);
    passes(decision.admitted(), permits);
    return enforced(decision);
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return enforced(limiter.peekAt(nanoTime, permits));
  }

  @Override
  public DetailedDecision inDetailAt(long nanoTime, Decision decision, long permits) {
    if (!shadow || !decision.admitted()) {
      return limiter.inDetailAt(nanoTime, decision, permits);
    }
    List<RuleStatus> rules = limiter.inDetailAt(nanoTime, decision, permits).rules();
    return new DetailedDecision(
        decision, -1, rules.stream().map(CountingLimiter::notEnforced).toList());
  }

  /** A rule that denies nothing. */
  static RuleStatus notEnforced(RuleStatus rule) {
    return new RuleStatus(rule.remaining(), Math.max(rule.calls(), 1), 0, rule.resetAfterNanos());
  }

  /** Gives back what was charged: not what shadow mode let through although it was denied. */
  @Override
  public boolean refundAt(long nanoTime, long permits) {
    Checks.permits(permits);
    long before = uncharged.getAndUpdate(pending -> pending - Math.min(pending, permits));
    long charged = permits - Math.min(before, permits);
    boolean done = limiter.refundAt(nanoTime, charged);
    if (done) {
      add(refunded, charged);
    }
    return done;
  }

  /** A limiter that has any number of permits counts none that are not asked for by number. */
  @Override
  public long tryAcquireUpToAt(long nanoTime, long max) {
    long taken = limiter.tryAcquireUpToAt(nanoTime, max);
    boolean isNumber = max < Long.MAX_VALUE;
    if (isNumber || taken < max) {
      add(admitted, taken);
    }
    if (isNumber) {
      deny(max - taken);
    }
    return shadow ? max : taken;
  }

  /** Takes all permits that are there; the same in shadow mode. */
  @Override
  public long drain() {
    long taken = limiter.drain();
    if (taken < Long.MAX_VALUE) {
      add(admitted, taken);
    }
    return taken;
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    long wait = limiter.acquireForcedAt(nanoTime, permits, maxWaitNanos);
    boolean charged = wait != Decision.NEVER || maxWaitNanos == Decision.NEVER;
    return passes(charged, permits) && shadow ? 0 : wait;
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    Reservation reservation = limiter.reserveAt(nanoTime, permits, maxWaitNanos);
    if (reservation.granted() && reservation.waitNanos() > 0) {
      add(waited, permits);
    }
    return counted(reservation);
  }

  // Waiting: at the limiter, unless in shadow mode.

  @Override
  public void acquire(long permits) throws InterruptedException {
    if (!tryAcquire(permits, FOREVER)) {
      throw rejected(permits);
    }
  }

  @Override
  public void acquireUninterruptibly(long permits) {
    if (!tryAcquireUninterruptibly(permits, FOREVER)) {
      throw rejected(permits);
    }
  }

  private RejectedExecutionException rejected(long permits) {
    return new RejectedExecutionException(
        "permits: " + permits + " (too many for " + this + ", or too many wait already)");
  }

  @Override
  public boolean tryAcquire(long permits, Duration maxWait) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return passesAtOnce(permits, maxWait) || counted(limiter.tryAcquire(permits, maxWait), permits);
  }

  @Override
  public boolean tryAcquireUninterruptibly(long permits, Duration maxWait) {
    return passesAtOnce(permits, maxWait)
        || counted(limiter.tryAcquireUninterruptibly(permits, maxWait), permits);
  }

  @Override
  public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
    if (passesAtOnce(permits, maxWait)) {
      return CompletableFuture.completedFuture(true);
    }
    CompletableFuture<Boolean> result = limiter.acquireAsync(permits, maxWait);
    result.thenAccept(passed -> counted(passed, permits));
    return result;
  }

  @Override
  public Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    if (shadow) {
      boolean charged = shadowed(permits, Checks.nanos(maxWait));
      return new FixedReservation(charged || passes(false, permits), permits);
    }
    return counted(limiter.awaitReservation(permits, maxWait));
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    if (shadow) {
      boolean charged = shadowed(permits, Checks.nanos(maxWait));
      return CompletableFuture.completedFuture(
          new FixedReservation(charged || passes(false, permits), permits));
    }
    CompletableFuture<Reservation> inner = limiter.reserveAsync(permits, maxWait);
    CompletableFuture<Reservation> result = new CompletableFuture<>();
    inner.whenComplete((reservation, failure) -> {
      if (failure != null) {
        result.completeExceptionally(failure);
      } else if (!result.isDone() && !result.complete(counted(reservation))) {
        reservation.cancel();
      }
    });
    result.whenComplete((reservation, failure) -> inner.cancel(false));
    return result;
  }

  @Override
  public int maxWaiters(int max) {
    return limiter.maxWaiters(max);
  }

  @Override
  public int waiters() {
    return limiter.waiters();
  }

  /** Whether the call need not wait: it is admitted now, or nothing is enforced. */
  private boolean passesAtOnce(long permits, Duration maxWait) {
    long nanos = Checks.nanos(maxWait);
    if (shadow) {
      return shadowed(permits, nanos) || passes(false, permits);
    }
    boolean admits = limiter.tryAcquire(permits);
    if (admits) {
      add(admitted, permits);
    }
    return admits;
  }

  /** Charges a call that nobody waits for, if it would have been admitted in time, and counts it. */
  private boolean shadowed(long permits, long maxWaitNanos) {
    long now = clock().nanoTime();
    long wait = limiter.peekAt(now, permits).retryAfterNanos();
    boolean charged = wait == 0
        ? limiter.tryAcquireAt(now, permits)
        : wait != Decision.NEVER
            && wait <= maxWaitNanos
            && limiter.acquireForcedAt(now, permits, maxWaitNanos) != Decision.NEVER;
    if (charged) {
      add(admitted, permits);
      add(waited, wait == 0 ? 0 : permits);
    }
    return charged;
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    limiter.penalizeAt(nanoTime, nanos);
  }

  @Override
  public void syncWithServer(long remaining, Duration resetAfter) {
    limiter.syncWithServer(remaining, resetAfter);
  }

  @Override
  public void reset() {
    limiter.reset();
  }

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return limiter.snapshotAt(nanoTime, wall);
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    limiter.restoreAt(nanoTime, snapshot, wall);
  }

  @Override
  public void reconfigure(RateLimiter target, LevelPolicy policy) {
    limiter.reconfigure(target, policy);
  }

  // Counting.

  /** Counts a call that was decided; answers whether it passes. */
  private boolean passes(boolean granted, long permits) {
    if (granted) {
      add(admitted, permits);
      return true;
    }
    return deny(permits);
  }

  void admit(long permits) {
    add(admitted, permits);
  }

  /** Counts a denial; answers whether the call passes all the same. */
  boolean deny(long permits) {
    add(denied, permits);
    if (shadow) {
      uncharged.accumulateAndGet(
          permits, (pending, more) -> Math.min(pending, MAX) + Math.min(more, MAX));
      return true;
    }
    return false;
  }

  /** Takes back what was counted for a call that others denied. */
  void uncount(boolean granted, long permits) {
    add(granted ? admitted : denied, -permits);
    if (!granted) {
      uncharged.updateAndGet(pending -> Math.max(pending - permits, 0));
    }
  }

  /** Counts a call that had to wait. */
  private boolean counted(boolean granted, long permits) {
    add(granted ? admitted : denied, permits);
    add(waited, granted ? permits : 0);
    return granted;
  }

  /** Counts a reservation, now and when it is closed; in shadow mode nobody waits for it. */
  Reservation counted(Reservation reservation) {
    boolean passes = passes(reservation.granted(), reservation.permits());
    return reservation.granted()
        ? new CountedReservation(this, reservation, shadow)
        : new FixedReservation(passes, reservation.permits());
  }

  /** No call can be admitted more than MAX, so no call counts as more. */
  private static void add(LongAdder count, long permits) {
    count.add(Math.max(Math.min(permits, MAX), -MAX));
  }

  private Decision enforced(Decision decision) {
    return decision.admitted() || !shadow
        ? decision
        : Decision.admitted(decision.remaining(), decision.resetAfterNanos());
  }

  /** A reservation that is counted. */
  private record CountedReservation(
      CountingLimiter counter, Reservation reservation, boolean isShadow) implements Reservation {
    @Override
    public boolean granted() {
      return true;
    }

    @Override
    public long permits() {
      return reservation.permits();
    }

    @Override
    public long waitNanos() {
      long wait = reservation.waitNanos();
      return isShadow && wait != Decision.NEVER ? 0 : wait;
    }

    @Override
    public boolean cancel() {
      boolean done = reservation.cancel();
      if (done) {
        add(counter.refunded, permits());
      }
      return done;
    }

    @Override
    public boolean settle(long actualPermits) {
      boolean done = reservation.settle(actualPermits);
      if (done) {
        add(counter.refunded, Math.max(permits() - actualPermits, 0));
        add(counter.admitted, Math.max(actualPermits - permits(), 0));
      }
      return done;
    }
  }

  /** {@code CountingLimiter[Gcra[3/second burst 3], 5 admitted, 2 denied]}, with {@code shadow} if it is. */
  @Override
  public String toString() {
    return "CountingLimiter[" + limiter + ", " + admitted() + " admitted, " + denied() + " denied"
        + (shadow ? ", shadow]" : "]");
  }
}
