/**
 * One limiter per key, in bounded memory.
 *
 * <p>{@link io.limiter.keyed.KeyedLimiter} takes keys of any type. {@link
 * io.limiter.keyed.LongKeyedLimiter} takes {@code long}s and keeps no key objects. A key's limiter is
 * created on first use. It is forgotten only when fresh, so forgetting is never observable. {@link
 * io.limiter.keyed.OverflowPolicy} decides what happens to an unknown key when there is no room for it.
 * To wait, or to decide together with other limiters, a key is a {@link io.limiter.RateLimiter}, or a {@link
 * io.limiter.keyed.KeyedGate}. {@link io.limiter.keyed.KeyedCounts} says who is denied.
 */
@NullMarked
package io.limiter.keyed;

import org.jspecify.annotations.NullMarked;
