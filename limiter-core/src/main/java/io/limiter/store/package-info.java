/**
 * The same limits across machines: in Redis, or in any store that replaces a value only if it is still
 * the one that was seen.
 *
 * <p>This package hands out texts and arguments, and reads replies. It opens no connection and needs no
 * client: the caller gives it any client through an interface of one method.
 *
 * <ol>
 *   <li>{@link io.limiter.store.StoreLimiter}: many keys in Redis or PostgreSQL, one call per decision.
 *       {@link io.limiter.store.AsyncStoreLimiter} is the same with futures. {@link
 *       io.limiter.store.KeyCall}: one key of a call for several.
 *   <li>{@link io.limiter.store.ScriptRunner}, {@link io.limiter.store.AsyncScriptRunner}, {@link
 *       io.limiter.store.ScriptCall} and {@link io.limiter.store.ScriptResult}: what the caller's client
 *       has to do.
 *   <li>{@link io.limiter.store.StatementRunner} and {@link io.limiter.store.PostgresSchema}: the same for
 *       PostgreSQL.
 *   <li>{@link io.limiter.store.LeasedLimiter}: one hot key at the speed of memory.
 *   <li>{@link io.limiter.store.StoreDecision}: the answer, the numbers of each rule, and the receipt
 *       for giving permits back.
 *   <li>{@link io.limiter.store.FailurePolicy} and {@link io.limiter.store.FailurePolicy.Local}: what
 *       callers are told while the store is away.
 *   <li>{@link io.limiter.store.StoreException}: the store failed; whether the call may have counted.
 *   <li>{@link io.limiter.store.StoreLimits} and {@link io.limiter.store.StoreStep}: the arithmetic
 *       alone, for any store with compare-and-set.
 * </ol>
 *
 * <p><b>What is stored.</b> For each rate two integers (w, f): the theoretical arrival time is {@code w +
 * f/n} microseconds since 1970, where n is the denominator of the emission interval {@code T = P/N} in
 * microseconds. Stores only add and compare these numbers, and all of them are below 2^53, so a store that
 * counts in doubles is exact too. The limits are part of the value, with a revision.
 *
 * <p><b>The promise</b>, for one store by its own clock, with no state lost: in any interval of length w at
 * most {@code B + floor(w*N/P)} permits are admitted, however many callers there are. Each class says what
 * holds otherwise. Nothing is promised about fairness, order, or exactness across regions.
 *
 * <p>Source: ITU-T I.371 (2004), annex A, the virtual scheduling algorithm.
 */
@NullMarked
package io.limiter.store;

import org.jspecify.annotations.NullMarked;
