package io.limiter.keyed;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The limiter of one key as an object: where the limits need more than words, or are the key's own.
 * A call is made between {@link #enter()} and {@link #exit()}. Once frozen, which it can be only while
 * no call is inside, it is entered no more, and what it holds is final: it can be forgotten, or
 * carried over to another.
 */
final class KeyEntry {
  /*
   * Representation. The limiters, and `state`: FROZEN, or how many calls entered so far (modulo 2^39,
   *   from bit 24 on) and how many of them are inside (below).
   * Invariants.
   *   I1  The limiters are charged and refunded only by calls that are inside; permits are released
   *       at any time.
   *   I2  FROZEN stays. It is reached only by compare-and-set from a state with nobody inside; since
   *       every call changes the count, nobody came and left since that state was read.
   * Linearization. Calls: those of the limiters. freeze, freezeIfFresh: the compare-and-set of state.
   * Memory ordering.
   *   field         read      write          why that is enough
   *   state         volatile  compareAndSet  who freezes sees what those before it charged
   *   blockedUntil  volatile  compareAndSet  only ever later
   * Progress. Lock-free, but for freeze: it waits for the calls that are inside, which do not wait.
   * Arithmetic. Readings are compared by difference.
   * Rejected. Charging first and asking afterwards whether it still counts (a charge that has to be
   *   taken back cannot always be, without a trace).
   * Sources. none.
   */
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, KeyEntry.class, long.class);

  private static final VarHandle BLOCKED_UNTIL = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "blockedUntil", VarHandle.class, KeyEntry.class, long.class);

  private static final long FROZEN = Long.MIN_VALUE;
  private static final long ENTERED = 1L << 24;
  private static final long INSIDE = ENTERED - 1;

  /** In a slot that takes no KeyEntry any more. */
  static final KeyEntry NONE = new KeyEntry();

  final Limits limits;
  final boolean overrides; // limits of the key's own: not to be forgotten
  private final NanoClock clock;
  private final Rule[] rules; // those with a limiter in `rates`, in order
  private final RateLimiter[] rates;
  private final int[] indices; // of `rates` among all that decide
  private final RateLimiter allRates; // null if there are none
  private final ConcurrencyLimiter concurrency; // null: the key never had one
  private final int concurrencyIndex; // among all that decide; -1: the limits do not name one
  private final Gate gate;
  private final long floor; // reading: no call is dated before it

  /** Nothing is admitted before this reading, ns. Written by penalize. */
  private volatile long blockedUntil;

  /** See Representation. */
  private volatile long state;

  private KeyEntry(
      Limits limits,
      boolean overrides,
      long anchor,
      long floor,
      ConcurrencyLimiter kept,
      NanoClock clock) {
    this.limits = limits;
    this.overrides = overrides;
    this.clock = clock;
    this.floor = floor;
    this.blockedUntil = floor;
    List<Rule> all = limits.rules();
    List<Rule> windows =
        all.stream().filter(rule -> rule.algorithm() == Algorithm.SLIDING_LOG).toList();
    List<Rule> deciding = new ArrayList<>(all);
    deciding.removeAll(windows.subList(Math.min(1, windows.size()), windows.size()));
    this.rules = deciding.stream()
        .filter(rule -> rule.algorithm() != Algorithm.CONCURRENCY)
        .toArray(Rule[]::new);
    this.rates = new RateLimiter[rules.length];
    this.indices = new int[rules.length];
    for (int i = 0; i < rules.length; i++) {
      indices[i] = deciding.indexOf(rules[i]);
      rates[i] = rules[i].algorithm() == Algorithm.SLIDING_LOG
          ? SlidingLog.create(windows.stream().map(Rule::rate).toList(), clock)
          : KeyRate.limiter(rules[i], anchor, clock);
    }
    this.allRates = all.isEmpty()
        ? limits.newRateLimiter(clock) // unlimited, or blocked
        : rates.length == 0 ? null : rates.length == 1 ? rates[0] : AllOf.of(rates);
    OptionalInt limit = limits.concurrency();
    this.concurrency =
        limit.isEmpty() ? kept : kept != null ? kept : ConcurrencyLimiter.create(limit.getAsInt());
    if (limit.isPresent()) {
      concurrency.limit(limit.getAsInt());
    }
    this.concurrencyIndex = limit.isEmpty() ? -1 : indexOfConcurrency(deciding);
    Gate.Builder gate = Gate.builder(clock);
    for (int i = 0; i < Math.max(deciding.size(), 1); i++) {
      if (i == concurrencyIndex) {
        gate.concurrency(concurrency);
      } else {
        gate.rate(
            all.isEmpty()
                ? allRates
                : rates[i > concurrencyIndex && concurrencyIndex >= 0 ? i - 1 : i]);
      }
    }
    this.gate = gate.build();
  }

  /** What {@code frozen} holds, open for calls. */
  private KeyEntry(KeyEntry frozen) {
    this.limits = frozen.limits;
    this.overrides = frozen.overrides;
    this.clock = frozen.clock;
    this.rules = frozen.rules;
    this.rates = frozen.rates;
    this.indices = frozen.indices;
    this.allRates = frozen.allRates;
    this.concurrency = frozen.concurrency;
    this.concurrencyIndex = frozen.concurrencyIndex;
    this.gate = frozen.gate;
    this.floor = frozen.floor;
    this.blockedUntil = frozen.blockedUntil;
  }

  /** {@link #NONE}. */
  private KeyEntry() {
    this.limits = null;
    this.overrides = false;
    this.clock = null;
    this.rules = null;
    this.rates = null;
    this.indices = null;
    this.allRates = null;
    this.concurrency = null;
    this.concurrencyIndex = -1;
    this.gate = null;
    this.floor = 0;
    this.state = FROZEN;
  }

  private static int indexOfConcurrency(List<Rule> rules) {
    int i = 0;
    while (rules.get(i).algorithm() != Algorithm.CONCURRENCY) {
      i++;
    }
    return i;
  }

  /** Fresh. No call counts as earlier than the reading {@code floor}. */
  static KeyEntry create(
      Limits limits, boolean overrides, long anchor, long floor, NanoClock clock) {
    return new KeyEntry(limits, overrides, anchor, floor, null, clock);
  }

  // Entering, freezing, and what comes after.

  /** Whether the call may go on; if so, {@link #exit} has to follow. */
  boolean enter() {
    while (true) {
      long before = state;
      if (before == FROZEN) {
        return false;
      }
      if (STATE.compareAndSet(this, before, before + ENTERED + 1 & Long.MAX_VALUE)) {
        return true;
      }
    }
  }

  void exit() {
    STATE.getAndAdd(this, -1L);
  }

  boolean isFrozen() {
    return state == FROZEN;
  }

  /** Waits for the calls that are inside. */
  void freeze() {
    while (!tryFreeze(state)) {
      Thread.onSpinWait();
    }
  }

  /** Freezes if nothing is left to remember. */
  boolean freezeIfFresh(long nanoTime) {
    long before = state;
    return isFresh(nanoTime) && tryFreeze(before);
  }

  private boolean tryFreeze(long before) {
    return before == FROZEN || (before & INSIDE) == 0 && STATE.compareAndSet(this, before, FROZEN);
  }

  boolean isFresh(long nanoTime) {
    return !overrides && !isInFlight() && resetAfterNanos(nanoTime) == 0;
  }

  boolean isInFlight() {
    return concurrency != null && concurrency.inFlight() > 0;
  }

  /** The same again, open for calls. This one is frozen. */
  KeyEntry carried() {
    return new KeyEntry(this);
  }

  /** As new, but for permits in flight. This one is frozen. */
  KeyEntry reset(long anchor) {
    return new KeyEntry(limits, overrides, anchor, floor, concurrency, clock);
  }

  /** Other limits, with the levels and the permits in flight of this one, which is frozen. */
  KeyEntry changed(Limits next, boolean overriding, long anchor, long nanoTime) {
    KeyEntry own = new KeyEntry(next, overriding, anchor, floor, concurrency, clock);
    for (int i = 0; i < Math.min(rates.length, own.rates.length); i++) {
      own.take(i, level(i, nanoTime), nanoTime);
    }
    own.penalize(blockedUntil);
    return own;
  }

  /** How many rates have a level. */
  int levels() {
    return rates.length;
  }

  Level level(int rate, long nanoTime) {
    return Level.of(rules[rate], rates[rate].peekAt(dated(nanoTime), 1));
  }

  /** Takes over a level. Before this is published. */
  void take(int rate, Level level, long nanoTime) {
    level.charge(rules[rate], rates[rate], dated(nanoTime));
  }

  // Calls.

  boolean tryAcquire(long nanoTime, long permits) {
    long dated = dated(nanoTime);
    RateLimiter limiter = rates();
    return blockedNanos(dated) == 0
        ? limiter.tryAcquireAt(dated, permits)
        : peek(dated, permits).admitted();
  }

  Decision decide(long nanoTime, long permits) {
    long dated = dated(nanoTime);
    RateLimiter limiter = rates();
    return blockedNanos(dated) == 0 ? limiter.decideAt(dated, permits) : peek(dated, permits);
  }

  Permit tryEnter(long nanoTime, long permits) {
    long dated = dated(nanoTime);
    return blockedNanos(dated) == 0
        ? gate.tryEnterAt(dated, permits)
        : FixedDecision.permit(peek(dated, permits), clock);
  }

  Decision peek(long nanoTime, long permits) {
    long dated = dated(nanoTime);
    Decision told = allRates == null
        ? RateLimiter.unlimited(clock).peekAt(dated, permits)
        : allRates.peekAt(dated, permits);
    int deniedBy =
        told.deniedBy() < 0 || indices.length == 0 ? told.deniedBy() : indices[told.deniedBy()];
    long remaining = told.remaining();
    long wait = told.retryAfterNanos();
    if (concurrencyIndex >= 0) {
      remaining = Math.min(remaining, concurrency.available());
      // 0 permits write nothing: the question is whether more are in flight than may be.
      if (permits == 0 ? !concurrency.tryAcquire(0) : permits > concurrency.available()) {
        wait = Decision.NEVER;
        deniedBy = concurrencyIndex;
      }
    }
    long blocked = blockedNanos(dated);
    if (blocked > 0) {
      remaining = 0;
      wait = Math.max(wait, blocked);
      deniedBy = Math.max(deniedBy, 0);
    }
    long reset = Math.max(told.resetAfterNanos(), blocked);
    return new Decision(deniedBy < 0, remaining, wait, reset, deniedBy);
  }

  boolean refund(long nanoTime, long permits) {
    return allRates != null && allRates.refundAt(dated(nanoTime), permits);
  }

  /** Blocks until the reading. */
  void penalize(long until) {
    while (true) {
      long before = blockedUntil;
      if (until - before <= 0 || BLOCKED_UNTIL.compareAndSet(this, before, until)) {
        return;
      }
    }
  }

  long blockedUntil() {
    return blockedUntil;
  }

  /** Until nothing is left to remember of the rates, and of a penalty. */
  long resetAfterNanos(long nanoTime) {
    return peek(nanoTime, 1).resetAfterNanos();
  }

  /** A reading before the floor counts as the floor: what was forgotten then stays counted. */
  private long dated(long nanoTime) {
    return nanoTime - floor < 0 ? floor : nanoTime;
  }

  private long blockedNanos(long dated) {
    return Math.max(blockedUntil - dated, 0);
  }

  private RateLimiter rates() {
    checkTakes();
    return allRates;
  }

  /** Refuses calls that cannot give permits back, if permits must be given back. */
  void checkTakes() {
    if (concurrencyIndex >= 0) {
      throw new UnsupportedOperationException(
          "limits " + limits + ": permits must be given back; use tryEnter");
    }
  }

  @Override
  public String toString() {
    return "KeyEntry[" + limits + "]";
  }
}
