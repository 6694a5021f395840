/**
 * The conformance kit: holds any limiter to the guarantees of this project.
 *
 * <p>Say in a few lines how to build your limiter, and extend the contract of its kind: {@link
 * io.limiter.spec.kit.RateLimiterContract}, {@link io.limiter.spec.kit.FixedWindowContract}, {@link
 * io.limiter.spec.kit.SlidingWindowContract} or {@link io.limiter.spec.kit.ConcurrencyContract}. The
 * test class then has one test for each guarantee, named by its sentence. What your limiter does not
 * offer, or says that it does not claim, is reported as skipped, by name and with the reason. A
 * broken guarantee fails with the shortest timeline found and the seed that finds it again.
 *
 * <p>There is no tolerance to set: a limiter that counts otherwise says so with another {@code
 * setups()} (the emission interval that it documents), or names in {@code notClaimed()} what it does
 * not promise. Both can be read in the report.
 *
 * <p>The clock is a {@link io.limiter.NanoClock} that the kit moves. It starts at 0, but in one
 * guarantee, which is about clocks that start elsewhere.
 */
package io.limiter.spec.kit;
