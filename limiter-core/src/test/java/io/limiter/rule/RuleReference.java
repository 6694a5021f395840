package io.limiter.rule;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The grammar again, slowly: regular expressions and big integers. Written from the grammar, not
 * from the parser. Answers the canonical text, or nothing if the text is no rule.
 */
final class RuleReference {
  private static final String WS = "[ \\t\\r\\n]";
  private static final String COUNT = "([0-9](?:_?[0-9])*)(?![0-9_])";
  private static final String NOUN =
      word("r|reqs?|requests?|calls?|query|queries|hits?|permits?|tokens?|events?|packets?"
          + "|operations?|points?");
  private static final String UNIT = "("
      + word("ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?")
      + ")";
  private static final String JOINT = "(?:[-_]|" + WS + "+)";
  private static final String BURST = word("burst") + "(?:" + WS + "*=" + WS + "*|" + WS + "*)"
      + COUNT + "(?![A-Za-z])(?:" + WS + "+" + NOUN + "(?!" + JOINT + "bucket(?![A-Za-z])))?";
  private static final String ALGORITHM = "(" + word("gcra") + "|" + word("token") + JOINT
      + word("bucket") + "|" + word("fixed") + JOINT + word("window") + "|" + word("sliding")
      + JOINT + word("log") + "|" + word("moving") + JOINT + word("window") + ")";

  private static final Pattern RATE = pattern(COUNT + "(?:(?:" + WS + "*" + NOUN + ")?" + WS
      + "*(?:/|" + word("per") + ")" + WS + "*(?:" + COUNT + WS + "*)?" + UNIT + "|-([smhd])"
      + "(?![A-Za-z]))((?:" + WS + "+(?:" + BURST + "|" + ALGORITHM + "))*)");
  private static final Pattern OPTION = pattern(WS + "+(?:" + BURST + "|" + ALGORITHM + ")");
  private static final Pattern CONCURRENCY =
      pattern(COUNT + WS + "*" + word("concurrent") + "(?:" + WS + "+" + NOUN + ")?");
  private static final Pattern GROUPED = Pattern.compile("(?<![0-9_])[0-9]{1,3},[0-9]{3}(?![0-9])");

  private static final BigInteger MAX_COUNT = BigInteger.TEN.pow(12);
  private static final BigInteger MAX_MILLIS = BigInteger.valueOf(366L * 24 * 60 * 60 * 1000);

  private RuleReference() {}

  static Optional<String> canonical(String text) {
    String trimmed = text.replaceAll("^" + WS + "+|" + WS + "+$", "");
    if (text.length() > 1024) {
      return Optional.empty();
    }
    if (pattern("unlimited|blocked").matcher(trimmed).matches()) {
      return Optional.of(
          trimmed.codePointAt(0) == 'u' || trimmed.codePointAt(0) == 'U' ? "unlimited" : "blocked");
    }
    if (GROUPED.matcher(text).find()) {
      return Optional.empty();
    }
    String[] parts = trimmed.split(WS + "*[,;|]" + WS + "*", -1);
    List<String> canonical = new ArrayList<>();
    Set<String> periods = new HashSet<>();
    for (String part : parts) {
      Optional<String> rule = rule(part);
      if (rule.isEmpty() || !periods.add(period(rule.get()))) {
        return Optional.empty();
      }
      canonical.add(rule.get());
    }
    return parts.length > 16 ? Optional.empty() : Optional.of(String.join(", ", canonical));
  }

  /** What no two rules may have in common. */
  private static String period(String canonical) {
    return canonical.replaceAll("^[0-9]+[/ ]| (burst|gcra|token|fixed|sliding).*$", "");
  }

  private static Optional<String> rule(String text) {
    Matcher concurrency = CONCURRENCY.matcher(text);
    if (concurrency.matches()) {
      return count(concurrency.group(1), BigInteger.valueOf(Integer.MAX_VALUE))
          .map(count -> count + " concurrent");
    }
    Matcher rate = RATE.matcher(text);
    if (!rate.matches()) {
      return Optional.empty();
    }
    Optional<BigInteger> permits = count(rate.group(1), MAX_COUNT);
    Optional<BigInteger> number =
        rate.group(2) == null ? Optional.of(BigInteger.ONE) : count(rate.group(2), MAX_MILLIS);
    if (permits.isEmpty() || number.isEmpty()) {
      return Optional.empty();
    }
    String unit = rate.group(3) == null ? rate.group(4) : rate.group(3);
    BigInteger millis = number.get().multiply(millis(unit.toLowerCase(Locale.ROOT)));
    Optional<String> options = options(rate.group(5));
    return millis.compareTo(MAX_MILLIS) > 0
        ? Optional.empty()
        : options.map(o -> permits.get() + "/" + period(millis) + o);
  }

  private static Optional<String> options(String text) {
    List<String> bursts = new ArrayList<>();
    List<String> algorithms = new ArrayList<>();
    Matcher option = OPTION.matcher(text);
    while (option.find()) {
      if (option.group(1) != null) {
        Optional<BigInteger> burst = count(option.group(1), MAX_COUNT);
        if (burst.isEmpty()) {
          return Optional.empty();
        }
        bursts.add(" burst " + burst.get());
      } else {
        algorithms.add(" " + algorithm(option.group(2).toLowerCase(Locale.ROOT)));
      }
    }
    String joined = String.join("", bursts) + String.join("", algorithms);
    boolean isWindow = joined.endsWith("window") || joined.endsWith("log");
    return bursts.size() > 1 || algorithms.size() > 1 || isWindow && !bursts.isEmpty()
        ? Optional.empty()
        : Optional.of(joined);
  }

  private static String algorithm(String text) {
    return switch (text.charAt(0)) {
      case 'g' -> "gcra";
      case 't' -> "token-bucket";
      case 'f' -> "fixed-window";
      default -> "sliding-log";
    };
  }

  private static Optional<BigInteger> count(String text, BigInteger max) {
    BigInteger count = new BigInteger(text.replace("_", ""));
    return text.startsWith("0") || count.compareTo(max) > 0 ? Optional.empty() : Optional.of(count);
  }

  private static BigInteger millis(String unit) {
    Map<String, Long> millis =
        Map.of("s", 1_000L, "h", 3_600_000L, "d", 86_400_000L, "w", 604_800_000L);
    boolean isMillis = unit.equals("ms") || unit.startsWith("milli");
    return BigInteger.valueOf(
        isMillis ? 1 : millis.getOrDefault(unit.substring(0, 1), 60_000L)); // else m
  }

  private static String period(BigInteger millis) {
    List<String> names = List.of("day", "hour", "minute", "second", "ms");
    List<Long> lengths = List.of(86_400_000L, 3_600_000L, 60_000L, 1_000L, 1L);
    for (int i = 0; ; i++) {
      BigInteger[] parts = millis.divideAndRemainder(BigInteger.valueOf(lengths.get(i)));
      if (parts[1].signum() == 0) {
        return parts[0].equals(BigInteger.ONE)
            ? names.get(i)
            : parts[0] + " " + names.get(i) + (i < 4 ? "s" : "");
      }
    }
  }

  /** These spellings, and no letter behind them. */
  private static String word(String spellings) {
    return List.of(spellings.split("\\|")).stream()
        .map(spelling -> spelling + "(?![A-Za-z])")
        .collect(Collectors.joining("|", "(?:", ")"));
  }

  /** Case does not matter, for ASCII letters alone. */
  private static Pattern pattern(String regex) {
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
  }
}
