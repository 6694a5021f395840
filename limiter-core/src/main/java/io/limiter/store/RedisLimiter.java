package io.limiter.store;

import io.limiter.rule.Limits;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * The same limits for all processes that share a Redis: one limiter per key, one script call per decision.
 *
 * <p><b>Guarantee</b>, by the server's clock, while the server loses no state: of each key, for each rate, in
 * any interval of length w at most {@code B + floor(w*N/P)} permits are admitted, however many processes ask.
 * If the server loses its state r times (a restart that forgets, a replica that lagged), at most {@code r*B}
 * more; what a process saw itself of a key it sends back with its next call, so of what living processes saw
 * less is lost. Verdict, remaining and waits are exact for every rate; waits are in whole microseconds.
 *
 * <pre>{@code
 * ScriptRunner redis = call -> call.isDigest()
 *     ? jedis.evalsha(call.script(), call.keys(), call.arguments())
 *     : jedis.eval(call.script(), call.keys(), call.arguments());
 * RedisLimiter limiter = RedisLimiter.create(Limits.parse("100/minute, 1000/hour"), 1, redis)
 *     .onFailure(FailurePolicy.orElse(local::decideInDetail));
 * if (limiter.tryAcquire("user:42")) { ... }
 * }</pre>
 *
 * <p><b>Keys.</b> A key of this limiter is a key of Redis, so begin it with a prefix of your own. All rates of
 * the limits are in the one value of the key, so any key works in a cluster.
 * Deleting a key does not reset it, as callers remind the server of what they saw: use {@link #reset}.
 *
 * <p><b>Limits by plan.</b> {@link #withLimits withLimits} answers a limiter for other limits that shares all
 * else; it costs little, so callers may make one per plan or per call. Changed limits apply to the values in
 * the store as {@link StoreLimits} says, if their revision is greater.
 *
 * <p><b>Expiry.</b> A value lives until the key is fresh, never less, and at most 2 ms longer; then it says
 * nothing that no value would not say. A denial writes nothing. If the server's clock stepped back, a key is
 * at most empty as of now: never looser, and never locked until the clock is where it was.
 *
 * <p><b>Failures.</b> {@link FailurePolicy} says what calls are told while the store is away; a failure is
 * thrown without one. After three failures in a row the store is left alone for 100 ms, then twice as long
 * each time, up to 5 s. {@link StoreException#outcomeUnknown()} tells whether a call may have counted. The
 * script is sent again only after NOSCRIPT, as it did not run then.
 *
 * <p>Not offered: sliding logs, fixed windows and concurrency (refused by name, with what to use instead);
 * waiting in line; reservations and penalties.
 *
 * <p>Cost: one round trip; two in the one call that changes a key's limits. In Redis about 130 bytes per key
 * for one rate. Needs Redis 6, or a server that runs its scripts. Immutable and thread-safe, if the {@link
 * ScriptRunner} is.
 */
public final class RedisLimiter {
  private final StoreCalls calls;

  private RedisLimiter(StoreCalls calls) {
    this.calls = calls;
  }

  /**
   * A limiter that gives each key {@code limits}, and throws if the store fails.
   *
   * @param revision a number that grows with each change of the limits; 0 to 999999999
   * @throws UnsupportedOperationException if a rule is none that a store can hold; the message says what to
   *     use instead
   * @throws IllegalArgumentException if a burst takes more than 142 years to refill, or the revision is out of
   *     range
   */
  public static RedisLimiter create(Limits limits, long revision, ScriptRunner redis) {
    StoreSettings settings = StoreSettings.of(limits, revision);
    Objects.requireNonNull(redis, "redis");
    return new RedisLimiter(new StoreCalls(redis, settings, OptionalLong.empty()));
  }

  /** The same limiter with a policy for when the store fails. */
  public RedisLimiter onFailure(FailurePolicy policy) {
    return new RedisLimiter(calls.with(calls.settings().policy(policy)));
  }

  /**
   * The same limiter, which remembers of up to so many keys what it saw last: about 250 bytes per key.
   * 16,384 if not called.
   *
   * @param keys rounded up to a power of two; 0 to remember nothing
   * @throws IllegalArgumentException if keys is not in 0..2^24
   */
  public RedisLimiter seenKeys(int keys) {
    return new RedisLimiter(calls.with(calls.settings().seenKeys(keys)));
  }

  /**
   * The same limiter with other limits: those of a plan, or a key's own.
   *
   * @throws UnsupportedOperationException as {@link #create}
   * @throws IllegalArgumentException as {@link #create}
   */
  public RedisLimiter withLimits(Limits limits, long revision) {
    return new RedisLimiter(calls.with(calls.settings().limits(limits, revision)));
  }

  StoreCalls calls() {
    return calls;
  }

  /** The limits that this limiter gives each key. */
  public Limits limits() {
    return calls.settings().limits().limits();
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
    return calls.decide(key, permits);
  }

  /**
   * What {@code permits} of {@code key} would be told now. Takes nothing. No policy answers if the store fails.
   *
   * @throws IllegalArgumentException if permits is negative
   * @throws StoreException if the store failed
   */
  public StoreDecision peek(String key, long permits) {
    return calls.peek(key, permits);
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
    return calls.refund(charge, permits);
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
    return calls.refund(key, permits);
  }

  /**
   * Makes {@code key} fresh: a gift of all that was spent.
   *
   * @return whether anything had been spent
   * @throws StoreException if the store failed
   */
  public boolean reset(String key) {
    return calls.reset(key);
  }

  @Override
  public String toString() {
    return "RedisLimiter of " + calls.settings().limits();
  }
}
