package io.limiter.store;

import io.limiter.rule.Limits;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * The same limits for all processes that share a PostgreSQL database: one limiter per key, one statement per
 * decision.
 *
 * <p><b>Guarantee</b>, by the server's clock, while the server loses no state: of each key, for each rate, in
 * any interval of length w at most {@code B + floor(w*N/P)} permits are admitted, however many processes ask.
 * If the server loses its state r times (an unlogged table after a crash), at most {@code r*B} more, less what
 * living processes saw and send back. Verdict, remaining and waits are exact for every rate; waits are in
 * whole microseconds.
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
 * PostgresLimiter limiter =
 *     PostgresLimiter.create(Limits.parse("100/minute, 1000/hour"), 1, postgres);
 * }</pre>
 *
 * <p><b>The schema</b> is a table, {@code limiter}, and two functions: run {@link #schema()} once, for example
 * in a migration. The table is unlogged: it is fast, and a crash of the server forgets it. {@code ALTER TABLE
 * limiter SET LOGGED} makes it remember. Run {@link #sweep()} now and then, to delete rows of fresh keys.
 *
 * <p><b>Transactions.</b> Call it with autocommit, at READ COMMITTED, on a connection of its own. Inside a
 * transaction of yours an admission would hold the row until that ends, and a roll-back would undo it.
 *
 * <p>Deleting a row that is not fresh does not reset its key, as callers remind the server of what they saw:
 * use {@link #reset}.
 *
 * <p>A denial locks and writes nothing. Limits by plan, changed limits, a clock that stepped back, failures
 * and what is not offered are as in {@link RedisLimiter}.
 *
 * <p>Cost: one round trip; two in the one call that changes a key's limits. An admission updates one row, in
 * place where the page has room. Needs PostgreSQL 10. Immutable and thread-safe, if the {@link
 * StatementRunner} is.
 */
public final class PostgresLimiter {
  private final StoreCalls calls;

  private PostgresLimiter(StoreCalls calls) {
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
  public static PostgresLimiter create(Limits limits, long revision, StatementRunner postgres) {
    StoreSettings settings = StoreSettings.of(limits, revision);
    Objects.requireNonNull(postgres, "postgres");
    return new PostgresLimiter(new StoreCalls(scripts(postgres), settings, OptionalLong.empty()));
  }

  /** A statement for each script; the reply is a text with bars. */
  private static ScriptRunner scripts(StatementRunner postgres) {
    return call -> {
      boolean takes = call.script().equals(RedisScript.TAKE.digest());
      String reply = postgres.run(
          takes ? "SELECT limiter_take(?, ?)" : "SELECT limiter_lower(?, ?)",
          call.keys().get(0),
          String.join("|", call.arguments()));
      return List.of(reply.split("\\|", -1));
    };
  }

  /** The statements that create the table and the functions, or replace the functions. Unmodifiable. */
  public static List<String> schema() {
    return PostgresSchema.STATEMENTS;
  }

  /** The statement that deletes the rows of fresh keys: {@code DELETE FROM limiter WHERE ...}. */
  public static String sweep() {
    return PostgresSchema.SWEEP;
  }

  /** The same limiter with a policy for when the store fails. */
  public PostgresLimiter onFailure(FailurePolicy policy) {
    return new PostgresLimiter(calls.with(calls.settings().policy(policy)));
  }

  /**
   * The same limiter, which remembers of up to so many keys what it saw last: about 250 bytes per key.
   * 16,384 if not called.
   *
   * @param keys rounded up to a power of two; 0 to remember nothing
   * @throws IllegalArgumentException if keys is not in 0..2^24
   */
  public PostgresLimiter seenKeys(int keys) {
    return new PostgresLimiter(calls.with(calls.settings().seenKeys(keys)));
  }

  /**
   * The same limiter with other limits: those of a plan, or a key's own.
   *
   * @throws UnsupportedOperationException as {@link #create}
   * @throws IllegalArgumentException as {@link #create}
   */
  public PostgresLimiter withLimits(Limits limits, long revision) {
    return new PostgresLimiter(calls.with(calls.settings().limits(limits, revision)));
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
    return "PostgresLimiter of " + calls.settings().limits();
  }
}
