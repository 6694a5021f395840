package io.limiter.keyed;

import io.limiter.rule.Limits;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides what happens to an unknown key when there is no room for it. There is no room when as many
 * keys as {@code maxKeys} allows are known and none of them is fresh. Known keys are served as always.
 * Immutable.
 */
public final class OverflowPolicy {
  private static final OverflowPolicy DENY = new OverflowPolicy("deny", Limits.parse("blocked"));
  private static final OverflowPolicy ADMIT =
      new OverflowPolicy("admit", Limits.parse("unlimited"));
  private static final OverflowPolicy SHARE = new OverflowPolicy("share", null);

  private final String name;
  private final @Nullable Limits limits; // of the shared limiter; null: those of a key

  private OverflowPolicy(String name, @Nullable Limits limits) {
    this.name = name;
    this.limits = limits;
  }

  /** The call is denied. */
  public static OverflowPolicy deny() {
    return DENY;
  }

  /** The call is admitted, and nothing of it is remembered. */
  public static OverflowPolicy admit() {
    return ADMIT;
  }

  /** All such keys share one limiter, with the limits of one key. The default. */
  public static OverflowPolicy share() {
    return SHARE;
  }

  /** All such keys share one limiter, which holds {@code limits}. */
  public static OverflowPolicy share(Limits limits) {
    return new OverflowPolicy("share", Objects.requireNonNull(limits, "limits"));
  }

  /** The limits of the limiter that all such keys share, if each key has {@code ofKeys}. */
  Limits shared(Limits ofKeys) {
    return limits == null ? ofKeys : limits;
  }

  /** {@code deny}, {@code admit}, {@code share} or {@code share[100/second]}. */
  @Override
  public String toString() {
    return this == DENY || this == ADMIT || this == SHARE ? name : name + "[" + limits + "]";
  }
}
