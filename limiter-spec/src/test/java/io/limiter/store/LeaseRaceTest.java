package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Two processes lease one key of a real server, and are killed and replaced. */
class LeaseRaceTest {
  private static final int SECONDS = Integer.getInteger("store.seconds", 2);
  private static final long N = 100_000; // permits per second
  private static final long B = 50_000;
  private static final Limits LIMITS = Limits.parse(N + "/second burst " + B);

  @Test
  void processesThatAreKilled_neverMoreThanBurstPlusRate() throws Exception {
    Path folder = Files.createTempDirectory("leases");
    TreeMap<Long, Long> admitted = new TreeMap<>();
    List<Path> logs = new ArrayList<>();
    long count = 0;
    try (RedisServer server = RedisServer.start("--appendonly", "no")) {
      List<Process> processes = new ArrayList<>();
      try {
        for (int i = 0; i < 2; i++) {
          processes.add(start(server, folder, logs));
        }
        try (Jedis jedis = server.connect()) {
          while (jedis.dbSize() == 0) {
            Thread.sleep(1);
          }
        }
        for (int i = 0; i < 2; i++) {
          Thread.sleep(SECONDS * 500L);
          processes.get(i).destroyForcibly().onExit().join();
          processes.add(start(server, folder, logs));
        }
        Thread.sleep(SECONDS * 500L);
      } finally {
        processes.forEach(process -> process.destroyForcibly().onExit().join());
      }
      for (Path log : logs) {
        count += LeaseRacer.read(log, admitted);
      }
    }
    Files.delete(folder);
    assertTrue(count > B / 2, count + " admitted: the burst was not used");
    assertEquals(Optional.empty(), LeaseTimeline.excess(admitted, N, 1_000_000, B));
  }

  private static Process start(RedisServer server, Path folder, List<Path> logs) throws Exception {
    Path log = folder.resolve("log" + logs.size() + "-");
    logs.add(log);
    return LeaseRacer.fork(server.port(), LIMITS, log);
  }
}
