package io.limiter.store;

/** One key in a store, with the time as an argument: what {@link StoreTimeline} compares with the model. */
interface StoreEngine {
  /** Takes the permits or none, or only looks. */
  StoreDecision decide(StoreLimits limits, long now, long permits, boolean take);

  /** Gives permits of a charge back. */
  void giveBack(StoreLimits limits, long now, StoreDecision charge, long permits);

  /** Raises the level. */
  void refund(StoreLimits limits, long now, long permits);

  /** Readings will step back: do not forget a value at the first reading that finds it fresh. */
  default void readingsStepBack() {}

  /** Makes the key fresh. */
  void reset(StoreLimits limits, long now);
}
