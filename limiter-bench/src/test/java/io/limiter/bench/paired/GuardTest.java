package io.limiter.bench.paired;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That a ratio 15 % worse fails and a smaller change does not: on numbers, nothing is timed. */
class GuardTest {
  private static final Guard GUARD = Guard.parse(List.of(
      "# processor, JDK, ratio, value",
      "",
      "one\t17\ta / b\t1.000",
      "one\t25\ta / b\t2.000",
      "two\t17\ta / b\t1.500",
      "one\t17\tc / d\t0.400"));

  @Test
  void worse_ratio15PercentWorse_isReported() {
    List<String> worse = GUARD.worse("one", 17, Map.of("a / b", 1.151));
    assertEquals(List.of("a / b: measured 1.151, committed 1.000, 15 % worse"), worse);
    assertEquals(1, GUARD.worse("one", 17, Map.of("c / d", 0.4601)).size());
  }

  @Test
  void worse_ratioLessThan15PercentWorse_passes() {
    assertEquals(List.of(), GUARD.worse("one", 17, Map.of("a / b", 1.149, "c / d", 0.459)));
  }

  @Test
  void worse_ratioBetter_passes() {
    assertEquals(List.of(), GUARD.worse("one", 17, Map.of("a / b", 0.1)));
  }

  @Test
  void worse_ratioIsNotANumber_isReported() {
    assertEquals(1, GUARD.worse("one", 17, Map.of("a / b", Double.NaN)).size());
  }

  @Test
  void worse_eachJdk_hasItsOwnRatio() {
    assertEquals(List.of(), GUARD.worse("one", 25, Map.of("a / b", 2.2)));
    assertEquals(1, GUARD.worse("one", 17, Map.of("a / b", 2.2)).size());
  }

  @Test
  void committed_unknownProcessor_isTheLargest() {
    assertFalse(GUARD.knows("three", 17, "a / b"));
    assertEquals(2, GUARD.committed("three", 17, "a / b"));
    assertTrue(GUARD.knows("two", 17, "a / b"));
    assertEquals(1.5, GUARD.committed("two", 17, "a / b"));
  }

  @Test
  void committed_unknownRatio_fails() {
    assertThrows(IllegalArgumentException.class, () -> GUARD.committed("one", 17, "e / f"));
  }

  @Test
  void line_isWhatParseReads() {
    Guard guard = Guard.parse(List.of(Guard.line("any (R) 3", 21, "a / b", 1.2345)));
    assertEquals(1.235, guard.committed("any (R) 3", 21, "a / b"), 0.0006);
  }

  @Test
  void committedFile_hasEveryGuardedRatio() throws IOException {
    Guard guard = Guard.parse(Files.readAllLines(Path.of("paired.tsv")));
    for (Comparison pair : Comparison.GUARDED) {
      assertTrue(guard.committed("unknown", 0, pair.label()) > 0, pair::label);
    }
  }
}
