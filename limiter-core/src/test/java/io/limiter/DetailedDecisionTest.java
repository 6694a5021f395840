package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.keyed.KeyedLimiter;
import io.limiter.keyed.OverflowPolicy;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DetailedDecisionTest {
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = ManualClock.create();

  @Test
  void decideInDetail_eachRule_saysWhatItHasLeft() {
    AllOf limiter = Limits.parse("2/second, 60/hour").newRateLimiter(clock);
    DetailedDecision first = limiter.decideInDetail(1);
    assertEquals(
        List.of(new RuleStatus(1, 1, 0, SECOND / 2), new RuleStatus(59, 59, 0, 60 * SECOND)),
        first.rules());
    assertEquals(-1, first.deniedBy());
    limiter.tryAcquire();
    DetailedDecision denied = limiter.decideInDetail(1);
    assertFalse(denied.admitted());
    assertEquals(0, denied.deniedBy());
    assertEquals(SECOND / 2, denied.rules().get(0).waitNanos());
    assertEquals(0, denied.rules().get(1).waitNanos());
  }

  @Test
  void decideInDetail_callsForMany_areCountedByTheirWeight() {
    AllOf limiter =
        AllOf.of(List.of(Gcra.create(Rate.perMinute(60), 60, clock)), 5); // 5 permits a call
    RuleStatus rule = limiter.decideInDetail(2).rules().get(0);
    assertEquals(50, rule.remaining());
    assertEquals(5, rule.calls());
  }

  @Test
  void inDetail_ofAGate_knowsTheConcurrency() {
    Gate gate = Limits.parse("60/hour, 1 concurrent, 3/second").newGate(clock);
    try (Permit open = gate.tryEnter();
        Permit denied = gate.tryEnter()) {
      assertTrue(open.granted());
      DetailedDecision told = gate.inDetail(denied.decision(), 1);
      assertEquals(1, told.deniedBy());
      assertEquals(new RuleStatus(0, 0, Decision.NEVER, 0), told.rules().get(1));
      assertEquals(2, told.rules().get(2).remaining());
      assertEquals(told, gate.inDetailEach(denied.decision(), 1, 1, 1));
    }
  }

  @Test
  void inDetail_callersInLine_waitIsThatOfTheLine() {
    for (String text : List.of("2/minute", "2/minute sliding-log", "2/minute, 3/hour")) {
      RateLimiter limiter = Limits.parse(text).newRateLimiter(clock);
      limiter.tryAcquire(2);
      limiter.acquireAsync(1, Duration.ofHours(1));
      DetailedDecision told = limiter.decideInDetail(1);
      assertFalse(told.admitted());
      assertEquals(
          told.decision().retryAfterNanos(), told.rules().get(told.deniedBy()).waitNanos(), text);
      assertTrue(told.decision().retryAfterNanos() >= 30 * SECOND, text);
    }
  }

  @Test
  void inDetail_logWithAPenalty_countsFromItsEnd() {
    SlidingLog log = SlidingLog.create(List.of(Rate.perSecond(2), Rate.perMinute(3)), clock);
    log.tryAcquire(2);
    log.penalize(Duration.ofSeconds(10));
    DetailedDecision told = log.decideInDetail(2);
    assertEquals(
        List.of(
            new RuleStatus(0, 0, 10 * SECOND, 10 * SECOND),
            new RuleStatus(0, 0, 60 * SECOND, 60 * SECOND)),
        told.rules());
    assertEquals(1, told.deniedBy());
    assertEquals(Decision.NEVER, log.decideInDetail(3).rules().get(0).waitNanos());
  }

  @Test
  void inDetail_shadowMode_nothingWaits() {
    CountingLimiter counting = CountingLimiter.of(Limits.parse("1/hour").newRateLimiter(clock));
    counting.shadow(true);
    counting.tryAcquire();
    for (RateLimiter limiter : List.of(counting, AllOf.of(counting))) {
      DetailedDecision told = limiter.decideInDetail(1);
      assertTrue(told.admitted());
      assertEquals(0, told.rules().get(0).waitNanos());
    }
    assertEquals(2, counting.denied());
    counting.shadow(false);
    assertEquals(3_600 * SECOND, counting.decideInDetail(1).rules().get(0).waitNanos());
  }

  @Test
  void inDetail_unlimitedAndBlocked_areOneRule() {
    assertEquals(
        List.of(new RuleStatus(Long.MAX_VALUE, Long.MAX_VALUE, 0, 0)),
        RateLimiter.unlimited(clock).decideInDetail(3).rules());
    assertEquals(
        List.of(new RuleStatus(0, 0, Decision.NEVER, 0)),
        Limits.parse("blocked").newRateLimiter(clock).decideInDetail(1).rules());
  }

  @Test
  void decideInDetail_keyWithoutRoom_speaksOfTheSharedLimiter() {
    for (String text : List.of("5/hour", "5/hour, 6/day", "5/hour sliding-log")) {
      KeyedLimiter<String> keys = KeyedLimiter.<String>builder(Limits.parse(text), clock)
          .maxKeys(1)
          .whenFull(OverflowPolicy.share(Limits.parse("3/hour")))
          .build();
      for (int i = 0; i < 64; i++) {
        keys.tryAcquire("key " + i); // more than there is room for
      }
      DetailedDecision told = keys.decideInDetail("another", 1);
      assertFalse(told.admitted());
      assertEquals(1_200 * SECOND, told.rules().get(0).waitNanos(), text);
    }
  }

  @Test
  void inDetail_keyWithAPenalty_waitsForItsEnd() {
    for (String text : List.of("5/second, 60/hour", "5/second sliding-log")) {
      KeyedLimiter<String> keys =
          KeyedLimiter.<String>builder(Limits.parse(text), clock).build();
      keys.penalize("key", Duration.ofSeconds(9));
      DetailedDecision told = keys.decideInDetail("key", 1);
      assertEquals(9 * SECOND, told.rules().get(told.deniedBy()).waitNanos(), text);
    }
  }

  @Test
  void decision_retryAfter_isEmptyIfAdmittedOrNever() {
    RateLimiter limiter = Limits.parse("2/minute").newRateLimiter(clock);
    assertEquals(Optional.empty(), limiter.decide(2).retryAfter());
    assertFalse(limiter.peek(2).isNever());
    assertEquals(Optional.of(Duration.ofSeconds(30)), limiter.decide(1).retryAfter());
    assertEquals(Optional.empty(), limiter.decide(3).retryAfter());
    assertTrue(limiter.decide(3).isNever());
  }

  @Test
  void constructor_partsThatDoNotFit_areRefused() {
    Decision admitted = Decision.admitted(1, 0);
    Decision denied = Decision.denied(0, 5, 5, 0);
    List<RuleStatus> one = List.of(new RuleStatus(1, 1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new DetailedDecision(admitted, 0, one));
    assertThrows(IllegalArgumentException.class, () -> new DetailedDecision(denied, 1, one));
    assertThrows(
        IllegalArgumentException.class, () -> new DetailedDecision(admitted, -1, List.of()));
    // The race that denied the call is over.
    assertEquals(List.of(new RuleStatus(0, 0, 5, 5)), new DetailedDecision(denied, 0, one).rules());
  }
}
