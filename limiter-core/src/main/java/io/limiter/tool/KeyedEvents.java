package io.limiter.tool;

import java.io.IOException;

/** Takes the events of a log, key by key; those of a key in the order of time. */
interface KeyedEvents {
  /** The events of a key follow. */
  void begin(int key) throws IOException;

  /**
   * An event of the key.
   *
   * @param nanos since the first event of the log
   * @param permits that it asks for: at least 1
   */
  void event(long nanos, long permits) throws IOException;

  /** There are no more events of the key. */
  void end() throws IOException;

  /** One that hands everything to each of several, in their order. */
  static KeyedEvents all(KeyedEvents... several) {
    return new KeyedEvents() {
      @Override
      public void begin(int key) throws IOException {
        for (KeyedEvents one : several) {
          one.begin(key);
        }
      }

      @Override
      public void event(long nanos, long permits) throws IOException {
        for (KeyedEvents one : several) {
          one.event(nanos, permits);
        }
      }

      @Override
      public void end() throws IOException {
        for (KeyedEvents one : several) {
          one.end();
        }
      }
    };
  }
}
