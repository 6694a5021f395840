package io.limiter;

/**
 * What a limiter keeps of its level when its rate or burst is changed.
 *
 * <p>Whichever it is, permits that callers wait for stay charged, and no level exceeds the new burst.
 */
public enum LevelPolicy {
  /** The level in permits, clamped to the new burst; a debt stays a debt of as many permits. */
  KEEP,

  /** The level in parts of the burst: half full stays half full. A debt is kept in permits. */
  PROPORTIONAL,

  /** The level of a new limiter: the new burst. */
  FRESH,

  /** No level: the first permit comes after the first emission interval. A debt is kept. */
  EMPTY
}
