package io.limiter.tool;

import io.limiter.rule.Limits.Algorithm;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Writes an answer for people. */
final class TextReport {
  private static final int MAX_BAR = 48; // marks of the longest bar
  private static final int MIN_BAR = 10;
  private static final int COUNT = 10; // places of a count
  private static final String RED = "\u001b[31m";
  private static final String GREEN = "\u001b[32m";
  private static final String BOLD = "\u001b[1m";
  private static final String PLAIN = "\u001b[0m";

  private final Answer answer;
  private final Log log;
  private final Terminal terminal;
  private final PrintStream out;

  private TextReport(Answer answer, Terminal terminal, PrintStream out) {
    this.answer = answer;
    this.log = answer.log();
    this.terminal = terminal;
    this.out = out;
  }

  /** Writes the answer. */
  static void print(Answer answer, Terminal terminal, PrintStream out) {
    TextReport report = new TextReport(answer, terminal, out);
    if (answer.command().equals("suggest")) {
      report.suggest();
    } else if (answer.columns().size() == 1) {
      report.single(answer.columns().get(0));
    } else {
      report.sideBySide();
    }
  }

  /** The first lines that could not be read, if any. */
  static void unreadable(Log log, PrintStream out, String indent) {
    for (Log.Unreadable line : log.unreadable()) {
      out.println(indent + line.where() + ": " + line.reason());
      out.println(indent + "  " + line.text());
    }
  }

  // One rule text.

  private void single(Column column) {
    out.println(column.rules().limits() + ", " + perKey());
    header();
    out.println();
    long events = log.events().size();
    String word = log.by().word();
    out.println(label("events") + number(events));
    out.println(label("admitted") + number(column.admitted()) + share(column.admitted(), events));
    out.println(label("denied") + number(column.denied()) + share(column.denied(), events));
    if (!log.by().isAll()) {
      out.println(label(word + "s") + number(answer.keys()));
      out.println(label(word + "s denied") + number(column.keysDenied()));
    }
    readAndSkipped();
    timeline(column);
    if (column.denied() > 0) {
      deniedBy(column);
      if (!log.by().isAll()) {
        worstOffenders(column);
      }
      firstDenials(column);
    }
    comebacks();
  }

  private String perKey() {
    return log.by().isAll()
        ? "one limiter for all"
        : "one limiter per " + log.by().word();
  }

  private void header() {
    out.println("log: " + answer.source());
    if (answer.columns().stream()
        .flatMap(column -> column.rules().limits().rules().stream())
        .anyMatch(rule -> rule.algorithm() == Algorithm.FIXED_WINDOW)) {
      out.println("fixed windows start at the first event");
    }
  }

  private void readAndSkipped() {
    if (log.filtered() > 0) {
      out.println(label("left out") + number(log.filtered()) + "  by --where, --since, --until");
    }
    out.println(label("lines skipped") + number(log.skipped()));
    unreadable(log, out, "  ");
  }

  private void timeline(Column column) {
    TimeAxis axis = column.axis();
    long longest = 1;
    for (int i = 0; i < axis.spans(); i++) {
      longest = Math.max(longest, column.admitted(i) + column.denied(i));
    }
    out.println();
    out.println(bold("timeline") + " (" + unit() + ", " + Text.exact(axis.widthNanos()) + " a line)"
        + "   = admitted   x denied");
    int width = startWidth(axis);
    int bar = Math.max(MIN_BAR, Math.min(MAX_BAR, terminal.columns() - width - 2 * COUNT - 4));
    for (int i = 0; i < axis.spans(); i++) {
      long denied = column.denied(i);
      int marks = marks(column.admitted(i) + denied, longest, bar);
      int crosses = Math.min(marks(denied, longest, bar), marks);
      String equals = "=".repeat(marks - crosses);
      String text =
          "  " + padded(axis.startText(i), width) + number(column.admitted(i)) + number(denied);
      out.println(
          marks == 0
              ? text
              : text + "  " + coloured(GREEN, equals) + coloured(RED, "x".repeat(crosses)));
    }
  }

  private String unit() {
    return log.time().calendar() ? "UTC" : "seconds of the log";
  }

  private static int startWidth(TimeAxis axis) {
    int width = 0;
    for (int i = 0; i < axis.spans(); i++) {
      width = Math.max(width, axis.startText(i).length());
    }
    return width;
  }

  /** Rounded up, so that whatever happened at all is seen. */
  private static int marks(long count, long longest, int bar) {
    return (int) ((count * bar + longest - 1) / longest);
  }

  private void deniedBy(Column column) {
    int members = column.rules().members().size();
    if (members > 1) {
      section("denied by each rule (the one with the longest wait)");
      for (int i = 0; i < members; i++) {
        out.println("  " + padded(Answer.member(column, i), 28) + number(column.deniedBy(i)));
      }
    }
  }

  private void worstOffenders(Column column) {
    section("worst offenders (denied of events)");
    List<Column.Offender> worst = column.worst();
    List<String> names = new ArrayList<>();
    int width = 0;
    for (Column.Offender offender : worst) {
      String name = log.keyText(offender.key(), Math.max(16, terminal.columns() - 40));
      names.add(name);
      width = Math.max(width, name.length());
    }
    for (int i = 0; i < worst.size(); i++) {
      Column.Offender offender = worst.get(i);
      out.println(("  " + padded(names.get(i), width) + number(offender.denied()) + " of "
              + offender.events())
          + ("  (" + Text.percent(offender.denied(), offender.events()) + ")"));
    }
  }

  private void firstDenials(Column column) {
    section("first denials");
    for (Column.Denial denial : column.firstDenials()) {
      StringBuilder line = new StringBuilder("  ")
          .append(log.time().text(denial.nanos()))
          .append("  ")
          .append(log.keyText(denial.key(), Math.max(16, terminal.columns() - 50)));
      if (denial.permits() > 1) {
        line.append(", ").append(denial.permits()).append(" permits");
      }
      line.append("  retry after ").append(Text.waiting(denial.retryAfterNanos()));
      if (column.rules().members().size() > 1) {
        line.append("  (").append(Answer.member(column, denial.deniedBy())).append(')');
      }
      out.println(line);
    }
  }

  private void comebacks() {
    for (int i = 0; i < answer.comebacks().size(); i++) {
      Comeback comeback = answer.comebacks().get(i);
      Column column = answer.columns().get(i);
      section("if denied requests obeyed Retry-After and came back "
          + (comeback.patience() == Comeback.Patience.ONCE ? "once" : "until admitted")
          + (answer.columns().size() > 1 ? ": " + column.rules().limits() : ""));
      out.println(padded("  denied at first", 24) + number(comeback.denied()));
      out.println(padded("  admitted later", 24)
          + number(comeback.admittedLater())
          + share(comeback.admittedLater(), comeback.denied()));
      out.println(padded("  gave up", 24)
          + number(comeback.gaveUp())
          + share(comeback.gaveUp(), comeback.denied()));
      if (comeback.turnedAway() > 0) {
        out.println(padded("  queue full", 24)
            + number(comeback.turnedAway())
            + share(comeback.turnedAway(), comeback.denied()));
      }
      Tally waits = comeback.waits();
      if (waits.count() > 0) {
        out.println("  waits: median " + seconds(waits.least((waits.count() + 1) / 2))
            + ", 99 % at most " + seconds(waits.least(waits.count() - waits.count() / 100))
            + ", longest " + seconds(waits.max()));
      }
      out.println(
          "  longest queue of one " + log.by().word() + ": " + comeback.longestQueue() + "; "
              + (comeback.waitingAtEnd() == 0
                  ? "every queue drains before the log ends"
                  : waiting(comeback) + " when the log ends; the last gets in "
                      + Text.waiting(comeback.drainNanos()) + " later"));
    }
  }

  /** {@code 4 requests of 1 client still wait}. */
  private String waiting(Comeback comeback) {
    long requests = comeback.waitingAtEnd();
    long keys = comeback.keysWaitingAtEnd();
    return requests + (requests == 1 ? " request of " : " requests of ") + keys + " "
        + log.by().word() + (keys == 1 ? "" : "s")
        + (requests == 1 ? " still waits" : " still wait");
  }

  private static String seconds(long seconds) {
    return Text.waiting(seconds * Calendar.NANOS_PER_SECOND);
  }

  // Several rule texts.

  private void sideBySide() {
    List<Column> columns = answer.columns();
    for (int i = 0; i < columns.size(); i++) {
      out.println(letter(i) + "  " + columns.get(i).rules().limits());
    }
    out.println(perKey());
    header();
    out.println();
    long events = log.events().size();
    row("", column -> letter(columns.indexOf(column)));
    row("events", column -> Long.toString(events));
    row("admitted", column -> Long.toString(column.admitted()));
    row("", column -> Text.percent(column.admitted(), events));
    row("denied", column -> Long.toString(column.denied()));
    row("", column -> Text.percent(column.denied(), events));
    if (!log.by().isAll()) {
      row(log.by().word() + "s", column -> Long.toString(answer.keys()));
      row(log.by().word() + "s denied", column -> Long.toString(column.keysDenied()));
    }
    readAndSkipped();
    section(
        "denied (" + unit() + ", " + Text.exact(columns.get(0).axis().widthNanos()) + " a line)");
    TimeAxis axis = columns.get(0).axis();
    int width = startWidth(axis);
    out.println("  " + " ".repeat(width) + right("events")
        + cells(column -> letter(columns.indexOf(column))));
    for (int i = 0; i < axis.spans(); i++) {
      int span = i;
      out.println("  " + padded(axis.startText(i), width)
          + number(columns.get(0).admitted(i) + columns.get(0).denied(i))
          + cells(column -> Long.toString(column.denied(span))));
    }
    for (Column column : columns) {
      if (column.denied() > 0) {
        out.println();
        out.println(bold(letter(columns.indexOf(column)) + "  " + column.rules().limits()));
        deniedBy(column);
        if (!log.by().isAll()) {
          worstOffenders(column);
        }
        firstDenials(column);
      }
    }
    comebacks();
  }

  private void row(String name, Function<Column, String> cell) {
    out.println(label(name) + cells(cell));
  }

  private String cells(Function<Column, String> cell) {
    StringBuilder line = new StringBuilder();
    answer.columns().forEach(column -> line.append(right(cell.apply(column))));
    return line.toString();
  }

  private static String letter(int column) {
    return column < 26 ? Character.toString('A' + column) : "#" + (column + 1);
  }

  // Suggestions.

  private void suggest() {
    Suggestions found = Objects.requireNonNull(answer.suggestions());
    String word = log.by().word();
    String many = log.by().isAll() ? "keys" : word + "s";
    out.println("log: " + answer.source());
    out.println(log.events().size() + " events of " + found.clients() + " "
        + (found.clients() == 1 && !log.by().isAll() ? word : many) + ", "
        + log.time().text(log.events().first()) + " to "
        + log.time().text(log.events().last())
        + (log.time().calendar() ? " UTC" : " seconds of the log"));
    readAndSkipped();
    section("the least limit that denies no request of so many " + many);
    out.print("  " + padded("", 10));
    found.periods().forEach(period -> out.print(right("N/" + period)));
    out.println();
    for (Share share : found.shares()) {
      out.print("  " + padded(share + " %", 10));
      found.periods().forEach(period -> out.print(number(found.least(period, share))));
      out.println();
    }
    section("rules worth trying, and what each would have denied");
    int width =
        found.rules().stream().mapToInt(rule -> rule.text().length()).max().orElse(0);
    out.println("  " + padded("spares", 8) + padded("rule", width) + right("requests") + "         "
        + right(many));
    for (int i = 0; i < answer.columns().size(); i++) {
      Column column = answer.columns().get(i);
      out.println("  " + padded(found.rules().get(i).share() + " %", 8)
          + padded(found.rules().get(i).text(), width)
          + number(column.denied()) + share(column.denied(), log.events().size())
          + number(column.keysDenied()) + share(column.keysDenied(), answer.keys()));
    }
    comebacks();
  }

  // Pieces.

  private void section(String title) {
    out.println();
    out.println(bold(title));
  }

  private String bold(String text) {
    return coloured(BOLD, text);
  }

  private String coloured(String colour, String text) {
    return terminal.colours() && !text.isEmpty() ? colour + text + PLAIN : text;
  }

  private static String share(long part, long whole) {
    String text = Text.percent(part, whole);
    return " ".repeat(Math.max(9 - text.length(), 1)) + text;
  }

  private static String label(String name) {
    return padded(name, 14);
  }

  private static String number(long value) {
    return right(Long.toString(value));
  }

  private static String right(String text) {
    return " ".repeat(Math.max(COUNT - text.length(), 1)) + text;
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(width - text.length(), 0));
  }
}
