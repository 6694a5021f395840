package io.limiter.bench.paired;

import io.limiter.bench.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Measures ratios, fork by fork, and prints them: see the package. */
public final class Paired {
  /** One ratio and what its forks reported. */
  record Result(Comparison pair, List<Fork.Report> forks) {
    Statistics.Interval ratio() {
      return Statistics.bootstrap(forks.stream().mapToDouble(Fork.Report::ratio).toArray());
    }

    double candidateNanos() {
      return Statistics.median(
          forks.stream().mapToDouble(Fork.Report::candidateNanos).toArray());
    }

    double baselineNanos() {
      return Statistics.median(
          forks.stream().mapToDouble(Fork.Report::baselineNanos).toArray());
    }

    double candidateBytes() {
      return Statistics.median(
          forks.stream().mapToDouble(Fork.Report::candidateBytes).toArray());
    }
  }

  private static final String USAGE =
      "usage: Paired [--forks N] [--json FILE] [--only TEXT] | --check FILE [--forks N]";

  private Paired() {}

  /**
   * Prints the table of all ratios, or checks the guarded ones.
   *
   * @param args {@code --forks N}: forks per ratio, 8 unless given, 3 for a check. {@code --json
   *     FILE}: writes the results there too. {@code --only TEXT}: only ratios whose name contains
   *     the text. {@code --check FILE}: measures the guarded ratios and fails if one is 15 % worse
   *     than the file says.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length
          || !List.of("--forks", "--json", "--only", "--check").contains(args[i])) {
        System.err.println(USAGE);
        System.exit(2);
      }
      options.put(args[i], args[i + 1]);
    }
    if (options.containsKey("--check")) {
      int forks = Integer.parseInt(options.getOrDefault("--forks", "3"));
      System.exit(check(Path.of(options.get("--check")), forks) ? 0 : 1);
    }
    int forks = Integer.parseInt(options.getOrDefault("--forks", "8"));
    String only = options.getOrDefault("--only", "");
    List<Result> results = measure(
        Comparison.ALL.stream().filter(pair -> pair.label().contains(only)).toList(), forks);
    System.out.print(table(results));
    if (options.containsKey("--json")) {
      Files.writeString(Path.of(options.get("--json")), json(results));
    }
  }

  /** Measures the guarded ratios; one that looks worse is measured once more in as many forks. */
  private static boolean check(Path file, int forks) throws IOException, InterruptedException {
    Guard guard = Guard.parse(Files.readAllLines(file));
    String processor = Machine.processor();
    int jdk = Runtime.version().feature();
    List<Result> results = new ArrayList<>(measure(Comparison.GUARDED, forks));
    for (int i = 0; i < results.size(); i++) {
      Result first = results.get(i);
      if (!guard.worse(processor, jdk, ratios(List.of(first))).isEmpty()) {
        List<Fork.Report> both = new ArrayList<>(first.forks);
        both.addAll(measure(List.of(first.pair), forks).get(0).forks);
        results.set(i, new Result(first.pair, both));
      }
    }
    System.out.print(table(results));
    Map<String, Double> ratios = ratios(results);
    List<String> worse = guard.worse(processor, jdk, ratios);
    worse.forEach(System.out::println);
    ratios.forEach((label, ratio) -> {
      if (!guard.knows(processor, jdk, label)) {
        System.out.println("Held to the largest committed ratio. If the code is as it was, commit: "
            + Guard.line(processor, jdk, label, ratio));
      }
    });
    return worse.isEmpty();
  }

  private static Map<String, Double> ratios(List<Result> results) {
    Map<String, Double> ratios = new LinkedHashMap<>();
    results.forEach(result -> ratios.put(result.pair.label(), result.ratio().median()));
    return ratios;
  }

  /** One fork of each in turn, so that the forks of a ratio are spread over the whole run. */
  private static List<Result> measure(List<Comparison> pairs, int forks)
      throws IOException, InterruptedException {
    List<Result> results =
        pairs.stream().map(pair -> new Result(pair, new ArrayList<>())).toList();
    for (int fork = 0; fork < forks; fork++) {
      for (Result result : results) {
        result.forks.add(Fork.start(result.pair));
      }
    }
    return results;
  }

  /** The table for people. */
  static String table(List<Result> results) {
    StringBuilder table =
        new StringBuilder(Machine.processor() + ", " + cores() + " cores; " + Machine.jdk() + "\n");
    table.append(String.format(
        Locale.ROOT,
        "%-52s %7s  %-16s %5s %8s %8s %8s%n",
        "candidate / baseline",
        "ratio",
        "95 % interval",
        "forks",
        "ns",
        "of ns",
        "B/call"));
    for (Result result : results) {
      Statistics.Interval ratio = result.ratio();
      table.append(String.format(
          Locale.ROOT,
          "%-52s %7.3f  [%.3f, %.3f] %7d %8.2f %8.2f %8.2f%n",
          result.pair.label(),
          ratio.median(),
          ratio.low(),
          ratio.high(),
          result.forks.size(),
          result.candidateNanos(),
          result.baselineNanos(),
          result.candidateBytes()));
    }
    return table.toString();
  }

  /** The same for programs, with the ratio of each fork. */
  static String json(List<Result> results) {
    return results.stream()
        .map(result -> {
          Statistics.Interval ratio = result.ratio();
          String forks = result.forks.stream()
              .map(fork -> String.format(Locale.ROOT, "%.4f", fork.ratio()))
              .collect(Collectors.joining(", "));
          return String.format(
              Locale.ROOT,
              "    {\"candidate\": \"%s\", \"baseline\": \"%s\", \"ratio\": %.4f, \"low\": %.4f,"
                  + " \"high\": %.4f, \"candidateNanos\": %.2f, \"baselineNanos\": %.2f,"
                  + " \"bytes\": %.2f, \"forks\": [%s]}",
              result.pair.candidate().label(),
              result.pair.baseline().label(),
              ratio.median(),
              ratio.low(),
              ratio.high(),
              result.candidateNanos(),
              result.baselineNanos(),
              result.candidateBytes(),
              forks);
        })
        .collect(Collectors.joining(
            ",\n",
            String.format(
                Locale.ROOT,
                "{\n  \"processor\": \"%s\",\n  \"cores\": %d,\n  \"jdk\": \"%s\",\n"
                    + "  \"feature\": %d,\n  \"ratios\": [\n",
                Machine.processor(),
                cores(),
                Machine.jdk(),
                Runtime.version().feature()),
            "\n  ]\n}\n"));
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }
}
