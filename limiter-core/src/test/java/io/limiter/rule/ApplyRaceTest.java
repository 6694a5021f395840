package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.Permit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Rules that change under callers. The clock stands still, so what is admitted is what was there. */
class ApplyRaceTest {
  private static final int ROUNDS = 300;
  private static final int BURST = 128;
  private static final List<String> TEXTS = List.of(
      "128/hour",
      "128/hour token-bucket, 999/day",
      "128/hour fixed-window",
      "999/day fixed-window, 128/hour sliding-log",
      "128/hour sliding-log, 999/day sliding-log",
      "blocked");

  private final ManualClock clock = ManualClock.create();

  private static Thread changing(Random random, Runnable[] changes) {
    Thread thread = new Thread(() -> {
      for (int i = 0; i < 12; i++) {
        changes[random.nextInt(changes.length)].run();
      }
    });
    thread.start();
    return thread;
  }

  @Test
  void changes_ofTheAlgorithm_mintNothing() throws InterruptedException {
    long admitted = 0;
    for (int round = 0; round < ROUNDS; round++) {
      AllOf limiter = Limits.parse(TEXTS.get(round % 4)).newRateLimiter(clock);
      if (round % 8 >= 4) {
        limiter.striped();
      }
      Runnable[] changes = TEXTS.stream()
          .map(Limits::parse)
          .map(limits -> (Runnable) () -> limits.applyTo(limiter))
          .toArray(Runnable[]::new);
      AtomicLong taken = new AtomicLong();
      Thread changer = changing(new Random(round), changes);
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        int caller = i;
        callers.add(new Thread(() -> {
          for (int call = 0; call < BURST; call++) {
            boolean passes = switch ((call + caller) % 3) {
              case 0 -> limiter.tryAcquire();
              case 1 -> limiter.decide().admitted();
              default -> limiter.reserve(1, Duration.ZERO).granted();
            };
            taken.addAndGet(passes ? 1 : 0);
          }
        }));
      }
      callers.forEach(Thread::start);
      for (Thread caller : callers) {
        caller.join();
      }
      changer.join();
      Limits.parse("128/hour").applyTo(limiter);
      long rest = limiter.drain();
      assertTrue(
          taken.get() + rest <= BURST, "round " + round + ": " + taken + " and " + rest + " more");
      admitted += taken.get() + rest;
    }
    assertTrue(admitted > ROUNDS * BURST / 2, "hardly anything passes: " + admitted);
  }

  @Test
  void changes_whileCallersWaitAtAGate_leaveNothingHeldAndNobodyWaiting()
      throws InterruptedException {
    for (int round = 0; round < ROUNDS; round++) {
      Gate gate = Limits.parse("1 concurrent").newGate(clock);
      Runnable[] changes = {
        () -> Limits.parse("1 concurrent").applyTo(gate),
        () -> Limits.parse("2 concurrent, 900/hour").applyTo(gate),
        () -> Limits.parse("unlimited").applyTo(gate)
      };
      Thread changer = changing(new Random(round), changes);
      List<CompletableFuture<Permit>> futures = new ArrayList<>();
      for (int call = 0; call < 40; call++) {
        CompletableFuture<Permit> future = gate.enterAsync(1, Duration.ofDays(1));
        futures.add(future);
        if (call % 3 == 0) {
          future.cancel(false);
        }
        if (call % 4 == 0) {
          futures.forEach(each -> each.thenAccept(Permit::close));
        }
      }
      futures.forEach(each -> each.thenAccept(Permit::close));
      changer.join();
      Limits.parse("1 concurrent").applyTo(gate);
      for (CompletableFuture<Permit> future : futures) {
        assertTrue(future.isDone(), "round " + round + ": " + gate);
      }
      assertEquals("Gate[ConcurrencyLimiter[0 of 1 in flight]]", gate.toString());
      assertEquals(0, gate.waiters());
      assertEquals(0, clock.sleepers());
    }
  }
}
