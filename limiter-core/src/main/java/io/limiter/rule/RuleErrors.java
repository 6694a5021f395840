package io.limiter.rule;

import io.limiter.Rate;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import io.limiter.rule.RuleSyntaxException.Code;
import org.jspecify.annotations.Nullable;

/**
 * The words for what is wrong. Runs only when a parse fails, but for the three {@code check}s, which
 * look at what stands behind a number.
 *
 * <p>{@code at} is always the index of the error, {@code found} what stands there.
 */
final class RuleErrors {
  private static final int MAX_ECHO = 60; // characters of the text
  private static final int MAX_WORD = 24; // letters

  private RuleErrors() {}

  // What may stand directly behind a number, and often does in other notations.

  /** Refuses {@code 4,800}, {@code 1e3} and {@code 10k}. */
  static void checkCount(CharSequence text, int start, int end) {
    int c = RuleParser.peek(text, end);
    if (c == ',' && isGroup(text, start, end)) {
      throw grouping(text, start, end, "");
    }
    checkExponent(text, end, c);
    checkSuffix(text, end, c);
  }

  /** Refuses {@code 4,800} and {@code 1e3}; k, m, g and t are no multipliers but units or wrong. */
  static void checkPeriodCount(CharSequence text, int start, int end) {
    int c = RuleParser.peek(text, end);
    if (c == ',' && isGroup(text, start, end)) {
      throw grouping(text, start, end, "");
    }
    checkExponent(text, end, c);
  }

  /** Refuses {@code 4,800}, which could also begin a new rule, {@code 1e3} and {@code 10k}. */
  static void checkBurst(CharSequence text, int start, int end) {
    int c = RuleParser.peek(text, end);
    if (c == ',' && isGroup(text, start, end)) {
      throw grouping(text, start, end, " (or put a space after ',' to start a new rule)");
    }
    checkExponent(text, end, c);
    checkSuffix(text, end, c);
  }

  private static void checkExponent(CharSequence text, int at, int c) {
    if (c == 'e' || c == 'E') {
      int next = RuleParser.peek(text, at + 1);
      int digit = next == '+' || next == '-' ? RuleParser.peek(text, at + 2) : next;
      if (RuleParser.isDigit(digit)) {
        throw of(Code.EXPONENT, text, at, "exponents are not allowed; write the number out");
      }
    }
  }

  private static void checkSuffix(CharSequence text, int at, int c) {
    if (RuleParser.isLetter(c)
        && "kmgt".indexOf(c | 0x20) >= 0
        && RuleParser.skipWord(text, at) == at + 1) {
      RuleSyntaxException bad = brokenWord(text, at);
      throw bad != null
          ? bad
          : of(
              Code.SUFFIX,
              text,
              at,
              "'" + (char) c + "' is not a multiplier; write the number out");
    }
  }

  /** Whether the 1 to 3 digits before the comma at {@code comma} go on with exactly 3 behind it. */
  private static boolean isGroup(CharSequence text, int start, int comma) {
    return comma - start <= 3
        && text.charAt(start + (comma - start) / 2) != '_'
        && isThreeDigits(text, comma);
  }

  private static boolean isThreeDigits(CharSequence text, int comma) {
    return RuleParser.isDigit(RuleParser.peek(text, comma + 1))
        && RuleParser.isDigit(RuleParser.peek(text, comma + 2))
        && RuleParser.isDigit(RuleParser.peek(text, comma + 3))
        && !RuleParser.isDigit(RuleParser.peek(text, comma + 4));
  }

  private static RuleSyntaxException grouping(CharSequence text, int start, int comma, String or) {
    int end = comma;
    while (RuleParser.peek(text, end) == ',' && isThreeDigits(text, end)) {
      end += 4;
    }
    String grouped = text.subSequence(start, Math.min(end, start + MAX_WORD)).toString();
    String number = grouped.replace(",", "");
    return of(
        Code.GROUPING,
        text,
        comma,
        "',' separates rules; write " + number + " instead of " + grouped + or);
  }

  // Where something else was expected.

  /** Says what was expected and what was found, unless a character at fault explains it better. */
  static RuleSyntaxException expected(Code code, CharSequence text, int at, String expected) {
    RuleSyntaxException bad = badCharacter(text, at);
    if (bad != null) {
      return bad;
    }
    String comma = expected.endsWith(";") ? " found " : ", found ";
    return of(code, text, at, expected + comma + found(text, at));
  }

  static RuleSyntaxException expectedCount(CharSequence text, int at) {
    Word word = Word.of(text, at, RuleParser.skipWord(text, at));
    if (word == Word.UNLIMITED || word == Word.BLOCKED) {
      int separator = at - 1;
      while (RuleParser.isSpace(text.charAt(separator))) {
        separator--;
      }
      return of(
          Code.STANDALONE,
          text,
          at,
          standalone(word) + " it after '" + text.charAt(separator) + "'");
    }
    return expectedNumber(Code.EXPECTED_COUNT, text, at, "expected a count such as 100", false);
  }

  static RuleSyntaxException expectedPeriod(CharSequence text, int per, int perEnd, int at) {
    String expected = "expected a time unit after '" + text.subSequence(per, perEnd) + "'";
    return expectedNumber(Code.EXPECTED_PERIOD, text, at, expected, true);
  }

  static RuleSyntaxException burstValue(CharSequence text, int at) {
    return expectedNumber(Code.BURST_VALUE, text, at, "expected a number after 'burst'", false);
  }

  private static RuleSyntaxException expectedNumber(
      Code code, CharSequence text, int at, String expected, boolean ofPeriod) {
    if (RuleParser.isDigit(RuleParser.peek(text, at + 1))) {
      switch (text.charAt(at)) {
        case '-':
          return of(Code.NEGATIVE, text, at, "a count cannot be negative");
        case '.':
          return decimal(text, at, ofPeriod);
        case '_':
          return underscore(text, at);
        default:
      }
    }
    return expected(code, text, at, expected);
  }

  static RuleSyntaxException emptyRule(CharSequence text, int separator, int at) {
    return expected(
        Code.EMPTY_RULE, text, at, "expected a rule after '" + text.charAt(separator) + "'");
  }

  static RuleSyntaxException trailing(CharSequence text, int at, String after) {
    RuleSyntaxException bad = badCharacter(text, at);
    return bad != null
        ? bad
        : of(Code.TRAILING, text, at, "unexpected " + found(text, at) + " after " + after);
  }

  /** For what stands at {@code at}, behind {@code unlimited} or {@code blocked}. */
  static RuleSyntaxException notAlone(CharSequence text, Word word, int at) {
    RuleSyntaxException bad = badCharacter(text, at);
    return bad != null
        ? bad
        : of(Code.STANDALONE, text, at, standalone(word) + " " + found(text, at));
  }

  private static String standalone(Word word) {
    String name = word == Word.UNLIMITED ? "unlimited" : "blocked";
    return "'" + name + "' must stand alone; found";
  }

  // Numbers.

  static RuleSyntaxException underscore(CharSequence text, int at) {
    RuleSyntaxException bad = brokenWord(text, at + 1);
    return bad != null ? bad : of(Code.UNDERSCORE, text, at, "'_' must stand between two digits");
  }

  static RuleSyntaxException decimal(CharSequence text, int at, boolean ofPeriod) {
    return of(
        Code.DECIMAL,
        text,
        at,
        ofPeriod
            ? "a period must be a whole number of units; use a smaller unit"
                + " (1.5 hours is 90 minutes)"
            : "a count must be a whole number; scale the period instead"
                + " (0.5/second is 1/2 seconds)");
  }

  static RuleSyntaxException zeroCount(CharSequence text, int at) {
    return of(
        Code.ZERO_COUNT,
        text,
        at,
        "0 is ambiguous (deny all in some tools, no limit in others);"
            + " write 'blocked' or 'unlimited'");
  }

  static RuleSyntaxException countRange(CharSequence text, int at, long max) {
    String count = max == RuleParser.MAX_COUNT ? "a count" : "a concurrency";
    return of(Code.COUNT_RANGE, text, at, count + " may be at most " + max);
  }

  static RuleSyntaxException periodRange(CharSequence text, int at) {
    return of(Code.PERIOD_RANGE, text, at, "a period may be at most 366 days");
  }

  // Units.

  static RuleSyntaxException dashUnit(CharSequence text, int dash, int end) {
    RuleSyntaxException bad = badCharacter(text, dash + 1);
    return bad != null
        ? bad
        : of(
            Code.DASH_UNIT,
            text,
            dash,
            "after '-' only S, M, H or D is allowed; write '/' or 'per' before any other period");
  }

  /** {@code count} is the number before the unit, 1 if there is none. */
  static RuleSyntaxException unknownUnit(CharSequence text, int at, Word unit, long count) {
    RuleSyntaxException bad = badCharacter(text, at);
    if (bad != null) {
      return bad;
    }
    String found = found(text, at);
    if (unit != Word.MONTH && unit != Word.YEAR) {
      return of(
          Code.UNKNOWN_UNIT,
          text,
          at,
          "unknown time unit " + found + "; use ms, second, minute, hour, day or week");
    }
    long each = unit == Word.MONTH ? 30 : 365;
    String instead = count <= 366 / each
        ? "write " + count * each + " days"
        : "a period may be at most 366 days";
    return of(Code.CALENDAR, text, at, found + " has no fixed length; " + instead);
  }

  // Options.

  static RuleSyntaxException burstNotAllowed(CharSequence text, int at, Algorithm algorithm) {
    return of(
        Code.BURST_NOT_ALLOWED,
        text,
        at,
        "burst applies to gcra and token-bucket rules, not to " + algorithm);
  }

  /** For a {@code word} at {@code at} that is neither burst nor an algorithm; burst 0: none. */
  static RuleSyntaxException notAnOption(CharSequence text, int at, Word word, long burst) {
    RuleSyntaxException bad = badCharacter(text, at);
    if (bad == null && word.second() != Word.OTHER) {
      bad = brokenWord(text, RuleParser.skipJoint(text, RuleParser.skipWord(text, at)));
    }
    if (bad != null) {
      return bad;
    }
    return switch (word) {
      case NODELAY -> nodelay(text, at, burst);
      case LEAKY ->
        of(
            Code.UNKNOWN_ALGORITHM,
            text,
            at,
            "'leaky-bucket' is ambiguous (a queue or a meter); use token-bucket");
      case TOKEN, FIXED, SLIDING, MOVING, FUSED ->
        of(
            Code.UNKNOWN_ALGORITHM,
            text,
            at,
            "unknown algorithm '"
                + text.subSequence(at, Math.min(skipCompound(text, at), at + MAX_WORD))
                + "'; use gcra, token-bucket, fixed-window or sliding-log");
      default -> trailing(text, at, "the rule; expected 'burst', an algorithm, ',' or ';'");
    };
  }

  private static RuleSyntaxException nodelay(CharSequence text, int at, long burst) {
    String instead = burst == 0 || burst == RuleParser.MAX_COUNT
        ? "leave it out"
        : "nginx 'burst=" + burst + " nodelay' lets " + (burst + 1)
            + " through at once, so write burst " + (burst + 1);
    return of(Code.NODELAY, text, at, "'nodelay' is an nginx option; " + instead);
  }

  /** The index behind the words from {@code at} on that are joined by dash or underscore. */
  private static int skipCompound(CharSequence text, int at) {
    int end = RuleParser.skipWord(text, at);
    while (true) {
      int c = RuleParser.peek(text, end);
      int next = RuleParser.skipWord(text, end + 1);
      if (c != '-' && c != '_' || next == end + 1) {
        return end;
      }
      end = next;
    }
  }

  // Several rules.

  static RuleSyntaxException duplicatePeriod(CharSequence text, int at, Rule first) {
    String period = Rate.ofNanos(1, first.periodNanos).toString().substring("1/".length());
    return of(
        Code.DUPLICATE_PERIOD,
        text,
        at,
        "a second rule for the period " + period + " (the first is at column " + (first.start + 1)
            + ")");
  }

  static RuleSyntaxException duplicateConcurrent(CharSequence text, int at, Rule first) {
    return of(
        Code.DUPLICATE_CONCURRENT,
        text,
        at,
        "a second concurrency rule (the first is at column " + (first.start + 1) + ")");
  }

  static RuleSyntaxException tooLong(CharSequence text) {
    return of(
        Code.TOO_LONG,
        text,
        RuleParser.MAX_LENGTH,
        "rule text is " + text.length() + " characters long; at most 1024 are allowed");
  }

  // Characters.

  /**
   * The error of the character at {@code at} if no rule contains it; or, if a word stands there, of
   * the character that breaks it off, if that could be taken for a letter; or null.
   */
  private static @Nullable RuleSyntaxException badCharacter(CharSequence text, int at) {
    int c = RuleParser.peek(text, at);
    return c < 0 || isAllowed(c)
        ? brokenWord(text, at)
        : badCharacter(text, at, codePoint(text, at));
  }

  /** The error of the character behind the word at {@code at}, if it is not printable; or null. */
  private static @Nullable RuleSyntaxException brokenWord(CharSequence text, int at) {
    int end = RuleParser.skipWord(text, at);
    int c = RuleParser.peek(text, end);
    return c < 0 || isPrintable(c) || RuleParser.isSpace(c)
        ? null
        : badCharacter(text, end, codePoint(text, end));
  }

  private static RuleSyntaxException badCharacter(CharSequence text, int at, int c) {
    String what;
    if (c == '"' || c == '\'' || c == '`') {
      what = "unexpected '" + (char) c + "'; remove the quotes around the rule";
    } else if (Character.isDigit(c)) { // for the wording alone: all that is not ASCII is refused
      what = name(c) + " is not an ASCII digit";
    } else {
      what = "unexpected character "
          + (isPrintable(c) ? "'" + (char) c + "'" : name(c))
          + "; rules use ASCII letters, digits, spaces and / - _ = , ; |";
    }
    return of(Code.BAD_CHAR, text, at, what);
  }

  private static int codePoint(CharSequence text, int at) {
    return Character.codePointAt(text, at);
  }

  private static boolean isAllowed(int c) {
    return RuleParser.isLetter(c)
        || RuleParser.isDigit(c)
        || RuleParser.isSpace(c)
        || RuleParser.isSeparator(c)
        || c == '/'
        || c == '-'
        || c == '_'
        || c == '=';
  }

  private static boolean isPrintable(int c) {
    return c >= 0x20 && c <= 0x7E;
  }

  /** {@code U+00B5}: at least four digits. */
  private static String name(int c) {
    String digits = Integer.toHexString(c);
    StringBuilder name = new StringBuilder("U+");
    for (int i = digits.length(); i < 4; i++) {
      name.append('0');
    }
    for (int i = 0; i < digits.length(); i++) {
      char digit = digits.charAt(i);
      name.append((char) (RuleParser.isDigit(digit) ? digit : digit - 0x20));
    }
    return name.toString();
  }

  /** What stands at {@code at}: a word, a number, a character, or the end. */
  private static String found(CharSequence text, int at) {
    if (at == text.length()) {
      return "end of text";
    }
    int end = RuleParser.skipWord(text, at);
    if (end == at) {
      while (RuleParser.isDigit(RuleParser.peek(text, end))) {
        end++;
      }
    }
    return "'" + text.subSequence(at, Math.min(Math.max(end, at + 1), at + MAX_WORD)) + "'";
  }

  /** The error at index {@code at}, with as much of the text around it as a message may show. */
  static RuleSyntaxException of(Code code, CharSequence text, int at, String what) {
    int start = Math.max(0, Math.min(at - MAX_ECHO / 2, text.length() - MAX_ECHO));
    int end = Math.min(text.length(), start + MAX_ECHO);
    StringBuilder echo = new StringBuilder(MAX_ECHO);
    echo.append(start > 0 ? "..." : "");
    int i = start;
    while (i < end) {
      int c = codePoint(text, i);
      if (isPrintable(c)) {
        echo.append((char) c);
      } else {
        echo.append(name(c));
      }
      i += Character.charCount(c);
    }
    echo.append(end < text.length() ? "..." : "");
    return new RuleSyntaxException(code, at + 1, what, echo.toString());
  }
}
