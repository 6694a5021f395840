package io.limiter.tool;

import java.io.PrintStream;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** Writes an answer as lines of values between tabs. */
final class TsvReport {
  private static final int KEY_WIDTH = 1_000; // more than any key has, escaped

  private final Answer answer;
  private final PrintStream out;

  private TsvReport(Answer answer, PrintStream out) {
    this.answer = answer;
    this.out = out;
  }

  /** Writes the answer. */
  static void print(Answer answer, PrintStream out) {
    TsvReport report = new TsvReport(answer, out);
    if (answer.command().equals("suggest")) {
      report.suggest();
    } else {
      report.replay();
    }
  }

  /** Period, share, N, clients. */
  private void suggest() {
    Suggestions found = Objects.requireNonNull(answer.suggestions());
    for (Suggestions.Period period : found.periods()) {
      for (Share share : found.shares()) {
        if (found.clients() > 0) {
          out.print(period + "\t" + share + "\t" + found.least(period, share) + "\t"
              + found.clients() + "\n");
        }
      }
    }
  }

  /** Name, then a number for each column; then the worst keys of each. */
  private void replay() {
    List<Column> columns = answer.columns();
    boolean several = columns.size() > 1;
    if (several) {
      out.print("rules\t"
          + columns.stream()
              .map(column -> column.rules().limits().canonical())
              .collect(Collectors.joining("\t"))
          + "\n");
    }
    line("events", column -> answer.log().events().size());
    line("admitted", Column::admitted);
    line("denied", Column::denied);
    line("keys", column -> answer.keys());
    line("keys_denied", Column::keysDenied);
    line("skipped", column -> answer.log().skipped());
    for (Column column : columns) {
      String rules = several ? column.rules().limits().canonical() + "\t" : "";
      if (several) {
        for (int i = 0; i < column.rules().members().size(); i++) {
          out.print(
              "denied_by\t" + rules + Answer.member(column, i) + "\t" + column.deniedBy(i) + "\n");
        }
      }
      for (Column.Offender offender : column.worst()) {
        out.print("denied_key\t" + rules + answer.log().keyText(offender.key(), KEY_WIDTH) + "\t"
            + offender.denied() + "\n");
      }
    }
  }

  private void line(String name, ToLongFunction<Column> value) {
    out.print(name
        + answer.columns().stream()
            .map(column -> "\t" + value.applyAsLong(column))
            .collect(Collectors.joining())
        + "\n");
  }
}
