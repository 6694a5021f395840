package io.limiter.bench.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** What {@link io.limiter.bench.store.StoreComparison} measured, as a section of the page. */
final class StoreRatios {
  private static final String INTRODUCTION = """
      ## Limits in a store

      All subjects ask the same server in the same run, in turns: in each round, one shortly after
      the other. Every call is admitted. A number is the median over rounds; a ratio is the median
      of the rounds' ratios, with the least and the greatest of them, or "noise" if these are further
      apart than the ratio is large. Server and callers share the machine's cores: with more threads than
      cores, the numbers show queues as well as the subjects. All use one connection of Lettuce,
      except Redisson, which has its own client and pool. The two scripts are minimal ones with the
      arithmetic of those that they are named after.

      """;

  private static final String WRONG = """

      What they decide on timelines of which the exact answer is known. The real server decides;
      where a script reads the server's clock, the reading is replaced by the timeline's, and keys do
      not expire, as Redis expires them by the real clock. Redisson was not measured here.

      | subject | whole bursts of 10, of 1,000 | permits around a second's edge, of 100 | admitted when due, of 1,000 |
      | --- | --: | --: | --: |
      | exact | 1000 | 100 | 1000 |
      """;

  private static final String EXPLANATION = """

      * Bursts: a fresh key with 10 per second is asked 11 times at once, at 1,000 random times.
      * Edge: 100 per second is asked 200 times 1 ms before a second begins, and 200 times as it
        begins. More than 100 is too much.
      * Due: a key of 7 per second whose burst is used up is asked at the first microsecond at which
        the next permit is there, 1,000 times. Fewer than 1,000 were denied a permit that was there.

      Measure it again, in about six minutes; it needs `redis-server`, and PostgreSQL for its table:

      ```sh
      java -cp limiter-bench/target/benchmarks.jar io.limiter.bench.store.StoreComparison \\
        --json limiter-bench/results/store/comparison.json
      ```
      """;

  private record Cell(String store, int keys, int threads, String subject) {}

  private final Map<String, Object> file;
  private final Map<Cell, List<double[]>> cells = new LinkedHashMap<>(); // rate, p50, p99 per round
  private final StringBuilder text = new StringBuilder(INTRODUCTION);

  private StoreRatios(Map<String, Object> file) {
    this.file = file;
    for (Object each : Json.list(file.get("cells"))) {
      Map<String, Object> cell = Json.object(each);
      cells.put(
          new Cell(
              (String) cell.get("store"),
              integer(cell.get("keys")),
              integer(cell.get("threads")),
              (String) cell.get("subject")),
          Json.list(cell.get("rounds")).stream()
              .map(round -> Json.list(round).stream().mapToDouble(Json::number).toArray())
              .toList());
    }
  }

  /** The section of the page. */
  static String text(Path file) {
    try {
      return new StoreRatios(Json.object(Json.parse(Files.readString(file)))).text();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String text() {
    text.append(String.format(
        "%s, %d cores, %s, Redis %s; %s form, %d rounds of %d ms.\n",
        file.get("processor"),
        integer(file.get("cores")),
        file.get("jdk"),
        file.get("redis"),
        file.get("form"),
        integer(file.get("rounds")),
        integer(file.get("millis"))));
    if (file.containsKey("note")) {
      text.append(file.get("note")).append('\n');
    }
    Set<String> stores = new LinkedHashSet<>();
    cells.keySet().forEach(cell -> stores.add(cell.store + " " + cell.keys));
    for (String each : stores) {
      String store = each.substring(0, each.indexOf(' '));
      int keys = Integer.parseInt(each.substring(each.indexOf(' ') + 1));
      List<Cell> own = cells.keySet().stream()
          .filter(cell -> cell.store.equals(store) && cell.keys == keys)
          .toList();
      String floor = own.get(0).subject;
      String where = (store.equals("redis") ? "Redis" : "PostgreSQL") + ", "
          + (keys == 1 ? "one hot key" : String.format(Locale.ROOT, "%,d keys", keys));
      table(where + ": calls per second, " + floor + " = 1", own, cell -> {
        Cell base = new Cell(store, keys, cell.threads, floor);
        double[] ratios = new double[cells.get(cell).size()];
        for (int i = 0; i < ratios.length; i++) {
          ratios[i] = cells.get(cell).get(i)[0] / cells.get(base).get(i)[0];
        }
        double low = Arrays.stream(ratios).min().orElseThrow();
        double high = Arrays.stream(ratios).max().orElseThrow();
        return high - low > median(ratios)
            ? "noise"
            : String.format(Locale.ROOT, "%.2f [%.2f, %.2f]", median(ratios), low, high);
      });
      table(
          where + ": calls per second (p50, p99 in \u00b5s)",
          own,
          cell -> String.format(
              Locale.ROOT,
              "%,.0f (%s, %s)",
              median(cell, 0),
              Page.number(median(cell, 1)),
              Page.number(median(cell, 2))));
    }
    leases();
    text.append(WRONG);
    for (Object each : Json.list(file.get("wrong"))) {
      Map<String, Object> wrong = Json.object(each);
      text.append(String.format(
          "| %s | %d | %d | %d |\n",
          wrong.get("subject"),
          integer(wrong.get("bursts")),
          integer(wrong.get("edge")),
          integer(wrong.get("due"))));
    }
    return text.append(EXPLANATION).toString();
  }

  private void table(String title, List<Cell> own, Function<Cell, String> value) {
    List<Integer> threads = own.stream().map(Cell::threads).distinct().toList();
    text.append("\n| ").append(title).append(" |");
    threads.forEach(
        count -> text.append(' ').append(count).append(count == 1 ? " thread |" : " threads |"));
    text.append("\n| --- |").append(" --: |".repeat(threads.size())).append('\n');
    for (String subject : own.stream().map(Cell::subject).distinct().toList()) {
      text.append("| ").append(subject).append(" |");
      own.stream()
          .filter(cell -> cell.subject.equals(subject))
          .forEach(cell -> text.append(' ').append(value.apply(cell)).append(" |"));
      text.append('\n');
    }
  }

  private void leases() {
    text.append("\n| one thread asks leases of 100,000 per second without a pause | |\n")
        .append("| --- | --: |\n");
    lease("decisions per second", "decisions", "%,.0f");
    lease("round trips per 1,000 decisions", "perThousand", "%.3f");
    lease("round trips per 1,000 admitted", "perThousandAdmitted", "%.2f");
    lease("share of the limit that was used", "used", "%.3f");
    text.append(
        "\nA part of the burst may be left when counting begins, so a share may be above 1. Over its\n"
            + "whole time, no run admitted more than the burst and what refills: the program fails then.\n");
  }

  private void lease(String name, String field, String form) {
    double[] values = Json.list(file.get("leases")).stream()
        .mapToDouble(each -> Json.number(Json.object(each).get(field)))
        .toArray();
    text.append(String.format(Locale.ROOT, "| %s | " + form + " |\n", name, median(values)));
  }

  private double median(Cell cell, int column) {
    return median(cells.get(cell).stream().mapToDouble(round -> round[column]).toArray());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static int integer(Object value) {
    return (int) Json.number(value);
  }
}
