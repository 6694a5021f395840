package io.limiter.store;

/** One operation: the calls of the store that it needs, one after the other. */
interface StoreExchange {
  /** The call to send now. */
  ScriptCall call();

  /** Reads the reply; whether the operation is done. If not, there is another {@link #call()}. */
  boolean read(Object reply);
}
