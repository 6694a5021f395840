package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What one rule text admits that another does not. */
class CompareTest {
  private record Rule(int permits, int periodMs, int burst) {
    @Override
    public String toString() {
      return permits + "/" + periodMs + " ms burst " + burst;
    }

    /** When the m-th call of the densest run is, in ns times 10^6 (so that fractions are whole). */
    BigInteger at(int m, BigInteger scale) {
      BigInteger interval =
          scale.multiply(BigInteger.valueOf(periodMs)).divide(BigInteger.valueOf(permits));
      return interval.multiply(BigInteger.valueOf(Math.max(0, m - burst)));
    }
  }

  private static final BigInteger SCALE = BigInteger.valueOf(2_520); // a multiple of 1..9

  /** The least m of the densest run of B that some rule of A denies; 0 if none up to a bound. */
  private static int reference(List<Rule> a, List<Rule> b, int bound) {
    for (int m = 1; m <= bound; m++) {
      BigInteger at = BigInteger.ZERO;
      for (Rule rule : b) {
        at = at.max(rule.at(m, SCALE));
      }
      for (Rule rule : a) {
        if (at.compareTo(rule.at(m, SCALE)) < 0) {
          return m;
        }
      }
    }
    return 0;
  }

  private static String text(List<Rule> rules) {
    return String.join(", ", rules.stream().map(Rule::toString).toList());
  }

  private static ToolRun compare(String a, String b) {
    ToolRun run = ToolRun.of("", "explain", "--compare", a, b);
    assertEquals(Main.DONE, run.status(), run.err());
    return run;
  }

  private static int calls(ToolRun run) {
    for (String line : run.out().split("\n")) {
      if (line.startsWith("  B admits all ")) {
        return Integer.parseInt(line.split(" ")[5]);
      }
    }
    assertTrue(run.out().contains("\nB admits nothing that A denies.\n"), run.out());
    return 0;
  }

  @Property(tries = 150)
  void shortestExampleIsTheLeastDenied(
      @ForAll @IntRange(min = 1, max = 9) int n1,
      @ForAll @IntRange(min = 1, max = 9) int n2,
      @ForAll @IntRange(min = 1, max = 9) int n3,
      @ForAll @IntRange(min = 1, max = 400) int p1,
      @ForAll @IntRange(min = 1, max = 400) int p2,
      @ForAll @IntRange(min = 1, max = 30) int burst1,
      @ForAll @IntRange(min = 1, max = 30) int burst2,
      @ForAll @IntRange(min = 1, max = 30) int burst3) {
    Rule first = new Rule(n1, p1, burst1);
    Rule second = new Rule(n2, p2, burst2);
    Rule third = new Rule(n3, 401, burst3);
    List<List<Rule>> texts =
        List.of(List.of(first), List.of(second, third), List.of(second), List.of(third));
    for (List<Rule> a : texts) {
      for (List<Rule> b : texts) {
        int expected = reference(a, b, 400);
        int found = calls(compare(text(a), text(b)));
        if (expected > 0 || found <= 400) {
          assertEquals(expected, found, () -> text(a) + " and " + text(b));
        }
      }
    }
  }

  @Example
  void continuousRulesAreComparedToTheLetter() {
    assertEquals("""
        A: 60/minute burst 10
        B: 60/minute

        B admits what A denies. The shortest example:
          after 0 s  11 calls, 11 so far
          B admits all 11 within one instant; A denies the last.

        The other way round: explain --compare "60/minute" "60/minute burst 10"
        """, compare("60/minute burst 10", "60/minute").out());
    assertTrue(compare("60/minute", "60/minute burst 10")
        .out()
        .contains("B admits nothing that A denies."));
    assertEquals("""
        A: 1/second burst 2
        B: 3/2 seconds burst 1

        B admits what A denies. The shortest example:
          after 0 s  1 call, 1 so far
          after 666.667 ms  1 call, 2 so far
          after 1.334 s  1 call, 3 so far
          after 2 s  1 call, 4 so far
          after 2.667 s  1 call, 5 so far
          B admits all 5 within 2.667 s; A denies the last.

        The other way round: explain --compare "3/2 seconds burst 1" "1/second burst 2"
        """, compare("1/second burst 2", "3/2 seconds burst 1").out());
    ToolRun huge = compare(
        "1000000000000/day burst 1000000000000", "999999999999/day, 13/ms burst 1000000000000");
    assertTrue(huge.out().contains("B admits nothing that A denies."), huge.out());
    // (m - 10^6) / 1000 > (m - 1) / 1001 iff m > 1,000,999,000.
    ToolRun slow = compare("1000/second burst 1000000", "1001/second burst 1");
    assertTrue(slow.out().contains("B admits all 1000999001 within 11 days 14 hours;"), slow.out());
  }

  @Example
  void windowsAreRun() {
    // A fixed window lets twice its count through around its boundary.
    ToolRun fixed = compare("10/minute", "10/minute fixed-window");
    assertTrue(fixed.out().contains("B admits all 11 within"), fixed.out());
    assertEquals(11, calls(compare("10/minute sliding-log", "10/minute")));
    assertEquals(0, callsOrNone(compare("10/minute fixed-window", "10/minute sliding-log")));
    assertEquals(11, calls(compare("10/minute sliding-log", "10/minute fixed-window")));
    assertEquals(1, calls(compare("blocked", "1/day sliding-log")));
    assertEquals(1, calls(compare("blocked", "unlimited")));
    assertEquals(4, calls(compare("3/day sliding-log", "unlimited")));
    assertEquals(0, callsOrNone(compare("unlimited", "3/day sliding-log")));
    assertEquals(0, callsOrNone(compare("unlimited", "unlimited")));
    assertEquals(0, callsOrNone(compare("3/day sliding-log", "blocked")));
    // Windows of different lengths: ten before the boundary at 60 s, the 11th after it, all in [45,
    // 90).
    assertEquals(11, calls(compare("10/45 seconds fixed-window", "10/60 seconds fixed-window")));
    // Paced, the run must start before the boundary so early that the window is full there.
    assertEquals(
        11, calls(compare("10/minute sliding-log", "10/minute fixed-window, 2/second burst 1")));
  }

  private static int callsOrNone(ToolRun run) {
    return run.out().contains("admitted nothing that A denies in runs of") ? 0 : calls(run);
  }

  @Example
  void referenceTellsBurstsApart() {
    List<Integer> found = new ArrayList<>();
    for (int burst = 1; burst < 6; burst++) {
      found.add(reference(List.of(new Rule(1, 10, burst)), List.of(new Rule(1, 10, 5)), 100));
    }
    assertEquals(List.of(2, 3, 4, 5, 0), found);
  }
}
