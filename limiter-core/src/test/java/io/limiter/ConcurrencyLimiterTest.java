package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConcurrencyLimiterTest {
  private static final Duration FOREVER = Duration.ofDays(100_000);

  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  private interface Body {
    void run() throws Exception;
  }

  private static Thread start(Body body) {
    Thread thread = new Thread(() -> {
      try {
        body.run();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
    thread.start();
    return thread;
  }

  /** A thread that waits for permits and tells what it got; it is in the queue on return. */
  private Thread waiter(ConcurrencyLimiter limiter, String name, long permits) {
    int before = limiter.waiters();
    Thread thread = start(() -> {
      try {
        told.add(name + (limiter.tryAcquire(permits, FOREVER) ? " admitted" : " denied"));
      } catch (InterruptedException e) {
        told.add(name + " interrupted");
      }
    });
    while (limiter.waiters() <= before) {
      Thread.onSpinWait();
    }
    return thread;
  }

  @Test
  void tryAcquire_upToTheLimit_isAdmittedAndThenDenied() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(5);
    assertTrue(limiter.tryAcquire(3));
    assertFalse(limiter.tryAcquire(3));
    assertTrue(limiter.tryAcquire(2));
    assertFalse(limiter.tryAcquire());
    assertEquals("ConcurrencyLimiter[5 of 5 in flight]", limiter.toString());
    limiter.release(4);
    assertEquals(1, limiter.inFlight());
    assertEquals(4, limiter.available());
    assertTrue(limiter.tryAcquire(4));
  }

  @Test
  void release_ofMoreThanIsHeld_throwsAndChangesNothing() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(5);
    limiter.tryAcquire(2);
    assertEquals(
        "release: 3 permits (expected: <= 2 in flight)",
        assertThrows(IllegalStateException.class, () -> limiter.release(3)).getMessage());
    assertEquals(2, limiter.inFlight());
  }

  @Test
  void limit_loweredAndRaised_keepsWhatIsInFlight() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(5);
    limiter.tryAcquire(4);
    assertEquals(5, limiter.limit(2));
    assertEquals(4, limiter.inFlight());
    assertEquals(0, limiter.available());
    limiter.release(2);
    assertFalse(limiter.tryAcquire());
    limiter.release();
    assertTrue(limiter.tryAcquire());
    assertEquals(2, limiter.limit(Integer.MAX_VALUE));
    assertTrue(limiter.tryAcquire(Integer.MAX_VALUE - 2));
    assertFalse(limiter.tryAcquire(Long.MAX_VALUE));
  }

  @Test
  void limit_zero_deniesAll() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(0);
    assertFalse(limiter.tryAcquire());
    assertFalse(limiter.tryAcquire(1, FOREVER));
    assertThrows(IllegalArgumentException.class, () -> limiter.limit(-1));
    assertThrows(IllegalArgumentException.class, () -> ConcurrencyLimiter.create(-1));
    assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(-1));
    assertThrows(IllegalArgumentException.class, () -> limiter.release(-1));
  }

  @Test
  void zeroPermits_areAdmittedUnlessMoreAreInFlightThanTheLimit() throws InterruptedException {
    for (boolean striped : new boolean[] {false, true}) {
      ConcurrencyLimiter limiter = ConcurrencyLimiter.create(8);
      if (striped) {
        limiter.striped(2).stripe();
      }
      limiter.tryAcquire(8);
      assertTrue(limiter.tryAcquire(0));
      assertTrue(limiter.tryAcquire(0, Duration.ZERO));
      limiter.release(0);
      limiter.tryEnter(0).close();
      assertEquals(8, limiter.inFlight());
      limiter.limit(7);
      assertFalse(limiter.tryAcquire(0));
      assertFalse(limiter.tryEnter(0).granted());
    }
  }

  @Test
  void drain_takesAllThatAreThere() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(5);
    limiter.tryAcquire(2);
    assertEquals(3, limiter.drain());
    assertEquals(0, limiter.drain());
    limiter.limit(4);
    assertEquals(0, limiter.drain());
    limiter.release(5);
    assertEquals(4, limiter.drain());
  }

  @Test
  void acquire_withoutATime_isRejectedOnlyIfNeverOrFull() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
    limiter.acquire();
    limiter.acquire(1);
    limiter.acquireUninterruptibly(0);
    assertEquals(
        "permits: 3 (too many for ConcurrencyLimiter[2 of 2 in flight], or too many wait already)",
        assertThrows(RejectedExecutionException.class, () -> limiter.acquire(3)).getMessage());
    assertEquals(Integer.MAX_VALUE, limiter.maxWaiters(0));
    assertThrows(RejectedExecutionException.class, () -> limiter.acquireUninterruptibly(1));
    assertFalse(limiter.enter().granted());
    assertFalse(limiter.acquireAsync(1, FOREVER).join());
    limiter.release(2);
    try (Permit permit = limiter.enterUninterruptibly(2)) {
      assertTrue(permit.granted(), "it need not wait");
    }
    assertEquals(0, limiter.inFlight());
  }

  @Test
  void uninterruptibly_waitsOnAndKeepsTheInterrupt() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1);
    limiter.tryAcquire();
    Thread thread = start(() -> {
      limiter.acquireUninterruptibly(1);
      told.add("interrupted " + Thread.interrupted());
      limiter.release();
      limiter.enterUninterruptibly(1, Duration.ofDays(1)).close();
      assertFalse(limiter.tryAcquireUninterruptibly(2, FOREVER));
    });
    while (limiter.waiters() == 0) {
      Thread.onSpinWait();
    }
    thread.interrupt();
    limiter.release();
    assertEquals("interrupted true", told.take());
    thread.join();
    assertEquals(0, limiter.inFlight());
  }

  @Test
  void async_isServedInOrderAndCancelledWithoutATrace() {
    ManualClock clock = ManualClock.create();
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2, clock);
    limiter.tryAcquire(2);
    CompletableFuture<Boolean> two = limiter.acquireAsync(2, FOREVER);
    CompletableFuture<Permit> one = limiter.enterAsync(1, Duration.ofSeconds(1));
    CompletableFuture<Boolean> last = limiter.acquireAsync(1, FOREVER);
    assertEquals(3, limiter.waiters());
    limiter.release();
    assertTrue(limiter.tryAcquire(), "a plain call may overtake");
    limiter.release();
    clock.advance(Duration.ofSeconds(1));
    assertFalse(one.join().granted(), "behind the first, too late");
    two.cancel(false);
    assertTrue(last.join());
    assertEquals(2, limiter.inFlight());
    assertEquals(0, limiter.waiters());
    assertEquals(0, clock.sleepers());
  }

  /** Behind a caller that waits for long, one whose time is over leaves. */
  @Test
  void timeout_ofTheSecondWaiter_isNotHeldUpByTheFirst() throws InterruptedException {
    ManualClock clock = ManualClock.create();
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1, clock);
    limiter.tryAcquire();
    CompletableFuture<Boolean> first = limiter.acquireAsync(1, FOREVER);
    Thread second = start(() -> told.add("second " + limiter.tryAcquire(1, Duration.ofSeconds(1))));
    while (clock.sleepers() < 2) { // the timer of the first, and the second
      Thread.onSpinWait();
    }
    clock.advance(Duration.ofSeconds(1));
    assertEquals("second false", told.take());
    second.join();
    assertFalse(first.isDone());
    limiter.release();
    assertTrue(first.join());
  }

  /** Each caller that is let in lets in the next: as deep as the stack is, if callbacks nested. */
  @Test
  void chain_ofCallersThatLetInTheNext_needsNoStack() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1);
    limiter.tryAcquire();
    int[] served = {0};
    for (int i = 0; i < 100_000; i++) {
      limiter.acquireAsync(1, FOREVER).thenAccept(passed -> {
        served[0]++;
        limiter.release();
      });
    }
    limiter.release();
    assertEquals(100_000, served[0]);
    assertEquals(0, limiter.inFlight());
  }

  @Test
  void tryAcquire_waitingForMoreThanTheLimit_isDeniedAtOnce() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
    assertFalse(limiter.tryAcquire(3, FOREVER));
    assertFalse(limiter.enter(3, FOREVER).granted());
    assertEquals(0, limiter.inFlight());
  }

  @Test
  void waiters_areServedInTheOrderOfTheirArrival() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(3);
    limiter.tryAcquire(3);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      threads.add(waiter(limiter, "" + i, 1 + i % 3));
    }
    for (int i = 0; i < 6; i++) {
      // What the next one asks for and no more: whoever comes later cannot be served instead.
      limiter.release(1 + i % 3);
      assertEquals(i + " admitted", told.take());
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, told.size());
    assertEquals(3, limiter.inFlight());
  }

  @Test
  void waiterForMany_isNotOvertakenByAWaiterForOne() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(3);
    limiter.tryAcquire(3);
    waiter(limiter, "many", 3);
    waiter(limiter, "one", 1);
    limiter.release(1);
    assertFalse(limiter.tryAcquire(1, Duration.ZERO), "two came before");
    limiter.release(2);
    assertEquals("many admitted", told.take());
    limiter.release(1);
    assertEquals("one admitted", told.take());
  }

  @Test
  void limit_loweredBelowTheFirstWaiter_deniesItAndServesThoseBehind() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(5);
    limiter.tryAcquire(4);
    waiter(limiter, "five", 5);
    waiter(limiter, "four", 4);
    waiter(limiter, "one", 1);
    assertEquals(5, limiter.limit(3));
    assertEquals(Set.of("five denied", "four denied"), Set.of(told.take(), told.take()));
    limiter.release(2);
    assertEquals("one admitted", told.take());
    assertEquals(3, limiter.inFlight());
  }

  @Test
  void release_ofSeveral_servesAllWhoFit() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(4);
    limiter.tryAcquire(4);
    waiter(limiter, "a", 1);
    waiter(limiter, "b", 2);
    waiter(limiter, "c", 2);
    limiter.release(3);
    assertEquals(Set.of("a admitted", "b admitted"), Set.of(told.take(), told.take()));
    limiter.limit(6);
    assertEquals("c admitted", told.take());
    assertEquals(6, limiter.inFlight());
  }

  @Test
  void limit_raised_servesTheWaiters() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
    limiter.tryAcquire(2);
    waiter(limiter, "a", 1);
    waiter(limiter, "b", 2);
    limiter.limit(3);
    assertEquals("a admitted", told.take());
    limiter.limit(5);
    assertEquals("b admitted", told.take());
    assertEquals(5, limiter.inFlight());
  }

  @Test
  void interrupt_whileWaiting_takesNothingAndServesThoseBehind() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
    limiter.tryAcquire(1);
    Thread two = waiter(limiter, "two", 2);
    waiter(limiter, "one", 1);
    two.interrupt();
    assertEquals(Set.of("two interrupted", "one admitted"), Set.of(told.take(), told.take()));
    assertEquals(2, limiter.inFlight());
  }

  @Test
  void interrupt_whileWaiting_theFlagGoesWithTheException() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1);
    limiter.tryAcquire();
    Thread thread = start(() -> {
      assertThrows(InterruptedException.class, () -> limiter.tryAcquire(1, FOREVER));
      told.add("interrupted " + Thread.currentThread().isInterrupted());
    });
    while (limiter.waiters() == 0) {
      Thread.onSpinWait();
    }
    thread.interrupt();
    assertEquals("interrupted false", told.take());
  }

  @Test
  void interrupt_onEntry_throwsAndTakesNothing() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> limiter.tryAcquire(1, FOREVER));
    assertFalse(Thread.interrupted(), "the flag went with the exception");
    assertEquals(0, limiter.inFlight());
  }

  @Test
  void timeout_ofTheFirstWaiter_servesThoseBehind() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
    limiter.tryAcquire(1);
    Thread first = start(() -> {
      while (!limiter.tryAcquire(2, Duration.ofMillis(1))) {
        told.add("timeout");
        if (told.size() == 3) {
          return;
        }
      }
    });
    first.join();
    assertEquals(1, limiter.inFlight());
    assertTrue(limiter.tryAcquire(1, FOREVER));
  }

  /** The permit comes while the caller reads the clock for the nth time. */
  @Test
  void timeout_whileOneIsReleased_holdsWhatItSays() throws InterruptedException {
    Set<Boolean> answers = new HashSet<>();
    for (int nth = 1; nth < 9; nth++) {
      int last = nth;
      ConcurrencyLimiter[] limiter = new ConcurrencyLimiter[1];
      NanoClock clock = new NanoClock() {
        private int readings;

        @Override
        public long nanoTime() {
          if (++readings == last) {
            limiter[0].release();
          }
          return readings;
        }
      };
      limiter[0] = ConcurrencyLimiter.create(1, clock);
      limiter[0].tryAcquire();
      boolean admitted = limiter[0].tryAcquire(1, Duration.ofNanos(3));
      answers.add(admitted);
      int released = clock.nanoTime() >= last ? 1 : 0;
      assertEquals(admitted ? 2 - released : 1 - released, limiter[0].inFlight());
      assertEquals(0, limiter[0].waiters());
    }
    assertEquals(Set.of(true, false), answers);
  }

  /**
   * Threads that wait for nothing, for very little, or until they are interrupted, while the limit
   * goes up and down: what is in flight never grows above the limit, and in the end nothing is.
   */
  @Test
  void raceOfWaitsTimeoutsInterruptsAndLimits_losesAndMintsNothing() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(3);
    AtomicInteger holders = new AtomicInteger(); // permits that callers believe to hold
    AtomicInteger above = new AtomicInteger();
    AtomicLong admitted = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    int highest = 5;
    for (int i = 0; i < 4; i++) {
      Random random = new Random(i);
      threads.add(start(() -> {
        for (int call = 0; call < 4_000; call++) {
          int permits = 1 + random.nextInt(3);
          boolean mine = false;
          try {
            mine = switch (random.nextInt(4)) {
              case 0 -> limiter.tryAcquire(permits);
              case 1 -> limiter.tryAcquire(permits, Duration.ZERO);
              case 2 -> limiter.tryAcquire(permits, Duration.ofNanos(random.nextInt(20_000)));
              default -> limiter.tryAcquire(permits, FOREVER);
            };
          } catch (InterruptedException e) {
            // Nothing is held.
          }
          if (mine) {
            if (holders.addAndGet(permits) > highest) {
              above.incrementAndGet();
            }
            admitted.incrementAndGet();
            holders.addAndGet(-permits);
            limiter.release(permits);
          }
        }
      }));
    }
    List<Thread> callers = List.copyOf(threads);
    Random random = new Random(7);
    while (callers.stream().anyMatch(Thread::isAlive)) {
      limiter.limit(1 + random.nextInt(highest));
      callers.get(random.nextInt(callers.size())).interrupt();
      Thread.yield();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertEquals(0, above.get());
    assertEquals(0, limiter.inFlight());
    assertEquals(0, limiter.waiters());
    assertTrue(admitted.get() > 0);
  }

  /** Each of two threads waits for what the other gives back: a lost wake-up would end the test. */
  @Test
  void pingPongOfTheOnlyPermit_losesNoWakeUp() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger together = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      threads.add(start(() -> {
        for (int call = 0; call < 5_000; call++) {
          try (Permit permit = limiter.enter(1, FOREVER)) {
            if (!permit.granted() || inside.incrementAndGet() != 1) {
              together.incrementAndGet();
            }
            inside.decrementAndGet();
          }
        }
      }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, together.get());
    assertEquals(0, limiter.inFlight());
  }

  /** Waiters for more than the limit come and go among others; none of those is forgotten. */
  @Test
  void raceOfLimitsBelowWhatIsWaitedFor_leavesNobodyBehind() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(4);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      long permits = 1 + i; // the first fits any limit
      threads.add(start(() -> {
        for (int call = 0; call < 3_000; call++) {
          if (limiter.tryAcquire(permits, FOREVER)) {
            limiter.release(permits);
          } else if (permits == 1) {
            throw new AssertionError("denied, but fits");
          }
        }
        told.add("done");
      }));
    }
    while (threads.stream().anyMatch(Thread::isAlive)) {
      limiter.limit(1);
      limiter.limit(4);
      limiter.limit(2);
    }
    assertEquals(3, told.size());
    assertEquals(0, limiter.inFlight());
  }

  @Test
  void leak_isGivenBackAndCounted() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.createReportingLeaks(3);
    assertTrue(limiter.tryEnter(2).granted()); // and is forgotten
    Permit open = limiter.tryEnter();
    for (int attempt = 0; limiter.leaked() == 0; attempt++) {
      assertTrue(attempt < 1_000, "not reported");
      System.gc();
    }
    assertEquals(2, limiter.leaked());
    assertEquals(1, limiter.inFlight());
    open.close();
    assertEquals(0, limiter.inFlight());
    assertEquals(2, limiter.leaked());
  }

  @Test
  void leak_isGivenBackByTheNextCallThatEnters() throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.createReportingLeaks(1);
    Gate gate = Gate.builder(ManualClock.create()).concurrency(limiter).build();
    assertTrue(limiter.tryEnter().granted()); // and is forgotten, as those after it are
    for (int way = 0; way < 5; way++) {
      boolean entered = false;
      for (int attempt = 0; !entered; attempt++) {
        assertTrue(attempt < 1_000, "not given back");
        System.gc();
        entered = (switch (way) {
              case 0 -> limiter.tryEnter();
              case 1 -> limiter.enter(1, Duration.ZERO);
              case 2 -> gate.tryEnter();
              case 3 -> gate.tryEnterEach(1);
              default -> gate.enter(1, Duration.ZERO);
            })
            .granted();
      }
    }
  }

  /** Released by hand and then forgotten: that harms nobody who enters later. */
  @Test
  void leak_ofAPermitThatWasReleasedByHand_isCountedAndThrowsAtNobody() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.createReportingLeaks(3);
    assertTrue(limiter.tryEnter(2).granted()); // and is forgotten
    limiter.release(2);
    for (int attempt = 0; limiter.leaked() == 0; attempt++) {
      assertTrue(attempt < 1_000, "not reported");
      System.gc();
      limiter.tryEnter().close();
    }
    assertEquals(2, limiter.leaked());
    assertEquals(0, limiter.inFlight());
  }

  @Test
  void leak_whenNotReported_isNotGivenBack() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(3);
    limiter.tryEnter(2);
    System.gc();
    assertEquals(0, limiter.leaked());
    assertEquals(2, limiter.inFlight());
  }

  @Test
  void closed_whenReportingLeaks_isNoLeak() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.createReportingLeaks(3);
    for (int i = 0; i < 100; i++) {
      limiter.tryEnter(2).close();
    }
    System.gc();
    assertEquals(0, limiter.leaked());
    assertEquals(0, limiter.inFlight());
  }
}
