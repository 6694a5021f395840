package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.store.StoreDemo.Share;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs {@link StoreDemo}, says what happened, and holds it to the limit. */
class StoreDemoTest {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  @Test
  void twoProcesses_oneRedis_keepOneLimit() throws Exception {
    try (RedisServer server = RedisServer.start("--appendonly", "no")) {
      List<Share> one = StoreDemo.twoProcesses("count", server, "demo:one", false);
      long inAll = StoreDemo.admitted(one);
      System.out.printf(
          "One limit, %d/day: %d admitted in one process, %d in the other: %d in all.%n",
          StoreDemo.LIMIT, one.get(0).admitted(), one.get(1).admitted(), inAll);
      assertTrue(inAll >= StoreDemo.LIMIT, inAll + " admitted");
      assertTrue(inAll <= StoreDemo.LIMIT + refilled(one, 86_400), inAll + " admitted");

      List<Share> killed = StoreDemo.twoProcesses("count", server, "demo:killed", true);
      long despite = StoreDemo.admitted(killed);
      System.out.printf(
          "Redis killed and restarted empty: %d and %d: %d in all.%n",
          killed.get(0).admitted(), killed.get(1).admitted(), despite);
      long unseen = 2; // the last call of each process
      assertTrue(despite >= StoreDemo.LIMIT - unseen, despite + " admitted");
      assertTrue(
          despite <= StoreDemo.LIMIT + unseen + refilled(killed, 86_400), despite + " admitted");

      List<Share> leased = StoreDemo.twoProcesses("lease", server, "demo:leased", false);
      long spent = StoreDemo.admitted(leased);
      long calls = leased.stream().mapToLong(Share::calls).sum();
      long most = StoreDemo.RATE + StoreDemo.RATE * nanos(leased) / NANOS_PER_SECOND;
      System.out.printf(
          "Leases, %d/second: %d admitted of at most %d, with %d calls of Redis, one per %d"
              + " admissions.%nA call took %.1f ns; of a Gcra in memory %.1f ns.%n",
          StoreDemo.RATE,
          spent,
          most,
          calls,
          spent / calls,
          leased.get(0).lease() / 1e3,
          leased.get(0).memory() / 1e3);
      assertTrue(spent <= most, spent + " admitted of " + most);
      assertTrue(spent >= StoreDemo.RATE / 2, spent + " admitted: the burst was not used");
    }
  }

  private static long nanos(List<Share> shares) {
    long start = Math.min(shares.get(0).startNanos(), shares.get(1).startNanos());
    long end = Math.max(shares.get(0).endNanos(), shares.get(1).endNanos());
    return end - start;
  }

  private static long refilled(List<Share> shares, long periodSeconds) {
    return StoreDemo.LIMIT * nanos(shares) / NANOS_PER_SECOND / periodSeconds;
  }
}
