package io.limiter.bench.store;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.limiter.rule.Limits;
import io.limiter.store.ScriptRunner;
import io.limiter.store.StoreLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.redisson.Redisson;
import org.redisson.api.RFuture;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** Who is asked in a Redis: all but Redisson through one connection of Lettuce, as its manual says. */
final class RedisSubjects implements AutoCloseable {
  static final String FLOOR = "GET";
  static final String OURS = "Limiter";
  static final String FLOAT_GCRA = "float GCRA, in the manner of redis_rate";
  static final String WHOLE_SECONDS = "whole seconds, in the manner of Spring Cloud Gateway";

  private static final long RATE = 1_000_000; // per second and burst: everything is admitted

  private final RedisClient client;
  private final RedissonClient redisson;
  final StatefulRedisConnection<String, String> connection;

  RedisSubjects(int port) {
    client = RedisClient.create(RedisURI.create("127.0.0.1", port));
    connection = client.connect();
    Config config = new Config();
    config.useSingleServer().setAddress("redis://127.0.0.1:" + port);
    redisson = Redisson.create(config);
  }

  /** All, in the order of the report, with {@code keys} keys of each one's own. */
  Map<String, Subject> all(int keys) {
    Map<String, Subject> all = new LinkedHashMap<>();
    String[] names = names("get:", keys);
    all.put(FLOOR, key -> connection.sync().get(names[key]) == null);
    all.put(OURS, ours(keys));
    all.put(FLOAT_GCRA, script(InexactScripts.FLOAT_GCRA, keys, "gcra:"));
    all.put(WHOLE_SECONDS, script(InexactScripts.WHOLE_SECONDS, keys, "seconds:"));
    all.put("Redisson", redisson(keys));
    all.put("Bucket4j", bucket4j(keys));
    return all;
  }

  /** Sends a call of ours. */
  ScriptRunner runner() {
    return call -> {
      String[] keys = call.keys().toArray(String[]::new);
      String[] arguments = call.arguments().toArray(String[]::new);
      return call.isDigest()
          ? connection.sync().evalsha(call.script(), ScriptOutputType.MULTI, keys, arguments)
          : connection.sync().eval(call.script(), ScriptOutputType.MULTI, keys, arguments);
    };
  }

  private Subject ours(int keys) {
    StoreLimiter limiter = StoreLimiter.create(Limits.parse(RATE + "/second"), 1, runner());
    String[] names = names("ours:", keys);
    return key -> limiter.tryAcquire(names[key]);
  }

  private Subject script(String text, int keys, String prefix) {
    String digest = connection.sync().scriptLoad(text);
    String[] arguments = {Long.toString(RATE), Long.toString(RATE)};
    String[][] names = IntStream.range(0, keys)
        .mapToObj(i -> new String[] {"{" + prefix + i + "}.level", "{" + prefix + i + "}.time"})
        .toArray(String[][]::new);
    return key -> {
      List<Object> reply =
          connection.sync().evalsha(digest, ScriptOutputType.MULTI, names[key], arguments);
      return reply.get(0).equals(1L);
    };
  }

  private Subject redisson(int keys) {
    RRateLimiter[] limiters = new RRateLimiter[keys];
    List<RFuture<Boolean>> set = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      limiters[i] = redisson.getRateLimiter("redisson:" + i);
      set.add(limiters[i].trySetRateAsync(RateType.OVERALL, RATE, Duration.ofSeconds(1)));
    }
    set.forEach(each -> each.toCompletableFuture().join());
    return key -> limiters[key].tryAcquire();
  }

  private Subject bucket4j(int keys) {
    ProxyManager<String> buckets = Bucket4jLettuce.casBasedBuilder(
            client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)))
        .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
            Duration.ofSeconds(10)))
        .build();
    BucketConfiguration limit = BucketConfiguration.builder()
        .addLimit(each -> each.capacity(RATE).refillGreedy(RATE, Duration.ofSeconds(1)))
        .build();
    List<BucketProxy> proxies = new ArrayList<>();
    for (String name : names("bucket4j:", keys)) {
      proxies.add(buckets.builder().build(name, () -> limit));
    }
    return key -> proxies.get(key).tryConsume(1);
  }

  /** Buckets of Bucket4j by a clock of the caller's. */
  ProxyManager<String> bucket4j(TimeMeter clock) {
    return Bucket4jLettuce.casBasedBuilder(
            client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)))
        .clientClock(clock)
        .build();
  }

  private static String[] names(String prefix, int keys) {
    return IntStream.range(0, keys).mapToObj(i -> prefix + i).toArray(String[]::new);
  }

  /** The version of the server. */
  String version() {
    return connection
        .sync()
        .info("server")
        .lines()
        .filter(line -> line.startsWith("redis_version:"))
        .map(line -> line.substring("redis_version:".length()).strip())
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    redisson.shutdown();
    client.shutdown();
  }
}
