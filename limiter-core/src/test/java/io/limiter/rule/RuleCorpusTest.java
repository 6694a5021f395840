package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every row of rules-corpus.tsv: what users paste from other tools, and what nobody should. */
class RuleCorpusTest {

  @TestFactory
  Stream<DynamicTest> parse_everyRow_hasTheOutcomeOfTheRow() {
    return Corpus.rows().stream()
        .map(row -> DynamicTest.dynamicTest(name(row), () -> {
          if (row.isRejected()) {
            RuleSyntaxException e =
                assertThrows(RuleSyntaxException.class, () -> Limits.parse(row.text()));
            assertEquals(row.outcome(), e.code() + "@" + e.column());
          } else {
            Limits limits = Limits.parse(row.text());
            assertEquals(row.outcome(), limits.canonical());
            assertEquals(row.meaning(), meaning(limits));
            assertEquals(limits, Limits.parse(row.outcome()));
          }
        }));
  }

  @Test
  void rows_all_areRead() {
    assertEquals(276, Corpus.rows().size());
  }

  private static String name(Corpus row) {
    return row.origin() + " " + row.text().substring(0, Math.min(40, row.text().length()));
  }

  private static String meaning(Limits limits) {
    if (limits.isUnlimited()) {
      return "unlimited";
    }
    return limits.rules().stream().map(RuleCorpusTest::meaning).collect(Collectors.joining("; "));
  }

  private static String meaning(Rule rule) {
    if (rule.algorithm() == Algorithm.CONCURRENCY) {
      return rule.permits() + ",concurrent,-";
    }
    return rule.permits()
        + ","
        + rule.rate().periodNanos()
        + ","
        + (rule.isBurstGiven() ? rule.burst() : "-")
        + (rule.isAlgorithmGiven() ? "," + rule.algorithm() : "");
  }
}
