package io.limiter.store;

import java.util.Arrays;
import java.util.Optional;

/**
 * A stored value, read: {@code id version w f [w f ...] [till since g h [g h ...]]}, numbers and the id
 * separated by single spaces.
 *
 * <p><b>The tail</b> is there after a word was lowered: by a refund, a reset, or a clock that stepped
 * back. Until {@code till} somebody may hold a receipt or a reminder of a word as high as that, so the
 * value is kept until then. {@code since} names the tail: the reading at which it began, in
 * microseconds (a version would not do: versions begin anew once the key was forgotten). (g, h) is how much
 * that rate was lowered since then.
 *
 * @param version counts writes; callers remember it
 * @param words the theoretical arrival time of each rate
 */
record StoredValue(String id, long version, Pair[] words, Optional<Tail> tail) {

  /** How much the words were lowered, and until when somebody may remember the higher ones. */
  record Tail(long till, long since, Pair[] lowered) {}

  /** A value that nobody has written. */
  static StoredValue absent(String id, int rates) {
    return new StoredValue(id, 0, zeros(rates), Optional.empty());
  }

  static Pair[] zeros(int rates) {
    Pair[] zeros = new Pair[rates];
    Arrays.fill(zeros, Pair.ZERO);
    return zeros;
  }

  /** The id of a stored value: what it begins with. */
  static String idOf(String text) {
    int space = text.indexOf(' ');
    if (space < 0) {
      throw foreign(text);
    }
    return text.substring(0, space);
  }

  /**
   * Reads {@code text}.
   *
   * @throws IllegalArgumentException if no limiter of so many rates wrote it
   */
  static StoredValue parse(String text, int rates) {
    String[] parts = text.split(" ", -1);
    int plain = 2 + 2 * rates;
    if (parts.length != plain && parts.length != plain + 2 + 2 * rates) {
      throw foreign(text);
    }
    Optional<Tail> tail = Optional.empty();
    if (parts.length > plain) {
      tail = Optional.of(new Tail(
          number(text, parts[plain]),
          number(text, parts[plain + 1]),
          pairs(text, parts, plain + 2, rates)));
    }
    return new StoredValue(parts[0], number(text, parts[1]), pairs(text, parts, 2, rates), tail);
  }

  private static Pair[] pairs(String text, String[] parts, int from, int rates) {
    Pair[] pairs = new Pair[rates];
    for (int i = 0; i < rates; i++) {
      pairs[i] = new Pair(number(text, parts[from + 2 * i]), number(text, parts[from + 2 * i + 1]));
    }
    return pairs;
  }

  private static long number(String text, String digits) {
    boolean plain = !digits.isEmpty() && digits.length() <= 16;
    for (int i = 0; i < digits.length(); i++) {
      plain &= digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
    }
    if (!plain) {
      throw foreign(text);
    }
    return Long.parseLong(digits);
  }

  static IllegalArgumentException foreign(String text) {
    return new IllegalArgumentException(
        "stored: " + Checks.echo(text) + " (expected: a value that a limiter stored)");
  }

  /** The tail, if at {@code now} somebody may still remember more than the words say. */
  Optional<Tail> tailAt(long now) {
    return tail.filter(each -> each.till > now);
  }

  /** When this value may be forgotten, in microseconds since 1970: nothing is left to remember. */
  long forgetAt() {
    return Math.max(highest(words), tail.map(Tail::till).orElse(0L));
  }

  static long highest(Pair[] words) {
    long highest = 0;
    for (Pair word : words) {
      highest = Math.max(highest, word.ceil());
    }
    return highest;
  }

  /** The text that {@link #parse} reads. */
  String text() {
    StringBuilder text = new StringBuilder(64).append(id).append(' ').append(version);
    append(text, words);
    tail.ifPresent(each -> {
      text.append(' ').append(each.till).append(' ').append(each.since);
      append(text, each.lowered);
    });
    return text.toString();
  }

  private static void append(StringBuilder text, Pair[] pairs) {
    for (Pair pair : pairs) {
      text.append(' ').append(pair.micros()).append(' ').append(pair.parts());
    }
  }
}
