package io.limiter.spec;

import static io.limiter.spec.Races.sum;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers, one gate: once all have returned, members hold the admitted charges and no other. */
class GateConcurrencyTest {
  private static final int ROUNDS = 100;

  private final ManualClock clock = ManualClock.create();

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void frozenClock_membersHoldExactlyTheAdmittedCharges(int threads) {
    for (int round = 0; round < ROUNDS; round++) {
      Gcra gcra = Gcra.create(Rate.perSecond(500), clock);
      ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(3);
      TokenBucket bucket = TokenBucket.stepwise(Rate.perSecond(600), clock);
      SlidingLog log = SlidingLog.create(Rate.perSecond(150), clock);
      Gate gate = Gate.builder(clock)
          .rate(gcra, 3)
          .concurrency(concurrency, 2)
          .rate(log)
          .rate(bucket, 2)
          .build();
      long admitted = sum(threads, thread -> {
        long mine = 0;
        for (int denied = 0; denied < 200; ) {
          try (Permit permit = gate.tryEnter()) {
            if (permit.granted()) {
              mine++;
            } else {
              denied++;
            }
          }
        }
        return mine;
      });
      assertTrue(admitted <= 150, () -> admitted + " admitted");
      assertEquals(0, concurrency.inFlight());
      assertEquals(500 - 3 * admitted, gcra.peek().remaining());
      assertEquals(600 - 2 * admitted, bucket.peek().remaining());
      assertEquals(150 - admitted, log.peek().remaining());
    }
  }

  /** Members that are used on their own as well, so that charges collide and are taken back. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void racingWithItsMembers_mintsAndLosesNothing(int threads) {
    for (int round = 0; round < ROUNDS; round++) {
      Gcra gcra = Gcra.create(Rate.perSecond(300), clock);
      SlidingLog log = SlidingLog.create(Rate.perSecond(300), clock);
      ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(2);
      Gate gate =
          Gate.builder(clock).rate(gcra).rate(log).concurrency(concurrency).build();
      long[] ofLog = new long[threads];
      long charged = sum(threads, thread -> {
        long mine = 0;
        for (int call = 0; call < 400; call++) {
          if (thread % 2 == 0) {
            Permit permit = gate.tryEnter();
            mine += permit.granted() ? 1 : 0;
            permit.close();
            permit.close();
          } else if (log.tryAcquire()) {
            ofLog[thread]++;
          }
        }
        return mine;
      });
      long alone = 0;
      for (long each : ofLog) {
        alone += each;
      }
      assertEquals(0, concurrency.inFlight());
      assertEquals(300 - charged, gcra.peek().remaining());
      assertEquals(300 - charged - alone, log.peek().remaining());
    }
  }

  /** Calls that are all denied, each by another member. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void deniedCalls_leaveEveryMemberAsItWas(int threads) {
    for (int round = 0; round < ROUNDS; round++) {
      Gcra gcra = Gcra.create(Rate.perSecond(5), clock);
      SlidingLog log = SlidingLog.create(Rate.perSecond(7), clock);
      ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(1);
      Gate gate =
          Gate.builder(clock).rate(gcra).rate(log).concurrency(concurrency).build();
      assertTrue(gcra.tryAcquire(2));
      assertTrue(log.tryAcquire(2));
      assertTrue(concurrency.tryAcquire());
      Decision ofGcra = gcra.peek();
      Decision ofLog = log.peek();
      long admitted = sum(threads, thread -> {
        long mine = 0;
        for (int call = 0; call < 100; call++) {
          mine += gate.tryEnter(1 + call % 8).granted() ? 1 : 0;
          mine += gate.tryEnterEach(1 + call % 4, 1 + call % 7, 1).granted() ? 1 : 0;
        }
        return mine;
      });
      assertEquals(0, admitted);
      assertEquals(ofGcra, gcra.peek());
      assertEquals(ofLog, log.peek());
      assertEquals(1, concurrency.inFlight());
    }
  }
}
