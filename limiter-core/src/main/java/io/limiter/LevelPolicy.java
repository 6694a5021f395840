package io.limiter;

/**
 * What a limiter keeps of its level when its rate, burst or windows change.
 *
 * <p>{@code missing} is what is missing from the burst B, in permits: {@code B} less the level. A
 * debt is what is missing beyond B. B' is the new burst. What each policy leaves missing is rounded
 * up to the next tick, so no policy mints.
 */
public enum LevelPolicy {
  /**
   * A fresh limiter stays fresh, what was spent stays spent: {@code missing' = min(missing, B' +
   * debt)}. Raising the burst raises the level by as much; lowering it makes no new debt. The
   * default.
   */
  SPENT,

  /** The level as a number, at most B': {@code missing' = max(B' - level, 0)}. */
  KEEP,

  /** The level in parts of the burst: {@code missing' = missing * B'/B}; a debt stays a debt. */
  PROPORTIONAL,

  /** Nothing is missing, as of a new limiter: {@code missing' = 0}. */
  FRESH,

  /** The level is 0: {@code missing' = B' + debt}. */
  EMPTY
}
