package io.limiter.store;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A store did not answer, or not as a limiter expects. {@link #outcomeUnknown()} says whether the call may
 * have been counted nevertheless.
 *
 * <p>A call whose outcome is unknown is never sent again by this package, and its caller should not do so:
 * it may have been charged. So a failure can cost permits, but never mints them.
 *
 * <p>A failure policy answers in place of a store that is away. It does not hide mistakes: a key that holds
 * something else, a wrong cluster slot, or a missing permission are thrown under every policy.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean outcomeUnknown;
  private final boolean outage; // else a mistake that no waiting mends

  StoreException(
      String message, boolean outcomeUnknown, boolean outage, @Nullable Throwable cause) {
    super(message, cause);
    this.outcomeUnknown = outcomeUnknown;
    this.outage = outage;
  }

  /**
   * For a {@link ScriptRunner} that knows that nothing was sent to the store: no connection was to be had,
   * for example.
   *
   * @param cause null if there is none
   */
  @SuppressWarnings("exports") // annotations are for compile time
  public static StoreException notSent(String message, @Nullable Throwable cause) {
    return new StoreException(Objects.requireNonNull(message, "message"), false, true, cause);
  }

  /**
   * Whether the call may have been counted. False if the store refused it, or if it was never sent; then
   * nothing was charged.
   */
  public boolean outcomeUnknown() {
    return outcomeUnknown;
  }

  /** Whether the store is away: if so, a failure policy answers. A mistake is always thrown. */
  boolean isOutage() {
    return outage;
  }
}
