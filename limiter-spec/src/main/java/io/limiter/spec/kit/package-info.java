/**
 * The conformance kit: tests any limiter against the guarantees of this project.
 *
 * <p>Say in a few lines how to build your limiter, and extend the contract of its kind: {@link
 * io.limiter.spec.kit.RateLimiterContract}, {@link io.limiter.spec.kit.FixedWindowContract}, {@link
 * io.limiter.spec.kit.SlidingWindowContract} or {@link io.limiter.spec.kit.ConcurrencyContract}. The
 * test class then has one test for each guarantee, named by its sentence. Guarantees about operations
 * that you don't implement, and those that you don't claim, show up as skipped tests with the reason. A
 * broken guarantee fails with the shortest timeline found and the seed that finds it again.
 *
 * <p>There is no tolerance to set. If your limiter documents another emission interval, return it from
 * {@code setups()}. If it does not promise a guarantee, name that in {@code notClaimed()}. The report
 * shows both.
 *
 * <p>The clock is a {@link io.limiter.NanoClock} that the kit moves. It starts at 0, except in the one
 * guarantee about clocks that start elsewhere.
 */
package io.limiter.spec.kit;
