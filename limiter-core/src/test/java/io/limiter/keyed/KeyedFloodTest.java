package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyedFloodTest {
  /** How many keys are invented: -Dlimiter.flood.keys=100000000 for the full size. */
  private static final String KEYS = System.getProperty("limiter.flood.keys", "1000000");

  @Test
  void inventedKeys_inASmallHeap_neitherFillItNorChangeOthers()
      throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process = new ProcessBuilder(
            java,
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            Flood.class.getName(),
            KEYS)
        .redirectErrorStream(true)
        .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    System.out.print(said);
  }

  /** Strings whose hashCode is one: every choice of "Aa" or "BB" at each place. */
  private static List<String> oneHashCode(int pairs) {
    List<String> keys = List.of("");
    for (int i = 0; i < pairs; i++) {
      List<String> longer = new ArrayList<>();
      for (String key : keys) {
        longer.add(key + "Aa");
        longer.add(key + "BB");
      }
      keys = longer;
    }
    return keys;
  }

  @Test
  void strings_withOneHashCode_haveHashesOfTheirOwn() {
    List<String> keys = oneHashCode(17);
    assertEquals(1, keys.stream().mapToInt(String::hashCode).distinct().count());
    Hashing hashing = Hashing.random();
    Set<Long> high = new HashSet<>();
    Set<Long> all = new HashSet<>();
    for (String key : keys) {
      all.add(hashing.ofText(key));
      high.add(hashing.ofText(key) >>> 32);
    }
    assertEquals(keys.size(), all.size());
    assertTrue(high.size() > keys.size() - 50, "of 2^17 keys in 2^32 some 2 pairs collide");
  }

  @Test
  void strings_withOneHashCode_areAllKnown() {
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(
            Limits.parse("3/hour"), ManualClock.create())
        .maxKeys(100_000)
        .build();
    for (String key : oneHashCode(16)) {
      assertTrue(limiter.tryAcquire(key, 3));
    }
    assertEquals(1 << 16, limiter.size());
    for (String key : oneHashCode(16)) {
      assertTrue(!limiter.tryAcquire(key));
    }
  }

  /** A key whose hashCode says nothing; counts how often it is compared. */
  private record Dull(int id, int[] comparisons) {
    @Override
    public boolean equals(Object other) {
      comparisons[0]++;
      return other instanceof Dull that && id == that.id;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  @Test
  void objects_withOneHashCode_costAFewComparisonsEach() {
    KeyedLimiter<Dull> limiter =
        KeyedLimiter.<Dull>builder(Limits.parse("3/hour"), ManualClock.create()).build();
    KeyedLimiter<Dull> hashed = KeyedLimiter.<Dull>builder(
            Limits.parse("3/hour"), ManualClock.create())
        .hasher(Dull::id)
        .build();
    int[] comparisons = {0};
    for (int id = 0; id < 100_000; id++) {
      comparisons[0] = 0;
      limiter.tryAcquire(new Dull(id, comparisons));
      assertTrue(comparisons[0] <= 6 * Table.CROWD, "comparisons: " + comparisons[0]);
      comparisons[0] = 0;
      assertTrue(hashed.tryAcquire(new Dull(id, comparisons)));
      assertTrue(comparisons[0] <= 30, "comparisons: " + comparisons[0]);
    }
    assertEquals(Table.CROWD + 1, limiter.size());
    assertEquals(100_000, hashed.size());
    assertEquals(2, limiter.peek(new Dull(Table.CROWD, comparisons)).remaining());
  }
}
