package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** 0 permits, where no class of limiter-core asks: keys, and members of a gate. */
class ZeroPermitsTest {
  private final ManualClock clock = ManualClock.create();

  private KeyedLimiter<String> keyed(String limits) {
    return KeyedLimiter.<String>builder(Limits.parse(limits), clock).build();
  }

  @Test
  void keys_zeroPermits_areAdmittedUnlessPenalizedAndMakeNoKeyKnown() {
    KeyedLimiter<String> limiter = keyed("1/second");
    assertTrue(limiter.tryAcquire("a", 0));
    assertEquals(0, limiter.size());
    assertTrue(limiter.tryAcquire("a", 1));
    assertTrue(limiter.tryAcquire("a", 0));
    limiter.penalize("a", Duration.ofSeconds(3)); // kept as permits that are missing
    assertFalse(limiter.tryAcquire("a", 0));
  }

  @Test
  void keysWithConcurrency_zeroPermits_areAdmittedUnlessMoreAreInFlightThanTheLimit() {
    KeyedLimiter<String> limiter = keyed("2 concurrent");
    Permit held = limiter.tryEnter("a", 2);
    assertTrue(limiter.tryEnter("a", 0).granted());
    limiter.override("a", Limits.parse("1 concurrent"));
    assertFalse(limiter.tryEnter("a", 0).granted());
    held.close();
    assertTrue(limiter.tryEnter("a", 0).granted());
  }

  @Test
  void keysUnlimitedOrBlocked_zeroPermits_areAdmittedOrDenied() {
    assertTrue(keyed("unlimited").tryAcquire("a", 0));
    assertFalse(keyed("blocked").tryAcquire("a", 0));
  }

  @Test
  void gate_zeroPermitsOfAMember_doNotAskIt() {
    Gcra rate = Gcra.create(Rate.perSecond(1), clock);
    ConcurrencyLimiter slots = ConcurrencyLimiter.create(1, clock);
    Gate gate = Gate.builder(clock).rate(rate).concurrency(slots).build();
    rate.acquireForced(5);
    assertFalse(gate.tryEnterEach(1, 1).granted());
    Permit permit = gate.tryEnterEach(0, 1);
    assertTrue(permit.granted());
    assertEquals(1, slots.inFlight());
    permit.close();
  }
}
