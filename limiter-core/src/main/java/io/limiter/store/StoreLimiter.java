package io.limiter.store;

import io.limiter.LimitListener;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The same limits for all processes that share a store, such as Redis or PostgreSQL: one limiter per key, one
 * call of the store per decision.
 *
 * <p><b>Guarantee</b>, by the server's clock, while the server loses no state: of each key, for each rate, in
 * any interval of length w at most {@code B + floor(w*N/P)} permits are admitted, however many processes ask.
 * If the server loses its state r times (a restart that forgets, a replica that lagged), at most {@code r*B}
 * more; what a process saw itself of a key it sends back with its next call, so of what living processes saw
 * less is lost. Verdict, remaining and waits are exact for every rate; waits are in whole microseconds.
 *
 * <p>With Redis 6 or newer, or Valkey. The scripts call TIME, GET, and SET with PX or KEEPTTL, which Redis has
 * since 6.0, and Valkey began as Redis 7.2. They are tested on Redis 7.0:
 *
 * <pre>{@code
 * ScriptRunner redis = call -> call.isDigest()
 *     ? jedis.evalsha(call.script(), call.keys(), call.arguments())
 *     : jedis.eval(call.script(), call.keys(), call.arguments());
 * StoreLimiter limiter = StoreLimiter.create(Limits.parse("100/minute, 1000/hour"), 1, redis)
 *     .onFailure(FailurePolicy.orElse(local::decideInDetail));
 * if (limiter.tryAcquire("user:42")) { ... }
 * }</pre>
 *
 * <p>A store that runs Java beside its values, such as Hazelcast, calls {@link ScriptCall#runOn} there. With
 * PostgreSQL 10 or newer, after the statements of {@link PostgresSchema#statements} have run once:
 *
 * <pre>{@code
 * StatementRunner postgres = (sql, key, arguments) -> {
 *   try (Connection c = pool.getConnection(); PreparedStatement s = c.prepareStatement(sql)) {
 *     s.setString(1, key);
 *     s.setString(2, arguments);
 *     try (ResultSet r = s.executeQuery()) {
 *       r.next();
 *       return r.getString(1);
 *     }
 *   }
 * };
 * StoreLimiter limiter =
 *     StoreLimiter.postgres(Limits.parse("100/minute, 1000/hour"), 1, postgres);
 * }</pre>
 *
 * <p><b>Keys.</b> A key of this limiter is a key of Redis, so begin it with a prefix of your own. All rates of
 * the limits are in the one value of the key, so any key works in a cluster. Deleting a key (or a row that is
 * not fresh) does not reset it, as callers remind the server of what they saw: use {@link #reset}.
 *
 * <p><b>Limits by plan.</b> {@link #withLimits withLimits} answers a limiter for other limits that shares all
 * else; it costs little, so callers may make one per plan or per call. Changed limits apply to the values in
 * the store as {@link StoreLimits} says, if their revision is greater.
 *
 * <p><b>Expiry.</b> In Redis a value lives until the key is fresh, never less, and at most 2 ms longer; then it
 * says nothing that no value would not say. In PostgreSQL {@link PostgresSchema#sweep} deletes it. A denial
 * writes nothing. If the server's clock stepped back, a key is at most empty as of now: never looser, and
 * never locked until the clock is where it was.
 *
 * <p><b>Failures.</b> {@link FailurePolicy} says what calls are told while the store is away; a failure is
 * thrown without one. After three failures in a row the store is left alone for 100 ms, then twice as long
 * each time, up to 5 s. {@link StoreException#outcomeUnknown()} tells whether a call may have counted. The
 * script is sent again only after NOSCRIPT, as it did not run then.
 *
 * <p>Not offered: sliding logs, fixed windows and concurrency (refused by name, with what to use instead);
 * waiting in line; reservations and penalties.
 *
 * <p>Cost: one round trip; two in the one call that changes a key's limits, and in each call of a process
 * whose limits the store has replaced by later ones. In Redis about 130 bytes per key for one rate. In
 * PostgreSQL an admission updates one row, in place where the page has room; a denial locks nothing. Immutable
 * and thread-safe, if the runner is.
 */
public final class StoreLimiter {
  private final String name;
  private final ScriptRunner store;
  private final StoreSettings settings;
  private final OptionalLong reading; // by this instead of the store's clock, for tests

  private StoreLimiter(
      String name, ScriptRunner store, StoreSettings settings, OptionalLong reading) {
    this.name = name;
    this.store = store;
    this.settings = settings;
    this.reading = reading;
  }

  /**
   * A limiter in Redis, or in a store that runs Java, that gives each key {@code limits}, and throws if the store fails.
   *
   * @param revision a number that grows with each change of the limits; 0 to 999999999
   * @throws UnsupportedOperationException if a rule is none that a store can hold; the message says what to
   *     use instead
   * @throws IllegalArgumentException if a burst takes more than 142 years to refill, or the revision is out of
   *     range
   */
  public static StoreLimiter create(Limits limits, long revision, ScriptRunner store) {
    StoreSettings settings = StoreSettings.of(limits, revision);
    Objects.requireNonNull(store, "store");
    return new StoreLimiter("store", store, settings, OptionalLong.empty());
  }

  /**
   * A limiter in PostgreSQL that gives each key {@code limits}, and throws if the store fails.
   *
   * @param revision a number that grows with each change of the limits; 0 to 999999999
   * @throws UnsupportedOperationException as {@link #create}
   * @throws IllegalArgumentException as {@link #create}
   */
  public static StoreLimiter postgres(Limits limits, long revision, StatementRunner postgres) {
    StoreSettings settings = StoreSettings.of(limits, revision);
    Objects.requireNonNull(postgres, "postgres");
    return new StoreLimiter(
        "PostgreSQL", PostgresSchema.scripts(postgres), settings, OptionalLong.empty());
  }

  private StoreLimiter with(StoreSettings other) {
    return new StoreLimiter(name, store, other, reading);
  }

  /** By a caller's reading in microseconds since 1970 instead of the store's clock, for tests. */
  StoreLimiter at(long nowMicros) {
    return new StoreLimiter(name, store, settings, OptionalLong.of(nowMicros));
  }

  /** The same limiter with other limits. */
  StoreLimiter with(StoreLimits limits) {
    return with(settings.limits(limits));
  }

  /** The same limiter, whose circuit counts time by {@code clock}, for tests. */
  StoreLimiter with(NanoClock clock) {
    return with(settings.clock(clock));
  }

  StoreSettings settings() {
    return settings;
  }

  /** The same limiter with a policy for when the store fails. */
  public StoreLimiter onFailure(FailurePolicy policy) {
    return with(settings.policy(policy));
  }

  /**
   * The same limiter, which tells the listener of a key what is decided of it, by whom ever, and what is given
   * back: {@code key -> listener} for one that hears all. A call of {@link #decideAll} that was denied is told
   * for the keys that denied it. If a listener throws, what the store charged is given back by its receipt;
   * what a {@link FailurePolicy} charged in this process stays charged. Leases of this limiter tell it, too.
   */
  public StoreLimiter listening(Function<String, ? extends LimitListener> listeners) {
    return with(settings.listening(listeners));
  }

  /**
   * The same limiter, which remembers of up to so many keys what it saw last: about 250 bytes per key.
   * 16,384 if not called.
   *
   * @param keys rounded up to a power of two; 0 to remember nothing
   * @throws IllegalArgumentException if keys is not in 0..2^24
   */
  public StoreLimiter seenKeys(int keys) {
    return with(settings.seenKeys(keys));
  }

  /**
   * The same limiter with other limits: those of a plan, or a key's own.
   *
   * @throws UnsupportedOperationException as {@link #create}
   * @throws IllegalArgumentException as {@link #create}
   */
  public StoreLimiter withLimits(Limits limits, long revision) {
    return with(settings.limits(limits, revision));
  }

  /** The limits that this limiter gives each key. */
  public Limits limits() {
    return settings.limits().limits();
  }

  /** Takes one permit of {@code key} now, or none: {@code tryAcquire(key, 1)}. */
  public boolean tryAcquire(String key) {
    return tryAcquire(key, 1);
  }

  /**
   * Takes {@code permits} of {@code key} now, or none.
   *
   * @return whether they were admitted
   * @throws IllegalArgumentException if permits is negative
   * @throws StoreException if the store failed and no policy answers
   */
  public boolean tryAcquire(String key, long permits) {
    return decide(key, permits).admitted();
  }

  /**
   * Takes {@code permits} of {@code key} now, or none, and says what each rule has left.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws StoreException if the store failed and no policy answers
   */
  public StoreDecision decide(String key, long permits) {
    StoreDecision decision;
    try {
      decision = ask(key, permits, true);
    } catch (StoreException e) {
      decision = settings.fallback(key, permits, e);
    }
    try {
      settings.tell(decision, permits);
    } catch (RuntimeException | Error e) {
      giveBack(decision, permits, e);
      throw e;
    }
    return decision;
  }

  /** What a listener did not let pass. */
  private void giveBack(StoreDecision decision, long permits, Throwable why) {
    try {
      if (decision.admitted()) {
        giveBack(decision, permits);
      }
    } catch (StoreException e) {
      why.addSuppressed(e);
    }
  }

  /** What {@link #decideAll} is to take of {@code key}, by the limits of this limiter. */
  public KeyCall call(String key, long permits) {
    return new KeyCall(key, settings.limits(), permits);
  }

  /**
   * Takes permits of several keys in one call, all or nothing, each by its own limits: of a user and its
   * tenant, for example. In Redis only.
   *
   * <pre>{@code
   * List<StoreDecision> both =
   *     users.decideAll(List.of(users.call("{acme}:42", 1), tenants.call("{acme}", 1)));
   * boolean admitted = both.stream().allMatch(StoreDecision::admitted);
   * }</pre>
   *
   * <p>If the store fails, the policy is asked about each key up to the first that it denies; what it charged
   * of the keys before stays charged.
   *
   * @param calls of different keys with one hash tag, {@code {...}}, as a cluster needs it
   * @return what each key says: the call was admitted, and charged, if all of them admit it
   * @throws IllegalArgumentException if there is no call, or one for no more than unlimited or blocked, or if
   *     the keys have no hash tag in common
   * @throws StoreException if the store failed and no policy answers
   */
  public List<StoreDecision> decideAll(List<KeyCall> calls) {
    JointExchange exchange = settings.joint(reading, calls);
    List<StoreDecision> decisions;
    try {
      run(exchange);
      decisions = exchange.decisions();
    } catch (StoreException e) {
      decisions = settings.fallback(calls, e);
    }
    try {
      settings.tell(calls, decisions);
    } catch (RuntimeException | Error e) {
      for (int i = 0; i < decisions.size(); i++) {
        giveBack(decisions.get(i), calls.get(i).permits(), e);
      }
      throw e;
    }
    return decisions;
  }

  /**
   * What {@code permits} of {@code key} would be told now. Takes nothing. No policy answers if the store fails.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws StoreException if the store failed
   */
  public StoreDecision peek(String key, long permits) {
    return ask(key, permits, false);
  }

  /** Takes or looks; no policy answers. */
  StoreDecision ask(String key, long permits, boolean take) {
    if (settings.limits().isFixed()) {
      Checks.permits(permits);
      return settings.fixed(key);
    }
    ScriptExchange exchange = settings.exchange(reading, key, permits, take);
    run(exchange);
    return exchange.decision();
  }

  /**
   * Gives back permits that {@code charge} took and that were not used: of each rate as much as they still
   * weigh, so nothing is minted. Only the first attempt for a charge counts, whatever its outcome. Nothing is
   * given back of a verdict that no store gave, once the limits changed, or if the store lost the charge.
   *
   * @param charge what {@link #decide} answered
   * @param permits how many were not used
   * @return whether something was given back
   * @throws IllegalArgumentException if permits is negative, or more than were charged
   * @throws StoreException if the store failed
   */
  public boolean refund(StoreDecision charge, long permits) {
    boolean done = giveBack(charge, permits);
    settings.tellRefund(charge.key(), done, permits);
    return done;
  }

  /** As {@link #refund(StoreDecision, long)}, and tells nobody. */
  boolean giveBack(StoreDecision charge, long permits) {
    Receipt receipt = StoreDecision.checked(charge, permits);
    if (receipt == Receipt.NONE || permits == 0 || !charge.use()) {
      return false;
    }
    return lower(charge.key(), settings.limits().named(receipt.id()), permits, receipt);
  }

  /**
   * Raises the level of {@code key} by {@code permits}, to the burst at most. It is a gift: nobody checks
   * whether they were taken. In any interval at most {@code B + floor(w*N/P)} permits plus those refunded in
   * it are admitted.
   *
   * @return whether the level rose
   * @throws IllegalArgumentException if permits is negative
   * @throws StoreException if the store failed
   */
  public boolean refund(String key, long permits) {
    Checks.permits(permits);
    boolean done = !settings.limits().isFixed()
        && lower(key, settings.limits(), Math.min(permits, Long.MAX_VALUE - 1), Receipt.NONE);
    settings.tellRefund(key, done, permits);
    return done;
  }

  /**
   * Makes {@code key} fresh: a gift of all that was spent.
   *
   * @return whether anything had been spent
   * @throws StoreException if the store failed
   */
  public boolean reset(String key) {
    return !settings.limits().isFixed()
        && lower(key, settings.limits(), Long.MAX_VALUE, Receipt.NONE);
  }

  private boolean lower(String key, StoreLimits limits, long permits, Receipt receipt) {
    ScriptExchange exchange = ScriptExchange.lower(reading, key, limits, permits, receipt);
    run(exchange);
    return exchange.changed();
  }

  private void run(StoreExchange exchange) {
    settings.checkCircuit();
    try {
      boolean done = false;
      while (!done) {
        done = exchange.read(send(exchange.call()));
      }
      settings.circuit().succeeded();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted; the call may have been counted", true, false, e);
    } catch (Exception e) {
      throw settings.failed(e);
    }
  }

  private Object send(ScriptCall call) throws Exception {
    try {
      return store.run(call);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      if (StoreErrors.isNoScript(e)) {
        return store.run(RedisScript.byText(call));
      }
      throw e;
    }
  }

  @Override
  public String toString() {
    return name + " limiter of " + settings.limits();
  }
}
