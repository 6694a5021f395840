package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.TokenBucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Callers race with a thread that changes the limit; time stands still, so permits can be counted. */
class ReconfigureRaceTest {
  private static final long BURST = 20_000;
  private static final List<Rate> RATES =
      List.of(Rate.perSecond(3), Rate.perMinute(7), Rate.ofNanos(1, 1), Rate.perDay(11));

  private interface Change {
    void to(Rate rate);
  }

  /**
   * Two callers take and give back until all is gone; the third changes the rate all the while. Answers
   * how many permits are missing at the end: those of reservations that were cancelled after a change.
   */
  private static long race(RateLimiter limiter, boolean reserving, Change change) throws Exception {
    List<FutureTask<Long>> callers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Callable<Long> caller = () -> {
        long taken = 0;
        while (true) {
          if (!limiter.tryAcquire(3)) {
            return taken;
          }
          taken += 3;
          if (taken % 5 == 0) {
            limiter.refund(2);
            taken -= 2;
          }
          if (reserving && taken % 7 == 0) {
            limiter.reserve(4, Duration.ofDays(9_999)).cancel();
          }
        }
      };
      callers.add(new FutureTask<>(caller));
    }
    callers.forEach(caller -> new Thread(caller).start());
    for (int i = 0; !callers.stream().allMatch(FutureTask::isDone); i++) {
      change.to(RATES.get(i % RATES.size()));
    }
    long taken = callers.get(0).get() + callers.get(1).get();
    long left = limiter.drain();
    return BURST - taken - left;
  }

  private static void assertConserved(RateLimiter limiter, Change change) throws Exception {
    assertEquals(0, race(limiter, false, change), "no permit is minted and none lost");
    limiter.reset();
    long missing = race(limiter, true, change);
    assertTrue(missing >= 0 && missing % 4 == 0, () -> "no permit is minted: " + missing);
  }

  @Test
  void gcra_noPermitIsMintedAndNoneLost() throws Exception {
    NanoClock clock = ManualClock.create();
    Gcra limiter = Gcra.create(RATES.get(0), BURST, clock);
    assertConserved(limiter, rate -> limiter.reconfigure(rate, BURST));
  }

  @Test
  void steps_noPermitIsMintedAndNoneLost() throws Exception {
    NanoClock clock = ManualClock.create();
    TokenBucket limiter = TokenBucket.stepwise(RATES.get(0), BURST, clock);
    assertConserved(limiter, rate -> limiter.reconfigure(rate, BURST));
  }
}
