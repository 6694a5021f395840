package io.limiter.rule;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The limits that a rule text describes: up to 16 rules that must all admit a call, or {@code
 * unlimited}, or {@code blocked}. The grammar is in the {@linkplain io.limiter.rule package}.
 *
 * <p>Two limits are equal if and only if their {@linkplain #canonical() canonical texts} are, and
 * {@code parse(canonical())} equals the limits it came from.
 *
 * <p>Cost: 16 bytes and 48 for each rule; parsing allocates nothing else and takes time linear in
 * the length of the text. Immutable.
 */
public final class Limits {
  private static final Limits UNLIMITED = new Limits(null);
  private static final Limits BLOCKED = new Limits(null);

  private final @Nullable Rule last; // leads to those before it; null if unlimited or blocked

  private Limits(@Nullable Rule last) {
    this.last = last;
  }

  /**
   * The limits that {@code text} describes.
   *
   * @throws RuleSyntaxException if the text does not match the grammar, or contradicts itself
   */
  public static Limits parse(String text) {
    Objects.requireNonNull(text, "text");
    return RuleParser.parse(text);
  }

  /**
   * {@link #parse} under the name that frameworks look for to convert text: Spring, JAX-RS, Jackson.
   *
   * @throws RuleSyntaxException if the text does not match the grammar, or contradicts itself
   */
  public static Limits valueOf(String text) {
    return parse(text);
  }

  /**
   * One rule for each rate: {@code of(Rate.perMinute(480), Rate.perHour(4800))} is {@code
   * parse("480/minute, 4800/hour")}.
   *
   * @throws IllegalArgumentException if there are no rates, more than 16, or two of one period
   */
  public static Limits of(Rate... rates) {
    return RuleTexts.of(rates);
  }

  /**
   * One rule with a burst and an algorithm: {@code of(Rate.perSecond(5), 20, Algorithm.TOKEN_BUCKET)} is
   * {@code parse("5/second burst 20 token-bucket")}.
   *
   * @param burst the count of the rate for an algorithm without a burst of its own
   * @throws IllegalArgumentException if burst is not in 1..10^12, the algorithm has no burst and this is
   *     not the count, or the algorithm is {@link Algorithm#CONCURRENCY}
   */
  public static Limits of(Rate rate, long burst, Algorithm algorithm) {
    return RuleTexts.of(rate, burst, algorithm);
  }

  /**
   * At most {@code limit} permits in flight: {@code concurrent(5)} is {@code parse("5 concurrent")}.
   *
   * @throws IllegalArgumentException if limit is not in 1..2^31-1
   */
  public static Limits concurrent(long limit) {
    return RuleTexts.concurrent(limit);
  }

  /**
   * The rules of these limits, then those of {@code more}: a call must be admitted by all of them.
   * Unlimited adds nothing; what is joined with blocked is blocked.
   *
   * @throws IllegalArgumentException if these are more than 16 rules, two of one period, or two
   *     concurrencies
   */
  public Limits and(Limits more) {
    return RuleTexts.and(this, more);
  }

  /**
   * The limits of each of {@code texts}, by name, in the order of the map. Unmodifiable.
   *
   * @throws InvalidLimitsException if texts do not match the grammar; it names them all
   */
  public static Map<String, Limits> parseAll(Map<String, String> texts) {
    return RuleTexts.parseAll(texts);
  }

  /**
   * The limits of the properties whose names begin with {@code prefix}, by the rest of the name, sorted:
   * {@code limits.api = 480/minute} is {@code api} for the prefix {@code limits.}. Unmodifiable.
   *
   * @throws InvalidLimitsException if texts do not match the grammar; it names them all
   */
  public static Map<String, Limits> parseAll(Properties properties, String prefix) {
    return RuleTexts.parseAll(properties, prefix);
  }

  static Limits of(Rule last) {
    return new Limits(last);
  }

  static Limits unlimited() {
    return UNLIMITED;
  }

  static Limits blocked() {
    return BLOCKED;
  }

  /** The rules in the order given; none if unlimited or blocked. Unmodifiable. */
  public List<Rule> rules() {
    int size = 0;
    for (Rule rule = last; rule != null; rule = rule.previous) {
      size++;
    }
    Rule[] rules = new Rule[size];
    for (Rule rule = last; rule != null; rule = rule.previous) {
      rules[--size] = rule;
    }
    return List.of(rules);
  }

  /** Whether every call is admitted: the text was {@code unlimited}. */
  public boolean isUnlimited() {
    return this == UNLIMITED;
  }

  /** Whether every call is denied: the text was {@code blocked}. */
  public boolean isBlocked() {
    return this == BLOCKED;
  }

  /** How many permits may be in flight at once, if there is a rule that says so. */
  public OptionalInt concurrency() {
    for (Rule rule = last; rule != null; rule = rule.previous) {
      if (rule.algorithm() == Algorithm.CONCURRENCY) {
        return OptionalInt.of((int) rule.permits);
      }
    }
    return OptionalInt.empty();
  }

  /**
   * What is allowed but can hardly be meant, one line each: a rule that can never bind, such as the
   * second of {@code 10/minute; 1000/hour}, and a burst that a longer rule never lets through.
   * Empty if there is nothing to say. Unmodifiable.
   */
  public List<String> warnings() {
    return RuleWarnings.of(rules());
  }

  /**
   * A new limiter that holds these rules, fresh: an {@link AllOf} of {@link Gcra} for gcra and for a bare
   * rate, {@link TokenBucket} for token-bucket, {@linkplain TokenBucket#stepwise stepwise} for
   * fixed-window, and one {@link SlidingLog} for all sliding-log rules together; in the order of the
   * rules, the log at the place of the first of its rules. With one rule too, so that it can be changed to
   * any other rules ({@link #applyTo(RateLimiter)}), {@linkplain AllOf#striped striped} or not; a call
   * costs hardly more than one of the member.
   *
   * @throws IllegalArgumentException if the count of a sliding-log rule exceeds {@link
   *     SlidingLog#MAX_PERMITS}
   * @throws UnsupportedOperationException if a rule is concurrent: that needs {@link #newGate}, as
   *     its permits must be given back
   */
  public AllOf newRateLimiter(NanoClock clock) {
    return AllOf.of(members(clock));
  }

  /** {@link #newRateLimiter(NanoClock)} on the clock of the system. */
  public AllOf newRateLimiter() {
    return newRateLimiter(NanoClock.system());
  }

  /** One limiter for each rule that has one of its own, or for unlimited or blocked. */
  private List<RateLimiter> members(NanoClock clock) {
    Objects.requireNonNull(clock, "clock");
    if (last == null) {
      return List.of(isUnlimited() ? RateLimiter.unlimited(clock) : RateLimiter.blocked(clock));
    }
    List<RateLimiter> members = new ArrayList<>();
    for (Rule rule : deciding()) {
      members.add(newMember(rule, clock));
    }
    return members;
  }

  /**
   * A new gate that holds these rules, fresh: the rates as in {@link #newRateLimiter}, a concurrency
   * as a {@link ConcurrencyLimiter}, all in the order of the rules.
   *
   * @throws IllegalArgumentException if the count of a sliding-log rule exceeds {@link
   *     SlidingLog#MAX_PERMITS}
   */
  public Gate newGate(NanoClock clock) {
    Gate.Builder gate = Gate.builder(clock);
    if (last == null) {
      return gate.rate(members(clock).get(0)).build();
    }
    for (Rule rule : deciding()) {
      if (rule.algorithm() == Algorithm.CONCURRENCY) {
        gate.concurrency(ConcurrencyLimiter.create((int) rule.permits, clock));
      } else {
        gate.rate(newMember(rule, clock));
      }
    }
    return gate.build();
  }

  /** {@link #newGate(NanoClock)} on the clock of the system. */
  public Gate newGate() {
    return newGate(NanoClock.system());
  }

  /**
   * Changes {@code limiter} to these rules while it is in use, as {@link RateLimiter#reconfigure(
   * RateLimiter)} does: a fresh limiter stays fresh, what was spent stays spent. What {@link
   * #newRateLimiter} made, and any {@link AllOf}, can be changed to any rules. A single limiter that was
   * made in another way, striped or not, can be changed to one rule of its own algorithm.
   *
   * @throws IllegalArgumentException if the limiter is of one algorithm and these rules are not, or
   *     the count of a sliding-log rule exceeds {@link SlidingLog#MAX_PERMITS}
   * @throws UnsupportedOperationException if a rule is concurrent, or the limiter cannot be changed
   */
  public void applyTo(RateLimiter limiter) {
    Objects.requireNonNull(limiter, "limiter");
    List<RateLimiter> members = members(limiter.clock());
    RateLimiter target = members.size() == 1 ? members.get(0) : AllOf.of(members);
    try {
      limiter.reconfigure(target);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "limits: " + this + " (expected: one rule of the algorithm of " + limiter
              + "; what newRateLimiter made can be changed to any rules)",
          e);
    }
  }

  /**
   * Changes {@code gate} to these rules while it is in use, as {@link Gate#reconfigure(Gate,
   * LevelPolicy)} does: what was spent stays spent, and permits in flight stay counted.
   *
   * @throws IllegalArgumentException if the count of a sliding-log rule exceeds {@link
   *     SlidingLog#MAX_PERMITS}
   */
  public void applyTo(Gate gate) {
    Objects.requireNonNull(gate, "gate");
    gate.reconfigure(newGate(gate.clock()));
  }

  /**
   * Which rule each of these rules goes on from, when limits change from {@code before} to these while
   * they are in use: the rule of the same period, or else the rule of the same place in the text, if no
   * other rule goes on from that one. A concurrency goes on from a concurrency. The algorithm does not
   * matter.
   *
   * @return for each of {@link #rules()} the index of a rule of {@code before}; -1 if it is new
   */
  public int[] counterpartsIn(Limits before) {
    List<Rule> rules = rules();
    List<Rule> old = Objects.requireNonNull(before, "before").rules();
    int[] counterparts = new int[rules.size()];
    boolean[] taken = new boolean[old.size()];
    for (int i = 0; i < counterparts.length; i++) {
      counterparts[i] = indexOfPeriod(old, rules.get(i).periodNanos);
      if (counterparts[i] >= 0) {
        taken[counterparts[i]] = true;
      }
    }
    for (int i = 0; i < Math.min(counterparts.length, taken.length); i++) {
      boolean rates = rules.get(i).periodNanos > 0 && old.get(i).periodNanos > 0;
      if (counterparts[i] < 0 && !taken[i] && rates) {
        counterparts[i] = i;
      }
    }
    return counterparts;
  }

  /** There is at most one: a text names no period twice. A concurrency has the period 0. */
  private static int indexOfPeriod(List<Rule> rules, long periodNanos) {
    return IntStream.range(0, rules.size())
        .filter(i -> rules.get(i).periodNanos == periodNanos)
        .findFirst()
        .orElse(-1);
  }

  /** The rules that have a limiter of their own: all but the second and later sliding-log rules. */
  private List<Rule> deciding() {
    List<Rule> deciding = new ArrayList<>(rules());
    List<Rule> windows = slidingLogs();
    deciding.removeAll(windows.subList(Math.min(1, windows.size()), windows.size()));
    return deciding;
  }

  private List<Rule> slidingLogs() {
    return rules().stream()
        .filter(rule -> rule.algorithm() == Algorithm.SLIDING_LOG)
        .toList();
  }

  /** The one place that knows which class holds which algorithm. */
  private RateLimiter newMember(Rule rule, NanoClock clock) {
    return switch (rule.algorithm()) {
      case GCRA -> Gcra.create(rule.rate(), rule.burst(), clock);
      case TOKEN_BUCKET -> TokenBucket.create(rule.rate(), rule.burst(), clock);
      case FIXED_WINDOW -> TokenBucket.stepwise(rule.rate(), clock);
      case SLIDING_LOG ->
        SlidingLog.create(slidingLogs().stream().map(Rule::rate).toList(), clock);
      case CONCURRENCY ->
        throw new UnsupportedOperationException("rule " + rule
            + ": a rate limiter cannot hold it, as its permits must be given back; use newGate");
    };
  }

  /**
   * The canonical text: the rules in the order given, joined by {@code ", "}, such as {@code
   * 480/minute, 3/second burst 10 token-bucket, 5 concurrent}; or {@code unlimited}, or {@code
   * blocked}. The same in every locale.
   */
  public String canonical() {
    if (last == null) {
      return isUnlimited() ? "unlimited" : "blocked";
    }
    if (last.previous == null) {
      return last.toString();
    }
    StringBuilder text = new StringBuilder();
    for (Rule rule : rules()) {
      text.append(text.length() == 0 ? "" : ", ").append(rule);
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof Limits that && last != null && rules().equals(that.rules());
  }

  @Override
  public int hashCode() {
    return last == null ? Boolean.hashCode(isUnlimited()) : rules().hashCode();
  }

  /** The {@linkplain #canonical() canonical text}. */
  @Override
  public String toString() {
    return canonical();
  }

  /** How a rule decides. */
  public enum Algorithm {
    /** {@link Gcra}: in any interval of length w at most {@code B + floor(w*N/P)} permits. */
    GCRA("gcra"),

    /** {@link TokenBucket} with continuous refill: decides exactly as GCRA does. */
    TOKEN_BUCKET("token-bucket"),

    /** {@link TokenBucket} with stepwise refill: at most N per window, at most 2N in any P. */
    FIXED_WINDOW("fixed-window"),

    /** {@link SlidingLog}: never more than N in any P, wherever it starts. */
    SLIDING_LOG("sliding-log"),

    /** {@link ConcurrencyLimiter}: at most so many permits in flight. */
    CONCURRENCY("concurrent");

    private final String word;

    Algorithm(String word) {
      this.word = word;
    }

    /** The word for it in a rule, such as {@code token-bucket}. */
    @Override
    public String toString() {
      return word;
    }
  }

  /** One rule: a rate with its burst and its algorithm, or a concurrency. Immutable. */
  public static final class Rule {
    final @Nullable Rule previous; // null for the first
    final short start; // index of its first character
    final short end; // index after its last character
    final long permits; // N, or how many in flight
    final long periodNanos; // P; 0 for a concurrency
    private final long burst; // 0 if not given
    private final @Nullable Algorithm algorithm; // null if not given

    Rule(
        @Nullable Rule previous,
        int start,
        int end,
        long permits,
        long periodNanos,
        long burst,
        @Nullable Algorithm algorithm) {
      this.previous = previous;
      this.start = (short) start;
      this.end = (short) end;
      this.permits = permits;
      this.periodNanos = periodNanos;
      this.burst = burst;
      this.algorithm = algorithm;
    }

    /** How this rule decides: {@link Algorithm#GCRA} for a bare rate. */
    public Algorithm algorithm() {
      return algorithm == null ? Algorithm.GCRA : algorithm;
    }

    /** The count: N of a rate, 1 to 10^12; how many in flight of a concurrency, 1 to 2^31 - 1. */
    public long permits() {
      return permits;
    }

    /**
     * The rate N/P.
     *
     * @throws IllegalStateException if this is a concurrency rule
     */
    public Rate rate() {
      if (periodNanos == 0) {
        throw new IllegalStateException("rule " + this + ": a concurrency has no rate");
      }
      return Rate.ofNanos(permits, periodNanos);
    }

    /** B, the most permits admissible at one instant from idle: as given, or the count. */
    public long burst() {
      return burst == 0 ? permits : burst;
    }

    /** Whether the text names the burst: the canonical text then does so too. */
    public boolean isBurstGiven() {
      return burst != 0;
    }

    /** Whether the text names the algorithm: the canonical text then does so too. */
    public boolean isAlgorithmGiven() {
      return algorithm != null;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Rule that
          && permits == that.permits
          && periodNanos == that.periodNanos
          && burst == that.burst
          && algorithm == that.algorithm;
    }

    @Override
    public int hashCode() {
      long[] fields = {permits, periodNanos, burst, algorithm().ordinal()};
      return Arrays.hashCode(fields);
    }

    /** The canonical text of this rule alone. */
    @Override
    public String toString() {
      if (periodNanos == 0) {
        return permits + " concurrent";
      }
      StringBuilder text = new StringBuilder(48).append(rate());
      if (burst != 0) {
        text.append(" burst ").append(burst);
      }
      if (algorithm != null) {
        text.append(' ').append(algorithm);
      }
      return text.toString();
    }
  }
}
