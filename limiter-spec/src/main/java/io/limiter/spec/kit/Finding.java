package io.limiter.spec.kit;

/**
 * What became of a guarantee.
 *
 * @param kind the outcome
 * @param detail the shortest counterexample found, or the reason; empty if the guarantee holds
 */
public record Finding(Kind kind, String detail) {

  /** The outcomes. */
  public enum Kind {
    /** No counterexample was found. */
    HOLDS,
    /** A counterexample was found. */
    BROKEN,
    /** The guarantee is about an operation that is not there. */
    NOT_OFFERED,
    /** The documentation says that the limiter does not promise it. */
    NOT_CLAIMED
  }
}
