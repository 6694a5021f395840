package io.limiter.store;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** A store in memory that runs the scripts in Java and forgets as Redis does, one call at a time. */
final class LocalStore implements ScriptRunner {
  private record Entry(String value, long endMicros) {}

  private final Map<String, Entry> entries = new HashMap<>();
  private final LongSupplier micros;
  private final ReentrantLock lock = new ReentrantLock();

  LocalStore(LongSupplier micros) {
    this.micros = micros;
  }

  @Override
  public Object run(ScriptCall call) {
    return runOnce(call).reply();
  }

  ScriptResult runOnce(ScriptCall call) {
    String key = call.keys().get(0);
    lock.lock();
    try {
      long now = micros.getAsLong();
      ScriptResult result = call.runOn(get(key), now);
      if (result.changed()) {
        entries.put(key, new Entry(result.value(), now + 1_000 * result.liveMillis()));
      }
      return result;
    } finally {
      lock.unlock();
    }
  }

  /** The stored text; empty if there is none. */
  String get(String key) {
    Entry entry = entries.get(key);
    return entry == null || entry.endMicros <= micros.getAsLong() ? "" : entry.value;
  }
}
