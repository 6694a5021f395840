package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Very many virtual threads that wait for one limiter, where the JDK has them. */
class ManyWaitersTest {
  private static final int THREADS = 100_000;

  @TempDir
  private Path directory;

  private interface Task {
    void run() throws Exception;
  }

  @BeforeEach
  void needsVirtualThreads() {
    assumeTrue(
        Runtime.version().feature() >= 21,
        "virtual threads need JDK 21; this is " + Runtime.version());
  }

  private static ExecutorService virtualThreads() throws ReflectiveOperationException {
    return (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }

  /** How often a virtual thread parked and kept its carrier while {@code task} ran. */
  private long pinned(Task task) throws Exception {
    try (Recording recording = new Recording()) {
      recording.enable("jdk.VirtualThreadPinned").withoutThreshold();
      recording.start();
      task.run();
      recording.stop();
      return count(recording);
    }
  }

  private long count(Recording recording) throws IOException {
    Path file = directory.resolve("pinned.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).size();
  }

  /** Parks with a frame of the virtual machine on the stack: whoever loads it keeps its carrier. */
  private static final class Parks {
    static {
      LockSupport.parkNanos(1_000_000);
    }

    static void load() {}
  }

  @Test
  void pinned_threadThatParksInAClassInitializer_isSeen() throws Exception {
    assertNotEquals(0, pinned(() -> virtualThreads().submit(Parks::load).get()));
  }

  @Test
  void acquire_aHundredThousandVirtualThreads_areAllServedAndNonePinned() throws Exception {
    assertEquals(0, pinned(ManyWaitersTest::acquireAHundredThousandTimes));
  }

  @Test
  void enter_thousandsOfVirtualThreads_areAllServedAndNonePinned() throws Exception {
    enter(1); // who waits for a class that another thread initializes keeps its carrier
    assertEquals(0, pinned(() -> enter(5_000)));
  }

  /** They wait in one line, for a rate and for one slot. */
  private static void enter(int threads) throws ReflectiveOperationException {
    ManualClock clock = ManualClock.create();
    Gcra rate = Gcra.create(Rate.perSecond(1_000), threads, clock);
    rate.drain();
    ConcurrencyLimiter slot = ConcurrencyLimiter.create(1, clock);
    slot.tryAcquire();
    Gate gate = Gate.builder(clock).rate(rate).concurrency(slot).build();
    LongAdder served = new LongAdder();
    ExecutorService executor = virtualThreads();
    for (int i = 0; i < threads; i++) {
      executor.submit(() -> {
        try (Permit permit = gate.enter(1, Duration.ofDays(365))) {
          served.add(permit.granted() ? 1 : 0);
        }
        return null;
      });
    }
    while (gate.waiters() < threads) {
      Thread.onSpinWait();
    }
    clock.advanceNanos(threads * 1_000_000L);
    assertEquals(0, served.sum());
    assertEquals(threads, gate.waiters());
    slot.release();
    while (served.sum() < threads) {
      Thread.onSpinWait();
    }
    executor.shutdown();
    assertEquals(0, gate.waiters());
  }

  private static void acquireAHundredThousandTimes() throws ReflectiveOperationException {
    ManualClock clock = ManualClock.create();
    Gcra limiter = Gcra.create(Rate.perSecond(1_000), 1, clock);
    limiter.drain();
    LongAdder served = new LongAdder();
    ExecutorService executor = virtualThreads();
    for (int i = 0; i < THREADS; i++) {
      executor.execute(() -> {
        limiter.acquireUninterruptibly(1);
        served.increment();
      });
    }
    while (clock.sleepers() < THREADS) {
      Thread.onSpinWait();
    }
    assertEquals(THREADS, limiter.waiters());
    clock.advanceNanos(THREADS / 2 * 1_000_000L);
    while (served.sum() < THREADS / 2) {
      Thread.onSpinWait();
    }
    assertEquals(THREADS / 2, limiter.waiters());
    clock.advanceNanos(THREADS / 2 * 1_000_000L);
    while (served.sum() < THREADS) {
      Thread.onSpinWait();
    }
    executor.shutdown();
    assertEquals(0, limiter.waiters());
    assertEquals(1_000_000, limiter.peek().retryAfterNanos());
  }
}
