package io.limiter.spec;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JI_Result;
import org.openjdk.jcstress.infra.results.J_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZJ_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** What the essays say of memory ordering, on the memory model of the machine that runs this. */
public final class KernelRaces {
  private static final Rate AWKWARD = Rate.perSecond(999_983);
  private static final long BEYOND = GcraMath.of(AWKWARD, 1).horizonNanos() + 1;

  private KernelRaces() {}

  /** Gcra, tat: one total order of admissions. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, false", "false, true"},
      expect = Expect.ACCEPTABLE,
      desc = "exactly one")
  @Outcome(expect = Expect.FORBIDDEN, desc = "two or none for a burst of one")
  public static class GcraBurstOfOne {
    private final Gcra gcra = Gcra.create(Rate.perSecond(10), 1, ManualClock.create());

    @Actor
    public void one(ZZ_Result r) {
      r.r1 = gcra.tryAcquireAt(0, 1);
    }

    @Actor
    public void two(ZZ_Result r) {
      r.r2 = gcra.tryAcquireAt(0, 1);
    }
  }

  /** Gcra, cell: both threads have to move the origin; the new cell is published with its word. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, false, false", "false, true, false"},
      expect = Expect.ACCEPTABLE,
      desc = "exactly one")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a charge was lost or doubled in the move")
  public static class GcraOriginMovesTwice {
    private final Gcra gcra = Gcra.create(AWKWARD, 1, ManualClock.create());

    @Actor
    public void one(ZZZ_Result r) {
      r.r1 = gcra.tryAcquireAt(BEYOND, 1);
    }

    @Actor
    public void two(ZZZ_Result r) {
      r.r2 = gcra.tryAcquireAt(BEYOND + 1, 1);
    }

    @Arbiter
    public void then(ZZZ_Result r) {
      r.r3 = gcra.tryAcquireAt(BEYOND + 1, 1);
    }
  }

  /** Gcra, cell: a reader sees the final fields and the first word of a cell that was moved. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, 0", "true, 1"},
      expect = Expect.ACCEPTABLE,
      desc = "after or before")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a cell without its fields")
  public static class GcraMovedCellIsWhole {
    private final Gcra gcra = Gcra.create(AWKWARD, 1, ManualClock.create());

    @Actor
    public void mover(ZJ_Result r) {
      r.r1 = gcra.tryAcquireAt(BEYOND, 1);
    }

    @Actor
    public void reader(ZJ_Result r) {
      r.r2 = gcra.peekAt(BEYOND, 1).remaining();
    }
  }

  /** Gcra: what a thread did before it was admitted is visible to who is admitted after it. */
  @JCStressTest
  @State
  @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "first, before the write")
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "first, after the write")
  @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "second")
  @Outcome(expect = Expect.FORBIDDEN, desc = "admitted second, and saw nothing")
  public static class GcraAdmissionCarries {
    private final Gcra gcra = Gcra.create(Rate.perSecond(10), 2, ManualClock.create());
    private int plain;

    @Actor
    public void writer() {
      plain = 1;
      gcra.tryAcquireAt(0, 1);
    }

    @Actor
    public void reader(JI_Result r) {
      r.r1 = gcra.decideAt(0, 1).remaining();
      r.r2 = plain;
    }
  }

  /** SlidingLog, state: one total order of admissions. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, false", "false, true"},
      expect = Expect.ACCEPTABLE,
      desc = "exactly one")
  @Outcome(expect = Expect.FORBIDDEN, desc = "two or none in one window of one")
  public static class SlidingLogWindowOfOne {
    private final SlidingLog log = SlidingLog.create(Rate.ofNanos(1, 100), ManualClock.create());

    @Actor
    public void one(ZZ_Result r) {
      r.r1 = log.tryAcquireAt(0, 1);
    }

    @Actor
    public void two(ZZ_Result r) {
      r.r2 = log.tryAcquireAt(0, 1);
    }
  }

  /** SlidingLog, pending: who sees the descriptor sees all of its entries. */
  @JCStressTest
  @State
  @Outcome(
      id = {"4", "1"},
      expect = Expect.ACCEPTABLE,
      desc = "before or after")
  @Outcome(expect = Expect.FORBIDDEN, desc = "an admission without some of its entries")
  public static class SlidingLogEntriesArePublished {
    private final SlidingLog log = SlidingLog.create(Rate.ofNanos(4, 100), ManualClock.create());

    @Actor
    public void writer() {
      log.tryAcquireAt(10, 3);
    }

    @Actor
    public void reader(J_Result r) {
      r.r1 = log.peekAt(20, 1).remaining();
    }
  }

  /** SlidingLog, ring: a late writer of an entry changes nothing once its slot was used again. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, true, false", "false, true, false"},
      expect = Expect.ACCEPTABLE,
      desc = "the later entry stands")
  @Outcome(expect = Expect.FORBIDDEN, desc = "the older entry was written over the later one")
  public static class SlidingLogSlotIsUsedAgain {
    private final SlidingLog log = SlidingLog.create(Rate.ofNanos(1, 5), ManualClock.create());

    @Actor
    public void older(ZZZ_Result r) {
      r.r1 = log.tryAcquireAt(0, 1);
    }

    @Actor
    public void later(ZZZ_Result r) {
      r.r2 = log.tryAcquireAt(5, 1);
    }

    @Arbiter
    public void then(ZZZ_Result r) {
      r.r3 = log.peekAt(9, 1).admitted();
    }
  }

  /** ConcurrencyLimiter: what was done before the release is visible to who gets the permit. */
  @JCStressTest
  @State
  @Outcome(
      id = {"false, 0", "false, 1"},
      expect = Expect.ACCEPTABLE,
      desc = "came before the release")
  @Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "got the permit and the write")
  @Outcome(expect = Expect.FORBIDDEN, desc = "got the permit without the write")
  public static class ReleaseCarries {
    private final ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1);
    private int plain;

    /** The permit is taken. */
    public ReleaseCarries() {
      limiter.tryAcquire();
    }

    @Actor
    public void releaser() {
      plain = 1;
      limiter.release();
    }

    @Actor
    public void taker(ZI_Result r) {
      r.r1 = limiter.tryAcquire();
      r.r2 = plain;
    }
  }

  /** Permit: closing twice is one release. */
  @JCStressTest
  @State
  @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "one release")
  @Outcome(expect = Expect.FORBIDDEN, desc = "none, or two")
  public static class PermitIsClosedOnce {
    private final ConcurrencyLimiter limiter = ConcurrencyLimiter.create(2);
    private final Permit permit = limiter.tryEnter();

    /** Another permit is held, and stays so. */
    public PermitIsClosedOnce() {
      limiter.tryAcquire();
    }

    @Actor
    public void one() {
      permit.close();
    }

    @Actor
    public void two() {
      permit.close();
    }

    @Arbiter
    public void then(J_Result r) {
      r.r1 = limiter.inFlight();
    }
  }
}
