package io.limiter.spec;

import io.limiter.GcraMath;
import io.limiter.Rate;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Wrong, and to be found so: a run that does not fail here proves nothing of {@link KernelRaces}. */
public final class RaceCanaries {
  private RaceCanaries() {}

  /** {@link KernelRaces.GcraBurstOfOne} with a limiter that reads, decides, and then writes. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, false", "false, true"},
      expect = Expect.ACCEPTABLE,
      desc = "exactly one")
  @Outcome(expect = Expect.FORBIDDEN, desc = "two or none for a burst of one")
  public static class ReadThenWrite {
    private final RacyGcras.Taker gcra =
        new RacyGcras.ReadThenWrite(GcraMath.of(Rate.perSecond(10), 1));

    @Actor
    public void one(ZZ_Result r) {
      r.r1 = gcra.tryAcquireAt(0);
    }

    @Actor
    public void two(ZZ_Result r) {
      r.r2 = gcra.tryAcquireAt(0);
    }
  }
}
