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

/** Measures throughput, fairness and latency where many threads call one limiter: see the package. */
public final class Crowd {
  /** So many threads call the candidate and the baseline in turns. */
  record Setup(int threads, Comparison pair) {
    String label() {
      return threads + " threads: " + pair.label();
    }
  }

  /** One ratio of throughputs and what its forks reported. */
  record Result(Setup setup, List<CrowdFork.Report> forks) {
    Statistics.Interval ratio() {
      return Statistics.bootstrap(
          forks.stream().mapToDouble(CrowdFork.Report::ratio).toArray());
    }

    /** The median over forks of the i-th number of a report. */
    double median(int i) {
      return Statistics.median(forks.stream().mapToDouble(fork -> fork.get(i)).toArray());
    }
  }

  private static final List<Setup> ALL = new ArrayList<>();

  static {
    for (Operation candidate : List.of(
        Operation.CLOCK,
        Operation.STRIPED_ADMITTED,
        Operation.SLIDING_LOG_ADMITTED,
        Operation.BUCKET4J_ADMITTED,
        Operation.GUAVA_ADMITTED,
        Operation.RESILIENCE4J_ADMITTED,
        Operation.FAILSAFE_SMOOTH_ADMITTED,
        Operation.FAILSAFE_BURSTY_ADMITTED,
        Operation.SYNCHRONIZED_ADMITTED,
        Operation.ADDER_WINDOW_ADMITTED)) {
      ALL.add(new Setup(2, new Comparison(candidate, Operation.GCRA_ADMITTED)));
    }
    ALL.add(new Setup(2, new Comparison(Operation.GCRA_ADMITTED, Operation.CLOCK)));
    ALL.add(new Setup(2, new Comparison(Operation.STRIPED_ADMITTED, Operation.CLOCK)));
    ALL.add(
        new Setup(2, new Comparison(Operation.STRIPED_ADMITTED, Operation.RESILIENCE4J_ADMITTED)));
    ALL.add(new Setup(2, new Comparison(Operation.PERMIT_PAIR, Operation.SEMAPHORE_PAIR)));
    ALL.add(new Setup(2, new Comparison(Operation.STRIPED_PAIR, Operation.SEMAPHORE_PAIR)));
    for (int threads : new int[] {16, 64}) {
      ALL.add(
          new Setup(threads, new Comparison(Operation.STRIPED_ADMITTED, Operation.GCRA_ADMITTED)));
    }
  }

  private Crowd() {}

  /**
   * Prints the table of all ratios.
   *
   * @param args {@code --forks N}: forks per ratio, 5 unless given. {@code --json FILE}: writes the
   *     results there too. {@code --only TEXT}: only ratios whose label contains the text.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length || !List.of("--forks", "--json", "--only").contains(args[i])) {
        System.err.println("usage: Crowd [--forks N] [--json FILE] [--only TEXT]");
        System.exit(2);
      }
      options.put(args[i], args[i + 1]);
    }
    int forks = Integer.parseInt(options.getOrDefault("--forks", "5"));
    String only = options.getOrDefault("--only", "");
    List<Result> results = ALL.stream()
        .filter(setup -> setup.label().contains(only))
        .map(setup -> new Result(setup, new ArrayList<>()))
        .toList();
    for (int fork = 0; fork < forks; fork++) {
      for (Result result : results) {
        result.forks.add(CrowdFork.start(result.setup));
      }
    }
    System.out.print(table(results));
    if (options.containsKey("--json")) {
      Files.writeString(Path.of(options.get("--json")), json(results));
    }
  }

  /** The table for people. */
  static String table(List<Result> results) {
    StringBuilder table = new StringBuilder(Machine.processor() + "; " + Machine.jdk() + "\n");
    for (Result result : results) {
      Statistics.Interval ratio = result.ratio();
      table.append(String.format(
          Locale.ROOT,
          "%-64s %7.3f  [%.3f, %.3f]",
          result.setup.label(),
          ratio.median(),
          ratio.low(),
          ratio.high()));
      for (int i = 1; i < CrowdFork.Report.NAMES.size(); i++) {
        table.append(String.format(
            Locale.ROOT, " %s %.2f", CrowdFork.Report.NAMES.get(i), result.median(i)));
      }
      table.append('\n');
    }
    return table.toString();
  }

  /** The same for programs. */
  static String json(List<Result> results) {
    return results.stream()
        .map(result -> {
          Statistics.Interval ratio = result.ratio();
          StringBuilder row = new StringBuilder(String.format(
              Locale.ROOT,
              "    {\"threads\": %d, \"candidate\": \"%s\", \"baseline\": \"%s\", \"forks\": %d,"
                  + " \"ratio\": %.4f, \"low\": %.4f, \"high\": %.4f",
              result.setup.threads,
              result.setup.pair.candidate().label(),
              result.setup.pair.baseline().label(),
              result.forks.size(),
              ratio.median(),
              ratio.low(),
              ratio.high()));
          for (int i = 1; i < CrowdFork.Report.NAMES.size(); i++) {
            row.append(String.format(
                Locale.ROOT, ", \"%s\": %.3f", CrowdFork.Report.NAMES.get(i), result.median(i)));
          }
          return row + "}";
        })
        .collect(Collectors.joining(
            ",\n",
            String.format(
                Locale.ROOT,
                "{\n  \"processor\": \"%s\",\n  \"cores\": %d,\n  \"jdk\": \"%s\",\n"
                    + "  \"ratios\": [\n",
                Machine.processor(),
                Runtime.getRuntime().availableProcessors(),
                Machine.jdk()),
            "\n  ]\n}\n"));
  }
}
