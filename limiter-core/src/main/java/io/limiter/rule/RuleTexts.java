package io.limiter.rule;

import io.limiter.Rate;
import io.limiter.rule.Limits.Algorithm;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Limits from what callers have at hand: all by way of a text, so that one grammar checks them. */
final class RuleTexts {
  private static final String SEPARATOR = ", ";

  private RuleTexts() {}

  static Limits of(Rate... rates) {
    if (Objects.requireNonNull(rates, "rates").length == 0) {
      throw new IllegalArgumentException("rates: none (expected: >= 1)");
    }
    return RuleParser.parse(
        Arrays.stream(rates).map(Rate::toString).collect(Collectors.joining(SEPARATOR)));
  }

  static Limits of(Rate rate, long burst, Algorithm algorithm) {
    Objects.requireNonNull(rate, "rate");
    if (Objects.requireNonNull(algorithm, "algorithm") == Algorithm.CONCURRENCY) {
      throw new IllegalArgumentException("algorithm: " + algorithm + " (expected: one of a rate)");
    }
    if (burst < 1) {
      throw new IllegalArgumentException("burst: " + burst + " (expected: >= 1)");
    }
    String text = burst == rate.permits() ? "" : " burst " + burst;
    return RuleParser.parse(rate + text + " " + algorithm);
  }

  static Limits concurrent(long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: >= 1)");
    }
    return RuleParser.parse(limit + " " + Algorithm.CONCURRENCY);
  }

  static Limits and(Limits limits, Limits more) {
    Objects.requireNonNull(more, "more");
    if (limits.isBlocked() || more.isUnlimited()) {
      return limits;
    }
    return limits.isUnlimited() || more.isBlocked()
        ? more
        : RuleParser.parse(limits.canonical() + SEPARATOR + more.canonical());
  }

  static Map<String, Limits> parseAll(Map<String, String> texts) {
    Map<String, Limits> limits = new LinkedHashMap<>();
    Map<String, RuleSyntaxException> errors = new LinkedHashMap<>();
    Objects.requireNonNull(texts, "texts").forEach((name, text) -> {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(text, name);
      try {
        limits.put(name, RuleParser.parse(text));
      } catch (RuleSyntaxException e) {
        errors.put(name, e);
      }
    });
    if (!errors.isEmpty()) {
      throw new InvalidLimitsException(errors);
    }
    return Collections.unmodifiableMap(limits);
  }

  static Map<String, Limits> parseAll(Properties properties, String prefix) {
    Objects.requireNonNull(properties, "properties");
    Objects.requireNonNull(prefix, "prefix");
    Map<String, String> texts = new TreeMap<>();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(prefix)) {
        texts.put(name.substring(prefix.length()), properties.getProperty(name));
      }
    }
    return parseAll(texts);
  }
}
