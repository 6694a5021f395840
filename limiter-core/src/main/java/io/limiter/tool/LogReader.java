package io.limiter.tool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a log into an {@link EventLog} and its keys into a {@link KeyTable}. Lines that cannot be
 * read are counted, and the first few are kept to be shown.
 */
final class LogReader {
  /** A line that could not be read: its number, how it begins, and why. */
  record Unreadable(long number, String text, String reason) {}

  static final int BUFFER_BYTES = 1 << 18;
  static final int MAX_SHOWN = 3;
  static final String TOO_FAR = "its time is more than 146 years from that of the first event";

  private static final String ALL = "all"; // the one key, if there is one limiter for all
  private static final long MAX_SECONDS_APART = (1L << 62) / Calendar.NANOS_PER_SECOND - 1;
  private static final int SHOWN_BYTES = 60;

  private final EventLog events = new EventLog();
  private final KeyTable keys = new KeyTable();
  private final LineParser parser = new LineParser();
  private final boolean byClient;
  private final List<Unreadable> shown = new ArrayList<>();
  private long skipped;

  private boolean calendar; // whether the first event gave a date
  private long firstSeconds; // the time of the first event
  private int firstNanos;

  private LogReader(boolean byClient) {
    this.byClient = byClient;
    if (!byClient) {
      byte[] all = ALL.getBytes(StandardCharsets.US_ASCII);
      keys.idOf(all, 0, all.length);
    }
  }

  /** Reads {@code in} to its end; a key for each client, or one for all. */
  static LogReader read(InputStream in, boolean byClient) throws IOException {
    return read(in, byClient, BUFFER_BYTES);
  }

  static LogReader read(InputStream in, boolean byClient, int bufferBytes) throws IOException {
    LogReader reader = new LogReader(byClient);
    LineSplitter.split(in, bufferBytes, reader::line);
    reader.events.sort();
    return reader;
  }

  /** The events, sorted. */
  EventLog events() {
    return events;
  }

  /** The keys that the events name. */
  KeyTable keys() {
    return keys;
  }

  /** How many lines could not be read. */
  long skipped() {
    return skipped;
  }

  /** The first of the lines that could not be read. */
  List<Unreadable> unreadable() {
    return shown;
  }

  /** From the time of an event in ns since the first one to the time of the log, as text. */
  LogTime time() {
    return new LogTime(calendar, firstSeconds, firstNanos);
  }

  private void line(long number, byte[] bytes, int from, int to, boolean cut) throws IOException {
    int start = number == 1 && startsWithByteOrderMark(bytes, from, to) ? from + 3 : from;
    String problem = parser.parse(bytes, start, to, cut);
    if (problem == null) {
      problem = add(bytes);
    }
    if (problem != null) {
      skipped++;
      if (shown.size() < MAX_SHOWN) {
        int length = Math.min(to - start, SHOWN_BYTES);
        String text = Text.printable(bytes, start, start + length);
        shown.add(new Unreadable(number, length < to - start ? text + "..." : text, problem));
      }
    }
  }

  private String add(byte[] bytes) throws IOException {
    if (events.size() == 0) {
      calendar = parser.calendar();
      firstSeconds = parser.seconds();
      firstNanos = parser.nanos();
    } else if (events.size() == EventLog.MAX_EVENTS) {
      throw new IOException("more than " + EventLog.MAX_EVENTS + " events; split the log");
    }
    long apart = parser.seconds() - firstSeconds; // both have at most 18 digits
    if (Math.abs(apart) > MAX_SECONDS_APART) {
      return TOO_FAR;
    }
    long nanos = apart * Calendar.NANOS_PER_SECOND + parser.nanos() - firstNanos;
    int key = byClient ? keys.idOf(bytes, parser.keyFrom(), parser.keyTo()) : 0;
    events.add(nanos, key, parser.permits());
    return null;
  }

  private static boolean startsWithByteOrderMark(byte[] bytes, int from, int to) {
    return to - from >= 3
        && bytes[from] == (byte) 0xef
        && bytes[from + 1] == (byte) 0xbb
        && bytes[from + 2] == (byte) 0xbf;
  }
}
