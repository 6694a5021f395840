package io.limiter.bench.store;

/** One way to ask a store, made for a number of keys that it prepared. */
interface Subject {
  /** Whether the call on the key of this index was admitted. */
  boolean call(int key) throws Exception;
}
