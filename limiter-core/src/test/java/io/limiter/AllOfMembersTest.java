package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Members of an AllOf that are not rates of this package. */
class AllOfMembersTest {
  private final ManualClock clock = ManualClock.startingAt(1L << 61);
  private final Rate rate = Rate.ofNanos(3, 300);

  /** A limiter from outside this package. */
  private static class Foreign implements RateLimiter {
    private final RateLimiter limiter;
    private boolean refunds = true;
    private boolean hasDebts = true;
    private Runnable meanwhile = () -> {}; // once it is to charge
    private int tries;

    Foreign(RateLimiter limiter) {
      this.limiter = limiter;
    }

    @Override
    public NanoClock clock() {
      return limiter.clock();
    }

    @Override
    public boolean tryAcquireAt(long nanoTime, long permits) {
      tries++;
      meanwhile.run();
      return limiter.tryAcquireAt(nanoTime, permits);
    }

    @Override
    public Decision decideAt(long nanoTime, long permits) {
      return limiter.decideAt(nanoTime, permits);
    }

    @Override
    public Decision peekAt(long nanoTime, long permits) {
      return limiter.peekAt(nanoTime, permits);
    }

    @Override
    public boolean refundAt(long nanoTime, long permits) {
      return refunds && limiter.refundAt(nanoTime, permits);
    }

    @Override
    public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
      if (!hasDebts) {
        throw new UnsupportedOperationException();
      }
      return limiter.acquireForcedAt(nanoTime, permits, maxWaitNanos);
    }

    @Override
    public void penalizeAt(long nanoTime, long nanos) {
      limiter.penalizeAt(nanoTime, nanos);
    }

    @Override
    public void reset() {
      limiter.reset();
    }

    @Override
    public String toString() {
      return "Foreign";
    }
  }

  @Test
  void foreignMember_alone_decidesAsItWould() {
    Foreign foreign = new Foreign(Gcra.create(rate, clock));
    AllOf all = AllOf.of(foreign);
    Gcra twin = Gcra.create(rate, clock);
    for (long permits : new long[] {2, 2, 1, 1, 4}) {
      assertEquals(twin.peek(permits), all.peek(permits));
      assertEquals(twin.decide(permits), all.decide(permits));
    }
    assertTrue(all.refund(2));
    assertEquals(2, all.peek().remaining());
    foreign.refunds = false;
    assertFalse(all.refund(1));
    assertEquals("Foreign", all.toString());
  }

  @Test
  void foreignMember_denies_nobodyIsCharged() {
    Gcra gcra = Gcra.create(rate, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, 1, clock));
    assertFalse(AllOf.of(gcra, foreign).tryAcquire(2));
    assertEquals(3, gcra.peek().remaining());
    assertEquals(0, foreign.tries);
  }

  @Test
  void rollBack_whileSomebodyWaitsForAMember_letsThemGo() {
    for (RateLimiter member : List.of(
        Gcra.create(rate, clock),
        TokenBucket.create(rate, clock),
        SlidingLog.create(rate, clock))) {
      Foreign foreign = new Foreign(Gcra.create(rate, clock));
      List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
      foreign.meanwhile = () -> {
        waiting.add(member.acquireAsync(1, Duration.ofSeconds(1)));
        foreign.limiter.tryAcquire(1);
      };
      assertFalse(AllOf.of(member, foreign).tryAcquire(3));
      assertEquals(1, waiting.size());
      assertTrue(waiting.get(0).getNow(false));
      assertEquals(2, member.peek().remaining());
    }
  }

  /** Charged after those that always uncharge: of a call that these refuse a log knows nothing. */
  @Test
  void lostRace_ofAMemberThatUncharges_neverChargesALog() {
    SlidingLog log = SlidingLog.create(rate, clock);
    Gcra gcra = Gcra.create(rate, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, clock));
    foreign.meanwhile = () -> {
      clock.advanceNanos(1);
      assertTrue(log.tryAcquire(1));
      foreign.limiter.tryAcquire(1);
    };
    assertFalse(AllOf.of(foreign, log, gcra).tryAcquire(3));
    assertEquals(2, log.peek().remaining());
    assertEquals(3, gcra.peek().remaining());
  }

  @Test
  void foreignMember_forcedPenalizedAndReset_isAsItWouldBe() {
    AllOf all = AllOf.of(new Foreign(Gcra.create(rate, clock)));
    Gcra twin = Gcra.create(rate, clock);
    assertEquals(twin.acquireForced(4), all.acquireForced(4));
    twin.penalize(Duration.ofSeconds(1));
    all.penalize(Duration.ofSeconds(1));
    assertEquals(twin.peek(), all.peek());
    twin.reset();
    all.reset();
    assertEquals(twin.peek(), all.peek());
  }

  /** What time restored and others took since would be minted by a refund. */
  @Test
  void acquireForced_memberThatThrowsWhileOthersTake_mintsNothing() {
    Gcra gcra = Gcra.create(rate, 1, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, clock)) {
      @Override
      public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
        clock.advanceNanos(101);
        gcra.tryAcquire();
        throw new UnsupportedOperationException();
      }
    };
    AllOf all = AllOf.of(gcra, foreign);
    assertThrows(UnsupportedOperationException.class, () -> all.acquireForced(1));
    assertFalse(gcra.tryAcquire(), "was taken by another, and stays so");
    assertEquals(100, gcra.peek().retryAfterNanos());
  }

  @Test
  void acquireForced_memberThatHasNoDebts_nobodyIsCharged() {
    Gcra gcra = Gcra.create(rate, clock);
    TokenBucket bucket = TokenBucket.create(rate, 7, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, clock));
    foreign.hasDebts = false;
    foreign.tryAcquire(1);
    for (int first = 0; first < 3; first++) {
      List<RateLimiter> members = new ArrayList<>(List.of(gcra, bucket, foreign));
      Collections.rotate(members, first);
      AllOf all = AllOf.of(members, 1, 2, 3);
      assertThrows(UnsupportedOperationException.class, () -> all.acquireForced(2));
      assertEquals(3, gcra.peek().remaining());
      assertEquals(7, bucket.peek().remaining());
      assertEquals(2, foreign.peek().remaining(), "was not charged, so nothing is given back");
    }
  }

  @Test
  void acquireForced_memberThatRefuses_nobodyIsCharged() {
    Gcra gcra = Gcra.create(rate, clock);
    Foreign one = new Foreign(Gcra.create(rate, clock));
    Foreign two = new Foreign(Gcra.create(rate, clock));
    AllOf all = AllOf.of(one, gcra, two);
    two.acquireForced(4);
    assertEquals(Decision.NEVER, all.acquireForced(2, Duration.ofNanos(299)));
    assertEquals(3, one.peek().remaining(), "was refunded");
    assertEquals(3, gcra.peek().remaining());
    assertEquals(300, all.acquireForced(2, Duration.ofNanos(300)));
    assertEquals(1, one.peek().remaining());
    assertEquals(1, gcra.peek().remaining());
  }

  @Test
  void reserve_memberThatRefusesThoughItAdmits_nobodyIsCharged() {
    Gcra gcra = Gcra.create(rate, clock);
    SlidingLog log = SlidingLog.create(rate, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, clock));
    AllOf all = AllOf.of(gcra, log, foreign);
    foreign.meanwhile = foreign.limiter::drain;
    Reservation refused = all.reserve(2, Duration.ofSeconds(1));
    assertFalse(refused.granted());
    assertEquals(2, refused.permits());
    assertEquals(3, gcra.peek().remaining());
    assertEquals(3, log.peek().remaining());
  }

  /** {@code verb} throws, as that of a limiter whose store is down. */
  private static void assertThrown(Runnable verb) {
    assertEquals("down", assertThrows(IllegalStateException.class, verb::run).getMessage());
  }

  @Test
  void memberThatThrowsWhenItIsCharged_leavesNoChargeBehind() {
    Gcra gcra = Gcra.create(rate, clock);
    TokenBucket steps = TokenBucket.stepwise(rate, clock);
    SlidingLog log = SlidingLog.create(rate, clock);
    ConcurrencyLimiter slots = ConcurrencyLimiter.create(3, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, clock));
    foreign.meanwhile = () -> {
      throw new IllegalStateException("down");
    };
    AllOf all = AllOf.of(gcra, steps, log, foreign);
    Gate gate = Gate.builder(clock).concurrency(slots).rate(all).build();
    assertThrown(all::tryAcquire);
    assertThrown(all::decide);
    assertThrown(() -> all.tryAcquireEach(1, 1, 1, 1));
    assertThrown(() -> all.reserve(1, Duration.ZERO));
    assertThrown(() -> all.tryAcquireUninterruptibly(1, Duration.ofSeconds(1)));
    assertThrown(gate::tryEnter);
    assertThrown(() -> gate.tryEnterEach(1, 1, 1, 1, 1));
    assertThrown(() -> gate.enterUninterruptibly(1));
    assertThrown(() -> gate.enterAsync(1, Duration.ofSeconds(1)));
    assertEquals(3, gcra.peek().remaining());
    assertEquals(3, steps.peek().remaining());
    assertEquals(3, log.peek().remaining());
    assertEquals(0, slots.inFlight());
  }

  /** It is charged, and throws when it is asked what is left. */
  @Test
  void memberThatThrowsWhenItExplains_leavesNoChargeBehind() {
    Gcra gcra = Gcra.create(rate, clock);
    SlidingLog log = SlidingLog.create(rate, clock);
    ConcurrencyLimiter slots = ConcurrencyLimiter.create(3, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, clock)) {
      @Override
      public Decision peekAt(long nanoTime, long permits) {
        if (super.peekAt(nanoTime, permits).remaining() < 3) { // it was charged
          throw new IllegalStateException("down");
        }
        return super.peekAt(nanoTime, permits);
      }
    };
    AllOf all = AllOf.of(gcra, log, foreign);
    Gate gate = Gate.builder(clock).concurrency(slots).rate(all).build();
    assertThrown(all::decide);
    assertThrown(() -> all.decideEach(1, 1, 1));
    assertThrown(gate::tryEnter);
    assertThrown(() -> gate.tryEnterEach(1, 1, 1, 1));
    assertThrown(() -> gate.enterUninterruptibly(1));
    assertEquals(3, gcra.peek().remaining());
    assertEquals(3, log.peek().remaining());
    assertEquals(3, foreign.limiter.peek().remaining());
    assertEquals(0, slots.inFlight());
  }

  /** Two members throw: one when it is charged, one when it is to give back. */
  @Test
  void memberThatThrowsWhenItGivesBack_keepsNoOtherFromGivingBack() {
    Gcra gcra = Gcra.create(rate, clock);
    ConcurrencyLimiter slots = ConcurrencyLimiter.create(3, clock);
    Foreign first = new Foreign(Gcra.create(rate, clock)) {
      @Override
      public boolean refundAt(long nanoTime, long permits) {
        throw new IllegalArgumentException("cannot");
      }
    };
    Foreign second = new Foreign(Gcra.create(rate, clock));
    Runnable down = () -> {
      throw new IllegalStateException("down");
    };
    for (Foreign last : List.of(first, second)) { // whichever is charged last
      first.meanwhile = last == first ? down : () -> {};
      second.meanwhile = last == second ? down : () -> {};
      Gate gate = Gate.builder(clock)
          .concurrency(slots)
          .rate(gcra)
          .rate(first)
          .rate(second)
          .build();
      assertThrown(gate::tryEnter);
      assertThrown(() -> gate.enterUninterruptibly(1));
      assertEquals(3, gcra.peek().remaining());
      assertEquals(0, slots.inFlight());
    }
  }

  @Test
  void foreignMember_isWaitedForThoughItHasNoLine() throws InterruptedException {
    Foreign foreign = new Foreign(Gcra.create(rate, clock));
    foreign.tryAcquire(3);
    AllOf all = AllOf.of(Gcra.create(rate, clock), foreign);
    assertFalse(all.tryAcquire(1, Duration.ofNanos(99)));
    assertThrows(RejectedExecutionException.class, () -> all.acquire(4), "never");
    CompletableFuture<Boolean> waits = all.acquireAsync(1, Duration.ofNanos(100));
    clock.advanceNanos(99);
    assertFalse(waits.isDone());
    clock.advanceNanos(1);
    assertTrue(waits.getNow(false));
    assertEquals(0, foreign.peek().remaining());
  }

  @Test
  void foreignMember_twice_isRefused() {
    Foreign foreign = new Foreign(Gcra.create(rate, clock));
    assertThrows(IllegalArgumentException.class, () -> AllOf.of(foreign, foreign));
    assertEquals(2, AllOf.of(foreign, new Foreign(foreign)).size());
  }

  @Test
  void unlimitedAndBlocked_amongMembers_decideNothingAndAll() {
    Gcra gcra = Gcra.create(rate, clock);
    RateLimiter unlimited = RateLimiter.unlimited(clock);
    RateLimiter blocked = RateLimiter.blocked(clock);
    AllOf open = AllOf.of(unlimited, gcra);
    assertEquals(new Decision(true, 2, 0, 100, -1), open.decide());
    assertEquals(Long.MAX_VALUE, AllOf.of(unlimited).peek().remaining());
    AllOf closed = AllOf.of(gcra, blocked);
    assertEquals(new Decision(false, 0, Decision.NEVER, 100, 1), closed.decide());
    assertEquals(2, gcra.peek().remaining());
    assertTrue(open.refund(1));
    assertEquals(new Decision(true, Long.MAX_VALUE, 0, 0, -1), unlimited.peek());
    assertFalse(blocked.tryAcquire());
    assertEquals(0, unlimited.acquireForced(3));
    assertEquals(Decision.NEVER, blocked.acquireForced(3));
    assertEquals("AllOf[unlimited, blocked]", AllOf.of(unlimited, blocked).toString());
  }
}
