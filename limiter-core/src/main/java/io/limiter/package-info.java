/**
 * Rate limiters: algorithms that decide whether a call may pass, exactly, without a lock.
 *
 * <p>{@link io.limiter.Gcra} is the one to start with; {@link io.limiter.TokenBucket} adds an
 * initial level and stepwise refill; {@link io.limiter.AllOf} makes one decision of several. All are
 * {@link io.limiter.RateLimiter}s. {@link io.limiter.GcraMath} is the arithmetic alone, for limiters
 * that keep their state elsewhere.
 *
 * <p>No method takes or returns null: a null argument is a {@link NullPointerException} that names
 * the parameter.
 */
package io.limiter;
