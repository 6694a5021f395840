package io.limiter.tool;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Events in memory, up to a bound: 12 bytes each, 8 more if some ask for other than one permit. Once
 * sorted they are grouped by key, and each key's are in the order of time; of one time, in that of
 * the log.
 */
final class EventRun {
  private static final int FIRST_CAPACITY = 1 << 12;
  private static final int INSERTION_SORT = 16; // the length below which merging is not worth it

  private static final int[] NONE = {};

  private final int limit;
  private long[] nanos;
  private int[] keys;
  private long @Nullable [] permits; // null while all are 1
  private int size;

  private int[] ends = NONE; // of each key's events, once sorted

  /** An empty run for at most {@code limit} events. */
  EventRun(int limit) {
    this.limit = limit;
    this.nanos = new long[Math.min(FIRST_CAPACITY, limit)];
    this.keys = new int[nanos.length];
  }

  /** Adds an event; false if there is no room for it. */
  boolean add(long at, int key, long asked) {
    if (size == nanos.length && !grow()) {
      return false;
    }
    nanos[size] = at;
    keys[size] = key;
    if (asked != 1 && permits == null) {
      permits = new long[nanos.length];
      Arrays.fill(permits, 0, size, 1);
    }
    if (permits != null) {
      permits[size] = asked;
    }
    size++;
    return true;
  }

  private boolean grow() {
    if (size == limit) {
      return false;
    }
    int capacity = (int) Math.min(limit, 2L * size);
    nanos = Arrays.copyOf(nanos, capacity);
    keys = Arrays.copyOf(keys, capacity);
    permits = permits == null ? null : Arrays.copyOf(permits, capacity);
    return true;
  }

  /** How many events there are. */
  int size() {
    return size;
  }

  /** Forgets the events. */
  void clear() {
    size = 0;
    permits = null;
    ends = NONE;
    keys = new int[nanos.length];
  }

  /** Sorts the events, whose keys are below {@code keyCount}; nothing can be added then. */
  void sort(int keyCount) {
    int[] next = new int[keyCount + 1]; // where the next event of each key goes
    for (int i = 0; i < size; i++) {
      next[keys[i] + 1]++;
    }
    for (int key = 0; key < keyCount; key++) {
      next[key + 1] += next[key];
    }
    long[] sorted = new long[size];
    long[] unsorted = permits;
    long[] sortedPermits = new long[unsorted == null ? 0 : size];
    for (int i = 0; i < size; i++) {
      int place = next[keys[i]]++;
      sorted[place] = nanos[i];
      if (unsorted != null) {
        sortedPermits[place] = unsorted[i];
      }
    }
    nanos = sorted;
    permits = unsorted == null ? null : sortedPermits;
    keys = NONE;
    ends = next; // each has moved to the end of its own
    for (int key = 0, from = 0; key < keyCount; from = ends[key++]) {
      sortKey(from, ends[key]);
    }
  }

  private void sortKey(int from, int to) {
    for (int i = from + 1; i < to; i++) {
      if (nanos[i - 1] > nanos[i]) {
        if (permits == null) {
          Arrays.sort(nanos, from, to);
        } else {
          merge(permits, from, to, new long[to - from], new long[to - from]);
        }
        return;
      }
    }
  }

  /** Sorts times with their permits, and keeps the order of what has one time. */
  private void merge(long[] permits, int from, int to, long[] spareNanos, long[] sparePermits) {
    if (to - from < INSERTION_SORT) {
      insertionSort(permits, from, to);
      return;
    }
    int middle = from + to >>> 1;
    merge(permits, from, middle, spareNanos, sparePermits);
    merge(permits, middle, to, spareNanos, sparePermits);
    int left = middle - from;
    System.arraycopy(nanos, from, spareNanos, 0, left);
    System.arraycopy(permits, from, sparePermits, 0, left);
    int l = 0;
    int r = middle;
    for (int i = from; l < left; i++) {
      boolean takeLeft = r == to || spareNanos[l] <= nanos[r];
      nanos[i] = takeLeft ? spareNanos[l] : nanos[r];
      permits[i] = takeLeft ? sparePermits[l++] : permits[r++];
    }
  }

  private void insertionSort(long[] permits, int from, int to) {
    for (int i = from + 1; i < to; i++) {
      long at = nanos[i];
      long asked = permits[i];
      int j = i;
      for (; j > from && nanos[j - 1] > at; j--) {
        nanos[j] = nanos[j - 1];
        permits[j] = permits[j - 1];
      }
      nanos[j] = at;
      permits[j] = asked;
    }
  }

  /** Hands out the events, sorted before. */
  void forEach(KeyedEvents visitor) throws IOException {
    for (int key = 0, i = 0; i < size; key++) {
      if (ends[key] > i) {
        visitor.begin(key);
        for (int end = ends[key]; i < end; i++) {
          visitor.event(nanos[i], permits == null ? 1 : permits[i]);
        }
        visitor.end();
      }
    }
  }
}
