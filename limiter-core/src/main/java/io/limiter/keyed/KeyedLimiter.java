package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.Objects;
import java.util.function.ToLongFunction;

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
 * <p><b>Keys</b> are compared by {@code equals}. Text is hashed by content under a secret seed, so
 * that nobody can choose keys that collide; boxed integers by value; other keys by {@code hashCode}
 * mixed with the seed, or by the {@linkplain Builder#hasher hasher} that is given: of keys with one
 * hash, at most 33 are known at once, and the rest are served as {@link OverflowPolicy} says. Keys must
 * not change.
 *
 * <p><b>Room.</b> At least {@link Builder#maxKeys maxKeys} keys that are not fresh are known at once
 * (up to 4,096 exactly; more are spread over segments, each with room for six standard deviations
 * more than its share), and never more than 13/10 as many keys in all: that bounds the memory. A key
 * for which there is no room is served as {@link OverflowPolicy} says. Limits of a key's own are remembered
 * beyond that.
 *
 * <p><b>0 permits</b> are told what {@link #peek} says: they write nothing, make no key known, and
 * need no room.
 *
 * <p><b>Fixed windows</b> begin at multiples of the period after the creation of the keyed limiter,
 * for all keys alike. <b>Readings that step back</b> are never admitted what the newest would be
 * denied; a reading older than the last use of a key that was forgotten may be denied more, and one
 * beyond the {@link io.limiter.GcraMath#horizonNanos() horizon} counts as the horizon.
 *
 * <p>Cost: for rates alone, beyond the caller's key, 15 to 19 bytes a key for one rate and 24
 * to 30 for two; sliding logs and concurrency take an object a key, as do limits of its own. A known key
 * costs a hash, a probe and one compare-and-set a rate, and allocates nothing; where at most 4,096
 * keys have one rate, hints by {@code hashCode}, 5 to 12 bytes a key, mostly spare it the hash. A
 * first use is amortised O(1), and pauses for at most the copy of one segment.
 *
 * <p>Thread-safety: lock-free, with no thread and no timer; with one rate linearizable, with more as
 * {@link io.limiter.AllOf}. {@link #override}, {@link #clearOverride} and {@link #forget} take one
 * atomic step each, at the cost of a copy of the key's segment; they wait for calls that are being
 * decided by an object. So those calls count themselves in and out of it: that is all that a denied
 * call ever writes, and nothing where there is no object. Memory effects: those of {@link
 * io.limiter.RateLimiter}, key by key.
 *
 * @param <K> the type of the keys
 */
public final class KeyedLimiter<K> {
  private final Store store;
  private final Hashing hashing;
  private final ToLongFunction<? super K> hasher; // null: none was given

  private KeyedLimiter(Settings settings, ToLongFunction<? super K> hasher) {
    this.hashing = settings.hashing();
    this.hasher = hasher;
    this.store = new Store(settings, this::hashOfAny, hasher == null);
  }

  /** Starts a keyed limiter that gives each key {@code limits}, with the readings of the clock. */
  public static <K> Builder<K> builder(Limits limits, NanoClock clock) {
    return new Builder<>(Settings.of(limits, clock), null);
  }

  /**
   * Says what a {@link KeyedLimiter} is to be like. Immutable: each method returns another builder.
   *
   * @param <K> the type of the keys
   */
  public static final class Builder<K> {
    private final Settings settings;
    private final ToLongFunction<? super K> hasher;

    private Builder(Settings settings, ToLongFunction<? super K> hasher) {
      this.settings = settings;
      this.hasher = hasher;
    }

    /**
     * Bounds the memory: so many keys that are not fresh are known at once; 10^6 if not called.
     *
     * @throws IllegalArgumentException if keys is not in 1..2^30
     */
    public Builder<K> maxKeys(long keys) {
      return new Builder<>(settings.maxKeys(keys), hasher);
    }

    /** What a key gets for which there is no room; {@link OverflowPolicy#share()} if not called. */
    public Builder<K> whenFull(OverflowPolicy policy) {
      return new Builder<>(settings.whenFull(policy), hasher);
    }

    /**
     * Hashes keys by {@code hasher} instead of hashCode; its result is mixed with the seed. It has to
     * agree with equals, and need not spread its bits.
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

  /** The limits of each key that has none of its own. */
  public Limits limits() {
    return store.limits();
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

  /**
   * Takes {@code permits} of {@code key} at the reading {@code nanoTime} (ns, of this limiter's
   * clock), or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
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

  /**
   * Takes {@code permits} of {@code key} at the reading {@code nanoTime} (ns, of this limiter's
   * clock), or none, and explains.
   *
   * @return the verdict; remaining and reset are those after it took effect
   * @throws IllegalArgumentException if permits is negative
   * @throws UnsupportedOperationException if the limits name a concurrency: see {@link #tryEnter}
   */
  public Decision decideAt(long nanoTime, K key, long permits) {
    return store.decide(key, hash(key), nanoTime, permits);
  }

  /** What one permit of {@code key} would be told now: {@code peek(key, 1)}. */
  public Decision peek(K key) {
    return peek(key, 1);
  }

  /**
   * What {@code permits} of {@code key} would be told now. Takes nothing, and makes no key known: one
   * that is not known is told what a fresh one would be, whether or not there is room for it.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peek(K key, long permits) {
    return peekAt(clock().nanoTime(), key, permits);
  }

  /**
   * What {@code permits} of {@code key} would be told at the reading {@code nanoTime} (ns, of this
   * limiter's clock). As {@link #peek(Object, long)}.
   *
   * @throws IllegalArgumentException if permits is negative
   */
  public Decision peekAt(long nanoTime, K key, long permits) {
    return store.peek(key, hash(key), nanoTime, permits);
  }

  /**
   * Gives {@code permits} back: the key's limiter is then as if they had not been taken, its level
   * capped at the burst. What a key took for which there was no room is not given back.
   *
   * @return whether the permits were given back; false if the algorithm can no longer do so
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean refund(K key, long permits) {
    return refundAt(clock().nanoTime(), key, permits);
  }

  /**
   * Gives {@code permits} back at the reading {@code nanoTime} (ns, of this limiter's clock). As
   * {@link #refund}.
   *
   * @return whether the permits were given back; false if the algorithm can no longer do so
   * @throws IllegalArgumentException if permits is negative
   */
  public boolean refundAt(long nanoTime, K key, long permits) {
    return store.refund(key, hash(key), nanoTime, permits);
  }

  /** Enters with one permit of {@code key}, or not: {@code tryEnter(key, 1)}. */
  public Permit tryEnter(K key) {
    return tryEnter(key, 1);
  }

  /**
   * Enters with {@code permits} of {@code key} now, or not: for limits that name a concurrency, and
   * for all others too, where closing gives nothing back.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnter(K key, long permits) {
    return tryEnterAt(clock().nanoTime(), key, permits);
  }

  /**
   * Enters with {@code permits} of {@code key} at the reading {@code nanoTime} (ns, of this limiter's
   * clock), or not.
   *
   * @return what was decided; holds the concurrency permits until it is closed
   * @throws IllegalArgumentException if permits is negative
   */
  public Permit tryEnterAt(long nanoTime, K key, long permits) {
    return store.tryEnter(key, hash(key), nanoTime, permits);
  }

  /**
   * Gives {@code key} limits of its own, at once and in one step, until they are cleared. A
   * fresh key stays fresh, and what was spent stays spent ({@link io.limiter.LevelPolicy#SPENT}),
   * counting rates in the order of the rules; a rate that had no counterpart begins fresh. Time until now is priced at the old rate, time from now on at the
   * new. Permits in flight stay in flight. What a call with several rates
   * charged before, but not all that it needs, stays charged if it runs meanwhile and is denied or
   * begins again: it can deny until it is restored, never admit.
   */
  public void override(K key, Limits limits) {
    store.override(key, hash(key), Objects.requireNonNull(limits, "limits"));
  }

  /**
   * Gives {@code key} the limits of all again; what was spent stays spent, as with {@link #override}.
   *
   * @return whether the key had limits of its own
   */
  public boolean clearOverride(K key) {
    return store.clearOverride(key, hash(key));
  }

  /**
   * Admits nothing of {@code key} before so long from now, as when a server said Retry-After. Only
   * ever tightens. From then on the key's quickest rate has one permit and goes on from there. A call
   * for 0 permits may pass up to one emission interval of that rate before then.
   *
   * @param duration may be cut to half the {@link io.limiter.GcraMath#horizonNanos() horizon} of the
   *     quickest rate; nothing happens if it is not positive
   * @return whether it is remembered: not if there is no room for the key
   */
  public boolean penalize(K key, Duration duration) {
    return store.penalize(key, hash(key), clock().nanoTime(), Store.nanos(duration));
  }

  /**
   * Makes {@code key} as new, at once, but for limits of its own and permits in flight.
   *
   * @return whether the key was known
   */
  public boolean forget(K key) {
    return store.forget(key, hash(key));
  }

  /** How many keys are known, fresh ones that are not forgotten yet among them. */
  public long size() {
    return store.size();
  }

  /**
   * Shows the keys that are known, each as it is when its turn comes; keys that come or are forgotten
   * meanwhile may be missed. Stops nobody.
   */
  public void forEach(Visitor<? super K> visitor) {
    Objects.requireNonNull(visitor, "visitor");
    store.forEach((key, remaining, fresh) -> visitor.visit(cast(key), remaining, fresh));
  }

  @SuppressWarnings("unchecked") // only keys of type K come in
  private K cast(Object key) {
    return (K) key;
  }

  private long hashOfAny(Object key) {
    return hash(cast(key));
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
