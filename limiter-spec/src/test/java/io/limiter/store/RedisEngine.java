package io.limiter.store;

import io.limiter.rule.Limits;

/** A key of a real Redis by the caller's time. */
class RedisEngine implements StoreEngine {
  private final RedisLimiter limiter;
  private final String key;

  RedisEngine(ScriptRunner redis, String key) {
    this.limiter = RedisLimiter.create(Limits.parse("unlimited"), 0, redis);
    this.key = key;
  }

  private RedisLimiter at(StoreLimits limits, long now) {
    return limiter.withLimits(limits.limits(), limits.revision()).at(now);
  }

  @Override
  public StoreDecision decide(StoreLimits limits, long now, long permits, boolean take) {
    RedisLimiter at = at(limits, now);
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
