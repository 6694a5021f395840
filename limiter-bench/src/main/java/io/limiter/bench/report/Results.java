package io.limiter.bench.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openjdk.jmh.util.ListStatistics;

/**
 * What was measured. A cell is one benchmark with its parameters and threads, written {@code
 * RivalBenchmark.admitted GUAVA @1}; each round gives it one score, of the iterations of a virtual
 * machine of its own, in ns a call: their 10th percentile, or with several threads their median.
 */
final class Results {
  /** One benchmark in all rounds; {@code bytes} is NaN if they were not counted. */
  static final class Cell {
    final Map<Integer, Double> nanos = new TreeMap<>();
    double bytes = Double.NaN;
    double admitted;
    double denied;
    double attempts; // of ContentionBenchmark
    double arrivals;

    double median() {
      return Results.median(nanos.values().stream().mapToDouble(x -> x).toArray());
    }
  }

  /** The median of the rounds' ratios and half the width of the 99.9 % interval of their mean. */
  record Ratio(double median, double error) {
    /** Whether the interval, twice the error, is no wider than the value. */
    boolean printable() {
      return 2 * error <= median;
    }
  }

  final Map<String, Cell> cells = new LinkedHashMap<>();
  final Map<String, Object> footprint;
  final Map<String, Object> environment;

  /** The ratios that were measured in pairs. */
  final PairedRatios paired;

  /** The same of many threads. */
  final Crowds crowds;

  /** A table in Markdown, of {@link io.limiter.bench.KeyedMemory}. */
  final String keyedMemory;

  private Results(
      Map<String, Object> footprint,
      Map<String, Object> environment,
      PairedRatios paired,
      Crowds crowds,
      String keyedMemory) {
    this.footprint = footprint;
    this.environment = environment;
    this.paired = paired;
    this.crowds = crowds;
    this.keyedMemory = keyedMemory;
  }

  static Results read(Path directory) {
    Results results = new Results(
        Json.object(parse(directory.resolve("footprint.json"))),
        Json.object(parse(directory.resolve("environment.json"))),
        PairedRatios.read(directory.resolve("paired")),
        Crowds.read(directory.resolve("crowd")),
        text(directory.resolve("keyed-memory.md")));
    for (int round = 1; Files.exists(directory.resolve("round-" + round + ".json")); round++) {
      for (Object each : Json.list(parse(directory.resolve("round-" + round + ".json")))) {
        results.add(round, Json.object(each));
      }
    }
    return results;
  }

  private static Object parse(Path file) {
    return Json.parse(text(file));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(int round, Map<String, Object> benchmark) {
    Cell cell = cells.computeIfAbsent(name(benchmark), name -> new Cell());
    List<Double> iterations = new ArrayList<>();
    for (Object fork : Json.list(Json.object(benchmark.get("primaryMetric")).get("rawData"))) {
      Json.list(fork).forEach(iteration -> iterations.add(Json.number(iteration)));
    }
    double[] sorted = iterations.stream().mapToDouble(x -> x).sorted().toArray();
    // While one of several threads has no processor, the others do not contend: the least is not
    // theirs.
    boolean alone = Json.number(benchmark.get("threads")) == 1;
    cell.nanos.put(round, alone ? sorted[sorted.length / 10] : median(sorted));
    Map<String, Object> more = Json.object(benchmark.get("secondaryMetrics"));
    more.forEach((name, metric) -> {
      double score = Json.number(Json.object(metric).get("score"));
      switch (name) {
        case "gc.alloc.rate.norm", "·gc.alloc.rate.norm" -> cell.bytes = score;
        case "admitted" -> cell.admitted += score;
        case "denied" -> cell.denied += score;
        case "attempts" -> cell.attempts += score;
        case "arrivals" -> cell.arrivals += score;
        default -> {} // not on the page
      }
    });
  }

  private static String name(Map<String, Object> benchmark) {
    String full = (String) benchmark.get("benchmark");
    String method = full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1);
    Object params = benchmark.get("params");
    String values = params == null
        ? ""
        : Json.object(params).values().stream()
            .map(Object::toString)
            .filter(value -> !value.equals("SHARED"))
            .map(value -> " " + value)
            .collect(Collectors.joining());
    return method + values + " @" + Math.round(Json.number(benchmark.get("threads")));
  }

  /** {@code cell} in units of the cheapest of {@code bases}, by round; null if one was not measured. */
  Ratio ratio(String cell, String... bases) {
    Cell over = cells.get(cell);
    if (over == null || !cells.keySet().containsAll(Arrays.asList(bases))) {
      return null;
    }
    double[] ratios = over.nanos.keySet().stream()
        .mapToDouble(round -> over.nanos.get(round)
            / Arrays.stream(bases)
                .mapToDouble(base -> cells.get(base).nanos.getOrDefault(round, Double.NaN))
                .min()
                .orElseThrow())
        .filter(ratio -> !Double.isNaN(ratio))
        .toArray();
    return new Ratio(median(ratios), new ListStatistics(ratios).getMeanErrorAt(0.999));
  }

  /** The numbers of threads, from 1 up. */
  List<Integer> threads() {
    return cells.keySet().stream()
        .map(key -> Integer.valueOf(key.substring(key.lastIndexOf('@') + 1)))
        .distinct()
        .sorted()
        .toList();
  }

  int rounds() {
    return cells.values().stream().mapToInt(cell -> cell.nanos.size()).max().orElse(0);
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
