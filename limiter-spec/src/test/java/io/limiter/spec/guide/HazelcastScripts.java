package io.limiter.spec.guide;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.map.IMap;
import io.limiter.store.ScriptCall;
import io.limiter.store.ScriptResult;
import io.limiter.store.ScriptRunner;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Runs a script on the member that holds the key. Backups get the text; they do not run it again. */
public final class HazelcastScripts implements EntryProcessor<String, String, List<Object>> {
  private static final long serialVersionUID = 1;

  private final ScriptCall call;
  private transient ScriptResult result;

  private HazelcastScripts(ScriptCall call) {
    this.call = call;
  }

  /** For {@code StoreLimiter.create}. */
  public static ScriptRunner on(IMap<String, String> map) {
    return call -> map.executeOnKey(call.keys().get(0), new HazelcastScripts(call));
  }

  @Override
  public List<Object> process(Map.Entry<String, String> entry) {
    long nowMicros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    result = call.runOn(Objects.requireNonNullElse(entry.getValue(), ""), nowMicros);
    return result.changed() ? store(entry, result) : result.reply();
  }

  private static List<Object> store(Map.Entry<String, String> entry, ScriptResult result) {
    ((ExtendedMapEntry<String, String>) entry)
        .setValue(result.value(), result.liveMillis(), TimeUnit.MILLISECONDS);
    return result.reply();
  }

  @Override
  public EntryProcessor<String, String, List<Object>> getBackupProcessor() {
    ScriptResult copy = result;
    return copy.changed() ? entry -> store(entry, copy) : null;
  }
}
