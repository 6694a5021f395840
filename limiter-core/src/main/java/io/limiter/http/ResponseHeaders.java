package io.limiter.http;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.RuleStatus;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a decision, admitted or denied, as the header fields of an HTTP response: {@code
 * X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset}; {@code RateLimit-Policy} and {@code
 * RateLimit} (draft-ietf-httpapi-ratelimit-headers-11); and {@code Retry-After} if the call was denied.
 * Make it once for each {@link Limits}.
 *
 * <pre>{@code
 * ResponseHeaders headers = ResponseHeaders.of(limits);
 * ...
 * DetailedDecision decision = limiter.decideInDetail(1);
 * headers.write(decision, Instant.now(), response::setHeader);
 * }</pre>
 *
 * <p><b>The guarantee.</b> A client that is alone with the server, makes calls of equal weight, and waits
 * as any one of the fields tells it, is not denied afterwards. It is told to wait at most one second
 * longer than needed. A field tells a client to wait if nothing is left for another call like the one
 * decided. The wait is in Reset, in {@code t} and in Retry-After.
 *
 * <p><b>Several rules.</b> RateLimit-Policy and RateLimit list each rule with its own numbers, in the
 * order of the text. X-RateLimit speaks of the rule that binds next: the one that admits the fewest
 * calls like this one, of these the one with the latest reset. A concurrency is listed, but X-RateLimit
 * speaks of it only if there is no rate.
 *
 * <p><b>Remaining</b> is in permits, as the limit is; 0 if they are too few for another such call.
 * <b>Reset</b>, and {@code t}, is the time at which such a call is admitted again if nothing remains;
 * otherwise the time at which the rule is fresh. After a denial no {@code t} is later than Retry-After,
 * as the draft has it. Times that are {@link Decision#NEVER} are left out.
 *
 * <p>No field is longer than 1,024 characters. Unlimited has no fields; blocked has a limit of 0 and no
 * reset. A decision can have another number of rules than the limits, for example for a key with its own
 * limits. Then RateLimit and X-RateLimit-Limit are left out.
 *
 * <p>Cost: one string for each field whose value changes; no map, no clock reading. Immutable: the
 * methods that configure it return another instance.
 */
public final class ResponseHeaders {
  private static final long LARGEST = 999_999_999_999_999L; // integer of RFC 9651
  private static final Duration MOST_JITTER = Duration.ofDays(366);

  private final Limits limits;
  private final Policies policies;
  private final ResetFormat format;
  private final long jitterNanos;
  private final @Nullable LongUnaryOperator random; // null: no jitter

  private ResponseHeaders(
      Limits limits,
      Policies policies,
      ResetFormat format,
      long jitterNanos,
      @Nullable LongUnaryOperator random) {
    this.limits = limits;
    this.policies = policies;
    this.format = format;
    this.jitterNanos = jitterNanos;
    this.random = random;
  }

  /** For decisions of limiters that hold {@code limits}. */
  public static ResponseHeaders of(Limits limits) {
    Objects.requireNonNull(limits, "limits");
    return new ResponseHeaders(limits, Policies.of(limits), ResetFormat.EPOCH_SECONDS, 0, null);
  }

  private ResponseHeaders with(Policies policies) {
    return new ResponseHeaders(limits, policies, format, jitterNanos, random);
  }

  /**
   * With names of your own for the policies, such as {@code "burst"} and {@code "daily"}, instead of the
   * texts of the rules. A partition has to be named again.
   *
   * @param names one for each rule, of printable ASCII
   * @throws IllegalArgumentException if there is not one for each rule, two are the same, one has other
   *     characters, or a field could exceed 1,024 characters
   */
  public ResponseHeaders names(String... names) {
    String[] own = checked("names", names);
    if (Arrays.stream(own).distinct().count() < own.length) {
      throw new IllegalArgumentException(
          "names: " + Arrays.toString(own) + " (expected: each once)");
    }
    return with(policies.names(limits, own));
  }

  /**
   * With quota units of your own, such as {@code "content-bytes"}. A partition has to be named again.
   *
   * @param units one for each rule, of printable ASCII; empty for the usual: requests, or {@code
   *     concurrent-requests}
   * @throws IllegalArgumentException if there is not one for each rule, one has other characters, or a
   *     field could exceed 1,024 characters
   */
  public ResponseHeaders units(String... units) {
    return with(policies.units(limits, checked("units", units)));
  }

  private String[] checked(String name, String[] texts) {
    String[] own = Objects.requireNonNull(texts, name).clone();
    if (own.length != policies.names.length) {
      throw new IllegalArgumentException(
          name + ".length: " + own.length + " (expected: " + policies.names.length + ")");
    }
    for (String text : own) {
      if (!text.chars().allMatch(c -> c >= 0x20 && c < 0x7F)) {
        throw new IllegalArgumentException(name + ": (expected: printable ASCII)");
      }
    }
    return own;
  }

  /**
   * With {@code key} as the partition key: whose quota it is. Sent as the bytes of its UTF-8 form, in
   * Base64, so any text will do; not for a key that is a secret. What is too long for a field is sent as
   * a hash of it; where many rules leave no room, it is not sent.
   */
  public ResponseHeaders partition(String key) {
    return with(policies.partition(limits, Objects.requireNonNull(key, "key")));
  }

  /** With another form of {@code X-RateLimit-Reset}; {@link ResetFormat#EPOCH_SECONDS} if not called. */
  public ResponseHeaders resetFormat(ResetFormat format) {
    Objects.requireNonNull(format, "format");
    return new ResponseHeaders(limits, policies, format, jitterNanos, random);
  }

  /**
   * With a random time from 0 to {@code most} added to Retry-After, so that clients which were denied
   * together do not come back together.
   *
   * @param random as in {@link Backoff#of(LongUnaryOperator)}
   * @throws IllegalArgumentException if most is negative, or more than 366 days
   */
  public ResponseHeaders jitter(Duration most, LongUnaryOperator random) {
    Objects.requireNonNull(most, "most");
    Objects.requireNonNull(random, "random");
    if (most.isNegative() || most.compareTo(MOST_JITTER) > 0) {
      throw new IllegalArgumentException("most: " + most + " (expected: 0.." + MOST_JITTER + ")");
    }
    return new ResponseHeaders(limits, policies, format, most.toNanos(), random);
  }

  /**
   * Writes all fields, in this order: X-RateLimit, RateLimit-Policy, RateLimit, Retry-After.
   *
   * @param now the time of day; it matters for the epoch forms only
   * @param fields takes the name and the value of each field, such as {@code response::setHeader}
   * @throws IllegalArgumentException if now is not in the years 1970 to 9999
   * @throws IllegalStateException if the source of randomness leaves its range
   */
  public void write(DetailedDecision decision, Instant now, BiConsumer<String, String> fields) {
    Objects.requireNonNull(fields, "fields");
    List<RuleStatus> rules = Objects.requireNonNull(decision, "decision").rules();
    ResetFormat.check(Objects.requireNonNull(now, "now"));
    if (limits.isUnlimited()) {
      return;
    }
    long seconds = retryAfter(decision.decision());
    boolean fits = limits.isBlocked() || rules.size() == policies.rules.length;
    RuleStatus binding = writeXRateLimit(rules, fits, fields);
    long reset = binding == null || !policies.hasRates ? Decision.NEVER : resetNanos(binding);
    if (reset != Decision.NEVER) {
      fields.accept(Fields.X_RESET, Long.toString(format.value(reset, now)));
    }
    fields.accept(Fields.POLICY, policies.text);
    if (fits) {
      fields.accept(Fields.RATE_LIMIT, left(rules, seconds));
    }
    if (seconds >= 0) {
      fields.accept(Fields.RETRY_AFTER, Long.toString(seconds));
    }
  }

  /** All fields but the reset; answers the rule that binds next, or null for blocked. */
  private @Nullable RuleStatus writeXRateLimit(
      List<RuleStatus> rules, boolean fits, BiConsumer<String, String> fields) {
    if (limits.isBlocked()) {
      fields.accept(Fields.X_LIMIT, policies.bursts[0]);
      fields.accept(Fields.X_REMAINING, "0");
      return null;
    }
    int bound = -1;
    RuleStatus binding = null;
    for (int i = 0; i < rules.size(); i++) {
      RuleStatus rule = rules.get(fits ? policies.at[i] : i);
      if ((!fits || policies.mayBind(i)) && (binding == null || isBefore(rule, binding))) {
        binding = rule;
        bound = i;
      }
    }
    if (fits) {
      fields.accept(Fields.X_LIMIT, policies.bursts[bound]);
    }
    fields.accept(Fields.X_REMAINING, Long.toString(remaining(Objects.requireNonNull(binding))));
    return binding;
  }

  private static boolean isBefore(RuleStatus a, RuleStatus b) {
    return a.calls() == b.calls() ? resetNanos(a) > resetNanos(b) : a.calls() < b.calls();
  }

  private static long remaining(RuleStatus rule) {
    return rule.calls() == 0 ? 0 : Math.min(rule.remaining(), LARGEST);
  }

  private static long resetNanos(RuleStatus rule) {
    return rule.calls() == 0 ? rule.waitNanos() : rule.resetAfterNanos();
  }

  /** The value of RateLimit. */
  private String left(List<RuleStatus> rules, long retryAfterSeconds) {
    String[] heads = policies.heads;
    StringBuilder left = new StringBuilder(heads.length * (64 + policies.partition.length()));
    for (int i = 0; i < heads.length; i++) {
      left.append(heads[i]);
      if (limits.isBlocked()) {
        left.append('0');
      } else {
        RuleStatus rule = rules.get(policies.at[i]);
        left.append(remaining(rule));
        long reset = resetNanos(rule);
        if (reset != Decision.NEVER && !Policies.isConcurrency(policies.rules[i])) {
          long window = Seconds.ceil(reset);
          window = retryAfterSeconds < 0 ? window : Math.min(window, retryAfterSeconds);
          left.append(";" + Fields.EFFECTIVE_WINDOW + "=").append(window);
        }
      }
      left.append(policies.partition);
    }
    return left.toString();
  }

  /** The value of Retry-After; negative if there is none. */
  private long retryAfter(Decision decision) {
    OptionalLong seconds = retryAfterSeconds(decision);
    if (seconds.isEmpty() || random == null) {
      return seconds.orElse(-1);
    }
    long more = random.applyAsLong(jitterNanos + 1);
    if (more < 0 || more > jitterNanos) {
      throw new IllegalStateException("random: " + more + " (expected: 0.." + jitterNanos + ")");
    }
    long nanos = decision.retryAfterNanos();
    return Math.max(1, Seconds.ceil(nanos > Long.MAX_VALUE - more ? nanos : nanos + more));
  }

  /**
   * The exact value of {@code Retry-After}, {@code max(1, ceil(seconds))}. Empty, and the field is then
   * left out, if the call was admitted, or if the wait is {@link Decision#NEVER}: the permits exceed the
   * burst, or a concurrency denied, and no wait is known to help.
   */
  public static OptionalLong retryAfterSeconds(Decision decision) {
    return Seconds.retryAfter(Objects.requireNonNull(decision, "decision"));
  }

  /**
   * The fields that {@link #write} writes. Unmodifiable, in that order.
   *
   * @throws IllegalArgumentException if now is not in the years 1970 to 9999
   * @throws IllegalStateException if the source of randomness leaves its range
   */
  public Map<String, String> all(DetailedDecision decision, Instant now) {
    Map<String, String> fields = new LinkedHashMap<>();
    write(decision, now, fields::put);
    return Collections.unmodifiableMap(fields);
  }

  /** The names of the policies that deny a call like the one decided, each as a string of JSON too. */
  List<String> violated(DetailedDecision decision) {
    List<RuleStatus> rules = Objects.requireNonNull(decision, "decision").rules();
    if (limits.isBlocked()) {
      return List.of(policies.names[0]);
    }
    return IntStream.range(0, policies.rules.length)
        .filter(i -> rules.size() == policies.rules.length)
        .filter(i -> rules.get(policies.at[i]).waitNanos() > 0)
        .mapToObj(i -> policies.names[i])
        .toList();
  }

  /** {@code ResponseHeaders["3/second";q=3;w=1, "60/hour";q=60;w=3600]}. */
  @Override
  public String toString() {
    return "ResponseHeaders[" + (limits.isUnlimited() ? limits : policies.text) + "]";
  }
}
