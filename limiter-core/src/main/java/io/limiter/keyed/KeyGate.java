package io.limiter.keyed;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.Gate;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The limiters of one key as objects, for limits that need more than words. */
final class KeyGate extends EntryLimiter {
  private final RateLimiter[] limiters; // of each rule; the windows share a log; or null
  private final SlidingLog log; // null: no rule asks for one
  private final RateLimiter rates; // all that are not a concurrency; null if there are none
  private final ConcurrencyLimiter concurrency; // null: the key never had one
  private final int concurrencyIndex; // in the gate; -1: the limits name none
  private final Gate gate;

  /** Fresh, but for the permits in flight of {@code inFlight}, which may be null. */
  KeyGate(
      Limits limits,
      long anchor,
      long floor,
      ConcurrencyLimiter inFlight,
      EntryLimiter before,
      NanoClock clock) {
    super(limits, floor, before, clock);
    List<Rule> rules = limits.rules();
    List<Rate> windows = windows(rules);
    this.limiters = new RateLimiter[rules.size()];
    this.log = windows.isEmpty() ? null : SlidingLog.create(windows, clock);
    int limit = limits.concurrency().orElse(0);
    this.concurrency = inFlight == null && limit > 0 ? ConcurrencyLimiter.create(limit) : inFlight;
    if (limit > 0) {
      concurrency.limit(limit);
    }
    Gate.Builder members = Gate.builder(clock);
    List<RateLimiter> ratesOfGate = new ArrayList<>();
    int concurrencyAt = -1;
    for (int i = 0; i < limiters.length; i++) {
      Rule rule = rules.get(i);
      if (rule.algorithm() == Algorithm.CONCURRENCY) {
        concurrencyAt = ratesOfGate.size();
        members.concurrency(concurrency);
      } else {
        limiters[i] = isLog(rule) ? log : KeyRate.limiter(rule, anchor, clock);
        if (!ratesOfGate.contains(limiters[i])) {
          ratesOfGate.add(limiters[i]);
          members.rate(limiters[i]);
        }
      }
    }
    if (rules.isEmpty()) {
      ratesOfGate.add(limits.newRateLimiter(clock)); // unlimited, or blocked
      members.rate(ratesOfGate.get(0));
    }
    this.rates = ratesOfGate.isEmpty()
        ? null
        : ratesOfGate.size() == 1 ? ratesOfGate.get(0) : AllOf.of(ratesOfGate);
    this.concurrencyIndex = concurrencyAt;
    this.gate = members.build();
  }

  private static boolean isLog(Rule rule) {
    return rule.algorithm() == Algorithm.SLIDING_LOG;
  }

  private static List<Rate> windows(List<Rule> rules) {
    return rules.stream().filter(KeyGate::isLog).map(Rule::rate).toList();
  }

  @Override
  void checkAcquire() {
    if (concurrencyIndex >= 0) {
      throw new UnsupportedOperationException(
          "limits " + limits + ": permits must be given back; use tryEnter");
    }
  }

  @Override
  boolean tryAcquireNow(long dated, long permits) {
    return rates.tryAcquireAt(dated, permits);
  }

  @Override
  Decision decideNow(long dated, long permits) {
    return rates.decideAt(dated, permits);
  }

  @Override
  Permit tryEnterNow(long dated, long permits) {
    return gate.tryEnterAt(dated, permits);
  }

  @Override
  Decision peekNow(long dated, long permits) {
    RateLimiter limiter = rates == null ? RateLimiter.unlimited(clock) : rates;
    Decision ofRates = limiter.peekAt(dated, permits);
    if (concurrencyIndex < 0) {
      return ofRates;
    }
    int available = concurrency.available();
    int deniedBy = ofRates.deniedBy();
    long wait = ofRates.retryAfterNanos();
    if (permits > available || concurrency.inFlight() > concurrency.limit()) {
      deniedBy = concurrencyIndex;
      wait = Decision.NEVER;
    } else if (deniedBy >= concurrencyIndex) {
      deniedBy++;
    }
    long remaining = Math.min(ofRates.remaining(), available);
    return new Decision(deniedBy < 0, remaining, wait, ofRates.resetAfterNanos(), deniedBy);
  }

  @Override
  DetailedDecision inDetailNow(long dated, Decision decision, long permits) {
    return gate.inDetailAt(dated, decision, permits);
  }

  @Override
  boolean refundNow(long dated, long permits) {
    return rates != null && rates.refundAt(dated, permits);
  }

  @Override
  ConcurrencyLimiter concurrency() {
    return concurrency;
  }

  // Levels.

  @Override
  Level level(int n, long dated) {
    Rule rule = limits.rules().get(n);
    return isLog(rule)
        ? Level.of(within(log, rule.rate(), dated), 1)
        : Level.of(limiters[n], rule, dated);
  }

  @Override
  void inherit(EntryLimiter from, long dated) {
    List<Rule> rules = limits.rules();
    int[] counterparts = limits.counterpartsIn(from.limits);
    List<Rule> goingOn = new ArrayList<>(); // what the windows of the log were before
    for (int i = 0; i < counterparts.length; i++) {
      if (counterparts[i] >= 0 && isLog(rules.get(i))) {
        goingOn.add(from.limits.rules().get(counterparts[i]));
      } else if (counterparts[i] >= 0 && limiters[i] != null) {
        from.level(counterparts[i], dated).charge(limiters[i], rules.get(i), dated);
      }
    }
    List<Rate> windows = windows(goingOn);
    if (!windows.isEmpty()) { // what has left them all stays out
      SlidingLog dates = SlidingLog.create(windows, clock);
      copyDates(((KeyGate) from).log, dates, dated);
      copyDates(dates, log, dated);
    }
    if (windows.size() < goingOn.size()) {
      inheritWithoutDates(from, counterparts, dated);
    }
  }

  /** Windows of the log that were no windows: their permits have no dates, and are dated now. */
  private void inheritWithoutDates(EntryLimiter from, int[] counterparts, long dated) {
    List<Rule> oldRules = from.limits.rules();
    long undated = 0;
    for (int i = 0; i < counterparts.length; i++) {
      Rule rule = limits.rules().get(i);
      if (counterparts[i] >= 0 && isLog(rule) && !isLog(oldRules.get(counterparts[i]))) {
        long missing = from.level(counterparts[i], dated).ticks(1, rule.burst());
        undated = Math.max(undated, missing - within(log, rule.rate(), dated));
      }
    }
    if (undated > 0) {
      SlidingLog now = SlidingLog.create(Rate.ofNanos(undated, 1), clock);
      now.tryAcquireAt(dated, undated);
      copyDates(now, log, dated);
    }
  }

  private static void copyDates(SlidingLog from, SlidingLog to, long dated) {
    to.restoreAt(dated, from.snapshotAt(dated, Instant.EPOCH), Instant.EPOCH);
  }

  /** How many permits of {@code log} are in {@code window}. */
  private static long within(SlidingLog log, Rate window, long dated) {
    SlidingLog alone = SlidingLog.create(window, log.clock());
    copyDates(log, alone, dated);
    return window.permits() - alone.peekAt(dated, 1).remaining();
  }

  @Override
  public String toString() {
    return "KeyGate[" + limits + "]";
  }
}
