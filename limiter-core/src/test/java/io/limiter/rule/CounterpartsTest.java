package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rule goes on from which, when limits change. */
class CounterpartsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60/hour | 60/hour | 0",
        "60/hour, 300/day | 300/day, 60/hour | 1 0",
        "300/24 hours, 60/hour | 60/60 minutes, 300/day | 1 0",
        "60/hour, 300/day | 60/hour fixed-window, 300/day sliding-log | 0 1",
        "60/hour, 300/day | 60/hour | 0 -1",
        "60/hour | 300/day, 60/hour | 1",
        "30/minute, 60/hour, 300/day | 60/hour, 300/day | -1 0 1",
        "30/minute | 60/hour | 0",
        "30/minute, 60/hour | 5/second, 60/hour | 0 1",
        "30/minute, 60/hour | 60/hour, 300/day | -1 0",
        "30/minute, 300/day | 60/hour, 5/second | 0 1",
        "5 concurrent | 7 concurrent | 0",
        "5 concurrent, 60/hour | 60/hour, 7 concurrent | 1 0",
        "5 concurrent | 60/hour | -1",
        "60/hour | 5 concurrent | -1",
        "60/hour, 5 concurrent | 5 concurrent, 300/day | -1 0",
        "unlimited | 60/hour | ''",
        "60/hour, 300/day | blocked | -1 -1"
      })
  void counterpartsIn_rules_areThoseOfThePeriodThenThoseOfThePlace(
      String limits, String before, String expected) {
    int[] counterparts = Limits.parse(limits).counterpartsIn(Limits.parse(before));
    assertEquals(
        expected,
        Arrays.stream(counterparts).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
  }

  @Test
  void counterpartsIn_null_isNamed() {
    Limits limits = Limits.parse("60/hour");
    String said = assertThrows(NullPointerException.class, () -> limits.counterpartsIn(null))
        .getMessage();
    assertEquals("before", said);
  }

  @Provide
  Arbitrary<Limits> limits() {
    List<String> rules = List.of(
        "5/second",
        "30/minute sliding-log",
        "60/hour fixed-window",
        "300/day burst 9",
        "7/7 seconds",
        "3 concurrent");
    return Arbitraries.shuffle(rules)
        .flatMap(all -> Arbitraries.integers()
            .between(1, all.size())
            .map(size -> Limits.parse(String.join(", ", all.subList(0, size)))));
  }

  private static boolean isConcurrency(Rule rule) {
    return rule.algorithm() == Algorithm.CONCURRENCY;
  }

  private static boolean samePeriod(Rule a, Rule b) {
    return isConcurrency(a) == isConcurrency(b)
        && (isConcurrency(a) || a.rate().periodNanos() == b.rate().periodNanos());
  }

  @Property
  void everyRuleGoesOnAtMostOnce(
      @ForAll @From("limits") Limits limits, @ForAll @From("limits") Limits before) {
    int[] counterparts = limits.counterpartsIn(before);
    int[] goingOn = Arrays.stream(counterparts).filter(i -> i >= 0).toArray();
    assertEquals(goingOn.length, Arrays.stream(goingOn).distinct().count());
    for (int i = 0; i < counterparts.length; i++) {
      Rule rule = limits.rules().get(i);
      boolean hasPeriod = before.rules().stream().anyMatch(old -> samePeriod(old, rule));
      if (counterparts[i] < 0) {
        boolean taken = Arrays.stream(goingOn).anyMatch(Integer.valueOf(i)::equals);
        assertTrue(!hasPeriod
            && (i >= before.rules().size()
                || taken
                || isConcurrency(rule)
                || isConcurrency(before.rules().get(i))));
      } else {
        Rule old = before.rules().get(counterparts[i]);
        assertEquals(isConcurrency(rule), isConcurrency(old));
        assertTrue(hasPeriod ? samePeriod(old, rule) : counterparts[i] == i);
      }
    }
  }

  @Property
  void limitsThatStayGoOnRuleByRule(@ForAll @From("limits") Limits limits) {
    int[] all = new int[limits.rules().size()];
    Arrays.setAll(all, i -> i);
    assertArrayEquals(all, limits.counterpartsIn(limits));
  }
}
