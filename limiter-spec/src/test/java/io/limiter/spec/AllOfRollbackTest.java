package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A call that charged one member and lost the race for the next takes its charge back; meanwhile
 * others were admitted. CallScript step by step, in one thread: the loser is stopped where a thread can
 * be stopped, between two of its steps.
 */
class AllOfRollbackTest {
  private static final Rate PER_100_NANOS = Rate.ofNanos(1, 100);

  /** A clock at which something may happen just after it has been read for the n-th time. */
  private static final class StallingClock implements NanoClock {
    private long now;
    private int readings;
    private int stallAt = -1;
    private Runnable meanwhile = () -> {};

    @Override
    public long nanoTime() {
      long reading = now;
      if (readings++ == stallAt) {
        meanwhile.run();
      }
      return reading;
    }

    void afterNextReadings(int count, Runnable action) {
      stallAt = readings + count - 1;
      meanwhile = action;
    }
  }

  private final StallingClock clock = new StallingClock();

  /** Admits when asked, and refuses when it is charged: the member that somebody else emptied. */
  private RateLimiter lost(Runnable meanwhile) {
    return new Emptied(clock, meanwhile);
  }

  private static class Emptied implements RateLimiter {
    private final NanoClock clock;
    private final Runnable meanwhile;

    Emptied(NanoClock clock, Runnable meanwhile) {
      this.clock = clock;
      this.meanwhile = meanwhile;
    }

    @Override
    public NanoClock clock() {
      return clock;
    }

    @Override
    public boolean tryAcquireAt(long nanoTime, long permits) {
      meanwhile.run();
      return false;
    }

    @Override
    public Decision decideAt(long nanoTime, long permits) {
      return new Decision(false, 0, 1, 1, 0);
    }

    @Override
    public Decision peekAt(long nanoTime, long permits) {
      return new Decision(true, 1, 0, 0, -1);
    }

    @Override
    public boolean refundAt(long nanoTime, long permits) {
      return true;
    }
  }

  /** Admits when asked, but for what happens just then. */
  private RateLimiter asked(Runnable meanwhile) {
    return new Emptied(clock, () -> {}) {
      @Override
      public Decision peekAt(long nanoTime, long permits) {
        meanwhile.run();
        return super.peekAt(nanoTime, permits);
      }
    };
  }

  @Test
  void rollBack_withNobodyElse_leavesNoTrace() {
    Gcra gcra = Gcra.create(PER_100_NANOS, 3, clock);
    gcra.tryAcquire();
    Decision before = gcra.peek();
    assertFalse(AllOf.of(gcra, lost(() -> {})).tryAcquire(2));
    assertEquals(before, gcra.peek());
  }

  @Test
  void rollBack_afterTheChargeHasDrained_givesNothingBack() {
    Gcra gcra = Gcra.create(PER_100_NANOS, clock);
    AllOf all = AllOf.of(gcra, lost(() -> {
      clock.now = 100;
      assertTrue(gcra.tryAcquireAt(100, 1));
    }));
    assertFalse(all.tryAcquireAt(0, 1));
    assertFalse(gcra.tryAcquireAt(100, 1), "two permits at one instant, burst 1");
    assertTrue(gcra.tryAcquireAt(200, 1));
  }

  @Test
  void rollBack_stalledAfterItReadTheClock_mintsNothing() {
    Gcra gcra = Gcra.create(PER_100_NANOS, clock);
    AllOf all = AllOf.of(gcra, lost(() -> {}));
    clock.afterNextReadings(1, () -> {
      clock.now = 100;
      assertTrue(gcra.tryAcquireAt(100, 1));
    });
    assertFalse(all.tryAcquireAt(0, 1));
    assertFalse(gcra.tryAcquireAt(100, 1), "two permits at one instant, burst 1");
    assertTrue(gcra.tryAcquireAt(200, 1));
  }

  @Test
  void rollBack_ofAStepwiseBucketInTheNextWindow_mintsNothing() {
    TokenBucket window = TokenBucket.stepwise(PER_100_NANOS, clock);
    AllOf all = AllOf.of(window, lost(() -> {
      clock.now = 150;
      assertTrue(window.tryAcquireAt(150, 1));
    }));
    assertFalse(all.tryAcquireAt(50, 1));
    assertFalse(window.tryAcquireAt(150, 1), "two permits in one window of 1");
    assertTrue(window.tryAcquireAt(200, 1));
  }

  @Test
  void lostRace_isExplainedByTheMemberThatRefused() {
    AllOf all = AllOf.of(Gcra.create(PER_100_NANOS, clock), lost(() -> {}));
    assertEquals(new Decision(false, 1, 1, 0, 1), all.decide());
  }

  @Test
  void rollBack_afterPartOfTheChargeHasDrained_givesBackTheRest() {
    clock.now = 1_000;
    Gcra gcra = Gcra.create(PER_100_NANOS, 2, clock);
    AllOf all = AllOf.of(gcra, lost(() -> clock.now = 1_130));
    assertFalse(all.tryAcquireAt(1_000, 2)); // 200 ns, of which 130 have drained
    assertEquals(0, gcra.peekAt(1_130, 1).resetAfterNanos());
    assertTrue(gcra.tryAcquireAt(1_130, 2));
  }

  @Test
  void rollBack_ofATokenBucketOrASlidingLog_leavesNoTrace() {
    TokenBucket bucket = TokenBucket.create(PER_100_NANOS, 3, clock);
    TokenBucket window = TokenBucket.stepwise(PER_100_NANOS, 3, clock);
    SlidingLog log = SlidingLog.create(Rate.ofNanos(3, 100), clock);
    AllOf all = AllOf.of(bucket, window, log, lost(() -> {}));
    for (int call = 0; call < 3; call++) {
      List<Decision> before = List.of(bucket.peek(), window.peek(), log.peek());
      assertFalse(all.tryAcquire());
      assertEquals(before, List.of(bucket.peek(), window.peek(), log.peek()));
      assertTrue(bucket.tryAcquire() & window.tryAcquire() & log.tryAcquire());
    }
  }

  /** A member whose charge might stay is not charged for a call that another one refuses. */
  @Test
  void lostRace_ofAMemberThatUncharges_neverChargesThoseThatDoNot() {
    Gcra gcra = Gcra.create(PER_100_NANOS, clock);
    int[] charged = {0};
    RateLimiter first = lost(() -> charged[0]++);
    RateLimiter asked = new Emptied(clock, () -> charged[0]++) {
      @Override
      public Decision peekAt(long nanoTime, long permits) {
        gcra.tryAcquireAt(nanoTime, 1);
        return super.peekAt(nanoTime, permits);
      }
    };
    assertFalse(AllOf.of(first, gcra, asked).tryAcquire());
    assertEquals(0, charged[0]);
  }

  @Test
  void lostRace_ofTheFirstMember_isExplainedByIt() {
    AllOf all = AllOf.of(lost(() -> {}), Gcra.create(PER_100_NANOS, clock));
    assertEquals(new Decision(false, 1, 1, 0, 0), all.decide());
  }

  @Test
  void denial_overWhenItIsExplained_namesTheMemberThatDenied() {
    RateLimiter once = new Emptied(clock, () -> {}) {
      private boolean denied;

      @Override
      public Decision peekAt(long nanoTime, long permits) {
        Decision admitted = super.peekAt(nanoTime, permits);
        boolean first = !denied;
        denied = true;
        return first ? new Decision(false, 0, 5, 5, 0) : admitted;
      }
    };
    AllOf all = AllOf.of(Gcra.create(PER_100_NANOS, clock), once);
    assertEquals(new Decision(false, 1, 1, 0, 1), all.decide());
  }

  @Test
  void rollBack_ofSlots_leavesThemFree() {
    ConcurrencyLimiter slots = ConcurrencyLimiter.create(3);
    RateLimiter lost = lost(() -> assertEquals(2, slots.inFlight()));
    try (Permit permit =
        Gate.builder(clock).rate(lost).concurrency(slots, 2).build().tryEnter()) {
      assertEquals(new Decision(false, 1, 1, 0, 0), permit.decision());
    }
    assertEquals(0, slots.inFlight());
  }

  /** No one knows when another call ends, not even if one just has. */
  @Test
  void lostRace_forASlotThatIsFreeAgain_namesNoWait() {
    ConcurrencyLimiter slot = ConcurrencyLimiter.create(1);
    RateLimiter releasing = asked(() -> {
      if (slot.inFlight() > 0) {
        slot.release();
      }
    });
    RateLimiter taking = asked(slot::tryAcquire);
    slot.tryAcquire();
    Gate gate =
        Gate.builder(clock).rate(releasing).concurrency(slot).rate(taking).build();
    assertEquals(new Decision(false, 1, Decision.NEVER, 0, 1), gate.tryEnter().decision());
  }

  /** The canary: a full refund is what most code does, and it mints. */
  @Test
  void fullRefund_isCaught() {
    Gcra gcra = Gcra.create(PER_100_NANOS, clock);
    assertTrue(gcra.tryAcquireAt(0, 1)); // X
    assertTrue(gcra.tryAcquireAt(100, 1)); // Y
    gcra.refundAt(100, 1); // X is taken back by its level
    assertTrue(gcra.tryAcquireAt(100, 1), "the naive roll-back is expected to mint");
  }
}
