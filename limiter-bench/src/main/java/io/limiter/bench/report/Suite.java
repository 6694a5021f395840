package io.limiter.bench.report;

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
import org.openjdk.jmh.annotations.Mode;
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
 * ratios are of numbers taken a minute or two apart and drift meets all alike. Iterations are many
 * and short: work of others on the machine spoils some, and the 10th percentile leaves those out.
 */
public final class Suite {
  private static final String ALONE_QUICK = "BaselineBenchmark\\.(cas|clock|clockAndCas)$"
      + "|GcraBenchmark\\.(admitted|denied|admittedAt)$"
      + "|(Limiter|Rival)Benchmark\\.(admitted|denied)$"
      + "|PermitBenchmark\\.pair$|RuleBenchmark";
  private static final String ALONE_FULL =
      "(Baseline|Gcra|Limiter|Rival|Decide|Weighted|Permit|Concurrency|Rule)Benchmark\\.";
  private static final String SHARED_QUICK = "BaselineBenchmark\\.cas$|RivalBenchmark\\.admitted$";
  private static final String SHARED_FULL = "BaselineBenchmark\\.(cas|getAndAdd)$"
      + "|RivalBenchmark\\.(admitted|denied)$|PermitBenchmark\\.pair$";

  // Once, for their bytes and not their time.
  private static final String BYTES_QUICK =
      "LimiterBenchmark\\.(decideAdmitted|decideDenied)$|DecideBenchmark";

  private Suite() {}

  /**
   * Measures, and writes JSON into the directory.
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
    int rounds = Integer.getInteger("rounds", full ? 11 : 7);
    write(directory.resolve("environment.json"), environment(full, args[2]));
    write(directory.resolve("footprint.json"), Footprint.measure());
    for (int round = 1; round <= rounds; round++) {
      System.out.println("Round " + round + " of " + rounds);
      List<RunResult> results = new ArrayList<>();
      ChainedOptionsBuilder alone = options(full, full ? ALONE_FULL : ALONE_QUICK, 1);
      ChainedOptionsBuilder other = options(full, full ? "KeyedBenchmark" : BYTES_QUICK, 1);
      if (round == 1) {
        alone.addProfiler(GCProfiler.class);
        other.addProfiler(GCProfiler.class);
      }
      if (full) {
        other.param("same", "false");
      } else {
        alone.param("rule", "480/minute");
      }
      results.addAll(new Runner(alone.build()).run());
      if (full || round == 1) {
        results.addAll(new Runner(other.build()).run());
      }
      for (int threads : threadCounts()) {
        results.addAll(
            new Runner(options(full, full ? SHARED_FULL : SHARED_QUICK, threads).build()).run());
      }
      json(results, directory.resolve("round-" + round + ".json"));
    }
    int all = Runtime.getRuntime().availableProcessors();
    json(
        new Runner(options(full, "RivalBenchmark\\.admitted$", all)
                .mode(Mode.SampleTime)
                .measurementIterations(3)
                .measurementTime(TimeValue.milliseconds(500))
                .build())
            .run(),
        directory.resolve("percentiles.json"));
  }

  private static ChainedOptionsBuilder options(boolean full, String benchmarks, int threads) {
    return new OptionsBuilder()
        .include(benchmarks)
        .threads(threads)
        .forks(1)
        .warmupIterations(full ? 3 : 2)
        .warmupTime(TimeValue.milliseconds(400))
        .measurementIterations(full ? 150 : 60)
        .measurementTime(TimeValue.milliseconds(4))
        .shouldFailOnError(true);
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
    map.put("cpu", cpu());
    map.put("cores", (long) Runtime.getRuntime().availableProcessors());
    map.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    map.put(
        "jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    map.put("collector", ManagementFactory.getGarbageCollectorMXBeans().get(0).getName());
    return map;
  }

  private static String cpu() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
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
