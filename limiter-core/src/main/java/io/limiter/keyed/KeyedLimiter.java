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
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One limiter per key, all with the same {@link Limits}, in bounded memory. A key's limiter is
 * created on first use and forgotten only when fresh: forgetting is never observable, and each key
 * is decided exactly as by a limiter of its own.
 *
 * <pre>{@code
 * KeyedLimiter<String> limiter =
 *     KeyedLimiter.<String>builder(Limits.parse("60/hour, 3/second"), NanoClock.system())
 *         .maxKeys(1_000_000)
 *         .build();
 * limiter.override("team-42", Limits.parse("6000/hour, 100/second"));
 * if (limiter.tryAcquire(apiKey)) { ... }
 * }</pre>
 *
 * <p><b>Keys</b> are compared by {@code equals} and must not change. Text is hashed by content under a secret
 * seed, so that nobody can choose keys that collide. Boxed integers are hashed by value. Other keys are
 * hashed by {@code hashCode} mixed with the seed, or by the {@linkplain Builder#hasher hasher} that is given.
 * Of the keys with one hash, at most 33 are known at once; {@link OverflowPolicy} says what the others get.
 *
 * <p><b>Limits.</b> Those of all keys; or what {@linkplain Builder#limitsBy a plan} names for a key; or its
 * own, by {@link #override}. All can be changed while in use.
 *
 * <p><b>Room.</b> At least {@link Builder#maxKeys maxKeys} keys that are not fresh are known at once,
 * and never more than 13/10 as many keys in all. With up to 4,096 keys, the first bound is exact. More
 * keys are spread over segments; these have slack, so that a segment hardly ever reaches its bound
 * before {@code maxKeys} keys are known. {@link OverflowPolicy} says what a key gets if there is no room
 * for it. Keys with limits of their own are remembered beyond these bounds.
 *
 * <p><b>Fixed windows</b> begin at multiples of the period after the creation, for all keys alike.
 *
 * <p><b>Old readings.</b> A reading that steps back never admits what the newest reading would deny.
 * It may be denied more if it is older than the last use of a key that was forgotten. A reading
 * further back than the {@link io.limiter.GcraMath#horizonNanos() horizon} counts as the horizon.
 *
 * <p>Cost: with rates alone, a key takes 15 to 19 bytes for one rate and 24 to 30 for two, besides the
 * caller's key object; a text of 64 ASCII characters takes 120 bytes, and nobody but the caller bounds its
 * length. A sliding log, a concurrency, and limits of a key's own take an object per key, as does a key
 * that somebody waits for, until it is fresh. A call for a known key costs a hash, a probe, and one
 * compare-and-set per rate, and allocates nothing. Up to 4,096 keys with a single rate also have hints by
 * {@code hashCode}, of 5 to 12 bytes per key, which mostly save the hash. A first use is amortised O(1),
 * and pauses for at most the copy of one segment.
 *
 * <p>Thread-safety: lock-free, with no thread and no timer unless somebody waits. Linearizable with one
 * rate; with several rates as {@link io.limiter.AllOf}. {@link #override} and {@link #clearOverride} take
 * one atomic step each. A denied call writes nothing, but that calls of a key that has an object count
 * themselves in and out. Memory effects: those of {@link io.limiter.RateLimiter}, key by key.
 *
 * @param <K> the type of the keys
 */
public final class KeyedLimiter<K> {
  private final Store store;
  private final KeySnapshots snapshots;
  private final Hashing hashing;
  private final @Nullable KeyedCounts<K> counts; // null: nothing is counted
  private final @Nullable ToLongFunction<? super K> hasher; // null: none was given

  private KeyedLimiter(Settings settings, @Nullable ToLongFunction<? super K> hasher) {
    this.hashing = settings.hashing();
    this.hasher = hasher;
    this.counts = settings.counters() < 0
        ? null
        : new KeyedCounts<>(
            settings.limits().rules().size(), settings.counters(), KeyedLimiter::<K>cast);
    this.store = new Store(settings, key -> hash(cast(key)), hasher == null, counts);
    this.snapshots = new KeySnapshots(store);
  }

  /** Starts a keyed limiter that gives each key {@code limits}, and reads {@code clock}. */
  public static <K> Builder<K> builder(Limits limits, NanoClock clock) {
    return new Builder<>(Settings.of(limits, clock), null);
  }

  /**
   * Configures a {@link KeyedLimiter}. Immutable: each method returns another builder.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private final Settings settings;
    private final @Nullable ToLongFunction<? super K> hasher;

    private Builder(Settings settings, @Nullable ToLongFunction<? super K> hasher) {
      this.settings = settings;
      this.hasher = hasher;
    }

    /**
     * Bounds the memory: how many keys that are not fresh are known at once; 10^6 if not called.
     *
     * @throws IllegalArgumentException if keys is not in 1..2^30
     */
    public Builder<K> maxKeys(long keys) {
      return new Builder<>(settings.maxKeys(keys), hasher);
    }

    /**
     * Has {@code plan} name the limits of each key: of a customer, by the plan that was bought. It is
     * asked on the first use of a key, and may be asked again at any time while nothing is known of it; so
     * it should be cheap, and answer the same until {@link KeyedLimiter#refreshLimits} is called. Null
     * says: those of all keys. What it throws goes to the caller, and the key is not known. Limits that
     * are those of all keys should be null: other keys take an object each.
     */
    @SuppressWarnings("exports") // annotations are for compile time
    public Builder<K> limitsBy(Function<? super K, @Nullable Limits> plan) {
      Objects.requireNonNull(plan, "plan");
      return new Builder<>(settings.limitsBy(key -> plan.apply(KeyedLimiter.<K>cast(key))), hasher);
    }

    /** How many callers may wait for one key at once; no bound if not called. */
    public Builder<K> maxWaiters(int max) {
      return new Builder<>(settings.maxWaiters(max), hasher);
    }

    /**
     * Counts what is decided, and has a shadow mode: see {@link KeyedLimiter#counts}.
     *
     * @param counters for the keys that are denied most; 0: they are not looked for
     * @throws IllegalArgumentException if counters is not in 0..1000
     */
    public Builder<K> counting(int counters) {
      return new Builder<>(settings.counting(counters), hasher);
    }

    /**
     * Tells {@code listener} what is decided of all keys, what is given back, and what is changed. As {@link
     * KeyedCounts} says, a call that has to wait is told as denied, and again once it is admitted.
     */
    public Builder<K> listening(LimitListener listener) {
      return new Builder<>(settings.allListening(listener), hasher);
    }

    /** Tells the listener of the key; a change of the limits of all keys, which has none, tells nobody. */
    public Builder<K> listening(Function<? super K, ? extends LimitListener> listeners) {
      Objects.requireNonNull(listeners, "listeners");
      return new Builder<>(settings.eachListening(key -> listeners.apply(cast(key))), hasher);
    }

    /** What a key gets if there is no room for it; {@link OverflowPolicy#share()} if not called. */
    public Builder<K> whenFull(OverflowPolicy policy) {
      return new Builder<>(settings.whenFull(policy), hasher);
    }

    /**
     * Hashes keys by {@code hasher} instead of hashCode. Its results are mixed with the seed, so they
     * need not be spread. Keys that are equal must have equal results.
     */
    public Builder<K> hasher(ToLongFunction<? super K> hasher) {
      return new Builder<>(settings, Objects.requireNonNull(hasher, "hasher"));
    }

    /** With known secrets, for tests. */
    Builder<K> hashing(Hashing known) {
      return new Builder<>(settings.hashing(known), hasher);
    }

    /** The keyed limiter; all keys are fresh. */
    public KeyedLimiter<K> build() {
      return new KeyedLimiter<>(settings, hasher);
    }
  }

  /** Sees the keys that are known: {@link #forEach}. */
  @FunctionalInterface
  public interface Visitor<K> {
    /**
     * Sees a key.
     *
     * @param remaining the permits that one call could take
     * @param fresh whether nothing is left to remember, so that the key may be forgotten
     */
    void visit(K key, long remaining, boolean fresh);
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
  public KeyedCounts<K> counts() {
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
  public Limits limits(K key) {
    return store.limits(key, hash(key));
  }

  /**
   * {@code key} as a limiter: to wait, to reserve, as a member of {@link io.limiter.AllOf} or {@link
   * io.limiter.Gate}. A view: it holds no state and keeps no key alive, so make one whenever it is needed.
   * Callers that wait stand in the line of their key, and hold up no other key. A key takes an object
   * from its first wait, reservation, debt or penalty until it is fresh again.
   *
   * <pre>{@code
   * AllOf.of(users.limiter(user), tenants.limiter(tenant), all).tryAcquire()
   * }</pre>
   *
   * <p>It has no {@code reconfigure} and no {@code maxWaiters}: see {@link #override} and {@link
   * Builder#maxWaiters}. If the limits name a concurrency, use {@link #gate}.
   */
  public RateLimiter limiter(K key) {
    return new KeyView(store, key, hash(key));
  }

  /** {@code key} as a gate: to wait where the limits name a concurrency. A view, as {@link #limiter}. */
  public KeyedGate gate(K key) {
    return new KeyedGate(store, key, hash(key));
  }

  /** Takes one permit of {@code key} now, or none: {@code tryAcquire(key, 1)}. */
  public boolean tryAcquire(K key) {
    return tryAcquireAt(clock().nanoTime(), key, 1);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public boolean tryAcquire(K key, long permits) {
    return tryAcquireAt(clock().nanoTime(), key, permits);
  }

  /** As {@link #tryAcquire(Object, long)}, at the reading {@code nanoTime} (ns, of this limiter's clock). */
  public boolean tryAcquireAt(long nanoTime, K key, long permits) {
    return store.tryAcquire(Objects.requireNonNull(key, "key"), nanoTime, permits);
  }

  /** Takes one permit of {@code key} now, or none, and explains: {@code decide(key, 1)}. */
  public Decision decide(K key) {
    return decide(key, 1);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none, and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public Decision decide(K key, long permits) {
    return decideAt(clock().nanoTime(), key, permits);
  }

  /** As {@link #decide(Object, long)}, at the reading {@code nanoTime} (ns, of this limiter's clock). */
  public Decision decideAt(long nanoTime, K key, long permits) {
    return store.decide(key, hash(key), nanoTime, permits);
  }

  /** What one permit of {@code key} would be told now: {@code peek(key, 1)}. */
  public Decision peek(K key) {
    return peek(key, 1);
  }

  /**
   * What {@code permits} of {@code key} would be told now. Takes nothing, and makes no key known. A
   * key that is not known is told what a fresh key would be, whether or not there is room for it.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peek(K key, long permits) {
    return peekAt(clock().nanoTime(), key, permits);
  }

  /** As {@link #peek(Object, long)}, at the reading {@code nanoTime} (ns, of this limiter's clock). */
  public Decision peekAt(long nanoTime, K key, long permits) {
    return store.peek(key, hash(key), nanoTime, permits);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none, and says what each rule has left.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public DetailedDecision decideInDetail(K key, long permits) {
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
  public DetailedDecision inDetail(K key, Decision decision, long permits) {
    return inDetailAt(clock().nanoTime(), key, decision, permits);
  }

  /**
   * As {@link #inDetail}, at the reading {@code nanoTime} (ns, of this limiter's clock).
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public DetailedDecision inDetailAt(long nanoTime, K key, Decision decision, long permits) {
    Objects.requireNonNull(decision, "decision");
    return store.inDetail(key, hash(key), nanoTime, decision, permits);
  }

  /**
   * Gives {@code permits} back: the key's level rises by as many, to the burst at most. What a key
   * took while there was no room for it is not given back.
   *
   * @return whether the permits were given back; false if the algorithm can no longer do so
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean refund(K key, long permits) {
    return refundAt(clock().nanoTime(), key, permits);
  }

  /** As {@link #refund}, at the reading {@code nanoTime} (ns, of this limiter's clock). */
  public boolean refundAt(long nanoTime, K key, long permits) {
    return store.refund(key, hash(key), nanoTime, permits);
  }

  /** Enters with one permit of {@code key}, or not: {@code tryEnter(key, 1)}. */
  public Permit tryEnter(K key) {
    return tryEnter(key, 1);
  }

  /**
   * Enters with {@code permits} of {@code key} now, or not. This is for limits that name a
   * concurrency. With other limits it works too; closing then gives nothing back.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnter(K key, long permits) {
    return tryEnterAt(clock().nanoTime(), key, permits);
  }

  /** As {@link #tryEnter(Object, long)}, at the reading {@code nanoTime} (ns, of this limiter's clock). */
  public Permit tryEnterAt(long nanoTime, K key, long permits) {
    return store.tryEnter(key, hash(key), nanoTime, permits);
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
  public void override(K key, Limits limits) {
    store.override(key, hash(key), Objects.requireNonNull(limits, "limits"));
  }

  /**
   * Gives {@code key} the limits of all keys again. What was spent and what is in flight goes on as
   * with {@link #override}.
   *
   * @return whether the key had limits of its own
   */
  public boolean clearOverride(K key) {
    return store.clearOverride(key, hash(key));
  }

  /**
   * Changes the limits of all keys that have none of their own, by override or by plan, while in use. For
   * each key it is one atomic step, as {@link #override}; forgotten keys and known ones agree. O(keys):
   * callers are not held up longer than the copy of one segment. Of two changes at once, one is last and
   * holds for all keys.
   */
  public void reconfigure(Limits limits) {
    store.reconfigure(Objects.requireNonNull(limits, "limits"));
  }

  /** Asks the plan once more for the limits of {@code key}, and changes them as {@link #override} does. */
  public void refreshLimits(K key) {
    store.planAgain(key, hash(key));
  }

  /**
   * Admits nothing of {@code key} for {@code duration} from now: a server said Retry-After, for
   * example. Only ever tightens.
   *
   * @return whether the penalty is remembered: not if there is no room for the key
   * @throws UnsupportedOperationException if the limits of the key have no rate
   */
  public boolean penalize(K key, Duration duration) {
    return store.penalize(key, hash(key), clock().nanoTime(), Checks.nanos("duration", duration));
  }

  /**
   * Makes {@code key} as new, at once, except for limits of its own and permits in flight.
   *
   * @return whether the key was known
   */
  public boolean forget(K key) {
    return store.forget(key, hash(key));
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

  /** Shows the known keys, one by one. Keys that come or go meanwhile may be missed. Stops no caller. */
  public void forEach(Visitor<? super K> visitor) {
    Objects.requireNonNull(visitor, "visitor");
    store.forEach((key, remaining, fresh) -> visitor.visit(cast(key), remaining, fresh));
  }

  /**
   * Saves what is left to remember of each key, as one line of text: that nothing is lost by a restart.
   * {@code names} says how a key is written; limits of a key's own and permits in flight are not saved. Stops
   * no caller: each key is saved as it is when its turn comes. Restore in a process whose wall clock is
   * right: see {@link io.limiter.Snapshot}.
   */
  public void save(Function<? super K, String> names, Consumer<String> lines) {
    Objects.requireNonNull(names, "names");
    Objects.requireNonNull(lines, "lines");
    snapshots.save(key -> names.apply(KeyedLimiter.<K>cast(key)), lines);
  }

  /**
   * Charges a key what a line of {@link #save} says. {@code keys} reads what {@code names} wrote. For a key
   * without limits of its own it costs two first uses, if the rates are those of all keys; fixed windows
   * begin later by the time lost, so such a key takes an object until it is fresh.
   *
   * @throws IllegalArgumentException if the line is none of save, or the snapshot is of other limits
   */
  public void restore(String line, Function<String, ? extends K> keys) {
    Objects.requireNonNull(line, "line");
    Objects.requireNonNull(keys, "keys");
    snapshots.restore(line, name -> {
      K key = keys.apply(name);
      return new Store.Key(key, hash(key));
    });
  }

  @SuppressWarnings("unchecked") // only keys of type K come in
  private static <K> K cast(Object key) {
    return (K) key;
  }

  private long hash(K key) {
    Objects.requireNonNull(key, "key");
    return hasher == null ? hashing.of(key) : hashing.ofLong(hasher.applyAsLong(key));
  }

  /** {@code KeyedLimiter[60/hour, 3/second; 12 keys]}. */
  @Override
  public String toString() {
    return "KeyedLimiter[" + limits() + "; " + size() + " keys]";
  }
}
