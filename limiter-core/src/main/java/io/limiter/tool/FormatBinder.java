package io.limiter.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds out which field of a log is the time, which the key, and so on; refuses if it is not sure. */
final class FormatBinder {
  private static final int SHOWN_FIELDS = 20;
  private static final Set<String> FIXED =
      Set.of("common", "vhost", "plain", "alb", "elb", "haproxy");

  private final LogOptions options;
  private final Sample.Reading reading;
  private final String log;

  /** A binder for the fields that {@code reading} found in {@code log}. */
  FormatBinder(LogOptions options, Sample.Reading reading, String log) {
    this.options = options;
    this.reading = reading;
    this.log = log;
  }

  /** The format of the log. */
  LogFormat bind(Supplier<LineScanner> scanners, String kind) throws UsageException {
    String time = time();
    List<byte[]> times = reading.values(time);
    long units = units(times);
    FieldRef key = key();
    FieldRef permits = options.permits.isEmpty()
        ? Role.PERMITS.among(reading.fields().keySet()).stream()
            .map(name -> new FieldRef(name, FieldRef.Part.WHOLE))
            .findFirst()
            .orElse(null)
        : named("--permits", options.permits, FieldRef.Part.WHOLE);
    List<FieldRef> filters = new ArrayList<>();
    for (Filter filter : options.filters) {
      filters.add(
          filter.role() == null
              ? named("--where", filter.field(), FieldRef.Part.WHOLE)
              : byRole(filter.role(), "--where " + filter.field() + " needs"));
    }
    TimeParser parser = new TimeParser(units);
    byte[] first = times.get(0);
    parser.parse(first, 0, first.length);
    return new LogFormat(
        scanners,
        time,
        units,
        !kind.equals("plain"),
        key,
        permits,
        filters,
        description(scanners.get().kind(), FIXED.contains(kind), time, units, key),
        reading.events() + reading.unreadable(),
        reading.unreadable(),
        parser.seconds());
  }

  private String time() throws UsageException {
    if (!options.time.isEmpty()) {
      return checked("--time", options.time);
    }
    for (String name : Role.TIME.among(reading.fields().keySet())) {
      if (mostAreTimes(name, true)) {
        return name;
      }
    }
    List<String> dates = reading.fields().keySet().stream()
        .filter(name -> mostAreTimes(name, false))
        .toList();
    if (dates.size() == 1) {
      return dates.get(0);
    }
    throw notSure(
        dates.size() > 1 ? "several fields are times" : "no field is known to be the time",
        "--time");
  }

  private boolean mostAreTimes(String name, boolean orNumbers) {
    List<byte[]> values = reading.values(name);
    TimeParser parser = new TimeParser();
    long good = values.stream()
        .filter(value -> orNumbers && TimeParser.unitsPerSecond(value, 0, value.length) > 0
            || parser.parseDate(value, 0, value.length))
        .count();
    return good * 2 > values.size() && reading.count(name) * 2 >= reading.events();
  }

  /** The unit of the most values that are numbers. */
  private static long units(List<byte[]> values) {
    long best = 1;
    long most = 0;
    for (long unit : new long[] {1, 1_000, 1_000_000, 1_000_000_000}) {
      long count = values.stream()
          .filter(value -> TimeParser.unitsPerSecond(value, 0, value.length) == unit)
          .count();
      if (count > most) {
        most = count;
        best = unit;
      }
    }
    return best;
  }

  private @Nullable FieldRef key() throws UsageException {
    if (options.by.isAll()) {
      return null;
    }
    Role role = options.by.role();
    if (!options.key.isEmpty()) {
      boolean client = role == Role.CLIENT;
      return named("--key", options.key, client ? FieldRef.Part.ADDRESS : FieldRef.Part.WHOLE);
    }
    if (role == null) {
      return named("--by field", options.by.field(), FieldRef.Part.WHOLE);
    }
    if (options.proxies > 0 && role == Role.CLIENT) {
      List<String> forwarded = Role.FORWARDED.among(reading.fields().keySet());
      return new FieldRef(
          forwarded.isEmpty() ? byRole(Role.CLIENT, "--by client needs").name() : forwarded.get(0),
          FieldRef.Part.ADDRESS);
    }
    return byRole(role, "--by " + role.word() + " needs");
  }

  /** The field that has a role in at least half of the lines. */
  private FieldRef byRole(Role role, String who) throws UsageException {
    FieldRef.Part part = role == Role.CLIENT
        ? FieldRef.Part.ADDRESS
        : role == Role.PATH ? FieldRef.Part.PATH : FieldRef.Part.WHOLE;
    for (String name : role.among(reading.fields().keySet())) {
      if (reading.count(name) * 2 >= reading.events()) {
        return new FieldRef(name, part);
      }
    }
    if (role == Role.PATH || role == Role.METHOD) {
      for (String name : Role.REQUEST.among(reading.fields().keySet())) {
        return new FieldRef(
            name, role == Role.PATH ? FieldRef.Part.REQUEST_PATH : FieldRef.Part.REQUEST_METHOD);
      }
    }
    throw notSure(
        who + " a field that is known to be the " + role.word(),
        who.startsWith("--where") ? "--where" : "--key");
  }

  private FieldRef named(String option, String name, FieldRef.Part part) throws UsageException {
    return new FieldRef(checked(option, name), part);
  }

  private String checked(String option, String name) throws UsageException {
    if (!reading.fields().containsKey(name)) {
      throw new UsageException(
          log + " has no field " + shown(name) + " for " + option + "; it has " + fields());
    }
    return name;
  }

  private UsageException notSure(String problem, String option) {
    return new UsageException(log + ": " + problem + "; write "
        + (option.equals("--where") ? "--where FIELD=VALUE" : option + " FIELD")
        + " with one of " + fields());
  }

  private String fields() {
    List<String> names = new ArrayList<>(reading.fields().keySet());
    String text = names.stream()
        .limit(SHOWN_FIELDS)
        .map(FormatBinder::shown)
        .collect(Collectors.joining(", "));
    return names.size() > SHOWN_FIELDS
        ? text + " and " + (names.size() - SHOWN_FIELDS) + " more"
        : text;
  }

  private static String shown(String name) {
    return Text.clipped(Bytes.of(name), 60);
  }

  /** What the fields were taken for; where they have fixed places, only what was not expected. */
  private String description(
      String kind, boolean fixed, String time, long units, @Nullable FieldRef key) {
    String unit =
        units == 1 ? "" : units == 1_000 ? " (ms)" : units == 1_000_000 ? " (us)" : " (ns)";
    String word = options.by.role() == null ? "key" : options.by.role().word();
    List<String> parts = new ArrayList<>();
    if (!fixed || !time.equals("time") || units != 1) {
      parts.add("time = " + shown(time) + unit);
    }
    if (key != null && !(fixed && key.name().equals(word))) {
      parts.add(word + " = " + key);
    }
    return parts.isEmpty() ? kind : kind + ": " + String.join(", ", parts);
  }
}
