package io.limiter.bench.rival;

import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.TokenBucket;
import io.limiter.spec.Setup;
import io.limiter.spec.kit.ConcurrencyAdapter;
import io.limiter.spec.kit.ConcurrencyContract;
import io.limiter.spec.kit.FixedWindowContract;
import io.limiter.spec.kit.Guarantee;
import io.limiter.spec.kit.RateAdapter;
import io.limiter.spec.kit.RateLimiterContract;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import net.jqwik.api.Arbitrary;

/** The guarantees, about each limiter that can be given a clock or needs none. */
final class Contracts {
  private Contracts() {}

  private interface RateFactory {
    RateAdapter create(Rate rate, long burst, NanoClock clock);
  }

  private interface WindowFactory {
    RateAdapter create(Rate window, NanoClock clock);
  }

  private static List<Guarantee> rate(RateFactory factory) {
    return new RateLimiterContract() {
      @Override
      protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
        return factory.create(rate, burst, clock);
      }

      @Override
      protected Arbitrary<Setup.OfGcra> setups() {
        return Everyday.rateLimits();
      }

      @Override
      protected long longestStepBackNanos() {
        return Everyday.DAY;
      }
    }.guarantees();
  }

  private static List<Guarantee> window(WindowFactory factory) {
    return new FixedWindowContract() {
      @Override
      protected RateAdapter create(Rate window, NanoClock clock) {
        return factory.create(window, clock);
      }

      @Override
      protected Arbitrary<Rate> windows() {
        return Everyday.rates();
      }

      @Override
      protected long longestStepBackNanos() {
        return Everyday.DAY;
      }
    }.guarantees();
  }

  private static List<Guarantee> concurrency(
      IntFunction<ConcurrencyAdapter> factory, Map<String, String> notClaimed) {
    return new ConcurrencyContract() {
      @Override
      protected ConcurrencyAdapter create(int limit) {
        return factory.apply(limit);
      }

      @Override
      protected Arbitrary<Integer> limits() {
        return Everyday.limits();
      }

      @Override
      protected Map<String, String> notClaimed() {
        return notClaimed;
      }
    }.guarantees();
  }

  static List<Guarantee> gcra() {
    return rate((rate, burst, clock) -> RateAdapter.of(Gcra.create(rate, burst, clock)));
  }

  static List<Guarantee> bucket4jGreedy() {
    return rate(Bucket4j::greedy);
  }

  static List<Guarantee> stepwise() {
    return window((window, clock) -> RateAdapter.of(TokenBucket.stepwise(window, clock)));
  }

  static List<Guarantee> bucket4jIntervally() {
    return window(Bucket4j::intervally);
  }

  static List<Guarantee> resilience4jRateLimiter() {
    return window(Resilience4j::rateLimiter);
  }

  static List<Guarantee> concurrencyLimiter() {
    return concurrency(
        limit -> ConcurrencyAdapter.of(io.limiter.ConcurrencyLimiter.create(limit)), Map.of());
  }

  static List<Guarantee> semaphore() {
    return concurrency(
        JdkSemaphore::of,
        Map.of(
            "releaseBeyondWhatIsHeldChangesNothing",
            "Semaphore documents that a permit may be released that was never acquired"));
  }

  static List<Guarantee> resilience4jBulkhead() {
    return concurrency(
        Resilience4j::bulkhead,
        Map.of(
            "releaseBeyondWhatIsHeldChangesNothing",
            "resilience4j documents releasePermission for a permission that was acquired",
            "inFlightNeverGrowsWhileAboveTheLimit",
            "resilience4j changes to a lower limit by waiting until as many permits are given back"));
  }

  static List<Guarantee> failsafeBulkhead() {
    return concurrency(FailsafeBulkhead::of, Map.of());
  }
}
