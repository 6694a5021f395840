package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.LimitListener;
import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** What the listener of a stored limiter is told, and what is left behind by one that throws. */
class StoreListenerTest {
  private final ManualClock clock = ManualClock.create();
  private final LocalStore memory = new LocalStore(() -> 1_000_000 + clock.nanoTime() / 1_000);
  private boolean away;
  private final List<String> told = new ArrayList<>();
  private boolean fails;
  private final RuntimeException failure = new IllegalStateException("of the listener");
  private long admitted;
  private long denied;

  private LimitListener of(String key) {
    return new LimitListener() {
      @Override
      public void admitted(long permits) {
        admitted += permits;
        tell("admitted " + permits);
      }

      @Override
      public void denied(long permits, int rule) {
        denied += permits;
        tell("denied " + permits + " by " + rule);
      }

      @Override
      public void refunded(long permits) {
        tell("refunded " + permits);
      }

      private void tell(String event) {
        told.add(key + " " + event);
        if (fails) {
          throw failure;
        }
      }
    };
  }

  private Object run(ScriptCall call) throws IOException {
    if (away) {
      throw new IOException("away");
    }
    return memory.run(call);
  }

  private StoreLimiter store(String limits) {
    return StoreLimiter.create(Limits.parse(limits), 1, this::run).with(clock).listening(this::of);
  }

  private AsyncStoreLimiter async(String limits) {
    AsyncScriptRunner redis = call -> CompletableFuture.completedFuture(run(call));
    return AsyncStoreLimiter.create(Limits.parse(limits), 1, redis).listening(this::of);
  }

  private void assertTold(String... events) {
    assertEquals(List.of(events), told);
    told.clear();
  }

  @Test
  void calls_areToldByKeyAndRule() {
    StoreLimiter limiter = store("2/second, 3/hour");
    StoreDecision charge = limiter.decide("a", 2);
    limiter.tryAcquire("a");
    limiter.refund(charge, 1);
    limiter.refund("a", 1);
    limiter.tryAcquire("a", 0);
    limiter.peek("a", 1);
    assertTold("a admitted 2", "a denied 1 by 0", "a refunded 1", "a refunded 1");
    limiter.decide("a", 2);
    clock.advance(Duration.ofSeconds(10));
    limiter.decide("a", 2);
    limiter.withLimits(Limits.parse("blocked"), 2).tryAcquire("b");
    assertTold("a admitted 2", "a denied 2 by 1", "b denied 1 by 0");
  }

  @Test
  void futures_areToldTheSame() {
    AsyncStoreLimiter limiter = async("2/hour");
    StoreDecision charge = limiter.decide("a", 2).getNow(null);
    limiter.tryAcquire("a");
    limiter.refund(charge, 1);
    limiter.refund("a", 1);
    limiter.peek("a", 1);
    assertTold("a admitted 2", "a denied 1 by 0", "a refunded 1", "a refunded 1");
  }

  @Test
  void policyThatAnswers_isToldToo() {
    away = true;
    store("2/hour").onFailure(FailurePolicy.open()).tryAcquire("a");
    store("2/hour").onFailure(FailurePolicy.closed()).tryAcquire("a");
    async("2/hour").onFailure(FailurePolicy.open()).tryAcquire("a");
    assertThrows(StoreException.class, () -> store("2/hour").tryAcquire("a"));
    assertTold("a admitted 1", "a denied 1 by 0", "a admitted 1");
  }

  @Test
  void listenerThatThrows_leavesNothingInTheStore() {
    StoreLimiter limiter = store("2/hour");
    AsyncStoreLimiter async = async("2/hour");
    fails = true;
    assertSame(failure, assertThrows(RuntimeException.class, () -> limiter.decide("a", 2)));
    assertEquals(2, limiter.peek("a", 1).decision().remaining());
    CompletableFuture<StoreDecision> later = async.decide("a", 2);
    assertSame(
        failure,
        assertThrows(CompletionException.class, () -> later.getNow(null)).getCause());
    assertEquals(2, limiter.peek("a", 1).decision().remaining());
  }

  /** A Redis that answers calls for two keys is with RedisJointTest; here the policy answers. */
  @Test
  void callOfSeveralKeys_isToldForThoseThatDenied() {
    List<StoreDecision> mixed = List.of(
        StoreDecision.fixed("{a}", true, 0, Limits.parse("2/hour")),
        StoreDecision.fixed("{a}:b", false, 1, Limits.parse("2/hour")));
    StoreLimiter limiter = store("2/hour");
    List<KeyCall> calls = List.of(limiter.call("{a}", 1), limiter.call("{a}:b", 2));
    limiter.settings().tell(calls, mixed);
    assertTold("{a}:b denied 2 by 0");
    away = true;
    limiter.onFailure(FailurePolicy.open()).decideAll(calls);
    async("2/hour").onFailure(FailurePolicy.closed()).decideAll(calls);
    assertTold("{a} admitted 1", "{a}:b admitted 2", "{a} denied 1 by 0", "{a}:b denied 2 by 0");
  }

  @Test
  void leases_tellEachCallOnce() {
    for (String limits : List.of("10000/second", "10/second")) {
      admitted = 0;
      denied = 0;
      LeasedLimiter limiter = LeasedLimiter.create(store(limits), limits, clock);
      SplittableRandom random = new SplittableRandom(20);
      long right = 0;
      long wrong = 0;
      for (int i = 0; i < 3_000; i++) {
        int permits = random.nextInt(12);
        boolean passes = random.nextBoolean()
            ? limiter.tryAcquire(permits)
            : limiter.decide(permits).admitted();
        right += passes ? permits : 0;
        wrong += passes ? 0 : permits;
        clock.advance(Duration.ofNanos(random.nextInt(200_000)));
        if (i == 2_900) {
          limiter.close();
        }
      }
      assertEquals(right, admitted, limits);
      assertEquals(wrong, denied, limits);
      assertTrue(right > 0 && wrong > 0, limits);
    }
  }

  /** Also of a lease that is over, and of one that others decide. */
  @Test
  void listenerThatThrows_spendsNothingOfALease() {
    LeasedLimiter limiter = LeasedLimiter.create(store("10000/second"), "a", clock);
    limiter.tryAcquire();
    for (boolean closed : new boolean[] {false, true}) {
      if (closed) {
        limiter.close();
      }
      fails = true;
      for (int i = 0; i < 11_000; i++) {
        assertSame(failure, assertThrows(RuntimeException.class, limiter::tryAcquire));
        assertSame(failure, assertThrows(RuntimeException.class, () -> limiter.decide(1)));
        assertTrue(told.get(told.size() - 1).startsWith("a admitted"), "nothing was spent");
      }
      fails = false;
    }
    clock.advance(Duration.ofSeconds(1));
    StoreLimiter store = StoreLimiter.create(Limits.parse("10000/second"), 1, memory);
    assertEquals(10_000, store.peek("a", 1).decision().remaining());
  }

  @Test
  void prefetch_isNotTold() {
    List<Runnable> tasks = new ArrayList<>();
    Executor executor = tasks::add;
    LeasedLimiter limiter =
        LeasedLimiter.create(store("10000/second"), "a", clock).prefetchOn(executor);
    while (tasks.isEmpty()) {
      assertTrue(limiter.tryAcquire());
    }
    told.clear();
    tasks.get(0).run();
    assertTold();
    assertFalse(tasks.isEmpty());
  }
}
