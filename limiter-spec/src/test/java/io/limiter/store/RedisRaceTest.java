package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/**
 * Two processes and one server: in peace, and while the server is killed and forgets. That it is looser if
 * nobody remembers, {@link RedisLossTest} shows without a race.
 */
class RedisRaceTest {
  private static final int SECONDS = Integer.getInteger("store.seconds", 2);
  private static final int N = 200; // permits per second
  private static final int B = 500;
  private static final Limits LIMITS = Limits.parse(N + "/second burst " + B);
  private static final int IN_FLIGHT = 8; // calls at once

  @Test
  void twoProcesses_oneKey_neverMoreThanBurstPlusRate() throws Exception {
    try (RedisServer server = RedisServer.start("--appendonly", "no")) {
      long most = StoreRacer.mostAtOnce(race(server, true, SECONDS * 1000L, 0), N);
      assertTrue(most >= B / 2, most + " at once: the burst was not used");
      assertTrue(most <= B, most + " at once");
    }
  }

  @Test
  void storeThatForgets_isReminded() throws Exception {
    try (RedisServer server = RedisServer.start("--appendonly", "no")) {
      int kills = 2 * SECONDS;
      long most = StoreRacer.mostAtOnce(race(server, true, 500L * kills, kills), N);
      assertTrue(most >= B / 2, most + " at once: the burst was not used");
      assertTrue(most <= B + IN_FLIGHT * kills, most + " at once, after " + kills + " losses");
    }
  }

  /** With every write on disk before its reply, a kill loses nothing. */
  @Test
  void storeThatKeepsAll_losesNothing() throws Exception {
    try (RedisServer server = RedisServer.start("--appendonly", "yes", "--appendfsync", "always")) {
      long most = StoreRacer.mostAtOnce(race(server, false, 1_000, 2), N);
      assertTrue(most >= B / 4, most + " at once");
      assertTrue(most <= B, most + " at once");
    }
  }

  /** Two processes for so long, while the server is killed so often. */
  private static List<Long> race(RedisServer server, boolean seen, long millis, int kills)
      throws Exception {
    Path file = Files.createTempFile("racer", ".txt");
    Process other = StoreRacer.fork(server.port(), LIMITS, millis, seen, file);
    try {
      awaitFirstCall(server);
      CompletableFuture<List<Long>> mine = CompletableFuture.supplyAsync(() -> {
        try {
          return StoreRacer.race(server.port(), LIMITS, millis, seen);
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      });
      for (int i = 0; i < kills; i++) {
        Thread.sleep(millis / (kills + 1));
        server.kill();
        server.restart();
      }
      List<Long> all = new ArrayList<>(mine.get());
      assertEquals(0, other.waitFor(), "the other process");
      List<Long> others = StoreRacer.read(file);
      assertTrue(!others.isEmpty() && !all.isEmpty(), "both were admitted");
      all.addAll(others);
      return all;
    } finally {
      other.destroyForcibly();
      Files.delete(file);
    }
  }

  private static void awaitFirstCall(RedisServer server) throws InterruptedException {
    try (Jedis jedis = server.connect()) {
      while (jedis.dbSize() == 0) {
        Thread.sleep(1);
      }
    }
  }
}
