package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 5);
  private final ConcurrencyLimiter five = ConcurrencyLimiter.create(5);

  @Test
  void tryEnter_sixthWhileFiveRun_isDeniedAndChargedToNoRate() {
    SlidingLog rates = SlidingLog.create(List.of(Rate.perSecond(30), Rate.perHour(60)), clock);
    Gate gate = Gate.builder(clock).rate(rates).concurrency(five).build();
    Permit first = gate.tryEnter();
    for (int i = 1; i < 5; i++) {
      assertTrue(gate.tryEnter().granted());
    }
    Decision before = rates.peek();
    Permit sixth = gate.tryEnter();
    assertEquals(new Decision(false, 0, Decision.NEVER, 3_600 * SECOND, 1), sixth.decision());
    assertEquals(before, rates.peek());
    sixth.close();
    assertEquals(5, five.inFlight());
    first.close();
    assertTrue(gate.tryEnter().granted());
  }

  @Test
  void tryEnter_deniedByARate_holdsNoConcurrencyAndSaysHowLong() {
    Gate gate = Gate.builder(clock)
        .concurrency(five)
        .rate(SlidingLog.create(Rate.perSecond(1), clock))
        .build();
    gate.tryEnter().close();
    clock.advanceNanos(SECOND / 4);
    Permit denied = gate.tryEnter();
    assertEquals(new Decision(false, 0, 3 * SECOND / 4, 3 * SECOND / 4, 1), denied.decision());
    assertEquals(0, five.inFlight());
    clock.advanceNanos(3 * SECOND / 4 - 1);
    assertFalse(gate.tryEnter().granted());
    clock.advanceNanos(1);
    assertTrue(gate.tryEnter().granted());
  }

  @Test
  void tryEnter_weights_chargesEachItsShare() {
    Gcra bytes = Gcra.create(Rate.perSecond(10_000), clock);
    Gate gate = Gate.builder(clock).rate(bytes, 4096).concurrency(five, 2).build();
    Permit permit = gate.tryEnter(2);
    assertEquals(10_000 - 8_192, bytes.peek().remaining());
    assertEquals(4, five.inFlight());
    assertEquals(0, permit.decision().remaining());
    permit.close();
    permit.close();
    assertEquals(0, five.inFlight());
    assertEquals(10_000 - 8_192, bytes.peek().remaining(), "rates stay spent");
    assertEquals(Decision.NEVER, gate.peek(3).retryAfterNanos());
  }

  @Test
  void tryEnterEach_givesBackWhatItTook() {
    Gcra bytes = Gcra.create(Rate.perSecond(10_000), clock);
    Gate gate = Gate.builder(clock).rate(bytes).concurrency(five).build();
    long[] permits = {700, 3};
    Permit permit = gate.tryEnterEach(permits);
    permits[1] = 1; // the caller's array is not the gate's
    assertTrue(permit.granted());
    assertEquals(9_300, bytes.peek().remaining());
    assertEquals(3, five.inFlight());
    permit.close();
    assertEquals(0, five.inFlight());
    assertThrows(IllegalArgumentException.class, () -> gate.tryEnterEach(1));
    assertThrows(IllegalArgumentException.class, () -> gate.tryEnterEach(1, -1));
    try (Permit none = gate.tryEnterEach(1, 0)) { // an empty body
      assertTrue(none.granted());
      assertEquals(0, five.inFlight());
      assertEquals(9_299, bytes.peek().remaining());
    }
  }

  @Test
  void tryEnter_zeroPermits_holdNothing() {
    Gate gate = Gate.builder(clock)
        .rate(Gcra.create(Rate.perSecond(1), clock))
        .concurrency(five)
        .build();
    five.tryAcquire(5);
    gate.tryEnter(0).close();
    assertTrue(gate.tryEnter(0).granted());
    assertEquals(5, five.inFlight());
    five.limit(4);
    assertFalse(gate.tryEnter(0).granted(), "more are in flight than may be");
  }

  @Test
  void allOfInside_countsAsItsMembers() {
    AllOf rates =
        AllOf.of(Gcra.create(Rate.perSecond(3), clock), Gcra.create(Rate.perSecond(1), clock));
    Gate gate = Gate.builder(clock).concurrency(five).rate(rates).build();
    assertEquals(3, gate.size());
    assertTrue(gate.tryEnter().granted());
    assertEquals(2, gate.tryEnter().decision().deniedBy());
    assertEquals(1, five.inFlight());
  }

  @Test
  void toString_namesTheMembers() {
    Gate gate = Gate.builder(clock)
        .rate(Gcra.create(Rate.perSecond(3), clock))
        .concurrency(five)
        .build();
    assertEquals(
        "Gate[Gcra[3/second burst 3], ConcurrencyLimiter[0 of 5 in flight]]", gate.toString());
  }

  @Test
  void builder_memberTwiceOrAnotherClockOrNone_throws() {
    Gcra gcra = Gcra.create(Rate.perSecond(3), clock);
    assertThrows(
        IllegalArgumentException.class,
        () -> Gate.builder(clock).concurrency(five).concurrency(five).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> Gate.builder(clock).rate(gcra).rate(gcra).build());
    assertThrows(
        IllegalArgumentException.class, () -> Gate.builder(ManualClock.create()).rate(gcra));
    assertThrows(IllegalArgumentException.class, () -> Gate.builder(clock).build());
    assertThrows(IllegalArgumentException.class, () -> Gate.builder(clock).concurrency(five, 0));
  }
}
