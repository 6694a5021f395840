package io.limiter.bench.store;

/**
 * Scripts as people use them, in the manner of two well-known ones and no copies: the same arithmetic and the
 * same commands of Redis. Keys and arguments: the key (and another for the token bucket's time); permits per
 * second, burst.
 */
final class InexactScripts {
  /** GCRA in floating-point seconds, as redis_rate has it. */
  static final String FLOAT_GCRA = """
      local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
      local time = redis.call('TIME')
      local now = (tonumber(time[1]) - 1483228800) + tonumber(time[2]) / 1000000
      local interval = 1 / rate
      local tat = tonumber(redis.call('GET', KEYS[1]) or now)
      tat = math.max(tat, now)
      local after = tat + interval
      local left = (now - (after - interval * burst)) / interval
      if left < 0 then
        return {0, tostring(left)}
      end
      redis.call('SET', KEYS[1], after, 'EX', math.ceil(after - now))
      return {1, tostring(left)}
      """;

  /** A token bucket by whole seconds in two keys, as Spring Cloud Gateway has it. */
  static final String WHOLE_SECONDS = """
      local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
      local time = redis.call('TIME')
      local now = tonumber(time[1])
      local ttl = math.floor(capacity / rate * 2)
      local tokens = tonumber(redis.call('GET', KEYS[1]) or capacity)
      local last = tonumber(redis.call('GET', KEYS[2]) or 0)
      tokens = math.min(capacity, tokens + math.max(0, now - last) * rate)
      local admitted = 0
      if tokens >= 1 then
        tokens = tokens - 1
        admitted = 1
      end
      redis.call('SETEX', KEYS[1], ttl, tokens)
      redis.call('SETEX', KEYS[2], ttl, now)
      return {admitted, tokens}
      """;

  private InexactScripts() {}
}
