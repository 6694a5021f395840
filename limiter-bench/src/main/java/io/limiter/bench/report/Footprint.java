package io.limiter.bench.report;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import io.limiter.bench.Library;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.openjdk.jol.info.GraphLayout;

/** What one more limiter weighs, in bytes: what two weigh together less what one weighs alone. */
final class Footprint {
  private Footprint() {}

  static Map<String, Long> measure() {
    NanoClock clock = NanoClock.system();
    Rate rate = Rate.perMinute(480);
    Map<String, Long> bytes = new LinkedHashMap<>();
    bytes.put("Gcra", of(() -> Gcra.create(rate, clock)));
    bytes.put("TokenBucket", of(() -> TokenBucket.create(rate, clock)));
    bytes.put("TokenBucket, stepwise", of(() -> TokenBucket.stepwise(rate, clock)));
    bytes.put(
        "AllOf of two Gcra",
        of(() -> AllOf.of(Gcra.create(rate, clock), Gcra.create(rate, clock))));
    bytes.put("SlidingLog, empty", of(() -> SlidingLog.create(rate, clock)));
    bytes.put("SlidingLog, 480 permits in its window", of(() -> {
      SlidingLog log = SlidingLog.create(rate, clock);
      log.tryAcquireAt(clock.nanoTime(), 480);
      return log;
    }));
    for (Library library : Library.values()) {
      if (library != Library.LIMITER) {
        bytes.put(library.name(), of(() -> library.admitting().limiter()));
      }
    }
    return bytes;
  }

  private static long of(Supplier<Object> limiters) {
    limiters.get(); // what is made once
    Object one = limiters.get();
    Object other = limiters.get();
    return GraphLayout.parseInstance(one, other).totalSize()
        - GraphLayout.parseInstance(one).totalSize();
  }
}
