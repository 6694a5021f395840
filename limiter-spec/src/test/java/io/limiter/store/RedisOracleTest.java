package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** The script on a real server decides, gives back and changes as exact rationals do. */
class RedisOracleTest {
  private static final int STEPS = Integer.getInteger("store.steps", 12_000);

  private static RedisServer server;

  @BeforeAll
  static void start() throws Exception {
    server = RedisServer.start("--appendonly", "no");
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private static StoreEngine engine(ScriptRunner redis, String key) {
    Limits any = Limits.parse("unlimited");
    return new ScriptedEngine(StoreLimiter.create(any, 0, redis), key);
  }

  @Test
  void script_byTheCallersTime_isExact() {
    try (Jedis jedis = server.connect()) {
      int steps = 0;
      for (long seed = new Random().nextLong(); steps < STEPS; seed++) {
        String key = "life:" + seed;
        StoreTimeline life = new StoreTimeline(seed, engine(RedisServer.runner(jedis), key));
        assertEquals(Optional.empty(), life.run(), "seed " + seed);
        steps += life.steps();
        jedis.del(key);
      }
    }
  }

  /** Real expiry: what the server forgets, the model does not. */
  @Test
  void script_byTheServersTime_isExact() throws Exception {
    try (Jedis jedis = server.connect()) {
      ScriptRunner redis = RedisServer.runner(jedis);
      assertEquals(Optional.empty(), differenceByTheServersTime(redis, "server", STEPS));
    }
  }

  @Test
  void scriptThatRoundsExpiryDown_isCaught() throws Exception {
    String right = "math.max(math.floor((forget - now) / 1000), 0) + 2";
    String wrong = "math.max(math.floor((forget - now) / 1000), 1)";
    assertTrue(RedisScript.TAKE.text().contains(right));
    try (Jedis jedis = server.connect()) {
      ScriptRunner redis = call -> {
        String text = RedisScript.byText(call).script();
        return jedis.eval(text.replace(right, wrong), call.keys(), call.arguments());
      };
      assertTrue(differenceByTheServersTime(redis, "early", 50 * STEPS).isPresent(), "not caught");
    }
  }

  private static Optional<String> differenceByTheServersTime(
      ScriptRunner redis, String prefix, int steps) throws Exception {
    List<Limits> all = List.of(
        Limits.parse("7/3 ms burst 3"),
        Limits.parse("1000/7 ms burst 90, 11/30 ms"),
        Limits.parse("999983/second burst 17, 13/17 ms burst 5, 100/minute burst 40000"),
        Limits.parse("3/ms"));
    Random random = new Random();
    long[] now = new long[1];
    int admitted = 0;
    int denied = 0;
    ScriptRunner noting = call -> {
      Object reply = redis.run(call);
      now[0] = ((Number) ((List<?>) reply).get(1)).longValue();
      return reply;
    };
    for (int i = 0; i < all.size(); i++) {
      StoreLimits limits = StoreLimits.of(all.get(i));
      // Nothing is remembered here, so that all depends on what the server keeps.
      StoreLimiter limiter = StoreLimiter.create(all.get(i), 0, noting).seenKeys(0);
      ExactStore model = new ExactStore(limits);
      for (int step = 0; step < steps / all.size(); step++) {
        if (random.nextInt(100) == 0) {
          Thread.sleep(random.nextInt(20)); // so that the server forgets
        }
        long permits = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1;
        StoreDecision got = limiter.decide(prefix + i, permits);
        ExactStore.Answer want = model.decide(limits, now[0], permits, true);
        String rules =
            got.detail().rules().stream().map(StoreTimeline::text).toList().toString();
        if (got.admitted() != want.admitted() || !rules.equals(want.rules().toString())) {
          return Optional.of(
              limits + " step " + step + ": got " + got + rules + ", expected " + want);
        }
        admitted += got.admitted() ? 1 : 0;
        denied += got.admitted() ? 0 : 1;
      }
    }
    assertTrue(admitted > 100 && denied > 100, admitted + " admitted, " + denied + " denied");
    return Optional.empty();
  }

  /** The script's text is what is tested: a text that is wrong in one way is caught. */
  @Test
  void scripts_thatAreWrong_areCaught() {
    String[][] changes = {
      {"w, f = w + ARGV[a + 5], f + ARGV[a + 6]", "w, f = w + ARGV[a + 5], f"},
      {"if f >= n then", "if f >= 2 * n then"},
      {"w == sw and f > tonumber(ARGV[a + 8])", "w == sw and f >= tonumber(ARGV[a + 8])"},
      {"string.rep(' %.0f', 2 * rates + 1)", "string.rep(' %.7g', 2 * rates + 1)"},
      {"if take and reply[1] == 1 then", "if take then"},
      {"stored, write = ARGV[6], may", "stored, write = ARGV[6], false"},
      {"g + bw, h + bf", "0, 0"},
      {"if lw < bw or lw == bw and lf < bf then", "if false then"},
      {"- now - g, ARGV[a + 4] - h", "- now, ARGV[a + 4] + 0"},
    };
    for (String[] change : changes) {
      try (Jedis jedis = server.connect()) {
        assertTrue(isCaught(jedis, change[0], change[1]), change[1]);
      }
    }
  }

  private static boolean isCaught(Jedis jedis, String right, String wrong) {
    boolean[] changed = new boolean[1];
    ScriptRunner redis = call -> {
      String text = RedisScript.byText(call).script();
      changed[0] |= text.contains(right);
      return jedis.eval(text.replace(right, wrong), call.keys(), call.arguments());
    };
    for (long seed = 0; seed < 300; seed++) {
      String key = "wrong:" + wrong.hashCode() + ":" + seed;
      try {
        if (new StoreTimeline(seed, engine(redis, key)).run().isPresent()) {
          return true;
        }
      } catch (StoreException | IllegalArgumentException e) {
        return true; // a reply that cannot be
      }
    }
    assertTrue(changed[0], "the text has changed: " + right);
    return false;
  }

  @Test
  void numbers_atTheEdge_areExact() {
    try (Jedis jedis = server.connect()) {
      StoreLimits limits = StoreLimits.of(Limits.parse("999999999989/366 days burst 999999999989"));
      StoreEngine redis = engine(RedisServer.runner(jedis), "edge");
      PureEngine pure = new PureEngine();
      long now = StoredRate.LIMIT_MICROS - 1;
      for (int i = 0; i < 200; i++) {
        long permits = 1 + i * 7_000_000_001L % 999_999_999_989L;
        StoreDecision want = pure.decide(limits, now, permits, true);
        StoreDecision got = redis.decide(limits, now, permits, true);
        assertEquals(want.detail(), got.detail());
      }
      assertFalse(pure.stored.isEmpty());
    }
  }
}
