package io.limiter.tool;

import java.util.Arrays;

/**
 * Events in the order of a log, and the order of their times. An event costs 12 bytes: 8 for its
 * time, 4 for its key; 8 more where some ask for other than one permit, and 6 more if the log is not
 * in the order of time. Chunks, so growing copies nothing.
 */
final class EventLog {
  /** As many as an array can number. */
  static final int MAX_EVENTS = Integer.MAX_VALUE - 8;

  private static final int CHUNK_BITS = 14;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int INSERTION_SORT = 8; // the length below which merging is not worth it

  private long[][] nanos = new long[4][]; // since the first event of the log
  private int[][] keys = new int[4][];
  private long[][] permits = new long[4][]; // a chunk is null while all its permits are 1
  private int size;

  private boolean inOrder = true;
  private long latest = Long.MIN_VALUE; // ns, of the events so far
  private int[] order; // the events by time, once sorted; null if the log is in that order

  /** Adds an event. */
  void add(long nanoTime, int key, long asked) {
    int chunk = size >> CHUNK_BITS;
    int i = size & CHUNK - 1;
    if (i == 0) {
      newChunk(chunk);
    }
    nanos[chunk][i] = nanoTime;
    keys[chunk][i] = key;
    if (asked != 1 && permits[chunk] == null) {
      permits[chunk] = new long[CHUNK];
      Arrays.fill(permits[chunk], 0, i, 1);
    }
    if (permits[chunk] != null) {
      permits[chunk][i] = asked;
    }
    size++;
    inOrder &= nanoTime >= latest;
    latest = Math.max(latest, nanoTime);
  }

  /** How many events there are. */
  int size() {
    return size;
  }

  /** Finds the order of the times; events of one time stay in the order of the log. */
  void sort() {
    if (inOrder) {
      return;
    }
    order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    sort(0, size, new int[size / 2]);
  }

  /** The event that is the {@code rank}-th in time, from 0: in the order of the log until sorted. */
  int ranked(int rank) {
    return order == null ? rank : order[rank];
  }

  /** The time of an event: ns since the first event of the log. */
  long nanos(int event) {
    return nanos[event >> CHUNK_BITS][event & CHUNK - 1];
  }

  /** The number of the key of an event. */
  int key(int event) {
    return keys[event >> CHUNK_BITS][event & CHUNK - 1];
  }

  /** The permits that an event asks for. */
  long permits(int event) {
    long[] chunk = permits[event >> CHUNK_BITS];
    return chunk == null ? 1 : chunk[event & CHUNK - 1];
  }

  private void newChunk(int chunk) {
    if (chunk == nanos.length) {
      nanos = Arrays.copyOf(nanos, chunk * 2);
      keys = Arrays.copyOf(keys, chunk * 2);
      permits = Arrays.copyOf(permits, chunk * 2);
    }
    nanos[chunk] = new long[CHUNK];
    keys[chunk] = new int[CHUNK];
  }

  /** Merge sort of {@code order[from..to)}; halves that are in order already are left alone. */
  private void sort(int from, int to, int[] spare) {
    if (to - from < INSERTION_SORT) {
      insertionSort(from, to);
      return;
    }
    int middle = from + to >>> 1;
    sort(from, middle, spare);
    sort(middle, to, spare);
    if (nanos(order[middle - 1]) <= nanos(order[middle])) {
      return;
    }
    int left = middle - from;
    System.arraycopy(order, from, spare, 0, left);
    int l = 0;
    int r = middle;
    for (int i = from; l < left; i++) {
      order[i] = r == to || nanos(spare[l]) <= nanos(order[r]) ? spare[l++] : order[r++];
    }
  }

  private void insertionSort(int from, int to) {
    for (int i = from + 1; i < to; i++) {
      int event = order[i];
      int j = i;
      while (j > from && nanos(order[j - 1]) > nanos(event)) {
        order[j] = order[j - 1];
        j--;
      }
      order[j] = event;
    }
  }
}
