package io.limiter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ManualClockTest {
  private static final int CHAIN = 100_000;

  @Test
  void nanoTime_withoutAMove_standsStill() {
    ManualClock clock = ManualClock.create();
    assertEquals(0, clock.nanoTime());
    assertEquals(0, clock.nanoTime());
  }

  @Test
  void advance_anyDistance_answersTheNewReading() {
    ManualClock clock = ManualClock.startingAt(100);
    assertEquals(1_000_000_100, clock.advance(Duration.ofSeconds(1)));
    assertEquals(90, clock.advanceNanos(-1_000_000_010));
    clock.set(Long.MAX_VALUE);
    assertEquals(Long.MIN_VALUE, clock.advanceNanos(1));
    assertEquals("ManualClock[-9223372036854775808 ns]", clock.toString());
  }

  @Test
  void advance_moreThan63Bits_throws() {
    ManualClock clock = ManualClock.create();
    assertThrows(
        ArithmeticException.class, () -> clock.advance(Duration.ofSeconds(Long.MAX_VALUE)));
  }

  @Test
  void advance_tasksWhoseTimeHasCome_runInOrderOfTimeAndOfSetting() {
    // Where readings wrap around, and where sums of them do.
    for (long start : new long[] {0, Long.MAX_VALUE - 5, (1L << 62) - 20}) {
      ManualClock clock = ManualClock.startingAt(start);
      List<Integer> ran = new ArrayList<>();
      List<Integer> inOrder = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        int number = i;
        clock.runAfter(i < 10 ? 20 : 10, () -> ran.add(number));
        inOrder.add((i + 10) % 30);
      }
      clock.advanceNanos(9);
      assertEquals(List.of(), ran);
      assertEquals(30, clock.sleepers());
      clock.set(start + 20);
      assertEquals(inOrder, ran);
      assertEquals(0, clock.sleepers());
    }
  }

  @Test
  void runAfter_noTime_runsAtOnce() {
    ManualClock clock = ManualClock.create();
    List<Long> ran = new ArrayList<>();
    clock.runAfter(0, () -> ran.add(clock.nanoTime()));
    assertEquals(List.of(0L), ran);
  }

  @Test
  void parkNanos_noTime_returns() {
    ManualClock clock = ManualClock.startingAt(5);
    clock.parkNanos(this, 0);
    assertEquals(0, clock.sleepers());
  }

  @Test
  void set_timeOfASleeper_wakesIt() throws InterruptedException {
    ManualClock clock = ManualClock.create();
    Thread sleeper = new Thread(() -> {
      while (clock.nanoTime() < 10) {
        clock.parkNanos(this, 10 - clock.nanoTime());
      }
    });
    sleeper.start();
    while (clock.sleepers() == 0) {
      Thread.onSpinWait();
    }
    clock.set(10);
    sleeper.join();
    assertEquals(0, clock.sleepers());
  }

  @Test
  void timer_cancelled_doesNotRunAndIsForgotten() {
    ManualClock clock = ManualClock.create();
    List<String> ran = new ArrayList<>();
    NanoClock.Timer first = clock.runAfter(10, () -> ran.add("first"));
    clock.runAfter(10, () -> ran.add("second"));
    first.cancel();
    assertEquals(1, clock.sleepers());
    clock.advanceNanos(10);
    first.cancel();
    assertEquals(List.of("second"), ran);
    assertEquals(0, clock.sleepers());
  }

  @Test
  void timer_cancelledByATaskThatIsDueWithIt_doesNotRun() {
    ManualClock clock = ManualClock.create();
    List<String> ran = new ArrayList<>();
    NanoClock.Timer[] second = new NanoClock.Timer[1];
    clock.runAfter(10, () -> second[0].cancel());
    second[0] = clock.runAfter(10, () -> ran.add("second"));
    clock.advanceNanos(10);
    assertEquals(List.of(), ran);
  }

  @Test
  void timer_cancelled_isNotReachableFromTheClock() {
    ManualClock clock = ManualClock.create();
    NanoClock.Timer[] timers = new NanoClock.Timer[2];
    WeakReference<Runnable> cancelled = setAndCancel(clock, timers);
    while (cancelled.get() != null) { // ends only if nothing holds the task
      System.gc();
      Thread.yield();
    }
    assertEquals(1, clock.sleepers());
    timers[1].cancel();
    assertEquals(0, clock.sleepers());
  }

  /** Keeps both handles in hand: a handle must not hold the task of a timer that was taken back. */
  private static WeakReference<Runnable> setAndCancel(NanoClock clock, NanoClock.Timer[] timers) {
    byte[] captured = new byte[1];
    Runnable task = () -> captured[0]++;
    timers[0] = clock.runAfter(1_000_000_000_000L, task);
    timers[1] = clock.runAfter(1_000_000_000_000L, () -> {});
    timers[0].cancel();
    return new WeakReference<>(task);
  }

  @Test
  void tasks_whoseTaskMovesTheClock_runAfterIt() {
    ManualClock clock = ManualClock.create();
    List<String> ran = new ArrayList<>();
    clock.runAfter(10, () -> {
      ran.add("first begins");
      clock.advanceNanos(20);
      clock.runAfter(0, () -> ran.add("at once"));
      ran.add("first ends");
    });
    clock.runAfter(10, () -> ran.add("second"));
    clock.runAfter(30, () -> ran.add("third"));
    clock.advanceNanos(10);
    assertEquals(List.of("first begins", "first ends", "second", "third", "at once"), ran);
    assertEquals(30, clock.nanoTime());
  }

  @Test
  void tasks_thatThrow_keepNoOtherFromRunning() {
    ManualClock clock = ManualClock.create();
    List<String> ran = new ArrayList<>();
    RuntimeException first = new IllegalStateException("first");
    RuntimeException second = new IllegalStateException("second");
    clock.runAfter(10, () -> {
      throw first;
    });
    clock.runAfter(10, () -> {
      throw second;
    });
    clock.runAfter(10, () -> ran.add("third"));
    assertSame(first, assertThrows(RuntimeException.class, () -> clock.advanceNanos(10)));
    assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
    assertEquals(List.of("third"), ran);
  }

  @Test
  void chainOfTasks_thatAreDueAtOnce_needsTheStackOfOne() throws InterruptedException {
    ManualClock clock = ManualClock.create();
    assertChainRuns(next -> clock.runAfter(0, next));
    assertEquals(0, clock.nanoTime());
  }

  @Test
  void chainOfTasks_thatMoveTheClock_needsTheStackOfOne() throws InterruptedException {
    ManualClock clock = ManualClock.create();
    assertChainRuns(next -> {
      clock.runAfter(1, next);
      clock.advanceNanos(1);
    });
    assertEquals(CHAIN, clock.nanoTime());
  }

  /** Has {@code then} run a chain of tasks on a small stack: each has it run the next. */
  private static void assertChainRuns(Consumer<Runnable> then) throws InterruptedException {
    AtomicInteger links = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Runnable link = new Runnable() {
      @Override
      public void run() {
        if (links.incrementAndGet() <= CHAIN) {
          then.accept(this);
        }
      }
    };
    Thread small = new Thread(null, link, "small stack", 256 << 10);
    small.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
    small.start();
    small.join();
    assertNull(failure.get());
    assertEquals(CHAIN + 1, links.get());
  }

  @Test
  void nanoTime_whileATaskIsDue_runsNothing() throws InterruptedException {
    ManualClock clock = ManualClock.create();
    List<Thread> ran = new ArrayList<>();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    clock.runAfter(10, () -> {
      begun.countDown();
      awaitUninterruptibly(read);
    });
    clock.runAfter(10, () -> ran.add(Thread.currentThread()));
    Thread mover = new Thread(() -> clock.advanceNanos(10));
    mover.start();
    begun.await();
    assertEquals(10, clock.nanoTime()); // the second task is due, and the mover is busy
    assertEquals(List.of(), ran);
    read.countDown();
    mover.join();
    assertEquals(List.of(mover), ran);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void timers_tenThousandOfAllTimes_runInOrderAndTheCancelledOnesNot() {
    ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 500);
    Random random = new Random(42);
    List<Integer> expected = new ArrayList<>();
    List<Integer> ran = new ArrayList<>();
    List<NanoClock.Timer> timers = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      int at = random.nextInt(1000);
      timers.add(clock.runAfter(at + 1, () -> ran.add(at)));
      if (random.nextBoolean()) {
        timers.get(i).cancel();
      } else {
        expected.add(at);
      }
    }
    expected.sort(null); // stable
    clock.advanceNanos(1000);
    assertEquals(expected, ran);
  }

  @Test
  void selfAdvancing_acquire_needsNoSecondThread() throws InterruptedException {
    ManualClock clock = ManualClock.selfAdvancing();
    Gcra limiter = Gcra.create(Rate.perSecond(10), 1, clock);
    for (int i = 0; i < 5; i++) {
      limiter.acquire();
    }
    assertEquals(400_000_000, clock.nanoTime());
    assertFalse(limiter.tryAcquire(1, Duration.ofMillis(99)));
    assertTrue(limiter.tryAcquire(1, Duration.ofMillis(100)));
    assertEquals(500_000_000, clock.nanoTime());
  }

  @Test
  void selfAdvancing_park_runsTheTimersOnTheWayAtTheirTime() {
    ManualClock clock = ManualClock.selfAdvancing();
    List<Long> ran = new ArrayList<>();
    clock.runAfter(7, () -> ran.add(clock.nanoTime()));
    clock.runAfter(3, () -> {
      ran.add(clock.nanoTime());
      clock.runAfter(2, () -> ran.add(clock.nanoTime()));
    });
    clock.runAfter(11, () -> ran.add(clock.nanoTime()));
    while (clock.nanoTime() < 10) {
      clock.parkNanos(this, 10 - clock.nanoTime());
    }
    assertEquals(List.of(3L, 5L, 7L), ran);
    assertEquals(10, clock.nanoTime());
  }

  @Test
  void selfAdvancing_park_endsWithTheNextTimerSoThatItMayWakeTheThread() {
    ManualClock clock = ManualClock.selfAdvancing();
    clock.runAfter(3, () -> {});
    clock.parkNanos(this, Long.MAX_VALUE);
    assertEquals(3, clock.nanoTime());
  }

  @Test
  void selfAdvancing_parkWithinATask_runsTheTimersOnTheWay() {
    ManualClock clock = ManualClock.selfAdvancing();
    List<String> ran = new ArrayList<>();
    clock.runAfter(5, () -> ran.add("timer at " + clock.nanoTime()));
    clock.runAfter(0, () -> {
      clock.parkNanos(this, 9);
      ran.add("task at " + clock.nanoTime());
    });
    assertEquals(List.of("timer at 5", "task at 5"), ran);
  }

  @Test
  void selfAdvancing_parkOfAnInterruptedThread_movesNothing() {
    ManualClock clock = ManualClock.selfAdvancing();
    Thread.currentThread().interrupt();
    clock.parkNanos(this, 9);
    assertTrue(Thread.interrupted());
    assertEquals(0, clock.nanoTime());
  }

  @Test
  void selfAdvancing_movedByHandWithinAWait_staysWhereItIs() {
    ManualClock clock = ManualClock.selfAdvancing();
    clock.runAfter(3, () -> clock.advanceNanos(100));
    clock.parkNanos(this, 9);
    assertEquals(103, clock.nanoTime());
  }

  @Test
  void selfAdvancing_twoWaitsWithoutAnEnd_parkTheirThreadsUntilTheClockIsMoved()
      throws InterruptedException {
    ManualClock clock = ManualClock.selfAdvancing();
    List<Thread> sleepers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      sleepers.add(new Thread(() -> {
        while (clock.nanoTime() == 0) {
          clock.parkNanos(this, Long.MAX_VALUE);
        }
      }));
      sleepers.get(i).start();
    }
    while (clock.sleepers() < 2) {
      Thread.onSpinWait();
    }
    assertEquals(0, clock.nanoTime());
    clock.advanceNanos(Long.MAX_VALUE);
    for (Thread sleeper : sleepers) {
      sleeper.join();
    }
  }
}
