package io.limiter.tool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How logs are to be read: what the command line says of it. */
final class LogOptions {
  final List<String> logs = new ArrayList<>(); // none: the built-in sample
  final List<Filter> filters = new ArrayList<>();
  Grouping by = Grouping.CLIENT;
  int proxies;
  String formatIn = "auto";
  String time = ""; // the names of fields; empty: to be found
  String key = "";
  String permits = "";
  String pattern = "";

  @Nullable
  Moment since; // null: from the first

  @Nullable
  Moment until; // null: to the last

  /** A time that the command line names. */
  record Moment(long seconds, int nanos) {
    /** The time that {@code text} says: a date or a number. */
    static Moment parse(String option, String text) throws UsageException {
      byte[] bytes = Bytes.of(text);
      TimeParser parser =
          new TimeParser(Math.max(1, TimeParser.unitsPerSecond(bytes, 0, bytes.length)));
      if (!parser.parse(bytes, 0, bytes.length)) {
        throw new UsageException(option + " " + text
            + ": write a time such as 2015-05-17, 2015-05-17T10:05:03Z or 1431857103");
      }
      return new Moment(parser.seconds(), parser.nanos());
    }

    /** Whether the time that was read last is before this one. */
    boolean isAfter(TimeParser time) {
      return time.seconds() < seconds || time.seconds() == seconds && time.nanos() < nanos;
    }
  }
}
