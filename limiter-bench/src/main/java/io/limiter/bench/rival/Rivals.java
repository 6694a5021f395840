package io.limiter.bench.rival;

import io.limiter.spec.kit.Finding;
import io.limiter.spec.kit.Guarantee;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Which limiter keeps which guarantee: writes RIVALS.md to standard output, or, with the id of a
 * limiter and the name of a guarantee, shows what became of that one.
 */
public final class Rivals {
  private static final long SEED = 1;
  private static final int TRIES = 1_000;
  private static final String COMMAND =
      "java -cp limiter-bench/target/benchmarks.jar io.limiter.bench.rival.Rivals";
  private static final Properties VERSIONS = versions();

  /** A limiter in the table: {@code holds} or a counterexample for the guarantees that it has. */
  private record Column(
      String id, String title, Map<String, Supplier<Finding>> findings, List<String> notOffered) {
    Column(String id, String title, List<Guarantee> guarantees) {
      this(
          id,
          title,
          guarantees.stream()
              .collect(Collectors.toMap(Guarantee::name, each -> () -> each.find(SEED, TRIES))),
          List.of());
    }
  }

  private record Section(String title, List<Guarantee> rows, List<Column> columns) {}

  private Rivals() {}

  private static List<Section> sections() {
    List<String> questions = List.of(
        "retryAfterIsExact",
        "remainingIsWhatOneMoreCallCouldTake",
        "resetAfterIsTheWaitUntilFresh",
        "askingChangesNothing",
        "refundIsAsIfNotTaken");
    List<String> noReservation = new ArrayList<>(questions);
    noReservation.add("reservationsWaitAsLongAsNeeded");
    return List.of(
        new Section(
            "A rate and a burst",
            Contracts.gcra(),
            List.of(
                new Column("gcra", "Limiter `Gcra`", Contracts.gcra()),
                new Column(
                    "bucket4j-greedy", "Bucket4j, `refillGreedy`", Contracts.bucket4jGreedy()),
                new Column("guava", "Guava `RateLimiter`", RealTimeRivals.guava(), noReservation),
                new Column(
                    "failsafe-smooth",
                    "Failsafe, smooth",
                    RealTimeRivals.failsafeSmooth(),
                    questions))),
        new Section(
            "A fixed window",
            Contracts.stepwise(),
            List.of(
                new Column("stepwise", "Limiter `TokenBucket.stepwise`", Contracts.stepwise()),
                new Column(
                    "bucket4j-intervally",
                    "Bucket4j, `refillIntervally`",
                    Contracts.bucket4jIntervally()),
                new Column(
                    "resilience4j",
                    "resilience4j `RateLimiter`",
                    Contracts.resilience4jRateLimiter()),
                new Column(
                    "failsafe-bursty",
                    "Failsafe, bursty",
                    RealTimeRivals.failsafeBursty(),
                    questions))),
        new Section(
            "Concurrency",
            Contracts.concurrencyLimiter(),
            List.of(
                new Column(
                    "concurrency", "Limiter `ConcurrencyLimiter`", Contracts.concurrencyLimiter()),
                new Column("semaphore", "JDK `Semaphore`", Contracts.semaphore()),
                new Column(
                    "resilience4j-bulkhead",
                    "resilience4j `Bulkhead`",
                    Contracts.resilience4jBulkhead()),
                new Column(
                    "failsafe-bulkhead", "Failsafe `Bulkhead`", Contracts.failsafeBulkhead()))));
  }

  /** What became of {@code guarantee} of the limiter {@code id}; the same in each run. */
  static Finding finding(String id, String guarantee) {
    for (Section section : sections()) {
      for (Column column : section.columns()) {
        if (column.id().equals(id) && column.findings().containsKey(guarantee)) {
          return column.findings().get(guarantee).get();
        }
      }
    }
    throw new IllegalArgumentException("nothing is checked under: " + id + " " + guarantee);
  }

  /** Shows one finding, or writes the page. */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    if (args.length == 2) {
      Finding finding = finding(args[0], args[1]);
      out.println(finding.kind() + "\n" + finding.detail());
    } else if (args.length == 0) {
      out.print(new Page().write());
    } else {
      out.println("usage: " + COMMAND + " [limiter guarantee]");
      System.exit(2);
    }
  }

  private static Properties versions() {
    Properties versions = new Properties();
    try (InputStream in = Rivals.class.getResourceAsStream("versions.properties")) {
      versions.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return versions;
  }

  /** RIVALS.md. */
  private static final class Page {
    private final StringBuilder text = new StringBuilder(16_384);
    private final List<String> counterexamples = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();

    String write() {
      text.append(header());
      for (Section section : sections()) {
        write(section);
      }
      text.append("## Not claimed\n\n");
      for (int i = 0; i < reasons.size(); i++) {
        text.append("* ").append(letter(i)).append(": ").append(reasons.get(i)).append(".\n");
      }
      text.append("\n## Counterexamples\n\n");
      text.append(
          "Each is the shortest that was found. Those in real time were written by hand.\n");
      counterexamples.forEach(text::append);
      return text.toString();
    }

    private static String header() {
      return """
          # Guarantees by library

          Generated; do not edit. One command, which also says how to see any one line again:

          ```sh
          mvn -q -B -DskipTests package && %s > limiter-bench/RIVALS.md
          ```

          Bucket4j %s, Guava %s, resilience4j %s, Failsafe %s, and Semaphore of the JDK that runs the
          command, each with the defaults of its documentation and waits of 0, through the conformance
          kit of limiter-spec: %d timelines for each guarantee, seed %d, rates from 1 permit a day to
          a million a second, bursts of up to ten thousand (Limiter rounds where `B*p > 2^61`, p/n being
          P/N in lowest terms: out of reach here), clocks that move by a nanosecond or a century and
          step back by a day at most. A test of limiter-bench finds each counterexample again.

          * **holds**: no counterexample was found.
          * **broken**: there is one; the number leads to it and to the command that shows it.
          * **not offered**: there is no such operation. Bucket4j tells the wait until its bucket is
            full only together with a consumption, resilience4j the wait for one permission only.
          * **not claimed**: the documentation says otherwise; the letter leads to what it says.
          * **real time**: Guava and Failsafe read System.nanoTime, and their interface takes no other
            clock. What stands beside the word was found in a few calls in real time; without one,
            nothing was checked.

          The rows are what the libraries document or what their users rely on. Documented: the formula
          of the rate (Guava: bursts of up to permitsPerSecond; Failsafe, smooth: one execution every
          maxRate; resilience4j and Failsafe, bursty: N in a period), the wait (Bucket4j:
          nanosToWaitForRefill), what is available, refunds (Bucket4j: addTokens as a compensating
          transaction), reservations, System.nanoTime with any origin (in its own documentation).
          Relied on: that denied calls and questions change nothing, that asking for less than one
          permit does not add permits, that a clock that steps back does not.

          """.formatted(
              COMMAND,
              VERSIONS.get("bucket4j"),
              VERSIONS.get("guava"),
              VERSIONS.get("resilience4j"),
              VERSIONS.get("failsafe"),
              TRIES,
              SEED);
    }

    private void write(Section section) {
      text.append("## ").append(section.title()).append("\n\n| guarantee |");
      section.columns().forEach(each -> text.append(' ').append(each.title()).append(" |"));
      text.append("\n|---|").append("---|".repeat(section.columns().size())).append('\n');
      for (Guarantee row : section.rows()) {
        text.append("| ").append(row.sentence()).append(" `").append(row.name()).append("` |");
        for (Column column : section.columns()) {
          text.append(' ').append(cell(column, row)).append(" |");
        }
        text.append('\n');
      }
      text.append('\n');
    }

    private String cell(Column column, Guarantee row) {
      Supplier<Finding> supplier = column.findings().get(row.name());
      boolean realTime = !column.notOffered().isEmpty();
      if (supplier == null) {
        return column.notOffered().contains(row.name()) ? "not offered" : "real time";
      }
      Finding finding = supplier.get();
      String word = switch (finding.kind()) {
        case HOLDS -> "holds";
        case NOT_OFFERED -> "not offered";
        case NOT_CLAIMED -> "not claimed (" + reason(finding.detail()) + ")";
        case BROKEN -> {
          int number = counterexamples.size() + 1;
          counterexamples.add("""

              ### %d

              %s: %s

              ```
              %s
              ```

              ```sh
              %s %s %s
              ```
              """.formatted(
                  number,
                  column.title(),
                  row.sentence(),
                  finding.detail(),
                  COMMAND,
                  column.id(),
                  row.name()));
          yield "**broken** ([" + number + "](#" + number + "))";
        }
      };
      return realTime && finding.kind() != Finding.Kind.NOT_CLAIMED ? word + ", real time" : word;
    }

    private String reason(String reason) {
      if (!reasons.contains(reason)) {
        reasons.add(reason);
      }
      return letter(reasons.indexOf(reason));
    }

    private static String letter(int index) {
      return String.valueOf((char) ('a' + index));
    }
  }
}
