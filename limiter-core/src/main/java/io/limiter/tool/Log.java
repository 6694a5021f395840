package io.limiter.tool;

import java.io.IOException;
import java.util.List;

/**
 * A log that was read.
 *
 * @param events its events, sorted
 * @param keys the keys that the events name
 * @param by what the keys are
 * @param time from the time of an event to that of the log, as text
 * @param skipped how many lines could not be read
 * @param filtered how many events the conditions left out
 * @param unreadable the first of the lines that could not be read
 * @param sources what was read, one line each
 */
record Log(
    EventStore events,
    KeyTable keys,
    Grouping by,
    LogTime time,
    long skipped,
    long filtered,
    List<Unreadable> unreadable,
    List<String> sources)
    implements AutoCloseable {

  /** A line that could not be read: where, how it begins, and why. */
  record Unreadable(String where, String text, String reason) {}

  /** The key as text that is safe to show, of at most {@code width} characters. */
  String keyText(int key, int width) {
    return Text.clipped(keys.key(key), width);
  }

  @Override
  public void close() throws IOException {
    events.close();
  }
}
