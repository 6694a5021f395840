package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Two ends of a wait at once, many times over: a caller is admitted and charged, or leaves and is
 * charged nothing; never both, never neither. The clock is moved by hand, so permits can be counted.
 */
class WaitingRaceTest {
  private static final int ROUNDS = 4_000; // of calls; a tenth of those with a thread that waits
  private static final int CANARY_ROUNDS = 5_000_000; // the first that is caught ends it
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration FOREVER = Duration.ofDays(365);

  /** What two threads do at once, and what has to hold once both are done. */
  private record Duel(Callable<?> one, Callable<?> other, Callable<?> check) {}

  /** Two threads that do not sleep between rounds, so that they meet within some ns. */
  private static final class Meeting {
    private final AtomicInteger arrived = new AtomicInteger();
    private volatile boolean over;

    void meet(int times) {
      arrived.incrementAndGet();
      for (int spins = 1; arrived.get() < 2 * times && !over; spins++) {
        if (spins % 64 == 0) {
          Thread.yield(); // the other may have no processor
        } else {
          Thread.onSpinWait();
        }
      }
    }

    /** Arrives, and starts a little later each time, so that each part gets to be the first. */
    void start(int times, int delay) {
      meet(times);
      for (int i = 0; i < delay; i++) {
        Thread.onSpinWait();
      }
    }
  }

  private static void race(int rounds, Supplier<Duel> duels) throws Exception {
    Meeting meeting = new Meeting();
    Duel[] duel = new Duel[1]; // written and read on either side of a meeting
    FutureTask<Void> other =
        new FutureTask<>(() -> {
          for (int i = 0; i < rounds && !meeting.over; i++) {
            meeting.start(2 * i + 1, i % 13);
            if (!meeting.over) {
              duel[0].other.call();
            }
            meeting.meet(2 * i + 2);
          }
          return null;
        }) {
          @Override
          protected void done() {
            meeting.over = true; // it may have thrown
          }
        };
    new Thread(other).start();
    try {
      for (int i = 0; i < rounds && !other.isDone(); i++) {
        duel[0] = duels.get();
        meeting.start(2 * i + 1, i % 17);
        duel[0].one.call();
        meeting.meet(2 * i + 2);
        if (!other.isDone() || i == rounds - 1) {
          duel[0].check.call();
        }
      }
    } finally {
      meeting.over = true;
    }
    other.get();
  }

  /** What is wrong by one step in between takes its time there: the race is lost on a busy machine too. */
  private static boolean givesWay() {
    Thread.yield();
    return true;
  }

  private static Gcra gcra(NanoClock clock) {
    return Gcra.create(Rate.perSecond(1), 2, clock);
  }

  private static TokenBucket stepwise(NanoClock clock) {
    return TokenBucket.stepwise(Rate.perSecond(1), 2, clock);
  }

  private static AllOf both(NanoClock clock) {
    return AllOf.of(gcra(clock), stepwise(clock));
  }

  private static SlidingLog log(NanoClock clock) {
    return SlidingLog.create(Rate.perSecond(1), clock);
  }

  private static final List<Function<NanoClock, RateLimiter>> LIMITERS = List.of(
      WaitingRaceTest::gcra,
      WaitingRaceTest::stepwise,
      WaitingRaceTest::log,
      WaitingRaceTest::both);

  /** Of these, those that charge a reservation ahead of its time. */
  private static final List<Function<NanoClock, RateLimiter>> CHARGED_AHEAD =
      List.of(WaitingRaceTest::gcra, WaitingRaceTest::stepwise);

  // Cancel against wake-up. At its second, one permit has come back: of the caller who is granted
  // it, or of nobody. A burst of two would show a second one.

  @Test
  void future_cancelledAsItComesDue_isGrantedOrChargedNothing() throws Exception {
    for (Function<NanoClock, RateLimiter> limiter : LIMITERS) {
      race(ROUNDS, () -> cancelAgainstWakeUp(limiter, future -> future.cancel(true)));
    }
  }

  @Test
  void future_givenBackBeforeItIsCancelled_isCaught() {
    assertThrows(
        AssertionError.class,
        () -> race(CANARY_ROUNDS, () -> {
          ManualClock clock = ManualClock.create();
          Gcra limiter = gcra(clock);
          limiter.drain();
          Reservation reservation = limiter.reserve(1, FOREVER);
          CompletableFuture<Boolean> future = new CompletableFuture<>();
          Callable<?> wakeUp = () -> {
            clock.advance(SECOND);
            return reservation.waitNanos() == 0 && future.complete(true);
          };
          return new Duel(
              wakeUp,
              () -> !future.isDone() && givesWay() && reservation.cancel() && future.cancel(true),
              () -> granted(future, limiter));
        }));
  }

  private static Duel cancelAgainstWakeUp(
      Function<NanoClock, RateLimiter> factory, Function<CompletableFuture<?>, Boolean> cancel) {
    ManualClock clock = ManualClock.create();
    RateLimiter limiter = factory.apply(clock);
    limiter.drain();
    CompletableFuture<Boolean> future = limiter.acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> behind = limiter.acquireAsync(1, FOREVER);
    AtomicBoolean cancelled = new AtomicBoolean();
    return new Duel(
        () -> clock.advance(SECOND),
        () -> cancelled.compareAndSet(false, cancel.apply(future)),
        () -> {
          assertEquals(cancelled.get(), future.isCancelled());
          clock.advance(SECOND);
          assertTrue(behind.getNow(false), "who came behind was lost");
          return granted(future, limiter);
        });
  }

  private static Void granted(CompletableFuture<?> future, RateLimiter limiter) {
    assertTrue(future.isDone());
    assertEquals(future.isCancelled() ? 1 : 0, limiter.peek().remaining());
    return null;
  }

  @Test
  void future_completedByOthersAsItComesDue_isGrantedOrChargedNothing() throws Exception {
    race(ROUNDS, () -> {
      ManualClock clock = ManualClock.create();
      Gcra limiter = gcra(clock);
      limiter.drain();
      CompletableFuture<Boolean> future = limiter.acquireAsync(1, FOREVER);
      return new Duel(
          () -> clock.advance(SECOND),
          () -> future.complete(false),
          () -> assertRemaining(future.getNow(false) ? 0 : 1, limiter));
    });
  }

  private static Void assertRemaining(long permits, RateLimiter limiter) {
    assertEquals(permits, limiter.peek().remaining());
    return null;
  }

  @Test
  void reservation_cancelledAsItComesDue_givesBackOnce() throws Exception {
    for (Function<NanoClock, RateLimiter> factory : CHARGED_AHEAD) {
      race(ROUNDS, () -> {
        ManualClock clock = ManualClock.create();
        RateLimiter limiter = factory.apply(clock);
        limiter.drain();
        Reservation reservation = limiter.reserve(1, FOREVER);
        return new Duel(
            () -> clock.advance(SECOND) + reservation.waitNanos(),
            reservation::cancel,
            () -> assertRemaining(1, limiter));
      });
    }
  }

  @Test
  void reserveAsync_cancelledByItsCallbackOrLater_givesBackOnce() throws Exception {
    for (Function<NanoClock, RateLimiter> factory : LIMITERS) {
      race(ROUNDS, () -> {
        ManualClock clock = ManualClock.create();
        RateLimiter limiter = factory.apply(clock);
        limiter.drain();
        CompletableFuture<Reservation> reservation = limiter.reserveAsync(1, FOREVER);
        return new Duel(
            () -> clock.advance(SECOND), () -> reservation.thenAccept(Reservation::cancel), () -> {
              assertFalse(reservation.join().settle(0), "closed already");
              return assertRemaining(1, limiter);
            });
      });
    }
  }

  @Test
  void reserveAsync_cancelledAsItComesDue_isGrantedOrChargedNothing() throws Exception {
    for (Function<NanoClock, RateLimiter> factory : LIMITERS) {
      race(ROUNDS, () -> {
        ManualClock clock = ManualClock.create();
        RateLimiter limiter = factory.apply(clock);
        limiter.drain();
        CompletableFuture<Reservation> reservation = limiter.reserveAsync(1, FOREVER);
        return new Duel(
            () -> clock.advance(SECOND),
            () -> reservation.cancel(false),
            () -> granted(reservation, limiter));
      });
    }
  }

  // Close against close.

  @Test
  void reservation_cancelledAndSettledAtOnce_isClosedByOneOfThem() throws Exception {
    race(ROUNDS, () -> {
      Gcra limiter = gcra(ManualClock.create());
      Reservation reservation = limiter.reserve(1, FOREVER);
      limiter.acquireForced(2); // of two: closed twice, one would be left
      AtomicInteger closed = new AtomicInteger();
      return new Duel(
          () -> reservation.cancel() && closed.incrementAndGet() > 0,
          () -> reservation.settle(0) && closed.incrementAndGet() > 0,
          () -> {
            assertEquals(1, closed.get());
            return assertRemaining(0, limiter);
          });
    });
  }

  @Test
  void permit_closedByTwoAtOnce_isOneRelease() throws Exception {
    race(ROUNDS, () -> {
      ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
      limiter.tryAcquire(); // of another; a second release would take it
      Permit permit = limiter.tryEnter();
      return new Duel(() -> close(permit), () -> close(permit), () -> inFlight(1, limiter));
    });
  }

  @Test
  void permitOfAGate_closedByTwoAtOnce_isOneReleaseAndNoRefund() throws Exception {
    race(ROUNDS, () -> {
      ManualClock clock = ManualClock.create();
      Gcra rate = gcra(clock);
      ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
      Gate gate = Gate.builder(clock).concurrency(limiter).rate(rate).build();
      gate.tryEnter();
      Permit permit = gate.tryEnter();
      return new Duel(() -> close(permit), () -> close(permit), () -> {
        inFlight(1, limiter);
        return assertRemaining(0, rate);
      });
    });
  }

  @Test
  void permit_closedWithoutAnAtomicStep_isCaught() {
    assertThrows(
        AssertionError.class,
        () -> race(CANARY_ROUNDS, () -> {
          ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
          limiter.tryAcquire(2);
          boolean[] closed = new boolean[1];
          Callable<Void> close = () -> {
            if (!closed[0] && givesWay()) {
              closed[0] = true;
              limiter.release();
            }
            return null;
          };
          return new Duel(close, close, () -> inFlight(1, limiter));
        }));
  }

  private static Void close(Permit permit) {
    permit.close();
    return null;
  }

  private static Void inFlight(int permits, ConcurrencyLimiter limiter) {
    assertEquals(permits, limiter.inFlight());
    return null;
  }

  // Interrupt against grant: either the permit is had and the flag is kept, or neither.

  /** A thread that waits for the clock, and says whether it was granted and left with its flag. */
  private static final class Waiter {
    private volatile boolean interrupted;
    private final FutureTask<Boolean> granted;
    private final FutureTask<Boolean> flag = new FutureTask<>(Thread::interrupted);
    private final Thread thread;

    Waiter(ManualClock clock, Callable<Boolean> call) {
      granted = new FutureTask<>(() -> {
        try {
          return call.call();
        } catch (InterruptedException e) {
          return false;
        }
      });
      thread = new Thread(() -> {
        granted.run();
        while (!interrupted) {
          Thread.yield();
        }
        flag.run();
      });
      thread.start();
      while (clock.sleepers() == 0) {
        Thread.yield();
      }
    }

    Void interrupt() {
      thread.interrupt();
      interrupted = true;
      return null;
    }

    /** Whether it was granted; the interrupt was taken by the exception, or is still there. */
    boolean granted() throws Exception {
      assertEquals(granted.get(), flag.get(), "an interrupt was lost, or told twice");
      return granted.get();
    }
  }

  @Test
  void acquire_interruptedAsItComesDue_isGrantedOrThrowsAndIsChargedNothing() throws Exception {
    for (Function<NanoClock, RateLimiter> factory : LIMITERS) {
      race(ROUNDS / 10, () -> {
        ManualClock clock = ManualClock.create();
        RateLimiter limiter = factory.apply(clock);
        limiter.drain();
        Waiter waiter = new Waiter(clock, () -> {
          limiter.acquire(1);
          return true;
        });
        return new Duel(
            () -> clock.advance(SECOND),
            waiter::interrupt,
            () -> assertRemaining(waiter.granted() ? 0 : 1, limiter));
      });
    }
  }

  @Test
  void acquireUninterruptibly_interruptedAsItComesDue_isGrantedAndKeepsTheFlag() throws Exception {
    race(ROUNDS / 10, () -> {
      ManualClock clock = ManualClock.create();
      Gcra limiter = gcra(clock);
      limiter.drain();
      Waiter waiter = new Waiter(clock, () -> {
        limiter.acquireUninterruptibly(1);
        return true;
      });
      return new Duel(() -> clock.advance(SECOND), waiter::interrupt, () -> {
        assertTrue(waiter.granted());
        return assertRemaining(0, limiter);
      });
    });
  }

  @Test
  void concurrency_interruptedAsOneIsReleased_isGrantedOrThrowsAndHoldsNothing() throws Exception {
    race(ROUNDS / 10, () -> {
      ManualClock clock = ManualClock.create();
      ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1, clock);
      limiter.tryAcquire();
      Waiter waiter = new Waiter(clock, () -> limiter.tryAcquire(1, FOREVER));
      Callable<Void> release = () -> {
        limiter.release();
        return null;
      };
      return new Duel(
          release, waiter::interrupt, () -> inFlight(waiter.granted() ? 1 : 0, limiter));
    });
  }

  @Test
  void concurrency_timedOutAsOneIsReleased_isGrantedOrHoldsNothing() throws Exception {
    race(ROUNDS / 10, () -> {
      ManualClock clock = ManualClock.create();
      ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1, clock);
      limiter.tryAcquire();
      FutureTask<Boolean> waiter = new FutureTask<>(() -> limiter.tryAcquire(1, SECOND));
      new Thread(waiter).start();
      while (clock.sleepers() == 0) {
        Thread.yield();
      }
      Callable<Void> release = () -> {
        limiter.release();
        return null;
      };
      return new Duel(release, () -> clock.advance(SECOND), () -> {
        inFlight(waiter.get() ? 1 : 0, limiter);
        assertEquals(0, limiter.waiters());
        return null;
      });
    });
  }
}
