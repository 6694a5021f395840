package io.limiter.bench;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;

/** What is measured: how to make a limiter that never denies in a run, and one that never admits. */
public enum Algorithm {
  /** One word. */
  GCRA {
    @Override
    RateLimiter create(Rate rate, long burst, NanoClock clock) {
      return Gcra.create(rate, burst, clock);
    }
  },
  /** Continuous refill. */
  TOKEN_BUCKET {
    @Override
    RateLimiter create(Rate rate, long burst, NanoClock clock) {
      return TokenBucket.create(rate, burst, clock);
    }
  },
  /** Stepwise refill. */
  FIXED_WINDOW {
    @Override
    RateLimiter create(Rate rate, long burst, NanoClock clock) {
      return TokenBucket.stepwise(rate, burst, clock);
    }
  },
  /** A word for each permit of the window. */
  SLIDING_LOG {
    @Override
    RateLimiter create(Rate rate, long burst, NanoClock clock) {
      // Plenty in a second is plenty in a ms, and those words fit.
      boolean plenty = rate.permits() > 1;
      return SlidingLog.create(
          plenty ? Rate.ofNanos(rate.permits() / 1_000, rate.periodNanos() / 1_000) : rate, clock);
    }
  },
  /** Two Gcra; the first always admits, so that a denial too asks both. */
  ALL_OF_TWO {
    @Override
    RateLimiter create(Rate rate, long burst, NanoClock clock) {
      return AllOf.of(
          Gcra.create(PLENTY, Rate.MAX_PERMITS, clock), Gcra.create(rate, burst, clock));
    }
  };

  // One permit a ns, and 10^12 in store: no loop of calls is faster than that.
  private static final Rate PLENTY = Rate.perSecond(1_000_000_000);

  // One permit, and the next one long after the run.
  private static final Rate SCARCE = Rate.perDay(1);

  abstract RateLimiter create(Rate rate, long burst, NanoClock clock);

  /** A limiter that admits every call of a run. */
  RateLimiter admitting() {
    return create(PLENTY, Rate.MAX_PERMITS, NanoClock.system());
  }

  /** A limiter that denies every call of a run. */
  RateLimiter denying() {
    RateLimiter limiter = create(SCARCE, 1, NanoClock.system());
    if (!limiter.tryAcquire()) {
      throw new IllegalStateException(limiter + " denies its first permit");
    }
    return limiter;
  }
}
