package io.limiter.bench.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@link io.limiter.bench.paired.Crowd} measured: a file per run, tables and charts. */
final class Crowds {
  /** One ratio of throughputs, its 95 % interval, and the other numbers by their names. */
  record Row(
      int threads,
      String candidate,
      String baseline,
      int forks,
      double ratio,
      double low,
      double high,
      Map<String, Double> numbers) {
    boolean printable() {
      return high - low <= ratio;
    }

    private String candidateWithoutVerdict() {
      return candidate.replaceAll(",? admitted$", "");
    }

    private String interval() {
      return String.format(Locale.ROOT, "%.2f [%.2f, %.2f]", ratio, low, high);
    }
  }

  /** One run of the program. */
  record Run(String processor, int cores, String jdk, List<Row> rows) {}

  private static final String GCRA = "Gcra admitted";

  private static final String INTRODUCTION = """

      ## Many threads, one limiter

      All threads call the same limiter, as fast as they can. Baseline and candidate take turns in
      one JVM, in phases of 40 ms or more in the order A B B A; the ratio is that of their
      throughputs, phase by phase: above 1, the candidate lets more calls through. The median over
      forks, and its 95 % bootstrap interval. Percentiles are of single calls, one of 32 timed by
      two clock readings, which are in them; what takes a millisecond is the system's scheduler.

      """;

  private static final String EXPLANATION = """

      ![calls by threads](limiter-bench/results/threads.svg)

      ![percentiles](limiter-bench/results/percentiles.svg)

      Jain's index says how evenly the threads got their calls through: 1 if all as many, 1/n if
      one of n alone. More threads than cores show what happens when a thread is descheduled with
      a lease in hand, not how it scales: no claim is made beyond the cores of this machine. The
      stripes share a quarter of the burst, and a lease is of 1,024 permits at most. So with 64 cores,
      which make 128 stripes, leases are of full size from a burst of 128 x 4 x 1,024 = 524,288
      permits on (**predicted**); with a smaller one they are smaller, and fetched more often.
      Measure it again, in about eight minutes:

      ```sh
      java -cp limiter-bench/target/benchmarks.jar io.limiter.bench.paired.Crowd \\
        --json limiter-bench/results/crowd/jdk-17.json
      ```
      """;

  private final List<Run> runs;

  private Crowds(List<Run> runs) {
    this.runs = runs;
  }

  /** Reads the files of a directory, in the order of their names. */
  static Crowds read(Path directory) {
    return new Crowds(Json.objects(directory).map(Crowds::run).toList());
  }

  private static Run run(Map<String, Object> file) {
    List<Row> rows = new ArrayList<>();
    for (Object each : Json.list(file.get("ratios"))) {
      Map<String, Object> row = Json.object(each);
      Map<String, Double> numbers = new LinkedHashMap<>();
      row.forEach((name, value) -> {
        if (value instanceof Number) {
          numbers.put(name, Json.number(value));
        }
      });
      rows.add(new Row(
          (int) Json.number(row.get("threads")),
          (String) row.get("candidate"),
          (String) row.get("baseline"),
          (int) Json.number(row.get("forks")),
          Json.number(row.get("ratio")),
          Json.number(row.get("low")),
          Json.number(row.get("high")),
          numbers));
    }
    return new Run(
        (String) file.get("processor"),
        (int) Json.number(file.get("cores")),
        (String) file.get("jdk"),
        rows);
  }

  private List<Row> rows() {
    return runs.get(0).rows;
  }

  /** How long a call of the candidate takes, of the baseline: {@code 2 threads: a / b}; or null. */
  Double time(String label) {
    return rows().stream()
        .filter(
            row -> label.equals(row.threads + " threads: " + row.candidate + " / " + row.baseline))
        .map(row -> 1 / row.ratio)
        .findFirst()
        .orElse(null);
  }

  /** The section of the page. */
  String text() {
    StringBuilder text = new StringBuilder(INTRODUCTION);
    for (Run run : runs) {
      text.append("* ")
          .append(run.jdk)
          .append(", ")
          .append(run.rows.get(0).forks)
          .append(" forks, on ")
          .append(run.cores == 1 ? "one core" : run.cores + " cores")
          .append(" of ")
          .append(run.processor)
          .append(".\n");
    }
    Row first = rows().get(0);
    text.append("\n| ")
        .append(first.threads)
        .append(" threads | throughput, of Gcra | calls/us | p50, ns | p99 | p99.9 | p99.99 |\n")
        .append("| --- |")
        .append(" --: |".repeat(6))
        .append('\n');
    for (Row row : rows()) {
      boolean self = row.candidate.equals(GCRA);
      if (row.threads == first.threads && (self || row.baseline.equals(GCRA)) && row.printable()) {
        text.append("| ").append(row.candidateWithoutVerdict());
        text.append(" | ").append(self ? "1" : row.interval());
        for (String name : List.of("candidateMicro", "p50", "p99", "p99.9", "p99.99")) {
          text.append(" | ").append(Page.number(row.numbers.get(name)));
        }
        text.append(" |\n");
      }
    }
    text.append("\n| cores | threads | candidate / baseline | throughput | Jain, of both |\n");
    text.append("| --: | --: | --- | --: | --- |\n");
    for (Run run : runs) {
      for (Row row : run.rows) {
        if ((run != runs.get(0) || row.threads != first.threads || !row.baseline.equals(GCRA))
            && row.printable()) {
          text.append(String.format(
              Locale.ROOT,
              "| %d | %d | %s / %s | %s | %.2f, %.2f |\n",
              run.cores,
              row.threads,
              row.candidate,
              row.baseline,
              row.interval(),
              row.numbers.get("candidateJain"),
              row.numbers.get("baselineJain")));
        }
      }
    }
    return text.append(EXPLANATION).toString();
  }

  /** Throughput of all that were compared to Gcra. */
  Chart throughput() {
    Row first = rows().get(0);
    Chart chart = new Chart(
        "Admitted calls while " + first.threads + " threads call, Gcra = 1 (longer is better)",
        false,
        List.of("throughput"));
    chart.add("Limiter (Gcra)", 1);
    for (Row row : rows()) {
      if (row.threads == first.threads && row.baseline.equals(GCRA)) {
        chart.add(row.candidateWithoutVerdict(), row.ratio);
      }
    }
    return chart;
  }

  /** Percentiles of the same. */
  Chart percentiles() {
    Row first = rows().get(0);
    Chart chart = new Chart(
        "One admitted call while " + first.threads + " threads call, ns, logarithmic",
        true,
        List.of("50 %", "99 %", "99.9 %", "99.99 %"));
    for (Row row : rows()) {
      boolean self = row.candidate.equals(GCRA);
      if (row.threads == first.threads && (self || row.baseline.equals(GCRA))) {
        chart.add(
            self ? "Limiter (Gcra)" : row.candidateWithoutVerdict(),
            row.numbers.get("p50"),
            row.numbers.get("p99"),
            row.numbers.get("p99.9"),
            row.numbers.get("p99.99"));
      }
    }
    return chart;
  }
}
