package io.limiter.bench.store;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.lettuce.core.ScriptOutputType;
import io.limiter.rule.Limits;
import io.limiter.store.ScriptRunner;
import io.limiter.store.StoreLimiter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What each subject decides on timelines of which the exact answer is known. The real Redis decides; where its
 * script reads the server's clock, the text of the reading is replaced by that of the timeline. Redis expires
 * keys by the real clock, which has nothing to do with the timeline: so keys are made to stay.
 */
final class WrongDecisions {
  private static final long START = 1_764_512_345L; // seconds since 1970
  private static final String READING = "redis.call('TIME')";

  /**
   * Of 1,000 bursts of 10 those admitted whole, permits around a second's edge (exact: 100), and of 1,000
   * calls at the microsecond at which their permit is there, those that were admitted.
   */
  record Answers(int wholeBursts, int aroundTheEdge, int whenDue) {}

  /** A limiter that is asked at a time of the timeline. */
  private interface At {
    boolean call(String key, long burst, long perSecond, long micros) throws Exception;
  }

  private final RedisSubjects redis;

  private WrongDecisions(RedisSubjects redis) {
    this.redis = redis;
  }

  static Map<String, Answers> measure(RedisSubjects redis) throws Exception {
    WrongDecisions wrong = new WrongDecisions(redis);
    Map<String, Answers> answers = new LinkedHashMap<>();
    answers.put(RedisSubjects.OURS, answers(wrong::ours));
    answers.put(RedisSubjects.FLOAT_GCRA, answers(wrong.script(InexactScripts.FLOAT_GCRA)));
    answers.put(RedisSubjects.WHOLE_SECONDS, answers(wrong.script(InexactScripts.WHOLE_SECONDS)));
    answers.put("Bucket4j", answers(wrong.bucket4j()));
    return answers;
  }

  private static Answers answers(At limiter) throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    int whole = 0;
    for (int i = 0; i < 1_000; i++) {
      long now = (START + i) * 1_000_000 + random.nextInt(1_000_000);
      int admitted = 0;
      for (int call = 0; call < 11; call++) {
        admitted += limiter.call("burst:" + i, 10, 10, now) ? 1 : 0;
      }
      whole += admitted == 10 ? 1 : 0;
    }
    int edge = 0;
    for (long now : new long[] {START * 1_000_000 - 1_000, START * 1_000_000}) {
      for (int call = 0; call < 200; call++) {
        edge += limiter.call("edge", 100, 100, now) ? 1 : 0;
      }
    }
    int due = 0;
    for (int i = 0; i < 7; i++) {
      limiter.call("due", 7, 7, START * 1_000_000);
    }
    for (long i = 1; i <= 1_000; i++) {
      long now = START * 1_000_000 + (i * 1_000_000 + 6) / 7;
      due += limiter.call("due", 7, 7, now) ? 1 : 0;
    }
    return new Answers(whole, edge, due);
  }

  private boolean ours(String key, long burst, long perSecond, long micros) {
    ScriptRunner atThisTime = call -> {
      if (call.isDigest()) {
        throw new IllegalStateException("NOSCRIPT each time has a text of its own");
      }
      return eval(call.script(), micros, call.keys(), call.arguments());
    };
    Limits limits = Limits.parse(perSecond + "/second burst " + burst);
    return StoreLimiter.create(limits, 1, atThisTime).seenKeys(0).tryAcquire("exact:" + key);
  }

  private At script(String text) {
    String prefix = "inexact:" + text.hashCode() + ":";
    return (key, burst, perSecond, micros) -> {
      List<String> keys = List.of(prefix + key + ".level", prefix + key + ".time");
      List<String> arguments = List.of(Long.toString(perSecond), Long.toString(burst));
      return eval(text, micros, keys, arguments).get(0).equals(1L);
    };
  }

  private List<Object> eval(String text, long micros, List<String> keys, List<String> arguments) {
    if (!text.contains(READING)) {
      throw new IllegalArgumentException("the script reads no clock");
    }
    String reading = "{'" + micros / 1_000_000 + "', '" + micros % 1_000_000 + "'}";
    String body = text.replace(READING, reading);
    return redis
        .connection
        .sync()
        .eval(
            "local reply = (function()\n" + body + "\nend)()\n"
                + "for _, key in ipairs(KEYS) do redis.call('PERSIST', key) end\nreturn reply",
            ScriptOutputType.MULTI,
            keys.toArray(String[]::new),
            arguments.toArray(String[]::new));
  }

  private At bucket4j() {
    long[] now = new long[1];
    TimeMeter clock = new TimeMeter() {
      @Override
      public long currentTimeNanos() {
        return now[0] * 1_000;
      }

      @Override
      public boolean isWallClockBased() {
        return true;
      }
    };
    ProxyManager<String> buckets = redis.bucket4j(clock);
    return (key, burst, perSecond, micros) -> {
      now[0] = micros;
      BucketConfiguration limit = BucketConfiguration.builder()
          .addLimit(each -> each.capacity(burst).refillGreedy(perSecond, Duration.ofSeconds(1)))
          .build();
      return buckets.builder().build("exact4j:" + key, () -> limit).tryConsume(1);
    };
  }
}
