package io.limiter.bench.paired;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The harness of many threads, without a measurement. */
class CrowdTest {
  private static final CrowdFork.Report REPORT =
      new CrowdFork.Report(List.of(3.5, 35.0, 10.0, 1.0, 0.99, 40.0, 60.0, 200.0, 1_000.0));

  @Test
  void report_parse_readsWhatItPrints() {
    assertEquals(REPORT, CrowdFork.Report.parse(REPORT + "\n"));
    assertEquals(CrowdFork.Report.NAMES.size(), REPORT.numbers().size());
  }

  @Test
  void jain_isOneIfAllAreAlikeAndOneNthIfOneHasAll() {
    assertEquals(1, CrowdFork.jain(new long[6], new long[] {7, 5, 0, 5, 0, 5}, 1), 1e-9);
    assertEquals(1.0 / 3, CrowdFork.jain(new long[6], new long[] {7, 5, 0, 5, 0, 5}, 0), 1e-9);
    assertEquals(1, CrowdFork.jain(new long[] {9, 0}, new long[] {10, 0}, 0), 1e-9);
  }

  @Test
  void percentile_isTheTimeRoundedDownBySixPercentAtMost() {
    for (long nanos : new long[] {0, 1, 15, 16, 17, 31, 32, 33, 1_000, 123_456_789, 1L << 40}) {
      CrowdFork.Histogram times = new CrowdFork.Histogram();
      times.record(nanos);
      double read = times.percentile(0.5);
      assertTrue(read <= nanos && read >= nanos * 0.94, () -> nanos + " read as " + read);
    }
    CrowdFork.Histogram all = new CrowdFork.Histogram();
    for (int i = 0; i < 998; i++) {
      all.record(10);
    }
    CrowdFork.Histogram slow = new CrowdFork.Histogram();
    slow.record(1_024);
    slow.record(1_024);
    all.add(slow);
    assertEquals(10, all.percentile(0.99));
    assertEquals(1_024, all.percentile(0.999));
  }

  @Test
  void tableAndJson_haveEveryNumber() {
    Crowd.Setup setup = new Crowd.Setup(2, Comparison.GUARDED.get(0));
    List<Crowd.Result> results = List.of(new Crowd.Result(setup, List.of(REPORT, REPORT, REPORT)));
    String table = Crowd.table(results);
    assertTrue(table.contains("3.500  [3.500, 3.500]"), table);
    assertTrue(table.contains("p99.99 1000.00"), table);
    String json = Crowd.json(results);
    for (String name : CrowdFork.Report.NAMES) {
      assertTrue(json.contains("\"" + name + "\": "), json);
    }
  }
}
