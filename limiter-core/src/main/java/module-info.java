/** Rate limiters, the rules that describe them, and one limiter per key. Needs java.base only. */
module io.limiter.core {
  exports io.limiter;
  exports io.limiter.http;
  exports io.limiter.keyed;
  exports io.limiter.rule;
}
