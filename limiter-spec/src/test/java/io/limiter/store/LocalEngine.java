package io.limiter.store;

import io.limiter.rule.Limits;
import java.util.concurrent.atomic.AtomicLong;

/** The scripts in Java, by the clock of a store that forgets; where readings step back, by the caller's. */
final class LocalEngine extends ScriptedEngine {
  private final AtomicLong clock;
  private boolean byCallers;

  LocalEngine() {
    this(new AtomicLong());
  }

  private LocalEngine(AtomicLong clock) {
    super(
        StoreLimiter.create(Limits.parse("unlimited"), 0, new LocalStore(clock::get))
            .seenKeys(0),
        "life");
    this.clock = clock;
  }

  @Override
  public void readingsStepBack() {
    byCallers = true;
  }

  @Override
  StoreLimiter at(StoreLimits limits, long now) {
    if (byCallers) {
      return super.at(limits, now);
    }
    clock.set(now);
    return store.withLimits(limits.limits(), limits.revision());
  }
}
