package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;

/**
 * Arbitrary text is rules whose canonical text means the same, or is refused with a column inside
 * the text. That it takes time linear in the length is RuleTextProperties' part.
 */
class RuleFuzzTest {

  @FuzzTest(maxDuration = "3m")
  void parse(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    try {
      Limits limits = Limits.parse(text);
      Limits again = Limits.parse(limits.canonical());
      assertEquals(limits, again);
      assertEquals(limits.canonical(), again.canonical());
    } catch (RuleSyntaxException refusal) {
      int column = refusal.column();
      assertTrue(column >= 1 && column <= text.length() + 1, () -> refusal + " in " + text);
    }
  }
}
