package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StripedLimiterTest {
  private static final Rate RATE = Rate.ofNanos(1, 10); // a permit every 10 ns
  private static final long BURST = 64;
  private static final int STRIPES = 2;
  private static final long LEASE = 6;
  private static final long START = Long.MAX_VALUE - 30; // wraps

  private final ManualClock clock = ManualClock.startingAt(START);
  private final Gcra gcra = Gcra.create(RATE, BURST, clock);
  private final StripedLimiter limiter = new StripedLimiter(gcra, STRIPES, LEASE);

  private void collide() {
    gcra.stripe(clock.nanoTime(), STRIPES, LEASE);
    assertFalse(limiter.tryAcquire(BURST + 1)); // and sees its stripes
  }

  /** Takes all that is in the stripes. */
  private void dry() {
    for (int i = 0; i < LEASE; i++) {
      assertTrue(gcra.stripes().spend(0, 1));
      assertTrue(gcra.stripes().spend(1, 1));
    }
  }

  /** Stripes of the limiter with nothing in them. */
  private Stripes dried() {
    collide();
    dry();
    return gcra.stripes();
  }

  @Test
  void tryAcquire_whileCallersDoNotCollide_isTheLimiterItself() {
    assertTrue(limiter.tryAcquire(BURST));
    assertFalse(limiter.tryAcquire());
    assertEquals(gcra.peek(7), limiter.decide(7));
    assertEquals("StripedLimiter[" + gcra + ", one word]", limiter.toString());
  }

  @Test
  void refund_ofMoreThanWasTaken_fillsUp() {
    for (int i = 0; i < 2; i++) {
      collide();
      assertTrue(limiter.tryAcquire(5));
      assertTrue(limiter.refund(BURST + 50));
      assertEquals(BURST, limiter.peek().remaining());
      assertEquals(0, limiter.waiters()); // from now on there is a line
    }
  }

  @Test
  void otherVerbs_areThoseOfTheLimiter() {
    Gcra twin = Gcra.create(RATE, BURST, clock);
    collide();
    assertEquals(twin.acquireForced(BURST + 3), limiter.acquireForced(BURST + 3));
    assertEquals(twin.maxWaiters(1), limiter.maxWaiters(1));
    assertEquals(
        twin.reserve(1, Duration.ofDays(1)).waitNanos(),
        limiter.reserve(1, Duration.ofDays(1)).waitNanos());
    assertFalse(limiter.reserve(1, Duration.ofDays(1)).granted());
    assertEquals(1, limiter.waiters());
    twin.reset();
    limiter.reset();
    assertEquals(twin.peek(), limiter.peek());
  }

  @Test
  void tryAcquire_fromAStripe_doesNotReadTheClock() {
    NanoClock broken = () -> {
      throw new AssertionError("read");
    };
    Gcra unread = new Gcra(GcraMath.of(RATE, BURST), 0, GcraMath.FRESH, broken);
    unread.stripe(0, STRIPES, LEASE);
    StripedLimiter striped = new StripedLimiter(unread, STRIPES, LEASE);
    assertTrue(striped.tryAcquireAt(0, 1)); // and sees its stripes
    assertTrue(striped.tryAcquire());
    assertThrows(AssertionError.class, () -> striped.tryAcquire(LEASE + 1));
  }

  @Test
  void toString_oncePermitsAreLeased_saysSo() {
    collide();
    assertEquals("StripedLimiter[" + gcra + ", 2 stripes of 6]", limiter.toString());
  }

  @Test
  void stripe_ofABurstTooSmall_leavesTheLimiterAsItIs() {
    Gcra small = Gcra.create(RATE, 31, clock);
    small.stripe(START, STRIPES, LEASE); // a quarter of 31 is less than two leases of 4
    assertEquals(null, small.stripes());
    Gcra enough = Gcra.create(RATE, 32, clock);
    enough.stripe(START, STRIPES, LEASE);
    assertEquals("2 stripes of 4", enough.stripes().describe());
  }

  @Test
  void stripe_ofStepsThatTheSharedWordCannotHold_leavesTheBucketAsItIs() {
    TokenBucket window = TokenBucket.stepwise(Rate.perSecond(64), clock);
    window.stripe(START, STRIPES, LEASE);
    assertEquals(null, window.stripes());
    TokenBucket roomy = TokenBucket.stepwise(Rate.perSecond(52), 64, clock);
    roomy.stripe(START, STRIPES, LEASE);
    assertEquals("2 stripes of 6", roomy.stripes().describe());
  }

  @Test
  void tryAcquire_ofAnother_takesFromEveryStripeBeforeItDenies() {
    collide();
    assertTrue(limiter.tryAcquireAt(0, START, BURST - STRIPES * LEASE)); // all that is shared
    for (int i = 0; i < STRIPES * LEASE; i++) {
      assertTrue(limiter.tryAcquireAt(0, START, 1), "permit " + i);
    }
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertFalse(limiter.tryAcquireAt(0, START, 1));
    assertEquals(10, limiter.peek().retryAfterNanos());
  }

  @Test
  void tryAcquire_ofMoreThanIsInOnePlace_callsTheLeasesBack() {
    collide();
    assertTrue(limiter.tryAcquire(BURST));
    assertEquals(null, gcra.stripes());
    assertFalse(limiter.tryAcquire());
  }

  @Test
  void tryAcquire_ofMoreThanThereIs_isDeniedAndThenWaitsExactly() {
    collide();
    dry();
    Decision denied = limiter.decide(BURST);
    assertEquals(STRIPES * LEASE * 10, denied.retryAfterNanos());
    clock.advanceNanos(denied.retryAfterNanos() - 1);
    assertFalse(limiter.tryAcquire(BURST));
    clock.advanceNanos(1);
    assertTrue(limiter.tryAcquire(BURST));
  }

  @Test
  void tryAcquire_ofMoreThanTheBurst_isNeverAdmittedAndCallsNothingBack() {
    collide();
    assertEquals(Decision.NEVER, limiter.decide(BURST + 1).retryAfterNanos());
    assertFalse(limiter.tryAcquireAt(START, BURST + 1));
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(-1));
    assertThrows(IllegalArgumentException.class, () -> limiter.refund(-1));
  }

  /** Found by a property: time had restored what was then spent from stripes, and did so again. */
  @Test
  void callBack_afterLeasesWereSpentFromFull_restoresNothingTwice() {
    collide();
    clock.advanceNanos(20);
    assertTrue(limiter.tryAcquire()); // from a stripe, while the shared word is full
    assertEquals(BURST - 1, limiter.peek().remaining());
    assertFalse(limiter.tryAcquire(BURST));
    assertTrue(limiter.tryAcquire(BURST - 1));
  }

  @Test
  void callBack_yearsAfterTheLastLease_restoresNothingTwice() {
    Gcra awkward = Gcra.create(Rate.perSecond(999_983), BURST, clock);
    StripedLimiter striped = new StripedLimiter(awkward, STRIPES, LEASE);
    awkward.stripe(START, STRIPES, LEASE);
    clock.advance(Duration.ofDays(36_500));
    assertTrue(awkward.stripes().spend(0, 1));
    assertTrue(awkward.stripes().spend(1, 2));
    assertEquals(BURST - 3, striped.peek().remaining());
    assertFalse(striped.tryAcquire(BURST));
    assertEquals(null, awkward.stripes());
    assertEquals(BURST - 3, striped.peek().remaining());
  }

  @Test
  void lease_thatLandsAfterTheCallBack_isGivenBackOnce() {
    Stripes stripes = dried();
    Stripes.Lease lease = stripes.fetch(0, START, 1);
    assertEquals(LEASE, lease.permits());
    assertTrue(limiter.tryAcquire(BURST - STRIPES * LEASE - 1 - LEASE));
    limiter.reconfigure(RATE, BURST);
    assertEquals(0, limiter.peek().remaining());
    assertFalse(stripes.land(lease));
    gcra.giveBack(stripes, lease);
    assertEquals(LEASE, limiter.peek().remaining());
  }

  @Test
  void lease_thatLandsAfterTheCallBack_takesNoLockIfNobodyEverWaited() {
    Stripes stripes = dried();
    Stripes.Lease lease = stripes.fetch(0, START, 1);
    assertTrue(gcra.tryAcquire(1)); // which calls the leases back
    assertFalse(stripes.land(lease));
    long before = gcra.peek().remaining();
    gcra.giveBack(stripes, lease);
    assertEquals(before + LEASE, gcra.peek().remaining());
    assertEquals(null, gcra.lineIfAny());
  }

  @Test
  void lease_thatLandsOnceTimeHasRestoredIt_isGone() {
    Stripes stripes = dried();
    Stripes.Lease lease = stripes.fetch(0, START, 1);
    limiter.acquireForced(1);
    clock.advanceNanos(10 * BURST);
    assertTrue(limiter.tryAcquire(BURST));
    assertFalse(stripes.land(lease));
    gcra.giveBack(stripes, lease);
    assertEquals(0, limiter.peek().remaining());
  }

  @Test
  void lease_thatLandsOnceOthersWereGivenBack_isForfeited() {
    Stripes stripes = dried();
    Stripes.Lease lease = stripes.fetch(0, START, 1);
    limiter.reconfigure(RATE, BURST);
    clock.advanceNanos(1);
    limiter.refund(1);
    long remaining = limiter.peek().remaining();
    assertFalse(stripes.land(lease));
    gcra.giveBack(stripes, lease);
    assertEquals(remaining, limiter.peek().remaining());
  }

  /** Found by a property: 8, 6 and 6 are given back where a lease of 6 in hand was to return to. */
  @Test
  void lease_thatLandsOnceOthersWereGivenBackToNewStripes_isForfeited() {
    Stripes stripes = dried();
    Stripes.Lease lease = stripes.fetch(0, START, 1);
    limiter.acquireForced(1);
    gcra.stripe(START, STRIPES, LEASE);
    assertTrue(limiter.refundAt(0, START, 6));
    assertTrue(limiter.refundAt(1, START, 6));
    assertTrue(limiter.refundAt(0, START, 8));
    assertEquals(BURST, limiter.peek().remaining());
    assertTrue(limiter.tryAcquire(10));
    assertFalse(stripes.land(lease));
    gcra.giveBack(stripes, lease);
    assertEquals(BURST - 10, limiter.peek().remaining());
  }

  @Test
  void leases_thatLandAfterTheCallBack_areAllGivenBack() {
    Stripes stripes = dried();
    Stripes.Lease one = stripes.fetch(0, START, 1);
    Stripes.Lease other = stripes.fetch(1, START, 1);
    assertFalse(limiter.tryAcquire(BURST)); // calls back
    long remaining = limiter.peek().remaining();
    assertFalse(stripes.land(one));
    gcra.giveBack(stripes, one);
    gcra.stripe(START, STRIPES, LEASE);
    assertFalse(stripes.land(other));
    gcra.giveBack(stripes, other);
    assertEquals(remaining + one.permits() + other.permits(), limiter.peek().remaining());
    assertEquals(null, gcra.stripes());
  }

  @Test
  void lease_thatLandsAfterTheCallBack_countsWhatOtherStripesHeld() {
    collide();
    assertTrue(gcra.stripes().spend(0, LEASE));
    Stripes stripes = gcra.stripes();
    Stripes.Lease lease = stripes.fetch(0, START, 1);
    assertEquals(LEASE, lease.permits());
    assertEquals(0, limiter.acquireForced(1));
    assertFalse(stripes.land(lease));
    assertEquals(BURST - LEASE - 1 - LEASE - 1, limiter.peek().remaining());
    gcra.giveBack(stripes, lease);
    assertEquals(BURST - LEASE - 1 - 1, limiter.peek().remaining());
  }

  @Test
  void lease_forAStripeThatIsFull_leavesItOpen() {
    collide();
    assertEquals(0, gcra.stripes().fetch(0, START, 1).permits());
    assertTrue(gcra.stripes().spend(0, LEASE));
    assertEquals(LEASE, gcra.stripes().fetch(0, START, 1).permits());
  }

  @Test
  void lease_whileAnotherIsInHandForTheStripe_takesFromTheSharedWord() {
    collide();
    dry();
    Stripes.Lease first = gcra.stripes().fetch(0, START, 1);
    Stripes.Lease second = gcra.stripes().fetch(0, START, 1);
    assertEquals(LEASE, first.permits());
    assertEquals(0, second.permits());
  }

  @Test
  void refund_goesWhereThereIsRoom_andNowhereIfThereIsNone() {
    collide();
    assertTrue(limiter.tryAcquire(3));
    assertTrue(limiter.refund(3));
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertEquals(BURST, limiter.peek().remaining());
    assertTrue(limiter.refund(3));
    assertEquals(BURST, limiter.peek().remaining());
  }

  @Test
  void refund_ofAllThatIsMissingInOnePlace_leavesTheLeases() {
    collide();
    assertTrue(limiter.tryAcquireAt(0, START, 20)); // of what is shared
    assertTrue(limiter.refundAt(0, START, 20));
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertTrue(limiter.tryAcquireAt(0, START, 27));
    assertTrue(limiter.refundAt(0, START, 20));
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertEquals(BURST - 7, limiter.peek().remaining());
  }

  @Test
  void refund_ofMoreThanIsMissingInOnePlace_losesNothing() {
    collide();
    dry();
    assertTrue(limiter.refundAt(0, START, 6));
    Stripes.Lease lease =
        gcra.stripes().fetch(0, START, 3); // as stripe 0 is full, of the shared word
    assertEquals(0, lease.permits());
    assertTrue(limiter.refundAt(0, START, 6)); // 6 are missing in a stripe, and 3 of what is shared
    assertEquals(BURST - 3, limiter.peek().remaining());
  }

  /** As WaitingTest.cancel_afterARefund: what the refund would have lost is not given back. */
  @Test
  void refund_toStripesOnceSomebodyWaited_countsForReceipts() {
    collide();
    assertEquals(0, limiter.waiters()); // from now on there is a line
    assertTrue(limiter.tryAcquireAt(0, START, 26));
    Reservation reservation = limiter.reserve(26, Duration.ZERO);
    assertTrue(reservation.granted());
    clock.advanceNanos(200);
    assertTrue(limiter.refundAt(0, clock.nanoTime(), 26));
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertEquals(BURST - 6, limiter.peek().remaining());
    assertTrue(limiter.tryAcquireAt(0, clock.nanoTime(), 26));
    assertTrue(reservation.cancel());
    assertEquals(BURST - 26, limiter.peek().remaining());
  }

  @Test
  void penalize_callsTheLeasesBack() {
    collide();
    limiter.penalize(Duration.ofNanos(50));
    assertFalse(limiter.tryAcquire());
    gcra.stripe(clock.nanoTime(), STRIPES, LEASE);
    assertFalse(limiter.tryAcquire());
    clock.advanceNanos(50);
    assertTrue(limiter.tryAcquire(BURST));
  }

  @Test
  void penalize_ofABucketWithSteps_callsTheLeasesBack() {
    TokenBucket bucket = TokenBucket.stepwise(Rate.ofNanos(8, 10), 64, clock);
    StripedLimiter striped = new StripedLimiter(bucket, STRIPES, LEASE);
    bucket.stripe(START, STRIPES, LEASE);
    assertTrue(striped.tryAcquire());
    striped.penalize(Duration.ofNanos(50));
    assertFalse(striped.tryAcquire());
    bucket.stripe(START, STRIPES, LEASE);
    assertFalse(striped.tryAcquire());
    clock.advanceNanos(50);
    assertTrue(striped.tryAcquire());
  }

  @Test
  void reserve_withAWait_callsTheLeasesBackAndIsServedInOrder() {
    collide();
    assertTrue(limiter.tryAcquire(BURST - 4));
    Reservation reservation = limiter.reserve(8, Duration.ofNanos(1_000));
    assertEquals(40, reservation.waitNanos());
    assertFalse(limiter.tryAcquire());
    gcra.stripe(clock.nanoTime(), STRIPES, LEASE);
    assertEquals(null, gcra.stripes());
    assertTrue(reservation.cancel());
    assertEquals(4, limiter.peek().remaining());
  }

  @Test
  void reserve_withoutAWait_leavesTheLeases() {
    collide();
    Reservation reservation = limiter.reserve(8, Duration.ZERO);
    assertEquals(0, reservation.waitNanos());
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertTrue(reservation.cancel());
    assertEquals(BURST, limiter.peek().remaining());
  }

  @Test
  void reconfigure_leavesSpentWhatWasSpent() {
    collide();
    assertTrue(limiter.tryAcquire(4));
    limiter.reconfigure(Rate.ofNanos(1, 5), 128);
    assertEquals(128, limiter.burst());
    assertEquals(Rate.ofNanos(1, 5), limiter.rate());
    assertEquals(128 - 4, limiter.peek().remaining());
  }

  @Test
  void noPermits_areAdmittedAndCallNothingBack() {
    collide();
    Decision said = limiter.peek();
    assertTrue(limiter.tryAcquire(0));
    assertTrue(limiter.decide(0).admitted());
    assertTrue(limiter.refund(0));
    assertEquals("2 stripes of 6", gcra.stripes().describe());
    assertEquals(said, limiter.peek());
    limiter.penalize(Duration.ofSeconds(1));
    assertFalse(limiter.tryAcquire(0));
    assertFalse(limiter.decide(0).admitted());
  }

  @Test
  void snapshot_countsWhatIsLeased() {
    collide();
    assertTrue(limiter.tryAcquire(4));
    Snapshot snapshot = limiter.snapshotAt(clock.nanoTime(), Instant.EPOCH);
    StripedLimiter other = Gcra.create(RATE, BURST, clock).striped();
    other.restoreAt(clock.nanoTime(), snapshot, Instant.EPOCH);
    assertEquals(BURST - 4, other.peek().remaining());
  }

  @Test
  void allOf_chargesTheSharedWord() {
    collide();
    AllOf all = AllOf.of(List.of(limiter, Gcra.create(RATE, 4, clock)), 1, 1);
    for (int i = 0; i < 4; i++) {
      assertTrue(all.tryAcquire());
    }
    assertFalse(all.tryAcquire());
    assertEquals(BURST - 4, limiter.peek().remaining());
    assertEquals("2 stripes of 6", gcra.stripes().describe());
  }

  @Test
  void collidingCallers_areStriped_andAdmittedTheBurst() throws InterruptedException {
    long burst = 1 << 22;
    StripedLimiter hot = Gcra.create(Rate.perDay(1), burst, clock).striped();
    long[] admitted = new long[4];
    Thread[] threads = new Thread[admitted.length];
    for (int i = 0; i < threads.length; i++) {
      int me = i;
      threads[i] = new Thread(() -> {
        long mine = 0;
        while (hot.tryAcquire()) {
          mine++;
        }
        admitted[me] = mine;
      });
      threads[i].start();
    }
    long sum = 0;
    for (int i = 0; i < threads.length; i++) {
      threads[i].join();
      sum += admitted[i];
    }
    assertEquals(burst, sum + hot.drain());
  }

  @Test
  void stripesThatWereCalledBack_areKeptByNobody_onceSomebodyHasWaitedAndGivenBack() {
    for (Lender each : List.of(gcra, TokenBucket.create(RATE, BURST, clock))) {
      StripedLimiter striped = new StripedLimiter(each, STRIPES, LEASE);
      striped.acquireForced(BURST + 1);
      clock.advanceNanos(10 * 2 * BURST);
      striped.reserve(1, Duration.ZERO);
      striped.tryAcquire(BURST - 1);
      striped.refund(BURST); // cut at the burst
      List<WeakReference<Object>> cells = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        each.stripe(clock.nanoTime(), STRIPES, LEASE);
        cells.add(new WeakReference<>(each.terms()));
        assertTrue(each.stripes() != null);
        assertTrue(each.tryAcquireAt(clock.nanoTime(), 1)); // which calls them back
      }
      striped.followed();
      for (int attempt = 0; cells.stream().anyMatch(cell -> cell.get() != null); attempt++) {
        assertTrue(attempt < 1_000, "kept");
        System.gc();
      }
    }
  }
}
