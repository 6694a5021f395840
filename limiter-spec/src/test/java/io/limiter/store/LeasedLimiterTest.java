package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Leases, step by step. */
class LeasedLimiterTest {
  private static final long B = 10_000;
  private static final Limits LIMITS = Limits.parse(B + "/second");
  private static final long SHARED = 7_497; // of the burst: less what refills in 250.25 ms

  private final ManualClock clock = ManualClock.create();
  private final LocalStore memory = new LocalStore(() -> 1_000_000 + clock.nanoTime() / 1_000);
  private final List<ScriptCall> calls = new ArrayList<>();
  private Exception failure; // of each call of the store; null: none

  private final ScriptRunner redis = call -> {
    calls.add(call);
    if (failure != null) {
      throw failure;
    }
    return memory.run(call);
  };

  private StoreLimiter store() {
    return StoreLimiter.create(LIMITS, 1, redis).with(clock);
  }

  private LeasedLimiter leased() {
    return LeasedLimiter.create(store(), "hot", clock);
  }

  /** Calls that bring a lease to its full size. */
  private static void warm(LeasedLimiter limiter) {
    for (int i = 0; i < 1_000; i++) {
      assertTrue(limiter.tryAcquire());
    }
  }

  private long remaining() {
    return store().peek("hot", 1).decision().remaining();
  }

  @Test
  void limitsThatAreSmallOrShort_askTheStoreEachTime_andSaySo() {
    for (String text : List.of("1023/second", "100000/second burst 7999", "2000/minute burst 1")) {
      StoreLimiter store = StoreLimiter.create(Limits.parse(text), 1, redis);
      LeasedLimiter limiter = LeasedLimiter.create(store, text, clock);
      assertFalse(limiter.isLeasing(), text);
      assertTrue(limiter.toString().startsWith("one call of the store per decision"), text);
      calls.clear();
      assertTrue(limiter.tryAcquire());
      assertEquals(0, limiter.decide(1).remaining() % 1);
      assertEquals(2, calls.size());
    }
    assertTrue(leased().isLeasing());
    assertTrue(leased().toString().startsWith("leases of up to 1250 permits for 250 ms"));
  }

  @Test
  void tryAcquire_whileALeaseLasts_doesNotAskTheStore() {
    LeasedLimiter limiter = leased();
    warm(limiter);
    assertTrue(calls.size() < 10, calls.size() + " calls for 1000 permits");
    long before = SHARED - 1_000;
    long held = limiter.decide(1).remaining();
    assertEquals(before - 1 - held, remaining(), "the rest is out");
  }

  @Test
  void lease_thatIsOver_isNotSpentAndGivenBack() {
    LeasedLimiter limiter = leased();
    warm(limiter);
    long held = limiter.decide(1).remaining();
    assertTrue(held > 100, held + " held");
    clock.advance(Duration.ofMillis(251));
    calls.clear();
    assertTrue(limiter.tryAcquire());
    assertTrue(
        calls.stream().anyMatch(call -> call.script().equals(RedisScript.LOWER.digest())),
        "it gave back what it held");
    assertTrue(limiter.decide(1).remaining() < held, "and took what it needs");
  }

  @Test
  void moreThanTheSharedBurst_isNeverAdmitted() {
    LeasedLimiter limiter = leased();
    Decision never = limiter.decide(SHARED + 1);
    assertTrue(never.isNever());
    assertTrue(limiter.tryAcquire(SHARED));
    assertFalse(limiter.tryAcquire());
  }

  @Test
  void denied_theStoreIsNotAskedForAWhile() {
    LeasedLimiter limiter = leased();
    assertTrue(limiter.tryAcquire(SHARED));
    Decision denied = limiter.decide(1);
    assertFalse(denied.admitted());
    calls.clear();
    for (int i = 0; i < 100; i++) {
      Decision again = limiter.decide(1);
      assertFalse(again.admitted());
      assertTrue(again.retryAfterNanos() <= 250_000_000 / 4, again.toString());
      assertEquals(0, again.deniedBy());
    }
    assertEquals(List.of(), calls);
    clock.advanceNanos(limiter.decide(1).retryAfterNanos());
    assertTrue(limiter.tryAcquire());
  }

  @Test
  void largeCall_thatIsDenied_holdsUpNoSmallOne() {
    LeasedLimiter limiter = leased();
    assertTrue(limiter.tryAcquire(SHARED - 100));
    clock.advance(Duration.ofMillis(100)); // 1000 more, 62.5 ms after the call
    assertFalse(limiter.tryAcquire(5_000));
    assertTrue(limiter.tryAcquire(1));
  }

  @Test
  void storeThatIsAway_isNoticedOnceWhatIsHeldIsSpent() {
    LeasedLimiter limiter =
        LeasedLimiter.create(store().onFailure(FailurePolicy.closed()), "hot", clock);
    warm(limiter);
    long held = limiter.decide(1).remaining();
    failure = new IOException("reset");
    for (long i = 0; i < held; i++) {
      assertTrue(limiter.tryAcquire(), i + " of " + held);
    }
    assertFalse(limiter.tryAcquire());
    LeasedLimiter open =
        LeasedLimiter.create(store().onFailure(FailurePolicy.open()), "hot", clock);
    assertTrue(open.tryAcquire(SHARED + 1), "the policy decides about the call, not about a lease");
    StoreException e = assertThrows(StoreException.class, () -> leased().tryAcquire());
    assertTrue(e.outcomeUnknown());
    failure = null;
    clock.advance(Duration.ofSeconds(10));
    assertTrue(limiter.tryAcquire());
  }

  @Test
  void mistakes_areThrownToThoseWhoNeedAPermit() {
    LeasedLimiter limiter =
        LeasedLimiter.create(store().onFailure(FailurePolicy.open()), "hot", clock);
    failure = new IOException("WRONGTYPE Operation against a key holding the wrong kind of value");
    assertThrows(StoreException.class, limiter::tryAcquire);
    failure = new InterruptedException();
    assertThrows(StoreException.class, limiter::tryAcquire);
    assertTrue(Thread.interrupted());
  }

  @Test
  void otherLimitsOfALaterRevision_decideAndAreNotLeased() {
    StoreLimiter later = store().withLimits(Limits.parse("5000/second"), 2);
    assertTrue(later.tryAcquire("hot", 1_000));
    LeasedLimiter limiter = leased();
    assertTrue(limiter.tryAcquire());
    calls.clear();
    for (int i = 0; i < 10; i++) {
      assertTrue(limiter.tryAcquire());
    }
    assertTrue(calls.size() >= 10, calls.size() + " calls");
    assertEquals(5_000 - 1_011, later.peek("hot", 1).decision().remaining());
    assertFalse(limiter.tryAcquire(4_000));
  }

  @Test
  void close_givesBackAndAsksTheStoreFromThenOn() {
    LeasedLimiter limiter = leased();
    warm(limiter);
    assertTrue(remaining() < SHARED - 1_000);
    limiter.close();
    limiter.close();
    assertEquals(SHARED - 1_000, remaining());
    assertFalse(limiter.isLeasing());
    calls.clear();
    assertTrue(limiter.tryAcquire());
    assertTrue(limiter.tryAcquire());
    assertEquals(2, calls.size());
  }

  @Test
  void prefetch_onAnExecutor_keepsTheStoreFromCallers() {
    Queue<Runnable> tasks = new ArrayDeque<>();
    LeasedLimiter limiter = leased().prefetchOn(tasks::add);
    int asked = 0;
    for (int i = 0; i < 5_000; i++) {
      calls.clear();
      assertTrue(limiter.tryAcquire());
      asked += calls.size();
      if (i > 100) {
        assertEquals(0, calls.size(), "call " + i);
      }
      while (!tasks.isEmpty()) {
        tasks.remove().run();
      }
    }
    assertTrue(asked > 0, "the first one");
    LeasedLimiter refused = leased().prefetchOn(task -> {
      throw new RejectedExecutionException();
    });
    clock.advance(Duration.ofSeconds(1));
    warm(refused);
  }

  @Test
  void arguments_areChecked() {
    LeasedLimiter limiter = leased();
    assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(-1));
    assertThrows(IllegalArgumentException.class, () -> limiter.decide(-1));
    assertTrue(limiter.tryAcquire(0));
    assertTrue(limiter.tryAcquire(SHARED));
    assertTrue(limiter.tryAcquire(0), "the level is 0, not negative");
    StoreLimiter store = store();
    for (String fixed : List.of("unlimited", "blocked")) {
      LeasedLimiter asks =
          LeasedLimiter.create(store.withLimits(Limits.parse(fixed), 1), "hot", clock);
      assertEquals(fixed.equals("unlimited"), asks.tryAcquire());
      assertFalse(asks.isLeasing());
    }
  }

  /** The client is the caller's: it may call the limiter, and it may throw what it likes. */
  @Test
  void clientThatCallsBackOrFailsBadly_leavesAllInOrder() {
    LeasedLimiter[] limiter = new LeasedLimiter[1];
    int[] depth = new int[1];
    ScriptRunner callingBack = call -> {
      if (depth[0]++ == 0) {
        assertTrue(limiter[0].tryAcquire());
      }
      return memory.run(call);
    };
    limiter[0] = LeasedLimiter.create(StoreLimiter.create(LIMITS, 1, callingBack), "hot", clock);
    assertTrue(limiter[0].tryAcquire());
    limiter[0].close();
    assertEquals(SHARED - 2, remaining());
    boolean[] broken = {true};
    ScriptRunner failing = call -> {
      if (broken[0]) {
        throw new AssertionError("broken");
      }
      return memory.run(call);
    };
    LeasedLimiter again =
        LeasedLimiter.create(StoreLimiter.create(LIMITS, 1, failing), "hot", clock);
    assertThrows(AssertionError.class, again::tryAcquire);
    broken[0] = false;
    assertTrue(again.tryAcquire());
  }

  @Test
  void tryAcquire_ofALease_allocatesNothing() {
    LeasedLimiter limiter = LeasedLimiter.create(
        StoreLimiter.create(Limits.parse("10000000/second"), 1, redis).with(clock), "hot", clock);
    for (int i = 0; i < 20_000; i++) {
      assertTrue(limiter.tryAcquire());
      clock.advanceNanos(1_000);
    }
    long admitting = Long.MAX_VALUE; // the least of some rounds: in others a lease is taken
    for (int round = 0; round < 200; round++) {
      admitting = Math.min(admitting, bytes(limiter));
    }
    assertEquals(0, admitting);
    assertFalse(limiter.tryAcquire(10_000_000));
    while (limiter.tryAcquire(100_000) || limiter.tryAcquire()) {
      // until there is nothing left
    }
    assertEquals(0, bytes(limiter), "denied");
  }

  private static long bytes(LeasedLimiter limiter) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(id);
    long own = threads.getThreadAllocatedBytes(id) - before;
    long start = threads.getThreadAllocatedBytes(id);
    for (int i = 0; i < 100; i++) {
      limiter.tryAcquire();
    }
    return threads.getThreadAllocatedBytes(id) - start - own;
  }

  /** Threads of two processes: every permit of the burst is spent once, or given back. */
  @Test
  void callersAtOnce_loseAndMintNothing() throws Exception {
    Limits slow = Limits.parse("1000000/300 days"); // a permit in 26 s
    long start = System.nanoTime();
    LocalStore shared = new LocalStore(() -> 1_000_000 + (System.nanoTime() - start) / 1_000);
    StoreLimiter store = StoreLimiter.create(slow, 1, shared);
    List<LeasedLimiter> processes = List.of(
        LeasedLimiter.create(store, "hot", NanoClock.system()),
        LeasedLimiter.create(store, "hot", NanoClock.system()));
    ExecutorService pool = Executors.newFixedThreadPool(6);
    try {
      List<Future<Long>> callers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        LeasedLimiter limiter = processes.get(i % 2);
        long most = 1 + i / 2;
        callers.add(pool.submit(() -> {
          long spent = 0;
          for (int n = 0; n < 100_000; n++) {
            long permits = 1 + n % most;
            spent += limiter.tryAcquire(permits) ? permits : 0;
          }
          return spent;
        }));
      }
      long spent = 0;
      for (Future<Long> each : callers) {
        spent += each.get();
      }
      processes.forEach(LeasedLimiter::close);
      long burst = LeaseTerms.of(StoreLimits.of(slow)).orElseThrow().shared().leastBurst();
      long left = store.peek("hot", 1).decision().remaining();
      assertTrue(spent > burst / 4, spent + " spent");
      assertEquals(burst, spent + left, 1, "but for a permit that was refilled meanwhile");
    } finally {
      pool.shutdownNow();
    }
  }
}
