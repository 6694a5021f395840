/**
 * Rate limiters: algorithms that decide exactly, and without a lock, whether a call may pass.
 *
 * <p>Most callers write their limits as text and let {@link io.limiter.rule.Limits} make the limiter:
 * an {@link io.limiter.AllOf}, or a {@link io.limiter.Gate} if the text has a concurrency rule. One
 * limiter per key is in {@link io.limiter.keyed}. The types of this package, in the order in which a
 * reader needs them:
 *
 * <ol>
 *   <li>{@link io.limiter.RateLimiter}: the interface. It decides whether a call may pass, now or later.
 *   <li>{@link io.limiter.Rate}: how many permits per period.
 *   <li>{@link io.limiter.Gcra}: the limiter to start with.
 *   <li>{@link io.limiter.Decision}: the answer, with remaining permits, wait and reset.
 *   <li>{@link io.limiter.TokenBucket}: a limiter that starts with any level, or refills in steps.
 *   <li>{@link io.limiter.SlidingLog}: never more than N permits in any period, for more memory.
 *   <li>{@link io.limiter.ConcurrencyLimiter}: how many permits may be in use at the same time.
 *   <li>{@link io.limiter.Permit}: what a concurrency limiter or a gate grants; close it after the call.
 *   <li>{@link io.limiter.AllOf}: one decision of several rate limiters.
 *   <li>{@link io.limiter.Gate}, made by {@link io.limiter.Gate.Builder}: one decision of several rate
 *       limiters and concurrency limiters.
 *   <li>{@link io.limiter.DetailedDecision} and {@link io.limiter.RuleStatus}: a decision, and the
 *       numbers of each rule.
 *   <li>{@link io.limiter.Reservation}: permits that are charged now and used later. It can give
 *       permits back.
 *   <li>{@link io.limiter.LevelPolicy}: what happens to the level when a limit changes.
 *   <li>{@link io.limiter.Snapshot}: the state of a limiter as text, to survive a restart.
 *   <li>{@link io.limiter.CountingLimiter}: counts decisions, and tries a limit without enforcing it.
 *   <li>{@link io.limiter.LimitListener}: is told what a limiter decides.
 *   <li>{@link io.limiter.StripedLimiter}: a limiter that many threads call at once.
 *   <li>{@link io.limiter.NanoClock} and {@link io.limiter.NanoClock.Timer}: where the time comes from.
 *   <li>{@link io.limiter.ManualClock}: a clock for tests.
 *   <li>{@link io.limiter.GcraMath}: the arithmetic alone, for limiters that keep their state elsewhere.
 * </ol>
 *
 * <p>No method takes or returns null. A null argument is a {@link NullPointerException} that names the
 * parameter.
 *
 * <p><b>Floors</b>, for those who read the source. A class uses only classes on its own floor and below.
 *
 * <pre>
 * 7  AllOf  Gate                            several limiters, one decision; they ask a Member
 * 6  Gcra  TokenBucket  SlidingLog  ConcurrencyLimiter  StripedLimiter  CountingLimiter
 * 5  WordLimiter                            what Gcra and TokenBucket share
 * 4  Door  Ledger                           the callers in line; the charges that may be given back
 * 3  Cell                                   one word, its rate, its origin
 * 2  GcraMath  Missing  Snapshot            arithmetic, data and text
 * 1  Rate  Decision  Reservation  Permit  LevelPolicy  NanoClock
 * 0  RateLimiter  LimitListener             the interfaces
 * </pre>
 */
@NullMarked
package io.limiter;

import org.jspecify.annotations.NullMarked;
