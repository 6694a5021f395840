package io.limiter.http;

import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the header fields say of limits at all times: made once. Immutable. */
final class Policies {
  /** No field is longer than that. */
  static final int MAX_CHARACTERS = 1_024;

  private static final int HASH_BYTES = 18; // 144 bits, 24 characters of Base64
  private static final int LONGEST_LEFT = ", ;r=1000000000000;t=9223372037".length();

  final Rule[] rules;
  final int[] at; // of each rule: where a decision has its status

  /** The name of each rule, or of blocked, as a string of RFC 9651. */
  final String[] names;

  /** What each item of RateLimit begins with, up to the number that remains. */
  final String[] heads;

  /** The burst of each rule, or 0 for blocked. */
  final String[] bursts;

  /** The value of RateLimit-Policy. */
  final String text;

  /** The parameter that each item ends with, or empty. */
  final String partition;

  private final String @Nullable [] ownNames; // null: none are given
  private final String @Nullable [] units; // null: none are given

  /** Whether there is a rule that is no concurrency. */
  final boolean hasRates;

  private Policies(
      Limits limits,
      String @Nullable [] ownNames,
      String @Nullable [] units,
      @Nullable String key) {
    List<Rule> list = limits.rules();
    this.rules = list.toArray(Rule[]::new);
    this.at = order(list);
    this.ownNames = ownNames;
    this.units = units;
    this.hasRates = list.stream().anyMatch(rule -> !isConcurrency(rule));
    this.names = names(limits, list, ownNames);
    this.bursts = rules.length == 0
        ? new String[] {"0"}
        : list.stream().map(rule -> Long.toString(rule.burst())).toArray(String[]::new);
    int longest = Math.max(text("").length(), longestLeft());
    if (longest > MAX_CHARACTERS && ownNames == null) { // the texts of many rules are too long
      Arrays.setAll(names, i -> "\"rule " + (i + 1) + "\"");
      longest = Math.max(text("").length(), longestLeft());
    }
    if (longest > MAX_CHARACTERS) {
      throw new IllegalArgumentException("names and units: fields of " + longest
          + " characters (expected: <= " + MAX_CHARACTERS + ")");
    }
    this.partition = key == null ? "" : partition(key, (MAX_CHARACTERS - longest) / names.length);
    this.text = text(partition);
    this.heads = new String[names.length];
    Arrays.setAll(heads, i -> (i == 0 ? "" : ", ") + names[i] + ";" + Fields.REMAINING + "=");
  }

  static Policies of(Limits limits) {
    return new Policies(limits, null, null, null);
  }

  Policies names(Limits limits, String[] names) {
    return new Policies(limits, names, units, null);
  }

  Policies units(Limits limits, String[] units) {
    return new Policies(limits, ownNames, units, null);
  }

  Policies partition(Limits limits, String key) {
    return new Policies(limits, ownNames, units, key);
  }

  /** Whether X-RateLimit may speak of the ith rule: of a concurrency only if there is nothing else. */
  boolean mayBind(int i) {
    return !hasRates || !isConcurrency(rules[i]);
  }

  static boolean isConcurrency(Rule rule) {
    return rule.algorithm() == Algorithm.CONCURRENCY;
  }

  /** Decisions have the windows of a sliding log together, at the place of the first. */
  private static int[] order(List<Rule> rules) {
    int[] at = new int[rules.size()];
    int next = 0;
    boolean logs = false;
    for (int i = 0; i < at.length; i++) {
      if (!isLog(rules.get(i))) {
        at[i] = next++;
      } else if (!logs) {
        logs = true;
        for (int j = i; j < at.length; j++) {
          at[j] = isLog(rules.get(j)) ? next++ : at[j];
        }
      }
    }
    return at;
  }

  private static boolean isLog(Rule rule) {
    return rule.algorithm() == Algorithm.SLIDING_LOG;
  }

  private static String[] names(Limits limits, List<Rule> rules, String @Nullable [] ownNames) {
    if (ownNames != null) {
      return Arrays.stream(ownNames).map(Policies::quote).toArray(String[]::new);
    }
    return rules.isEmpty()
        ? new String[] {quote(limits.canonical())}
        : rules.stream().map(rule -> quote(rule.toString())).toArray(String[]::new);
  }

  private int longestLeft() {
    return Arrays.stream(names).mapToInt(name -> name.length() + LONGEST_LEFT).sum();
  }

  private String text(String partition) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < names.length; i++) {
      text.append(i == 0 ? "" : ", ")
          .append(names[i])
          .append(';')
          .append(Fields.QUOTA)
          .append('=');
      text.append(rules.length == 0 ? 0 : rules[i].permits());
      String unit = unit(i);
      if (!unit.isEmpty()) {
        text.append(';').append(Fields.UNIT).append('=').append(quote(unit));
      }
      if (rules.length > 0 && !isConcurrency(rules[i])) {
        text.append(';').append(Fields.WINDOW).append('=');
        text.append(Seconds.ceil(rules[i].rate().periodNanos()));
      }
      text.append(partition);
    }
    return text.toString();
  }

  private String unit(int i) {
    if (units != null && !units[i].isEmpty()) {
      return units[i];
    }
    return rules.length > 0 && isConcurrency(rules[i]) ? Fields.CONCURRENT_REQUESTS : "";
  }

  /** The bytes of the key; of what is longer than there is room for, a hash; or nothing. */
  private static String partition(String key, int room) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    String start = ";" + Fields.PARTITION + "=:";
    int characters = room - start.length() - 1;
    if ((bytes.length + 2L) / 3 * 4 > characters) {
      bytes = Arrays.copyOf(sha256(bytes), HASH_BYTES);
    }
    return (bytes.length + 2) / 3 * 4 > characters
        ? ""
        : start + Base64.getEncoder().encodeToString(bytes) + ":";
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java platform has SHA-256", e);
    }
  }

  /** A string of RFC 9651, of printable ASCII. */
  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
