package io.limiter.bench.paired;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The committed ratios: lines of processor, major version of the JDK, ratio's label and value, by
 * tabs. A processor and JDK without lines of their own are held to the largest committed value of
 * each ratio.
 */
final class Guard {
  /** How much worse a ratio may be than the committed one. */
  static final double TOLERANCE = 0.15;

  private record Row(String processor, int jdk, String label, double ratio) {}

  private final List<Row> rows = new ArrayList<>();

  private Guard() {}

  static Guard parse(List<String> lines) {
    Guard guard = new Guard();
    for (String line : lines) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] fields = line.split("\t", -1);
        if (fields.length != 4) {
          throw new IllegalArgumentException("not four fields: " + line);
        }
        guard.rows.add(new Row(
            fields[0], Integer.parseInt(fields[1]), fields[2], Double.parseDouble(fields[3])));
      }
    }
    return guard;
  }

  /** The line that commits a ratio. */
  static String line(String processor, int jdk, String label, double ratio) {
    return String.format(Locale.ROOT, "%s\t%d\t%s\t%.3f", processor, jdk, label, ratio);
  }

  /** The committed ratio that applies; fails if there is none of this name. */
  double committed(String processor, int jdk, String label) {
    return rows.stream()
        .filter(row -> row.label.equals(label))
        .filter(row ->
            !knows(processor, jdk, label) || row.processor.equals(processor) && row.jdk == jdk)
        .mapToDouble(Row::ratio)
        .max()
        .orElseThrow(() -> new IllegalArgumentException("no committed ratio: " + label));
  }

  /** Whether the processor and JDK have a value of their own. */
  boolean knows(String processor, int jdk, String label) {
    return rows.stream()
        .anyMatch(
            row -> row.label.equals(label) && row.processor.equals(processor) && row.jdk == jdk);
  }

  /** The measured ratios that are 15 % worse than the committed ones, or more, each explained. */
  List<String> worse(String processor, int jdk, Map<String, Double> measured) {
    List<String> worse = new ArrayList<>();
    measured.forEach((label, ratio) -> {
      double committed = committed(processor, jdk, label);
      if (!(ratio < committed * (1 + TOLERANCE))) { // NaN is worse too
        worse.add(String.format(
            Locale.ROOT,
            "%s: measured %.3f, committed %.3f, %.0f %% worse",
            label,
            ratio,
            committed,
            100 * (ratio / committed - 1)));
      }
    });
    return worse;
  }
}
