package io.limiter.spec.kit;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.Call.Verb;
import io.limiter.spec.Guarantees;
import io.limiter.spec.Setup;
import io.limiter.spec.SubjectFactory;
import io.limiter.spec.Timeline;
import io.limiter.spec.Timelines;
import net.jqwik.api.Arbitrary;
import org.junit.jupiter.api.Test;

/**
 * What a limiter of a rate and a burst promises, GCRA and the token bucket with continuous refill
 * alike: in any interval of length w at most {@code B + floor(w*N/P)} permits are admitted. Extend
 * it, and the test class has one test for each guarantee.
 */
public abstract class RateLimiterContract extends Contract<Setup.OfGcra> {

  /** A new limiter of N/P permits and burst B on {@code clock}, with the whole burst available. */
  protected abstract RateAdapter create(Rate rate, long burst, NanoClock clock);

  /**
   * The limiters that are built: by default any rate up to 10^12 permits a nanosecond with any burst
   * that 64 bits can be exact for. Narrow it to what your limiter accepts.
   */
  protected Arbitrary<Setup.OfGcra> setups() {
    return Timelines.gcras();
  }

  @Test
  void neverAdmitsMoreThanBurstPlusRate(Trial trial) {
    keep(trial);
  }

  @Override
  final RateAdapter create(Setup.OfGcra setup, NanoClock clock) {
    return create(setup.rate(), setup.burst(), clock);
  }

  @Override
  final Arbitrary<Setup.OfGcra> all() {
    return setups();
  }

  @Override
  final Guarantee formula() {
    return about(
        "neverAdmitsMoreThanBurstPlusRate",
        "In any interval of length w at most B + floor(w*N/P) permits are admitted.",
        () -> forward(Verb.TRY_ACQUIRE),
        Guarantees::neverAdmitsMoreThanBurstPlusRate);
  }

  @Override
  final void staleReadingsNeverAdmitExtra(
      Timeline<Setup.OfGcra> timeline, SubjectFactory<Setup.OfGcra> factory) {
    Guarantees.staleReadingsNeverAdmitExtra(timeline, factory);
  }
}
