package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import io.limiter.rule.RuleSyntaxException.Code;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LimitsTest {

  private static final String REPERTOIRE =
      "; rules use ASCII letters, digits, spaces and / - _ = , ; |";
  private static final String AFTER_RULE =
      " after the rule; expected 'burst', an algorithm, ',' or ';'";
  private static final String PER = "expected '/' or 'per' after the count, found ";
  private static final String UNITS = "; use ms, second, minute, hour, day or week";
  private static final String ALGORITHMS = "; use gcra, token-bucket, fixed-window or sliding-log";
  private static final String WHOLE_COUNT =
      "a count must be a whole number; scale the period instead (0.5/second is 1/2 seconds)";
  private static final String WHOLE_PERIOD =
      "a period must be a whole number of units; use a" + " smaller unit (1.5 hours is 90 minutes)";
  private static final String AMBIGUOUS_ZERO = "0 is ambiguous (deny all in some tools, no limit in"
      + " others); write 'blocked' or 'unlimited'";

  private final ManualClock clock = ManualClock.create();

  /** A text that is refused, and how. */
  private record Refusal(Code code, int column, String text, String input) {}

  private static final List<Refusal> REFUSALS = List.of(
      new Refusal(Code.EMPTY, 1, "rule text is empty", " "),
      new Refusal(
          Code.TOO_LONG,
          1025,
          "rule text is 1025 characters long; at most 1024 are allowed",
          "a".repeat(1025)),
      new Refusal(Code.BAD_CHAR, 9, "unexpected character ':'" + REPERTOIRE, "1/second:;2/minute"),
      new Refusal(Code.BAD_CHAR, 1, "U+0664 is not an ASCII digit", "\u0664\u0668\u0660/minute"),
      new Refusal(
          Code.BAD_CHAR, 1, "unexpected '\"'; remove the quotes around the rule", "\"10/minute\""),
      new Refusal(Code.BAD_CHAR, 3, "unexpected character U+00B5" + REPERTOIRE, "1/\u00b5s"),
      new Refusal(Code.BAD_CHAR, 4, "unexpected character U+1F600" + REPERTOIRE, "10/\ud83d\ude00"),
      new Refusal(Code.BAD_CHAR, 4, "unexpected character U+DE00" + REPERTOIRE, "10/\ude00"),
      new Refusal(Code.BAD_CHAR, 1, "U+1D7D8 is not an ASCII digit", "\ud835\udfd8/s"),
      new Refusal(Code.BAD_CHAR, 4, "unexpected character '~'" + REPERTOIRE, "10/~"),
      new Refusal(Code.BAD_CHAR, 3, "unexpected character U+00B5" + REPERTOIRE, "5-\u00b5"),
      new Refusal(Code.EXPECTED_COUNT, 1, "expected a count such as 100, found 'meow'", "meow"),
      new Refusal(Code.EXPECTED_COUNT, 6, "expected a count such as 100, found 'per'", "1/s, per"),
      new Refusal(
          Code.EXPECTED_COUNT,
          1,
          "expected a count such as 100, found '" + "x".repeat(24) + "'",
          "x".repeat(30)),
      new Refusal(Code.NEGATIVE, 1, "a count cannot be negative", "-5/minute"),
      new Refusal(Code.NEGATIVE, 11, "a count cannot be negative", "5/s burst -1"),
      new Refusal(Code.DECIMAL, 2, WHOLE_COUNT, "0.5/s"),
      new Refusal(Code.DECIMAL, 4, WHOLE_PERIOD, "1/1.5 minutes"),
      new Refusal(Code.DECIMAL, 3, WHOLE_PERIOD, "1/.5 minutes"),
      new Refusal(
          Code.GROUPING, 2, "',' separates rules; write 4800 instead of 4,800", "4,800/hour"),
      new Refusal(
          Code.GROUPING,
          13,
          "',' separates rules; write 20300 instead of 20,300"
              + " (or put a space after ',' to start a new rule)",
          "5/s burst 20,300/hour"),
      new Refusal(
          Code.GROUPING, 4, "',' separates rules; write 100000 instead of 100,000", "100,000/hour"),
      new Refusal(
          Code.GROUPING, 4, "',' separates rules; write 1000 instead of 1,000", "1/1,000 seconds"),
      new Refusal(Code.EXPONENT, 2, "exponents are not allowed; write the number out", "1e3/day"),
      new Refusal(
          Code.EXPONENT, 4, "exponents are not allowed; write the number out", "1/1e3 seconds"),
      new Refusal(
          Code.EXPONENT, 12, "exponents are not allowed; write the number out", "5/s burst 2e3"),
      new Refusal(Code.SUFFIX, 3, "'k' is not a multiplier; write the number out", "10k/day"),
      new Refusal(Code.SUFFIX, 12, "'K' is not a multiplier; write the number out", "5/s burst 1K"),
      new Refusal(Code.LEADING_ZERO, 1, "leading zeros are not allowed", "007/minute"),
      new Refusal(Code.LEADING_ZERO, 1, "leading zeros are not allowed", "0_7/minute"),
      new Refusal(Code.UNDERSCORE, 2, "'_' must stand between two digits", "1__000/day"),
      new Refusal(Code.UNDERSCORE, 1, "'_' must stand between two digits", "_1/day"),
      new Refusal(Code.ZERO_COUNT, 1, AMBIGUOUS_ZERO, "0/minute"),
      new Refusal(Code.ZERO_COUNT, 1, AMBIGUOUS_ZERO, "0 concurrent"),
      new Refusal(Code.COUNT_RANGE, 1, "a count may be at most 1000000000000", "1000000000001/s"),
      new Refusal(
          Code.COUNT_RANGE, 1, "a concurrency may be at most 2147483647", "2147483648 concurrent"),
      new Refusal(Code.EXPECTED_PER, 4, PER + "'perr'", "10 perr day"),
      new Refusal(Code.EXPECTED_PER, 3, PER + "','", "60,1"),
      new Refusal(Code.EXPECTED_PER, 3, PER + "end of text", "60"),
      new Refusal(Code.EXPECTED_PER, 4, PER + "'000'", "10 000/hour"),
      new Refusal(
          Code.DASH_UNIT,
          2,
          "after '-' only S, M, H or D is allowed; write '/' or 'per' before any other period",
          "5-min"),
      new Refusal(
          Code.EXPECTED_PERIOD, 4, "expected a time unit after '/', found end of text", "10/"),
      new Refusal(
          Code.EXPECTED_PERIOD, 8, "expected a time unit after 'PER', found ','", "10 PER ,"),
      new Refusal(
          Code.UNIT_MISSING,
          5,
          "a period needs a unit, for example 60 seconds; found end of text",
          "5/60"),
      new Refusal(Code.UNKNOWN_UNIT, 7, "unknown time unit 'millenium'" + UNITS, "1 per millenium"),
      new Refusal(Code.UNKNOWN_UNIT, 4, "unknown time unit 'zzZ'" + UNITS, "10/zzZ"),
      new Refusal(Code.CALENDAR, 4, "'month' has no fixed length; write 30 days", "10/month"),
      new Refusal(Code.CALENDAR, 3, "'year' has no fixed length; write 365 days", "5/year"),
      new Refusal(Code.CALENDAR, 5, "'months' has no fixed length; write 180 days", "5/6 months"),
      new Refusal(
          Code.CALENDAR,
          5,
          "'years' has no fixed length; a period may be at most 366 days",
          "5/2 years"),
      new Refusal(Code.ZERO_PERIOD, 3, "a period cannot be zero", "5/0minute"),
      new Refusal(Code.PERIOD_RANGE, 3, "a period may be at most 366 days", "1/367 days"),
      new Refusal(Code.PERIOD_RANGE, 3, "a period may be at most 366 days", "1/53 weeks"),
      new Refusal(Code.PERIOD_RANGE, 3, "a period may be at most 366 days", "1/31622400000 weeks"),
      new Refusal(
          Code.BURST_VALUE, 10, "expected a number after 'burst', found end of text", "5/s burst"),
      new Refusal(
          Code.BURST_VALUE, 11, "expected a number after 'burst', found '='", "5/s burst=="),
      new Refusal(Code.BURST_ZERO, 11, "burst must be at least 1", "5/s burst 0"),
      new Refusal(
          Code.BURST_NOT_ALLOWED,
          24,
          "burst applies to gcra and token-bucket rules, not to fixed-window",
          "10/minute fixed-window burst 3"),
      new Refusal(
          Code.BURST_NOT_ALLOWED,
          11,
          "burst applies to gcra and token-bucket rules, not to sliding-log",
          "10/minute burst 3 moving window"),
      new Refusal(Code.DUPLICATE_OPTION, 13, "burst is given twice", "5/s burst 2 burst 3"),
      new Refusal(Code.DUPLICATE_OPTION, 10, "the algorithm is given twice", "5/s gcra gcra"),
      new Refusal(
          Code.UNKNOWN_ALGORITHM,
          11,
          "'leaky-bucket' is ambiguous (a queue or a meter); use token-bucket",
          "10/minute leaky-bucket"),
      new Refusal(
          Code.UNKNOWN_ALGORITHM, 11, "unknown algorithm 'token'" + ALGORITHMS, "10/minute token"),
      new Refusal(
          Code.UNKNOWN_ALGORITHM,
          11,
          "unknown algorithm 'sliding-window'" + ALGORITHMS,
          "10/minute sliding-window"),
      new Refusal(
          Code.UNKNOWN_ALGORITHM,
          11,
          "unknown algorithm 'fixed_log'" + ALGORITHMS,
          "10/minute fixed_log"),
      new Refusal(
          Code.UNKNOWN_ALGORITHM,
          11,
          "unknown algorithm 'fixed'" + ALGORITHMS,
          "10/minute fixed-3"),
      new Refusal(
          Code.UNKNOWN_ALGORITHM,
          11,
          "unknown algorithm 'tokenbucket'" + ALGORITHMS,
          "10/minute tokenbucket"),
      new Refusal(
          Code.NODELAY,
          16,
          "'nodelay' is an nginx option; nginx 'burst=20 nodelay' lets 21 through at once,"
              + " so write burst 21",
          "10r/s burst=20 nodelay"),
      new Refusal(Code.NODELAY, 7, "'nodelay' is an nginx option; leave it out", "10r/s nodelay"),
      new Refusal(Code.TRAILING, 11, "unexpected 'per'" + AFTER_RULE, "10/minute per user"),
      new Refusal(Code.TRAILING, 11, "unexpected '5'" + AFTER_RULE, "10/minute 5/second"),
      new Refusal(
          Code.TRAILING,
          6,
          "unexpected '30' after the unit; a period is one number and one unit",
          "10/1h30m"),
      new Refusal(
          Code.TRAILING,
          14,
          "unexpected 'burst' after the rule; expected ',' or ';'",
          "5 concurrent burst 3"),
      new Refusal(Code.TRAILING, 12, "unexpected 'x'" + AFTER_RULE, "5/s burst 2x"),
      new Refusal(
          Code.EMPTY_RULE, 11, "expected a rule after ';', found end of text", "10/minute;"),
      new Refusal(Code.EMPTY_RULE, 5, "expected a rule after '|', found ','", "1/s|,1/h"),
      new Refusal(
          Code.DUPLICATE_PERIOD,
          12,
          "a second rule for the period minute (the first is at column 1)",
          "10/minute, 60/60 s"),
      new Refusal(
          Code.DUPLICATE_PERIOD,
          20,
          "a second rule for the period 90 minutes (the first is at column 6)",
          "1/s; 2/90 minutes, 3/5400 s foo"),
      new Refusal(
          Code.DUPLICATE_CONCURRENT,
          15,
          "a second concurrency rule (the first is at column 1)",
          "5 concurrent, 6 concurrent"),
      new Refusal(
          Code.STANDALONE,
          10,
          "'unlimited' must stand alone; found ','",
          "unlimited, 5 concurrent"),
      new Refusal(Code.STANDALONE, 9, "'blocked' must stand alone; found 'a'", "blocked a"),
      new Refusal(
          Code.STANDALONE, 6, "'unlimited' must stand alone; found it after ','", "5/s, unlimited"),
      new Refusal(
          Code.TOO_MANY,
          127,
          "at most 16 rules are allowed",
          IntStream.rangeClosed(1, 17)
              .mapToObj(i -> i + "/" + i + " s")
              .collect(Collectors.joining("; "))));

  @TestFactory
  Stream<DynamicTest> parse_badText_saysWhereAndWhatToWriteInstead() {
    return REFUSALS.stream()
        .map(refusal -> DynamicTest.dynamicTest(refusal.code() + " " + refusal.input(), () -> {
          RuleSyntaxException e = refused(refusal.input());
          assertEquals(refusal.text(), e.text());
          assertEquals(refusal.code(), e.code());
          assertEquals(refusal.column(), e.column());
          assertTrue(e.getMessage()
              .startsWith("bad rate rule at column " + refusal.column() + ": " + refusal.text()
                  + " in \""));
        }));
  }

  @Test
  void refusals_together_coverEveryCode() {
    Set<Code> seen = EnumSet.noneOf(Code.class);
    REFUSALS.forEach(refusal -> seen.add(refusal.code()));
    assertEquals(EnumSet.allOf(Code.class), seen);
    assertEquals(33, seen.size());
  }

  @Test
  void message_shortText_isEchoedWhole() {
    assertEquals(
        "bad rate rule at column 4: expected a time unit after '/', found end of text in \"10/\"",
        refused("10/").getMessage());
  }

  @Test
  void message_longText_isCutTo60CharactersAroundTheColumn() {
    String text = " ".repeat(100) + "10/minute !" + " ".repeat(100);
    assertEquals(
        "bad rate rule at column 111: unexpected character '!'" + REPERTOIRE + " in \"..."
            + " ".repeat(20) + "10/minute !" + " ".repeat(29) + "...\"",
        refused(text).getMessage());
  }

  @Test
  void message_errorAtTheEndOfALongText_showsTheLast60Characters() {
    assertEquals(
        "bad rate rule at column 104: expected a time unit after '/', found end of text in \"..."
            + " ".repeat(57) + "10/\"",
        refused(" ".repeat(100) + "10/").getMessage());
  }

  @Test
  void message_controlCharacters_areNamed() {
    assertEquals(
        "bad rate rule at column 5: unexpected character U+001B" + REPERTOIRE
            + " in \"10/sU+001B[31mU+000AU+1F600\"",
        refused("10/s\u001b[31m\n\ud83d\ude00").getMessage());
  }

  @Test
  void refusal_isAnIllegalArgument() {
    assertInstanceOf(IllegalArgumentException.class, refused("meow"));
  }

  @Test
  void parse_null_throwsNullPointerException() {
    assertEquals(
        "text",
        assertThrows(NullPointerException.class, () -> Limits.parse(null)).getMessage());
  }

  @Test
  void parse_periodOf366Days_isTheLongest() {
    assertEquals("1/366 days", Limits.parse("1/31_622_400 s").canonical());
    assertEquals("1/366 days", Limits.parse("1/31622400000 ms").canonical());
    assertEquals(Code.PERIOD_RANGE, refused("1/31622400001 ms").code());
    assertEquals("1/364 days", Limits.parse("1/52 weeks").canonical());
  }

  /** In ms they are 2^63 and some minutes, and 2^64 and some hours. */
  @Test
  void parse_periodBeyond64Bits_isRefusedWhereItStands() {
    for (String text : List.of("1/15250284453 weeks", "1/30500568905 weeks")) {
      RuleSyntaxException refusal =
          assertThrows(RuleSyntaxException.class, () -> Limits.parse(text), text);
      assertEquals(Code.PERIOD_RANGE, refusal.code());
      assertEquals(3, refusal.column());
    }
  }

  @Test
  void parse_mostConcurrency_isAllowed() {
    assertEquals("2147483647 concurrent", Limits.parse("2147483647 concurrent").canonical());
  }

  @Test
  void parse_nounThatBeginsLikeAnExponent_isANoun() {
    assertEquals("5/second", Limits.parse("5events/s").canonical());
  }

  @Test
  void parse_text1024Long_isAllowed() {
    assertEquals("1/second", Limits.parse(" ".repeat(1021) + "1/s").canonical());
  }

  @Test
  void parse_algorithms_readEveryJoint() {
    for (String joint : List.of("-", "_", " ", "\t\n ")) {
      assertEquals("1/s token-bucket", shortened("1/s token" + joint + "bucket"));
      assertEquals("1/s fixed-window", shortened("1/s Fixed" + joint + "Window"));
      assertEquals("1/s sliding-log", shortened("1/s SLIDING" + joint + "LOG"));
      assertEquals("1/s sliding-log", shortened("1/s moving" + joint + "window"));
    }
    assertEquals("1/s gcra", shortened("1/s GCRA"));
  }

  @Test
  void parse_tokenAfterBurst_isANounUnlessABucketFollows() {
    assertEquals("1/s burst 3", shortened("1/s burst 3 token"));
    assertEquals("1/s burst 3 gcra", shortened("1/s burst 3 tokens gcra"));
    assertEquals("1/s burst 3 token-bucket", shortened("1/s burst 3 token-bucket"));
    assertEquals("1/s burst 3 token-bucket", shortened("1/s burst 3 token bucket"));
    assertEquals("1/s burst 3 token-bucket", shortened("1/s burst 3 token token bucket"));
    assertEquals("1/s burst 3 token-bucket", shortened("1/s token-bucket burst 3 token"));
  }

  @Test
  void canonical_periods_useTheLargestUnitThatDivides() {
    assertEquals("480/minute", Limits.parse("480/m").canonical());
    assertEquals("100/15 minutes", Limits.parse("100/900s").canonical());
    assertEquals("1/day", Limits.parse("1/24h").canonical());
    assertEquals("500/7 days", Limits.parse("500/w").canonical());
    assertEquals("1/90 seconds", Limits.parse("1/90000 ms").canonical());
    assertEquals("100/250 ms", Limits.parse("100/250ms").canonical());
    assertEquals("1/ms", Limits.parse("1 per millisecond").canonical());
    assertEquals("5 concurrent", Limits.parse("5 Concurrent Requests").toString());
  }

  @Test
  void equals_sameCanonicalText_isTrue() {
    assertEquals(Limits.parse("60/min, 1 / h"), Limits.parse("60 r per 60s;1/60 minutes"));
    assertEquals(
        Limits.parse("60/min, 1 / h").hashCode(), Limits.parse("60/60s; 1/hour").hashCode());
    assertEquals(
        Limits.parse("1/s").rules().get(0), Limits.parse("1/s, 5/m").rules().get(0));
    assertSame(Limits.parse("unlimited"), Limits.parse(" UNLIMITED "));
  }

  @Test
  void equals_otherCanonicalText_isFalse() {
    String[] texts = {
      "10/s",
      "10/m",
      "11/s",
      "10/s burst 10",
      "10/s gcra",
      "10/s token-bucket",
      "10/s, 1/m",
      "1/m, 10/s",
      "10 concurrent",
      "10/s, 10 concurrent",
      "unlimited",
      "blocked"
    };
    for (String a : texts) {
      for (String b : texts) {
        assertEquals(a.equals(b), Limits.parse(a).equals(Limits.parse(b)), a + " and " + b);
      }
    }
    assertNotEquals(Limits.parse("10/s"), "10/second");
  }

  @Test
  void rules_inOrder_sayWhatTheTextSays() {
    Limits limits = Limits.parse("3/s burst 7 token-bucket, 5 concurrent, 100/day");
    List<Rule> rules = limits.rules();
    assertEquals(3, rules.size());
    assertEquals(Rate.perSecond(3), rules.get(0).rate());
    assertEquals(7, rules.get(0).burst());
    assertEquals(Algorithm.TOKEN_BUCKET, rules.get(0).algorithm());
    assertTrue(rules.get(0).isBurstGiven() && rules.get(0).isAlgorithmGiven());
    assertEquals(Algorithm.CONCURRENCY, rules.get(1).algorithm());
    assertEquals(5, rules.get(1).permits());
    assertEquals(
        "rule 5 concurrent: a concurrency has no rate",
        assertThrows(IllegalStateException.class, () -> rules.get(1).rate()).getMessage());
    assertEquals(Algorithm.GCRA, rules.get(2).algorithm());
    assertEquals(100, rules.get(2).burst());
    assertFalse(rules.get(2).isBurstGiven() || rules.get(2).isAlgorithmGiven());
    assertEquals(OptionalInt.of(5), limits.concurrency());
    assertThrows(UnsupportedOperationException.class, () -> rules.remove(0));
  }

  @Test
  void rules_unlimitedOrBlocked_areNone() {
    assertTrue(Limits.parse("unlimited").isUnlimited());
    assertFalse(Limits.parse("unlimited").isBlocked());
    assertTrue(Limits.parse("blocked").isBlocked());
    assertFalse(Limits.parse("blocked").isUnlimited());
    assertFalse(Limits.parse("1/s").isUnlimited() || Limits.parse("1/s").isBlocked());
    assertTrue(Limits.parse("blocked").rules().isEmpty());
    assertEquals(OptionalInt.empty(), Limits.parse("blocked").concurrency());
    assertEquals("unlimited", Limits.parse("Unlimited").canonical());
    assertEquals("blocked", Limits.parse("blocked\n").canonical());
  }

  @Test
  void warnings_ruleThatNeverBinds_isNamed() {
    assertEquals(
        List.of("'1000/hour' never binds: '10/minute' is always stricter"),
        Limits.parse("10/minute; 1000/hour").warnings());
    assertEquals(
        List.of("'60/minute burst 1' never binds: '1/second' is always stricter"),
        Limits.parse("1/s, 60/m burst 1").warnings());
    assertEquals(
        List.of("'2/minute sliding-log' never binds: '1/hour' is always stricter"),
        Limits.parse("2/m sliding-log, 1/h").warnings());
  }

  @Test
  void warnings_burstAboveTheNextLongerRule_isNamed() {
    assertEquals(
        List.of("burst 500 of '3/second burst 500' is never reached:"
            + " '300/hour' admits at most 300 at once"),
        Limits.parse("5000/day, 3/s burst 500, 300/hour").warnings());
  }

  @Test
  void warnings_usefulRules_areNone() {
    for (String text : List.of(
        "480/minute",
        "60/minute, 1000/hour",
        "3/s burst 20, 300/hour",
        "1/second; 5/minute",
        "10/minute sliding-log, 500/hour",
        "10/minute fixed-window, 19/hour burst 19 gcra, 5 concurrent",
        "unlimited",
        "blocked")) {
      assertEquals(List.of(), Limits.parse(text).warnings(), text);
    }
  }

  @Test
  void newRateLimiter_oneRule_isItsAlgorithmAndCanBecomeAnyOther() {
    for (Map.Entry<String, String> each : Map.of(
            "10/m", "Gcra[10/minute burst 10]",
            "10/m burst 3 gcra", "Gcra[10/minute burst 3]",
            "10/m token-bucket burst 3", "TokenBucket[10/minute burst 3]",
            "10/m fixed-window", "TokenBucket[10/minute burst 10 stepwise]",
            "10/m sliding-log", "SlidingLog[10/minute]",
            "2/s sliding-log, 3/m sliding-log", "SlidingLog[2/second, 3/minute]",
            "unlimited", "unlimited",
            "blocked", "blocked")
        .entrySet()) {
      RateLimiter limiter = limiter(each.getKey());
      assertEquals(each.getValue(), limiter.toString());
      assertEquals(1, assertInstanceOf(AllOf.class, limiter).size());
    }
  }

  @Test
  void newRateLimiter_severalRules_isAllOfThem() {
    AllOf all = assertInstanceOf(AllOf.class, limiter("2/s, 3/m fixed-window"));
    assertEquals("AllOf[Gcra[2/second burst 2], TokenBucket[3/minute burst 3 stepwise]]", "" + all);
    assertTrue(all.tryAcquire(2));
    assertEquals(0, all.decide(1).deniedBy());
  }

  @Test
  void newRateLimiter_severalSlidingLogs_shareOneLog() {
    AllOf all =
        assertInstanceOf(AllOf.class, limiter("9/h, 2/s sliding-log, 1/d, 3/m sliding-log"));
    assertEquals(3, all.size());
    assertEquals(1, all.decide(3).deniedBy());
  }

  @Test
  void newRateLimiter_unlimitedAndBlocked_alwaysAndNever() {
    assertTrue(limiter("unlimited").tryAcquire(Long.MAX_VALUE));
    assertEquals(Decision.NEVER, limiter("blocked").decide().retryAfterNanos());
  }

  @Test
  void newRateLimiter_calledTwice_makesTwo() {
    Limits limits = Limits.parse("1/s");
    assertTrue(limits.newRateLimiter(clock).tryAcquire());
    assertTrue(limits.newRateLimiter(clock).tryAcquire());
  }

  @Test
  void newRateLimiter_whatItCannotHold_isRefusedByName() {
    assertEquals(
        "rule 5 concurrent: a rate limiter cannot hold it, as its permits must be given back;"
            + " use newGate",
        assertThrows(UnsupportedOperationException.class, () -> limiter("1/s, 5 concurrent"))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> limiter("3000000000/s sliding-log"));
    Limits limits = Limits.parse("1/s");
    assertThrows(NullPointerException.class, () -> limits.newRateLimiter(null));
  }

  @Test
  void newGate_ratesAndConcurrency_decideTogether() {
    Gate gate = Limits.parse("3/s, 2 concurrent").newGate(clock);
    Permit first = gate.tryEnter();
    Permit second = gate.tryEnter();
    assertTrue(first.decision().admitted() && second.decision().admitted());
    assertEquals(1, gate.tryEnter().decision().deniedBy());
    first.close();
    assertTrue(gate.tryEnter().decision().admitted());
    second.close();
    assertEquals(0, gate.tryEnter().decision().deniedBy());
  }

  @Test
  void newGate_unlimitedAndBlocked_alwaysAndNever() {
    assertTrue(Limits.parse("unlimited").newGate(clock).tryEnter().decision().admitted());
    assertFalse(Limits.parse("blocked").newGate(clock).tryEnter().decision().admitted());
  }

  private RateLimiter limiter(String text) {
    return Limits.parse(text).newRateLimiter(clock);
  }

  private static String shortened(String text) {
    return Limits.parse(text).canonical().replace("second", "s");
  }

  private static RuleSyntaxException refused(String text) {
    return assertThrows(RuleSyntaxException.class, () -> Limits.parse(text));
  }
}
