package io.limiter.bench.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What was promised: {@code targets.tsv}, one promise a line: what it says, the measure, the limit,
 * and the reason if it is missed. A measure is a {@code cell / cell}, where {@code a | b} is the
 * cheaper of two; {@code bytes cell}; {@code paired
 * candidate / baseline}, on JDK 17; {@code crowd 2 threads: candidate / baseline}, as times; {@code beyond verdict}; or
 * {@code footprint name}.
 */
final class Targets {
  /** A promise and what became of it; value is NaN if it was not measured. */
  record Target(
      String text, String measure, double limit, String reason, double value, double error) {
    boolean measured() {
      return !Double.isNaN(value);
    }

    /** Whether the interval is no wider than the value. */
    boolean printable() {
      return !measured() || new Results.Ratio(value, error).printable();
    }

    /** As the page shows it: a value that is printed as the limit is met. */
    boolean met() {
      return measured() && Math.round(value * 100) <= Math.round(limit * 100);
    }
  }

  private Targets() {}

  static List<Target> read(Path file, Results results) {
    List<Target> targets = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] fields = line.split("\t", -1);
          if (fields.length != 4) {
            throw new IllegalArgumentException(file + ": not four fields: " + line);
          }
          targets.add(evaluate(fields, results));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return targets;
  }

  private static Target evaluate(String[] fields, Results results) {
    String measure = fields[1];
    double value = Double.NaN;
    double error = 0;
    if (measure.startsWith("bytes ")) {
      Results.Cell cell = results.cells.get(measure.substring("bytes ".length()));
      value = cell == null ? Double.NaN : cell.bytes;
    } else if (measure.startsWith("paired ")) {
      Double ratio = results.paired.median(17, measure.substring("paired ".length()));
      value = ratio == null ? Double.NaN : ratio;
    } else if (measure.startsWith("beyond ")) {
      Double ratio = results.paired.beyondTheClock(17, measure.substring("beyond ".length()));
      value = ratio == null ? Double.NaN : ratio;
    } else if (measure.startsWith("crowd ")) {
      Double ratio = results.crowds.time(measure.substring("crowd ".length()));
      value = ratio == null ? Double.NaN : ratio;
    } else if (measure.startsWith("footprint ")) {
      value = Json.number(results.footprint.get(measure.substring("footprint ".length())));
    } else {
      String[] sides = measure.split(" / ");
      Results.Ratio ratio = sides.length == 2
          ? results.ratio(sides[0], sides[1].split(" \\| "))
          : results.cells.containsKey(measure)
              ? new Results.Ratio(results.cells.get(measure).median(), 0)
              : null;
      value = ratio == null ? Double.NaN : ratio.median();
      error = ratio == null ? 0 : ratio.error();
    }
    return new Target(fields[0], measure, Double.parseDouble(fields[2]), fields[3], value, error);
  }

  /** What keeps the promises from being kept: nothing if each is met or says why not. */
  static List<String> unexplained(List<Target> targets) {
    return targets.stream()
        .filter(target -> !target.met() && target.reason().isBlank())
        .map(target -> String.format(
            Locale.ROOT,
            "%s: %.2f (target: %.2f), and no reason given",
            target.text(),
            target.value(),
            target.limit()))
        .toList();
  }

  static String table(List<Target> targets) {
    StringBuilder table = new StringBuilder("| target | limit | measured | | reason |\n");
    table.append("| --- | --: | --: | --- | --- |\n");
    for (Target target : targets) {
      if (!target.printable()) {
        continue;
      }
      String value = !target.measured()
          ? "not measured"
          : Page.number(target.value())
              + (target.error() > 0 ? " ± " + Page.number(target.error()) : "");
      String row = String.join(
          " | ",
          Arrays.asList(
              "| " + target.text(),
              Page.number(target.limit()),
              value,
              target.met() ? "met" : "**missed**",
              (target.met() ? "" : target.reason()) + " |"));
      table.append(row).append('\n');
    }
    List<String> unknown =
        targets.stream().filter(target -> !target.printable()).map(Target::text).toList();
    if (!unknown.isEmpty()) {
      table.append("\nNot shown, because the interval is wider than the value:\n\n");
      unknown.forEach(text -> table.append("* ").append(text).append('\n'));
    }
    return table.toString();
  }
}
