/**
 * How fast, and what does it allocate? One class per question; rivals and variants are constants of
 * an enum parameter, so that each runs in a JVM of its own where its calls have one target.
 *
 * <p>{@link io.limiter.bench.BaselineBenchmark} is what the machine charges for a clock reading and
 * an atomic instruction: run it with whatever else is run, and quote only ratios to it from the same
 * run. Every method whose name says admitted or denied goes through {@link
 * io.limiter.bench.Verdicts}, which fails the run at the first verdict of the other kind. Ratios
 * come from {@link io.limiter.bench.paired.Paired}, which measures both sides in one JVM.
 */
package io.limiter.bench;
