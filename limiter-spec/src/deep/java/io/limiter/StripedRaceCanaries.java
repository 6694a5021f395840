package io.limiter;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/** Wrong, and to be found so: a run that does not fail here proves nothing of {@link StripedRaces}. */
public final class StripedRaceCanaries {
  private static final int PERMITS = 8;
  private static final int STRIPES = 2;

  private StripedRaceCanaries() {}

  /** {@link StripedRaces.SpendMeetsCallBack} with leases that can be spent after they are counted. */
  @JCStressTest
  @State
  @Outcome(id = "true, 6", expect = Expect.ACCEPTABLE, desc = "spent once")
  @Outcome(expect = Expect.FORBIDDEN, desc = "spent and called back")
  public static class SpentAndCalledBack {
    private final RacyStripes stripes =
        new RacyStripes(RacyStripes.Defect.DOES_NOT_FREEZE, PERMITS, STRIPES, 1);

    /** One permit is taken, and one leased with it. */
    public SpentAndCalledBack() {
      stripes.tryAcquire(0, 1);
    }

    @Actor
    public void spender(ZJ_Result r) {
      r.r1 = stripes.tryAcquire(0, 1);
    }

    @Actor
    public void caller() {
      stripes.callBack();
    }

    @Arbiter
    public void then(ZJ_Result r) {
      r.r2 = stripes.audit();
    }
  }

  /** {@link StripedRaces.LeaseInHandMeetsCallBack} with a lease that is dropped if it comes late. */
  @JCStressTest
  @State
  @Outcome(id = "true, 7", expect = Expect.ACCEPTABLE, desc = "landed or returned")
  @Outcome(id = "false, 8", expect = Expect.ACCEPTABLE, desc = "met frozen words")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a lease was lost")
  public static class DropsLease {
    private final RacyStripes stripes =
        new RacyStripes(RacyStripes.Defect.DROPS_HAND, PERMITS, STRIPES, 1);

    @Actor
    public void leaser(ZJ_Result r) {
      r.r1 = stripes.tryAcquire(0, 1);
    }

    @Actor
    public void caller() {
      stripes.callBack();
    }

    @Arbiter
    public void then(ZJ_Result r) {
      r.r2 = stripes.audit();
    }
  }

  /** {@link StripedRaces.TakeMeetsReplacement} with words that are not final once they are replaced. */
  @JCStressTest
  @State
  @Outcome(id = "true, 7", expect = Expect.ACCEPTABLE, desc = "taken once")
  @Outcome(expect = Expect.FORBIDDEN, desc = "taken, and free")
  public static class TakenAndReplaced {
    private final RacyPermits permits =
        new RacyPermits(RacyPermits.Mistake.DOES_NOT_FREEZE, PERMITS);

    @Actor
    public void taker(ZJ_Result r) {
      r.r1 = permits.tryAcquire(0, 1);
    }

    @Actor
    public void replacer() {
      permits.replace();
    }

    @Arbiter
    public void then(ZJ_Result r) {
      r.r2 = permits.free();
    }
  }
}
