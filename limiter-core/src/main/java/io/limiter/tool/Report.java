package io.limiter.tool;

import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;

/** Writes what a replay found: for people, or for programs. */
final class Report {
  private static final int BAR = 48; // marks of the longest bar
  private static final int COUNT = 10; // places of a count

  private final LogReader log;
  private final Replay replay;
  private final KeyTable keys;
  private final int events;
  private final int[] worst;

  Report(LogReader log, Replay replay) {
    this.log = log;
    this.replay = replay;
    this.keys = log.keys();
    this.events = log.events().size();
    this.worst = replay.worst(keys);
  }

  /** Name TAB number, then the worst keys. */
  void tsv(PrintStream out) {
    String[] names = names();
    long[] totals = totals();
    for (int i = 0; i < names.length; i++) {
      out.print(names[i] + "\t" + totals[i] + "\n");
    }
    for (int key : worst) {
      out.print(
          "denied_key\t" + Text.printable(keys.key(key)) + "\t" + replay.deniedOf(key) + "\n");
    }
  }

  /** The same as one object, on one line. */
  void json(PrintStream out) {
    StringBuilder text = new StringBuilder("{");
    String[] names = names();
    long[] totals = totals();
    for (int i = 0; i < names.length; i++) {
      text.append('"').append(names[i]).append("\":").append(totals[i]).append(',');
    }
    text.append("\"denied_key\":[");
    for (int i = 0; i < worst.length; i++) {
      text.append(i == 0 ? "{\"key\":" : ",{\"key\":")
          .append(Text.json(keys.key(worst[i])))
          .append(",\"count\":")
          .append(replay.deniedOf(worst[i]))
          .append('}');
    }
    out.print(text.append("]}\n"));
  }

  private static String[] names() {
    return new String[] {"events", "admitted", "denied", "keys", "keys_denied", "skipped"};
  }

  private long[] totals() {
    return new long[] {
      events,
      events - replay.denied(),
      replay.denied(),
      events == 0 ? 0 : keys.size(),
      replay.keysDenied(),
      log.skipped()
    };
  }

  /** For people. */
  void text(PrintStream out, Limits limits, String source, boolean byClient) {
    out.println(limits + (byClient ? ", one limiter per client" : ", one limiter for all"));
    out.println("log: " + source);
    if (limits.rules().stream().anyMatch(rule -> rule.algorithm() == Algorithm.FIXED_WINDOW)) {
      out.println("fixed windows start at the first event");
    }
    out.println();
    out.println(label("events") + number(events));
    out.println(label("admitted") + number(events - replay.denied()) + share(false));
    out.println(label("denied") + number(replay.denied()) + share(true));
    if (byClient) {
      out.println(label("clients") + number(keys.size()));
      out.println(label("clients denied") + number(replay.keysDenied()));
    }
    out.println(label("lines skipped") + number(log.skipped()));
    unreadable(out, "  ");
    timeline(out);
    if (replay.denied() > 0) {
      if (byClient) {
        worstOffenders(out);
      }
      firstDenials(out, limits.rules());
    }
  }

  /** The first lines that could not be read, if any. */
  void unreadable(PrintStream out, String indent) {
    for (LogReader.Unreadable line : log.unreadable()) {
      out.println(indent + "line " + line.number() + ": " + line.reason());
      out.println(indent + "  " + line.text());
    }
  }

  private void timeline(PrintStream out) {
    Timeline timeline = replay.timeline();
    int longest = 1;
    for (int i = 0; i < timeline.spans(); i++) {
      longest = Math.max(longest, timeline.admitted(i) + timeline.denied(i));
    }
    out.println();
    out.println("timeline ("
        + (log.time().calendar() ? "UTC" : "seconds of the log")
        + ", "
        + Text.exact(timeline.widthNanos())
        + " a line)"
        + "   = admitted   x denied");
    int width = 0;
    for (int i = 0; i < timeline.spans(); i++) {
      width = Math.max(width, log.time().text(timeline.startNanos(i)).length());
    }
    for (int i = 0; i < timeline.spans(); i++) {
      int denied = timeline.denied(i);
      int all = timeline.admitted(i) + denied;
      int marks = marks(all, longest);
      int crosses = Math.min(marks(denied, longest), marks);
      out.println(("  " + padded(log.time().text(timeline.startNanos(i)), width))
          + number(timeline.admitted(i))
          + number(denied)
          + ("  " + "=".repeat(marks - crosses) + "x".repeat(crosses)).stripTrailing());
    }
  }

  /** Rounded up, so that whatever happened at all is seen. */
  private static int marks(long count, int longest) {
    return (int) ((count * BAR + longest - 1) / longest);
  }

  private void worstOffenders(PrintStream out) {
    out.println();
    out.println("worst offenders (denied of events)");
    String[] names = new String[worst.length];
    int width = 0;
    for (int i = 0; i < worst.length; i++) {
      names[i] = Text.printable(keys.key(worst[i]));
      width = Math.max(width, names[i].length());
    }
    for (int i = 0; i < worst.length; i++) {
      int denied = replay.deniedOf(worst[i]);
      int all = replay.eventsOf(worst[i]);
      out.println(("  " + padded(names[i], width) + number(denied) + " of " + all)
          + ("  (" + Text.percent(denied, all) + ")"));
    }
  }

  private void firstDenials(PrintStream out, List<Rule> rules) {
    out.println();
    out.println("first denials");
    List<String> members = members(rules);
    for (Replay.Denial denial : replay.firstDenials()) {
      StringBuilder line = new StringBuilder("  ")
          .append(log.time().text(denial.nanos()))
          .append("  ")
          .append(Text.printable(keys.key(denial.key())));
      if (denial.permits() > 1) {
        line.append(", ").append(denial.permits()).append(" permits");
      }
      line.append("  retry after ").append(Text.waiting(denial.decision().retryAfterNanos()));
      if (members.size() > 1) {
        line.append("  (").append(members.get(denial.decision().deniedBy())).append(')');
      }
      out.println(line);
    }
  }

  /** What the members of the limiter hold, in their order: a rule each, but one for all logs. */
  private static List<String> members(List<Rule> rules) {
    String logs = rules.stream()
        .filter(rule -> rule.algorithm() == Algorithm.SLIDING_LOG)
        .map(Rule::toString)
        .collect(Collectors.joining(", "));
    return rules.stream()
        .map(rule -> rule.algorithm() == Algorithm.SLIDING_LOG ? logs : rule.toString())
        .distinct() // no two rules have one period
        .toList();
  }

  private String share(boolean ofDenied) {
    // One minus the other, so that the two add up.
    String text = Text.percent(ofDenied ? replay.denied() : events - replay.denied(), events);
    return " ".repeat(Math.max(9 - text.length(), 1)) + text;
  }

  private static String label(String name) {
    return padded(name, 14);
  }

  private static String number(long value) {
    String digits = Long.toString(value);
    return " ".repeat(Math.max(COUNT - digits.length(), 1)) + digits;
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(width - text.length(), 0));
  }
}
