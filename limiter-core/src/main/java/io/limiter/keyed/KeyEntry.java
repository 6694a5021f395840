package io.limiter.keyed;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.RuleStatus;
import io.limiter.Snapshot;
import io.limiter.rule.Limits;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What decides for a key where words do not suffice: limiters that are its own, changed in place. A call
 * uses it between {@link #enter()} and {@link #exit()}. Once frozen, the entry takes no more calls: nothing
 * was left to remember.
 */
final class KeyEntry {
  /*
   * Representation. The rates, for good; `terms`: the limits, and the gate if they name a concurrency;
   *   and `state`: FROZEN, or how many calls have entered (modulo 2^31, from bit 32 on) and how many of
   *   them are inside (the bits below). Callers that wait are inside.
   * Invariants.
   *   I1  Only calls that are inside charge, refund or change the limiters. Permits are released at any
   *       time.
   *   I2  FROZEN is for good. It is reached only by compare-and-set from a state with nobody inside.
   *       Every call changes the count, so no call came and went since that state was read.
   *   I3  Once no change is under way, the limiters hold the limits that `terms` names: whoever changes
   *       them does so again if `terms` is not what it was before.
   * Linearization. Calls: those of the limiters. freezeIfFresh: the compare-and-set of state. change:
   *   that of the rates.
   * Memory ordering.
   *   field  read      write          why that is enough
   *   state  volatile  compareAndSet  the thread that freezes sees what earlier calls charged
   *   terms  volatile  compareAndSet  I3
   * Progress. As AllOf and Gate. freezeIfFresh waits for nobody.
   * Arithmetic. none.
   * Rejected. Charging first and asking afterwards whether the entry still counts (not every charge
   *   can be taken back without a trace). Another entry for each change (what waits in line would have to
   *   follow).
   * Sources. none.
   */
  private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "state", VarHandle.class, KeyEntry.class, long.class);
  private static final VarHandle TERMS = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "terms", VarHandle.class, KeyEntry.class, Terms.class);

  private static final long FROZEN = Long.MIN_VALUE;
  private static final long ENTERED = 1L << 32;
  private static final long INSIDE = ENTERED - 1;

  /** In a slot that takes no entry any more. */
  static final KeyEntry NONE = none();

  /** Whose limits a key has. */
  enum Source {
    /** Those of all keys. */
    ALL,

    /** Those that the plan of the caller names. */
    PLAN,

    /** Its own. */
    OVERRIDE
  }

  /**
   * What a key is held to.
   *
   * @param concurrency holds the permits in flight, also if the limits name none any more; null if the
   *     key never had any
   * @param gate null if the limits name no concurrency
   * @param quietAt the reading from which on nothing is left of limits that were replaced by none
   */
  record Terms(
      Limits limits,
      Source source,
      @Nullable ConcurrencyLimiter concurrency,
      @Nullable Gate gate,
      long quietAt) {}

  private final KeyLimiters limiters;
  private final AllOf rates;

  /** No call is dated before this reading: what was forgotten then stays counted. */
  private final long floor;

  private volatile Terms terms;

  /** Whether its limits or level were changed: what words had admitted before is not given back then. */
  private volatile boolean changed;

  /** Its key, once an operator changed it; before that null. */
  private volatile Table.@Nullable ChangedKey changedKey;

  /** See Representation. */
  private volatile long state;

  private static KeyEntry none() {
    KeyLimiters limiters = new KeyLimiters(0, NanoClock.system());
    KeyEntry none = new KeyEntry(Limits.parse("blocked"), Source.ALL, 0, limiters);
    none.state = FROZEN;
    return none;
  }

  /** Fresh. */
  KeyEntry(Limits limits, Source source, long floor, KeyLimiters limiters) {
    this.limiters = limiters;
    this.floor = floor;
    this.rates = limiters.rates(limits);
    ConcurrencyLimiter concurrency = limits.concurrency().isPresent()
        ? ConcurrencyLimiter.create(limits.concurrency().getAsInt(), limiters.clock())
        : null;
    Gate gate = concurrency == null ? null : gate(limits, concurrency);
    this.terms = new Terms(limits, source, concurrency, gate, floor);
  }

  private Gate gate(Limits limits, ConcurrencyLimiter concurrency) {
    Gate.Builder gate = Gate.builder(limiters.clock());
    return (hasRates(limits) ? gate.rate(rates) : gate).concurrency(concurrency).build();
  }

  private static boolean hasRates(Limits limits) {
    return limits.rules().size() > (limits.concurrency().isPresent() ? 1 : 0);
  }

  // Coming and going.

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

  /** Freezes the entry if nothing is left to remember; answers whether it is frozen. */
  boolean freezeIfFresh(long nanoTime) {
    long before = state;
    return before == FROZEN
        || (before & INSIDE) == 0
            && terms.source != Source.OVERRIDE
            && !isInFlight()
            && resetAfterNanos(nanoTime) == 0
            && STATE.compareAndSet(this, before, FROZEN);
  }

  // What it is held to.

  Limits limits() {
    return terms.limits;
  }

  Source source() {
    return terms.source;
  }

  /** An operator is about to change {@code key}, whose entry this is. */
  void changes(Object key, long hash) {
    changedKey = new Table.ChangedKey(key, hash, null);
  }

  /** Its key after those before, if an operator changed it; else {@code before}. */
  Table.ChangedKey changedAfter(Table.ChangedKey before) {
    Table.ChangedKey mine = changedKey;
    return mine == null ? before : mine.after(before);
  }

  boolean isChanged() {
    return changed;
  }

  boolean isOverride() {
    return terms.source == Source.OVERRIDE;
  }

  boolean isInFlight() {
    ConcurrencyLimiter concurrency = terms.concurrency;
    return concurrency != null && concurrency.inFlight() > 0;
  }

  /** Whether somebody is inside, or has permits in flight. */
  boolean isHeld() {
    return (state & INSIDE) != 0 && state != FROZEN || isInFlight();
  }

  /** The wait until neither a rate nor a penalty has anything left to remember. */
  long resetAfterNanos(long nanoTime) {
    long dated = dated(nanoTime);
    return Math.max(rates.peekAt(dated, 1).resetAfterNanos(), terms.quietAt - dated);
  }

  /** The rates, with their line. */
  AllOf rates() {
    if (terms.gate != null) {
      checkAcquire(terms.limits);
    }
    return rates;
  }

  /** Refuses limits that name a concurrency. */
  static void checkAcquire(Limits limits) {
    if (limits.concurrency().isPresent()) {
      throw new UnsupportedOperationException(
          "limits " + limits + ": permits must be given back; use tryEnter");
    }
  }

  /** The rates, for what needs no permit to be given back. */
  AllOf ratesOrNone() {
    checkRates(terms.limits);
    return rates;
  }

  /** Refuses limits without a rate. */
  static void checkRates(Limits limits) {
    if (!hasRates(limits)) {
      throw new UnsupportedOperationException("limits " + limits + ": there is no rate");
    }
  }

  /** The gate, with its line; null if the limits name no concurrency. */
  @Nullable
  Gate gate() {
    return terms.gate;
  }

  /** The gate; if the limits name no concurrency, one of the rates alone. */
  Gate line() {
    Gate gate = terms.gate;
    return gate == null ? Gate.builder(limiters.clock()).rate(rates).build() : gate;
  }

  int waiters() {
    Gate gate = terms.gate;
    return gate == null ? rates.waiters() : gate.waiters();
  }

  /** Other limits, with what is spent and in flight. The caller is inside. */
  void change(Limits limits, Source source) {
    changed = true;
    Terms before;
    Terms after;
    do {
      before = terms;
      long now = limiters.clock().nanoTime();
      long quiet = before.quietAt;
      if (limits.rules().isEmpty()) {
        quiet = now + Math.min(Math.max(resetAfterNanos(now), 0), KeyRate.MAX_WAIT_NANOS);
      }
      rates.reconfigure(limiters.rates(limits));
      after = next(before, limits, source, quiet);
    } while (!TERMS.compareAndSet(this, before, after));
  }

  private Terms next(Terms before, Limits limits, Source source, long quietAt) {
    ConcurrencyLimiter concurrency = before.concurrency;
    Gate gate = null;
    if (limits.concurrency().isPresent()) {
      int limit = limits.concurrency().getAsInt();
      if (concurrency == null) {
        concurrency = ConcurrencyLimiter.create(limit, limiters.clock());
      }
      concurrency.limit(limit);
      gate = gate(limits, concurrency);
    }
    if (before.gate != null) { // who waits there goes on waiting there
      Gate.Builder free = Gate.builder(limiters.clock()).rate(rates);
      before.gate.reconfigure(gate == null ? free.build() : gate);
      gate = gate == null ? null : before.gate;
    }
    return new Terms(limits, source, concurrency, gate, quietAt);
  }

  /** Charges what the rates had spent, before anybody has the entry. */
  void restore(long nanoTime, Snapshot snapshot, Instant wall) {
    rates.restoreAt(nanoTime, snapshot, wall);
  }

  /** As new, but for permits in flight. The caller is inside. */
  void reset() {
    changed = true;
    if (hasRates(terms.limits)) {
      rates.reset();
    }
  }

  // Calls. The caller is inside.

  boolean tryAcquire(long nanoTime, long permits) {
    return rates().tryAcquireAt(dated(nanoTime), permits);
  }

  Decision decide(long nanoTime, long permits) {
    return rates().decideAt(dated(nanoTime), permits);
  }

  Permit tryEnter(long nanoTime, long permits) {
    Terms t = terms;
    return t.gate == null
        ? FixedDecision.permit(rates.decideAt(dated(nanoTime), permits), limiters.clock())
        : told(t, t.gate, t.gate.tryEnterAt(dated(nanoTime), permits));
  }

  /** What was told at the gate; if denied, by the place of the rule in the text. */
  Permit told(Permit permit) {
    Terms t = terms;
    return t.gate == null ? permit : told(t, t.gate, permit);
  }

  private Permit told(Terms t, Gate gate, Permit permit) {
    Decision decision = inText(t, gate, permit.decision());
    return decision == permit.decision()
        ? permit
        : FixedDecision.permit(decision, limiters.clock());
  }

  Decision peek(long nanoTime, long permits) {
    Terms t = terms;
    return t.gate == null
        ? rates.peekAt(dated(nanoTime), permits)
        : inText(t, t.gate, t.gate.peekAt(dated(nanoTime), permits));
  }

  DetailedDecision inDetail(long nanoTime, Decision decision, long permits) {
    Terms t = terms;
    if (t.gate == null) {
      return rates.inDetailAt(dated(nanoTime), decision, permits);
    }
    DetailedDecision each =
        t.gate.inDetailAt(dated(nanoTime), inGate(t, t.gate, decision), permits);
    List<RuleStatus> rules = new ArrayList<>(each.rules());
    int place = beforeConcurrency(t.limits, true);
    rules.add(place, rules.remove(rules.size() - 1));
    return new DetailedDecision(decision, inText(each.deniedBy(), rules.size(), place), rules);
  }

  boolean refund(long nanoTime, long permits) {
    return hasRates(terms.limits) && rates.refundAt(dated(nanoTime), permits);
  }

  long dated(long nanoTime) {
    return nanoTime - floor < 0 ? floor : nanoTime;
  }

  // A gate has its concurrency last; a text has it anywhere. The windows of a log are one member.

  /** How many members stand before the concurrency in the text; or how many rules of these. */
  private static int beforeConcurrency(Limits limits, boolean rules) {
    int windows = 0;
    int others = 0;
    for (Limits.Rule rule : limits.rules()) {
      if (rule.algorithm() == Limits.Algorithm.CONCURRENCY) {
        break;
      }
      boolean isLog = rule.algorithm() == Limits.Algorithm.SLIDING_LOG;
      windows += isLog ? 1 : 0;
      others += isLog ? 0 : 1;
    }
    if (windows > 0) {
      windows = (int) limits.rules().stream()
          .filter(rule -> rule.algorithm() == Limits.Algorithm.SLIDING_LOG)
          .count();
    }
    return others + (rules ? windows : Math.min(windows, 1));
  }

  /** The place in the text of the member that is the index-th of the gate, which has so many. */
  private static int inText(int index, int size, int concurrency) {
    return index < 0
        ? index
        : index == size - 1 ? concurrency : index + (index < concurrency ? 0 : 1);
  }

  private static int inGate(int place, int size, int concurrency) {
    return place < 0
        ? place
        : place == concurrency ? size - 1 : place - (place < concurrency ? 0 : 1);
  }

  private static Decision inText(Terms t, Gate gate, Decision decision) {
    int concurrency = beforeConcurrency(t.limits, false);
    return at(inText(decision.deniedBy(), gate.size(), concurrency), decision);
  }

  private static Decision inGate(Terms t, Gate gate, Decision decision) {
    int concurrency = beforeConcurrency(t.limits, false);
    return at(inGate(decision.deniedBy(), gate.size(), concurrency), decision);
  }

  private static Decision at(int place, Decision decision) {
    return place == decision.deniedBy()
        ? decision
        : new Decision(
            false,
            decision.remaining(),
            decision.retryAfterNanos(),
            decision.resetAfterNanos(),
            place);
  }

  /** {@code KeyEntry[60/hour]}. */
  @Override
  public String toString() {
    return "KeyEntry[" + terms.limits + "]";
  }
}
