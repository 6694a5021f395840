package io.limiter.bench.report;

import io.limiter.bench.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs everything, in rounds. A round gives every benchmark one virtual machine of its own, so that
 * ratios are of numbers taken minutes apart at most and drift meets all alike. Iterations are many
 * and short: work of others on the machine spoils some, and the percentile of {@link Results} leaves
 * those out.
 */
public final class Suite {
  /** What runs in the first {@code rounds} rounds; {@code parameters} as {@code name=a,b}. */
  private record Part(int rounds, int threads, String benchmarks, String... parameters) {}

  // What targets are about five times, the rest three times.
  private static final List<Part> QUICK = List.of(
      new Part(5, 1, "BaselineBenchmark\\.(cas|clock|clockAndCas|clockIntoCas)$"),
      new Part(5, 1, "GcraBenchmark\\.(admitted|denied|admittedAt)$"),
      new Part(5, 1, "(Limiter|Rival)Benchmark\\.(admitted|denied)$"),
      new Part(5, 1, "PermitBenchmark\\.pair$"),
      new Part(5, 1, "RuleBenchmark", "rule=480/minute"),
      new Part(3, 1, "LimiterBenchmark\\.(mixed|weighted|decideAdmitted|decideDenied)$"),
      new Part(3, 1, "LimiterBenchmark\\.(peekAdmitted|peekDenied)$", "algorithm=GCRA"),
      new Part(3, 1, "(RivalBenchmark\\.mixed|WeightedBenchmark|DecideBenchmark)"),
      new Part(3, 1, "(PermitBenchmark\\.denied|ContentionBenchmark\\..*)$"),
      new Part(3, 1, "KeyedBenchmark", "keys=1,1000,1000000", "popularity=UNIFORM", "fresh=true"),
      new Part(3, 1, "KeyedBenchmark", "keys=1000000", "popularity=ZIPF", "fresh=true"));

  private static final List<Part> FULL = List.of(
      new Part(
          7, 1, "(Baseline|Gcra|Limiter|Rival|Decide|Weighted|Permit|Rule|Contention)Benchmark\\."),
      new Part(7, 1, "KeyedBenchmark"));

  // Together, on as many threads as are asked for: what is counted, not timed.
  private static final String SHARED = "ContentionBenchmark";

  private Suite() {}

  /**
   * Measures, and writes JSON into the directory. The property {@code rounds} cuts it short.
   *
   * @param args quick or full, the directory, and the commit
   */
  public static void main(String[] args) throws RunnerException, IOException {
    boolean full = args[0].equals("full");
    Path directory = Files.createDirectories(Path.of(args[1]));
    try (DirectoryStream<Path> old = Files.newDirectoryStream(directory, "*.json")) {
      for (Path file : old) {
        Files.delete(file);
      }
    }
    List<Part> parts = new ArrayList<>(full ? FULL : QUICK);
    threadCounts().forEach(threads -> parts.add(new Part(full ? 7 : 3, threads, SHARED)));
    int most = parts.stream().mapToInt(Part::rounds).max().orElseThrow();
    int rounds = Math.min(Integer.getInteger("rounds", most), most);
    write(directory.resolve("environment.json"), environment(full, args[2]));
    write(directory.resolve("footprint.json"), Footprint.measure());
    for (int round = 1; round <= rounds; round++) {
      System.out.println("Round " + round + " of " + rounds);
      List<RunResult> results = new ArrayList<>();
      for (Part part : parts) {
        if (round <= part.rounds) {
          ChainedOptionsBuilder options = options(full, part);
          if (round == 1 && part.threads == 1) {
            options.addProfiler(GCProfiler.class);
          }
          results.addAll(new Runner(options.build()).run());
        }
      }
      json(results, directory.resolve("round-" + round + ".json"));
    }
  }

  private static ChainedOptionsBuilder options(boolean full, Part part) {
    ChainedOptionsBuilder options = new OptionsBuilder()
        .include(part.benchmarks)
        .threads(part.threads)
        .forks(1)
        .warmupIterations(full ? 3 : 2)
        .warmupTime(TimeValue.milliseconds(full ? 400 : 250))
        .measurementIterations(full ? 150 : 50)
        .measurementTime(TimeValue.milliseconds(4))
        .shouldFailOnError(true);
    for (String parameter : part.parameters) {
      int equals = parameter.indexOf('=');
      options.param(
          parameter.substring(0, equals), parameter.substring(equals + 1).split(","));
    }
    return options;
  }

  /** 2, 4, 8 ... and all cores. */
  private static Iterable<Integer> threadCounts() {
    int all = Runtime.getRuntime().availableProcessors();
    TreeSet<Integer> counts = new TreeSet<>();
    for (int threads = 2; threads < all; threads *= 2) {
      counts.add(threads);
    }
    counts.add(Math.max(all, 2));
    return counts;
  }

  private static void json(Iterable<RunResult> results, Path file) {
    List<RunResult> list = new ArrayList<>();
    results.forEach(list::add);
    ResultFormatFactory.getInstance(ResultFormatType.JSON, file.toString()).writeOut(list);
    tidy(file);
  }

  /** Takes out where things lie on the machine, and white space: a line for each benchmark. */
  private static void tidy(Path file) {
    try {
      Files.writeString(
          file,
          Files.readString(file)
              .replaceAll("\"jvm\" : \"[^\"]*\"", "\"jvm\" : \"java\"")
              .replaceAll("(?s)\"jvmArgs\" : \\[.*?\\]", "\"jvmArgs\" : []")
              .replaceAll("\n\\s+", " ")
              .replace("}, { \"jmhVersion\"", "},\n{ \"jmhVersion\""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> environment(boolean full, String commit) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("form", full ? "full" : "quick");
    map.put("commit", commit);
    map.put("cpu", Machine.processor());
    map.put("cores", (long) Runtime.getRuntime().availableProcessors());
    map.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    map.put("jdk", Machine.jdk());
    map.put("collector", ManagementFactory.getGarbageCollectorMXBeans().get(0).getName());
    return map;
  }

  private static void write(Path file, Map<String, ?> map) throws IOException {
    Files.writeString(
        file,
        map.entrySet().stream()
            .map(e -> "  \"" + e.getKey() + "\" : "
                + (e.getValue() instanceof Long ? e.getValue() : "\"" + e.getValue() + "\""))
            .collect(Collectors.joining(",\n", "{\n", "\n}\n")));
  }
}
