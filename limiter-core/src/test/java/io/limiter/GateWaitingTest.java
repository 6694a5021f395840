package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
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
  void enter_slotDoesNotComeInTime_hasChargedNothing() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Permit> permit = waiting(() -> gate.enter(1, Duration.ofMillis(500)));
    assertEquals(3, rate.peek().remaining(), "while it waits");
    assertEquals(1, gate.waiters());
    clock.advance(Duration.ofMillis(500));
    assertFalse(permit.get().granted());
    assertEquals(3, rate.peek().remaining());
    assertEquals(0, gate.waiters());
  }

  @Test
  void enter_rateAndThenSlot_haveOneDeadline() throws Exception {
    rate.drain();
    slots.tryAcquire(2);
    FutureTask<Permit> permit = waiting(() -> gate.enter(1, Duration.ofMillis(1_500)));
    clock.advance(Duration.ofSeconds(1));
    clock.advance(Duration.ofMillis(500));
    assertFalse(permit.get().granted());
    assertEquals(1, rate.peek().remaining());
    assertEquals(0, gate.waiters());
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
    gate.penalize(Duration.ofSeconds(10));
    assertFalse(permit.get().granted());
    assertEquals(0, gate.waiters());
    assertEquals(0, slots.inFlight());
  }

  @Test
  void enter_interrupted_hasTakenNothing() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Permit> permit = waiting(() -> gate.enter(2, FOREVER));
    last.interrupt();
    assertThrows(ExecutionException.class, permit::get);
    assertEquals(3, rate.peek().remaining());
    assertEquals(0, gate.waiters());
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
  void enterUninterruptibly_keepsTheInterruptForLater() throws Exception {
    slots.tryAcquire(2);
    FutureTask<Boolean> flag = waiting(() -> {
      Permit permit = gate.enterUninterruptibly(1);
      return permit.granted() && Thread.currentThread().isInterrupted();
    });
    last.interrupt();
    slots.release();
    assertTrue(flag.get());
    assertFalse(gate.enterUninterruptibly(1, Duration.ZERO).granted());
  }

  @Test
  void enter_withoutATime_isDeniedOnlyIfNeverOrFull() throws Exception {
    assertFalse(gate.enter(3).granted(), "3 are never in flight");
    gate.maxWaiters(0);
    Permit first = gate.enter();
    first.close();
    slots.tryAcquire(2);
    assertFalse(gate.enter().granted(), "nobody may wait");
    assertEquals(0, gate.maxWaiters(7));
    FutureTask<Permit> waits = waiting(() -> gate.enter());
    slots.release();
    assertTrue(waits.get().granted());
  }

  @Test
  void enterAsync_isCompletedByWhoMakesRoom() {
    slots.tryAcquire(2);
    CompletableFuture<Permit> waits = gate.enterAsync(1, FOREVER);
    assertFalse(waits.isDone());
    slots.release();
    assertTrue(waits.join().granted());
    assertEquals(
        new Decision(true, 0, 0, Duration.ofSeconds(1).toNanos(), -1),
        waits.join().decision());
    waits.join().close();
    waits.join().close();
    assertEquals(1, slots.inFlight());
    assertFalse(gate.enterAsync(3, FOREVER).join().granted(), "never");
  }

  @Test
  void enterAsync_tooLate_saysHowLongItWouldTakeThen() {
    rate.drain();
    slots.tryAcquire(2);
    CompletableFuture<Permit> waits = gate.enterAsync(1, Duration.ofMillis(1_200));
    clock.advance(Duration.ofMillis(1_200));
    assertFalse(waits.join().granted());
    assertEquals(
        new Decision(false, 0, Decision.NEVER, Duration.ofMillis(1_800).toNanos(), 1),
        waits.join().decision());
    assertEquals(0, clock.sleepers());
  }

  @Test
  void enterAsync_cancelled_leavesTheLineOrGivesAllBack() {
    slots.tryAcquire(2);
    CompletableFuture<Permit> first = gate.enterAsync(1, FOREVER);
    CompletableFuture<Permit> next = gate.enterAsync(1, FOREVER);
    first.cancel(false);
    assertEquals(1, gate.waiters());
    // Somebody in line is cancelled by the callback of the one that is admitted before it.
    CompletableFuture<Permit> third = gate.enterAsync(1, FOREVER);
    next.thenAccept(permit -> third.cancel(false));
    slots.release(2);
    assertTrue(next.join().granted());
    assertTrue(third.isCancelled());
    assertEquals(1, slots.inFlight());
    assertEquals(2, rate.peek().remaining());
  }

  /** The future was cancelled while the charge was on its way to it. */
  @Test
  void enterAsync_cancelledWhileItIsServed_givesAllBack() {
    ConcurrencyLimiter watched = ConcurrencyLimiter.createReportingLeaks(1);
    Gate one = Gate.builder(clock).rate(rate).concurrency(watched).build();
    watched.tryAcquire();
    CompletableFuture<Permit> first = one.enterAsync(1, FOREVER);
    Signals outermost = Signals.begin(); // what is told is told later
    watched.release();
    first.cancel(false);
    Signals.end(outermost);
    assertTrue(first.isCancelled());
    assertEquals(0, watched.inFlight());
    assertEquals(3, rate.peek().remaining());
    for (int i = 0; i < 10; i++) {
      System.gc();
      assertEquals(0, watched.leaked());
    }
  }

  @Test
  void enterAsync_memberThatThrowsWhenItExplains_givesAllBackAndTellsItsCallerAlone() {
    boolean[] down = {false};
    RateLimiter foreign = new RateLimiter() {
      @Override
      public NanoClock clock() {
        return clock;
      }

      @Override
      public boolean tryAcquireAt(long nanoTime, long permits) {
        return true;
      }

      @Override
      public Decision decideAt(long nanoTime, long permits) {
        return peekAt(nanoTime, permits);
      }

      @Override
      public Decision peekAt(long nanoTime, long permits) {
        if (down[0] && slots.inFlight() > 0) {
          throw new IllegalStateException("down");
        }
        return Decision.admitted(9, 0);
      }

      @Override
      public boolean refundAt(long nanoTime, long permits) {
        return true;
      }
    };
    Gate both = Gate.builder(clock).concurrency(slots).rate(rate).rate(foreign).build();
    slots.tryAcquire(2);
    CompletableFuture<Permit> fails = both.enterAsync(1, FOREVER);
    down[0] = true;
    slots.release(2); // does not throw
    assertTrue(fails.isCompletedExceptionally());
    assertEquals(0, slots.inFlight());
    assertEquals(3, rate.peek().remaining());
  }

  @Test
  void tryEnter_whileCallersAreInLine_isDenied() {
    slots.tryAcquire(2);
    CompletableFuture<Permit> two = gate.enterAsync(2, FOREVER);
    slots.release();
    assertFalse(gate.tryEnter().granted(), "there is one, but another waits for two");
    assertFalse(gate.tryEnterEach(1, 1).granted());
    assertTrue(gate.tryEnter().decision().retryAfterNanos() > 0);
    assertTrue(rate.tryAcquire(), "the members on their own are not held back");
    slots.release();
    assertTrue(two.join().granted());
  }

  /** Both wait for both, in opposite order; then both are free. */
  @Test
  void gates_inOppositeOrder_neverBlockEachOther() {
    ConcurrencyLimiter x = ConcurrencyLimiter.create(1, clock);
    ConcurrencyLimiter y = ConcurrencyLimiter.create(1, clock);
    Gate xy = Gate.builder(clock).concurrency(x).concurrency(y).build();
    Gate yx = Gate.builder(clock).concurrency(y).concurrency(x).build();
    x.tryAcquire();
    y.tryAcquire();
    CompletableFuture<Permit> first = xy.enterAsync(1, FOREVER);
    CompletableFuture<Permit> second = yx.enterAsync(1, FOREVER);
    x.release();
    assertFalse(first.isDone() || second.isDone());
    assertEquals(0, x.inFlight(), "nobody holds what it cannot use");
    y.release();
    assertTrue(first.join().granted());
    assertFalse(second.isDone());
    first.join().close();
    assertTrue(second.join().granted());
    second.join().close();
    assertEquals(0, x.inFlight() + y.inFlight());
  }

  @Test
  void gates_ofWhichOneCannotEnter_doNotHoldUpTheOthers() {
    ConcurrencyLimiter never = ConcurrencyLimiter.create(1, clock);
    never.tryAcquire();
    Gate stuck = Gate.builder(clock).concurrency(slots).concurrency(never).build();
    slots.tryAcquire(2);
    CompletableFuture<Permit> waits = stuck.enterAsync(1, FOREVER);
    CompletableFuture<Permit> passes = gate.enterAsync(1, FOREVER);
    CompletableFuture<Boolean> own = slots.acquireAsync(1, FOREVER);
    slots.release(2);
    assertTrue(passes.join().granted());
    assertTrue(own.join());
    assertFalse(waits.isDone());
    never.release();
    assertFalse(waits.isDone());
    slots.release();
    assertTrue(waits.join().granted());
  }

  /** Three lines for one slot: each is served in its turn, however long the others are. */
  @Test
  void lines_atOneConcurrency_takeTurns() {
    ConcurrencyLimiter slot = ConcurrencyLimiter.create(1, clock);
    Gate a = Gate.builder(clock).concurrency(slot).build();
    Gate b = Gate.builder(clock).concurrency(slot).build();
    slot.tryAcquire();
    StringBuilder served = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      a.enterAsync(1, FOREVER).thenAccept(permit -> served.append('a'));
      slot.acquireAsync(1, FOREVER).thenAccept(passed -> served.append('s'));
    }
    b.enterAsync(1, FOREVER).thenAccept(permit -> served.append('b'));
    for (int i = 0; i < 7; i++) {
      slot.release();
    }
    assertEquals("asbasas", served.toString());
  }

  /** A call at another gate takes a slot, is denied by the second member, and gives it back. */
  @Test
  void rollBack_tellsThoseWhoWaitForIt() {
    ConcurrencyLimiter one = ConcurrencyLimiter.create(1, clock);
    CompletableFuture<?>[] waits = new CompletableFuture<?>[1];
    RateLimiter denies = new LateDenial(clock, () -> waits[0] = one.acquireAsync(1, FOREVER));
    assertFalse(
        Gate.builder(clock).concurrency(one).rate(denies).build().tryEnter().granted());
    assertEquals(true, waits[0].join());
  }

  /** Says that it admits, and denies; before that it does something. */
  private record LateDenial(NanoClock clock, Runnable action) implements RateLimiter {
    @Override
    public boolean tryAcquireAt(long nanoTime, long permits) {
      action.run();
      return false;
    }

    @Override
    public Decision decideAt(long nanoTime, long permits) {
      return peekAt(nanoTime, permits);
    }

    @Override
    public Decision peekAt(long nanoTime, long permits) {
      return Decision.admitted(1, 0);
    }

    @Override
    public boolean refundAt(long nanoTime, long permits) {
      return true;
    }
  }

  /** 20 callers wait for a slot, longer than the rate needs; then they enter at the rate. */
  @Test
  void enter_afterAWaitForConcurrency_keepsToTheRate() {
    Gcra paced = Gcra.create(Rate.perSecond(10), 1, clock);
    ConcurrencyLimiter slot = ConcurrencyLimiter.create(20, clock);
    Gate both = Gate.builder(clock).rate(paced).concurrency(slot).build();
    slot.tryAcquire(20);
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      both.enterAsync(1, FOREVER).thenAccept(permit -> times.add(clock.nanoTime()));
    }
    clock.advance(Duration.ofSeconds(3));
    slot.release(20);
    assertEquals(1, times.size());
    while (times.size() < 20) {
      clock.advance(Duration.ofMillis(10));
    }
    for (int i = 1; i < 20; i++) {
      assertTrue(times.get(i) - times.get(i - 1) >= Duration.ofMillis(100).toNanos());
    }
  }

  /** Counts as of when the slot came, not as of when the rate was there. */
  @Test
  void enter_servedByARelease_isChargedFromThen() {
    slots.tryAcquire(2);
    rate.tryAcquire(2);
    CompletableFuture<Permit> waits = gate.enterAsync(1, FOREVER);
    clock.advance(Duration.ofSeconds(60));
    slots.release(2);
    assertTrue(waits.join().granted());
    assertEquals(2, rate.peek().remaining());
    assertEquals(Duration.ofSeconds(1).toNanos(), rate.peek(3).retryAfterNanos());
  }

  @Test
  void reconfigure_whileCallersAreInLine_theyWaitForTheNewMembers() {
    slots.tryAcquire(2);
    CompletableFuture<Permit> two = gate.enterAsync(2, FOREVER);
    CompletableFuture<Permit> one = gate.enterAsync(1, FOREVER);
    ConcurrencyLimiter other = ConcurrencyLimiter.create(1, clock);
    ConcurrencyLimiter another = ConcurrencyLimiter.create(1, clock);
    another.tryAcquire();
    gate.reconfigure(Gate.builder(clock).concurrency(other).concurrency(another).build());
    assertFalse(two.join().granted(), "2 are never in flight now");
    assertFalse(one.isDone(), "2 of 1 are in flight");
    slots.release(2);
    assertFalse(one.isDone());
    another.release();
    assertTrue(one.join().granted());
    assertEquals(1, slots.inFlight());
    assertEquals(1, another.inFlight());
    gate.reconfigure(
        Gate.builder(clock).rate(Gcra.create(Rate.perSecond(1), clock)).build());
    one.join().close();
    assertEquals(0, slots.inFlight() + another.inFlight(), "given back to those that it held");
  }

  @Test
  void concurrency_limitLowered_refusesThoseInLineAtAGateForMore() {
    slots.tryAcquire(2);
    CompletableFuture<Permit> one = gate.enterAsync(1, FOREVER);
    CompletableFuture<Permit> two = gate.enterAsync(2, FOREVER);
    slots.limit(1);
    assertFalse(one.isDone());
    assertFalse(two.join().granted());
    slots.release(2);
    assertTrue(one.join().granted());
  }

  @Test
  void rate_thatWillNeverAdmit_refusesThoseInLine() {
    slots.tryAcquire(2);
    CompletableFuture<Permit> two = gate.enterAsync(2, FOREVER);
    rate.reconfigure(Rate.perSecond(1), 1);
    assertFalse(two.join().granted());
    CompletableFuture<Permit> one = gate.enterAsync(1, FOREVER);
    rate.acquireForced(Rate.MAX_PERMITS);
    rate.acquireForced(Rate.MAX_PERMITS); // more than 287 years
    slots.release();
    assertEquals(Decision.NEVER, rate.peek().retryAfterNanos());
    assertFalse(one.join().granted());
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
