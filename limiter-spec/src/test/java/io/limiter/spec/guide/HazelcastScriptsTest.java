package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.limiter.rule.Limits;
import io.limiter.store.ScriptCall;
import io.limiter.store.ScriptResult;
import io.limiter.store.ScriptRunner;
import io.limiter.store.StoreDecision;
import io.limiter.store.StoreLimiter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The limiter in a cluster of Hazelcast members. */
class HazelcastScriptsTest {
  private static final Limits TEN = Limits.parse("10/hour");
  private static final int KEYS = 100;

  private final List<HazelcastInstance> members = new ArrayList<>();

  @BeforeEach
  void start() throws InterruptedException {
    System.setProperty("hazelcast.logging.type", "none");
    members.add(member());
    members.add(member());
    members.get(0).getMap("any").put("any", "any"); // so that partitions have owners
    while (!members.get(0).getPartitionService().isClusterSafe()) {
      Thread.sleep(5); // until each has its backup
    }
  }

  @AfterEach
  void stop() {
    members.forEach(member -> member.getLifecycleService().terminate());
  }

  private static HazelcastInstance member() {
    Config config = new Config();
    config.setClusterName("limiter" + ProcessHandle.current().pid());
    config.setProperty("hazelcast.phone.home.enabled", "false");
    // A call that may have run is not run again: it could give permits back twice.
    config.setProperty("hazelcast.operation.fail.on.indeterminate.state", "true");
    config.setProperty("hazelcast.operation.backup.timeout.millis", "120000"); // on a busy machine
    config.setProperty("hazelcast.operation.thread.count", "2");
    config.setProperty("hazelcast.partition.count", "31");
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).addMember("127.0.0.1");
    return Hazelcast.newHazelcastInstance(config);
  }

  @Test
  void limiter_onTwoMembers_isOne() {
    List<StoreLimiter> limiters = new ArrayList<>();
    for (HazelcastInstance member : members) {
      limiters.add(StoreLimiter.create(TEN, 1, HazelcastScripts.on(member.getMap("limits"))));
    }
    for (int i = 0; i < 10; i++) {
      assertTrue(limiters.get(i % members.size()).tryAcquire("one"));
    }
    assertFalse(limiters.get(0).tryAcquire("one"));
    assertFalse(limiters.get(1).tryAcquire("one"));
    StoreDecision charge = limiters.get(0).decide("two", 4);
    assertTrue(limiters.get(0).refund(charge, 3));
    assertEquals(9, limiters.get(1).peek("two", 1).decision().remaining());
    assertTrue(limiters.get(1).reset("one"));
    assertTrue(limiters.get(0).tryAcquire("one", 10));
  }

  @Test
  void backup_thatCarriesTheText_losesNothingWithItsMember() {
    Map<String, String> before = new HashMap<>();
    assertEquals(before, textsAfterAMemberDied("copied", HazelcastScripts::on, before));
  }

  /** The test above can fail: a backup that runs the script again reads another clock. */
  @Test
  void backup_thatRunsTheScriptAgain_isCaught() {
    Map<String, String> before = new HashMap<>();
    Function<IMap<String, String>, ScriptRunner> twice =
        map -> call -> map.executeOnKey(call.keys().get(0), new RunTwice(call));
    assertNotEquals(before, textsAfterAMemberDied("again", twice, before));
  }

  private static final class RunTwice implements EntryProcessor<String, String, List<Object>> {
    private static final long serialVersionUID = 1;

    private final ScriptCall call;

    RunTwice(ScriptCall call) {
      this.call = call;
    }

    @Override
    public List<Object> process(Map.Entry<String, String> entry) {
      long micros = System.nanoTime() / 1_000; // any clock
      ScriptResult result = call.runOn(Objects.requireNonNullElse(entry.getValue(), ""), micros);
      entry.setValue(result.value());
      return result.reply();
    }
  }

  /** Calls for many keys, notes what is stored, and ends the oldest member without a goodbye. */
  private Map<String, String> textsAfterAMemberDied(
      String name,
      Function<IMap<String, String>, ScriptRunner> runner,
      Map<String, String> before) {
    IMap<String, String> map = members.get(0).getMap(name);
    StoreLimiter limiter = StoreLimiter.create(TEN, 1, runner.apply(map));
    for (int i = 0; i < 3 * KEYS; i++) {
      assertTrue(limiter.tryAcquire("key" + i % KEYS));
    }
    before.putAll(map.getAll(map.keySet()));
    assertEquals(KEYS, before.size());
    members.remove(0).getLifecycleService().terminate();
    Map<String, String> after = new HashMap<>();
    IMap<String, String> rest = members.get(0).getMap(name);
    before.keySet().forEach(key -> after.put(key, rest.get(key)));
    return after;
  }
}
