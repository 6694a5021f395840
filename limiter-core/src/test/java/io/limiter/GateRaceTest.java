package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Gates that share members, and threads that enter them in every way. A lost wake-up never ends. */
class GateRaceTest {
  private static final Duration FOREVER = Duration.ofDays(365);
  private static final int THREADS = 4;
  private static final int CALLS = 1_000;

  private final NanoClock clock = NanoClock.system();
  private final ConcurrencyLimiter x = ConcurrencyLimiter.create(2, clock);
  private final ConcurrencyLimiter y = ConcurrencyLimiter.create(1, clock);
  private final Gcra rate = Gcra.create(Rate.ofNanos(1, 1_000), 5, clock);
  private final AtomicInteger inX = new AtomicInteger();
  private final AtomicInteger inY = new AtomicInteger();
  private final AtomicInteger tooMany = new AtomicInteger();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private final Gate xy =
      Gate.builder(clock).concurrency(x).rate(rate).concurrency(y).build();
  private final Gate yx = Gate.builder(clock).concurrency(y).concurrency(x).build();
  private final Gate onlyX = Gate.builder(clock).concurrency(x).build();

  /** Is inside while it holds {@code permit}, or it has not entered. */
  private void pass(Permit permit, boolean usesY) {
    try (permit) {
      if (permit.granted()) {
        int most = x.limit();
        if (inX.incrementAndGet() > Math.max(most, 2) || usesY && inY.incrementAndGet() > 1) {
          tooMany.incrementAndGet();
        }
        inX.decrementAndGet();
        if (usesY) {
          inY.decrementAndGet();
        }
      }
    }
  }

  private void call(Random random) throws Exception {
    int which = random.nextInt(3);
    Gate gate = which == 0 ? xy : which == 1 ? yx : onlyX;
    boolean usesY = gate != onlyX;
    switch (random.nextInt(5)) {
      case 0 -> pass(gate.tryEnter(), usesY);
      case 1 -> pass(gate.enter(1), usesY);
      case 2 -> pass(gate.enterUninterruptibly(1, Duration.ofNanos(random.nextInt(50_000))), usesY);
      case 3 -> {
        CompletableFuture<Permit> future = gate.enterAsync(1, FOREVER);
        if (!future.cancel(false)) {
          pass(future.join(), usesY);
        }
      }
      default -> {
        CompletableFuture<Permit> future = gate.enterAsync(1, FOREVER);
        pass(future.join(), usesY);
      }
    }
  }

  @Test
  void entering_inEveryWay_losesNoWakeUpAndNoPermit() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Random random = new Random(i);
      threads.add(new Thread(() -> {
        try {
          for (int call = 0; call < CALLS; call++) {
            call(random);
          }
        } catch (Throwable e) {
          failures.add(e);
        }
      }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertTrue(failures.isEmpty(), failures::toString);
    assertEquals(0, tooMany.get());
    assertEquals(0, x.inFlight() + y.inFlight());
    assertEquals(0, xy.waiters() + yx.waiters() + onlyX.waiters() + x.waiters() + y.waiters());
  }

  /** Members are changed to others and back, while callers wait and enter. */
  @Test
  void entering_whileTheMembersChange_losesNoWakeUpAndNoPermit() throws InterruptedException {
    Gate changed = Gate.builder(clock).concurrency(x).rate(rate).build();
    AtomicInteger left = new AtomicInteger(THREADS);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      boolean waits = i % 2 == 0;
      threads.add(new Thread(() -> {
        try {
          for (int call = 0; call < CALLS; call++) {
            pass(waits ? changed.enter(1) : changed.tryEnter(), false);
          }
        } catch (Throwable e) {
          failures.add(e);
        } finally {
          left.decrementAndGet();
        }
      }));
    }
    threads.forEach(Thread::start);
    for (int round = 0; left.get() > 0; round++) {
      Gate.Builder target =
          Gate.builder(clock).concurrency(ConcurrencyLimiter.create(1 + round % 2));
      changed.reconfigure(
          (switch (round % 3) {
                case 0 -> target.rate(Gcra.create(Rate.ofNanos(1, 1_000), 5, clock));
                case 1 -> target.rate(TokenBucket.stepwise(Rate.ofNanos(9, 1_000), clock));
                default -> target;
              })
              .build(),
          LevelPolicy.FRESH);
      Thread.yield();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertTrue(failures.isEmpty(), failures::toString);
    assertEquals(0, tooMany.get());
    assertEquals(0, x.inFlight());
    assertEquals(0, changed.waiters());
  }
}
