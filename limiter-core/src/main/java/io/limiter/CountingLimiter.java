package io.limiter;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Counts the decisions of a rate limiter, in permits, and tells a {@link LimitListener} of them. In shadow
 * mode it counts the same decisions and enforces none: it admits every call at once. The limiter behind it is
 * charged as if its decisions were enforced.
 *
 * <p>Only calls by way of the view are counted. As a member of an {@link AllOf} or a {@link Gate} it
 * counts the calls that all members admitted, and those that it denied. Shadow mode is switched while in
 * use, by {@link #shadow(boolean)}: try a limit on live traffic, read {@link #denied}, then enforce it.
 * A caller that would have had to wait is charged at once in shadow mode, as a debt.
 *
 * <p>A view that has a listener cannot be a member: members are charged before the call is decided. Make a
 * view of the whole instead, which also knows which member denied.
 *
 * <p>Cost: besides the limiter some 120 bytes, which grow with the callers that contend, and one
 * uncontended addition per call. Thread-safety: that of the limiter; each count is exact once its calls
 * have returned.
 */
public final class CountingLimiter implements RateLimiter {
  private static final long MAX = Rate.MAX_PERMITS;
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private static final LimitListener NOBODY = new LimitListener() {};

  private final RateLimiter limiter;
  private final LimitListener listener;
  private final LongAdder admitted = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder refunded = new LongAdder();
  private final LongAdder waited = new LongAdder();

  /** Permits that shadow mode let through although they were denied: nothing was charged for them. */
  private final AtomicLong uncharged = new AtomicLong();

  /** Whether nothing is enforced. */
  private volatile boolean shadow;

  private CountingLimiter(RateLimiter limiter, LimitListener listener) {
    this.limiter = Objects.requireNonNull(limiter, "limiter");
    this.listener = Objects.requireNonNull(listener, "listener");
  }

  /** A view of {@code limiter}, enforcing. */
  public static CountingLimiter of(RateLimiter limiter) {
    return new CountingLimiter(limiter, NOBODY);
  }

  /** A view of {@code limiter}, enforcing, that tells {@code listener} what it counts. */
  public static CountingLimiter of(RateLimiter limiter, LimitListener listener) {
    return new CountingLimiter(limiter, listener);
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
      if (counting.listener != NOBODY) {
        throw new IllegalArgumentException(
            "member: " + limiter + " (expected: no listener; make a view of the whole)");
      }
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
    return listener == NOBODY
        ? passes(limiter.tryAcquireAt(nanoTime, permits), permits, -1)
        : decideAt(nanoTime, permits).admitted();
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    Decision decision = limiter.decideAt(nanoTime, permits);
    int rule = listener == NOBODY || decision.admitted() || permits == 0
        ? -1
        : limiter.inDetailAt(nanoTime, decision, permits).deniedBy();
    return passes(decision.admitted(), permits, rule) ? enforced(decision) : decision;
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
      giveBack(charged);
    }
    return done;
  }

  /** A limiter that has any number of permits counts none that are not asked for by number. */
  @Override
  public long tryAcquireUpToAt(long nanoTime, long max) {
    long taken = limiter.tryAcquireUpToAt(nanoTime, max);
    boolean isNumber = max < Long.MAX_VALUE;
    if (isNumber || taken < max) {
      admit(taken, 0);
    }
    if (isNumber && taken < max) {
      deny(max - taken, -1, taken);
    }
    return shadow ? max : taken;
  }

  /** Takes all permits that are there; the same in shadow mode. */
  @Override
  public long drain() {
    long taken = limiter.drain();
    if (taken < Long.MAX_VALUE) {
      admit(taken, 0);
    }
    return taken;
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    long wait = limiter.acquireForcedAt(nanoTime, permits, maxWaitNanos);
    boolean charged = wait != Decision.NEVER || maxWaitNanos == Decision.NEVER;
    return passes(charged, permits, -1) && shadow ? 0 : wait;
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    Reservation reservation = limiter.reserveAt(nanoTime, permits, maxWaitNanos);
    return counted(reservation, reservation.waitNanos() > 0 ? permits : 0);
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
    return then(
        limiter.acquireAsync(permits, maxWait),
        passed -> counted(passed, permits),
        passed -> refund(passed ? permits : 0));
  }

  @Override
  public Reservation awaitReservation(long permits, Duration maxWait) throws InterruptedException {
    if (shadow) {
      return new FixedReservation(shadowed(permits, Checks.nanos(maxWait)), permits);
    }
    return counted(limiter.awaitReservation(permits, maxWait), 0);
  }

  @Override
  public CompletableFuture<Reservation> reserveAsync(long permits, Duration maxWait) {
    if (shadow) {
      return CompletableFuture.completedFuture(
          new FixedReservation(shadowed(permits, Checks.nanos(maxWait)), permits));
    }
    return then(
        limiter.reserveAsync(permits, maxWait),
        reservation -> counted(reservation, 0),
        Reservation::cancel);
  }

  /**
   * What {@code inner} answers, once it is counted. If the result was completed in another way, that leaves
   * the line, or what was charged meanwhile is given back.
   */
  private static <T> CompletableFuture<T> then(
      CompletableFuture<T> inner, Function<T, T> count, Consumer<T> giveBack) {
    CompletableFuture<T> result = new CompletableFuture<>();
    inner.whenComplete((answer, failure) -> {
      if (failure != null) {
        result.completeExceptionally(failure);
        return;
      }
      try {
        T counted = count.apply(answer);
        if (!result.complete(counted)) {
          giveBack.accept(counted);
        }
      } catch (RuntimeException | Error e) { // the listener: see tell
        result.completeExceptionally(e);
      }
    });
    result.whenComplete((answer, failure) -> inner.cancel(false));
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
      return shadowed(permits, nanos);
    }
    boolean admits = limiter.tryAcquire(permits);
    if (admits) {
      admit(permits, 0);
    }
    return admits;
  }

  /** Counts a call that nobody waits for; charges it if it would have been admitted in time. */
  private boolean shadowed(long permits, long maxWaitNanos) {
    long now = clock().nanoTime();
    long wait = limiter.peekAt(now, permits).retryAfterNanos();
    boolean charged = wait == 0
        ? limiter.tryAcquireAt(now, permits)
        : wait != Decision.NEVER
            && wait <= maxWaitNanos
            && limiter.acquireForcedAt(now, permits, maxWaitNanos) != Decision.NEVER;
    if (!charged) {
      return deny(permits);
    }
    admit(permits, wait == 0 ? 0 : permits);
    return true;
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
    tell(0, LimitListener::changed);
  }

  // Telling, then counting.

  /** Has the listener told; what it throws gives {@code charged} permits back. */
  private void tell(long charged, Consumer<LimitListener> outcome) {
    if (listener == NOBODY) {
      return;
    }
    try {
      outcome.accept(listener);
    } catch (RuntimeException | Error e) {
      try {
        limiter.refund(charged);
      } catch (RuntimeException | Error second) {
        Signals.first(e, second);
      }
      throw e;
    }
  }

  /** Counts a call that was decided; answers whether it passes. */
  private boolean passes(boolean granted, long permits, int rule) {
    if (granted) {
      admit(permits, 0);
      return true;
    }
    return deny(permits, rule, 0);
  }

  /** Counts permits that were charged, and those of them that had to be waited for. */
  void admit(long permits, long late) {
    if (permits > 0) {
      tell(permits, told -> {
        told.admitted(permits);
        if (late > 0) {
          told.waited(late);
        }
      });
    }
    add(admitted, permits);
    add(waited, late);
  }

  void giveBack(long permits) {
    add(refunded, permits);
    if (permits > 0) {
      tell(0, told -> told.refunded(permits));
    }
  }

  /** Counts a denial; answers whether the call passes all the same. */
  boolean deny(long permits) {
    return deny(permits, -1, 0);
  }

  private boolean deny(long permits, int rule, long charged) {
    if (permits > 0) {
      tell(charged, told -> told.denied(permits, rule));
    }
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
    if (granted) {
      admit(permits, permits);
    } else {
      tell(0, told -> told.denied(permits, -1));
      add(denied, permits);
    }
    return granted;
  }

  /** Counts a reservation, now and when it is closed; in shadow mode nobody waits for it. */
  Reservation counted(Reservation reservation, long late) {
    long permits = reservation.permits();
    if (!reservation.granted()) {
      return new FixedReservation(deny(permits), permits);
    }
    admit(permits, late);
    return new CountedReservation(this, reservation, shadow);
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

  /** {@code CountingLimiter[Gcra[3/second burst 3], 5 admitted, 2 denied]}, with {@code shadow} if it is. */
  @Override
  public String toString() {
    return "CountingLimiter[" + limiter + ", " + admitted() + " admitted, " + denied() + " denied"
        + (shadow ? ", shadow]" : "]");
  }
}
