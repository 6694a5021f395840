package io.limiter.spec.kit;

import java.util.Optional;

/**
 * What became of a guarantee.
 *
 * @param kind the outcome
 * @param detail the shortest counterexample found, or the reason; empty if the guarantee holds
 * @param cause what the limiter threw in the counterexample, if it threw anything
 */
public record Finding(Kind kind, String detail, Optional<Throwable> cause) {

  /** A finding without a cause. */
  public Finding(Kind kind, String detail) {
    this(kind, detail, Optional.empty());
  }

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
