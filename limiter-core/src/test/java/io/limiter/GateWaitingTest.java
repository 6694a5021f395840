package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Waiting for rates and concurrency behind one deadline, by examples. */
class GateWaitingTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.startingAt(-7);
  private final Gcra rate = Gcra.create(Rate.perSecond(1), 3, clock);
  private final ConcurrencyLimiter slots = ConcurrencyLimiter.create(2, clock);
  private final Gate gate = Gate.builder(clock).rate(rate).concurrency(slots).build();

  private Thread last;

  /** Starts {@code call} in a thread of its own, and returns once that waits for the clock. */
  private <T> FutureTask<T> waiting(Callable<T> call) {
    int sleepers = clock.sleepers();
    FutureTask<T> task = new FutureTask<>(call);
    last = new Thread(task);
    last.start();
    while (clock.sleepers() == sleepers && !task.isDone()) {
      Thread.onSpinWait();
    }
    return task;
  }

  @Test
  void enter_everythingThere_doesNotWait() throws InterruptedException {
    try (Permit permit = gate.enter(2, FOREVER)) {
      assertTrue(permit.granted());
      assertEquals(2, slots.inFlight());
    }
    assertEquals(0, slots.inFlight());
  }

  @Test
  void enter_rateMissing_waitsForTheClock() throws Exception {
    rate.drain();
    FutureTask<Permit> permit = waiting(() -> gate.enter(1, FOREVER));
    assertEquals(0, slots.inFlight());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(permit.get().granted());
    assertEquals(1, slots.inFlight());
  }

  @Test
  void enter_slotMissing_isServedByRelease() throws Exception {
    Permit first = gate.tryEnter(2);
    FutureTask<Permit> permit = waiting(() -> gate.enter(1, FOREVER));
    first.close();
    assertTrue(permit.get().granted());
    permit.get().close();
    permit.get().close();
    assertEquals(0, slots.inFlight());
  }

  @Test
  void enter_slotDoesNotComeInTime_givesTheRateBack() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Permit> permit = waiting(() -> gate.enter(1, Duration.ofMillis(500)));
    clock.advance(Duration.ofMillis(500));
    assertFalse(permit.get().granted());
    assertEquals(3, rate.peek().remaining());
    assertEquals(0, slots.waiting());
  }

  @Test
  void enter_rateAndThenSlot_haveOneDeadline() throws Exception {
    rate.drain();
    slots.tryAcquire(2);
    FutureTask<Permit> permit = waiting(() -> gate.enter(1, Duration.ofMillis(1_500)));
    clock.advance(Duration.ofSeconds(1));
    while (slots.waiting() == 0) {
      Thread.onSpinWait();
    }
    clock.advance(Duration.ofMillis(500));
    assertFalse(permit.get().granted());
    assertEquals(1, rate.peek().remaining());
    assertEquals(0, slots.waiting());
  }

  @Test
  void enter_secondSlotDoesNotComeInTime_givesTheFirstBack() throws InterruptedException {
    ConcurrencyLimiter full = ConcurrencyLimiter.create(1, clock);
    assertTrue(full.tryAcquire());
    Gate both = Gate.builder(clock).concurrency(slots, 2).concurrency(full).build();
    assertFalse(both.enter(1, Duration.ZERO).granted());
    assertEquals(0, slots.inFlight());
  }

  @Test
  void enter_rateCannotComeInTime_isDeniedAtOnce() throws InterruptedException {
    rate.drain();
    Permit permit = gate.enter(1, Duration.ofMillis(999));
    assertFalse(permit.granted());
    assertEquals(Duration.ofSeconds(1).toNanos(), permit.decision().retryAfterNanos());
    assertFalse(gate.enter(4, FOREVER).granted());
    assertFalse(Gate.builder(clock).concurrency(slots).build().enter(3, FOREVER).granted());
  }

  @Test
  void enter_ratePutOutOfReachByAPenalty_isDeniedAtOnce() throws Exception {
    rate.drain();
    FutureTask<Permit> permit = waiting(() -> gate.enter(1, Duration.ofSeconds(1)));
    rate.penalize(Duration.ofSeconds(10));
    assertFalse(permit.get().granted());
    assertEquals(0, rate.waiters());
    assertEquals(0, slots.inFlight());
  }

  @Test
  void enter_interrupted_givesEverythingBack() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Permit> permit = waiting(() -> gate.enter(2, FOREVER));
    last.interrupt();
    assertThrows(ExecutionException.class, permit::get);
    assertEquals(3, rate.peek().remaining());
    assertEquals(0, slots.waiting());
  }

  @Test
  void enter_interruptedOnEntry_throwsAndTakesNothing() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> gate.enter(1, FOREVER));
    assertFalse(Thread.interrupted(), "the flag went with the exception");
    Gate ofRates = Gate.builder(clock).rate(rate).build();
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> ofRates.enter(1, FOREVER));
    assertFalse(Thread.interrupted());
    assertEquals(3, rate.peek().remaining());
    assertEquals(0, slots.inFlight());
  }

  @Test
  void concurrency_waiters_areServedInOrder() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Boolean> first = waiting(() -> slots.tryAcquire(2, FOREVER));
    FutureTask<Boolean> second = waiting(() -> slots.tryAcquire(1, FOREVER));
    slots.release(1);
    assertFalse(first.isDone());
    assertFalse(second.isDone());
    slots.release(1);
    assertTrue(first.get());
    slots.release(1);
    assertTrue(second.get());
  }

  @Test
  void concurrency_timeoutOfTheFirst_servesTheSecond() throws Exception {
    slots.tryAcquire(1);
    FutureTask<Boolean> first = waiting(() -> slots.tryAcquire(2, Duration.ofSeconds(1)));
    FutureTask<Boolean> second = waiting(() -> slots.tryAcquire(1, FOREVER));
    assertFalse(second.isDone());
    clock.advance(Duration.ofSeconds(1));
    assertFalse(first.get());
    assertTrue(second.get());
    assertEquals(2, slots.inFlight());
  }

  @Test
  void concurrency_timeoutOfTheFirst_letsNobodyOvertakeTheSecond() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Boolean> first = waiting(() -> slots.tryAcquire(1, Duration.ofSeconds(1)));
    FutureTask<Boolean> second = waiting(() -> slots.tryAcquire(2, FOREVER));
    clock.advance(Duration.ofSeconds(1));
    assertFalse(first.get());
    slots.release(1);
    assertFalse(slots.tryAcquire(1, Duration.ZERO), "one waits for two");
    slots.release(1);
    assertTrue(second.get());
  }

  @Test
  void concurrency_moreThanTheLimitWhileOthersWait_isDeniedAtOnce() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Boolean> first = waiting(() -> slots.tryAcquire(1, FOREVER));
    assertFalse(slots.tryAcquire(3, FOREVER));
    slots.release(1);
    assertTrue(first.get());
  }

  @Test
  void concurrency_limitLoweredBelowWhatIsWaitedFor_denies() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Boolean> first = waiting(() -> slots.tryAcquire(2, FOREVER));
    slots.limit(1);
    assertFalse(first.get());
  }
}
