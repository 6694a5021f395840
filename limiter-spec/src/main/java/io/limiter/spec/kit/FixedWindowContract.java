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
 * What a fixed window promises: at most N permits in each window, the first of which begins when the
 * limiter is created, and so at most 2N in any P. Extend it, and the test class has one test for each
 * guarantee.
 */
public abstract class FixedWindowContract extends Contract<Setup.OfBucket> {

  /** A new limiter of N permits in each window of P, the first of which begins now. */
  protected abstract RateAdapter create(Rate window, NanoClock clock);

  /** The limiters that are built: by default any window. Narrow it to what yours accepts. */
  protected Arbitrary<Rate> windows() {
    return Timelines.rates();
  }

  @Test
  void fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod(Trial trial) {
    keep(trial);
  }

  @Override
  final RateAdapter create(Setup.OfBucket setup, NanoClock clock) {
    return create(setup.rate(), clock);
  }

  @Override
  final Arbitrary<Setup.OfBucket> all() {
    return windows().map(rate -> new Setup.OfBucket(rate, rate.permits(), rate.permits(), true, 0));
  }

  @Override
  final Guarantee formula() {
    return about(
        "fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod",
        "At most N permits are admitted in a window, at most 2N in any P.",
        () -> forward(Verb.TRY_ACQUIRE),
        Guarantees::fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod);
  }

  @Override
  final void staleReadingsNeverAdmitExtra(
      Timeline<Setup.OfBucket> timeline, SubjectFactory<Setup.OfBucket> factory) {
    Guarantees.staleReadingsNeverAdmitExtra(timeline, factory);
  }
}
