package io.limiter.keyed;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What decides for one key that has a {@link KeyEntry}. This class has the key's penalty, and the
 * earliest reading that counts; subclasses have the limiters.
 */
abstract class EntryLimiter {
  private static final VarHandle BLOCKED_UNTIL = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "blockedUntil", VarHandle.class, EntryLimiter.class, long.class);

  final Limits limits;
  final NanoClock clock;

  /** No call is dated before this reading: what was forgotten then stays counted. */
  final long floor;

  /** What decided before, if the limits have no rules: its levels go on with the next; or null. */
  final EntryLimiter before;

  /** Nothing is admitted before this reading, ns. Only ever later; written by penalize. */
  private volatile long blockedUntil;

  EntryLimiter(Limits limits, long floor, EntryLimiter before, NanoClock clock) {
    this.limits = limits;
    this.clock = clock;
    this.floor = floor;
    this.before = before;
    this.blockedUntil = floor;
  }

  // What the limiters do at a reading that counts, without a penalty.

  /** Throws UnsupportedOperationException if permits have to be given back. */
  abstract void checkAcquire();

  abstract boolean tryAcquireNow(long dated, long permits);

  abstract Decision decideNow(long dated, long permits);

  abstract Permit tryEnterNow(long dated, long permits);

  abstract Decision peekNow(long dated, long permits);

  abstract DetailedDecision inDetailNow(long dated, Decision decision, long permits);

  abstract boolean refundNow(long dated, long permits);

  /** Holds the permits in flight; null if the key never had any. */
  abstract ConcurrencyLimiter concurrency();

  /** The level of the nth rule, which is no concurrency. */
  abstract Level level(int n, long dated);

  /** Lets what {@code from} has spent go on here, where all is fresh. Nobody calls either of them. */
  abstract void inherit(EntryLimiter from, long dated);

  // Calls.

  final boolean tryAcquire(long nanoTime, long permits) {
    checkAcquire();
    long dated = dated(nanoTime);
    return blockedNanos(dated) == 0
        ? tryAcquireNow(dated, permits)
        : peek(dated, permits).admitted();
  }

  final Decision decide(long nanoTime, long permits) {
    checkAcquire();
    long dated = dated(nanoTime);
    return blockedNanos(dated) == 0 ? decideNow(dated, permits) : peek(dated, permits);
  }

  final Permit tryEnter(long nanoTime, long permits) {
    long dated = dated(nanoTime);
    return blockedNanos(dated) == 0
        ? tryEnterNow(dated, permits)
        : FixedDecision.permit(peek(dated, permits), clock);
  }

  final Decision peek(long nanoTime, long permits) {
    long dated = dated(nanoTime);
    Decision now = peekNow(dated, permits);
    long blocked = blockedNanos(dated);
    return blocked == 0
        ? now
        : new Decision(
            false,
            0,
            Math.max(now.retryAfterNanos(), blocked),
            Math.max(now.resetAfterNanos(), blocked),
            Math.max(now.deniedBy(), 0));
  }

  final DetailedDecision inDetail(long nanoTime, Decision decision, long permits) {
    long dated = dated(nanoTime);
    DetailedDecision now = inDetailNow(dated, decision, permits);
    long blocked = blockedNanos(dated);
    return blocked == 0
        ? now
        : new DetailedDecision(
            decision,
            now.deniedBy(),
            now.rules().stream().map(rule -> rule.blockedFor(blocked)).toList());
  }

  final boolean refund(long nanoTime, long permits) {
    return refundNow(dated(nanoTime), permits);
  }

  /** Admits nothing before the reading {@code until}. */
  final void penalize(long until) {
    while (true) {
      long old = blockedUntil;
      if (until - old <= 0 || BLOCKED_UNTIL.compareAndSet(this, old, until)) {
        return;
      }
    }
  }

  final long blockedUntil() {
    return blockedUntil;
  }

  /** The wait until neither a rate nor a penalty has anything left to remember. */
  final long resetAfterNanos(long nanoTime) {
    long reset = peek(nanoTime, 1).resetAfterNanos();
    return before == null ? reset : Math.max(reset, before.resetAfterNanos(nanoTime));
  }

  final boolean isInFlight() {
    ConcurrencyLimiter concurrency = concurrency();
    return concurrency != null && concurrency.inFlight() > 0;
  }

  final long dated(long nanoTime) {
    return nanoTime - floor < 0 ? floor : nanoTime;
  }

  private long blockedNanos(long dated) {
    return Math.max(blockedUntil - dated, 0);
  }
}
