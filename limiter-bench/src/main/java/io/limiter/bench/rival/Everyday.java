package io.limiter.bench.rival;

import io.limiter.Rate;
import io.limiter.spec.Setup;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Limits as people set them: up to a million permits per second, minute, hour or day. */
final class Everyday {
  static final long DAY = 86_400_000_000_000L; // ns

  private static final long SECOND = 1_000_000_000L;

  private Everyday() {}

  /** Rates. */
  static Arbitrary<Rate> rates() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            Rate.perSecond(1),
            Rate.perSecond(2),
            Rate.perSecond(3),
            Rate.perSecond(10),
            Rate.perMinute(480),
            Rate.perDay(1)),
        Combinators.combine(
                Arbitraries.longs().between(1, 1_000_000),
                Arbitraries.of(SECOND, 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND))
            .as(Rate::ofNanos));
  }

  /** Rates with a burst of at most ten thousand. */
  static Arbitrary<Setup.OfGcra> rateLimits() {
    Arbitrary<Long> bursts =
        Arbitraries.oneOf(Arbitraries.of(1L, 2L, 10L), Arbitraries.longs().between(1, 10_000));
    return Combinators.combine(rates(), bursts).as(Setup.OfGcra::new);
  }

  /** Concurrency limits. */
  static Arbitrary<Integer> limits() {
    return Arbitraries.integers().between(1, 1_000);
  }
}
