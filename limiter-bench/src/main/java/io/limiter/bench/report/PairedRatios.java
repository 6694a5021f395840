package io.limiter.bench.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What {@link io.limiter.bench.paired.Paired} measured: a file per JDK, a table and a chart. */
final class PairedRatios {
  /** The median over forks, its 95 % interval, and bytes per call of the candidate. */
  record Ratio(double median, double low, double high, double bytes) {
    /** An interval that is wider than its value says nothing. */
    boolean printable() {
      return high - low <= median;
    }
  }

  /** The ratios of one JDK, by {@code candidate / baseline}. */
  record Run(String processor, String jdk, int feature, int forks, Map<String, Ratio> ratios) {}

  private static final List<String> LIBRARIES =
      List.of("Bucket4j", "Guava", "Resilience4j", "Failsafe, smooth", "Failsafe, bursty");

  private static final String INTRODUCTION = """
      ## Ratios, measured in pairs

      Each row compares two operations in one JVM on one thread. They run in turns, in batches of
      about 100 microseconds in the order A B B A, and each batch is divided by the one next to it.
      A fork (a new JVM) gives the median of these ratios. The table shows the median over forks
      and its 95 % bootstrap interval. Below 1, the candidate is faster than the baseline. A busy
      machine slows both sides of a pair, so the ratio hardly changes.

      """;

  private static final String EXPLANATION = """

      ![time of one call, Gcra = 1](limiter-bench/results/paired.svg)

      The home-made limiters are a token bucket of a long under `synchronized`, a `Semaphore` that
      a timer thread refills (it reads no clock and is only as precise as its timer), and a fixed
      window that counts with a `LongAdder` (threads that race may pass its limit). The section
      about rivals says what each library promises. Measure it again, in about eight minutes per
      JDK:

      ```sh
      limiter-bench/paired --json limiter-bench/results/paired/jdk-17.json
      ```
      """;

  private final List<Run> runs;

  private PairedRatios(List<Run> runs) {
    this.runs = runs;
  }

  /** Reads the files of a directory, in the order of their names. */
  static PairedRatios read(Path directory) {
    return new PairedRatios(Json.objects(directory).map(PairedRatios::run).toList());
  }

  private static Run run(Map<String, Object> file) {
    Map<String, Ratio> ratios = new LinkedHashMap<>();
    int forks = 0;
    for (Object each : Json.list(file.get("ratios"))) {
      Map<String, Object> ratio = Json.object(each);
      forks = Json.list(ratio.get("forks")).size();
      ratios.put(
          ratio.get("candidate") + " / " + ratio.get("baseline"),
          new Ratio(
              Json.number(ratio.get("ratio")),
              Json.number(ratio.get("low")),
              Json.number(ratio.get("high")),
              Json.number(ratio.get("bytes"))));
    }
    return new Run(
        (String) file.get("processor"),
        (String) file.get("jdk"),
        (int) Json.number(file.get("feature")),
        forks,
        ratios);
  }

  /** The median ratio on the JDK, or null if it was not measured. */
  Double median(int feature, String label) {
    return runs.stream()
        .filter(run -> run.feature == feature && run.ratios.containsKey(label))
        .map(run -> run.ratios.get(label).median)
        .findFirst()
        .orElse(null);
  }

  /**
   * What a call of Gcra takes beyond the clock reading that all but some need, of what the best library
   * takes beyond it; on the JDK, for one verdict.
   */
  Double beyondTheClock(int feature, String verdict) {
    Double denied = median(feature, "Gcra denied / clock");
    Double admitted = median(feature, "Gcra admitted / clock + CAS");
    Double cas = median(feature, "clock + CAS / clock");
    double best = LIBRARIES.stream()
        .map(name -> median(feature, name + " " + verdict + " / Gcra " + verdict))
        .mapToDouble(ratio -> ratio == null ? Double.NaN : ratio)
        .min()
        .orElse(Double.NaN);
    if (denied == null || admitted == null || cas == null) {
      return null;
    }
    double clock = 1 / (verdict.equals("denied") ? denied : admitted * cas); // of Gcra
    return (1 - clock) / (best - clock);
  }

  /** The section of the page. */
  String text() {
    StringBuilder text = new StringBuilder(INTRODUCTION);
    for (Run run : runs) {
      text.append(String.format(
          "* JDK %d: %s, %d forks, on %s.%n".replace("%n", "\n"),
          run.feature,
          run.jdk,
          run.forks,
          run.processor));
    }
    text.append("\n| candidate / baseline |");
    runs.forEach(run -> text.append(" JDK ").append(run.feature).append(" |"));
    text.append(" B/call |\n| --- |").append(" --: |".repeat(runs.size() + 1)).append('\n');
    for (String label : labels()) {
      List<Ratio> ratios = runs.stream().map(run -> run.ratios.get(label)).toList();
      if (ratios.stream().allMatch(ratio -> ratio != null && ratio.printable())) {
        text.append("| ").append(label).append(" |");
        ratios.forEach(ratio -> text.append(String.format(
            Locale.ROOT, " %.2f [%.2f, %.2f] |", ratio.median, ratio.low, ratio.high)));
        double bytes = ratios.stream().mapToDouble(Ratio::bytes).max().orElse(0);
        text.append(' ').append(bytes < 0.5 ? "0" : Page.number(bytes)).append(" |\n");
      }
    }
    return text.append(EXPLANATION).toString();
  }

  /** The candidates that were compared to Gcra with both verdicts, by the first JDK. */
  Chart chart() {
    Run run = runs.get(0);
    Chart chart = new Chart(
        "Time of one call on one thread, Gcra = 1, JDK " + run.feature + " (shorter is better)",
        false,
        List.of("admitted", "denied"));
    chart.add("Limiter (Gcra)", 1, 1);
    run.ratios.forEach((label, ratio) -> {
      String name = label.replaceAll(" admitted / .*", "");
      // Names that fit: the other forms of a log are in the table.
      if (label.endsWith(" admitted / Gcra admitted") && !name.matches("SlidingLog\\W.*")) {
        Ratio denied = run.ratios.get(name + " denied / Gcra denied");
        chart.add(name, ratio.median, denied == null ? Double.NaN : denied.median);
      }
    });
    return chart;
  }

  private Set<String> labels() {
    Set<String> labels = new LinkedHashSet<>();
    runs.forEach(run -> labels.addAll(run.ratios.keySet()));
    return labels;
  }
}
