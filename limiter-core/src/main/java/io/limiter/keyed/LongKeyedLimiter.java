package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.LimitListener;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A {@link KeyedLimiter} for keys that are {@code long}s, such as an IPv4 address or an account
 * number. It needs and keeps no key objects. Everything in its
 * documentation holds here, too.
 *
 * <p>Keys are spread by a bijection under a secret seed. Cost: with rates alone, a key takes 18 to 23
 * bytes for one rate and 27 to 35 for two, all included.
 */
public final class LongKeyedLimiter {
  private final Store store;
  private final KeySnapshots snapshots;
  private final Hashing hashing;
  private final @Nullable KeyedCounts<Long> counts; // null: nothing is counted

  private LongKeyedLimiter(Settings settings) {
    this.hashing = settings.hashing();
    Function<Object, @Nullable Limits> plan = settings.plan();
    Settings ofHashes =
        plan == null ? settings : settings.limitsBy(hash -> plan.apply(hashing.keyOf((Long) hash)));
    this.counts = settings.counters() < 0
        ? null
        : new KeyedCounts<>(
            settings.limits().rules().size(),
            settings.counters(),
            hash -> hashing.keyOf((Long) hash));
    this.store = new Store(
        ofHashes.namedBy(hash -> hashing.keyOf((Long) hash)), LongTable.HASH_OF_KEY, false, counts);
    this.snapshots = new KeySnapshots(store);
  }

  /** Starts a keyed limiter that gives each key {@code limits}, and reads {@code clock}. */
  public static Builder builder(Limits limits, NanoClock clock) {
    return new Builder(Settings.of(limits, clock));
  }

  /**
   * Configures a {@link LongKeyedLimiter}. Immutable: each method returns another builder.
   */
  public static final class Builder {
    private final Settings settings;

    private Builder(Settings settings) {
      this.settings = settings;
    }

    /**
     * Bounds the memory: how many keys that are not fresh are known at once; 10^6 if not called.
     *
     * @throws IllegalArgumentException if keys is not in 1..2^30
     */
    public Builder maxKeys(long keys) {
      return new Builder(settings.maxKeys(keys));
    }

    /** Has {@code plan} name the limits of each key: see {@link KeyedLimiter.Builder#limitsBy}. */
    @SuppressWarnings("exports") // annotations are for compile time
    public Builder limitsBy(LongFunction<@Nullable Limits> plan) {
      Objects.requireNonNull(plan, "plan");
      return new Builder(settings.limitsBy(key -> plan.apply((Long) key)));
    }

    /** How many callers may wait for one key at once; no bound if not called. */
    public Builder maxWaiters(int max) {
      return new Builder(settings.maxWaiters(max));
    }

    /** Counts what is decided, and has a shadow mode: see {@link KeyedLimiter.Builder#counting}. */
    public Builder counting(int counters) {
      return new Builder(settings.counting(counters));
    }

    /** Tells {@code listener} what is decided: see {@link KeyedLimiter.Builder#listening(LimitListener)}. */
    public Builder listening(LimitListener listener) {
      return new Builder(settings.allListening(listener));
    }

    /** Each key may have a listener of its own: see {@link KeyedLimiter.Builder#listening(Function)}. */
    public Builder listening(LongFunction<? extends LimitListener> listeners) {
      Objects.requireNonNull(listeners, "listeners");
      return new Builder(settings.eachListening(key -> listeners.apply((Long) key)));
    }

    /** What a key gets if there is no room for it; {@link OverflowPolicy#share()} if not called. */
    public Builder whenFull(OverflowPolicy policy) {
      return new Builder(settings.whenFull(policy));
    }

    /** With known secrets, for tests. */
    Builder hashing(Hashing known) {
      return new Builder(settings.hashing(known));
    }

    /** The keyed limiter; all keys are fresh. */
    public LongKeyedLimiter build() {
      return new LongKeyedLimiter(settings);
    }
  }

  /** Sees the keys that are known: {@link #forEach}. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Sees a key.
     *
     * @param remaining the permits that one call could take
     * @param fresh whether nothing is left to remember, so that the key may be forgotten
     */
    void visit(long key, long remaining, boolean fresh);
  }

  /** The clock that the plain forms read. */
  public NanoClock clock() {
    return store.clock();
  }

  /**
   * What was counted, and shadow mode.
   *
   * @throws IllegalStateException if nothing is counted: see {@link Builder#counting}
   */
  public KeyedCounts<Long> counts() {
    if (counts == null) {
      throw new IllegalStateException("counts: none (expected: Builder.counting)");
    }
    return counts;
  }

  /** The limits of each key that has none of its own. */
  public Limits limits() {
    return store.limits();
  }

  /** The limits of {@code key}: its own, by the plan, or those of all keys. Makes no key known. */
  public Limits limits(long key) {
    return store.limits(LongTable.NO_OBJECT, hashing.ofLong(key));
  }

  /** {@code key} as a limiter: see {@link KeyedLimiter#limiter}. */
  public RateLimiter limiter(long key) {
    return new KeyView(store, LongTable.NO_OBJECT, hashing.ofLong(key));
  }

  /** {@code key} as a gate: see {@link KeyedLimiter#gate}. */
  public KeyedGate gate(long key) {
    return new KeyedGate(store, LongTable.NO_OBJECT, hashing.ofLong(key));
  }

  /** Takes one permit of {@code key} now, or none: {@code tryAcquire(key, 1)}. */
  public boolean tryAcquire(long key) {
    return tryAcquireAt(clock().nanoTime(), key, 1);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public boolean tryAcquire(long key, long permits) {
    return tryAcquireAt(clock().nanoTime(), key, permits);
  }

  /**
   * Takes {@code permits} of {@code key} at the reading {@code nanoTime} (ns, of this limiter's
   * clock), or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public boolean tryAcquireAt(long nanoTime, long key, long permits) {
    return store.tryAcquire(LongTable.NO_OBJECT, hashing.ofLong(key), nanoTime, permits);
  }

  /** Takes one permit of {@code key} now, or none, and explains: {@code decide(key, 1)}. */
  public Decision decide(long key) {
    return decide(key, 1);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none, and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public Decision decide(long key, long permits) {
    return decideAt(clock().nanoTime(), key, permits);
  }

  /**
   * Takes {@code permits} of {@code key} at the reading {@code nanoTime} (ns, of this limiter's
   * clock), or none, and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public Decision decideAt(long nanoTime, long key, long permits) {
    return store.decide(LongTable.NO_OBJECT, hashing.ofLong(key), nanoTime, permits);
  }

  /** What one permit of {@code key} would be told now: {@code peek(key, 1)}. */
  public Decision peek(long key) {
    return peek(key, 1);
  }

  /**
   * What {@code permits} of {@code key} would be told now. Takes nothing, and makes no key known. A
   * key that is not known is told what a fresh key would be, whether or not there is room for it.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peek(long key, long permits) {
    return peekAt(clock().nanoTime(), key, permits);
  }

  /**
   * What {@code permits} of {@code key} would be told at the reading {@code nanoTime} (ns, of this
   * limiter's clock). As {@link #peek(long, long)}.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peekAt(long nanoTime, long key, long permits) {
    return store.peek(LongTable.NO_OBJECT, hashing.ofLong(key), nanoTime, permits);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none, and says what each rule has left.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public DetailedDecision decideInDetail(long key, long permits) {
    long nanoTime = clock().nanoTime();
    return inDetailAt(nanoTime, key, decideAt(nanoTime, key, permits), permits);
  }

  /**
   * What each rule of {@code key} says now, after {@code decision} about so many permits: that of a
   * permit, for example. Takes nothing. Ask at once: what comes later counts. If there was no room for
   * the key, the rules are those of {@link OverflowPolicy}.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public DetailedDecision inDetail(long key, Decision decision, long permits) {
    return inDetailAt(clock().nanoTime(), key, decision, permits);
  }

  /**
   * As {@link #inDetail}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public DetailedDecision inDetailAt(long nanoTime, long key, Decision decision, long permits) {
    Objects.requireNonNull(decision, "decision");
    return store.inDetail(LongTable.NO_OBJECT, hashing.ofLong(key), nanoTime, decision, permits);
  }

  /**
   * Gives {@code permits} back: the key's level rises by as many, to the burst at most. What a key
   * took while there was no room for it is not given back.
   *
   * @return whether the permits were given back; false if the algorithm can no longer do so
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean refund(long key, long permits) {
    return refundAt(clock().nanoTime(), key, permits);
  }

  /**
   * Gives {@code permits} back at the reading {@code nanoTime} (ns, of this limiter's clock). As
   * {@link #refund}.
   *
   * @return whether the permits were given back; false if the algorithm can no longer do so
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean refundAt(long nanoTime, long key, long permits) {
    return store.refund(LongTable.NO_OBJECT, hashing.ofLong(key), nanoTime, permits);
  }

  /** Enters with one permit of {@code key}, or not: {@code tryEnter(key, 1)}. */
  public Permit tryEnter(long key) {
    return tryEnter(key, 1);
  }

  /**
   * Enters with {@code permits} of {@code key} now, or not. This is for limits that name a
   * concurrency. With other limits it works too; closing then gives nothing back.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnter(long key, long permits) {
    return tryEnterAt(clock().nanoTime(), key, permits);
  }

  /**
   * Enters with {@code permits} of {@code key} at the reading {@code nanoTime} (ns, of this limiter's
   * clock), or not.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnterAt(long nanoTime, long key, long permits) {
    return store.tryEnter(LongTable.NO_OBJECT, hashing.ofLong(key), nanoTime, permits);
  }

  /**
   * Gives {@code key} limits of its own, in one atomic step, until they are cleared. A key that is
   * fresh is fresh under its new limits. What was spent stays spent: it is missing from the new burst
   * too, but no more than that burst. Time until now is priced at the old rate, time from now on at
   * the new one. Permits in flight stay counted.
   *
   * <p>Each rule goes on from the rule of the same period, or else of the same place in the text: see
   * {@link Limits#counterpartsIn}. Its level goes with it, also to another algorithm. A sliding log
   * that stays one keeps its dates; permits without a date are dated now. A rule that goes on from none
   * begins fresh. {@code unlimited} and {@code blocked} remember what was spent before them.
   *
   * <p>A call that runs meanwhile is decided by the old limits, the new ones, or the stricter of the two,
   * and may be counted twice: that can deny until it is restored, never admit. Callers in line wait for the
   * new limits. Cost: some first uses, no matter how many keys there are; from then on the key takes an
   * object, until the override is cleared and the key is fresh.
   */
  public void override(long key, Limits limits) {
    store.override(
        LongTable.NO_OBJECT, hashing.ofLong(key), Objects.requireNonNull(limits, "limits"));
  }

  /**
   * Gives {@code key} the limits of all keys again. What was spent and what is in flight goes on as
   * with {@link #override}.
   *
   * @return whether the key had limits of its own
   */
  public boolean clearOverride(long key) {
    return store.clearOverride(LongTable.NO_OBJECT, hashing.ofLong(key));
  }

  /**
   * Changes the limits of all keys that have none of their own, while in use: see {@link
   * KeyedLimiter#reconfigure}.
   */
  public void reconfigure(Limits limits) {
    store.reconfigure(Objects.requireNonNull(limits, "limits"));
  }

  /** Asks the plan once more for the limits of {@code key}, and changes them as {@link #override} does. */
  public void refreshLimits(long key) {
    store.planAgain(LongTable.NO_OBJECT, hashing.ofLong(key));
  }

  /**
   * Admits nothing of {@code key} for {@code duration} from now: a server said Retry-After, for
   * example. Only ever tightens.
   *
   * @return whether the penalty is remembered: not if there is no room for the key
   * @throws UnsupportedOperationException if the limits of the key have no rate
   */
  public boolean penalize(long key, Duration duration) {
    long nanos = Checks.nanos("duration", duration);
    return store.penalize(LongTable.NO_OBJECT, hashing.ofLong(key), clock().nanoTime(), nanos);
  }

  /**
   * Makes {@code key} as new, at once, except for limits of its own and permits in flight.
   *
   * @return whether the key was known
   */
  public boolean forget(long key) {
    return store.forget(LongTable.NO_OBJECT, hashing.ofLong(key));
  }

  /**
   * Forgets all keys that are fresh: O(keys). Nobody needs to call this; it frees memory after a flood.
   *
   * @return how many were forgotten
   */
  public long forgetFresh() {
    return store.forgetFresh();
  }

  /** How many keys are known. Fresh keys that are not forgotten yet are counted too. */
  public long size() {
    return store.size();
  }

  /**
   * Shows the keys that are known, each as it is when its turn comes. Keys that come or are forgotten
   * meanwhile may be missed. Stops no caller.
   */
  public void forEach(Visitor visitor) {
    Objects.requireNonNull(visitor, "visitor");
    store.forEach(
        (key, remaining, fresh) -> visitor.visit(hashing.keyOf((long) key), remaining, fresh));
  }

  /** Saves what is left to remember of each key: see {@link KeyedLimiter#save}. */
  public void save(Consumer<String> lines) {
    Objects.requireNonNull(lines, "lines");
    snapshots.save(hash -> Long.toString(hashing.keyOf((Long) hash)), lines);
  }

  /**
   * Charges a key what a line of {@link #save} says: see {@link KeyedLimiter#restore}.
   *
   * @throws IllegalArgumentException if the line is none of save, or the snapshot is of other limits
   */
  public void restore(String line) {
    Objects.requireNonNull(line, "line");
    new KeySnapshots(store)
        .restore(
            line, name -> new Store.Key(LongTable.NO_OBJECT, hashing.ofLong(Long.parseLong(name))));
  }

  /** {@code LongKeyedLimiter[60/hour, 3/second; 12 keys]}. */
  @Override
  public String toString() {
    return "LongKeyedLimiter[" + limits() + "; " + size() + " keys]";
  }
}
