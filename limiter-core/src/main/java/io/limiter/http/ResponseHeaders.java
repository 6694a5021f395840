package io.limiter.http;

import io.limiter.Decision;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Rule;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * What a server says of a decision, as names and values of header fields. A client that waits as
 * long as it is told is never early: times are rounded up, remaining is rounded down.
 *
 * <pre>{@code
 * X-RateLimit-Limit: 480                       RateLimit-Policy: "480/minute";q=480;w=60
 * X-RateLimit-Remaining: 475                   RateLimit: "480/minute";r=475;t=13
 * X-RateLimit-Reset: 1704225600                Retry-After: 42
 * }</pre>
 *
 * <p>Where there are several rules, Limit, Remaining, Reset and RateLimit speak of one: the rule that
 * denied, or else the one whose burst is least (the first of these). Remaining is the least of all
 * rules, so it never exceeds Limit; it may understate what that rule has left, never overstate it.
 * Of the windows of a sliding log that denied, the shortest that can explain the wait is named.
 *
 * <p>Limits that are unlimited have no fields; those that are blocked have a limit of 0 and no reset.
 * Times that are {@link Decision#NEVER} are left out. Immutable.
 */
public final class ResponseHeaders {
  private final Limits limits;
  private final Decision decision;
  private final String partition; // parameter text, or empty

  private ResponseHeaders(Limits limits, Decision decision, String partition) {
    this.limits = limits;
    this.decision = decision;
    this.partition = partition;
  }

  /** What is to be said of {@code decision}, which a limiter that holds {@code limits} has taken. */
  public static ResponseHeaders of(Limits limits, Decision decision) {
    return new ResponseHeaders(
        Objects.requireNonNull(limits, "limits"), Objects.requireNonNull(decision, "decision"), "");
  }

  /**
   * The same, with {@code key} as the partition key in {@link #rateLimit}: whose quota it is. Sent as
   * the bytes of its UTF-8 form, in Base64, so any text will do; not for a key that is a secret.
   */
  public ResponseHeaders partition(String key) {
    byte[] bytes = Objects.requireNonNull(key, "key").getBytes(StandardCharsets.UTF_8);
    String text = ";" + Fields.PARTITION + "=:" + Base64.getEncoder().encodeToString(bytes) + ":";
    return new ResponseHeaders(limits, decision, text);
  }

  /**
   * All fields: those of {@link #xRateLimit} and of {@link #rateLimit}, and Retry-After if there is
   * one. Unmodifiable, in this order.
   *
   * @param now the time of day; it matters for the epoch forms only
   * @throws IllegalArgumentException if now is not in the years 1970 to 9999
   */
  public Map<String, String> all(ResetFormat form, Instant now) {
    Map<String, String> fields = new LinkedHashMap<>(xRateLimit(form, now));
    fields.putAll(rateLimit());
    retryAfterSeconds()
        .ifPresent(seconds -> fields.put(Fields.RETRY_AFTER, Long.toString(seconds)));
    return Collections.unmodifiableMap(fields);
  }

  /**
   * {@code X-RateLimit-Limit}, the burst of the rule; {@code X-RateLimit-Remaining}; and {@code
   * X-RateLimit-Reset}, when the rule is fresh: absent if it is a concurrency, as no one knows when
   * another call ends. Unmodifiable, in this order.
   *
   * @param now the time of day; it matters for the epoch forms only
   * @throws IllegalArgumentException if now is not in the years 1970 to 9999
   */
  public Map<String, String> xRateLimit(ResetFormat form, Instant now) {
    Objects.requireNonNull(form, "form");
    Objects.requireNonNull(now, "now");
    Map<String, String> fields = new LinkedHashMap<>();
    if (limits.isBlocked()) {
      fields.put(Fields.X_LIMIT, "0");
      fields.put(Fields.X_REMAINING, "0");
    } else if (!limits.isUnlimited()) {
      Rule rule = ReportedRule.rule(limits.rules(), decision);
      fields.put(Fields.X_LIMIT, Long.toString(rule.burst()));
      fields.put(Fields.X_REMAINING, Long.toString(decision.remaining()));
      resetAfterNanos(rule)
          .ifPresent(nanos -> fields.put(Fields.X_RESET, Long.toString(form.value(nanos, now))));
    }
    return Collections.unmodifiableMap(fields);
  }

  /**
   * {@code RateLimit-Policy}, all rules under the names of their canonical texts; and {@code
   * RateLimit}, what is left of the one rule, and for how long. Unmodifiable, in this order.
   *
   * <p>The quota of a policy is the count of the rule, and its window the period in seconds, as the
   * draft knows no fractions: a period that is not a whole number of them is rounded up, {@code
   * "100/250 ms";q=100;w=1}. A client that keeps to this is slower than it has to be, never faster
   * than it may; the name holds the exact period. With a burst, more may be left than the quota.
   *
   * <p>The effective window of a denial is the value of Retry-After, as the draft wants none that
   * ends later; otherwise it ends when the rule is fresh.
   */
  public Map<String, String> rateLimit() {
    if (limits.isUnlimited()) {
      return Map.of();
    }
    Map<String, String> fields = new LinkedHashMap<>();
    if (limits.isBlocked()) {
      String name = quote(limits.canonical());
      fields.put(Fields.POLICY, name + integer(Fields.QUOTA, 0) + partition);
      fields.put(Fields.RATE_LIMIT, name + integer(Fields.REMAINING, 0) + partition);
    } else {
      List<Rule> rules = limits.rules();
      fields.put(Fields.POLICY, rules.stream().map(this::policy).collect(Collectors.joining(", ")));
      fields.put(Fields.RATE_LIMIT, left(ReportedRule.rule(rules, decision)));
    }
    return Collections.unmodifiableMap(fields);
  }

  /**
   * The value of {@code Retry-After}, {@code max(1, ceil(seconds))}. Empty, and the field is then to
   * be left out, if the call was admitted, or if the wait is {@link Decision#NEVER}: the permits
   * exceed the burst, or a concurrency denied, and no wait is known to help.
   */
  public OptionalLong retryAfterSeconds() {
    return Seconds.retryAfter(decision);
  }

  private OptionalLong resetAfterNanos(Rule rule) {
    long nanos = ReportedRule.resetAfterNanos(limits, rule, decision);
    return ReportedRule.isConcurrency(rule) || nanos == Decision.NEVER
        ? OptionalLong.empty()
        : OptionalLong.of(nanos);
  }

  private String policy(Rule rule) {
    String quota = quote(rule.toString()) + integer(Fields.QUOTA, rule.permits());
    return ReportedRule.isConcurrency(rule)
        ? quota + ";" + Fields.UNIT + "=" + quote(Fields.CONCURRENT_REQUESTS) + partition
        : quota + integer(Fields.WINDOW, Seconds.ceil(rule.rate().periodNanos())) + partition;
  }

  private String left(Rule rule) {
    String left = quote(rule.toString()) + integer(Fields.REMAINING, decision.remaining());
    OptionalLong reset = resetAfterNanos(rule);
    OptionalLong seconds = retryAfterSeconds();
    if (reset.isEmpty()) {
      return left + partition;
    }
    return left
        + integer(Fields.EFFECTIVE_WINDOW, seconds.orElseGet(() -> Seconds.ceil(reset.getAsLong())))
        + partition;
  }

  private static String integer(String parameter, long value) {
    return ";" + parameter + "=" + value;
  }

  /** A string of RFC 9651; canonical texts hold nothing that would have to be escaped. */
  private static String quote(String text) {
    return '"' + text + '"';
  }

  /** The fields whose values do not depend on the time of day. */
  @Override
  public String toString() {
    return "ResponseHeaders" + rateLimit();
  }
}
