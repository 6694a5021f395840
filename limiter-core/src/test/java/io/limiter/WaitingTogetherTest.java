package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Waiting for several limiters at once, in bulk and by force, by examples. */
class WaitingTogetherTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.create();
  private final Gcra second = Gcra.create(Rate.perSecond(1), clock);
  private final TokenBucket minute = TokenBucket.create(Rate.perMinute(6), 3, clock);
  private final AllOf both = AllOf.of(second, minute);

  @Test
  void reserve_ofSeveral_isGrantedIfAdmittedNowAndNeverLater() {
    Reservation granted = both.reserve(1, FOREVER);
    assertTrue(granted.granted());
    assertEquals(0, granted.waitNanos());
    Reservation refused = both.reserve(1, FOREVER);
    assertFalse(refused.granted());
    assertEquals(1, refused.permits());
    assertEquals(Decision.NEVER, refused.waitNanos());
    assertFalse(refused.cancel());
    assertFalse(refused.settle(0));
    assertEquals(2, minute.peek().remaining(), "charged once");
    assertTrue(granted.cancel());
    assertFalse(granted.cancel());
    assertEquals(1, second.peek().remaining());
    assertEquals(3, minute.peek().remaining());
  }

  @Test
  void reserve_whileCallersAreInLine_isRefused() {
    minute.drain();
    CompletableFuture<Boolean> first = both.acquireAsync(1, FOREVER);
    minute.maxWaiters(0); // which is nothing to those in line at both
    assertFalse(both.reserve(0, FOREVER).granted());
    clock.advance(Duration.ofSeconds(10));
    assertTrue(first.getNow(false));
    assertTrue(both.reserve(0, FOREVER).granted());
  }

  @Test
  void reserve_ofOneMember_waitsAsItsOwnAndCountsAsAWaiter() {
    AllOf alone = AllOf.of(second);
    assertEquals(0, alone.maxWaiters(1) - Integer.MAX_VALUE);
    assertEquals(0, alone.reserve(1, FOREVER).waitNanos());
    Reservation next = alone.reserve(1, FOREVER);
    assertEquals(Duration.ofSeconds(1).toNanos(), next.waitNanos());
    assertEquals(1, alone.waiters());
    assertFalse(alone.reserve(1, FOREVER).granted(), "one may wait");
    assertTrue(next.cancel());
    assertEquals(0, alone.waiters());
  }

  @Test
  void reserve_ofUnlimited_isDueAndHoldsNothing() {
    Reservation reserved = RateLimiter.unlimited(clock).reserve(5, Duration.ZERO);
    assertTrue(reserved.granted());
    assertEquals(0, reserved.waitNanos());
    assertFalse(reserved.settle(1));
    assertFalse(reserved.cancel());
  }

  @Test
  void acquireAsync_refundToTheMemberThatLacks_letsGoAtOnce() {
    minute.drain();
    CompletableFuture<Boolean> joint = both.acquireAsync(1, FOREVER);
    assertFalse(joint.isDone());
    minute.refund(1);
    assertTrue(joint.getNow(false));
  }

  @Test
  void settle_eachWithItsWeight() {
    TokenBucket ten = TokenBucket.create(Rate.perSecond(10), clock);
    AllOf weighted = AllOf.of(List.of(ten, minute), 5, 1);
    Reservation reservation = weighted.reserve(2, FOREVER);
    assertEquals(2, reservation.permits());
    assertEquals("Reservation[2]", reservation.toString());
    assertTrue(reservation.settle(1));
    assertFalse(reservation.settle(1));
    assertEquals(1, weighted.peek().remaining());
    assertEquals(5, ten.peek().remaining());
    assertEquals(2, minute.peek().remaining());
    assertTrue(weighted.reserve(1, FOREVER).settle(3));
    assertEquals(Duration.ofSeconds(1).toNanos(), ten.peek(0).retryAfterNanos(), "a debt");
    assertFalse(weighted.reserve(0, FOREVER).granted(), "while there is a debt");
  }

  @Test
  void acquireAsync_holdsNothingWhileItWaitsAndFinishesWithTheLast() {
    minute.drain();
    second.drain();
    CompletableFuture<Boolean> joint = both.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> own = second.acquireAsync(1, FOREVER);
    clock.advance(Duration.ofSeconds(1));
    assertTrue(own.getNow(false));
    clock.advance(Duration.ofSeconds(8));
    assertTrue(second.tryAcquire(), "a member on its own is not held back");
    assertFalse(joint.isDone());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(joint.getNow(false));
    assertEquals(0, second.peek().remaining());
    assertEquals(0, minute.peek().remaining());
    assertEquals(0, clock.sleepers());
  }

  /** 50 callers wait for 5/second, for which a window of a minute is in the way. */
  @Test
  void acquireAsync_manyOnceALongWindowEnds_keepToTheShortRate() {
    AllOf all = AllOf.of(
        Gcra.create(Rate.perSecond(5), clock),
        TokenBucket.stepwise(Rate.perMinute(100), clock),
        SlidingLog.create(Rate.perSecond(5), clock));
    long[] admitted = new long[1];
    List<Long> times = new ArrayList<>();
    while (all.tryAcquire(5)) {
      admitted[0] += 5;
      clock.advance(Duration.ofSeconds(1));
    }
    assertEquals(100, admitted[0]);
    for (int i = 0; i < 50; i++) {
      all.acquireAsync(1, FOREVER).thenAccept(passed -> times.add(clock.nanoTime()));
    }
    assertFalse(all.tryAcquire(), "nobody overtakes");
    while (times.size() < 50) {
      clock.advance(Duration.ofMillis(10));
    }
    for (int i = 5; i < 50; i++) {
      long nanos = times.get(i) - times.get(i - 5);
      assertTrue(nanos >= Duration.ofSeconds(1).toNanos(), "6 in " + nanos + " ns");
    }
    long all50 = times.get(49) - times.get(0);
    assertEquals(Duration.ofSeconds(9).toNanos(), all50, "and lose no time");
  }

  /** Nobody looks for a long time; then all are admitted who were due by then, each as of its time. */
  @Test
  void acquireAsync_noticedLate_countsAsOfTheTimeAtWhichItWasDue() {
    second.drain();
    minute.reset();
    CompletableFuture<Boolean> first = both.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> next = both.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> last = both.acquireAsync(1, FOREVER);
    clock.advance(Duration.ofMillis(2_500));
    assertTrue(first.getNow(false));
    assertTrue(next.getNow(false));
    assertFalse(last.isDone());
    clock.advance(Duration.ofMillis(500));
    assertTrue(last.getNow(false));
  }

  @Test
  void peek_whileCallersAreInLine_countsThem() {
    second.drain();
    both.acquireAsync(1, FOREVER);
    both.acquireAsync(1, FOREVER);
    assertEquals(Duration.ofSeconds(3).toNanos(), both.peek(1).retryAfterNanos());
    Decision denied = both.decide(1);
    assertEquals(Duration.ofSeconds(3).toNanos(), denied.retryAfterNanos());
    assertEquals(0, denied.remaining());
    assertFalse(both.decideEach(1, 0).admitted());
    assertFalse(both.tryAcquireEach(0, 1));
  }

  @Test
  void tryAcquire_thatCannotComeInTimeBehindThoseInLine_isRefusedAtOnce() {
    second.drain();
    both.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> early = both.acquireAsync(1, Duration.ofMillis(1_999));
    assertFalse(early.join());
    CompletableFuture<Boolean> late = both.acquireAsync(1, Duration.ofSeconds(2));
    both.penalize(Duration.ofSeconds(3));
    assertFalse(late.join(), "the penalty makes it too late");
    assertEquals(1, both.waiters());
  }

  @Test
  void leaving_hasNothingToGiveBackAndLetsThoseBehindMoveUp() {
    second.drain();
    CompletableFuture<Boolean> first = both.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> next = both.acquireAsync(1, FOREVER);
    first.cancel(false);
    assertEquals(3, minute.peek().remaining());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(next.getNow(false));
    assertEquals(2, minute.peek().remaining());
  }

  /** The head is refused where it stands, and nobody is dated before it was first. */
  @Test
  void cancellingTheFirst_theNextCountsFromThen() {
    SlidingLog log = SlidingLog.create(Rate.ofNanos(5, 20), clock);
    AllOf all = AllOf.of(log, Gcra.create(Rate.ofNanos(9, 1), clock));
    log.tryAcquire(4);
    CompletableFuture<Boolean> two = all.acquireAsync(2, FOREVER);
    CompletableFuture<Boolean> one = all.acquireAsync(1, FOREVER);
    clock.advanceNanos(11);
    two.cancel(false);
    assertTrue(one.getNow(false));
    clock.advanceNanos(9);
    assertEquals(4, log.peek().remaining(), "it counts since 11, so until 31");
    clock.advanceNanos(11);
    assertEquals(5, log.peek().remaining());
  }

  @Test
  void awaitReservation_ofSeveral_isSettledByEachMembersRule() {
    minute.drain();
    CompletableFuture<Reservation> future = both.reserveAsync(1, FOREVER);
    clock.advance(Duration.ofSeconds(10));
    Reservation reservation = future.join();
    clock.advance(Duration.ofSeconds(5));
    assertEquals(0, minute.peek().remaining());
    assertTrue(reservation.settle(0));
    assertEquals(1, minute.peek().remaining(), "what it weighs");
    assertEquals(1, second.peek().remaining(), "time has restored that");
  }

  /** Each that is admitted gives back, which lets in the next: callbacks do not nest. */
  @Test
  void chain_ofCallersThatLetInTheNext_needsNoStack() throws InterruptedException {
    both.drain();
    int[] served = {0};
    for (int i = 0; i < 20_000; i++) {
      both.reserveAsync(1, FOREVER).thenAccept(reservation -> {
        served[0]++;
        reservation.cancel();
      });
    }
    Thread small = new Thread(null, () -> clock.advance(Duration.ofSeconds(10)), "small", 1 << 18);
    small.start();
    small.join();
    assertEquals(20_000, served[0]);
    assertEquals(1, both.peek().remaining());
  }

  @Test
  void acquire_byAClockThatAdvancesItself_needsOneThread() throws InterruptedException {
    ManualClock advancing = ManualClock.selfAdvancing();
    AllOf all = AllOf.of(
        Gcra.create(Rate.perSecond(2), advancing), SlidingLog.create(Rate.perMinute(3), advancing));
    for (int i = 0; i < 6; i++) {
      all.acquire();
    }
    assertEquals(Duration.ofSeconds(60).plusMillis(500).toNanos(), advancing.nanoTime());
    assertTrue(all.tryAcquire(1, Duration.ofDays(1)));
    assertFalse(all.tryAcquire(4, Duration.ofDays(1)), "never");
  }

  @Test
  void acquireForced_isADebtOfEachMember() {
    assertEquals(Duration.ofSeconds(20).toNanos(), both.acquireForced(5));
    assertEquals(Duration.ofSeconds(5).toNanos(), second.peek().retryAfterNanos());
    assertEquals(Decision.NEVER, both.acquireForced(1, Duration.ofSeconds(29)), "it would be 30");
    assertEquals(Duration.ofSeconds(5).toNanos(), second.peek().retryAfterNanos(), "not charged");
    both.reset();
    assertEquals(1, both.peek().remaining());
    assertEquals(3, minute.peek().remaining());
  }

  @Test
  void penalize_holdsBackAllMembers() {
    both.penalize(Duration.ofSeconds(2));
    assertEquals(Duration.ofSeconds(2).toNanos(), both.peek().retryAfterNanos());
    assertFalse(second.tryAcquire());
    assertFalse(minute.tryAcquire());
  }

  @Test
  void tryAcquireUpTo_takesWhatThereIs() {
    assertEquals(2, minute.tryAcquireUpTo(2));
    assertEquals(1, minute.tryAcquireUpTo(2));
    assertEquals(0, minute.tryAcquireUpTo(2));
    assertEquals(0, minute.tryAcquireUpTo(0));
    assertThrows(IllegalArgumentException.class, () -> minute.tryAcquireUpTo(-1));
  }

  @Test
  void syncWithServer_onlyTightens() {
    minute.syncWithServer(5, Duration.ofSeconds(1));
    assertEquals(3, minute.peek().remaining());
    minute.syncWithServer(1, Duration.ofSeconds(1));
    assertEquals(1, minute.peek().remaining());
    minute.syncWithServer(0, Duration.ofSeconds(30));
    assertEquals(Duration.ofSeconds(30).toNanos(), minute.peek().retryAfterNanos());
  }

  @Test
  void unlimitedAndBlocked_waitForNothing() throws InterruptedException {
    RateLimiter.unlimited(clock).acquire(1_000);
    assertFalse(RateLimiter.blocked(clock).tryAcquire(1, FOREVER));
  }

  @Test
  void foreignLimiter_thatCannotReserve_saysSo() {
    RateLimiter foreign = new RateLimiter() {
      @Override
      public NanoClock clock() {
        return clock;
      }

      @Override
      public boolean tryAcquireAt(long nanoTime, long permits) {
        return false;
      }

      @Override
      public Decision decideAt(long nanoTime, long permits) {
        return Decision.denied(0, 1, 1, 0);
      }

      @Override
      public Decision peekAt(long nanoTime, long permits) {
        return Decision.denied(0, 1, 1, 0);
      }

      @Override
      public boolean refundAt(long nanoTime, long permits) {
        return false;
      }
    };
    assertThrows(UnsupportedOperationException.class, () -> foreign.acquire(1));
  }
}
