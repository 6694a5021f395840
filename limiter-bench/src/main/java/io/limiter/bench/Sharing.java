package io.limiter.bench;

/** Whether the threads of a run meet on one object. Says nothing with one thread. */
public enum Sharing {
  /** All threads call one object. */
  SHARED,
  /** Each thread calls its own, allocated by that thread and so on other cache lines. */
  OWN
}
