package io.limiter.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The events of a log, of any number and in any order, in bounded memory: sorted runs of them are in
 * temporary files if they are more than a run holds. They can be gone through key by key, any number
 * of times.
 */
final class EventStore implements AutoCloseable {
  private static final int MAX_RUN = 1 << 24; // events
  private static final int BYTES_PER_EVENT = 128; // of the heap, so that a run takes a fifth of it
  private static final int MAX_FILES = 64; // then they are merged into one

  private final EventRun memory;
  private final List<SpilledRun> files = new ArrayList<>();
  private long size;
  private long first = Long.MAX_VALUE; // ns
  private long last = Long.MIN_VALUE; // ns

  /** A store that uses memory in proportion to the heap. */
  EventStore() {
    this((int)
        Math.max(1 << 16, Math.min(Runtime.getRuntime().maxMemory() / BYTES_PER_EVENT, MAX_RUN)));
  }

  /** A store that holds so many events in memory. */
  EventStore(int eventsInMemory) {
    this.memory = new EventRun(eventsInMemory);
  }

  /** Adds an event; {@code keyCount} is more than any key so far. */
  void add(long nanos, int key, long permits, int keyCount) throws IOException {
    if (!memory.add(nanos, key, permits)) {
      spill(keyCount);
      memory.add(nanos, key, permits);
    }
    size++;
    first = Math.min(first, nanos);
    last = Math.max(last, nanos);
  }

  /** Ends the adding. */
  void sort(int keyCount) throws IOException {
    if (files.isEmpty()) {
      memory.sort(keyCount);
    } else if (memory.size() > 0) {
      spill(keyCount);
    }
  }

  /** How many events there are. */
  long size() {
    return size;
  }

  /** The time of the first event in time, in ns since the first of the log. */
  long first() {
    return first;
  }

  /** The time of the last event in time, in ns since the first of the log. */
  long last() {
    return last;
  }

  /** Hands out all events, key by key, after they were sorted. */
  void forEach(KeyedEvents visitor) throws IOException {
    if (files.isEmpty()) {
      memory.forEach(visitor);
    } else {
      merge(visitor);
    }
  }

  private void spill(int keyCount) throws IOException {
    memory.sort(keyCount);
    files.add(SpilledRun.write(memory::forEach));
    memory.clear();
    if (files.size() == MAX_FILES) {
      SpilledRun merged = SpilledRun.write(this::merge);
      close();
      files.add(merged);
    }
  }

  private void merge(KeyedEvents visitor) throws IOException {
    List<SpilledRun.Reader> readers = new ArrayList<>();
    try {
      for (SpilledRun file : files) {
        readers.add(file.open());
      }
      for (int key = least(readers); key >= 0; key = least(readers)) {
        visitor.begin(key);
        mergeKey(key, readers, visitor);
        visitor.end();
      }
    } finally {
      for (SpilledRun.Reader reader : readers) {
        reader.close();
      }
    }
  }

  private static int least(List<SpilledRun.Reader> readers) {
    int least = -1;
    for (SpilledRun.Reader reader : readers) {
      if (reader.key() >= 0 && (least < 0 || reader.key() < least)) {
        least = reader.key();
      }
    }
    return least;
  }

  /** Merges one key; of events of one time, those of the older run come first. */
  private static void mergeKey(int key, List<SpilledRun.Reader> all, KeyedEvents visitor)
      throws IOException {
    List<SpilledRun.Reader> active = new ArrayList<>();
    for (SpilledRun.Reader reader : all) {
      if (reader.key() == key && reader.next()) {
        active.add(reader);
      }
    }
    while (!active.isEmpty()) {
      int best = 0;
      for (int i = 1; i < active.size(); i++) {
        if (active.get(i).nanos() < active.get(best).nanos()) {
          best = i;
        }
      }
      SpilledRun.Reader reader = active.get(best);
      visitor.event(reader.nanos(), reader.permits());
      if (!reader.next()) {
        active.remove(best);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (SpilledRun file : files) {
      file.close();
    }
    files.clear();
  }
}
