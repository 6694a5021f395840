package io.limiter.tool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads logs: finds out how, puts them in order of their first times, and takes their events. Lines
 * that cannot be read are counted, and the first few are kept to be shown.
 */
final class LogReader {
  static final int BUFFER_BYTES = 1 << 18;
  static final int MAX_SHOWN = 3;
  static final String TOO_FAR = "its time is more than 100 years from that of the first event";
  static final String BAD_PERMITS = "the permits are no whole number from 1 to 10^12";
  static final String UNKNOWN = "not a line of any log known; describe it with --pattern";

  private static final long MAX_PERMITS = 1_000_000_000_000L;
  private static final long MAX_TOTAL_PERMITS = 1L << 62;
  private static final long MAX_SECONDS_APART = 36_525 * Calendar.SECONDS_PER_DAY;
  private static final int SHOWN_BYTES = 60;
  private static final int LONGEST_KEY =
      256; // bytes; of a longer one the start and a digest is kept
  private static final int START_OF_KEY = 160;

  /** A file, its format (null if none is known), and what was read of it if it cannot be read again. */
  private record Opened(
      LogFile file, @Nullable LogFormat format, @Nullable InputStream stream) {}

  /** What takes the fields of a line: the first is the time, then the key, the permits, the filters. */
  private record Parser(LogFormat format, LineScanner scanner, TimeParser time, Wanted wanted) {
    static Parser of(LogFormat format) {
      List<String> names = new ArrayList<>();
      names.add(format.time());
      names.add(format.key() == null ? "" : format.key().name());
      names.add(format.permits() == null ? "" : format.permits().name());
      format.filters().forEach(filter -> names.add(filter.name()));
      return new Parser(
          format,
          format.scanners().get(),
          new TimeParser(format.unitsPerSecond()),
          new Wanted(names));
    }
  }

  private final LogOptions options;
  private final EventStore events;
  private final int bufferBytes;
  private final UnaryOperator<InputStream> watched;
  private final Consumer<String> told;
  private final KeyTable keys = new KeyTable();
  private final EventBatch batch;
  private final Address address;
  private final List<Log.Unreadable> shown = new ArrayList<>();
  private final List<String> sources = new ArrayList<>();
  private long skipped;
  private long filtered;
  private long totalPermits;

  private boolean started; // whether there was an event
  private boolean calendar; // whether the first event gave a date
  private long firstSeconds; // the time of the first event
  private int firstNanos;

  // Of the file that is being read.
  private String place = ""; // before the number of a line
  private @Nullable Parser parser; // null if no line can be read

  private LogReader(
      LogOptions options,
      EventStore events,
      int bufferBytes,
      UnaryOperator<InputStream> watched,
      Consumer<String> told) {
    this.options = options;
    this.events = events;
    this.batch = new EventBatch(keys, events);
    this.bufferBytes = bufferBytes;
    this.watched = watched;
    this.told = told;
    this.address = new Address(options.proxies, options.by.bits4(), options.by.bits6());
    if (options.by.isAll()) {
      byte[] all = Bytes.of("all");
      keys.idOf(all, 0, all.length);
    }
  }

  /**
   * Reads {@code files}.
   *
   * @param watched sees the bytes of a file as they are read
   * @param told is told what the fields were taken for, one line each
   */
  static Log read(
      List<LogFile> files,
      LogOptions options,
      UnaryOperator<InputStream> watched,
      Consumer<String> told)
      throws UsageException, IOException {
    return read(files, options, new EventStore(), BUFFER_BYTES, watched, told);
  }

  static Log read(
      List<LogFile> files,
      LogOptions options,
      EventStore events,
      int bufferBytes,
      UnaryOperator<InputStream> watched,
      Consumer<String> told)
      throws UsageException, IOException {
    LogReader reader = new LogReader(options, events, bufferBytes, watched, told);
    try {
      return reader.all(files);
    } catch (UncheckedLogException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Log all(List<LogFile> files) throws UsageException, IOException {
    List<Opened> opened = new ArrayList<>();
    for (LogFile file : files) {
      try {
        opened.add(open(file));
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }
    opened.sort(Comparator.comparingLong(
        one -> one.format() == null ? Long.MAX_VALUE : one.format().firstSeconds()));
    describe(opened);
    for (Opened one : opened) {
      place = files.size() == 1 ? "line " : one.file().name() + ", line ";
      read(one);
    }
    events.sort(keys.size());
    return new Log(
        events,
        keys,
        options.by,
        new LogTime(calendar, firstSeconds, firstNanos),
        skipped,
        filtered,
        shown,
        sources);
  }

  private Opened open(LogFile file) throws UsageException, IOException {
    InputStream in = file.open(file.isFile() ? UnaryOperator.identity() : watched);
    byte[] head = in.readNBytes(bufferBytes);
    boolean isWhole = head.length < bufferBytes;
    LogFormat found =
        FormatFinder.find(file.name(), Sample.of(head, head.length, isWhole), options);
    if (file.isFile()) {
      in.close();
      return new Opened(file, found, null);
    }
    return new Opened(file, found, new SequenceInputStream(new ByteArrayInputStream(head), in));
  }

  private void describe(List<Opened> opened) {
    Map<String, int[]> counts = new LinkedHashMap<>();
    for (Opened one : opened) {
      if (one.format() != null) {
        int[] sum = counts.computeIfAbsent(one.format().description(), kind -> new int[3]);
        sum[0] += one.format().sampleUnreadable();
        sum[1] += one.format().sampleLines();
        sum[2]++;
      } else if (opened.size() > 1) {
        told.accept(one.file().name() + ": no line can be read; it is left out");
      }
    }
    counts.forEach((kind, sum) -> told.accept(kind + "; " + sum[0] + " of " + sum[1]
        + " lines unreadable" + (sum[2] == 1 ? "" : " (" + sum[2] + " files)")));
  }

  private void read(Opened one) throws UsageException, IOException {
    LogFormat format = one.format();
    parser = format == null ? null : Parser.of(format);
    long before = events.size();
    long skippedBefore = skipped;
    try (InputStream in = one.stream() == null ? one.file().open(watched) : one.stream()) {
      LineSplitter.split(in, bufferBytes, this::line);
      batch.flush();
    } catch (IOException e) {
      throw unreadable(one.file(), e);
    }
    if (one.file().damage() != null) {
      told.accept(one.file().name() + " " + one.file().damage());
    }
    sources.add(one.file().name() + ": "
        + (format == null ? "nothing readable" : format.description()) + "; "
        + (events.size() - before) + " events, " + (skipped - skippedBefore) + " lines skipped");
  }

  private static IOException unreadable(LogFile file, IOException cause) {
    return new IOException(file.name() + " cannot be read: " + cause.getMessage(), cause);
  }

  private void line(long number, byte[] bytes, int from, int to, boolean cut) throws IOException {
    int start = number == 1 && Bytes.startsWithByteOrderMark(bytes, from, to) ? from + 3 : from;
    String problem = parser == null ? UNKNOWN : event(parser, bytes, start, to, cut);
    if (problem != null && !problem.equals(LineScanner.NO_EVENT)) {
      skipped++;
      if (shown.size() < MAX_SHOWN) {
        int length = Math.min(to - start, SHOWN_BYTES);
        String text = Text.printable(bytes, start, start + length);
        shown.add(
            new Log.Unreadable(place + number, length < to - start ? text + "..." : text, problem));
      }
    }
  }

  private @Nullable String event(Parser parser, byte[] bytes, int from, int to, boolean cut)
      throws IOException {
    LogFormat format = parser.format();
    Wanted wanted = parser.wanted();
    wanted.clear();
    String problem = parser.scanner().scan(bytes, from, to, cut, wanted);
    if (problem != null) {
      return problem;
    }
    Field at = wanted.get(0);
    if (!at.present || !parser.time().parse(at.bytes, at.from, at.to)) {
      return at.present ? "no valid time in " + format.time() : "it has no " + format.time();
    }
    if (format.key() != null && !wanted.get(1).present) {
      return "it has no " + format.key();
    }
    if (!passes(parser)) {
      filtered++;
      return null;
    }
    long asked = 1;
    Field permits = wanted.get(2);
    if (permits.present) {
      asked = Bytes.number(permits.bytes, permits.from, permits.to);
      if (asked < 1 || asked > MAX_PERMITS) {
        return BAD_PERMITS;
      }
    }
    return add(parser, asked);
  }

  private boolean passes(Parser parser) {
    TimeParser time = parser.time();
    if (options.since != null && options.since.isAfter(time)
        || options.until != null && !options.until.isAfter(time)) {
      return false;
    }
    List<FieldRef> refs = parser.format().filters();
    for (int i = 0; i < refs.size(); i++) {
      Field field = parser.wanted().get(3 + i);
      if (!field.present) {
        return false;
      }
      refs.get(i).narrow(field, address);
      if (!options.filters.get(i).admits(field)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable String add(Parser parser, long asked) throws IOException {
    TimeParser time = parser.time();
    if (!started) {
      started = true;
      calendar = time.isDate() || parser.format().numbersAreDates();
      firstSeconds = time.seconds();
      firstNanos = time.nanos();
    }
    long apart = time.seconds() - firstSeconds; // both have at most 18 digits
    if (Math.abs(apart) > MAX_SECONDS_APART) {
      return TOO_FAR;
    }
    totalPermits += asked;
    if (totalPermits > MAX_TOTAL_PERMITS) {
      throw new IOException("its events ask for more than 2^62 permits; split the log");
    }
    long nanos = apart * Calendar.NANOS_PER_SECOND + time.nanos() - firstNanos;
    FieldRef keyRef = parser.format().key();
    if (keyRef == null) {
      events.add(nanos, 0, asked, keys.size());
      return null;
    }
    Field key = parser.wanted().get(1);
    keyRef.narrow(key, address);
    if (key.to - key.from > LONGEST_KEY) {
      byte[] shortened = shortened(key);
      key.set(shortened, 0, shortened.length);
    }
    batch.add(nanos, asked, key.bytes, key.from, key.to);
    return null;
  }

  /** The start of a long key, its length, and a digest that tells it from others of that start. */
  private static byte[] shortened(Field field) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(field.bytes, field.from, field.to - field.from);
      byte[] digest = sha.digest();
      StringBuilder hex = new StringBuilder();
      for (int i = 0; i < 8; i++) {
        hex.append(Character.forDigit(digest[i] >> 4 & 15, 16))
            .append(Character.forDigit(digest[i] & 15, 16));
      }
      byte[] end = Bytes.of("...(" + (field.to - field.from) + " bytes, sha256 " + hex + ")");
      byte[] all = new byte[START_OF_KEY + end.length];
      System.arraycopy(field.bytes, field.from, all, 0, START_OF_KEY);
      System.arraycopy(end, 0, all, START_OF_KEY, end.length);
      return all;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every JDK has it
    }
  }
}
