package io.limiter.bench.report;

import io.limiter.bench.Library;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** Makes BENCHMARKS.md and its charts from the results, and from nothing else. */
public final class Page {
  private static final String CHARTS = "limiter-bench/results/";

  private final Results results;
  private final List<Targets.Target> targets;
  private final StringBuilder page = new StringBuilder();

  private Page(Results results, List<Targets.Target> targets) {
    this.results = results;
    this.targets = targets;
  }

  /**
   * Writes the page of a project; or, given {@code --check}, writes nothing and fails if a target was
   * missed without a reason.
   *
   * @param args the directory of the project, and {@code --check} or nothing
   */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]);
    if (args.length > 1) {
      Path bench = root.resolve("limiter-bench");
      List<Targets.Target> targets =
          Targets.read(bench.resolve("targets.tsv"), Results.read(bench.resolve("results")));
      List<String> unexplained = Targets.unexplained(targets);
      unexplained.forEach(System.out::println);
      System.out.printf(
          "%d of %d targets met, %d missed with a reason, %d without%n",
          targets.stream().filter(Targets.Target::met).count(),
          targets.size(),
          targets.stream().filter(target -> !target.met()).count() - unexplained.size(),
          unexplained.size());
      if (!unexplained.isEmpty()) {
        System.exit(1);
      }
      return;
    }
    for (Map.Entry<String, String> file : files(root).entrySet()) {
      Files.writeString(root.resolve(file.getKey()), file.getValue());
    }
  }

  /** The text of each generated file, by its path in the project {@code root}. */
  static Map<String, String> files(Path root) {
    Path bench = root.resolve("limiter-bench");
    Results results = Results.read(bench.resolve("results"));
    Page page = new Page(results, Targets.read(bench.resolve("targets.tsv"), results));
    Map<String, String> files = new LinkedHashMap<>();
    files.put("BENCHMARKS.md", page.text());
    files.put(CHARTS + "paired.svg", results.paired.chart().svg());
    files.put(CHARTS + "nanos.svg", page.nanos().svg());
    files.put(CHARTS + "threads.svg", results.crowds.throughput().svg());
    files.put(CHARTS + "bytes.svg", page.bytes().svg());
    files.put(CHARTS + "percentiles.svg", results.crowds.percentiles().svg());
    return files;
  }

  private String text() {
    Map<String, Object> environment = results.environment;
    boolean full = environment.get("form").equals("full");
    line("# Benchmarks");
    line("");
    line(
        "A program makes this page from the data in `limiter-bench/results`. A test compares them.");
    line("Quote ratios, not nanoseconds.");
    line("");
    page.append(results.paired.text());
    line("");
    line(
        "Everything below comes from JMH (absolute times, bytes), but what many threads do to one limiter.");
    line("");
    line("| | |");
    line("| --- | --- |");
    line("| form | " + environment.get("form") + ", " + results.rounds() + " rounds |");
    if (environment.containsKey("note")) {
      line("| note | " + environment.get("note") + " |");
    }
    line("| processor | " + environment.get("cpu") + ", " + cores()
        + " cores, shared with others |");
    line("| system | " + environment.get("os") + " |");
    line(
        "| JDK | " + environment.get("jdk") + ", " + environment.get("collector") + ", no flags |");
    line("| commit | `" + environment.get("commit") + "` |");
    line("");
    line("## How to read it, and how to run it");
    line("");
    line("```sh");
    line(
        "limiter-bench/run quick   # 13 minutes, 8 GB of memory; full: over an hour; writes this page anew");
    line("```");
    line("");
    line("One line of it: the benchmark, its parameters and `-t` threads, say");
    line("");
    line("```sh");
    line("mvn -q -B -DskipTests package");
    line("java -jar limiter-bench/target/benchmarks.jar 'RivalBenchmark.admitted$' \\");
    line("  -p library=LIMITER,GUAVA -t 1 -f 3 -prof gc");
    line("```");
    line("");
    line(
        "* **A round** gives each benchmark a new JVM: first warm-up, then many short iterations.");
    line(
        "  The **10th percentile** of these counts, because other work on the machine only adds time.");
    line("  It is not the mean, but on an idle machine the two are close.");
    line("  Benchmarks that a target names run in every round, the others in the first few.");
    line("* **Ratio** is the median of the rounds' ratios. **±** is half of the 99.9 % confidence");
    line(
        "  interval of their mean (Student, one value per round). If ± is larger than a difference,");
    line(
        "  the difference may be chance. Rows whose interval is wider than their value are left out.");
    line(
        "* **B/call** is what one call allocates. Values below 0.5 come from JMH and are shown as 0.");
    line(
        "* **Path** is the verdict. A benchmark fails at the first other one; mixed ones count both.");
    line("");
    line("## Targets");
    line("");
    page.append(Targets.table(targets));
    section(
        "Baselines",
        "What no limiter can undercut here. `clockIntoCas` stores the reading: does waiting for the clock\nbefore the compare-and-set cost?",
        "BaselineBenchmark.clockAndCas @1",
        key -> key.startsWith("BaselineBenchmark.") && alone(key));
    section(
        "One limiter",
        "In units of clock + CAS; denials touch no CAS, so compare them to `clock` above. `GcraBenchmark`\nis called through a field of type `Gcra`, `LimiterBenchmark` through the interface; `At` is given\nits reading. `decide` is read and not kept.",
        "BaselineBenchmark.clockAndCas @1",
        key -> (key.startsWith("GcraBenchmark.") || key.startsWith("LimiterBenchmark."))
            && alone(key));
    line("");
    line("## Rivals");
    line("");
    line("In units of ours, in the same row's benchmark: above 1 is slower than `Gcra`.");
    line("");
    for (String method : List.of("admitted", "denied", "mixed")) {
      rows(
          "RivalBenchmark." + method + " LIMITER @1",
          key -> key.startsWith("RivalBenchmark." + method + " ") && alone(key));
    }
    rows("WeightedBenchmark.admitted LIMITER @1", key -> key.startsWith("WeightedBenchmark."));
    for (String method : List.of("admitted", "denied")) {
      rows(
          "DecideBenchmark." + method + " LIMITER @1",
          key -> key.startsWith("DecideBenchmark." + method + " "));
    }
    line("![ns a call](" + CHARTS + "nanos.svg)");
    line("");
    line(
        "Each as its manual says, without waiting and without listeners. Not the same promise: Guava");
    line(
        "counts microseconds and lets one call overdraw what later ones pay; resilience4j and Failsafe");
    line(
        "bursty are fixed windows (up to 2N in a period); Failsafe smooth has no burst. Bucket4j's greedy");
    line(
        "refill is the same promise. `decide` is left out where a library cannot answer verdict, rest and");
    line(
        "wait in one call. Several limits at once (of these only Bucket4j has them) and sliding logs (none");
    line("has) are compared to ours alone.");
    page.append(results.crowds.text());
    contention();
    section(
        "Concurrency permits",
        "Taken and given back, of 64; in units of `Semaphore`'s.",
        "PermitBenchmark.pair SEMAPHORE @1",
        key -> key.startsWith("PermitBenchmark.pair") && alone(key));
    rows(
        "PermitBenchmark.denied SEMAPHORE @1",
        key -> key.startsWith("PermitBenchmark.denied") && alone(key));
    line(
        "Netflix's limiter is given a fixed limit: adapting it is another question. Its permits, and those");
    line("of `LIMITER_PERMIT`, are objects.");
    List<String> keyed = results.cells.keySet().stream()
        .filter(key -> key.startsWith("KeyedBenchmark.concurrentHashMap"))
        .toList();
    for (int i = 0; i < keyed.size(); i++) {
      String params = keyed.get(i).substring("KeyedBenchmark.concurrentHashMap".length());
      Predicate<String> same = key -> key.startsWith("KeyedBenchmark.") && key.endsWith(params);
      if (i == 0) {
        section(
            "Keys",
            "An admitted call on a known key, by how many there are; in units of a `ConcurrentHashMap` of\n`Gcra`. The key is equal to the known one, not the same object; where it is\ntext, 24 B a call are the text that the call brings.",
            keyed.get(i),
            same);
      } else {
        rows(keyed.get(i), same);
      }
    }
    section(
        "Rules",
        "Text to limits, in units of a clock reading.",
        "BaselineBenchmark.clock @1",
        key -> key.startsWith("RuleBenchmark."));
    line("");
    line("## Bytes");
    line("");
    line(
        "What one more limiter weighs, shared configuration and clock apart (JOL, compressed references).");
    line("");
    line("| limiter | bytes |");
    line("| --- | --: |");
    results.footprint.forEach(
        (name, bytes) -> line("| " + label(name) + " | " + number(Json.number(bytes)) + " |"));
    line("");
    line("![bytes](" + CHARTS + "bytes.svg)");
    line("");
    line(
        "A key, beyond the caller's key object (`KeyedMemory`: the used heap after a collection, with less");
    line(
        "without); its longest first use, collections among it; and the rebuild of one segment when so many");
    line("are known: the median of a thousand, and the tenth longest.");
    line("");
    page.append(results.keyedMemory);
    line("");
    line("## What the numbers do not show");
    line("");
    line("* " + cores()
        + " cores of a virtual machine that others used meanwhile. Nothing is said of more cores");
    line("  but the prediction above, nor of other processors, or of ARM; run it there.");
    line(
        "* Loops call nothing else: caches and branch predictors are as warm as they never are in a service.");
    line("* Below a few ns a ratio measures how the loop was compiled as much as what it calls.");
    if (!full) {
      line(
          "* The quick form leaves out keys that are the very object in the map, 1 and 1000 keys by Zipf,");
      line("  `peek` of all but `Gcra`, and long rule texts.");
    }
    return page.toString().replaceAll("\n{3,}", "\n\n");
  }

  /** Compare-and-sets counted, the model that they are held against, and what it predicts. */
  private void contention() {
    line("");
    line("## What contention does: counted, and predicted");
    line("");
    line(
        "`ContentionBenchmark` is a copy of `Gcra`'s loop that counts (and the bare loop, without a");
    line(
        "clock): **attempts** are compare-and-sets a call, all but one of them failures; **arrivals** are");
    line(
        "looks at the word, a call, that found what another thread had written, so that its cache line");
    line("had to come from another core. Both are exact; `ns` is that of the copy.");
    line("");
    line("| benchmark | ns | attempts | failures | arrivals |");
    line("| --- | --: | --: | --: | --: |");
    results.cells.forEach((key, cell) -> {
      if (key.startsWith("ContentionBenchmark.")) {
        double attempts = cell.attempts / cell.admitted;
        String ns = cell.nanos.size() < 3 ? "" : number(cell.median());
        line(String.format(
            Locale.ROOT,
            "| %s | %s | %.2f | %.2f | %.2f |",
            key,
            ns,
            attempts,
            attempts - 1,
            cell.arrivals / cell.admitted));
      }
    });
    line("");
    line(
        "The model: only one core has the line at a time. An attempt needs it twice, to read the word and");
    line(
        "to swap it, and if n cores do nothing else, each of the other n - 1 is served once in between.");
    line(
        "Half of what they do is swaps, of which a share s succeeds; so does one's own if none of theirs");
    line(
        "did: s = (1 - s/2)^(n-1). That makes 1/s attempts a call and at most 2/s transfers of the line,");
    line("and as transfers are all that the cores wait for, calls a second in proportion to s.");
    line("");
    line("| cores | attempts a call | transfers a call, at most | calls a second, of those at 2 |");
    line("| --: | --: | --: | --: |");
    for (int n : List.of(2, 16, 64)) {
      double attempts = 1 / successes(n);
      line(String.format(
          Locale.ROOT,
          "| %d%s | %.1f | %.1f | %.2f |",
          n,
          n > cores() ? ", **predicted**" : "",
          attempts,
          2 * attempts,
          successes(n) / successes(2)));
    }
    line("");
    line(
        "Whoever reads a clock in between tries less often, and a core that has the line may call several");
    line(
        "times before it loses it: how far the model is off at 2, the counts above show. What writes no");
    line("shared word is outside of it, as denials are. Check it on a machine with n cores:");
    line("");
    line("```sh");
    line("java -jar limiter-bench/target/benchmarks.jar \\");
    line("  'ContentionBenchmark|RivalBenchmark.admitted$' -p library=LIMITER -t 16 -f 3");
    line("```");
  }

  /** s = (1 - s/2)^(n-1), which has one solution in 0..1. */
  static double successes(int n) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (Math.pow(1 - middle / 2, n - 1) > middle) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void section(String title, String text, String base, Predicate<String> which) {
    line("");
    line("## " + title);
    line("");
    line(text);
    line("");
    rows(base, which);
  }

  private void rows(String base, Predicate<String> which) {
    List<String> keys = new ArrayList<>(results.cells.keySet());
    keys.removeIf(which.negate());
    if (keys.isEmpty()) {
      return;
    }
    line("| benchmark | ns | ratio | B/call | path |");
    line("| --- | --: | --: | --: | --- |");
    int unprintable = 0;
    for (String key : keys) {
      Results.Cell cell = results.cells.get(key);
      boolean timed = cell.nanos.size() >= 3; // fewer virtual machines say nothing of time
      Results.Ratio ratio = timed ? results.ratio(key, base) : null;
      if (ratio != null && !ratio.printable()) {
        unprintable++;
        continue;
      }
      String over = ratio == null
          ? ""
          : key.equals(base) ? "1" : number(ratio.median()) + " ± " + number(ratio.error());
      String bytes = Double.isNaN(cell.bytes) ? "" : cell.bytes < 0.5 ? "0" : number(cell.bytes);
      line("| "
          + String.join(
              " | ", key, timed ? number(cell.median()) : "", over, bytes, path(key, cell))
          + " |");
    }
    line("");
    if (unprintable > 0) {
      line("Rows left out because the interval is wider than the value: " + unprintable + ".");
      line("");
    }
  }

  /** The verdicts that were counted, or else the only one that the benchmark lets pass. */
  static String path(String key, Results.Cell cell) {
    double all = cell.admitted + cell.denied;
    if (all == 0) {
      String method = key.substring(key.indexOf('.') + 1, (key + " ").indexOf(' '));
      return method.matches("(?i).*denied.*")
          ? "denied"
          : method.matches("(?i).*admitted.*|weighted|pair") ? "admitted" : "";
    }
    long percent = Math.round(100 * cell.admitted / all);
    return percent == 100 ? "admitted" : percent == 0 ? "denied" : percent + " % admitted";
  }

  private Chart nanos() {
    Chart chart = new Chart(
        "One call on one limiter, one thread, ns (shorter is better)",
        false,
        List.of("admitted", "denied"));
    chart.add(
        "clock + CAS / clock",
        nanosOf("BaselineBenchmark.clockAndCas @1"),
        nanosOf("BaselineBenchmark.clock @1"));
    for (Library library : Library.values()) {
      chart.add(
          library.label(),
          nanosOf("RivalBenchmark.admitted " + library + " @1"),
          nanosOf("RivalBenchmark.denied " + library + " @1"));
    }
    return chart;
  }

  private Chart bytes() {
    Chart chart = new Chart("One more limiter, bytes (shorter is better)", false, List.of("bytes"));
    results.footprint.forEach((name, bytes) -> {
      if (!name.startsWith("SlidingLog, 480")) {
        chart.add(label(name), Json.number(bytes));
      }
    });
    return chart;
  }

  /** A library's name for people, or the name itself. */
  private static String label(String name) {
    return Arrays.stream(Library.values())
        .filter(library -> library.name().equals(name))
        .map(Library::label)
        .findFirst()
        .orElse(name);
  }

  private double nanosOf(String key) {
    Results.Cell cell = results.cells.get(key);
    return cell == null ? Double.NaN : cell.median();
  }

  private static boolean alone(String key) {
    return key.endsWith(" @1");
  }

  private int cores() {
    return (int) Json.number(results.environment.get("cores"));
  }

  private void line(String line) {
    page.append(line).append('\n');
  }

  /** Three significant digits or so, without an exponent. */
  static String number(double value) {
    if (value == Math.rint(value) && value < 1e6) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  }
}
