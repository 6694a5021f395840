/**
 * Ratios of two operations, measured so that a busy machine hardly changes them.
 *
 * <p>A fork is one JVM that runs two operations and nothing else. It runs them in batches of about
 * 100 microseconds in the order baseline, candidate, candidate, baseline. Each candidate batch is
 * divided by the baseline batch next to it, and the fork reports the median of these ratios.
 * Whatever slows the machine for longer than a batch slows both sides. Whatever is shorter spoils a
 * few ratios, and the median ignores them. {@link io.limiter.bench.paired.Paired} starts the forks
 * and prints the median over forks with a 95 % bootstrap interval. The absolute times that it prints
 * are those of a busy machine: quote the ratios.
 *
 * <p>Each operation has a loop of its own, so that the two are compiled apart. A loop throws at the
 * first verdict that it does not expect. It counts nothing.
 *
 * <p>{@link io.limiter.bench.paired.Crowd} has many threads call the one or the other, all the same
 * one at a time, in longer phases: for throughput, for how evenly it is shared, and for how long
 * single calls take.
 */
package io.limiter.bench.paired;
