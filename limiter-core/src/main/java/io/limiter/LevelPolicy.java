package io.limiter;

/**
 * What a limiter keeps of its level when its rate or burst is changed.
 *
 * <p>In the formulas B is the old burst, B' the new one, {@code missing = B - level}, and {@code debt =
 * max(-level, 0)}; the level afterwards is {@code B' - missing'}. What is missing is rounded up, so no
 * policy mints a permit. Whichever it is, permits that callers wait for stay charged, no level exceeds
 * the new burst, and none but {@link #FRESH} forgives a debt; {@link #SPENT} pays it from a raise.
 */
public enum LevelPolicy {
  /**
   * A fresh limiter stays fresh, and what was spent stays spent: {@code missing' = min(missing, B' +
   * debt)}. Raising the burst raises the level by as much. Lowering it lowers the level, but makes no
   * new debt. The default.
   */
  SPENT,

  /**
   * The level in permits, clamped to the new burst: {@code missing' = max(missing + B' - B, 0)}. A
   * debt stays a debt of as many permits.
   */
  KEEP,

  /**
   * The level in parts of the burst, so half full stays half full: {@code missing' = min(missing, B) *
   * B'/B + debt}. A debt is kept in permits.
   */
  PROPORTIONAL,

  /** The level of a new limiter, which is the new burst: {@code missing' = 0}. */
  FRESH,

  /**
   * No level, so that the first permit comes after the first emission interval: {@code missing' = B' +
   * debt}. A debt is kept.
   */
  EMPTY
}
