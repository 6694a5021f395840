package io.limiter.store;

import java.util.function.Supplier;

/** {@link StoreLimits} over a variable that forgets as a store with expiry does. */
class PureEngine implements StoreEngine {
  String stored = "";
  long forgetAt;
  boolean keepsFresh;

  @Override
  public void readingsStepBack() {
    keepsFresh = true;
  }

  @Override
  public StoreDecision decide(StoreLimits limits, long now, long permits, boolean take) {
    forget(now);
    StoreStep step = take ? limits.step(stored, now, permits) : limits.peek(stored, now, permits);
    keep(limits, now, step);
    return step.decision();
  }

  @Override
  public void giveBack(StoreLimits limits, long now, StoreDecision charge, long permits) {
    lower(now, () -> limits.giveBack(stored, now, charge, permits));
  }

  @Override
  public void refund(StoreLimits limits, long now, long permits) {
    lower(now, () -> limits.refund(stored, now, permits));
  }

  @Override
  public void reset(StoreLimits limits, long now) {
    lower(now, () -> limits.reset(stored, now));
  }

  private void lower(long now, Supplier<StoreStep> lowering) {
    forget(now);
    StoreStep step = lowering.get();
    if (step.changed()) {
      stored = step.value();
      forgetAt = step.forgetAtMicros();
      lowered(now);
    }
  }

  /** Stores what the step says. */
  void keep(StoreLimits limits, long now, StoreStep step) {
    if (step.changed()) {
      stored = step.value();
      forgetAt = step.forgetAtMicros();
    }
  }

  /** For mutants: after a word was lowered. */
  void lowered(long now) {}

  /** For mutants: when the value is forgotten. */
  void forget(long now) {
    if (now >= forgetAt && !keepsFresh) {
      stored = "";
    }
  }
}
