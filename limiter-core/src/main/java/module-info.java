/**
 * Rate limiters, the rules that describe them, one limiter per key, and the same limits in a store.
 * Needs java.base only.
 */
module io.limiter.core {
  exports io.limiter;
  exports io.limiter.http;
  exports io.limiter.keyed;
  exports io.limiter.rule;
  exports io.limiter.store;
}
