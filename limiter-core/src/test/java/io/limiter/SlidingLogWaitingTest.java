package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Waiting for a sliding log, and changing its windows, by examples. */
class SlidingLogWaitingTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.startingAt(1L << 61);
  private final SlidingLog log = SlidingLog.create(Rate.perSecond(2), clock);

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  @Test
  void reserve_waitsUntilTheWindowHasRoom() {
    assertTrue(log.tryAcquire(1));
    clock.advance(Duration.ofMillis(400));
    assertTrue(log.tryAcquire(1));
    Reservation first = log.reserve(1, FOREVER);
    Reservation second = log.reserve(2, FOREVER);
    assertEquals(millis(600), first.waitNanos());
    assertEquals(millis(1_600), second.waitNanos());
    assertFalse(log.reserve(3, FOREVER).granted());
    assertFalse(log.reserve(1, Duration.ofMillis(2_600).minusNanos(1)).granted());
    assertEquals(millis(2_600), log.peek(1).resetAfterNanos(), "when the second has left");
    assertTrue(log.reserve(1, Duration.ofMillis(2_600)).cancel());
    assertEquals(millis(2_600), log.peek(1).retryAfterNanos());
    clock.advance(Duration.ofMillis(600));
    assertEquals(0, first.waitNanos());
    assertFalse(log.tryAcquire(1));
    clock.advance(Duration.ofMillis(1_000));
    assertEquals(0, second.waitNanos());
    assertFalse(log.tryAcquire(1));
    clock.advance(Duration.ofMillis(1_000));
    assertTrue(log.tryAcquire(2));
  }

  /** Whoever calls admits those whose time has come, also before the line has looked. */
  @Test
  void receipt_ofWhoWasAdmittedBeforeTheLineLooked_isTheTimeItWasDue() {
    assertTrue(log.tryAcquire(2));
    long start = clock.nanoTime();
    long due = start + log.owe(start, 1, Long.MAX_VALUE);
    clock.advance(Duration.ofSeconds(1));
    assertEquals(1, log.peek().remaining());
    log.uncharge(due, 1, log.terms(), log.receipt(log.terms(), 0, 0, 0));
    assertEquals(2, log.peek().remaining());
  }

  /** Not when the permits were admitted that were taken back: who waits is served now. */
  @Test
  void cancel_ofWhoWasDue_thoseBehindCountFromNowOn() {
    Reservation early = log.reserve(2, FOREVER);
    clock.advance(Duration.ofMillis(400));
    Reservation behind = log.reserve(2, FOREVER);
    assertTrue(early.cancel());
    assertEquals(0, behind.waitNanos());
    assertEquals(millis(1_000), log.peek().retryAfterNanos());
  }

  /** It moved up to 10 and was admitted then, though nobody looked: the admission at 20 is another's. */
  @Test
  void cancel_ofWhoMovedUpAndWasDueUnseen_takesNobodyElsesAdmissionBack() {
    SlidingLog narrow = SlidingLog.create(Rate.ofNanos(2, 10), clock);
    assertTrue(narrow.tryAcquire(2));
    Reservation first = narrow.reserve(2, FOREVER);
    Reservation second = narrow.reserve(1, FOREVER);
    assertTrue(first.cancel());
    clock.advanceNanos(20);
    assertTrue(narrow.tryAcquire(1));
    assertTrue(second.cancel());
    assertTrue(narrow.tryAcquire(1));
    assertFalse(narrow.tryAcquire(1), "a third within one window");
  }

  /** The same, with nothing admitted since: it gives back what it was charged when it was due. */
  @Test
  void cancel_ofWhoMovedUpAndWasDueUnseen_givesBack() {
    assertTrue(log.tryAcquire(2));
    Reservation first = log.reserve(2, FOREVER);
    Reservation second = log.reserve(1, FOREVER);
    assertTrue(first.cancel());
    clock.advance(Duration.ofMillis(1_500));
    assertEquals(1, log.peek().remaining());
    assertTrue(second.cancel());
    assertEquals(2, log.peek().remaining());
  }

  /** Whatever changes the time at which one is due: it is known when nobody looks, too. */
  @Test
  void cancel_ofWhoWasDueUnseenAfterAChange_givesBack() {
    long later = millis(1_400);
    cancelUnseen(later, () -> log.penalize(Duration.ofMillis(1_300)));
    cancelUnseen(later, () -> log.reconfigure(List.of(Rate.of(2, Duration.ofMillis(1_200)))));
    cancelUnseen(1, () -> log.reconfigure(List.of(Rate.perSecond(3))));
    cancelUnseen(1, log::reset);
    cancelUnseen(1, () -> assertTrue(log.refund(1)));
  }

  private void cancelUnseen(long nanos, Runnable change) {
    clock.advance(Duration.ofSeconds(10));
    log.reconfigure(List.of(Rate.perSecond(2)));
    assertTrue(log.tryAcquire(2));
    Reservation reservation = log.reserve(1, FOREVER);
    change.run();
    clock.advanceNanos(nanos);
    long before = log.peek().remaining();
    assertTrue(reservation.cancel());
    assertEquals(before + 1, log.peek().remaining());
  }

  /** Though at that reading the one who waits was not due yet: it was since, and is the newest. */
  @Test
  void refund_atAReadingOfLongAgo_takesTheNewestBackBeforeOthersMoveUp() {
    assertTrue(log.tryAcquire(2));
    long early = clock.nanoTime();
    Reservation first = log.reserve(1, FOREVER);
    Reservation second = log.reserve(2, FOREVER);
    clock.advance(Duration.ofMillis(1_500));
    assertEquals(0, first.waitNanos());
    assertEquals(millis(500), second.waitNanos());
    assertTrue(log.refundAt(early, 1));
    assertEquals(0, second.waitNanos());
  }

  @Test
  void withdraw_whoWasAdmittedMeanwhile_isTakenBack() {
    assertTrue(log.tryAcquire(2));
    long start = clock.nanoTime();
    assertEquals(millis(1_000), log.owe(start, 1, Long.MAX_VALUE));
    long receipt = log.receipt(log.terms(), 0, 0, 0);
    clock.advance(Duration.ofSeconds(1));
    assertEquals(1, log.peek().remaining());
    log.withdraw(start, 1, 0, receipt);
    assertEquals(2, log.peek().remaining());
  }

  /** Of five that were reserved, a window of three counts three when they are due. */
  @Test
  void reconfigure_toLessThanIsWaitedFor_fillsTheWindow() {
    log.reconfigure(List.of(Rate.perSecond(5)));
    assertTrue(log.tryAcquire(5));
    Reservation five = log.reserve(5, FOREVER);
    log.reconfigure(List.of(Rate.perSecond(3)));
    assertEquals(millis(1_000), five.waitNanos());
    clock.advance(Duration.ofSeconds(1));
    assertEquals(0, log.peek().remaining());
    assertEquals(millis(1_000), log.peek(3).retryAfterNanos());
    assertEquals(0, five.waitNanos());
    assertTrue(five.cancel());
    assertEquals(3, log.peek().remaining(), "as if they had never been charged");
    assertTrue(log.tryAcquire(3));
    clock.advance(Duration.ofSeconds(1));
    assertEquals(3, log.peek().remaining());
  }

  @Test
  void decide_moreThanTheWindowHoldsWhileSomeoneWaits_isDeniedForever() {
    assertTrue(log.tryAcquire(2));
    assertEquals(millis(1_000), log.reserve(1, FOREVER).waitNanos());
    assertEquals(millis(2_000), log.decide(2).retryAfterNanos());
    assertEquals(Decision.NEVER, log.decide(3).retryAfterNanos());
    assertEquals(Decision.NEVER, log.peek(3).retryAfterNanos());
  }

  @Test
  void cancel_thoseBehindMoveUpAndNothingIsForgotten() {
    assertTrue(log.tryAcquire(2));
    Reservation first = log.reserve(2, FOREVER);
    Reservation second = log.reserve(1, FOREVER);
    assertEquals(millis(2_000), second.waitNanos());
    assertTrue(first.cancel());
    assertEquals(millis(1_000), second.waitNanos());
    assertTrue(second.cancel());
    assertFalse(log.tryAcquire(1));
    assertEquals(millis(1_000), log.peek(1).retryAfterNanos());
  }

  @Test
  void settle_whileWaiting_shrinksInPlace() {
    assertTrue(log.tryAcquire(1));
    clock.advance(Duration.ofMillis(500));
    assertTrue(log.tryAcquire(1));
    Reservation reservation = log.reserve(2, FOREVER);
    assertEquals(millis(1_000), reservation.waitNanos());
    assertTrue(reservation.settle(1));
    assertEquals(millis(500), reservation.waitNanos());
  }

  @Test
  void refund_whileOthersWait_letsThemGo() {
    assertTrue(log.tryAcquire(2));
    CompletableFuture<Boolean> waiting = log.acquireAsync(1, FOREVER);
    assertTrue(log.refund(1));
    assertTrue(waiting.getNow(false));
    assertFalse(log.tryAcquire());
  }

  @Test
  void acquireForced_isAdmittedAheadOfItsTime() {
    assertEquals(0, log.acquireForced(1));
    assertEquals(millis(1_000), log.acquireForced(2));
    assertFalse(log.tryAcquire());
    assertEquals(millis(2_000), log.peek().retryAfterNanos());
    log.reset();
    assertTrue(log.tryAcquire(2));
  }

  @Test
  void penalize_holdsBackAndOnlyTightens() {
    assertTrue(log.tryAcquire(2));
    Reservation reservation = log.reserve(1, FOREVER);
    log.penalize(Duration.ofMillis(1_500));
    log.penalize(Duration.ofMillis(100));
    assertEquals(millis(1_500), reservation.waitNanos());
    reservation.cancel();
    assertEquals(millis(1_500), log.peek(2).retryAfterNanos());
    clock.advance(Duration.ofMillis(1_500));
    assertTrue(log.tryAcquire(2));
  }

  @Test
  void reconfigure_countsWhatTheLogRemembersAndTimesAnew() {
    assertTrue(log.tryAcquire(2));
    Reservation reservation = log.reserve(2, FOREVER);
    log.reconfigure(List.of(Rate.perSecond(4)));
    assertEquals(0, reservation.waitNanos());
    assertFalse(log.tryAcquire());
    log.reconfigure(List.of(Rate.ofNanos(1, millis(3_000)), Rate.perMinute(10)));
    assertEquals(millis(3_000), log.peek().retryAfterNanos());
    assertEquals("SlidingLog[1/3 seconds, 10/minute]", log.toString());
  }

  @Test
  void allOf_withALog_waitsForBoth() {
    Gcra gcra = Gcra.create(Rate.perSecond(1), clock);
    AllOf both = AllOf.of(log, gcra);
    assertTrue(both.tryAcquire());
    Reservation reservation = both.reserve(1, FOREVER);
    assertEquals(millis(1_000), reservation.waitNanos());
    assertTrue(reservation.cancel());
    assertEquals(1, log.peek().remaining());
  }
}
