package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.RuleSyntaxException.Code;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.Tuple;

/**
 * Each property is a predicate over a parser, so that it can be tried on wrong ones too: the example
 * below a property shows that it catches them.
 */
@PropertyDefaults(edgeCases = EdgeCasesMode.NONE) // of these arbitraries there are too many
class LimitsProperties {

  /** From a text to its canonical form, or a RuleSyntaxException. */
  private interface Parser extends Function<String, String> {}

  private static final Parser PARSER = text -> Limits.parse(text).canonical();

  // What is written is what is read.

  @Property
  boolean parseOfCanonicalIsIdentity(@ForAll("rules") String text) {
    Limits limits = Limits.parse(text);
    Limits again = Limits.parse(limits.canonical());
    return again.equals(limits)
        && again.hashCode() == limits.hashCode()
        && again.rules().equals(limits.rules())
        && again.warnings().equals(limits.warnings());
  }

  @Property
  boolean canonicalIsAFixedPoint(@ForAll("rules") String text) {
    return isFixedPoint(text, PARSER);
  }

  private static boolean isFixedPoint(String text, Parser parser) {
    String canonical = parser.apply(text);
    return parser.apply(canonical).equals(canonical);
  }

  @Example
  void canonicalIsAFixedPoint_catchesAParserThatTurnsTheRulesAround() {
    Parser turning = text -> {
      List<String> rules = new ArrayList<>(List.of(PARSER.apply(text).split(", ")));
      Collections.reverse(rules);
      return String.join(", ", rules);
    };
    assertCaught(rules(), text -> isFixedPoint(text, turning));
  }

  // What is accepted, and as what.

  @Property
  void agreesWithTheReferenceOnRules(@ForAll("rules") String text) {
    assertEquals(RuleReference.canonical(text), canonical(text, PARSER));
    assertTrue(RuleReference.canonical(text).isPresent(), "not a rule");
  }

  @Property
  void agreesWithTheReferenceOnAlmostRules(@ForAll("almostRules") String text) {
    assertEquals(RuleReference.canonical(text), canonical(text, PARSER));
  }

  @Property
  void agreesWithTheReferenceOnLookalikes(@ForAll("lookalikes") String text) {
    assertEquals(RuleReference.canonical(text), canonical(text, PARSER));
  }

  @Property
  void agreesWithTheReferenceOnWords(@ForAll("words") String text) {
    assertEquals(RuleReference.canonical(text), canonical(text, PARSER));
  }

  @Property
  void agreesWithTheReferenceOnTheCorpus(@ForAll("corpus") String text) {
    assertEquals(RuleReference.canonical(text), canonical(text, PARSER));
  }

  private static boolean agrees(String text, Parser parser) {
    return RuleReference.canonical(text).equals(canonical(text, parser));
  }

  @Example
  void agreesWithTheReference_catchesAParserThatUsesToLowerCase() {
    Parser lowering = text -> PARSER.apply(text.toLowerCase(Locale.ROOT)); // Kelvin sign to k
    assertCaught(lookalikes(), text -> agrees(text, lowering));
  }

  @Example
  void agreesWithTheReference_catchesAParserThatTakesUnicodeDigits() {
    Parser normalizing = text -> PARSER.apply(Normalizer.normalize(text, Normalizer.Form.NFKC));
    assertCaught(lookalikes(), text -> agrees(text, normalizing));
  }

  @Example
  void agreesWithTheReference_catchesAParserThatTrims() {
    assertCaught(almostRules(), text -> agrees(text, t -> PARSER.apply(t.trim())));
    assertCaught(almostRules(), text -> agrees(text, t -> PARSER.apply(t.strip())));
  }

  @Example
  void agreesWithTheReference_catchesAParserThatDropsTrailingEmptyRules() {
    Parser splitting = text -> PARSER.apply(String.join(", ", text.split("[,;|]")));
    assertCaught(words(), text -> agrees(text, splitting));
  }

  @Example
  void agreesWithTheReference_catchesAParserThatForgetsTheBurst() {
    Parser forgetful = text -> PARSER.apply(text).replaceAll(" burst [0-9]+", "");
    assertCaught(rules(), text -> agrees(text, forgetful));
  }

  // What is refused, and how.

  @Property
  boolean refusalPointsIntoTheTextInOnePrintableLine(@ForAll("anything") String text) {
    return isRefusedWell(text, PARSER);
  }

  private static boolean isRefusedWell(String text, Parser parser) {
    try {
      parser.apply(text);
      return true;
    } catch (RuleSyntaxException e) {
      String start = "bad rate rule at column " + e.column() + ": " + e.text() + " in \"";
      return e.column() >= 1
          && e.column() <= text.length() + 1
          && e.getMessage().chars().allMatch(c -> c >= 0x20 && c <= 0x7E)
          && e.getMessage().length() < 700
          && e.getMessage().startsWith(start)
          && e.getMessage().endsWith("\"");
    }
  }

  @Example
  void refusalPointsIntoTheText_catchesAParserThatEchoesTheTextAsItIs() {
    Parser echoing = text -> {
      try {
        return PARSER.apply(text);
      } catch (RuleSyntaxException e) {
        throw new RuleSyntaxException(e.code(), e.column(), e.text(), text);
      }
    };
    assertCaught(anything(), text -> isRefusedWell(text, echoing));
  }

  @Example
  void refusalPointsIntoTheText_catchesAColumnThatIsOneTooFar() {
    Parser shifted = text -> {
      try {
        return PARSER.apply(text);
      } catch (RuleSyntaxException e) {
        throw new RuleSyntaxException(e.code(), e.column() + 1, e.text(), text);
      }
    };
    assertCaught(anything(), text -> isRefusedWell(text, shifted));
  }

  /** However the text goes on behind the error, the error stays: the first from the left wins. */
  @Property
  boolean refusalDependsOnNothingBehindTheWordAtFault(
      @ForAll("anything") String text, @ForAll("words") String more) {
    return isRefusedAlike(text, more, LimitsProperties::refusal);
  }

  private static boolean isRefusedAlike(
      String text, String more, Function<String, Optional<RuleSyntaxException>> refusal) {
    Optional<RuleSyntaxException> alone = refusal.apply(text);
    if (alone.isEmpty() || alone.get().column() > text.length() - 30) {
      return true; // what was found may go on in what follows
    }
    Optional<RuleSyntaxException> together = refusal.apply(text + ' ' + more);
    return together.isPresent()
        && (together.get().code() == Code.TOO_LONG
            || together.get().column() == alone.get().column()
                && together.get().text().equals(alone.get().text()));
  }

  @Example
  void refusalDependsOnNothingBehind_catchesAParserThatReadsFromTheRight() {
    Function<String, Optional<RuleSyntaxException>> backwards = text -> {
      for (int i = text.length() - 1; i >= 0; i--) {
        Optional<RuleSyntaxException> e = refusal(text.substring(i));
        if (e.isPresent() && e.get().code() == Code.BAD_CHAR) {
          return Optional.of(new RuleSyntaxException(
              Code.BAD_CHAR, i + e.get().column(), e.get().text(), ""));
        }
      }
      return refusal(text);
    };
    assertCaught(anything(), text -> isRefusedAlike(text, "\u00e9", backwards));
  }

  /** A character that only looks like part of a rule is reported where it stands. */
  @Property
  boolean aStrangeCharacterIsReportedWhereItStands(
      @ForAll("rules") String text, @ForAll("strange") char strange, @ForAll int position) {
    return isReported(text, strange, position, LimitsProperties::refusal);
  }

  private static boolean isReported(
      String rules,
      char strange,
      int position,
      Function<String, Optional<RuleSyntaxException>> refusal) {
    // Half of "ms" is a minute: a rule broken there can be wrong before the break.
    String text = rules.replaceAll("(?i)ms|milliseconds?", "s");
    if (RuleReference.canonical(text).isEmpty()) {
      return true; // now two rules are for one period
    }
    int at = Math.floorMod(position, text.length() + 1);
    Optional<RuleSyntaxException> e =
        refusal.apply(text.substring(0, at) + strange + text.substring(at));
    return e.isPresent() && e.get().code() == Code.BAD_CHAR && e.get().column() == at + 1;
  }

  @Example
  void aStrangeCharacterIsReported_catchesAParserThatTrims() {
    assertCaught(
        Combinators.combine(rules(), strange()).as((text, c) -> text + c),
        text -> isReported(
            text.substring(0, text.length() - 1),
            text.charAt(text.length() - 1),
            0,
            t -> refusal(t.trim().strip())));
  }

  // White space.

  @Property
  boolean whiteSpaceIsAsGoodAsASpace(@ForAll("rules") String text, @ForAll("space") String space) {
    return isTheSameWith(space, text, PARSER);
  }

  private static boolean isTheSameWith(String space, String text, Parser parser) {
    String spaced = space + text.replaceAll("[ \\t\\r\\n]+", space) + space;
    return spaced.length() > 1024 || canonical(spaced, parser).equals(canonical(text, PARSER));
  }

  @Example
  void whiteSpaceIsAsGoodAsASpace_catchesAParserThatKnowsOneLineOnly() {
    Parser oneLine = text -> PARSER.apply(text.replace('\n', '\u0085'));
    assertCaught(rules(), text -> isTheSameWith(" \n", text, oneLine));
  }

  // One pass: counted in characters read, as a clock would measure the machine.

  @Property
  boolean readsEachCharacterAFewTimesOnly(@ForAll("long") String text) {
    return readsFew(text, RuleParser::parse);
  }

  private static boolean readsFew(String text, Function<CharSequence, Limits> parser) {
    CountingText counting = new CountingText(text);
    try {
      parser.apply(counting);
    } catch (RuleSyntaxException e) {
      // Reads as much as a success does, and 60 characters to echo.
    }
    return counting.reads <= 8 * text.length() + 200;
  }

  @Example
  void readsEachCharacterAFewTimes_catchesAParserThatStartsAgain() {
    assertCaught(
        longTexts(),
        text -> readsFew(text, restarted -> {
          for (int i = 1; i < restarted.length(); i += 8) {
            try {
              RuleParser.parse(restarted.subSequence(0, i));
            } catch (RuleSyntaxException e) {
              // Not yet.
            }
          }
          return RuleParser.parse(restarted);
        }));
  }

  /** A text that counts how often its characters are read. */
  private static final class CountingText implements CharSequence {
    private final CharSequence text;
    private final CountingText whole;
    private int reads;

    CountingText(String text) {
      this.text = text;
      this.whole = this;
    }

    private CountingText(CharSequence part, CountingText whole) {
      this.text = part;
      this.whole = whole;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      whole.reads++;
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new CountingText(text.subSequence(start, end), whole);
    }

    @Override
    public String toString() {
      whole.reads += text.length();
      return text.toString();
    }
  }

  // Texts.

  /** Rules by the grammar: each spelling, each option, white space where it may stand. */
  @Provide
  Arbitrary<String> rules() {
    Arbitrary<String> counts = Arbitraries.oneOf(
        Arbitraries.longs().between(1, 1_000_000_000_000L).map(String::valueOf),
        Arbitraries.longs().between(1, 1000).map(String::valueOf),
        Arbitraries.of("1", "1_000", "1_0_0", "1_000_000_000_000", "999999999999"));
    Arbitrary<String> small = Arbitraries.integers().between(1, 52).map(String::valueOf);
    Arbitrary<String> nouns = cased(
        "r", "req", "requests", "calls", "query", "hits", "permit", "token", "tokens", "packets");
    Arbitrary<String> units = cased(
        "ms",
        "millisecond",
        "milliseconds",
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "m",
        "min",
        "mins",
        "minute",
        "minutes",
        "h",
        "hr",
        "hrs",
        "hour",
        "hours",
        "d",
        "day",
        "days",
        "w",
        "week",
        "weeks");
    Arbitrary<String> periods = Arbitraries.oneOf(
        units, Combinators.combine(small, spaces(0), units).as((n, ws, unit) -> n + ws + unit));
    Arbitrary<String> bursts = Combinators.combine(
            cased("burst"),
            Arbitraries.oneOf(spaces(0), spaces(0).map(ws -> ws + "=" + ws)),
            counts,
            optional(Combinators.combine(spaces(1), nouns).as(String::concat)))
        .as((burst, joint, n, noun) -> burst + joint + n + noun);
    Arbitrary<String> withBurst = cased("gcra", "token-bucket", "token_bucket", "token bucket");
    Arbitrary<String> windows = cased(
        "fixed-window",
        "fixed_window",
        "fixed \twindow",
        "sliding-log",
        "sliding log",
        "moving-window");
    Arbitrary<String> options = Arbitraries.oneOf(
        Arbitraries.just(""),
        Combinators.combine(spaces(1), bursts).as(String::concat),
        Combinators.combine(spaces(1), withBurst).as(String::concat),
        Combinators.combine(spaces(1), windows).as(String::concat),
        Combinators.combine(spaces(1), bursts, spaces(1), withBurst)
            .as((ws, burst, ws2, algorithm) -> ws + burst + ws2 + algorithm),
        Combinators.combine(spaces(1), withBurst, spaces(1), bursts)
            .as((ws, algorithm, ws2, burst) -> ws + algorithm + ws2 + burst));
    Arbitrary<String> rates = Combinators.combine(
            counts,
            optional(Combinators.combine(spaces(0), nouns).as(String::concat)),
            spaces(0),
            Arbitraries.oneOf(Arbitraries.just("/"), cased("per")),
            spaces(0),
            periods,
            options)
        .as((n, noun, ws, per, ws2, period, option) -> {
          boolean runTogether = ws.isEmpty() && !noun.isEmpty() && !per.equals("/");
          boolean runOn = ws2.isEmpty() && !per.equals("/") && !isDigit(period);
          return n + noun + (runTogether ? " " : ws) + per + (runOn ? " " : ws2) + period + option;
        });
    Arbitrary<String> dashed = Combinators.combine(counts, cased("s", "m", "h", "d"), options)
        .as((n, unit, option) -> n + "-" + unit + option);
    Arbitrary<String> concurrent = Combinators.combine(
            Arbitraries.integers().between(1, Integer.MAX_VALUE),
            spaces(0),
            cased("concurrent"),
            optional(Combinators.combine(spaces(1), nouns).as(String::concat)))
        .as((n, ws, word, noun) -> n + ws + word + noun);
    Arbitrary<String> texts = Arbitraries.frequencyOf(
            Tuple.of(6, rates), Tuple.of(1, dashed), Tuple.of(1, concurrent))
        .list()
        .ofMinSize(1)
        .ofMaxSize(5)
        .flatMap(rules -> Combinators.combine(
                spaces(0), Arbitraries.of(", ", "; ", " | ", " ,\n"), spaces(0))
            .as((before, joint, after) -> before + join(rules, joint) + after));
    return Arbitraries.frequencyOf(
        Tuple.of(30, texts), Tuple.of(1, cased("unlimited", "blocked", " unlimited\n")));
  }

  /** As many of the rules as are for different periods. */
  private static String join(List<String> rules, String joint) {
    String text = rules.get(0);
    for (String rule : rules.subList(1, rules.size())) {
      String longer = text + joint + rule;
      text = RuleReference.canonical(longer).isPresent() ? longer : text;
    }
    return text;
  }

  private static boolean isDigit(String text) {
    return text.charAt(0) >= '0' && text.charAt(0) <= '9';
  }

  /** Rules with one piece cut out, put in, or replaced by something that looks like it. */
  @Provide
  Arbitrary<String> almostRules() {
    Arbitrary<String> pieces = Arbitraries.oneOf(
        Arbitraries.of(PIECES), strange().map(String::valueOf), Arbitraries.just(""));
    return Combinators.combine(
            rules(),
            pieces,
            Arbitraries.doubles().between(0, 1),
            Arbitraries.integers().between(0, 3))
        .as((text, piece, where, cut) -> {
          int at = (int) (where * text.length());
          return text.substring(0, at) + piece + text.substring(Math.min(at + cut, text.length()));
        });
  }

  /** Rules with all of one character replaced by another that looks like it. */
  @Provide
  Arbitrary<String> lookalikes() {
    return Combinators.combine(
            rules(),
            Arbitraries.of(
                "k\u212a",
                "s\u017f",
                "i\u0131",
                "I\u0130",
                "e\u0435",
                "1\u0661",
                "1\uff11",
                " \u00a0",
                " \u2003",
                "\t\u000b",
                "/\u2044",
                "-\u2010",
                ",\uff0c",
                "b\u042c"))
        .as((text, pair) -> text.replace(pair.charAt(0), pair.charAt(1)));
  }

  /** Words and marks of the grammar in any order. */
  @Provide
  Arbitrary<String> words() {
    return Arbitraries.of(PIECES).list().ofMinSize(1).ofMaxSize(14).map(words -> join(words));
  }

  private static String join(List<String> words) {
    return words.stream().collect(Collectors.joining());
  }

  private static final List<String> PIECES = List.of(
      "1",
      "5",
      "10",
      "000",
      "300",
      "0",
      "_",
      "1_000",
      "1000000000000",
      "31622400000",
      "366",
      "/",
      "/",
      "/",
      "per",
      " per ",
      "-",
      "=",
      " ",
      " ",
      " ",
      "\t",
      "\r\n",
      ",",
      ", ",
      ";",
      "|",
      ".",
      "s",
      "S",
      "m",
      "ms",
      "h",
      "d",
      "w",
      "second",
      "minutes",
      "days",
      "week",
      "month",
      "y",
      "r",
      "r/s",
      "requests",
      "queries",
      "token",
      "tokens",
      "bucket",
      " burst ",
      "burst",
      " burst=",
      " gcra",
      " token-bucket",
      " token bucket",
      " fixed-window",
      " sliding_log",
      " leaky-bucket",
      " nodelay",
      "concurrent",
      " concurrent ",
      "unlimited",
      "blocked",
      "k",
      "e3",
      "E+3",
      "x",
      "5/s",
      "7/minute",
      "3/15 minutes",
      "2 concurrent",
      "\u212a",
      "wee\u212a",
      "\u017f",
      "\u0131",
      "m\u0130n",
      "\u0665",
      "\uff15",
      "\u00a0",
      "\u0000",
      "\u2003",
      "\u0085",
      "\u00b2",
      "\ud83d\ude00",
      "\ud83d",
      "\"",
      "'",
      "+",
      "(",
      ":",
      "$");

  /** Any text at all: UTF-16 units, words and marks, rules that are nearly right. */
  @Provide
  Arbitrary<String> anything() {
    return Arbitraries.oneOf(
        Arbitraries.strings().all().ofMaxLength(80),
        Arbitraries.strings().ascii().ofMaxLength(80),
        Arbitraries.strings().withChars("0123456789_./-,sSmper =\u0660\u212a").ofMaxLength(1100),
        words(),
        almostRules(),
        Combinators.combine(words(), words(), words()).as((a, b, c) -> a + b + c));
  }

  @Provide
  Arbitrary<String> corpus() {
    return Arbitraries.of(Corpus.rows().stream().map(Corpus::text).toList());
  }

  /** Long runs of one piece, where a parser that looks ahead or back would lose its time. */
  @Provide("long")
  Arbitrary<String> longTexts() {
    Arbitrary<String> runs = Combinators.combine(
            Arbitraries.of(PIECES), Arbitraries.integers().between(1, 1024))
        .as((piece, length) -> piece.repeat(length / piece.length() + 1).substring(0, length));
    Arbitrary<String> starts = Arbitraries.of(
        "",
        "1",
        "1/",
        "1/1",
        "1/s",
        "1/s ",
        "1/s burst 1",
        "1/s burst 1 token",
        "1/s, ",
        "9,100",
        "1 concurrent",
        "unlimited",
        "1/s token",
        "1/s,1/m,1/h,1/d,");
    return Combinators.combine(starts, runs, runs)
        .as((start, run, more) -> start + run + more)
        .map(text -> text.substring(0, Math.min(text.length(), 1024)));
  }

  /** Neither printable ASCII nor white space of the grammar. */
  @Provide
  Arbitrary<Character> strange() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            '\u0000', '\u000b', '\u000c', '\u001b', '\u007f', '\u0085', '\u00a0', '\u0131',
            '\u017f', '\u0660', '\u2003', '\u2028', '\u212a', '\ufeff', '\uff11', '\uff41'),
        Arbitraries.chars().range('\u0080', '\uffff'));
  }

  @Provide
  Arbitrary<String> space() {
    return spaces(1);
  }

  private static Arbitrary<String> spaces(int min) {
    return Arbitraries.strings().withChars(" \t\r\n").ofMinLength(min).ofMaxLength(2);
  }

  private static Arbitrary<String> optional(Arbitrary<String> texts) {
    return Arbitraries.oneOf(Arbitraries.just(""), texts);
  }

  /** These words in lower case, in upper case and in both. */
  private static Arbitrary<String> cased(String... words) {
    return Combinators.combine(Arbitraries.of(words), Arbitraries.integers().between(0, 4))
        .as((word, style) -> switch (style) {
          case 0 -> word.toUpperCase(Locale.ROOT);
          case 1 -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
          default -> word;
        });
  }

  // Both sides.

  private static Optional<String> canonical(String text, Parser parser) {
    try {
      return Optional.of(parser.apply(text));
    } catch (RuleSyntaxException e) {
      return Optional.empty();
    }
  }

  private static Optional<RuleSyntaxException> refusal(String text) {
    try {
      Limits.parse(text);
      return Optional.empty();
    } catch (RuleSyntaxException e) {
      return Optional.of(e);
    }
  }

  /** A property that holds for all of 2000 samples would not have caught the wrong parser. */
  private static <T> void assertCaught(Arbitrary<T> samples, Predicate<T> property) {
    assertTrue(
        samples.generator(1000).stream(new Random(480))
            .limit(2000)
            .map(Shrinkable::value)
            .anyMatch(property.negate()),
        "the wrong parser was not caught");
  }
}
