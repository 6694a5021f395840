package io.limiter.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That nobody edits the numbers by hand, and that no target is missed in silence. */
class PageTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void page_isWhatTheResultsMakeOfIt() throws IOException {
    for (Map.Entry<String, String> file : Page.files(ROOT).entrySet()) {
      assertEquals(file.getValue(), Files.readString(ROOT.resolve(file.getKey())), file::getKey);
    }
  }

  @Test
  void page_printsNoIntervalThatIsWiderThanItsValue() {
    String text = Page.files(ROOT).get("BENCHMARKS.md");
    Matcher error = Pattern.compile("([0-9.]+) \u00b1 ([0-9.]+)").matcher(text);
    int errors = 0;
    while (error.find()) {
      double value = Double.parseDouble(error.group(1));
      double half = Double.parseDouble(error.group(2));
      assertTrue(2 * half <= value + 0.02, error::group); // both are rounded
      errors++;
    }
    assertTrue(errors > 0);
    Matcher interval = Pattern.compile("([0-9.]+) \\[([0-9.]+), ([0-9.]+)]").matcher(text);
    int intervals = 0;
    while (interval.find()) {
      double value = Double.parseDouble(interval.group(1));
      double width = Double.parseDouble(interval.group(3)) - Double.parseDouble(interval.group(2));
      assertTrue(width <= value + 0.02, interval::group);
      intervals++;
    }
    assertTrue(intervals > 0);
  }

  @Test
  void printable_intervalWiderThanItsValue_isNot() {
    assertFalse(new Results.Ratio(9.44, 283).printable());
    assertFalse(new Results.Ratio(1, 0.501).printable());
    assertTrue(new Results.Ratio(1, 0.5).printable());
    assertFalse(new PairedRatios.Ratio(1, 0.5, 1.6, 0).printable());
    assertTrue(new PairedRatios.Ratio(1, 0.9, 1.1, 0).printable());
  }

  @Test
  void charts_haveABackgroundAndNamesForPeople() {
    Page.files(ROOT).forEach((name, text) -> {
      if (name.endsWith(".svg")) {
        assertTrue(text.contains("fill=\"#ffffff\"/>"), name);
        assertFalse(text.contains("prefers-color-scheme"), name);
        assertFalse(Pattern.compile(">[A-Z0-9]+(_[A-Z0-9]+)+<").matcher(text).find(), name);
      }
    });
  }

  @Test
  void path_withoutCounts_isTheVerdictThatTheBenchmarkChecks() {
    Results.Cell uncounted = new Results.Cell();
    assertEquals("denied", Page.path("LimiterBenchmark.decideDenied GCRA @1", uncounted));
    assertEquals("admitted", Page.path("GcraBenchmark.admittedAt @1", uncounted));
    assertEquals("admitted", Page.path("PermitBenchmark.pair LIMITER @1", uncounted));
    assertEquals("", Page.path("BaselineBenchmark.clock @1", uncounted));
    Results.Cell mixed = new Results.Cell();
    mixed.admitted = 1;
    mixed.denied = 1;
    assertEquals("50 % admitted", Page.path("RivalBenchmark.mixed GUAVA @1", mixed));
  }

  @Test
  void targets_areMetOrSayWhyNot() {
    Path bench = ROOT.resolve("limiter-bench");
    Results results = Results.read(bench.resolve("results"));
    List<Targets.Target> targets = Targets.read(bench.resolve("targets.tsv"), results);
    assertFalse(targets.isEmpty());
    assertEquals(List.of(), Targets.unexplained(targets));
  }

  @Test
  void unexplained_missedWithoutReason_isNamed(@TempDir Path directory) throws IOException {
    Results results = Results.read(ROOT.resolve("limiter-bench/results"));
    Path file = Files.writeString(directory.resolve("targets.tsv"), """
        # text, measure, limit, reason
        missed	footprint Gcra	1\t
        explained	footprint Gcra	1	because
        met	footprint Gcra	1000000\t
        gone	NoBenchmark.none @1 / BaselineBenchmark.clock @1	1\t
        """);
    List<String> unexplained = Targets.unexplained(Targets.read(file, results));
    assertEquals(2, unexplained.size(), unexplained::toString);
    assertTrue(unexplained.get(0).startsWith("missed: "), unexplained::toString);
    assertTrue(unexplained.get(1).startsWith("gone: "), unexplained::toString);
  }

  @Test
  void json_readsWhatJmhWrites() {
    Map<String, Object> read = Json.object(Json.parse(
        "{\"a\" : [1.5, -2E-3, \"NaN\", null, true], \"b\" : {}, \"c\" : \"\\u00b7\\\"\"}"));
    assertEquals(1.5, Json.number(Json.list(read.get("a")).get(0)));
    assertEquals(-0.002, Json.number(Json.list(read.get("a")).get(1)));
    assertTrue(Double.isNaN(Json.number(Json.list(read.get("a")).get(2))));
    assertEquals("\u00b7\"", read.get("c"));
  }

  /** By the widths of the letters in a wide font: 8 of 12 pixels. */
  @Test
  void labels_ofTheCharts_fitWhereTheyAre() throws IOException {
    Pattern label = Pattern.compile("<text x=\"(\\d+)\" y=\"(\\d+)\"( text-anchor)?[^>]*>([^<]*)<");
    for (Map.Entry<String, String> file : Page.files(ROOT).entrySet()) {
      Matcher text = label.matcher(file.getKey().endsWith(".svg") ? file.getValue() : "");
      while (text.find()) {
        int x = Integer.parseInt(text.group(1));
        int width = 8 * text.group(4).length();
        assertTrue(text.group(3) != null ? width <= x : x + width <= 760, text::group);
      }
    }
  }

  @Test
  void successes_isTheRootOfTheModel() {
    assertEquals(1, Page.successes(1), 1e-9);
    assertEquals(2.0 / 3, Page.successes(2), 1e-9);
    double s = Page.successes(64);
    assertEquals(s, Math.pow(1 - s / 2, 63), 1e-9);
  }

  @Test
  void number_isShort() {
    assertEquals("96", Page.number(96));
    assertEquals("1.06", Page.number(1.0612));
    assertEquals("23.3", Page.number(23.31));
    assertEquals("240", Page.number(240.4));
  }
}
