package io.limiter.spec;

import static io.limiter.spec.Races.race;
import static io.limiter.spec.Races.sum;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import io.limiter.spec.RacyLogs.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers, one log: never more than N in any P, and never less on a clock that stands. */
class SlidingLogConcurrencyTest {
  private static final int ROUNDS = 100;
  private static final int TICKS = 1_000;

  private interface Taker {
    boolean tryAcquireAt(long reading, long permits);
  }

  private static long drain(Taker log, long reading, int permits) {
    long admitted = 0;
    while (log.tryAcquireAt(reading, permits)) {
      admitted += permits;
    }
    return admitted;
  }

  /** From nothing held to N held: the ring grows in the race. Then all of it again, one P later. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void frozenClock_admitsExactlyN(int threads) {
    for (int round = 0; round < ROUNDS; round++) {
      SlidingLog log = SlidingLog.create(
          List.of(Rate.ofNanos(700, 50), Rate.ofNanos(1_000, 100)), ManualClock.create());
      assertEquals(700, sum(threads, thread -> drain(log::tryAcquireAt, 0, 1)));
      assertEquals(300, sum(threads, thread -> drain(log::tryAcquireAt, 99, 1)));
      // One whole window without any: the ring is given back, and grows again.
      assertEquals(700, sum(threads, thread -> drain(log::tryAcquireAt, 300, 1)));
      assertEquals(300, log.peekAt(350, 1).remaining());
      // Weights of 1 and 3: what is left at the end is less than the least that was asked for.
      assertEquals(300, sum(threads, thread -> drain(log::tryAcquireAt, 350, 1 + 2 * thread % 4)));
    }
  }

  /** At how many places the times, in order, show more than {@code n} in one period. */
  private static long tooMany(List<long[]> times, int n, long period) {
    long[] all = times.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    long wrong = 0;
    for (int i = n; i < all.length; i++) {
      wrong += all[i] - all[i - n] < period ? 1 : 0;
    }
    return wrong;
  }

  /** The readings that were admitted, of callers that each read one clock that moves. */
  private static List<long[]> admissions(int threads, Taker log, int calls, AtomicLong clock) {
    return race(threads, thread -> {
      long[] times = new long[calls];
      int admitted = 0;
      for (int i = 0; i < calls; i++) {
        long reading = clock.incrementAndGet();
        if (log.tryAcquireAt(reading, 1)) {
          times[admitted++] = reading;
        }
      }
      return Arrays.copyOf(times, admitted);
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void movingClock_neverAdmitsMoreThanNInAnyWindow(int threads) {
    for (int n : new int[] {1, 7, 100}) {
      long period = 10L * n * threads;
      SlidingLog log = SlidingLog.create(Rate.ofNanos(n, period), ManualClock.create());
      AtomicLong clock = new AtomicLong();
      List<long[]> times = admissions(threads, log::tryAcquireAt, 50_000, clock);
      // Readings that were overtaken are dated later: at most one for each other thread is out of
      // place at any time, so as many may seem to share a window.
      assertEquals(0, tooMany(times, n + threads - 1, period), "n: " + n);
      long span = clock.get();
      long admitted = times.stream().mapToLong(each -> each.length).sum();
      assertTrue(admitted <= n * (span / period + 1), () -> admitted + " in " + span + " ns");
      assertTrue(admitted >= n * (span / period) / 2, () -> admitted + " in " + span + " ns");
    }
  }

  @Test
  void descriptorPublishedBlindly_isCaught() {
    boolean caught = false;
    for (int round = 0; round < 10_000 && !caught; round++) {
      RacyLogs log = new RacyLogs(100, 10, Fault.PUBLISHES_BLINDLY);
      caught = sum(2, thread -> drain((now, permits) -> log.tryAcquireAt(now), 0, 1)) != 100;
    }
    assertTrue(caught, "the race was never lost");
  }

  /** Readings in one order for all, by turns: the dates are the readings, and no slack is needed. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void callersAtOneReadingEach_neverAdmitMoreThanNInAnyWindow(int threads) {
    int n = 50;
    SlidingLog log = SlidingLog.create(Rate.ofNanos(n, 10), ManualClock.create());
    List<long[]> admitted = new ArrayList<>();
    for (int tick = 0; tick < 1_500; tick++) {
      long now = tick;
      long sum = sum(threads, thread -> {
        long mine = 0;
        for (int i = 0; i < 4; i++) {
          mine += log.tryAcquireAt(now, 1 + i) ? 1 + i : 0;
        }
        return mine;
      });
      long[] times = new long[(int) sum];
      Arrays.fill(times, now);
      admitted.add(times);
    }
    assertEquals(0, tooMany(admitted, n, 10));
  }

  /** Callers that take and give back at once: in the end the log holds what was kept. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void refundsOnAFrozenClock_loseAndMintNothing(int threads) {
    for (int round = 0; round < ROUNDS; round++) {
      SlidingLog log = SlidingLog.create(Rate.ofNanos(200, 100), ManualClock.create());
      long kept = sum(threads, thread -> {
        Random random = new Random(thread);
        long mine = 0;
        for (int i = 0; i < 300; i++) {
          int permits = 1 + random.nextInt(3);
          if (log.tryAcquireAt(5, permits)) {
            mine += random.nextBoolean() && log.refundAt(5, permits) ? 0 : permits;
          }
        }
        return mine;
      });
      assertTrue(kept <= 200, () -> kept + " kept");
      assertEquals(200 - kept, log.peekAt(5, 1).remaining());
      assertEquals(200, log.peekAt(105, 1).remaining());
    }
  }

  /**
   * Permits put in place, in calls of several, taken back, and under windows that an operator sets
   * anew: at one reading for all, then the next. After each, the log holds what was kept in the
   * window. The ring of few goes round all the time, that of many grows first.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 9, 40})
  void inPlaceAndNot_loseAndMintNothing(int n) {
    int period = 3;
    Rate window = Rate.ofNanos(n, period);
    ManualClock clock = ManualClock.create();
    SlidingLog log = SlidingLog.create(window, clock);
    long[] kept = new long[TICKS];
    for (int tick = 0; tick < TICKS; tick++) {
      int seed = tick;
      AtomicLong here = new AtomicLong(); // admitted at this reading, and not to be taken back
      race(3, thread -> {
        Random random = new Random(31L * seed + thread);
        for (int i = 0; i < 2 * n + 4; i++) {
          int what = random.nextInt(40);
          int permits = what > 36 ? 2 : 1;
          if (thread == 0 && what < 2) {
            log.reconfigure(List.of(window));
          } else if (what < 4) {
            if (here.getAndUpdate(all -> Math.max(all - 1, 0)) > 0) {
              assertTrue(log.refund(1));
            }
          } else if (what < 20 ? log.decide(permits).admitted() : log.tryAcquire(permits)) {
            here.addAndGet(permits);
          }
        }
        return null;
      });
      kept[tick] = here.get();
      long inWindow =
          Arrays.stream(kept, Math.max(tick - period + 1, 0), tick + 1).sum();
      assertEquals(n - inWindow, log.peek().remaining(), "at " + tick);
      clock.advanceNanos(1);
    }
  }
}
