package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
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

  /** Two callers take and give back until all is gone; the third changes the rate all the while. */
  private static void race(RateLimiter limiter, Change change) throws Exception {
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
          if (taken % 7 == 0) {
            Reservation reservation = limiter.reserve(4, Duration.ofDays(9_999));
            reservation.cancel();
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
    assertEquals(BURST, taken + left, "no permit is minted and none lost");
  }

  @Test
  void gcra_noPermitIsMintedAndNoneLost() throws Exception {
    NanoClock clock = ManualClock.create();
    Gcra limiter = Gcra.create(RATES.get(0), BURST, clock);
    race(limiter, rate -> limiter.reconfigure(rate, BURST));
  }

  @Test
  void steps_noPermitIsMintedAndNoneLost() throws Exception {
    NanoClock clock = ManualClock.create();
    TokenBucket limiter = TokenBucket.stepwise(RATES.get(0), BURST, clock);
    race(limiter, rate -> limiter.reconfigure(rate, BURST));
  }
}
