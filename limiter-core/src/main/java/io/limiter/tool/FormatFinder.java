package io.limiter.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Finds out of which kind a log is, from its first lines: the first kind that reads most of them. */
final class FormatFinder {
  /** The names of the kinds that {@code --format-in} takes. */
  static final String CHOICES =
      "write auto, common, vhost, plain, json, logfmt, csv, tsv, w3c, alb, elb or haproxy";

  /** A kind, and what it makes of the sample. */
  private record Candidate(String name, Supplier<LineScanner> scanners, Sample.Reading reading) {}

  private final LogOptions options;
  private final Sample sample;
  private final UnaryOperator<LineScanner> wrapper;

  private FormatFinder(LogOptions options, Sample sample, UnaryOperator<LineScanner> wrapper) {
    this.options = options;
    this.sample = sample;
    this.wrapper = wrapper;
  }

  /**
   * The format of a log that begins with {@code sample}; null if no line can be read.
   *
   * @throws UsageException if it is not sure; says what to write
   */
  static @Nullable LogFormat find(String log, Sample sample, LogOptions options)
      throws UsageException {
    UnaryOperator<LineScanner> docker = DockerLog::new;
    UnaryOperator<LineScanner> kubernetes = KubernetesLog::new;
    UnaryOperator<LineScanner> none = UnaryOperator.identity();
    for (UnaryOperator<LineScanner> wrapper : List.of(docker, kubernetes)) {
      Sample inner = sample.unwrapped(wrapper);
      if (!inner.lines().isEmpty() && inner.lines().size() * 2 >= sample.lines().size()) {
        return new FormatFinder(options, inner, wrapper).find(log);
      }
    }
    return new FormatFinder(options, sample, none).find(log);
  }

  private @Nullable LogFormat find(String log) throws UsageException {
    Candidate best = null;
    for (Map.Entry<String, Supplier<LineScanner>> kind : kinds().entrySet()) {
      if (options.formatIn.equals("auto") || options.formatIn.equals(kind.getKey())) {
        Candidate candidate = new Candidate(
            kind.getKey(), kind.getValue(), sample.read(kind.getValue().get()));
        if (best == null || candidate.reading().events() > best.reading().events()) {
          best = candidate;
        }
        if (candidate.reading().events() > candidate.reading().unreadable()) {
          break; // most of the lines, by the first of the kinds, which are the strictest
        }
      }
    }
    if (best == null || best.reading().events() == 0) {
      return null;
    }
    Sample.Reading reading = best.reading();
    if (options.formatIn.equals("auto") && reading.events() * 9 < reading.unreadable()) {
      throw new UsageException(log + ": only " + reading.events() + " of the first "
          + sample.lines().size() + " lines can be read, as "
          + best.scanners().get().kind()
          + "; if that is what it is, write --format-in " + best.name()
          + "; otherwise describe the lines with --pattern");
    }
    Supplier<LineScanner> scanners = best.scanners();
    return new FormatBinder(options, reading, log)
        .bind(() -> wrapper.apply(scanners.get()), best.name());
  }

  /** The kinds, the strictest first. */
  private Map<String, Supplier<LineScanner>> kinds() throws UsageException {
    Map<String, Supplier<LineScanner>> kinds = new LinkedHashMap<>();
    if (!options.pattern.isEmpty()) {
      PatternLog log = PatternLog.of(options.pattern);
      kinds.put(options.formatIn, () -> log);
      return kinds;
    }
    byte[] first = sample.first();
    boolean details = !options.filters.isEmpty()
        || !options.by.isAll() && options.by.role() != Role.CLIENT
        || options.proxies > 0
        || !options.key.isEmpty()
        || !options.permits.isEmpty();
    kinds.put("json", JsonLines::new);
    if (Bytes.startsWith(first, 0, first.length, "#") || options.formatIn.equals("w3c")) {
      kinds.put("w3c", Delimited::w3c);
    }
    kinds.put("alb", LoadBalancerLog::application);
    kinds.put("elb", LoadBalancerLog::classic);
    kinds.put("haproxy", HaproxyLog::new);
    boolean hosts = options.formatIn.equals("vhost") || mostStartWithHost();
    kinds.put(hosts ? "vhost" : "common", () -> new CommonLog(hosts, details));
    for (String kind : List.of("tsv", "csv")) {
      if (isHeader(first, kind.equals("tsv") ? '\t' : ',')) {
        kinds.put(
            kind,
            () -> Delimited.csv(
                kind.equals("tsv") ? "TSV" : "CSV",
                kind.equals("tsv") ? '\t' : ',',
                first,
                0,
                first.length));
      }
    }
    kinds.put("plain", PlainLog::new);
    kinds.put("logfmt", Logfmt::new);
    return kinds;
  }

  private boolean mostStartWithHost() {
    if (options.formatIn.equals("common")) {
      return false;
    }
    LineScanner plain = new CommonLog(false, false);
    int hosts = 0;
    int all = 0;
    for (Sample.Line line : sample.lines()) {
      byte[] bytes = line.bytes();
      if (plain.scan(bytes, 0, bytes.length, line.cut(), Sample.NOBODY) == null) {
        all++;
        hosts += CommonLog.startsWithHost(bytes, 0, bytes.length) ? 1 : 0;
      }
    }
    return hosts * 2 > all;
  }

  /** Whether a line is one of names, not of values: two or more, each of a letter first. */
  private static boolean isHeader(byte[] line, char delimiter) {
    List<String> names =
        new ArrayList<>(Delimited.csv("", delimiter, line, 0, line.length).names());
    return names.size() > 1
        && names.stream().distinct().count() == names.size()
        && names.stream()
            .allMatch(name -> !name.isEmpty()
                && name.length() <= 64
                && (Character.isLetter(name.charAt(0)) || "@_".indexOf(name.charAt(0)) >= 0)
                && name.indexOf('=') < 0);
  }
}
