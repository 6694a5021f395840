/**
 * Rate limiters: algorithms that decide whether a call may pass, exactly, and without a lock.
 *
 * <p>{@link io.limiter.Gcra} is the one to start with; {@link io.limiter.TokenBucket} adds an
 * initial level and stepwise refill; {@link io.limiter.AllOf} makes one decision of several. All are
 * {@link io.limiter.RateLimiter}s. {@link io.limiter.GcraMath} is the arithmetic alone, for limiters
 * that keep their state elsewhere.
 *
 * <p><b>Floors.</b> A class knows only those on its own floor and below.
 *
 * <pre>
 * 7  AllOf  Gate                            several limiters, one decision; they ask a Member
 * 6  Gcra  TokenBucket  SlidingLog  ConcurrencyLimiter  StripedLimiter  CountingLimiter
 * 5  WordLimiter                            what Gcra and TokenBucket share
 * 4  Door  Ledger                           who waits, in order; what was charged and may be given back
 * 3  Cell                                   one word, its rate, its origin
 * 2  GcraMath  Missing  Snapshot            arithmetic, data and text
 * 1  Rate  Decision  Reservation  Permit  LevelPolicy  NanoClock
 * 0  RateLimiter                            the interface
 * </pre>
 *
 * <p>No method takes or returns null: a null argument is a {@link NullPointerException} that names
 * the parameter.
 */
package io.limiter;
