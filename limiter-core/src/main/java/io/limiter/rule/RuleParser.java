package io.limiter.rule;

import io.limiter.Rate;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import io.limiter.rule.RuleSyntaxException.Code;
import org.jspecify.annotations.Nullable;

/**
 * From text to rules, in one pass from left to right. Allocates the rules and nothing else, and
 * makes no object for what went wrong before it is sure that something did.
 *
 * <p>Every method takes the index where it starts. Those that read a number answer two things in one
 * long: the number, and the index behind it in the low {@link #END_BITS} bits.
 */
final class RuleParser {
  static final int MAX_LENGTH = 1_024; // UTF-16 units
  static final int MAX_RULES = 16;
  static final long MAX_COUNT = Rate.MAX_PERMITS;
  static final long MAX_CONCURRENCY = Integer.MAX_VALUE;
  static final long MAX_PERIOD_MILLIS = 366L * 86_400_000;

  private static final int END_BITS = 11; // an index is at most MAX_LENGTH
  private static final long NANOS_PER_MILLI = 1_000_000;

  private RuleParser() {}

  static Limits parse(CharSequence text) {
    if (text.length() > MAX_LENGTH) {
      throw RuleErrors.tooLong(text);
    }
    int at = skipSpace(text, 0);
    if (at == text.length()) {
      throw RuleErrors.of(Code.EMPTY, text, 0, "rule text is empty");
    }
    if (isLetter(peek(text, at))) {
      return parseAlone(text, at);
    }
    Rule last = null;
    for (int rules = 0; ; rules++) {
      if (rules == MAX_RULES) {
        throw RuleErrors.of(Code.TOO_MANY, text, at, "at most 16 rules are allowed");
      }
      last = parseRule(text, at, last);
      at = skipSpace(text, last.end);
      if (at == text.length()) {
        return Limits.of(last);
      }
      int separator = at;
      at = skipSpace(text, at + 1);
      if (at == text.length() || isSeparator(peek(text, at))) {
        throw RuleErrors.emptyRule(text, separator, at);
      }
    }
  }

  /** {@code unlimited} or {@code blocked}. */
  private static Limits parseAlone(CharSequence text, int start) {
    int end = skipWord(text, start);
    Word word = Word.of(text, start, end);
    if (word != Word.UNLIMITED && word != Word.BLOCKED) {
      throw RuleErrors.expectedCount(text, start);
    }
    int next = skipSpace(text, end);
    if (next < text.length()) {
      throw RuleErrors.notAlone(text, word, next);
    }
    return word == Word.UNLIMITED ? Limits.unlimited() : Limits.blocked();
  }

  private static Rule parseRule(CharSequence text, int start, @Nullable Rule previous) {
    if (!isDigit(peek(text, start))) {
      throw RuleErrors.expectedCount(text, start);
    }
    long count = parseNumber(text, start, false);
    int at = end(count);
    if (number(count) == 0) {
      throw RuleErrors.zeroCount(text, start);
    }
    if (number(count) > MAX_COUNT) {
      throw RuleErrors.countRange(text, start, MAX_COUNT);
    }
    RuleErrors.checkCount(text, start, at);
    if (peek(text, at) == '-') {
      long period = parseDashUnit(text, at);
      return parseOptions(text, start, end(period), number(count), number(period), previous);
    }
    at = skipSpace(text, at);
    int wordEnd = skipWord(text, at);
    Word word = Word.of(text, at, wordEnd);
    if (word == Word.CONCURRENT) {
      return parseConcurrency(text, start, wordEnd, number(count), previous);
    }
    if (word.isNoun()) {
      at = skipSpace(text, wordEnd);
      wordEnd = skipWord(text, at);
      word = Word.of(text, at, wordEnd);
    }
    if (word != Word.PER && peek(text, at) != '/') {
      throw RuleErrors.expected(
          Code.EXPECTED_PER, text, at, "expected '/' or 'per' after the count");
    }
    long period = parsePeriod(text, at, word == Word.PER ? wordEnd : at + 1);
    return parseOptions(text, start, end(period), number(count), number(period), previous);
  }

  private static Rule parseConcurrency(
      CharSequence text, int start, int wordEnd, long count, @Nullable Rule previous) {
    if (count > MAX_CONCURRENCY) {
      throw RuleErrors.countRange(text, start, MAX_CONCURRENCY);
    }
    for (Rule rule = previous; rule != null; rule = rule.previous) {
      if (rule.periodNanos == 0) {
        throw RuleErrors.duplicateConcurrent(text, start, rule);
      }
    }
    int end = skipNoun(text, wordEnd);
    int next = skipSpace(text, end);
    if (next < text.length() && !isSeparator(peek(text, next))) {
      throw RuleErrors.trailing(text, next, "the rule; expected ',' or ';'");
    }
    return new Rule(previous, start, end, count, 0, 0, Algorithm.CONCURRENCY);
  }

  /** The unit of {@code 5-S}, in ms; {@code dash} is the index of the dash. */
  private static long parseDashUnit(CharSequence text, int dash) {
    int end = skipWord(text, dash + 1);
    Word unit = end == dash + 2 ? Word.of(text, dash + 1, end) : Word.OTHER;
    boolean allowed = switch (unit) {
      case SECOND, MINUTE, HOUR, DAY -> true;
      default -> false;
    };
    if (!allowed || peek(text, end) == '-') {
      throw RuleErrors.dashUnit(text, dash, end);
    }
    return pack(unit.millis, end);
  }

  /** The period after the {@code /} or {@code per} that stands from {@code per} to {@code at}. */
  private static long parsePeriod(CharSequence text, int per, int at) {
    int start = skipSpace(text, at);
    int c = peek(text, start);
    if (isLetter(c)) {
      int end = skipWord(text, start);
      Word unit = Word.of(text, start, end);
      if (unit.millis == 0) {
        throw RuleErrors.unknownUnit(text, start, unit, 1);
      }
      return pack(unit.millis, end);
    }
    if (!isDigit(c)) {
      throw RuleErrors.expectedPeriod(text, per, at, start);
    }
    long count = parseNumber(text, start, true);
    if (number(count) == 0) {
      throw RuleErrors.of(Code.ZERO_PERIOD, text, start, "a period cannot be zero");
    }
    if (number(count) > MAX_PERIOD_MILLIS) {
      throw RuleErrors.periodRange(text, start);
    }
    RuleErrors.checkPeriodCount(text, start, end(count));
    int unitStart = skipSpace(text, end(count));
    int end = skipWord(text, unitStart);
    if (end == unitStart) {
      throw RuleErrors.expected(
          Code.UNIT_MISSING, text, end, "a period needs a unit, for example 60 seconds;");
    }
    Word unit = Word.of(text, unitStart, end);
    if (unit.millis == 0) {
      throw RuleErrors.unknownUnit(text, unitStart, unit, number(count));
    }
    if (number(count) > MAX_PERIOD_MILLIS / unit.millis) {
      throw RuleErrors.periodRange(text, start);
    }
    return pack(number(count) * unit.millis, end);
  }

  private static Rule parseOptions(
      CharSequence text,
      int start,
      int periodEnd,
      long permits,
      long periodMillis,
      @Nullable Rule previous) {
    long periodNanos = periodMillis * NANOS_PER_MILLI;
    for (Rule rule = previous; rule != null; rule = rule.previous) {
      if (rule.periodNanos == periodNanos) {
        throw RuleErrors.duplicatePeriod(text, start, rule);
      }
    }
    int end = periodEnd;
    long burst = 0;
    int burstStart = 0;
    Algorithm algorithm = null;
    while (true) {
      int at = skipSpace(text, end);
      if (at == text.length() || isSeparator(peek(text, at))) {
        return new Rule(previous, start, end, permits, periodNanos, burst, algorithm);
      }
      if (at == end && end == periodEnd && isDigit(peek(text, at))) {
        throw RuleErrors.trailing(text, at, "the unit; a period is one number and one unit");
      }
      int wordEnd = at == end ? at : skipWord(text, at);
      Word word = Word.of(text, at, wordEnd);
      if (word == Word.BURST) {
        if (burst != 0) {
          throw RuleErrors.of(Code.DUPLICATE_OPTION, text, at, "burst is given twice");
        }
        checkBurst(text, at, algorithm);
        long number = parseBurst(text, wordEnd);
        burst = number(number);
        burstStart = at;
        end = skipNoun(text, end(number));
        continue;
      }
      int algorithmEnd = skipAlgorithm(text, wordEnd, word);
      if (algorithmEnd < 0) {
        throw RuleErrors.notAnOption(text, at, word, burst);
      }
      if (algorithm != null) {
        throw RuleErrors.of(Code.DUPLICATE_OPTION, text, at, "the algorithm is given twice");
      }
      algorithm = switch (word) {
        case GCRA -> Algorithm.GCRA;
        case TOKEN -> Algorithm.TOKEN_BUCKET;
        case FIXED -> Algorithm.FIXED_WINDOW;
        default -> Algorithm.SLIDING_LOG;
      };
      if (burst != 0) {
        checkBurst(text, burstStart, algorithm);
      }
      end = algorithmEnd;
    }
  }

  private static void checkBurst(CharSequence text, int burstStart, @Nullable Algorithm algorithm) {
    if (algorithm == Algorithm.FIXED_WINDOW || algorithm == Algorithm.SLIDING_LOG) {
      throw RuleErrors.burstNotAllowed(text, burstStart, algorithm);
    }
  }

  /** The number after {@code burst}, which ends at {@code wordEnd}. */
  private static long parseBurst(CharSequence text, int wordEnd) {
    int at = skipSpace(text, wordEnd);
    if (peek(text, at) == '=') {
      at = skipSpace(text, at + 1);
    }
    if (!isDigit(peek(text, at))) {
      throw RuleErrors.burstValue(text, at);
    }
    long burst = parseNumber(text, at, false);
    if (number(burst) == 0) {
      throw RuleErrors.of(Code.BURST_ZERO, text, at, "burst must be at least 1");
    }
    if (number(burst) > MAX_COUNT) {
      throw RuleErrors.countRange(text, at, MAX_COUNT);
    }
    RuleErrors.checkBurst(text, at, end(burst));
    return burst;
  }

  /**
   * The index behind the algorithm whose first word is {@code word} and ends at {@code wordEnd}, or
   * -1 if it is none.
   */
  private static int skipAlgorithm(CharSequence text, int wordEnd, Word word) {
    if (word == Word.GCRA) {
      return wordEnd;
    }
    if (word.second() == Word.OTHER) {
      return -1;
    }
    int at = skipJoint(text, wordEnd);
    int end = skipWord(text, at);
    return Word.of(text, at, end) == word.second() ? end : -1;
  }

  /** The index behind the dash, underscore or white space that joins the words of an algorithm. */
  static int skipJoint(CharSequence text, int at) {
    int c = peek(text, at);
    return c == '-' || c == '_' ? at + 1 : skipSpace(text, at);
  }

  /** The index behind the noun after {@code at}, or {@code at} if there is none. */
  private static int skipNoun(CharSequence text, int at) {
    int start = skipSpace(text, at);
    int end = skipWord(text, start);
    Word word = Word.of(text, start, end);
    if (start == at || !word.isNoun() || word == Word.TOKEN && isAlgorithm(text, end)) {
      return at;
    }
    return end;
  }

  /** Whether "token", which ends at {@code end}, is meant to begin "token-bucket". */
  private static boolean isAlgorithm(CharSequence text, int end) {
    int c = peek(text, end);
    return c == '-' || c == '_' || skipAlgorithm(text, end, Word.TOKEN) > 0;
  }

  /**
   * The digits at {@code start}, with underscores between them; a number above MAX_COUNT is answered
   * as some number above MAX_COUNT.
   */
  private static long parseNumber(CharSequence text, int start, boolean ofPeriod) {
    long number = 0;
    int at = start;
    while (true) {
      int digit = peek(text, at) - '0';
      number = number > MAX_COUNT ? number : number * 10 + digit;
      int c = peek(text, ++at);
      if (c == '_') {
        c = peek(text, ++at);
        if (!isDigit(c)) {
          throw RuleErrors.underscore(text, at - 1);
        }
      }
      if (!isDigit(c)) {
        break;
      }
      if (number == 0) {
        throw RuleErrors.of(Code.LEADING_ZERO, text, start, "leading zeros are not allowed");
      }
    }
    if (peek(text, at) == '.') {
      throw RuleErrors.decimal(text, at, ofPeriod);
    }
    return pack(number, at);
  }

  private static long pack(long number, int end) {
    return number << END_BITS | end;
  }

  private static long number(long packed) {
    return packed >> END_BITS;
  }

  private static int end(long packed) {
    return (int) packed & (1 << END_BITS) - 1;
  }

  /** The index of the first character from {@code at} on that is not white space. */
  static int skipSpace(CharSequence text, int at) {
    int i = at;
    while (isSpace(peek(text, i))) {
      i++;
    }
    return i;
  }

  /** The index of the first character from {@code at} on that is not an ASCII letter. */
  static int skipWord(CharSequence text, int at) {
    int i = at;
    while (isLetter(peek(text, i))) {
      i++;
    }
    return i;
  }

  /** The character at {@code at}, or -1 at the end. */
  static int peek(CharSequence text, int at) {
    return at < text.length() ? text.charAt(at) : -1;
  }

  static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  static boolean isSeparator(int c) {
    return c == ',' || c == ';' || c == '|';
  }
}
