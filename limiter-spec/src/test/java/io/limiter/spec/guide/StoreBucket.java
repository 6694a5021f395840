package io.limiter.spec.guide;

import io.limiter.Decision;
import io.limiter.NanoClock;
import java.util.HashMap;
import java.util.Map;

/** A token bucket over a store that keeps two numbers per key. Time is in whole milliseconds. */
class StoreBucket {
  private final Map<String, long[]> store = new HashMap<>(); // stands for yours
  private final long burst;
  private final long millisPerPermit;
  private final NanoClock clock;

  StoreBucket(long burst, long millisPerPermit, NanoClock clock) {
    this.burst = burst;
    this.millisPerPermit = millisPerPermit;
    this.clock = clock;
  }

  private long now() {
    return Math.floorDiv(clock.nanoTime(), 1_000_000L);
  }

  /** The permits of a key, and the ms at which the last of them arrived: as of now. */
  private long[] row(String key) {
    long now = now();
    long[] row = store.getOrDefault(key, new long[] {burst, now});
    long arrived = Math.max(now - row[1], 0) / millisPerPermit;
    boolean isFull = arrived >= burst - row[0];
    return isFull
        ? new long[] {burst, Math.max(now, row[1])}
        : new long[] {row[0] + arrived, row[1] + arrived * millisPerPermit};
  }

  synchronized boolean allow(String key, long permits) {
    long[] row = row(key);
    if (permits < 0 || row[0] < permits) {
      return false;
    }
    row[0] -= permits;
    store.put(key, row);
    return true;
  }

  synchronized long remaining(String key) {
    return row(key)[0];
  }

  /** The wait in ms; {@link Decision#NEVER} for more than the burst. */
  synchronized long retryAfterMillis(String key, long permits) {
    long[] row = row(key);
    long missing = Math.max(permits - row[0], 0);
    return permits > burst
        ? Decision.NEVER
        : missing == 0 ? 0 : row[1] + missing * millisPerPermit - now();
  }
}
