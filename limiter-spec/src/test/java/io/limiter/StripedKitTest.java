package io.limiter;

import io.limiter.spec.kit.RateAdapter;
import io.limiter.spec.kit.RateLimiterContract;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/** {@link StripedLimiter} through the kit: as it is, and with its permits leased before each call. */
class StripedKitTest {
  /** Nobody collides. */
  @Nested
  class OneWord extends RateLimiterContract {
    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      return RateAdapter.of(Gcra.create(rate, burst, clock).striped());
    }
  }

  /** As if callers had collided before each call. */
  @Nested
  class Leased extends RateLimiterContract {
    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      Gcra gcra = Gcra.create(rate, burst, clock);
      RateAdapter striped = RateAdapter.of(new StripedLimiter(gcra, 2, 1));
      return new RateAdapter() {
        private RateAdapter striped() {
          Striping.stripe(gcra, clock.nanoTime(), 2, 1);
          return striped;
        }

        @Override
        public boolean tryAcquire(long permits) {
          return striped().tryAcquire(permits);
        }

        @Override
        public boolean peek(long permits) {
          return striped().peek(permits);
        }

        @Override
        public long remaining() {
          return striped().remaining();
        }

        @Override
        public long retryAfterNanos(long permits) {
          return striped().retryAfterNanos(permits);
        }

        @Override
        public long resetAfterNanos() {
          return striped().resetAfterNanos();
        }

        @Override
        public boolean refund(long permits) {
          return striped().refund(permits);
        }

        @Override
        public long reserve(long permits, long maxWaitNanos) {
          return striped().reserve(permits, maxWaitNanos);
        }
      };
    }

    @Override
    protected Map<String, String> notClaimed() {
      String forfeits =
          "what stripes have room for is not restored, and here that is at every call";
      return Map.of(
          "decidesAsTheExactModelDoes", forfeits,
          "deniedCallsChangeNothing", forfeits,
          "refundIsAsIfNotTaken", forfeits,
          "reservationsWaitAsLongAsNeeded", forfeits,
          "resetAfterIsTheWaitUntilFresh", forfeits,
          "retryAfterIsExact", forfeits + "; see StripedProperties.retryAfterIsExact",
          "staleReadingsNeverAdmitExtra", "a spend notes no reading: the clock must not step back");
    }
  }
}
