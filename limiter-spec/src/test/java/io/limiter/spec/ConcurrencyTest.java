package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.TokenBucket;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers, one limiter: no permit is minted and none is lost. */
class ConcurrencyTest {
  private static final int ROUNDS = 200;

  /** What a thread does between the start and the end of a round; answers what it was admitted. */
  interface Caller {
    long admitted(int thread) throws Exception;
  }

  /** Starts all callers at once, and adds up. */
  static long race(int threads, Caller caller) {
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Long>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        results.add(pool.submit(() -> {
          start.await();
          return caller.admitted(thread);
        }));
      }
      long sum = 0;
      for (Future<Long> result : results) {
        sum += result.get();
      }
      return sum;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    } finally {
      pool.shutdown();
    }
  }

  /** Asks until denied {@code stubborn} times in all. */
  private static long drain(RacyGcras.Taker limiter, long reading, int stubborn) {
    long admitted = 0;
    for (int denied = 0; denied < stubborn; ) {
      if (limiter.tryAcquireAt(reading)) {
        admitted++;
      } else {
        denied++;
      }
    }
    return admitted;
  }

  /** Rounds in which {@code threads} threads drained other than {@code burst} permits. */
  private static int wrongRounds(int threads, long burst, Supplier<RacyGcras.Taker> limiters) {
    int wrong = 0;
    for (int round = 0; round < ROUNDS && wrong == 0; round++) {
      RacyGcras.Taker limiter = limiters.get();
      wrong += race(threads, thread -> drain(limiter, 0, 3)) == burst ? 0 : 1;
    }
    return wrong;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void frozenClock_admitsExactlyTheBurst(int threads) {
    ManualClock clock = ManualClock.create();
    Rate rate = Rate.perSecond(7);
    assertEquals(0, wrongRounds(threads, 1_000, () -> {
      Gcra gcra = Gcra.create(rate, 1_000, clock);
      return reading -> gcra.tryAcquireAt(reading, 1);
    }));
    assertEquals(0, wrongRounds(threads, 400, () -> {
      TokenBucket bucket = TokenBucket.create(rate, 1_000, 400, clock);
      return reading -> bucket.tryAcquireAt(reading, 1);
    }));
    assertEquals(0, wrongRounds(threads, 1_000, () -> {
      TokenBucket window = TokenBucket.stepwise(rate, 1_000, clock);
      return reading -> window.tryAcquireAt(reading, 1);
    }));
  }

  @Test
  void readThenWrite_isCaughtOnAFrozenClock() {
    GcraMath math = GcraMath.of(Rate.perSecond(7), 1_000);
    int rounds = 0;
    while (wrongRounds(2, 1_000, () -> new RacyGcras.ReadThenWrite(math)) == 0) {
      assertTrue(++rounds < 100, "the race was never lost");
    }
  }

  /** The scarcer member decides; what denied calls took from the other is given back in full. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void allOfOnAFrozenClock_chargesMembersForTheAdmittedCallsAndNoOther(int threads) {
    ManualClock clock = ManualClock.create();
    for (int round = 0; round < ROUNDS; round++) {
      Gcra first = Gcra.create(Rate.perSecond(1), 1_000, clock);
      Gcra second = Gcra.create(Rate.perSecond(3), 600, clock);
      TokenBucket third = TokenBucket.stepwise(Rate.perSecond(1_000), clock);
      AllOf all = AllOf.of(List.of(first, second, third), 1, 3, 2);
      long admitted = race(threads, thread -> drain(t -> all.tryAcquireAt(t, 1), 0, 5));
      assertTrue(admitted <= 200, () -> admitted + " admitted, at most 600 / 3");
      // A call may be denied because of one that is about to be denied; nobody is left now.
      long rest = drain(t -> all.tryAcquireAt(t, 1), 0, 1);
      assertEquals(200, admitted + rest);
      assertEquals(1_000 - 200, first.peek(1).remaining());
      assertEquals(0, second.peek(1).remaining());
      assertEquals(1_000 - 400, third.peek(1).remaining());
    }
  }

  /** Members that deny by turns: each is taken from on its own as well, so that charges collide. */
  @Test
  void allOfRacingWithItsMembers_mintsNothing() {
    ManualClock clock = ManualClock.create();
    for (int round = 0; round < ROUNDS; round++) {
      Gcra first = Gcra.create(Rate.perSecond(1), 300, clock);
      Gcra second = Gcra.create(Rate.perSecond(1), 300, clock);
      AllOf all = AllOf.of(first, second);
      long[] own = new long[3];
      long together = race(3, thread -> {
        RacyGcras.Taker taker = switch (thread) {
          case 0 -> t -> all.tryAcquireAt(t, 1);
          case 1 -> t -> first.tryAcquireAt(t, 1);
          default -> t -> second.tryAcquireAt(t, 1);
        };
        own[thread] = drain(taker, 0, 5);
        return thread == 0 ? own[0] : 0;
      });
      assertEquals(300, own[1] + together + first.peek(1).remaining());
      assertEquals(300, own[2] + together + second.peek(1).remaining());
    }
  }

  /** With a moving clock: at most the formula over the whole span. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void movingClock_neverAdmitsMoreThanBurstPlusRate(int threads) {
    ManualClock clock = ManualClock.startingAt(Long.MAX_VALUE - 1_000_000);
    Rate rate = Rate.perSecond(999_983);
    Gcra gcra = Gcra.create(rate, 10, clock);
    long begin = clock.nanoTime();
    long admitted = race(threads, thread -> {
      long mine = 0;
      for (int i = 0; i < 200_000; i++) {
        mine += gcra.tryAcquireAt(clock.advanceNanos(31), 1) ? 1 : 0;
      }
      return mine;
    });
    long span = clock.nanoTime() - begin;
    long most = 10 + formula(rate, span);
    assertTrue(admitted <= most, () -> admitted + " admitted, at most " + most);
    // Every reading is offered a call, and 31 ns are far less than T: nothing is left over but what
    // was denied to readings that came late.
    assertTrue(admitted >= most * 9 / 10, () -> admitted + " admitted of " + most);
  }

  /** Each jump goes beyond the horizon, and so each admission has to move the origin. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void originThatMovesInARace_losesAndDoublesNothing(int threads) {
    ManualClock clock = ManualClock.create();
    Rate rate = Rate.perSecond(999_983);
    long horizon = GcraMath.of(rate, 100).horizonNanos();
    Gcra gcra = Gcra.create(rate, 100, clock);
    for (int jump = 1; jump <= ROUNDS * 10; jump++) {
      // Half of the callers just within the horizon of the origin, half just beyond it.
      long base = jump * (2 * horizon);
      gcra.tryAcquireAt(base, 1); // the origin moves here
      gcra.refundAt(base, 1);
      long admitted =
          race(threads, thread -> drain(t -> gcra.tryAcquireAt(t, 1), base + horizon + thread, 3));
      assertEquals(100, admitted);
    }
  }

  @Test
  void moveWithoutFreezing_isCaughtWhileTheOriginMoves() {
    GcraMath math = GcraMath.of(Rate.perSecond(999_983), 100);
    boolean caught = false;
    for (int round = 0; round < 200_000 && !caught; round++) {
      RacyGcras.Taker limiter = new RacyGcras.MoveWithoutFreezing(math);
      caught = race(2, thread -> drain(limiter, math.horizonNanos() + thread, 3)) != 100;
    }
    assertTrue(caught, "the race was never lost");
  }

  private static long formula(Rate rate, long nanos) {
    return BigInteger.valueOf(nanos)
        .multiply(BigInteger.valueOf(rate.permits()))
        .divide(BigInteger.valueOf(rate.periodNanos()))
        .longValueExact();
  }
}
