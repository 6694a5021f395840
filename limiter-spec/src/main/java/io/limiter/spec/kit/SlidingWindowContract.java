package io.limiter.spec.kit;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.Call.Verb;
import io.limiter.spec.LogGuarantees;
import io.limiter.spec.Setup;
import io.limiter.spec.SubjectFactory;
import io.limiter.spec.Timeline;
import io.limiter.spec.Timelines;
import java.util.List;
import net.jqwik.api.Arbitrary;
import org.junit.jupiter.api.Test;

/**
 * What a sliding window promises: in no window of length P, wherever it starts, are more than N
 * permits admitted. Extend it, and the test class has one test for each guarantee.
 */
public abstract class SlidingWindowContract extends Contract<Setup.OfLog> {

  /** A new limiter of N permits in any window of P. */
  protected abstract RateAdapter create(Rate window, NanoClock clock);

  /**
   * The limiters that are built: by default any window of up to 300 permits. Narrow it to what
   * yours accepts.
   */
  protected Arbitrary<Rate> windows() {
    return Timelines.slidingLogs().map(setup -> setup.windows().get(0));
  }

  @Test
  void neverAdmitsMoreThanNInAnyWindow(Trial trial) {
    keep(trial);
  }

  @Override
  final RateAdapter create(Setup.OfLog setup, NanoClock clock) {
    return create(setup.windows().get(0), clock);
  }

  @Override
  final Arbitrary<Setup.OfLog> all() {
    return windows().map(window -> new Setup.OfLog(List.of(window)));
  }

  @Override
  final Guarantee formula() {
    return about(
        "neverAdmitsMoreThanNInAnyWindow",
        "In no window of length P, wherever it starts, are more than N permits admitted.",
        () -> forward(Verb.TRY_ACQUIRE),
        LogGuarantees::neverAdmitsMoreThanNInAnyWindow);
  }

  @Override
  final void staleReadingsNeverAdmitExtra(
      Timeline<Setup.OfLog> timeline, SubjectFactory<Setup.OfLog> factory) {
    LogGuarantees.staleReadingsNeverAdmitExtra(timeline, factory);
  }
}
