package io.limiter.spec;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import java.util.List;

/** The limiters of this project, as setups ask for them. */
final class Kernel {
  private Kernel() {}

  static Subject create(Setup setup, NanoClock clock) {
    return Subject.of(limiter(setup, clock));
  }

  static RateLimiter limiter(Setup setup, NanoClock clock) {
    if (setup instanceof Setup.OfGcra gcra) {
      return Gcra.create(gcra.rate(), gcra.burst(), clock);
    }
    if (setup instanceof Setup.OfBucket bucket) {
      return bucket.stepwise()
          ? TokenBucket.stepwise(
              bucket.rate(),
              bucket.burst(),
              bucket.initial(),
              clock.nanoTime() + bucket.anchor(),
              clock)
          : TokenBucket.create(bucket.rate(), bucket.burst(), bucket.initial(), clock);
    }
    if (setup instanceof Setup.OfLog log) {
      return SlidingLog.create(log.windows(), clock);
    }
    Setup.OfAll all = (Setup.OfAll) setup;
    List<RateLimiter> members =
        all.members().stream().map(each -> limiter(each, clock)).toList();
    return AllOf.of(members, all.weights().stream().mapToLong(Long::longValue).toArray());
  }
}
