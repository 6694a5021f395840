package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Debts are exact, however large, and whoever waits in line waits for them; each by what broke once. */
class DebtTest {
  private static final Duration CENTURY = Duration.ofDays(36_500);
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final ManualClock clock = ManualClock.create();

  /** Rates whose ticks are so fine that a word holds a few bursts of debt, and how much is charged. */
  private record Case(Rate rate, long permits) {
    /** The wait until a limiter that was full owes nothing any more; rounded up to the ns. */
    long nanos() {
      BigInteger owed = BigInteger.valueOf(permits - rate.permits());
      BigInteger[] nanos = owed.multiply(BigInteger.valueOf(rate.periodNanos()))
          .divideAndRemainder(BigInteger.valueOf(rate.permits()));
      return nanos[0].longValueExact() + nanos[1].signum();
    }
  }

  private static final List<Case> CASES = List.of(
      new Case(Rate.perMinute(999_983), 999_983L * 60),
      new Case(Rate.perHour(7_919), 7_919L * 1_000 + 1),
      new Case(Rate.perSecond(1_000_003), 1_000_003L * 3_600),
      new Case(Rate.perSecond(999_999_937), 999_999_937L * 86_400 + 12_345),
      new Case(Rate.perSecond(7_777_777), 7_777_777L * 5_000_000_000L),
      new Case(Rate.perMinute(480), 480L * 60 * 24 * 365 * 40));

  @Test
  void acquireForced_moreThanAWordHolds_isExact() {
    for (Case each : CASES) {
      Gcra gcra = Gcra.create(each.rate, clock);
      assertEquals(each.nanos(), gcra.acquireForced(each.permits), gcra::toString);
      assertAdmitsFrom(each.nanos(), gcra);
    }
  }

  @Test
  void settle_forMoreThanAWordHolds_isExact() {
    for (Case each : CASES) {
      Gcra gcra = Gcra.create(each.rate, clock);
      Reservation one = gcra.reserve(1, Duration.ZERO);
      assertTrue(one.settle(each.permits));
      assertAdmitsFrom(each.nanos(), gcra);
    }
  }

  @Test
  void stepwise_acquireForced_moreThanAWordHolds_isExact() {
    for (Case each : CASES) {
      TokenBucket bucket = TokenBucket.stepwise(each.rate, clock);
      long steps = (each.permits - 1) / each.rate.permits();
      assertEquals(
          steps * each.rate.periodNanos(), bucket.acquireForced(each.permits), bucket::toString);
      assertAdmitsFrom(steps * each.rate.periodNanos(), bucket);
    }
  }

  /** Nothing is admitted before, and 0 permits are from then on: the level is 0. */
  private void assertAdmitsFrom(long nanos, RateLimiter limiter) {
    long now = clock.nanoTime();
    assertEquals(nanos, limiter.peek(0).retryAfterNanos(), limiter::toString);
    assertFalse(limiter.tryAcquireAt(now + nanos - 1, 0), limiter::toString);
    assertTrue(limiter.tryAcquireAt(now + nanos, 0), limiter::toString);
  }

  @Test
  void reserve_aThousandBurstsAhead_isExact() {
    for (Case each : CASES) {
      Gcra gcra = Gcra.create(each.rate, clock);
      Reservation last = null;
      for (int i = 0; i < 1_000; i++) {
        last = gcra.reserve(each.rate.permits(), FOREVER);
        assertTrue(last.granted());
      }
      assertEquals(999 * each.rate.periodNanos(), last.waitNanos(), gcra::toString);
      assertEquals(999, gcra.waiters());
    }
  }

  @Test
  void acquireForced_upTo287Years_isCounted_andBeyondIsNeverForGood() {
    long years = Checks.LONGEST >> 7 << 7; // whole ticks
    Gcra slow = Gcra.create(Rate.ofNanos(1, years), clock);
    assertEquals(years, slow.acquireForced(2));
    clock.advanceNanos(1);
    assertEquals(Decision.NEVER, slow.acquireForced(1));
    clock.advanceNanos(years);
    assertEquals(Decision.NEVER, slow.peek().retryAfterNanos());
    assertFalse(slow.tryAcquire());
    slow.refund(Long.MAX_VALUE);
    slow.penalize(Duration.ofSeconds(1));
    slow.reconfigure(Rate.perSecond(1_000), 1_000);
    assertEquals(Decision.NEVER, slow.peek().retryAfterNanos(), "and stays so");
    slow.reset();
    assertTrue(slow.tryAcquire(1_000));
  }

  @Test
  void acquireForced_ofALogUpTo287Years_isCounted_andBeyondIsNeverForGood() {
    long years = Checks.LONGEST;
    SlidingLog slow = SlidingLog.create(Rate.ofNanos(1, years), clock);
    assertEquals(years, slow.acquireForced(2));
    assertEquals(Decision.NEVER, slow.acquireForced(1));
    clock.advanceNanos(years);
    assertEquals(Decision.NEVER, slow.peek().retryAfterNanos());
    slow.reconfigure(List.of(Rate.perSecond(1_000)));
    assertEquals(Decision.NEVER, slow.peek().retryAfterNanos());
    slow.reset();
    assertTrue(slow.tryAcquire(1_000));
  }

  // Callers in line wait for debts.

  private static List<CompletableFuture<Boolean>> inLine(RateLimiter limiter, long permits) {
    List<CompletableFuture<Boolean>> line = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      line.add(limiter.acquireAsync(permits, CENTURY));
    }
    return line;
  }

  private static long admitted(List<CompletableFuture<Boolean>> line) {
    return line.stream().filter(each -> each.getNow(false)).count();
  }

  private static long refused(List<CompletableFuture<Boolean>> line) {
    return line.stream().filter(each -> !each.getNow(true)).count();
  }

  /** What was more than the word holds was cut, and all of them were let go at once. */
  @Test
  void acquireForced_beyond287Years_letsNobodyInLineGo() {
    for (long permits : new long[] {Long.MAX_VALUE / 2, Long.MAX_VALUE}) {
      for (boolean settle : new boolean[] {false, true}) {
        Rate rate = Rate.perHour(1_000);
        for (RateLimiter limiter : List.of(
            Gcra.create(rate, clock),
            TokenBucket.stepwise(rate, clock),
            SlidingLog.create(rate, clock))) {
          Reservation unknownCost = limiter.reserve(1_000, Duration.ZERO);
          List<CompletableFuture<Boolean>> line = inLine(limiter, 1_000);
          if (settle) {
            assertTrue(unknownCost.settle(permits));
          } else {
            assertEquals(Decision.NEVER, limiter.acquireForced(permits));
          }
          assertEquals(20, refused(line), "known to be too late");
          assertThrows(RejectedExecutionException.class, () -> limiter.acquire(1));
          assertEquals(0, limiter.waiters());
        }
      }
    }
  }

  @Test
  void acquireForced_whileCallersAreInLine_isPaidBeforeTheFirstIsAdmitted() {
    Rate rate = Rate.perSecond(1_000_000);
    for (RateLimiter limiter : List.of(
        Gcra.create(rate, clock),
        TokenBucket.stepwise(rate, clock),
        AllOf.of(Gcra.create(rate, clock), Gcra.create(Rate.perDay(1_000_000_000L), clock)))) {
      limiter.drain();
      List<CompletableFuture<Boolean>> line = inLine(limiter, 1_000_000);
      clock.advance(Duration.ofSeconds(3));
      assertEquals(3, admitted(line));
      assertEquals(Duration.ofSeconds(5).toNanos(), limiter.acquireForced(5_000_000));
      clock.advance(Duration.ofSeconds(6).minusNanos(1));
      assertEquals(3, admitted(line), limiter::toString);
      clock.advanceNanos(1);
      assertEquals(4, admitted(line), limiter::toString);
      clock.advance(Duration.ofSeconds(16));
      assertEquals(20, admitted(line));
    }
  }

  @Test
  void acquireForced_makingCallersInLineTooLate_refusesThemAtOnce() {
    Gcra gcra = Gcra.create(Rate.perSecond(1), clock);
    gcra.drain();
    CompletableFuture<Boolean> patient = gcra.acquireAsync(1, CENTURY);
    CompletableFuture<Boolean> short3 = gcra.acquireAsync(1, Duration.ofSeconds(3));
    CompletableFuture<Boolean> last = gcra.acquireAsync(1, Duration.ofSeconds(4));
    assertEquals(Duration.ofSeconds(2).toNanos(), gcra.acquireForced(2));
    assertFalse(short3.getNow(true), "due at 4 s now");
    assertFalse(last.isDone(), "it has moved up to 4 s");
    clock.advance(Duration.ofSeconds(3));
    assertTrue(patient.getNow(false));
    clock.advance(Duration.ofSeconds(1));
    assertTrue(last.getNow(false));
  }

  @Test
  void reconfigure_toLessThanTheyAskFor_letsNobodyInLineGo() {
    Gcra gcra = Gcra.create(Rate.perSecond(1_000_000), clock);
    gcra.drain();
    List<CompletableFuture<Boolean>> line = inLine(gcra, 1_000_000);
    gcra.reconfigure(Rate.perDay(1), 1); // an emergency brake
    assertEquals(20, refused(line));
    assertEquals(0, gcra.waiters());
  }

  /** Only a part of the debt was charged, and all in line were let go. */
  @Test
  void acquireForced_ofALogBeyond287Years_letsNobodyInLineGo() {
    SlidingLog log = SlidingLog.create(Rate.of(5, Duration.ofDays(366)), clock);
    log.drain();
    List<CompletableFuture<Boolean>> line = inLine(log, 1);
    assertEquals(0, admitted(line) + refused(line));
    assertEquals(Decision.NEVER, log.acquireForced(3_000)); // 600 years
    assertEquals(20, refused(line));
  }

  // Debts of a log take no longer to charge the larger they are. (These took quadratic time.)

  @Test
  void acquireForced_ofALogForAnyNumberOfPermits_ends() {
    for (long permits : new long[] {1L << 40, Long.MAX_VALUE}) {
      for (long limit : new long[] {1, 10, 1_000_000}) {
        SlidingLog log = SlidingLog.create(Rate.ofNanos(limit, 1), clock);
        long periods = (permits - 1) / limit;
        long expected = periods > Checks.LONGEST ? Decision.NEVER : periods;
        assertEquals(expected, log.acquireForced(permits), log::toString);
      }
    }
  }

  @Test
  void acquireForced_ofALogAgainAndAgain_paysEachAfterTheOther() {
    SlidingLog log = SlidingLog.create(Rate.perSecond(5), clock);
    for (int i = 1; i <= 100_000; i++) {
      assertEquals(i * 1_000_000_000L, log.acquireForced(i == 1 ? 10 : 5));
      assertFalse(log.peek().admitted());
    }
    clock.advance(Duration.ofSeconds(100_000));
    assertFalse(log.tryAcquire(), "of the last 5");
    clock.advance(Duration.ofSeconds(1));
    assertTrue(log.tryAcquire(5));
  }

  /** Each change priced the rest of the penalty as if it were a backlog. */
  @Test
  void penalize_thenChangesOfTheRate_isNoDebt() {
    Gcra gcra = Gcra.create(Rate.perSecond(1_000), 1, clock);
    gcra.penalize(Duration.ofMinutes(10));
    for (Rate rate : List.of(Rate.perSecond(1_000), Rate.perSecond(1), Rate.perDay(1))) {
      gcra.reconfigure(rate, 1);
      assertEquals(Duration.ofMinutes(10).toNanos(), gcra.peek().retryAfterNanos());
    }
    clock.advance(Duration.ofMinutes(10));
    assertTrue(gcra.tryAcquire());
  }
}
