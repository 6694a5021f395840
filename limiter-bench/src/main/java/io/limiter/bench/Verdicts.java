package io.limiter.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Checks verdicts. A benchmark that expects one verdict fails at the first other one, and counts
 * nothing: a counter would be part of what is timed. Mixed benchmarks count, to show the mix.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class Verdicts {
  /** Calls admitted in one iteration of a mixed benchmark. */
  public long admitted;

  /** Calls denied in one iteration of a mixed benchmark. */
  public long denied;

  /** Counts a verdict of either kind. */
  void count(boolean verdict) {
    if (verdict) {
      admitted++;
    } else {
      denied++;
    }
  }

  /** Fails if the call was denied. */
  void expectAdmitted(boolean verdict) {
    if (!verdict) {
      throw new IllegalStateException("denied, in a benchmark of admissions");
    }
  }

  /** Fails if the call was admitted. */
  void expectDenied(boolean verdict) {
    if (verdict) {
      throw new IllegalStateException("admitted, in a benchmark of denials");
    }
  }
}
