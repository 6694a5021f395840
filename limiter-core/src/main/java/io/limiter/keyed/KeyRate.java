package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.TokenBucket;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.math.BigInteger;
import java.util.List;

/**
 * One rate that every key has: its arithmetic and the unit of its readings. The unit is the ns or, for
 * a fixed window, the step (see {@link TokenBucket}). All keys share the anchor of the steps: if it
 * were the first use of a key, forgetting the key would move it.
 */
final class KeyRate {
  /** The longest wait that is ever added to a reading: 73 years, in ns. */
  static final long MAX_WAIT_NANOS = 1L << 61;

  final GcraMath math;

  /** Ticks that one permit takes. */
  final long ticks;

  private final Rule rule;
  private final long stepNanos; // 0: the unit is the ns
  private final long anchor; // clock reading at which a step begins
  private final long horizon; // units

  private KeyRate(Rule rule, long anchor) {
    boolean steps = rule.algorithm() == Algorithm.FIXED_WINDOW;
    this.rule = rule;
    this.stepNanos = steps ? rule.rate().periodNanos() : 0;
    this.math = steps
        ? GcraMath.of(Rate.ofNanos(rule.permits(), 1), rule.permits())
        : GcraMath.of(rule.rate(), rule.burst());
    this.ticks = math.next(GcraMath.FRESH, 0, 1);
    this.anchor = anchor;
    this.horizon = math.horizonNanos();
  }

  /** The rates of {@code limits}, if all that a key needs is one word for each; otherwise none. */
  static KeyRate[] of(Limits limits, long anchor) {
    List<Rule> rules = limits.rules();
    boolean words = rules.stream()
        .noneMatch(rule ->
            rule.algorithm() == Algorithm.SLIDING_LOG || rule.algorithm() == Algorithm.CONCURRENCY);
    return words
        ? rules.stream().map(rule -> new KeyRate(rule, anchor)).toArray(KeyRate[]::new)
        : new KeyRate[0];
  }

  /** A limiter of a single key that decides as this rate does. */
  static RateLimiter limiter(Rule rule, long anchor, NanoClock clock) {
    return switch (rule.algorithm()) {
      case FIXED_WINDOW ->
        TokenBucket.stepwise(rule.rate(), rule.permits(), rule.permits(), anchor, clock);
      case TOKEN_BUCKET -> TokenBucket.create(rule.rate(), rule.burst(), clock);
      default -> Gcra.create(rule.rate(), rule.burst(), clock);
    };
  }

  boolean countsNanos() {
    return stepNanos == 0;
  }

  Rule rule() {
    return rule;
  }

  /** The reading in units: {@code nanoTime}, or the number of the step that it is in. */
  long units(long nanoTime) {
    return stepNanos == 0 ? nanoTime : Math.floorDiv(nanoTime - anchor, stepNanos);
  }

  /**
   * The units from {@code origin} to {@code nanoTime}. A reading further back than the horizon counts
   * as the horizon: later than it is, so that the charge weighs more, and yet not admitted unless
   * the newest reading is.
   */
  long since(long origin, long nanoTime) {
    return Math.max(units(nanoTime) - origin, -horizon);
  }

  /** By how many units an origin is moved for a reading that lies {@code units} after it. */
  long move(long units) {
    return units > horizon >> 1 ? math.rebaseNanos(units) : 0;
  }

  /** How many permits come at most in so many ns: at most the burst. */
  long restores(long nanos) {
    BigInteger periods = BigInteger.valueOf(nanos).multiply(BigInteger.valueOf(rule.permits()));
    BigInteger period = BigInteger.valueOf(rule.rate().periodNanos());
    BigInteger permits = periods.add(period).subtract(BigInteger.ONE).divide(period);
    if (stepNanos > 0 && nanos > 0) { // a step may begin at once
      permits = permits.add(BigInteger.valueOf(rule.permits()));
    }
    return permits.min(BigInteger.valueOf(math.burst())).longValue();
  }

  /** A wait of so many units from {@code nanoTime} in ns: until that unit begins. */
  long nanos(long wait, long nanoTime) {
    if (stepNanos == 0 || wait == 0 || wait == Decision.NEVER) {
      return wait;
    }
    long first = stepNanos - Math.floorMod(nanoTime - anchor, stepNanos); // until the next begins
    return wait - 1 > (Decision.NEVER - 1 - first) / stepNanos
        ? Decision.NEVER
        : (wait - 1) * stepNanos + first;
  }

  @Override
  public String toString() {
    return rule.toString();
  }
}
