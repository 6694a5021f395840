package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Calls in the middle of a change of members, and changes in the middle of a call. */
class ChangesTest {
  private final ManualClock manual = ManualClock.startingAt(Long.MAX_VALUE);
  private final Queue<Runnable> readings = new ConcurrentLinkedQueue<>(); // what the next ones do

  private final NanoClock clock = () -> {
    Runnable next = readings.poll();
    if (next != null) {
      next.run();
    }
    return manual.nanoTime();
  };

  private Gcra hour(long permits) {
    return Gcra.create(Rate.perHour(permits), clock);
  }

  private AllOf logInstead() {
    return AllOf.of(SlidingLog.create(Rate.perHour(60), clock));
  }

  /** While the new member takes over the level, both are charged; that is one call all the same. */
  @Test
  void callWhileALevelIsTakenOver_isCountedOnce() {
    AllOf all = AllOf.of(hour(60));
    all.tryAcquire(10);
    AllOf target = logInstead();
    readings.add(() -> assertTrue(all.tryAcquireAt(manual.nanoTime(), 5)));
    all.reconfigure(target);
    assertTrue(readings.isEmpty());
    assertEquals(45, all.peek().remaining());
  }

  /** A call that has charged one of the two counts twice rather than not at all. */
  @Test
  void callThatStallsWhileALevelIsTakenOver_isCounted() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    SlidingLog log = SlidingLog.create(Rate.perHour(60), clock);
    RateLimiter stalls = new RateLimiter() {
      @Override
      public NanoClock clock() {
        return clock;
      }

      @Override
      public boolean tryAcquireAt(long nanoTime, long permits) {
        stalled.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        return true;
      }

      @Override
      public Decision decideAt(long nanoTime, long permits) {
        return peekAt(nanoTime, permits);
      }

      @Override
      public Decision peekAt(long nanoTime, long permits) {
        return Decision.admitted(Long.MAX_VALUE, 0);
      }

      @Override
      public boolean refundAt(long nanoTime, long permits) {
        return true;
      }
    };
    AllOf all = AllOf.of(log, stalls);
    log.tryAcquire(10);
    AllOf target = AllOf.of(hour(60), stalls);
    FutureTask<Boolean> call = new FutureTask<>(() -> all.tryAcquireAt(manual.nanoTime(), 5));
    readings.add(() -> {
      new Thread(call).start();
      try {
        stalled.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      // the call has charged one of two, or none; it goes on when the level is taken over
    });
    readings.add(goOn::countDown);
    all.reconfigure(target);
    goOn.countDown();
    boolean admitted = call.get();
    long remaining = all.peek().remaining();
    assertTrue(admitted && remaining <= 45, admitted + ", and then " + remaining);
  }

  /** A change comes between the charge of the only member and the answer. */
  @Test
  void changeWhileTheOnlyMemberIsCharged_isSeenByTheCall() {
    for (boolean decides : new boolean[] {false, true}) {
      Gcra gcra = Gcra.create(Rate.perHour(64), clock);
      AllOf all = AllOf.of(gcra);
      long now = manual.nanoTime();
      Cell c = gcra.cell;
      gcra.publish(c, c.tat, Stripes.of(c, c.tat, now, 2, 8)); // whoever charges reads the clock
      AllOf target = AllOf.of(hour(64), RateLimiter.blocked(clock));
      readings.add(() -> all.reconfigure(target));
      assertFalse(decides ? all.decideAt(now, 5).admitted() : all.tryAcquireAt(now, 5));
      assertTrue(readings.isEmpty());
      assertEquals(64, gcra.peek().remaining(), "the charge is taken back");
      assertEquals("AllOf[Gcra[64/hour burst 64], blocked]", all.toString());
    }
  }

  /** What is applied again changes nothing: receipts stay good. */
  @Test
  void limitThatStaysAsItIs_keepsItsReceipts() {
    AllOf all =
        AllOf.of(hour(60), SlidingLog.create(List.of(Rate.perHour(60), Rate.perDay(99)), clock));
    Reservation reservation = all.reserve(10, Duration.ZERO);
    all.reconfigure(AllOf.of(
        Gcra.create(Rate.perSecond(70), clock),
        hour(60),
        SlidingLog.create(List.of(Rate.perHour(60), Rate.perDay(99)), clock)));
    assertEquals(50, all.peek().remaining());
    assertTrue(reservation.cancel());
    assertEquals(60, all.peek().remaining());
  }

  /** A striped rule text becomes any other, and is striped again where that can be. */
  @Test
  void striped_whileItChanges_losesAndMintsNothing() {
    Gcra gcra = hour(640);
    AllOf all = AllOf.of(gcra).striped();
    assertTrue(all.tryAcquire(40));
    for (RateLimiter next : new RateLimiter[] {
      AllOf.of(SlidingLog.create(Rate.perHour(640), clock)),
      AllOf.of(hour(640), Gcra.create(Rate.perDay(9_000), clock)),
      AllOf.of(RateLimiter.blocked(clock)),
      AllOf.of(TokenBucket.create(Rate.perHour(640), clock)),
      hour(640)
    }) {
      if (all.members().sole() != null) {
        WordLimiter sole = all.members().sole();
        Cell c = sole.cell;
        sole.publish(c, c.tat, Stripes.of(c, c.tat, manual.nanoTime(), 2, 8));
        assertTrue(all.toString().endsWith(", 2 stripes of 8]"), all::toString);
        assertTrue(all.tryAcquire(3));
        assertTrue(all.decide(3).admitted());
        assertTrue(all.tryAcquireAt(manual.nanoTime(), 3));
        assertTrue(all.refund(9));
      }
      all.reconfigure(next);
      if (all.tryAcquire(600)) {
        assertFalse(all.tryAcquire(1), all::toString);
        assertTrue(all.refund(600));
      }
    }
    assertTrue(
        all.toString().startsWith("StripedLimiter[Gcra[640/hour burst 640], "), all::toString);
    all.drain();
    assertFalse(all.tryAcquire());
    all.acquireAsync(1, Duration.ofHours(1));
    assertEquals(1, all.waiters());
    manual.advance(Duration.ofSeconds(6));
    assertEquals(0, all.waiters());
    assertTrue(all.tryAcquire(0));
  }

  /** A change comes between the spending of a striped permit and the answer. */
  @Test
  void changeWhileAStripedPermitIsSpent_isSeenByTheCall() {
    Gcra gcra = hour(64);
    AllOf all = AllOf.of(gcra).striped();
    AllOf target = AllOf.of(hour(64), RateLimiter.blocked(clock));
    readings.add(() -> all.reconfigure(target));
    assertFalse(all.tryAcquire(5)); // no stripe has it, so the clock is read
    assertTrue(readings.isEmpty());
  }

  /** The old limits or the new ones; 60 an hour of the one and 9 a day of the other are neither. */
  @Test
  void changeOfSeveral_inTheMiddle_isTheStricterOfBoth() {
    AllOf all = AllOf.of(hour(60), Gcra.create(Rate.perDay(9), clock));
    AllOf target = AllOf.of(hour(6), Gcra.create(Rate.perDay(900), clock));
    Runnable look = () -> assertTrue(all.peekAt(manual.nanoTime(), 1).remaining() <= 9);
    for (int nth = 0; nth < 9; nth++) {
      readings.clear();
      for (int i = 0; i < nth; i++) {
        readings.add(() -> {});
      }
      readings.add(look);
      all.reconfigure(target);
      readings.clear();
      assertEquals(6, all.peek().remaining());
      all.reconfigure(AllOf.of(hour(60), Gcra.create(Rate.perDay(9), clock)));
      assertEquals(9, all.peek().remaining());
    }
  }

  /** Between two logs: each goes by way of all windows, so nothing in between is looser than both. */
  @Test
  void changeOfTwoLogs_inTheMiddle_isTheStricterOfBoth() {
    for (int nth = 0; nth < 9; nth++) {
      SlidingLog x = SlidingLog.create(Rate.perHour(60), clock);
      SlidingLog y = SlidingLog.create(Rate.perDay(9), clock);
      AllOf all = AllOf.of(x, y);
      for (int i = 0; i < nth; i++) {
        readings.add(() -> {});
      }
      readings.add(() -> assertTrue(all.peekAt(manual.nanoTime(), 1).remaining() <= 9));
      all.reconfigure(AllOf.of(
          SlidingLog.create(Rate.perHour(6), clock), SlidingLog.create(Rate.perDay(900), clock)));
      readings.clear();
      assertEquals(List.of(Rate.perHour(6)), x.windows());
      assertEquals(List.of(Rate.perDay(900)), y.windows());
      assertEquals(6, all.peek().remaining());
    }
  }

  @Test
  void policies_ofAnAlgorithmThatChanges_areThoseOfLevelPolicy() {
    for (LevelPolicy policy : LevelPolicy.values()) {
      AllOf all = AllOf.of(hour(60));
      all.tryAcquire(20); // 40 are left
      all.reconfigure(AllOf.of(SlidingLog.create(Rate.perHour(120), clock)), policy);
      long expected = switch (policy) {
        case SPENT -> 100;
        case KEEP -> 40;
        case PROPORTIONAL -> 80;
        case FRESH -> 120;
        case EMPTY -> 0;
      };
      assertEquals(expected, all.peek().remaining(), policy::toString);
      all.reconfigure(AllOf.of(TokenBucket.stepwise(Rate.perHour(60), clock)), policy);
      long after = switch (policy) {
        case SPENT, KEEP, PROPORTIONAL -> 40;
        case FRESH -> 60;
        case EMPTY -> 0;
      };
      assertEquals(after, all.peek().remaining(), policy::toString);
    }
  }

  @Test
  void penalty_ofAnyMember_goesOnToThoseThatTakeItsPlace() {
    Gcra gcra = hour(60);
    AllOf all = AllOf.of(gcra);
    all.penalize(Duration.ofSeconds(10));
    all.reconfigure(logInstead());
    assertEquals(Duration.ofSeconds(10).toNanos(), all.peek().retryAfterNanos());
    all.reconfigure(AllOf.of(TokenBucket.stepwise(Rate.perHour(60), clock), hour(60)));
    assertEquals(Duration.ofSeconds(10).toNanos(), all.peek().retryAfterNanos());
    manual.advance(Duration.ofSeconds(10));
    assertEquals(60, all.peek().remaining());
  }
}
