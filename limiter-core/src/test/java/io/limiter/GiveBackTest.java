package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is given back mints nothing, and is not lost; each by what broke once. */
class GiveBackTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.create();

  private List<RateLimiter> hundredPerSecond() {
    return List.of(
        Gcra.create(Rate.perSecond(100), clock),
        TokenBucket.create(Rate.perSecond(100), clock),
        TokenBucket.stepwise(Rate.perSecond(100), clock),
        Gcra.create(Rate.perSecond(100), clock).striped(),
        SlidingLog.create(Rate.perSecond(100), clock),
        AllOf.of(
            Gcra.create(Rate.perSecond(100), clock),
            TokenBucket.create(Rate.perDay(9_999), clock)));
  }

  /** A clock whose next reader stalls between the reading and what it does with it. */
  private static final class StallOnce implements NanoClock {
    private final AtomicLong nanoTime = new AtomicLong();
    private volatile Runnable stall; // run by the next reader

    @Override
    public long nanoTime() {
      long reading = nanoTime.get();
      Runnable once = stall;
      stall = null;
      if (once != null) {
        FutureTask<Void> other = new FutureTask<>(once, null); // as a stalled thread has a lock
        new Thread(other).start();
        while (!other.isDone()) {
          Thread.onSpinWait();
        }
      }
      return reading;
    }

    @Override
    public Timer runAfter(long nanos, Runnable task) {
      return () -> {}; // whoever calls serves the line
    }
  }

  /** Of 5 per 5 seconds, all spent at 0. At 10 s 5 are admitted, while a cancel stalls; then 5 more? */
  private static long admittedAtOnce(RateLimiter limiter, StallOnce clock, Runnable cancel) {
    AtomicLong admitted = new AtomicLong();
    clock.stall = () -> {
      clock.nanoTime.set(10 * SECOND);
      admitted.addAndGet(limiter.tryAcquire(5) ? 5 : 0);
    };
    cancel.run();
    return admitted.addAndGet(limiter.tryAcquire(5) ? 5 : 0);
  }

  @Test
  void cancel_stalledAfterItReadTheClock_mintsNothing() {
    StallOnce clock = new StallOnce();
    for (RateLimiter limiter : List.of(
        Gcra.create(Rate.perSecond(1), 5, clock),
        TokenBucket.stepwise(Rate.of(5, Duration.ofSeconds(5)), clock))) {
      clock.nanoTime.set(0);
      assertTrue(limiter.tryAcquire(5));
      Reservation reservation = limiter.reserve(5, FOREVER);
      assertEquals(5 * SECOND, reservation.waitNanos());
      assertEquals(5, admittedAtOnce(limiter, clock, reservation::cancel), limiter::toString);
    }
  }

  @Test
  void cancel_ofAFutureStalledAfterItReadTheClock_mintsNothing() {
    StallOnce clock = new StallOnce();
    Gcra member = Gcra.create(Rate.perSecond(1), 5, clock);
    for (RateLimiter limiter : List.of(
        Gcra.create(Rate.perSecond(1), 5, clock),
        TokenBucket.stepwise(Rate.of(5, Duration.ofSeconds(5)), clock),
        SlidingLog.create(Rate.of(5, Duration.ofSeconds(5)), clock),
        AllOf.of(Gcra.create(Rate.perSecond(10), 100, clock), member))) {
      clock.nanoTime.set(0);
      assertTrue(limiter.tryAcquire(5));
      CompletableFuture<Boolean> future = limiter.acquireAsync(5, FOREVER);
      assertFalse(future.isDone());
      assertEquals(
          5, admittedAtOnce(limiter, clock, () -> future.cancel(false)), limiter::toString);
    }
  }

  /** Charge by charge each of the two would leave a full limiter. */
  @Test
  void cancel_ofTwoWithAPlainCallBetween_mintsNothing() {
    Gcra two = Gcra.create(Rate.perSecond(1), 2, clock);
    Reservation first = two.reserve(1, Duration.ZERO);
    Reservation second = two.reserve(1, Duration.ZERO);
    clock.advance(Duration.ofSeconds(1));
    assertTrue(two.tryAcquire(1));
    first.cancel();
    second.cancel();
    assertEquals(1, two.drain(), "with the plain call two at 1 s");
  }

  /** Of five calls that were reserved at their most, each a second apart, a minute ago. */
  @Test
  void settle_ofWhatTimeRestored_givesNothingBack() {
    for (RateLimiter limiter : hundredPerSecond()) {
      List<Reservation> calls = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        calls.add(limiter.reserve(100, Duration.ZERO));
        assertTrue(calls.get(i).granted());
        clock.advance(Duration.ofSeconds(1));
      }
      clock.advance(Duration.ofSeconds(60));
      long admitted = limiter.drain();
      for (Reservation call : calls) {
        assertTrue(call.settle(1));
        admitted += limiter.drain();
      }
      assertEquals(100, admitted, limiter::toString);
    }
  }

  @Test
  void cancel_ofWhatTimeRestored_givesNothingBack() {
    for (RateLimiter limiter : hundredPerSecond()) {
      Reservation call = limiter.reserve(100, Duration.ZERO);
      clock.advance(Duration.ofSeconds(1));
      long admitted = limiter.drain();
      assertTrue(call.cancel());
      assertEquals(100, admitted + limiter.drain(), limiter::toString);
    }
  }

  /** A log took back whoever was admitted last. */
  @Test
  void settle_ofALogsOlderAdmission_takesNobodyElsesBack() {
    for (boolean settle : new boolean[] {false, true}) {
      SlidingLog log = SlidingLog.create(Rate.perMinute(10), clock);
      Reservation older = log.reserve(10, Duration.ZERO);
      clock.advance(Duration.ofMinutes(1));
      assertEquals(10, log.drain());
      assertTrue(settle ? older.settle(0) : older.cancel());
      assertEquals(0, log.drain());
    }
  }

  @Test
  void cancel_beforeItIsDue_givesAllBackAndThoseBehindMoveUp() {
    for (RateLimiter limiter : List.of(
        Gcra.create(Rate.perSecond(10), clock), TokenBucket.create(Rate.perSecond(10), clock))) {
      limiter.drain();
      Reservation first = limiter.reserve(5, FOREVER);
      Reservation second = limiter.reserve(3, FOREVER);
      assertEquals(SECOND * 8 / 10, second.waitNanos());
      assertTrue(first.cancel());
      assertEquals(SECOND * 3 / 10, second.waitNanos());
      assertEquals(Decision.NEVER, first.waitNanos());
      assertTrue(second.settle(1));
      assertEquals(SECOND / 10, second.waitNanos());
    }
  }

  /**
   * A limit per minute; twice as many calls as it allows, of 15 to 45 s, that reserve 1,000 permits and
   * use 400. An exact replay would have all of the rate used; what each charge alone would justify is
   * 68 % of it.
   */
  @Test
  void settle_ofCallsHalfAsLongAsTheRefill_leavesTheRateToOthers() {
    Gcra limiter = Gcra.create(Rate.perMinute(60_000), clock);
    Random random = new Random(1);
    TreeMap<Long, Reservation> ends = new TreeMap<>();
    long used = 0;
    for (int i = 0; i < 9_000; i++) { // 30 minutes
      while (!ends.isEmpty() && ends.firstKey() <= clock.nanoTime()) {
        ends.pollFirstEntry().getValue().settle(400);
        used += i < 1_800 ? 0 : 400; // once it is in its stride
      }
      Reservation call = limiter.reserve(1_000, Duration.ZERO);
      if (call.granted()) {
        ends.put(clock.nanoTime() + 15 * SECOND + random.nextLong(30 * SECOND), call);
      }
      clock.advance(Duration.ofMillis(200));
    }
    long rate = 24 * 60_000;
    assertTrue(used >= rate * 95 / 100, used + " of " + rate + " were used");
    assertTrue(used <= rate * 105 / 100, used + " of " + rate + " were used");
  }

  /** A reservation that was held kept each cell that came after its own. */
  @Test
  void syncWithServer_whileAReservationIsHeld_keepsNothingOfThat() {
    Gcra limiter = Gcra.create(Rate.perSecond(1_000), clock);
    Reservation held = limiter.reserve(10, Duration.ZERO);
    List<WeakReference<Cell>> cells = new ArrayList<>();
    for (int i = 1; i <= 100; i++) { // what each response said
      limiter.syncWithServer(0, Duration.ofMillis(i));
      cells.add(new WeakReference<>(limiter.cell));
    }
    limiter.reset();
    limiter.tryAcquire(1);
    for (int attempt = 0; cells.stream().anyMatch(cell -> cell.get() != null); attempt++) {
      assertTrue(attempt < 1_000, "kept");
      System.gc();
    }
    assertTrue(held.cancel());
  }

  /** A refund is a gift, dated when it is made: it is lost at the burst, and no receipt restores it. */
  @Test
  void refund_betweenReserveAndCancel_countsAgainstTheReceipt() {
    Gcra ten = Gcra.create(Rate.perSecond(1), 10, clock);
    Reservation five = ten.reserve(5, Duration.ZERO);
    ten.refund(5);
    assertEquals(10, ten.drain());
    assertTrue(five.cancel());
    assertEquals(0, ten.drain(), "15 were admitted: 10, and the gift");
  }

  /** Found by a random script: a tenth of a permit stayed charged. */
  @Test
  void cancel_inAPenaltyAfterAChangeToASlowerRate_leavesNothing() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 1, clock);
    gcra.penalize(Duration.ofNanos(1));
    Reservation reservation = gcra.reserve(1, Duration.ofNanos(1));
    gcra.reconfigure(Rate.ofNanos(1, 1), 2);
    gcra.reconfigure(Rate.ofNanos(1, 10), 1, LevelPolicy.KEEP);
    assertTrue(reservation.cancel());
    assertEquals(new Decision(false, 0, 1, 1, 0), gcra.peek(1));
    clock.advanceNanos(1);
    assertTrue(gcra.tryAcquire());
  }

  /** Found by a random script: the debt behind them let both reservations count at one instant. */
  @Test
  void refund_inAPenaltyWithADebtBehindReservations_movesNoneUpBeforeItsEnd() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 3, clock);
    assertTrue(gcra.tryAcquire());
    Reservation first = gcra.reserve(3, Duration.ofNanos(1));
    Reservation second = gcra.reserve(1, Duration.ofNanos(2));
    gcra.penalize(Duration.ofNanos(1));
    gcra.acquireForced(1);
    gcra.refund(1);
    assertEquals(1, first.waitNanos());
    assertEquals(2, second.waitNanos(), "three are the burst");
  }

  /** What no longer fitted when the burst was cut is not there to be given back. */
  @Test
  void settle_afterTheBurstWasCutBelowTheReservation_keepsWhatItCost() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 10, clock);
    assertTrue(gcra.tryAcquire());
    gcra.reconfigure(Rate.ofNanos(1, 1), 11);
    Reservation reservation = gcra.reserve(11, Duration.ofNanos(1));
    gcra.reconfigure(Rate.ofNanos(1, 1), 1);
    clock.advanceNanos(1);
    assertTrue(reservation.settle(1));
    assertFalse(gcra.tryAcquire(), "the permit that was kept is all that there is");
  }

  /** Found by a random script: what the change had forgiven was given back once more, from the debt. */
  @Test
  void settle_afterAChangeForgaveTheReservation_forgivesNoDebtBehindIt() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 4, clock);
    gcra.penalize(Duration.ofNanos(1));
    Reservation reservation = gcra.reserve(2, Duration.ofNanos(9));
    gcra.reconfigure(Rate.ofNanos(1, 1), 2, LevelPolicy.KEEP);
    assertEquals(1, gcra.acquireForced(2, Duration.ofNanos(1)));
    clock.advanceNanos(1);
    assertTrue(reservation.settle(0));
    assertFalse(gcra.tryAcquire());
  }

  @Test
  void cancel_afterAChangeForgaveTheReservation_forgivesNoDebtBehindIt() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 4, clock);
    gcra.penalize(Duration.ofNanos(1));
    Reservation reservation = gcra.reserve(2, Duration.ofNanos(9));
    gcra.reconfigure(Rate.ofNanos(1, 1), 2, LevelPolicy.KEEP);
    gcra.acquireForced(2);
    assertTrue(reservation.cancel());
    clock.advanceNanos(1);
    assertFalse(gcra.tryAcquire());
  }

  /** The first operation noted nothing, so the second took what it found for the charge of the other. */
  @Test
  void rollBack_afterTheFirstRefund_doesNotMintWhatTimeRestored() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 32, clock);
    Ledger.Mark mark = gcra.mark();
    gcra.tryAcquire(1); // by a call that stalls, and is denied by another member
    clock.set(5);
    gcra.tryAcquire(4);
    gcra.refund(1);
    gcra.uncharge(0, 1, mark);
    assertEquals(29, gcra.peek().remaining());
  }

  /** It had noted no mark, so the receipt took what was inherited for its own. */
  @Test
  void cancel_afterWhatAnotherHadMissingWasInherited_givesBackNoneOfThat() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 10, clock);
    Reservation five = gcra.reserve(5, Duration.ZERO);
    clock.set(4);
    gcra.desk().inherit(Missing.of(5, 1));
    assertEquals(4, gcra.peek().remaining());
    assertTrue(five.cancel());
    assertEquals(5, gcra.peek().remaining());
  }
}
