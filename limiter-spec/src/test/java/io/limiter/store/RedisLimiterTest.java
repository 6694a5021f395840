package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.http.ResponseHeaders;
import io.limiter.rule.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;

/** The limiter on a real server. */
class RedisLimiterTest {
  private static final Limits TEN = Limits.parse("10/hour");

  private static RedisServer server;

  private Jedis jedis;
  private final List<ScriptCall> calls = new ArrayList<>();
  private ScriptRunner redis;

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

  @BeforeEach
  void connect() {
    jedis = server.connect();
    jedis.flushAll();
    redis = call -> {
      calls.add(call);
      return RedisServer.runner(jedis).run(call);
    };
  }

  @AfterEach
  void disconnect() {
    jedis.close();
  }

  @Test
  void tryAcquire_burst_isAdmittedOncePerKey() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    for (int i = 0; i < 10; i++) {
      assertTrue(limiter.tryAcquire("a"));
    }
    assertFalse(limiter.tryAcquire("a"));
    assertTrue(limiter.tryAcquire("b", 10));
    assertFalse(limiter.tryAcquire("b"));
  }

  @Test
  void decide_severalRules_saysWhatEachHasLeft() {
    Limits limits = Limits.parse("5/minute, 10/hour");
    StoreDecision decision = StoreLimiter.create(limits, 0, redis).decide("a", 2);
    assertTrue(decision.admitted());
    assertEquals(3, decision.decision().remaining());
    assertEquals(8, decision.detail().rules().get(1).remaining());
    assertEquals(limits, decision.limits());
    Map<String, String> fields = new HashMap<>();
    ResponseHeaders.of(limits)
        .write(decision.detail(), Instant.ofEpochSecond(1_764_512_345), fields::put);
    assertEquals("5", fields.get("X-RateLimit-Limit"));
    assertEquals("3", fields.get("X-RateLimit-Remaining"));
  }

  @Test
  void decide_moreThanTheBurst_isNeverAndWritesNothing() {
    StoreDecision decision = StoreLimiter.create(TEN, 0, redis).decide("a", 11);
    assertTrue(decision.decision().isNever());
    assertEquals(10, decision.decision().remaining());
    assertFalse(jedis.exists("a"));
  }

  @Test
  void decide_denied_writesNothing() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    limiter.tryAcquire("a", 10);
    String before = jedis.get("a");
    String changes = changes();
    for (int i = 0; i < 10; i++) {
      assertFalse(limiter.tryAcquire("a"));
    }
    assertEquals(before, jedis.get("a"));
    assertEquals(changes, changes());
  }

  private String changes() {
    return jedis
        .info("persistence")
        .lines()
        .filter(line -> line.startsWith("rdb_changes_since_last_save"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void peek_and0Permits_takeNothing() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    assertTrue(limiter.peek("a", 3).admitted());
    assertTrue(limiter.tryAcquire("a", 0));
    assertFalse(jedis.exists("a"));
    limiter.tryAcquire("a", 10);
    assertFalse(limiter.peek("a", 1).admitted());
    assertTrue(limiter.tryAcquire("a", 0), "the level is 0, not negative");
  }

  @Test
  void value_expires_whenFreshAndNotBefore() {
    StoreLimiter limiter = StoreLimiter.create(Limits.parse("10/second"), 0, redis);
    for (int i = 1; i <= 10; i++) {
      StoreDecision decision = limiter.decide("a", 1);
      long ttl = jedis.pttl("a");
      long reset = decision.decision().resetAfterNanos() / 1_000_000;
      assertTrue(ttl <= reset + 3, ttl + " ms for " + reset);
      List<String> time = jedis.time();
      long end = Long.parseLong(time.get(0)) * 1000 + Long.parseLong(time.get(1)) / 1000 + ttl;
      long[] stored = numbers(jedis.get("a"));
      assertTrue(end * 1000 >= stored[1], "forgotten at " + end + " although " + stored[1]);
    }
  }

  private static long[] numbers(String value) {
    String[] parts = value.split(" ");
    long[] numbers = new long[parts.length - 1];
    for (int i = 1; i < parts.length; i++) {
      numbers[i - 1] = Long.parseLong(parts[i]);
    }
    return numbers;
  }

  @Test
  void value_isAsSmallAsItSays() {
    StoreLimiter.create(Limits.parse("480/minute"), 0, redis).tryAcquire("user:42");
    Object bytes = jedis.eval("return redis.call('MEMORY', 'USAGE', 'user:42')");
    assertTrue((Long) bytes <= 140, bytes + " bytes");
  }

  @Test
  void script_unknownToTheServer_isSentOnce() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    jedis.scriptFlush();
    assertTrue(limiter.tryAcquire("a"));
    assertEquals(List.of(true, false), calls.stream().map(ScriptCall::isDigest).toList());
    assertTrue(limiter.tryAcquire("a"));
    assertEquals(3, calls.size());
    assertEquals(8, limiter.peek("a", 1).decision().remaining());
  }

  @Test
  void refund_ofAReceipt_isOnceAndNoMoreThanItWeighs() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    StoreDecision charge = limiter.decide("a", 4);
    assertTrue(limiter.refund(charge, 3));
    assertFalse(limiter.refund(charge, 1), "the first attempt counts");
    assertEquals(9, limiter.peek("a", 1).decision().remaining());
    assertThrows(IllegalArgumentException.class, () -> limiter.refund(limiter.decide("a", 1), 2));
  }

  @Test
  void refund_afterAChangeOrAReset_givesNothing() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    StoreDecision beforeReset = limiter.decide("a", 4);
    assertTrue(limiter.reset("a"));
    limiter.tryAcquire("a", 10);
    assertFalse(limiter.refund(beforeReset, 4));
    StoreDecision beforeChange = limiter.withLimits(Limits.parse("20/hour"), 1).decide("a", 4);
    limiter.withLimits(Limits.parse("30/hour"), 2).tryAcquire("a", 1);
    assertFalse(limiter.refund(beforeChange, 4));
    assertEquals(
        15,
        limiter.withLimits(Limits.parse("30/hour"), 2).peek("a", 1).decision().remaining());
  }

  @Test
  void refund_asAGift_andReset_raiseTheLevelToTheBurst() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    limiter.tryAcquire("a", 5);
    assertTrue(limiter.refund("a", 2));
    assertEquals(7, limiter.peek("a", 1).decision().remaining());
    assertTrue(limiter.refund("a", Long.MAX_VALUE));
    assertEquals(10, limiter.peek("a", 1).decision().remaining());
    assertFalse(limiter.reset("a"), "nothing was spent");
    assertFalse(limiter.refund("nobody", 1));
  }

  @Test
  void limits_ofALaterRevision_carryTheLevelAndDecideForAllCallers() {
    StoreLimiter old = StoreLimiter.create(TEN, 1, redis);
    StoreLimiter deployed = old.withLimits(Limits.parse("100/hour, 20/minute"), 2);
    old.tryAcquire("a", 4);
    StoreDecision changed = deployed.decide("a", 1);
    assertEquals(95, changed.detail().rules().get(0).remaining(), "what was spent stays spent");
    assertEquals(19, changed.detail().rules().get(1).remaining(), "a new rule is fresh");
    StoreDecision late = old.decide("a", 1);
    assertEquals(deployed.limits().canonical(), late.limits().canonical());
    assertEquals(94, late.detail().rules().get(0).remaining());
    calls.clear();
    deployed.tryAcquire("a");
    assertEquals(1, calls.size(), "changed once");
  }

  @Test
  void limits_ofTheSameRevision_waitUntilTheKeyIsFresh() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 1, redis);
    limiter.tryAcquire("a", 10);
    assertFalse(limiter.withLimits(Limits.parse("1000/hour"), 1).tryAcquire("a"));
    limiter.reset("a");
    jedis.del("a");
    assertTrue(limiter.seenKeys(0).withLimits(Limits.parse("1000/hour"), 1).tryAcquire("a", 500));
  }

  @Test
  void clock_steppedBack_isAnEmptyBucketAsOfNow() {
    StoreLimiter limiter = StoreLimiter.create(Limits.parse("10/second"), 0, redis);
    limiter.tryAcquire("a", 1);
    String[] parts = jedis.get("a").split(" ");
    long hourAhead = Long.parseLong(parts[2]) + 3_600_000_000L;
    jedis.set("a", parts[0] + " 1 " + hourAhead + " 0", SetParams.setParams().px(3_700_000));
    StoreDecision denied = limiter.decide("a", 1);
    assertFalse(denied.admitted());
    assertTrue(denied.decision().retryAfterNanos() <= 100_000_000, "not an hour");
    long[] stored = numbers(jedis.get("a"));
    assertTrue(stored[1] < hourAhead - 3_500_000_000L, "written, or it would never end");
    assertEquals(hourAhead + 1, stored[3], "remembered for as long as callers may remind it");
  }

  @Test
  void store_thatForgot_isReminded() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis);
    limiter.tryAcquire("a", 9);
    jedis.del("a"); // as a restart that forgets
    assertTrue(limiter.tryAcquire("a"));
    assertFalse(limiter.tryAcquire("a"));
    assertTrue(limiter.seenKeys(0).tryAcquire("b", 9));
    jedis.del("b");
    assertTrue(limiter.seenKeys(0).tryAcquire("b", 9), "nobody remembers");
  }

  @Test
  void store_thatForgotAndCounts_keepsTheGreaterWord() {
    StoreLimiter first = StoreLimiter.create(TEN, 0, redis);
    first.tryAcquire("a", 3);
    first.tryAcquire("a", 3);
    first.tryAcquire("a", 3);
    jedis.del("a");
    StoreLimiter other = first.seenKeys(100);
    assertTrue(other.tryAcquire("a", 1), "this process saw nothing");
    assertFalse(first.tryAcquire("a", 2));
    assertFalse(other.tryAcquire("a", 2) && other.tryAcquire("a", 8));
  }

  @Test
  void key_thatHoldsSomethingElse_isAMistakeUnderEveryPolicy() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, redis).onFailure(FailurePolicy.open());
    jedis.set("text", "hello");
    jedis.set("other", "hello world 1 2");
    jedis.lpush("list", "x");
    for (String key : List.of("text", "other", "list")) {
      for (int i = 0; i < 5; i++) {
        StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire(key), key);
        assertFalse(e.outcomeUnknown());
      }
    }
    assertTrue(limiter.tryAcquire("a"), "mistakes do not open the circuit");
  }

  @Test
  void unlimitedAndBlocked_askNoStore() {
    StoreLimiter limiter = StoreLimiter.create(Limits.parse("unlimited"), 0, redis);
    assertTrue(limiter.tryAcquire("a", 1_000_000));
    assertEquals(Long.MAX_VALUE, limiter.decide("a", 1).decision().remaining());
    StoreLimiter blocked = limiter.withLimits(Limits.parse("blocked"), 0);
    assertEquals(Decision.NEVER, blocked.decide("a", 1).decision().retryAfterNanos());
    assertFalse(blocked.reset("a"));
    assertEquals(List.of(), calls);
  }

  @Test
  void replies_asBytes_areReadToo() {
    ScriptRunner bytes = call -> {
      List<Object> reply = new ArrayList<>();
      for (Object item : (List<?>) redis.run(call)) {
        reply.add(item instanceof String text ? text.getBytes(StandardCharsets.US_ASCII) : item);
      }
      return reply;
    };
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, bytes);
    assertTrue(limiter.tryAcquire("a", 10));
    assertTrue(limiter.withLimits(Limits.parse("20/hour"), 1).tryAcquire("a", 10));
    assertFalse(limiter.tryAcquire("a"));
  }

  @Test
  void async_doesTheSame() throws Exception {
    AsyncStoreLimiter limiter =
        AsyncStoreLimiter.create(TEN, 0, call -> CompletableFuture.supplyAsync(() -> run(call)));
    jedis.scriptFlush();
    assertTrue(limiter.tryAcquire("a", 6).get());
    StoreDecision charge = limiter.decide("a", 4).get();
    assertFalse(limiter.tryAcquire("a").get());
    assertTrue(limiter.refund(charge, 3).get());
    assertEquals(3, limiter.peek("a", 1).get().decision().remaining());
    assertTrue(
        limiter.withLimits(Limits.parse("20/hour"), 1).tryAcquire("a", 13).get());
    assertFalse(limiter.tryAcquire("a").get());
    assertTrue(limiter.refund("a", 1).get());
    assertTrue(limiter.reset("a").get());
    jedis.set("text", "hello");
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> limiter.tryAcquire("text").get());
    assertTrue(e.getCause() instanceof StoreException, e.toString());
  }

  private Object run(ScriptCall call) {
    try {
      return redis.run(call);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
