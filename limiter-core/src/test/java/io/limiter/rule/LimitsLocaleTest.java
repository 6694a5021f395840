package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rules are not localised: reading, writing and messages are the same wherever the JVM runs. */
class LimitsLocaleTest {
  private static final List<String> TAGS =
      List.of("tr-TR", "az", "lt", "ar-EG", "ar-SA-u-nu-arab", "fa-IR", "th-TH-u-nu-thai", "de-DE");

  private final Locale before = Locale.getDefault();

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(before);
  }

  @Test
  void parse_anyLocale_readsWritesAndRefusesTheSame() {
    Locale.setDefault(Locale.ROOT);
    List<String> expected = outcomes();
    for (String tag : TAGS) {
      Locale.setDefault(Locale.forLanguageTag(tag));
      assertEquals(expected, outcomes(), tag);
    }
  }

  /** The JDK's own conveniences would have failed the test above. */
  @Test
  void format_someLocale_differs() {
    Locale.setDefault(Locale.forLanguageTag("ar-SA-u-nu-arab"));
    assertNotEquals("480", String.format("%d", 480));
    Locale.setDefault(Locale.forLanguageTag("tr-TR"));
    assertNotEquals("minute", "MINUTE".toLowerCase());
  }

  private static List<String> outcomes() {
    return Corpus.rows().stream().map(row -> outcome(row.text())).toList();
  }

  private static String outcome(String text) {
    try {
      Limits limits = Limits.parse(text.toUpperCase(Locale.ROOT));
      return Limits.parse(text) + " " + limits.canonical() + limits.warnings();
    } catch (RuleSyntaxException e) {
      return e.getMessage();
    }
  }
}
