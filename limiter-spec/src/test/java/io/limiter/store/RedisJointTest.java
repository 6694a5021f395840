package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Several keys in one call, on a real server. */
class RedisJointTest {
  private static final int STEPS = Integer.getInteger("store.steps", 12_000) / 4;
  private static final String USER = "{acme}:42";
  private static final String TENANT = "{acme}";

  private static RedisServer server;

  private Jedis jedis;
  private StoreLimiter users;
  private StoreLimiter tenants;

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
    jedis.scriptFlush();
    users = StoreLimiter.create(Limits.parse("10/hour"), 1, RedisServer.runner(jedis));
    tenants = users.withLimits(Limits.parse("15/hour, 100/day"), 1);
  }

  @AfterEach
  void disconnect() {
    jedis.close();
  }

  private List<StoreDecision> decide(long ofUser, long ofTenant) {
    return users.decideAll(List.of(users.call(USER, ofUser), tenants.call(TENANT, ofTenant)));
  }

  private static boolean admitted(List<StoreDecision> decisions) {
    return decisions.stream().allMatch(StoreDecision::admitted);
  }

  private long left(StoreLimiter limiter, String key) {
    return limiter.peek(key, 1).decision().remaining();
  }

  @Test
  void decideAll_takesOfAllOrOfNone() {
    assertTrue(admitted(decide(8, 8)));
    assertEquals(2, left(users, USER));
    assertEquals(7, left(tenants, TENANT));
    List<StoreDecision> denied = decide(3, 1);
    assertFalse(denied.get(0).admitted());
    assertTrue(denied.get(1).admitted(), "what the key says for itself");
    assertFalse(admitted(decide(1, 8)));
    assertFalse(admitted(decide(1, 16)), "more than the burst");
    assertEquals(2, left(users, USER));
    assertEquals(7, left(tenants, TENANT));
    assertThrows(IllegalArgumentException.class, () -> users.refund(denied.get(1), 1));
    assertTrue(admitted(decide(0, 7)), "of one of them nothing");
    assertTrue(admitted(decide(2, 0)));
  }

  @Test
  void receipts_ofACharge_giveBackEachOfItsKey() {
    List<StoreDecision> charge = decide(8, 8);
    assertTrue(users.refund(charge.get(1), 3));
    assertTrue(users.refund(charge.get(0), 8));
    assertEquals(10, left(users, USER));
    assertEquals(10, left(tenants, TENANT));
  }

  @Test
  void limitsThatChanged_ofOneKeyOrOfBoth_applyAndChargeOnce() {
    assertTrue(admitted(decide(4, 4)));
    StoreLimiter deployed = tenants.withLimits(Limits.parse("20/hour, 100/day"), 2);
    StoreLimiter more = users.withLimits(Limits.parse("12/hour"), 2);
    assertTrue(admitted(users.decideAll(List.of(users.call(USER, 1), deployed.call(TENANT, 1)))));
    assertEquals(15, left(deployed, TENANT));
    assertTrue(admitted(users.decideAll(List.of(more.call(USER, 1), tenants.call(TENANT, 1)))));
    assertEquals(6, left(more, USER));
    assertEquals(14, left(deployed, TENANT));
  }

  @Test
  void keys_withoutACommonHashTag_areRefused() {
    for (String other : List.of("acme", "{}acme", "{other}", "{acme")) {
      IllegalArgumentException e = assertThrows(
          IllegalArgumentException.class,
          () -> users.decideAll(List.of(users.call(USER, 1), tenants.call(other, 1))));
      assertTrue(e.getMessage().contains("hash tag"), e.getMessage());
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> users.decideAll(List.of(users.call(USER, 1), tenants.call(USER, 1))));
    assertThrows(IllegalArgumentException.class, () -> users.decideAll(List.of()));
    StoreLimiter unlimited = users.withLimits(Limits.parse("unlimited"), 1);
    assertThrows(
        IllegalArgumentException.class, () -> users.decideAll(List.of(unlimited.call(USER, 1))));
  }

  @Test
  void storeThatIsAway_thePolicyAnswersKeyByKey() {
    ScriptRunner gone = call -> {
      throw new IOException("gone");
    };
    StoreLimiter away = StoreLimiter.create(Limits.parse("10/hour"), 1, gone);
    List<KeyCall> calls = List.of(away.call(USER, 1), away.call(TENANT, 1));
    assertThrows(StoreException.class, () -> away.decideAll(calls));
    assertTrue(admitted(away.onFailure(FailurePolicy.open()).decideAll(calls)));
    assertFalse(admitted(away.onFailure(FailurePolicy.closed()).decideAll(calls)));
  }

  @Test
  void storesWithOneKeyPerCall_refuseUnderEveryPolicy() {
    StoreLimiter memory = StoreLimiter.create(
            Limits.parse("10/hour"), 1, new LocalStore(() -> StoreTimeline.BASE))
        .onFailure(FailurePolicy.open());
    StoreLimiter postgres = StoreLimiter.postgres(
            Limits.parse("10/hour"), 1, (sql, key, arguments) -> "never asked")
        .onFailure(FailurePolicy.open());
    for (StoreLimiter limiter : List.of(memory, postgres)) {
      StoreException e = assertThrows(
          StoreException.class,
          () -> limiter.decideAll(List.of(limiter.call(USER, 1), limiter.call(TENANT, 1))));
      assertTrue(e.getMessage().contains("need Redis"), e.getMessage());
    }
  }

  @Test
  void async_doesTheSame() throws Exception {
    ScriptRunner redis = RedisServer.runner(jedis);
    AsyncStoreLimiter limiter = AsyncStoreLimiter.create(
        Limits.parse("10/hour"), 1, call -> CompletableFuture.completedFuture(redis.run(call)));
    assertTrue(admitted(limiter
        .decideAll(List.of(limiter.call(USER, 8), limiter.call(TENANT, 8)))
        .get()));
    assertFalse(admitted(limiter
        .decideAll(List.of(limiter.call(USER, 1), limiter.call(TENANT, 3)))
        .get()));
    assertEquals(2, limiter.peek(USER, 1).get().decision().remaining());
  }

  @Test
  void decideAll_byTheCallersTime_isExact() {
    assertEquals(Optional.empty(), difference(RedisServer.runner(jedis), "right"));
  }

  @Test
  void scriptThatChargesThoughAKeyDenied_isCaught() {
    String right = "all = all and reply[1] == 1";
    assertTrue(RedisScript.TAKE_ALL.text().contains(right));
    ScriptRunner wrong = call -> jedis.eval(
        RedisScript.byText(call).script().replace(right, ""), call.keys(), call.arguments());
    assertTrue(difference(wrong, "wrong").isPresent());
  }

  /** Random calls of three keys, against a model of each. */
  private Optional<String> difference(ScriptRunner redis, String prefix) {
    Random random = new Random();
    long now = StoreTimeline.BASE;
    List<StoreLimits> limits = List.of(
        StoreLimits.of(Limits.parse("7/3 ms burst 3")),
        StoreLimits.of(Limits.parse("1000/7 ms burst 9, 11/30 ms")),
        StoreLimits.of(Limits.parse("999983/second burst 17")));
    List<ExactStore> models = limits.stream().map(ExactStore::new).toList();
    StoreLimiter any = StoreLimiter.create(Limits.parse("unlimited"), 0, redis);
    for (int step = 0; step < STEPS; step++) {
      now += random.nextInt(1_500);
      List<KeyCall> calls = new ArrayList<>();
      boolean passes = true;
      for (int i = 0; i < limits.size(); i++) {
        long permits = random.nextInt(4);
        calls.add(new KeyCall("{" + prefix + "}" + i, limits.get(i), permits));
        passes &= models.get(i).decide(limits.get(i), now, permits, false).admitted();
      }
      List<StoreDecision> got = any.at(now).decideAll(calls);
      for (int i = 0; i < limits.size(); i++) {
        long permits = calls.get(i).permits();
        ExactStore.Answer want = models.get(i).decide(limits.get(i), now, permits, passes);
        List<String> rules =
            got.get(i).detail().rules().stream().map(StoreTimeline::text).toList();
        if (got.get(i).admitted() != want.admitted() || !rules.equals(want.rules())) {
          return Optional.of("step " + step + " key " + i + ": " + got.get(i) + " not " + want);
        }
      }
    }
    return Optional.empty();
  }
}
