package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.limiter.rule.Limits;
import io.limiter.spec.guide.HazelcastScripts;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The scripts in an entry processor decide, give back and change as exact rationals do. */
class HazelcastOracleTest {
  private static final int STEPS = Integer.getInteger("store.steps", 12_000);

  @Test
  void entryProcessor_byTheCallersTime_isExactAndKeepsEveryGuarantee() {
    System.setProperty("hazelcast.logging.type", "none");
    Config config = new Config();
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    HazelcastInstance member = Hazelcast.newHazelcastInstance(config);
    try {
      IMap<String, String> map = member.getMap("limits");
      StoreLimiter any =
          StoreLimiter.create(Limits.parse("unlimited"), 0, HazelcastScripts.on(map));
      int steps = 0;
      for (long seed = new Random().nextLong(); steps < STEPS; seed++) {
        StoreTimeline life = new StoreTimeline(seed, new ScriptedEngine(any, "life:" + seed));
        assertEquals(Optional.empty(), life.run(), "seed " + seed);
        steps += life.steps();
      }
      StoreKitTest.keepAll(any, STEPS / 1_000);
    } finally {
      member.getLifecycleService().terminate();
    }
  }
}
