package io.limiter.http;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What a server said about its limits in one response. A value that is missing or makes no sense is
 * empty: reading never throws.
 *
 * <p>Read are {@code Retry-After}; {@code RateLimit}, of several items the one with the least left,
 * with the quota of the policy of that name (an item without a time, such as a concurrency, counts only
 * if none has one); and where there is no {@code RateLimit} with sense,
 * {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset}. A time may be a number of seconds,
 * a date in any of the three forms of RFC 9110, or a number since the epoch: from 10^9 on in seconds,
 * from 10^11 on in milliseconds, from 10^14 on it is ignored. Fractions are rounded up.
 *
 * @param limit how many permits there are in all
 * @param remaining how many are left
 * @param resetAfterNanos the wait in ns until there are more, counted from the reading; 0 if that
 *     time has passed, at most 2^63 - 1
 * @param retryAfterNanos the wait in ns that was asked for; 0 if that time has passed, at most 2^63 -
 *     1
 */
public record LimitStatus(
    OptionalLong limit,
    OptionalLong remaining,
    OptionalLong resetAfterNanos,
    OptionalLong retryAfterNanos) {

  /** What a server says that does not mention limits. */
  public static final LimitStatus UNKNOWN = new LimitStatus(
      OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

  /** A status from its parts. */
  public LimitStatus {
    Objects.requireNonNull(limit, "limit");
    Objects.requireNonNull(remaining, "remaining");
    Objects.requireNonNull(resetAfterNanos, "resetAfterNanos");
    Objects.requireNonNull(retryAfterNanos, "retryAfterNanos");
  }

  /**
   * Reads the header fields of a response.
   *
   * @param fields the value of a field by its name, in whatever case, such as {@code
   *     response.headers()::firstValue} of java.net.http
   * @param now the time of day; dates and times since the epoch are measured from it
   */
  public static LimitStatus read(Function<String, Optional<String>> fields, Instant now) {
    Objects.requireNonNull(fields, "fields");
    Objects.requireNonNull(now, "now");
    OptionalLong retryAfter = time(fields, Fields.RETRY_AFTER, now);
    OptionalLong limit = count(fields, Fields.X_LIMIT);
    Optional<StructuredList.Item> least = least(items(fields, Fields.RATE_LIMIT));
    if (least.isEmpty()) {
      OptionalLong reset = time(fields, Fields.X_RESET, now);
      return new LimitStatus(limit, count(fields, Fields.X_REMAINING), reset, retryAfter);
    }
    Map<String, Long> left = least.get().integers();
    OptionalLong quota = items(fields, Fields.POLICY).stream()
        .filter(policy -> policy.name().equals(least.get().name()))
        .mapToLong(policy -> policy.integers().getOrDefault(Fields.QUOTA, -1L))
        .filter(value -> value >= 0)
        .findFirst();
    return new LimitStatus(
        quota.isPresent() ? quota : limit,
        OptionalLong.of(left.getOrDefault(Fields.REMAINING, 0L)),
        left.containsKey(Fields.EFFECTIVE_WINDOW)
            ? OptionalLong.of(Seconds.toNanos(left.get(Fields.EFFECTIVE_WINDOW)))
            : OptionalLong.empty(),
        retryAfter);
  }

  /**
   * The item with the least left, the longest of these, and of those that have a time if there are any:
   * for the others one cannot wait. None if one of all is not valid.
   */
  private static Optional<StructuredList.Item> least(List<StructuredList.Item> items) {
    boolean valid = items.stream()
        .map(StructuredList.Item::integers)
        .allMatch(left -> left.getOrDefault(Fields.REMAINING, -1L) >= 0
            && left.getOrDefault(Fields.EFFECTIVE_WINDOW, 0L) >= 0);
    boolean timed =
        items.stream().anyMatch(item -> item.integers().containsKey(Fields.EFFECTIVE_WINDOW));
    return items.stream()
        .filter(item -> valid)
        .filter(item -> !timed || item.integers().containsKey(Fields.EFFECTIVE_WINDOW))
        .min(Comparator.<StructuredList.Item>comparingLong(
                item -> item.integers().get(Fields.REMAINING))
            .thenComparingLong(item -> -item.integers().getOrDefault(Fields.EFFECTIVE_WINDOW, 0L)));
  }

  private static List<StructuredList.Item> items(
      Function<String, Optional<String>> fields, String name) {
    return fields.apply(name).map(StructuredList::parse).orElse(List.of());
  }

  private static OptionalLong count(Function<String, Optional<String>> fields, String name) {
    Optional<String> value = fields.apply(name);
    return value.isEmpty() ? OptionalLong.empty() : Numbers.count(trim(value.get()));
  }

  private static OptionalLong time(
      Function<String, Optional<String>> fields, String name, Instant now) {
    Optional<String> value = fields.apply(name);
    return value.isEmpty() ? OptionalLong.empty() : Numbers.waitNanos(trim(value.get()), now);
  }

  /** Without the spaces and tabs that may surround a value. */
  private static String trim(String value) {
    int from = 0;
    int to = value.length();
    while (from < to && isBlank(value.charAt(from))) {
      from++;
    }
    while (from < to && isBlank(value.charAt(to - 1))) {
      to--;
    }
    return value.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
