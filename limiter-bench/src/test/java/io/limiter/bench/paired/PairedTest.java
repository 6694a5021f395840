package io.limiter.bench.paired;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The harness, without a measurement. */
class PairedTest {
  /** A loop throws at a verdict that its name denies. */
  @ParameterizedTest
  @EnumSource
  void loop_manyCalls_givesTheVerdictOfItsName(Operation operation) {
    Loop loop = operation.loop();
    loop.run(1_000);
    loop.run(1_000);
  }

  @Test
  void median_ofEvenAndOdd() {
    assertEquals(2, Statistics.median(3, 1, 2));
    assertEquals(2.5, Statistics.median(4, 1, 2, 3));
  }

  @Test
  void bootstrap_holdsTheMedianAndIgnoresOneOutlier() {
    Statistics.Interval interval =
        Statistics.bootstrap(1.04, 1.05, 1.03, 1.04, 1.06, 1.05, 1.04, 9);
    assertEquals(1.045, interval.median(), 1e-9);
    assertTrue(interval.low() >= 1.03 && interval.low() <= 1.045, interval::toString);
    assertTrue(interval.high() >= 1.045 && interval.high() < 1.1, interval::toString);
  }

  @Test
  void bootstrap_sameForks_givesTheSameInterval() {
    assertEquals(Statistics.bootstrap(1, 2, 3, 4), Statistics.bootstrap(1, 2, 3, 4));
  }

  @Test
  void bootstrap_twoForks_isTheirRange() {
    assertEquals(new Statistics.Interval(1.5, 1, 2), Statistics.bootstrap(2, 1));
  }

  @Test
  void report_parse_readsWhatItPrints() {
    Fork.Report report = new Fork.Report(1.0432, 28.12, 29.33, 0, 40.12);
    assertEquals(report, Fork.Report.parse(report + "\n"));
  }

  @Test
  void comparisons_areUniqueAndStartWithTheGuardedOnes() {
    assertEquals(
        Comparison.ALL.size(),
        Comparison.ALL.stream().map(Comparison::label).distinct().count());
    assertEquals(Comparison.GUARDED, Comparison.ALL.subList(0, Comparison.GUARDED.size()));
    assertFalse(Comparison.ALL.stream().anyMatch(pair -> pair.candidate() == pair.baseline()));
  }

  @Test
  void table_namesTheRatioAndItsInterval() {
    Comparison pair = Comparison.GUARDED.get(0);
    Fork.Report report = new Fork.Report(1.0432, 28.12, 29.33, 0, 0.5);
    String table = Paired.table(List.of(new Paired.Result(pair, List.of(report, report, report))));
    assertTrue(table.contains(pair.label()), table);
    assertTrue(table.contains("1.043  [1.043, 1.043]"), table);
  }
}
