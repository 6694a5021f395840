package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.rule.Limits;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/**
 * A server that loses what it was told: killed and empty, or replaced by a replica that lagged. Each step waits
 * for what it needs, so the numbers are exact, with and without the memory of what was seen.
 */
class RedisLossTest {
  private static final int B = 50;
  private static final Limits LIMITS = Limits.parse(B + "/day"); // the next in half an hour
  private static final int COPIED = 20; // permits of which the replica knows
  private static final int LAST = 7; // permits of which only the caller that ends knows

  @Test
  void emptyServer_isRemindedOfAll() throws Exception {
    assertEquals(B, admittedWithALoss(true));
  }

  /** The test above can fail: nobody remembers, so the loss is another burst. */
  @Test
  void emptyServer_nobodyRemembers_isAnotherBurst() throws Exception {
    assertEquals(2 * B, admittedWithALoss(false));
  }

  @Test
  void staleReplica_isRemindedOfAllThatALivingCallerSaw() throws Exception {
    assertEquals(B + LAST, admittedWithAStaleReplica(true));
  }

  @Test
  void staleReplica_nobodyRemembers_admitsAllThatItMissed() throws Exception {
    assertEquals(B + B - COPIED, admittedWithAStaleReplica(false));
  }

  private static int admittedWithALoss(boolean seen) throws Exception {
    try (RedisServer server = RedisServer.start("--appendonly", "no")) {
      int[] port = {server.port()};
      StoreLimiter caller = caller(port, seen);
      int admitted = take(caller, B + 1);
      server.kill();
      server.restart();
      return admitted + take(caller, 2 * B);
    }
  }

  /** One caller lives on, another takes the last permits and ends. */
  private static int admittedWithAStaleReplica(boolean seen) throws Exception {
    try (RedisServer master =
            RedisServer.start("--appendonly", "no", "--repl-diskless-sync-delay", "0");
        RedisServer replica = RedisServer.start(
            "--appendonly", "no", "--replicaof", "127.0.0.1", Integer.toString(master.port()))) {
      int[] port = {master.port()};
      StoreLimiter living = caller(port, seen);
      StoreLimiter ending = caller(port, seen);
      int admitted = take(living, COPIED);
      try (Jedis old = master.connect();
          Jedis next = replica.connect()) {
        String copied = old.get("key");
        while (!copied.equals(next.get("key"))) {
          Thread.sleep(1);
        }
        next.replicaof("127.0.0.1", 1); // nobody is there: from now on it lags
        admitted += take(living, B - COPIED - LAST);
        admitted += take(ending, LAST + 1);
        assertEquals(B, admitted, "before the loss");
        assertEquals(copied, next.get("key"), "the replica lags");
        master.kill();
        next.replicaofNoOne();
      }
      port[0] = replica.port();
      return admitted + take(living, 2 * B);
    }
  }

  private static StoreLimiter caller(int[] port, boolean seen) {
    StoreLimiter limiter = StoreLimiter.create(LIMITS, 0, call -> {
      try (Jedis jedis = new Jedis("127.0.0.1", port[0], 2_000, 10_000)) {
        return RedisServer.runner(jedis).run(call);
      }
    });
    return seen ? limiter : limiter.seenKeys(0);
  }

  /** How many of so many calls were admitted. */
  private static int take(StoreLimiter limiter, int calls) {
    int admitted = 0;
    for (int i = 0; i < calls; i++) {
      admitted += limiter.tryAcquire("key") ? 1 : 0;
    }
    return admitted;
  }
}
