package io.limiter.rule;

/**
 * Reports that a text is not a rule: what is wrong, where, and what to write instead. It reports the
 * first error from the left, but a text that is too long is refused before it is read.
 *
 * <p>The message is one line of printable ASCII, whatever the text was: {@code bad rate rule at
 * column 4: expected a time unit after '/', found end of text in "10/"}. It shows at most 60
 * characters of the text, those around the column.
 */
public final class RuleSyntaxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** The kinds of error. */
  public enum Code {
    /** The text is empty, or white space alone. */
    EMPTY,
    /** The text has more than 1,024 characters. */
    TOO_LONG,
    /** A character that no rule contains. */
    BAD_CHAR,
    /** A rule does not begin with a count. */
    EXPECTED_COUNT,
    /** A minus sign before a number. */
    NEGATIVE,
    /** A number with a decimal point. */
    DECIMAL,
    /** A number with commas between its digits. */
    GROUPING,
    /** A number with an exponent. */
    EXPONENT,
    /** A number with a multiplier such as k. */
    SUFFIX,
    /** A number with a leading zero. */
    LEADING_ZERO,
    /** An underscore that does not stand between two digits. */
    UNDERSCORE,
    /** A count of zero. */
    ZERO_COUNT,
    /** A count above 10^12, or a concurrency above 2^31 - 1. */
    COUNT_RANGE,
    /** Neither "/" nor "per" after a count. */
    EXPECTED_PER,
    /** Something else than S, M, H or D after "-". */
    DASH_UNIT,
    /** No period after "/" or "per". */
    EXPECTED_PERIOD,
    /** A period that is a number alone. */
    UNIT_MISSING,
    /** A word that is not a time unit. */
    UNKNOWN_UNIT,
    /** A unit of no fixed length: month or year. */
    CALENDAR,
    /** A period of zero. */
    ZERO_PERIOD,
    /** A period of more than 366 days. */
    PERIOD_RANGE,
    /** No number after "burst". */
    BURST_VALUE,
    /** A burst of zero. */
    BURST_ZERO,
    /** A burst on a rule whose algorithm has none. */
    BURST_NOT_ALLOWED,
    /** Two bursts, or two algorithms, on one rule. */
    DUPLICATE_OPTION,
    /** A word like an algorithm that is none, or more than one. */
    UNKNOWN_ALGORITHM,
    /** The option "nodelay" of nginx. */
    NODELAY,
    /** Something after the end of a rule. */
    TRAILING,
    /** Nothing after a separator. */
    EMPTY_RULE,
    /** Two rules for one period. */
    DUPLICATE_PERIOD,
    /** Two concurrency rules. */
    DUPLICATE_CONCURRENT,
    /** "unlimited" or "blocked" beside something else. */
    STANDALONE,
    /** More than 16 rules. */
    TOO_MANY
  }

  private final Code code;
  private final int column; // 1-based, UTF-16 units
  private final String text;

  RuleSyntaxException(Code code, int column, String text, String echo) {
    super("bad rate rule at column " + column + ": " + text + " in \"" + echo + '"');
    this.code = code;
    this.column = column;
    this.text = text;
  }

  /** The kind of error. */
  public Code code() {
    return code;
  }

  /**
   * Where the error is: 1 for the first UTF-16 unit of the rule text, its length + 1 for its end. So
   * {@code charAt(column() - 1)} is the character at fault.
   */
  public int column() {
    return column;
  }

  /** What is wrong and what to write instead: the message without the column and the rule text. */
  public String text() {
    return text;
  }
}
