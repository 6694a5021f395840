package io.limiter.rule;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reports all wrong texts among several named rule texts; thrown by {@link Limits#parseAll(Map)}.
 * The message has a line for each of the first 20; {@link #errors()} has all.
 */
public final class InvalidLimitsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_SHOWN = 20;
  private static final int MAX_NAME = 60; // characters

  private final transient Map<String, RuleSyntaxException> errors;

  InvalidLimitsException(Map<String, RuleSyntaxException> errors) {
    super(message(errors));
    this.errors = Collections.unmodifiableMap(new LinkedHashMap<>(errors));
  }

  /** What is wrong, by the name of the text, in the order in which the texts came. Unmodifiable. */
  public Map<String, RuleSyntaxException> errors() {
    return errors == null ? Map.of() : errors; // null once deserialized
  }

  private static String message(Map<String, RuleSyntaxException> errors) {
    StringBuilder message = new StringBuilder();
    message.append(errors.size()).append(errors.size() == 1 ? " rule text is" : " rule texts are");
    message.append(" wrong:");
    errors.forEach((name, error) -> {
      if (message.chars().filter(c -> c == '\n').count() < MAX_SHOWN) {
        message.append('\n').append(printable(name)).append(": ").append(error.getMessage());
      }
    });
    if (errors.size() > MAX_SHOWN) {
      message.append("\nand ").append(errors.size() - MAX_SHOWN).append(" more");
    }
    return message.toString();
  }

  private static String printable(String name) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(name.length(), MAX_NAME); i++) {
      char c = name.charAt(i);
      text.append(c >= 0x20 && c < 0x7F ? c : '?');
    }
    return text.append(name.length() > MAX_NAME ? "..." : "").toString();
  }
}
