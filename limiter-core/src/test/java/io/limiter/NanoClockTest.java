package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The timers of real time, which every clock inherits. */
class NanoClockTest {
  private static final long HOUR = 3_600_000_000_000L; // ns

  private final NanoClock clock = System::nanoTime;

  @Test
  void runAfter_aMillisecond_runsTheTaskNotBefore() {
    CompletableFuture<Long> ran = new CompletableFuture<>();
    long start = System.nanoTime();
    clock.runAfter(1_000_000, () -> ran.complete(System.nanoTime()));
    assertTrue(ran.join() - start >= 1_000_000);
  }

  @Test
  void runAfter_noTime_runsOnAnotherThread() {
    for (long nanos : new long[] {0, -1, Long.MIN_VALUE}) {
      CompletableFuture<Thread> ran = new CompletableFuture<>();
      clock.runAfter(nanos, () -> ran.complete(Thread.currentThread()));
      assertNotSame(Thread.currentThread(), ran.join());
    }
  }

  @Test
  void runAfter_anyTime_runsNotOnTheThreadThatKeepsTheTimeOfTheWholeVirtualMachine() {
    for (long nanos : new long[] {0, 1, 1_000_000}) {
      CompletableFuture<String> ran = new CompletableFuture<>();
      clock.runAfter(nanos, () -> ran.complete(Thread.currentThread().getName()));
      String name = ran.join().toLowerCase(Locale.ROOT);
      assertFalse(name.contains("delayscheduler"), name); // its name on all JDKs
    }
  }

  @Test
  void runAfter_theLongestTime_doesNotRunAtOnce() {
    AtomicInteger ran = new AtomicInteger();
    NanoClock.Timer timer = clock.runAfter(Long.MAX_VALUE, ran::incrementAndGet);
    CompletableFuture<Void> later = new CompletableFuture<>();
    clock.runAfter(10_000_000, () -> later.complete(null));
    later.join();
    timer.cancel();
    assertEquals(0, ran.get());
  }

  @Test
  void runAfter_null_namesTheParameter() {
    NullPointerException thrown =
        assertThrows(NullPointerException.class, () -> clock.runAfter(1, null));
    assertEquals("task", thrown.getMessage());
  }

  @Test
  void timer_cancelledBeforeItsTime_doesNotRun() {
    AtomicInteger ran = new AtomicInteger();
    clock.runAfter(20_000_000, ran::incrementAndGet).cancel();
    CompletableFuture<Void> later = new CompletableFuture<>();
    clock.runAfter(40_000_000, () -> later.complete(null));
    later.join();
    assertEquals(0, ran.get());
  }

  @Test
  void timer_cancelledOnceItRan_doesNothing() {
    CompletableFuture<Void> ran = new CompletableFuture<>();
    NanoClock.Timer timer = clock.runAfter(0, () -> ran.complete(null));
    ran.join();
    timer.cancel();
    timer.cancel();
    assertFalse(ran.isCancelled());
  }

  @Test
  void timer_cancelled_isNotReachableFromTheClock() {
    // The handles die with the tasks, so only the shared timer of the JDK could hold them.
    List<WeakReference<Object>> left = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      setAndCancel(left);
    }
    while (!left.isEmpty()) { // ends only if nothing holds a timer or a task
      System.gc();
      left.removeIf(reference -> reference.get() == null);
      Thread.yield();
    }
  }

  private void setAndCancel(List<WeakReference<Object>> left) {
    int[] captured = new int[1];
    Runnable task = () -> captured[0]++;
    NanoClock.Timer timer = clock.runAfter(HOUR, task);
    left.add(new WeakReference<>(task));
    left.add(new WeakReference<>(timer));
    timer.cancel();
  }
}
