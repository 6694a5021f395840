/**
 * Limits in a store, against the rivals: {@link io.limiter.bench.store.StoreComparison} starts servers of
 * its own and asks all subjects in turns.
 */
package io.limiter.bench.store;
