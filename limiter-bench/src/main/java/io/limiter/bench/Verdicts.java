package io.limiter.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Counts verdicts, so that a result shows which path ran, and fails the run when it was the wrong
 * one. One increment and one predicted branch a call, and the baselines pay for them too.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class Verdicts {
  /** Calls admitted, in one iteration. */
  public long admitted;

  /** Calls denied, in one iteration. */
  public long denied;

  /** Counts a verdict of either kind. */
  void count(boolean verdict) {
    if (verdict) {
      admitted++;
    } else {
      denied++;
    }
  }

  /** Counts an admission; a denial here is a broken benchmark. */
  void expectAdmitted(boolean verdict) {
    if (!verdict) {
      throw new IllegalStateException("denied, in a benchmark of admissions");
    }
    admitted++;
  }

  /** Counts a denial; an admission here is a broken benchmark. */
  void expectDenied(boolean verdict) {
    if (verdict) {
      throw new IllegalStateException("admitted, in a benchmark of denials");
    }
    denied++;
  }
}
