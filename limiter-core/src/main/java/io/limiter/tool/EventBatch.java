package io.limiter.tool;

import java.io.IOException;
import java.util.Arrays;

/** A few events whose keys are looked up together, as that is quicker than one after the other. */
final class EventBatch {
  private static final int EVENTS = 256;

  private final KeyTable keys;
  private final EventStore events;
  private final long[] nanos = new long[EVENTS];
  private final long[] permits = new long[EVENTS];
  private final int[] keyEnds = new int[EVENTS]; // where each key ends in keyBytes
  private final int[] ids = new int[EVENTS];
  private byte[] keyBytes = new byte[EVENTS * Long.BYTES];
  private int size;

  /** A batch that numbers keys by {@code keys} and adds to {@code events}. */
  EventBatch(KeyTable keys, EventStore events) {
    this.keys = keys;
    this.events = events;
  }

  /** Adds an event whose key is {@code bytes[from..to)}. */
  void add(long at, long asked, byte[] bytes, int from, int to) throws IOException {
    if (size == EVENTS) {
      flush();
    }
    int start = size == 0 ? 0 : keyEnds[size - 1];
    int end = start + to - from;
    if (end > keyBytes.length) {
      keyBytes = Arrays.copyOf(keyBytes, 2 * end);
    }
    System.arraycopy(bytes, from, keyBytes, start, to - from);
    keyEnds[size] = end;
    nanos[size] = at;
    permits[size] = asked;
    size++;
  }

  /** Hands on what was added. */
  void flush() throws IOException {
    keys.idsOf(keyBytes, keyEnds, size, ids);
    for (int i = 0; i < size; i++) {
      events.add(nanos[i], ids[i], permits[i], keys.size());
    }
    size = 0;
  }
}
