package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.LimitListener;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who is told what a keyed limiter decides: a listener, the counts, or both. The listener is told first, so
 * that nothing is counted of a call that it refuses.
 */
final class Outcomes {
  /**
   * Who listens.
   *
   * @param ofKey to the calls of a key
   * @param ofAll to changes of the limits of all keys
   */
  record Listeners(Function<Object, ? extends LimitListener> ofKey, LimitListener ofAll) {}

  private static final LimitListener NOBODY = new LimitListener() {};

  private final @Nullable KeyedCounts<?> counts; // null: nothing is counted
  private final @Nullable Listeners listeners; // null: nobody listens

  private Outcomes(@Nullable KeyedCounts<?> counts, @Nullable Listeners listeners) {
    this.counts = counts;
    this.listeners = listeners;
  }

  /** Null if nobody is to be told. */
  static @Nullable Outcomes of(@Nullable KeyedCounts<?> counts, @Nullable Listeners listeners) {
    return counts == null && listeners == null ? null : new Outcomes(counts, listeners);
  }

  boolean isHeard() {
    return listeners != null;
  }

  private LimitListener listener(Object key) {
    return listeners == null ? NOBODY : listeners.ofKey.apply(key);
  }

  /** A call was decided, by {@code rule} if it was denied; answers what the caller is told. */
  Decision told(Object key, Decision decision, int rule, long permits) {
    if (permits <= 0) {
      return decision;
    }
    if (decision.admitted()) {
      listener(key).admitted(permits);
    } else {
      listener(key).denied(permits, rule);
    }
    return counts == null ? decision : counts.told(key, decision, rule);
  }

  /** A call that was told as denied was admitted after a wait. */
  void late(Object key, long permits) {
    if (permits > 0) {
      LimitListener listener = listener(key);
      listener.admitted(permits);
      listener.waited(permits);
      if (counts != null) {
        counts.countWait();
      }
    }
  }

  /** There was no room for the key of a call. */
  void overflow(Object key) {
    listener(key).overflowed();
    if (counts != null) {
      counts.overflow();
    }
  }

  /** What a call was charged beyond what it had asked for. */
  void extra(Object key, long permits) {
    if (permits > 0) {
      listener(key).admitted(permits);
    }
  }

  void refunded(Object key, long permits) {
    if (permits > 0) {
      listener(key).refunded(permits);
    }
  }

  void changed(Object key) {
    listener(key).changed();
  }

  void allChanged() {
    if (listeners != null) {
      listeners.ofAll.changed();
    }
  }

  void forget(long keysForgotten) {
    if (counts != null) {
      counts.forget(keysForgotten);
    }
  }
}
