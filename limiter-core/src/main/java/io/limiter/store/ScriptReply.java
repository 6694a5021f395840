package io.limiter.store;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The reply of a script, read: whole numbers, and perhaps one text. */
final class ScriptReply {
  static final long OTHER_LIMITS = -1;

  private final List<?> items;

  private ScriptReply(List<?> items) {
    this.items = items;
  }

  /**
   * Reads what a client answered.
   *
   * @throws StoreException if it is not a list of at least two items
   */
  static ScriptReply of(@Nullable Object reply) {
    if (reply instanceof Collection<?> list && list.size() >= 2) {
      return new ScriptReply(List.copyOf(list));
    }
    throw unexpected(reply);
  }

  static StoreException unexpected(@Nullable Object reply) {
    String kind = reply == null ? "null" : reply.getClass().getName();
    return new StoreException(
        "reply: " + kind + " (expected: a list of integers, and of texts as String or byte[])",
        true,
        false,
        null);
  }

  long status() {
    return number(0);
  }

  long now() {
    return number(1);
  }

  /** The value with other limits. */
  String stored() {
    return text(2);
  }

  /** The value that the script left, of so many rates. */
  StoredValue value(StoreLimits limits) {
    int rates = limits.rates().length;
    int tailAt = 3 + 2 * rates;
    Optional<StoredValue.Tail> tail = items.size() > tailAt
        ? Optional.of(new StoredValue.Tail(0, number(tailAt), pairs(tailAt + 1, rates)))
        : Optional.empty();
    return new StoredValue(limits.id(), number(2), pairs(3, rates), tail);
  }

  private Pair[] pairs(int from, int rates) {
    Pair[] pairs = new Pair[rates];
    for (int i = 0; i < rates; i++) {
      pairs[i] = new Pair(number(from + 2 * i), number(from + 2 * i + 1));
    }
    return pairs;
  }

  private long number(int i) {
    if (i >= items.size()) {
      throw unexpected(items);
    }
    try {
      return items.get(i) instanceof Number number ? number.longValue() : Long.parseLong(text(i));
    } catch (NumberFormatException e) {
      throw unexpected(items.get(i));
    }
  }

  private String text(int i) {
    Object item = i < items.size() ? items.get(i) : items;
    if (item instanceof String text) {
      return text;
    }
    if (item instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    throw unexpected(item);
  }
}
