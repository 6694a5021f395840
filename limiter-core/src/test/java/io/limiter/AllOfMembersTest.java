package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Members of an AllOf that are not rates of this package. */
class AllOfMembersTest {
  private final ManualClock clock = ManualClock.create();
  private final Rate rate = Rate.ofNanos(3, 300);

  /** A limiter from outside this package. */
  private static final class Foreign implements RateLimiter {
    private final RateLimiter limiter;
    private boolean refunds = true;

    Foreign(RateLimiter limiter) {
      this.limiter = limiter;
    }

    @Override
    public NanoClock clock() {
      return limiter.clock();
    }

    @Override
    public boolean tryAcquireAt(long nanoTime, long permits) {
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
    assertEquals("AllOf[Foreign]", all.toString());
  }

  @Test
  void foreignMember_denies_nobodyIsCharged() {
    Gcra gcra = Gcra.create(rate, clock);
    Foreign foreign = new Foreign(Gcra.create(rate, 1, clock));
    assertFalse(AllOf.of(gcra, foreign).tryAcquire(2));
    assertEquals(3, gcra.peek().remaining());
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
    assertEquals("AllOf[unlimited, blocked]", AllOf.of(unlimited, blocked).toString());
  }
}
