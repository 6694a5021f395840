package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.LongKeyedLimiter;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/**
 * What each rule of several says is what a limiter of that rule alone says, which is charged for the
 * calls that all admitted.
 */
class RuleStatusProperties {
  private final ManualClock clock = ManualClock.create();

  /** A call, so many ns after the one before it. */
  record Call(long afterNanos, long permits) {}

  @Provide
  Arbitrary<List<Call>> calls() {
    Arbitrary<Long> after = Arbitraries.oneOf(
        Arbitraries.of(0L, 1L, 333_333_333L, 333_333_334L, 1_000_000_000L),
        Arbitraries.longs().between(0, 3_000_000_000L),
        Arbitraries.longs().between(0, 400_000_000_000L));
    return Combinators.combine(after, Arbitraries.longs().between(0, 4))
        .as(Call::new)
        .list()
        .ofMaxSize(60);
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
        "3/second, 60/hour",
        "7/minute",
        "5/minute burst 9, 20/hour token-bucket, 3/second sliding-log",
        "4/10 seconds fixed-window, 10/minute, 30/hour sliding-log, 9/2 minutes burst 4",
        "3/second sliding-log, 10/minute, 20/hour sliding-log",
        "9/minute sliding-log, 11/hour sliding-log");
  }

  /** The rules in the order of the members: the windows of a log stand together. */
  private static List<Rule> inOrder(Limits limits) {
    List<Rule> logs = limits.rules().stream()
        .filter(rule -> rule.algorithm() == Algorithm.SLIDING_LOG)
        .toList();
    List<Rule> rules = new ArrayList<>();
    for (Rule rule : limits.rules()) {
      if (!logs.contains(rule)) {
        rules.add(rule);
      } else if (rule.equals(logs.get(0))) {
        rules.addAll(logs);
      }
    }
    return rules;
  }

  /** The same call at each of them: for one permit at least. */
  private List<RuleStatus> alone(List<RateLimiter> each, long permits) {
    long share = Math.max(permits, 1);
    return each.stream()
        .map(limiter -> limiter.peek(share))
        .map(peek -> new RuleStatus(
            peek.remaining(),
            peek.remaining() / share,
            peek.retryAfterNanos(),
            peek.resetAfterNanos()))
        .toList();
  }

  /** Who denies a call: the one with the longest wait. */
  private static int deniedBy(List<RateLimiter> each, long permits) {
    int by = -1;
    long longest = 0;
    for (int i = 0; i < each.size(); i++) {
      long wait = each.get(i).peek(permits).retryAfterNanos();
      if (wait > longest) {
        longest = wait;
        by = i;
      }
    }
    return by;
  }

  @Property(tries = 300)
  void eachRuleOfSeveralSaysWhatItSaysAlone(
      @ForAll("texts") String text, @ForAll("calls") @Size(min = 1) List<Call> calls) {
    Limits limits = Limits.parse(text);
    AllOf asked = limits.newRateLimiter(clock);
    AllOf plain = limits.newRateLimiter(clock);
    Gate gate = limits.newGate(clock);
    KeyedLimiter<String> keys = KeyedLimiter.<String>builder(limits, clock).build();
    LongKeyedLimiter numbers = LongKeyedLimiter.builder(limits, clock).build();
    KeyedLimiter<String> own =
        KeyedLimiter.<String>builder(Limits.parse("1/day"), clock).build();
    own.override("key", limits);
    List<RateLimiter> each = new ArrayList<>();
    inOrder(limits).forEach(rule -> each.add(Limits.parse(rule.toString()).newRateLimiter(clock)));
    for (Call call : calls) {
      clock.advanceNanos(call.afterNanos);
      long permits = call.permits;
      int deniedBy = deniedBy(each, permits);
      Decision expected = plain.decide(permits);
      if (expected.admitted()) {
        each.forEach(limiter -> assertTrue(limiter.tryAcquire(permits)));
      }
      List<RuleStatus> alone = alone(each, permits);
      DetailedDecision told = asked.decideInDetail(permits);
      assertEquals(new DetailedDecision(expected, deniedBy, alone), told);
      assertEquals(told, asked.inDetailAt(clock.nanoTime(), told.decision(), permits));
      assertEquals(told, gate.inDetail(gate.tryEnter(permits).decision(), permits));
      assertEquals(told, own.inDetail("key", own.tryEnter("key", permits).decision(), permits));
      assertEquals(told, keys.decideInDetail("key", permits));
      assertEquals(told, numbers.decideInDetail(7, permits));
    }
  }

  /** A call with weights of its own is the same as one of a limiter with these weights. */
  @Property(tries = 100)
  void decideEachInDetailSaysWhatWeightsSay(@ForAll("calls") @Size(min = 1) List<Call> calls) {
    AllOf weighted = AllOf.of(twoRates(), 2, 3);
    AllOf given = AllOf.of(twoRates());
    for (Call call : calls) {
      clock.advanceNanos(call.afterNanos);
      long permits = Math.max(call.permits, 1);
      assertEquals(
          weighted.decideInDetail(permits).rules(),
          given.decideEachInDetail(2 * permits, 3 * permits).rules());
    }
  }

  private List<RateLimiter> twoRates() {
    return List.of(
        Gcra.create(Rate.perSecond(20), 20, clock), SlidingLog.create(Rate.perMinute(40), clock));
  }
}
