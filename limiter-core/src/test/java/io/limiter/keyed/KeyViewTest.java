package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KeyViewTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.create();

  private KeyedLimiter<String> limiter(String limits) {
    return KeyedLimiter.<String>builder(Limits.parse(limits), clock).build();
  }

  @Test
  void keyTenantAndAll_areOneDecision() {
    KeyedLimiter<String> users = limiter("2/second");
    KeyedLimiter<String> tenants = limiter("3/second");
    Gcra all = Gcra.create(Rate.ofNanos(4, 1_000_000_000), 4, clock);
    for (int i = 0; i < 4; i++) {
      AllOf both = AllOf.of(users.limiter("user" + i / 2), tenants.limiter("tenant"), all);
      assertEquals(i < 3, both.tryAcquire(), "call " + i);
    }
    assertEquals(1, users.peek("user1").remaining(), "the tenant denied");
    assertEquals(1, all.peek().remaining());
  }

  /** A tenant that is out of permits delays no other. */
  @Test
  void callersThatWait_standInTheLineOfTheirKey() throws InterruptedException {
    KeyedLimiter<String> limiter = limiter("1/second");
    assertTrue(limiter.tryAcquire("a"));
    CompletableFuture<Boolean> first = limiter.limiter("a").acquireAsync(1, FOREVER);
    CompletableFuture<Boolean> second = limiter.limiter("a").acquireAsync(1, FOREVER);
    assertEquals(2, limiter.limiter("a").waiters());
    limiter.limiter("b").acquire();
    assertFalse(limiter.tryAcquire("a", 0), "others stand in line");
    clock.advance(Duration.ofSeconds(1));
    assertTrue(first.isDone());
    assertFalse(second.isDone());
    assertTrue(second.cancel(true));
    assertEquals(0, limiter.limiter("a").waiters());
    clock.advance(Duration.ofSeconds(1));
    assertEquals(2, limiter.forgetFresh());
  }

  /** Through changes of its limits, too. */
  @Test
  void callerThatWaits_keepsItsKey() {
    KeyedLimiter<String> limiter = limiter("1/second");
    limiter.tryAcquire("a");
    CompletableFuture<Boolean> waits = limiter.limiter("a").acquireAsync(1, FOREVER);
    limiter.override("a", Limits.parse("1/minute"));
    clock.advance(Duration.ofSeconds(5));
    limiter.forgetFresh();
    assertFalse(waits.isDone());
    limiter.clearOverride("a");
    assertFalse(waits.isDone(), "time until then was priced at the old rate");
    clock.advance(Duration.ofSeconds(1));
    assertTrue(waits.getNow(false));
  }

  @Test
  void maxWaiters_ofAKey_refusesFurtherOnes() {
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("1/second"), clock)
        .maxWaiters(1)
        .build();
    limiter.tryAcquire("a");
    CompletableFuture<Boolean> waits = limiter.limiter("a").acquireAsync(1, FOREVER);
    assertFalse(limiter.limiter("a").acquireAsync(1, FOREVER).join());
    assertThrows(
        RejectedExecutionException.class, () -> limiter.limiter("a").acquireUninterruptibly(1));
    assertThrows(UnsupportedOperationException.class, () -> limiter.limiter("a").maxWaiters(3));
    clock.advance(Duration.ofSeconds(1));
    assertTrue(waits.getNow(false));
  }

  @Test
  void reservation_settledForLess_givesBackTheRest() {
    KeyedLimiter<String> limiter = limiter("1000/minute");
    Reservation now = limiter.limiter("a").reserve(1_000, Duration.ZERO);
    assertTrue(now.granted());
    assertTrue(now.settle(300));
    assertFalse(now.cancel(), "closed");
    assertEquals(700, limiter.peek("a").remaining());
    Reservation later = limiter.limiter("a").reserve(1_000, Duration.ofMinutes(1));
    assertEquals(18_000_000_000L, later.waitNanos());
    clock.advance(Duration.ofSeconds(18));
    assertTrue(later.settle(1_500), "more than reserved: a debt");
    assertEquals(30_060_000_000L, limiter.peek("a").retryAfterNanos());
  }

  @Test
  void gate_ofAKey_waitsAndHoldsPermits() {
    KeyedLimiter<String> limiter = limiter("1 concurrent, 10/second");
    KeyedGate gate = limiter.gate("a");
    Permit held = gate.tryEnter();
    assertTrue(held.granted());
    CompletableFuture<Permit> waits = gate.enterAsync(1, FOREVER);
    assertEquals(1, gate.waiters());
    assertTrue(limiter.gate("b").enterUninterruptibly(1, FOREVER).granted());
    assertEquals(0, gate.enterAsync(2, FOREVER).join().decision().deniedBy(), "by the text");
    held.close();
    try (Permit next = waits.join()) {
      assertTrue(next.granted());
      assertFalse(gate.tryEnter().granted());
      CompletableFuture<Permit> left = gate.enterAsync(1, FOREVER);
      assertTrue(left.cancel(true));
      assertEquals(0, gate.waiters());
    }
    assertThrows(UnsupportedOperationException.class, () -> limiter.limiter("a").acquire());
  }

  @Test
  void refusedCalls_makeNoKeyKnown() {
    KeyedLimiter<String> limiter = limiter("5/hour, 2 concurrent");
    RateLimiter view = limiter.limiter("a");
    assertThrows(UnsupportedOperationException.class, view::acquire);
    assertThrows(UnsupportedOperationException.class, () -> view.acquireForced(1));
    assertThrows(UnsupportedOperationException.class, () -> view.reserve(1, FOREVER));
    KeyedLimiter<String> rates = limiter("5/hour");
    assertThrows(IllegalArgumentException.class, () -> rates.limiter("a").acquireForced(-1));
    assertThrows(IllegalArgumentException.class, () -> rates.limiter("a").reserve(-1, FOREVER));
    assertThrows(IllegalArgumentException.class, () -> rates.tryAcquire("a", -1));
    rates.limiter("a").snapshot();
    assertEquals(0, limiter.size() + rates.size());
  }

  /** What the plan throws is the caller's, and the key is not decided by other limits meanwhile. */
  @Test
  void planThatThrows_harmsOnlyItsOwnCalls() {
    AtomicInteger asked = new AtomicInteger();
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("9/hour"), clock)
        .limitsBy(key -> {
          if (key.equals("bad") && asked.incrementAndGet() < 3) {
            throw new IllegalStateException("plan");
          }
          return key.equals("bad") ? Limits.parse("1/hour") : null;
        })
        .build();
    assertThrows(IllegalStateException.class, () -> limiter.tryAcquire("bad"));
    assertTrue(limiter.tryAcquire("good", 9));
    limiter.forgetFresh();
    assertThrows(IllegalStateException.class, () -> limiter.decide("bad"));
    assertTrue(limiter.tryAcquire("bad"));
    assertFalse(limiter.tryAcquire("bad"));
  }

  /** A thread stalls in the plan; another one uses the key meanwhile, and the table is replaced. */
  @Test
  void planInWhichAThreadStalls_decidesAllTheSame() {
    List<KeyedLimiter<String>> limiter = new ArrayList<>();
    Runnable[] stall = {() -> {}};
    limiter.add(KeyedLimiter.<String>builder(Limits.parse("9/hour"), clock)
        .limitsBy(key -> {
          Runnable now = stall[0];
          stall[0] = () -> {};
          now.run();
          return key.equals("own") ? Limits.parse("2/hour") : null;
        })
        .build());
    for (String key : List.of("own", "of all")) {
      stall[0] = () -> {
        limiter.get(0).forgetFresh();
        assertTrue(limiter.get(0).tryAcquire(key));
        limiter.get(0).forgetFresh();
      };
      assertTrue(limiter.get(0).tryAcquire(key));
      assertEquals(key.equals("own") ? 0 : 7, limiter.get(0).peek(key).remaining());
    }
  }

  /** Several threads wait for few keys while operators change them: no more than the limit passes. */
  @Test
  void waitersOfFewKeys_whileLimitsChange_passNoMoreThanTheLimit() throws InterruptedException {
    NanoClock system = NanoClock.system();
    Limits slow = Limits.parse("50/minute burst 5");
    KeyedLimiter<Integer> limiter =
        KeyedLimiter.<Integer>builder(slow, system).maxKeys(2).maxWaiters(8).build();
    AtomicInteger[] admitted = {new AtomicInteger(), new AtomicInteger()};
    long start = system.nanoTime();
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      int key = i % 2;
      threads[i] = new Thread(() -> {
        for (int call = 0; call < 200; call++) {
          boolean passed = call % 3 == 0
              ? limiter.limiter(key).tryAcquireUninterruptibly(1, Duration.ofMillis(2))
              : limiter.tryAcquire(key);
          admitted[key].addAndGet(passed ? 1 : 0);
        }
      });
      threads[i].start();
    }
    Limits same = Limits.parse("50/minute burst 5 token-bucket");
    for (int round = 0; round < 300; round++) {
      limiter.override(round % 2, round % 4 < 2 ? same : slow);
      limiter.clearOverride((round + 1) % 2);
      if (round % 16 == 0) {
        limiter.reconfigure(round % 32 == 0 ? same : slow);
        limiter.forgetFresh();
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    long most = 5 + (system.nanoTime() - start) * 50 / 60_000_000_000L + 1;
    for (AtomicInteger each : admitted) {
      assertTrue(0 < each.get() && each.get() <= most, each + " admitted, at most " + most);
    }
    assertEquals(0, limiter.limiter(0).waiters() + limiter.limiter(1).waiters());
  }
}
