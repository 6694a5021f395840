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

  private static void assertGranted(CompletableFuture<Reservation> future) {
    assertTrue(future.isDone(), "waits");
    assertTrue(future.join().granted(), "refused");
  }

  private static void assertRefused(CompletableFuture<Reservation> future) {
    assertTrue(future.isDone(), "waits");
    assertFalse(future.join().granted(), "granted");
  }

  @Test
  void reserve_withoutRoom_isRefusedHoweverLongItMayWait() {
    assertTrue(log.reserve(1, Duration.ZERO).granted());
    assertFalse(log.reserve(2, FOREVER).granted());
    Reservation second = log.reserve(1, FOREVER);
    assertTrue(second.granted());
    assertEquals(0, second.waitNanos());
    Reservation refused = log.reserve(1, FOREVER);
    assertFalse(refused.granted());
    assertEquals(Decision.NEVER, refused.waitNanos());
    assertFalse(refused.cancel());
    assertEquals(millis(1_000), log.peek(2).retryAfterNanos());
  }

  @Test
  void reserve_whileACallerIsInLine_isRefusedThoughThereIsRoom() {
    assertTrue(log.tryAcquire(1));
    CompletableFuture<Reservation> first = log.reserveAsync(2, FOREVER);
    assertFalse(first.isDone());
    assertFalse(log.reserve(1, FOREVER).granted(), "it would overtake");
    first.cancel(false);
    assertTrue(log.reserve(1, FOREVER).granted());
  }

  @Test
  void reserveAsync_waitsUntilTheWindowHasRoom() {
    assertTrue(log.tryAcquire(1));
    clock.advance(Duration.ofMillis(400));
    assertTrue(log.tryAcquire(1));
    CompletableFuture<Reservation> first = log.reserveAsync(1, FOREVER);
    CompletableFuture<Reservation> second = log.reserveAsync(2, FOREVER);
    assertRefused(log.reserveAsync(3, FOREVER));
    assertRefused(log.reserveAsync(1, Duration.ofMillis(2_600).minusNanos(1)));
    assertEquals(millis(2_600), log.peek(1).resetAfterNanos(), "when the second has left");
    CompletableFuture<Reservation> third = log.reserveAsync(1, Duration.ofMillis(2_600));
    assertFalse(third.isDone());
    assertTrue(third.cancel(false));
    assertEquals(millis(2_600), log.peek(1).retryAfterNanos());
    clock.advanceNanos(millis(600) - 1);
    assertFalse(first.isDone());
    clock.advanceNanos(1);
    assertGranted(first);
    assertFalse(log.tryAcquire(1));
    clock.advanceNanos(millis(1_000) - 1);
    assertFalse(second.isDone());
    clock.advanceNanos(1);
    assertGranted(second);
    assertFalse(log.tryAcquire(1));
    clock.advance(Duration.ofMillis(1_000));
    assertTrue(log.tryAcquire(2));
  }

  /** Not when the permits were admitted that were taken back: who waits is served now. */
  @Test
  void cancel_ofTheNewestAdmission_callersInLineCountFromNowOn() {
    Reservation early = log.reserve(2, FOREVER);
    clock.advance(Duration.ofMillis(400));
    CompletableFuture<Reservation> behind = log.reserveAsync(2, FOREVER);
    assertTrue(early.cancel());
    assertGranted(behind);
    assertEquals(millis(1_000), log.peek().retryAfterNanos());
  }

  /** It moved up to 10 and was admitted then: the admission at 20 is another's. */
  @Test
  void cancel_ofACallerThatMovedUp_takesNobodyElsesAdmissionBack() {
    SlidingLog narrow = SlidingLog.create(Rate.ofNanos(2, 10), clock);
    assertTrue(narrow.tryAcquire(2));
    CompletableFuture<Reservation> first = narrow.reserveAsync(2, FOREVER);
    CompletableFuture<Reservation> second = narrow.reserveAsync(1, FOREVER);
    assertTrue(first.cancel(false));
    clock.advanceNanos(20);
    assertTrue(narrow.tryAcquire(1));
    assertTrue(second.join().cancel());
    assertTrue(narrow.tryAcquire(1));
    assertFalse(narrow.tryAcquire(1), "a third within one window");
  }

  /** The same, with nothing admitted since: it gives back what it was charged when it was due. */
  @Test
  void cancel_ofACallerThatMovedUpAndIsTheNewest_givesBack() {
    assertTrue(log.tryAcquire(2));
    CompletableFuture<Reservation> first = log.reserveAsync(2, FOREVER);
    CompletableFuture<Reservation> second = log.reserveAsync(1, FOREVER);
    assertTrue(first.cancel(false));
    clock.advance(Duration.ofMillis(1_500));
    assertEquals(1, log.peek().remaining());
    assertEquals(millis(500), log.peek(2).retryAfterNanos(), "it counts as of 1 s");
    assertTrue(second.join().cancel());
    assertEquals(2, log.peek().remaining());
  }

  /** Whatever changes the time at which one is due. */
  @Test
  void cancel_ofACallerThatWasDueByAChange_givesBack() {
    long later = millis(1_400);
    cancelAfter(later, () -> log.penalize(Duration.ofMillis(1_300)));
    cancelAfter(later, () -> log.reconfigure(List.of(Rate.of(2, Duration.ofMillis(1_200)))));
    cancelAfter(1, () -> log.reconfigure(List.of(Rate.perSecond(3))));
    cancelAfter(1, log::reset);
    cancelAfter(1, () -> assertTrue(log.refund(1)));
  }

  private void cancelAfter(long nanos, Runnable change) {
    clock.advance(Duration.ofSeconds(10));
    log.reconfigure(List.of(Rate.perSecond(2)));
    assertTrue(log.tryAcquire(2));
    CompletableFuture<Reservation> future = log.reserveAsync(1, FOREVER);
    change.run();
    clock.advanceNanos(nanos);
    long before = log.peek().remaining();
    assertTrue(future.join().cancel());
    assertEquals(before + 1, log.peek().remaining());
  }

  /** Though at that reading the caller was still in line: it was admitted since, and is the newest. */
  @Test
  void refund_atAReadingOfLongAgo_takesTheNewestBackBeforeOthersMoveUp() {
    assertTrue(log.tryAcquire(2));
    long early = clock.nanoTime();
    CompletableFuture<Reservation> first = log.reserveAsync(1, FOREVER);
    CompletableFuture<Reservation> second = log.reserveAsync(2, FOREVER);
    clock.advance(Duration.ofMillis(1_500));
    assertGranted(first);
    assertFalse(second.isDone());
    assertTrue(log.refundAt(early, 1));
    assertGranted(second);
  }

  @Test
  void reconfigure_toLessThanACallerInLineAsksFor_refusesItAndThoseBehindMoveUp() {
    log.reconfigure(List.of(Rate.perSecond(5)));
    assertTrue(log.tryAcquire(5));
    CompletableFuture<Reservation> five = log.reserveAsync(5, FOREVER);
    CompletableFuture<Reservation> three = log.reserveAsync(3, FOREVER);
    log.reconfigure(List.of(Rate.perSecond(3)));
    assertRefused(five);
    assertFalse(three.isDone());
    assertEquals(1, log.waiters());
    clock.advance(Duration.ofSeconds(1));
    assertGranted(three);
    assertEquals(0, log.peek().remaining());
    assertEquals(millis(1_000), log.peek(3).retryAfterNanos());
    assertTrue(three.join().cancel());
    assertEquals(3, log.peek().remaining(), "as if they had never been charged");
    assertTrue(log.tryAcquire(3));
    clock.advance(Duration.ofSeconds(1));
    assertEquals(3, log.peek().remaining());
  }

  @Test
  void decide_moreThanTheWindowHoldsWhileACallerIsInLine_isDeniedForever() {
    assertTrue(log.tryAcquire(2));
    assertFalse(log.reserveAsync(1, FOREVER).isDone());
    assertEquals(millis(2_000), log.decide(2).retryAfterNanos());
    assertEquals(Decision.NEVER, log.decide(3).retryAfterNanos());
    assertEquals(Decision.NEVER, log.peek(3).retryAfterNanos());
  }

  @Test
  void cancel_ofACallerInLine_thoseBehindMoveUpAndNothingIsForgotten() {
    assertTrue(log.tryAcquire(2));
    CompletableFuture<Reservation> first = log.reserveAsync(2, FOREVER);
    CompletableFuture<Reservation> second = log.reserveAsync(1, FOREVER);
    assertEquals(millis(2_000), log.peek(1).retryAfterNanos());
    assertTrue(first.cancel(false));
    assertEquals(millis(1_000), log.peek(1).retryAfterNanos());
    assertEquals(millis(2_000), log.peek(2).retryAfterNanos());
    assertTrue(second.cancel(false));
    assertFalse(log.tryAcquire(1));
    assertEquals(millis(1_000), log.peek(1).retryAfterNanos());
  }

  @Test
  void settle_ofTheNewestAdmission_givesTheRestBack_ofAnOlderOneNothing() {
    Reservation older = log.reserve(1, Duration.ZERO);
    clock.advance(Duration.ofMillis(400));
    Reservation newest = log.reserve(1, Duration.ZERO);
    assertTrue(older.settle(0), "closed all the same");
    assertFalse(older.settle(0));
    assertEquals(0, log.peek().remaining());
    assertTrue(newest.settle(0));
    assertFalse(newest.cancel());
    assertEquals(1, log.peek().remaining());
    clock.advance(Duration.ofMillis(600));
    Reservation two = log.reserve(2, Duration.ZERO);
    assertTrue(two.settle(1));
    assertEquals(1, log.peek().remaining());
  }

  @Test
  void settle_ofMoreThanWasReserved_isADebt() {
    Reservation one = log.reserve(1, Duration.ZERO);
    assertTrue(one.settle(4));
    assertEquals(millis(2_000), log.peek().retryAfterNanos(), "2 after a second, then the third");
    assertEquals(millis(3_000), log.peek(2).retryAfterNanos());
    clock.advanceNanos(millis(2_000) - 1);
    assertFalse(log.tryAcquire(1));
    clock.advanceNanos(1);
    assertTrue(log.tryAcquire(1));
    assertFalse(log.tryAcquire(1));
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
  void acquireForced_isADebtUntilTheWindowAloneWouldHaveAdmittedIt() {
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
    CompletableFuture<Reservation> waiting = log.reserveAsync(1, FOREVER);
    log.penalize(Duration.ofMillis(1_500));
    log.penalize(Duration.ofMillis(100));
    assertEquals(millis(1_500), log.peek(1).retryAfterNanos());
    assertEquals(millis(2_500), log.peek(2).retryAfterNanos());
    waiting.cancel(false);
    assertEquals(millis(1_500), log.peek(2).retryAfterNanos());
    clock.advance(Duration.ofMillis(1_500));
    assertTrue(log.tryAcquire(2));
  }

  @Test
  void reconfigure_countsWhatTheLogRemembersAndTimesAnew() {
    assertTrue(log.tryAcquire(2));
    CompletableFuture<Reservation> waiting = log.reserveAsync(2, FOREVER);
    log.reconfigure(List.of(Rate.perSecond(4)));
    assertGranted(waiting);
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
    CompletableFuture<Reservation> waiting = both.reserveAsync(1, FOREVER);
    assertFalse(waiting.isDone());
    assertEquals(1, log.peek().remaining(), "nothing is charged to whom it does not wait for");
    clock.advanceNanos(millis(1_000) - 1);
    assertFalse(waiting.isDone());
    clock.advanceNanos(1);
    assertGranted(waiting);
    assertEquals(1, log.peek().remaining());
    assertTrue(waiting.join().cancel());
    assertEquals(2, log.peek().remaining());
    assertEquals(1, gcra.peek().remaining());
  }
}
