package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
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
    int before = limiter.waiting();
    Thread thread = start(() -> {
      try {
        told.add(name + (limiter.tryAcquire(permits, FOREVER) ? " admitted" : " denied"));
      } catch (InterruptedException e) {
        told.add(name + " interrupted");
      }
    });
    while (limiter.waiting() <= before) {
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
  void noPermits_areAdmittedUnlessMoreAreInFlightThanMayBe() throws InterruptedException {
    for (ConcurrencyLimiter limiter :
        List.of(ConcurrencyLimiter.create(8), ConcurrencyLimiter.create(8).striped(2))) {
      limiter.stripe();
      assertTrue(limiter.tryAcquire(8));
      assertTrue(limiter.tryAcquire(0));
      assertTrue(limiter.tryAcquire(0, Duration.ZERO));
      Permit none = limiter.tryEnter(0);
      assertTrue(none.granted());
      none.close();
      limiter.release(0);
      assertEquals(8, limiter.inFlight());
      limiter.limit(7);
      assertFalse(limiter.tryAcquire(0));
      assertFalse(limiter.tryEnter(0).granted());
      limiter.release(1);
      assertTrue(limiter.tryAcquire(0));
    }
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
    while (limiter.waiting() == 0) {
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

  /** The permit comes between the last look at it and the look at the clock. */
  @Test
  void timeout_whileOneIsReleased_holdsNothing() throws InterruptedException {
    ConcurrencyLimiter[] limiter = new ConcurrencyLimiter[1];
    NanoClock clock = new NanoClock() {
      private int readings;

      @Override
      public long nanoTime() {
        if (++readings == 2) {
          limiter[0].release();
        }
        return readings;
      }
    };
    limiter[0] = ConcurrencyLimiter.create(1, clock);
    limiter[0].tryAcquire();
    assertFalse(limiter[0].tryAcquire(1, Duration.ofNanos(1)));
    assertEquals(0, limiter[0].inFlight());
    assertEquals(0, limiter[0].waiting());
    assertTrue(limiter[0].tryAcquire());
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
    assertEquals(0, limiter.waiting());
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
