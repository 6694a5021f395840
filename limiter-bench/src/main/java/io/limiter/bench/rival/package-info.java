/**
 * Other libraries through the conformance kit of limiter-spec, each in its documented configuration:
 * {@link io.limiter.bench.rival.Rivals} writes RIVALS.md, and shows each counterexample in it again.
 *
 * <p>Libraries that can be given a clock are held to every guarantee that their documentation claims
 * or any user would assume. For those that cannot, {@link io.limiter.bench.rival.RealTime} checks
 * what measured time can prove.
 */
package io.limiter.bench.rival;
