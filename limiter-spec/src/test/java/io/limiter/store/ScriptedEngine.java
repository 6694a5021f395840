package io.limiter.store;

/** A key of a real store by the caller's time. */
class ScriptedEngine implements StoreEngine {
  final StoreLimiter store;
  private final String key;

  ScriptedEngine(StoreLimiter store, String key) {
    this.store = store;
    this.key = key;
  }

  StoreLimiter at(StoreLimits limits, long now) {
    return store.withLimits(limits.limits(), limits.revision()).at(now);
  }

  @Override
  public StoreDecision decide(StoreLimits limits, long now, long permits, boolean take) {
    StoreLimiter at = at(limits, now);
    return take ? at.decide(key, permits) : at.peek(key, permits);
  }

  @Override
  public void giveBack(StoreLimits limits, long now, StoreDecision charge, long permits) {
    at(limits, now).refund(charge, permits);
  }

  @Override
  public void refund(StoreLimits limits, long now, long permits) {
    at(limits, now).refund(key, permits);
  }

  @Override
  public void reset(StoreLimits limits, long now) {
    at(limits, now).reset(key);
  }
}
