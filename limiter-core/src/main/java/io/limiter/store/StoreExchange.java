package io.limiter.store;

import org.jspecify.annotations.Nullable;

/** One operation: the calls of the store that it needs, one after the other. */
interface StoreExchange {
  /** The call to send now. */
  ScriptCall call();

  /** Reads the reply; whether the operation is done. If not, there is another {@link #call()}. */
  boolean read(@Nullable Object reply);
}
