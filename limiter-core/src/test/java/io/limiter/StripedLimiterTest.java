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

  /** Leases the permits of {@code limiter} to stripes, as two callers that collide do. */
  private void stripe(WordLimiter limiter) {
    Cell c = limiter.cell;
    long tat = c.tat;
    Stripes next = Cell.isFrozen(tat) ? null : Stripes.of(c, tat, clock.nanoTime(), STRIPES, LEASE);
    if (next != null) {
      limiter.publish(c, tat, next);
    }
  }

  /** Null if the permits are all in one place. */
  private static Stripes stripes(WordLimiter limiter) {
    return limiter.cell instanceof Stripes stripes ? stripes : null;
  }

  private void collide() {
    stripe(gcra);
    assertFalse(limiter.tryAcquire(BURST + 1)); // and sees its stripes
  }

  /** What a caller fetched for a stripe, and what it needs to give that back. */
  private final class InHand {
    final Ledger.Mark mark = gcra.mark(); // read before the charge
    final long at = clock.nanoTime();
    final Stripes stripes;
    final Stripes.Lease lease;

    InHand(Stripes stripes, int stripe) {
      this.stripes = stripes;
      this.lease = stripes.fetch(stripe, at, 1);
      assertEquals(LEASE, lease.permits());
    }

    /** Its stripe was called back meanwhile: the lease is given back as any other charge. */
    void landTooLate() {
      assertFalse(stripes.land(lease));
      Ledger.Charge charge = new Ledger.Charge(lease.permits(), at, stripes.end(lease), mark);
      gcra.desk().giveBack(charge, lease.permits());
    }
  }

  /** Takes all that is in the stripes. */
  private void dry() {
    for (int i = 0; i < LEASE; i++) {
      assertTrue(stripes(gcra).spend(0, 1));
      assertTrue(stripes(gcra).spend(1, 1));
    }
  }

  /** Stripes of the limiter with nothing in them. */
  private Stripes dried() {
    collide();
    dry();
    return stripes(gcra);
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
    int[] readings = new int[1];
    NanoClock counting = () -> {
      readings[0]++;
      return START;
    };
    Gcra read = Gcra.create(RATE, BURST, counting);
    stripe(read);
    StripedLimiter striped = new StripedLimiter(read, STRIPES, LEASE);
    assertTrue(striped.tryAcquireAt(START, 1)); // and sees its stripes
    int before = readings[0];
    assertTrue(striped.tryAcquire());
    assertEquals(before, readings[0]);
    assertTrue(striped.tryAcquire(LEASE + 1));
    assertEquals(before + 1, readings[0]);
  }

  @Test
  void toString_oncePermitsAreLeased_saysSo() {
    collide();
    assertEquals("StripedLimiter[" + gcra + ", 2 stripes of 6]", limiter.toString());
  }

  @Test
  void stripe_ofABurstTooSmall_leavesTheLimiterAsItIs() {
    Gcra small = Gcra.create(RATE, 31, clock);
    stripe(small); // a quarter of 31 is less than two leases of 4
    assertEquals(null, stripes(small));
    Gcra enough = Gcra.create(RATE, 32, clock);
    stripe(enough);
    assertEquals("2 stripes of 4", stripes(enough).describe());
  }

  @Test
  void stripe_ofStepsThatTheSharedWordCannotHold_leavesTheBucketAsItIs() {
    TokenBucket window = TokenBucket.stepwise(Rate.perSecond(64), clock);
    stripe(window);
    assertEquals(null, stripes(window));
    TokenBucket roomy = TokenBucket.stepwise(Rate.perSecond(52), 64, clock);
    stripe(roomy);
    assertEquals("2 stripes of 6", stripes(roomy).describe());
  }

  @Test
  void tryAcquire_ofAnother_takesFromEveryStripeBeforeItDenies() {
    collide();
    assertTrue(limiter.tryAcquireAt(0, START, BURST - STRIPES * LEASE)); // all that is shared
    for (int i = 0; i < STRIPES * LEASE; i++) {
      assertTrue(limiter.tryAcquireAt(0, START, 1), "permit " + i);
    }
    assertEquals("2 stripes of 6", stripes(gcra).describe());
    assertFalse(limiter.tryAcquireAt(0, START, 1));
    assertEquals(10, limiter.peek().retryAfterNanos());
  }

  @Test
  void tryAcquire_ofMoreThanIsInOnePlace_callsTheLeasesBack() {
    collide();
    assertTrue(limiter.tryAcquire(BURST));
    assertEquals(null, stripes(gcra));
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
    assertEquals("2 stripes of 6", stripes(gcra).describe());
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
    stripe(awkward);
    clock.advance(Duration.ofDays(36_500));
    assertTrue(stripes(awkward).spend(0, 1));
    assertTrue(stripes(awkward).spend(1, 2));
    assertEquals(BURST - 3, striped.peek().remaining());
    assertFalse(striped.tryAcquire(BURST));
    assertEquals(null, stripes(awkward));
    assertEquals(BURST - 3, striped.peek().remaining());
  }

  @Test
  void lease_thatLandsAfterTheCallBack_isGivenBack() {
    InHand lease = new InHand(dried(), 0);
    gcra.whole(); // calls the leases back
    assertTrue(limiter.tryAcquire(BURST - STRIPES * LEASE - 1 - LEASE));
    assertEquals(0, limiter.peek().remaining());
    lease.landTooLate();
    assertEquals(LEASE, limiter.peek().remaining());
  }

  /** A change of the rate ends all receipts. */
  @Test
  void lease_thatLandsAfterAChangeOfTheRate_isForfeited() {
    InHand lease = new InHand(dried(), 0);
    limiter.reconfigure(RATE, BURST + 1);
    long remaining = limiter.peek().remaining();
    lease.landTooLate();
    assertEquals(remaining, limiter.peek().remaining());
  }

  @Test
  void lease_thatLandsOnceTimeHasRestoredIt_isGone() {
    InHand lease = new InHand(dried(), 0);
    limiter.acquireForced(1);
    clock.advanceNanos(10 * BURST);
    assertTrue(limiter.tryAcquire(BURST));
    lease.landTooLate();
    assertEquals(0, limiter.peek().remaining());
  }

  /** Nothing had been given back before it was charged, so no mark says that it weighs more. */
  @Test
  void lease_thatLandsAfterARefund_givesBackWhatThatLeftOfItsWord() {
    InHand lease = new InHand(dried(), 0);
    gcra.whole();
    limiter.refund(4);
    long remaining = BURST - STRIPES * LEASE - 1 - LEASE + 4;
    assertEquals(remaining, limiter.peek().remaining());
    lease.landTooLate();
    assertEquals(remaining + LEASE + 1 - 4, limiter.peek().remaining());
  }

  /** Found by a property: 20 are given back where a lease of 6 in hand was to return to. */
  @Test
  void lease_thatLandsOnceOthersWereGivenBackToNewStripes_isForfeited() {
    InHand lease = new InHand(dried(), 0);
    limiter.acquireForced(1);
    stripe(gcra);
    assertTrue(limiter.refund(20));
    assertEquals(BURST, limiter.peek().remaining());
    assertTrue(limiter.tryAcquire(10));
    lease.landTooLate();
    assertEquals(BURST - 10, limiter.peek().remaining());
  }

  @Test
  void leases_thatLandAfterTheCallBack_areAllGivenBack() {
    Stripes stripes = dried();
    InHand one = new InHand(stripes, 0);
    InHand other = new InHand(stripes, 1);
    assertFalse(limiter.tryAcquire(BURST)); // calls back
    long remaining = limiter.peek().remaining();
    one.landTooLate();
    stripe(gcra);
    other.landTooLate();
    assertEquals(remaining + 2 * LEASE, limiter.peek().remaining());
    assertEquals(null, stripes(gcra));
  }

  @Test
  void lease_thatLandsAfterTheCallBack_countsWhatOtherStripesHeld() {
    collide();
    assertTrue(stripes(gcra).spend(0, LEASE));
    InHand lease = new InHand(stripes(gcra), 0);
    assertEquals(0, limiter.acquireForced(1));
    assertEquals(BURST - LEASE - 1 - LEASE - 1, limiter.peek().remaining());
    lease.landTooLate();
    assertEquals(BURST - LEASE - 1 - 1, limiter.peek().remaining());
  }

  @Test
  void lease_forAStripeThatIsFull_leavesItOpen() {
    collide();
    assertEquals(0, stripes(gcra).fetch(0, START, 1).permits());
    assertTrue(stripes(gcra).spend(0, LEASE));
    assertEquals(LEASE, stripes(gcra).fetch(0, START, 1).permits());
  }

  @Test
  void lease_whileAnotherIsInHandForTheStripe_takesFromTheSharedWord() {
    collide();
    dry();
    Stripes.Lease first = stripes(gcra).fetch(0, START, 1);
    Stripes.Lease second = stripes(gcra).fetch(0, START, 1);
    assertEquals(LEASE, first.permits());
    assertEquals(0, second.permits());
  }

  @Test
  void refund_ofPermitsThatAreLeased_callsThemBackAndLosesNothing() {
    collide();
    dry();
    assertTrue(limiter.tryAcquireAt(0, START, 3)); // of the shared word, which fills no stripe
    assertTrue(limiter.refund(5));
    assertEquals(null, stripes(gcra));
    assertEquals(BURST - STRIPES * LEASE - 3 + 5, limiter.peek().remaining());
    assertTrue(limiter.refund(BURST));
    assertEquals(BURST, limiter.peek().remaining());
  }

  /** As WaitingTest.cancel_afterARefund: what the refund would have lost is not given back. */
  @Test
  void refund_ofPermitsThatAreLeased_countsForReceipts() {
    collide();
    assertTrue(limiter.tryAcquireAt(0, START, 26));
    Reservation reservation = limiter.reserve(26, Duration.ZERO);
    assertTrue(reservation.granted());
    clock.advanceNanos(200);
    stripe(gcra);
    assertTrue(limiter.refund(26));
    assertEquals(BURST - 6, limiter.peek().remaining());
    stripe(gcra);
    assertTrue(limiter.tryAcquireAt(0, clock.nanoTime(), 26));
    assertTrue(reservation.cancel());
    assertEquals(BURST - 26, limiter.peek().remaining());
  }

  @Test
  void penalize_callsTheLeasesBack() {
    collide();
    limiter.penalize(Duration.ofNanos(50));
    assertFalse(limiter.tryAcquire());
    stripe(gcra);
    assertFalse(limiter.tryAcquire());
    clock.advanceNanos(50);
    assertTrue(limiter.tryAcquire(BURST));
  }

  @Test
  void penalize_ofABucketWithSteps_callsTheLeasesBack() {
    TokenBucket bucket = TokenBucket.stepwise(Rate.ofNanos(8, 10), 64, clock);
    StripedLimiter striped = new StripedLimiter(bucket, STRIPES, LEASE);
    stripe(bucket);
    assertTrue(striped.tryAcquire());
    striped.penalize(Duration.ofNanos(50));
    assertFalse(striped.tryAcquire());
    stripe(bucket);
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
    stripe(gcra);
    assertEquals(null, stripes(gcra));
    assertTrue(reservation.cancel());
    assertEquals(4, limiter.peek().remaining());
  }

  @Test
  void reserve_withoutAWait_callsTheLeasesBack() {
    collide();
    Reservation reservation = limiter.reserve(8, Duration.ZERO);
    assertEquals(0, reservation.waitNanos());
    assertEquals(null, stripes(gcra));
    stripe(gcra);
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
    assertEquals("2 stripes of 6", stripes(gcra).describe());
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
  void allOf_chargesTheLimiterItselfAndCallsTheLeasesBack() {
    collide();
    AllOf all = AllOf.of(List.of(limiter, Gcra.create(RATE, 4, clock)), 1, 1);
    for (int i = 0; i < 4; i++) {
      assertTrue(all.tryAcquire());
    }
    assertFalse(all.tryAcquire());
    assertEquals(BURST - 4, limiter.peek().remaining());
    assertEquals(null, stripes(gcra));
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
    for (WordLimiter each : List.of(gcra, TokenBucket.create(RATE, BURST, clock))) {
      StripedLimiter striped = new StripedLimiter(each, STRIPES, LEASE);
      striped.acquireForced(BURST + 1);
      clock.advanceNanos(10 * 2 * BURST);
      striped.reserve(1, Duration.ZERO);
      striped.tryAcquire(BURST - 1);
      striped.refund(BURST); // cut at the burst
      List<WeakReference<Object>> cells = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        stripe(each);
        assertTrue(stripes(each) != null);
        cells.add(new WeakReference<>(each.cell));
        assertTrue(each.tryAcquireAt(clock.nanoTime(), 1)); // which calls them back
      }
      for (int attempt = 0; cells.stream().anyMatch(cell -> cell.get() != null); attempt++) {
        assertTrue(attempt < 1_000, "kept");
        System.gc();
      }
    }
  }
}
