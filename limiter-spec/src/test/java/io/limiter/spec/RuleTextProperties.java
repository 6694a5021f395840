package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Any text is rules or is refused, whatever its length. The rule parser's own tests say which. */
class RuleTextProperties {
  private static final int LONG = 1 << 20; // what is quadratic takes 2^40 steps, and does not end

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> piece = Arbitraries.oneOf(
        Arbitraries.of(
            "1/second",
            "10 per 3 hours",
            " burst 20",
            "sliding-log",
            "; ",
            ", ",
            "1",
            "0",
            " ",
            "\t",
            "/",
            "e",
            ".",
            "unlimited",
            "concurrency 5",
            "per ",
            "second",
            "s",
            "\u00b5s"),
        Arbitraries.strings().ofMinLength(1).ofMaxLength(4));
    return piece.list().ofMinSize(1).ofMaxSize(5).map(pieces -> String.join("", pieces));
  }

  @Property
  void anyTextIsRulesOrRefusedWithAColumnInIt(@ForAll @From("texts") String text) {
    readOrRefuse(text);
  }

  @Property(tries = 40)
  void aMillionCharactersAreReadInLinearTime(@ForAll @From("texts") String text) {
    readOrRefuse(text.repeat(LONG / text.length()));
  }

  private static void readOrRefuse(String text) {
    try {
      Limits limits = Limits.parse(text);
      assertEquals(limits, Limits.parse(limits.canonical()));
    } catch (RuleSyntaxException refusal) {
      int column = refusal.column();
      assertTrue(column >= 1 && column <= text.length() + 1, () -> "column " + column);
    }
  }
}
