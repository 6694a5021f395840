package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
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
  void reserve_waitIsTheLongest() {
    assertEquals(0, both.reserve(1, FOREVER).waitNanos());
    Reservation next = both.reserve(1, FOREVER);
    assertEquals(Duration.ofSeconds(1).toNanos(), next.waitNanos());
    minute.drain();
    Reservation third = both.reserve(1, FOREVER);
    assertEquals(Duration.ofSeconds(10).toNanos(), third.waitNanos());
    assertTrue(third.cancel());
    assertFalse(third.cancel());
    assertEquals(Duration.ofSeconds(2).toNanos(), second.peek().retryAfterNanos());
    assertEquals(Duration.ofSeconds(10).toNanos(), minute.peek().retryAfterNanos());
  }

  @Test
  void reserve_oneRefuses_chargesNone() {
    minute.drain();
    Reservation refused = both.reserve(1, Duration.ofSeconds(9));
    assertFalse(refused.granted());
    assertEquals(1, refused.permits());
    assertEquals(Decision.NEVER, refused.waitNanos());
    assertFalse(refused.cancel());
    assertFalse(refused.settle(0));
    assertEquals(1, second.peek().remaining());
  }

  /** Which no member tells that is only asked how long to wait. */
  @Test
  void reserve_oneHasAsManyWaitersAsItMay_chargesNone() {
    for (AllOf members : List.of(both, AllOf.of(minute, second))) {
      minute.maxWaiters(0);
      second.drain();
      minute.drain();
      assertFalse(members.reserve(1, FOREVER).granted());
      minute.maxWaiters(1);
      second.maxWaiters(0);
      assertFalse(members.reserve(1, FOREVER).granted());
      second.maxWaiters(1);
      assertEquals(0, second.waiters() + minute.waiters());
      assertEquals(Duration.ofSeconds(1).toNanos(), second.peek().retryAfterNanos());
      assertEquals(Duration.ofSeconds(10).toNanos(), minute.peek().retryAfterNanos());
    }
  }

  @Test
  void reserve_waitIsJustTheLongestAcceptable_isGranted() {
    minute.drain();
    assertTrue(both.reserve(1, Duration.ofSeconds(10)).granted());
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
    assertEquals("Reservation[2 of 2 limiters]", reservation.toString());
    assertTrue(reservation.settle(1));
    assertFalse(reservation.settle(1));
    assertEquals(1, weighted.peek().remaining());
    assertEquals(5, ten.peek().remaining());
    assertEquals(2, minute.peek().remaining());
  }

  @Test
  void acquireAsync_sleepsForEachMemberAndFinishesWithTheLast() {
    minute.drain();
    second.drain();
    CompletableFuture<Boolean> joint = both.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> behind = second.acquireAsync(1, FOREVER);
    second.refund(1);
    clock.advance(Duration.ofSeconds(1));
    assertTrue(behind.getNow(false));
    assertFalse(joint.isDone());
    clock.advance(Duration.ofSeconds(9));
    assertTrue(joint.getNow(false));
  }

  @Test
  void sleepNanos_isUntilTheFirstMemberThatIsNotDue() {
    minute.drain();
    second.drain();
    for (AllOf each : List.of(both, AllOf.of(minute, second))) {
      Booking joint = (Booking) each.reserve(1, FOREVER);
      assertEquals(Duration.ofSeconds(1).toNanos(), joint.sleepNanos());
      second.refund(1);
      assertEquals(Duration.ofSeconds(10).toNanos(), joint.sleepNanos());
      minute.refund(1);
      assertEquals(0, joint.sleepNanos());
      joint.cancel();
      minute.drain();
      second.drain();
    }
  }

  @Test
  void acquireForced_isADebtOfEachMember() {
    assertEquals(Duration.ofSeconds(20).toNanos(), both.acquireForced(5));
    assertEquals(Duration.ofSeconds(5).toNanos(), second.peek().retryAfterNanos());
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
    assertThrows(IllegalArgumentException.class, () -> minute.tryAcquireUpTo(0));
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

  /** A reservation from outside this package calls nobody back. */
  @Test
  void foreignReservation_isWaitedFor() throws InterruptedException {
    class Foreign implements Reservation {
      private final Reservation reservation = second.reserve(1, FOREVER);

      @Override
      public boolean granted() {
        return reservation.granted();
      }

      @Override
      public long permits() {
        return reservation.permits();
      }

      @Override
      public long waitNanos() {
        return reservation.waitNanos();
      }

      @Override
      public boolean cancel() {
        return reservation.cancel();
      }

      @Override
      public boolean settle(long actualPermits) {
        return reservation.settle(actualPermits);
      }
    }
    second.drain();
    Foreign foreign = new Foreign();
    NanoClock passes = new NanoClock() {
      @Override
      public long nanoTime() {
        return clock.nanoTime();
      }

      @Override
      public void parkNanos(Object blocker, long nanos) {
        clock.advanceNanos(nanos);
      }
    };
    assertTrue(Waiting.await(passes, foreign, clock.nanoTime(), Long.MAX_VALUE, true));
    assertEquals(Duration.ofSeconds(1).toNanos(), clock.nanoTime());
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
    assertThrows(UnsupportedOperationException.class, () -> AllOf.of(foreign).acquire(1));
  }
}
