package io.limiter;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZJ_Result;
import org.openjdk.jcstress.infra.results.ZZJ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** What the essays of {@link Stripes} and {@link StripedPermits} say of memory ordering. */
public final class StripedRaces {
  private static final int STRIPES = 2;
  private static final int LEASE = 1;
  private static final int BURST = 8; // 6 shared, and a lease in each stripe
  private static final int LIMIT = 4; // 2 in each stripe

  private StripedRaces() {}

  private static void stripe(Gcra gcra) {
    Cell c = gcra.cell;
    long tat = c.tat;
    Stripes next = Cell.isFrozen(tat) ? null : Stripes.of(c, tat, 0, STRIPES, LEASE);
    if (next != null) {
      gcra.publish(c, tat, next);
    }
  }

  /** A limiter with two leases, of which some are spent at first. */
  public abstract static class Leased {
    final Gcra gcra = Gcra.create(Rate.ofNanos(1, 10), BURST, ManualClock.create());
    final StripedLimiter striped = new StripedLimiter(gcra, STRIPES, LEASE);

    Leased(int spent) {
      stripe(gcra);
      for (int at = 0; at < spent; at++) {
        striped.tryAcquireAt(at, 0, LEASE);
      }
    }

    /** Takes a permit of a stripe, or leases some. */
    boolean take() {
      return striped.tryAcquireAt(0, 0, 1);
    }

    /** Takes permits by the limiter itself, which calls the leases back. */
    boolean takeTogether(long permits) {
      return gcra.tryAcquireAt(0, permits);
    }

    long left() {
      return gcra.peekAt(0, 1).remaining();
    }
  }

  /** Permits of which all are held at first. */
  public abstract static class AllHeld {
    final StripedPermits permits = new StripedPermits(STRIPES);
    int plain;

    AllHeld() {
      permits.open((long) LIMIT << 32);
      permits.tryAcquire(0, LIMIT / STRIPES);
      permits.tryAcquire(1, LIMIT / STRIPES);
    }

    int inFlight() {
      return (int) permits.word();
    }
  }

  /** Stripes, words: one total order of what is spent. */
  @JCStressTest
  @State
  @Outcome(
      id = "true, true, 6",
      expect = Expect.ACCEPTABLE,
      desc = "one from the stripe, one from elsewhere")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a permit was spent twice")
  public static class LeaseIsSpentOnce extends Leased {
    /** A lease in each stripe. */
    public LeaseIsSpentOnce() {
      super(0);
    }

    @Actor
    public void one(ZZJ_Result r) {
      r.r1 = take();
    }

    @Actor
    public void two(ZZJ_Result r) {
      r.r2 = take();
    }

    @Arbiter
    public void then(ZZJ_Result r) {
      r.r3 = left();
    }
  }

  /** Stripes, words: a permit is spent or called back. */
  @JCStressTest
  @State
  @Outcome(id = "true, true, 6", expect = Expect.ACCEPTABLE, desc = "spent once")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost, or spent and called back")
  public static class SpendMeetsCallBack extends Leased {
    /** A lease in each stripe. */
    public SpendMeetsCallBack() {
      super(0);
    }

    @Actor
    public void spender(ZZJ_Result r) {
      r.r1 = take();
    }

    @Actor
    public void caller(ZZJ_Result r) {
      r.r2 = takeTogether(1);
    }

    @Arbiter
    public void then(ZZJ_Result r) {
      r.r3 = left();
    }
  }

  /** Stripes, words: who wants all permits gets all of them, or denies no one else. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, false, 7", "false, true, 0"},
      expect = Expect.ACCEPTABLE,
      desc = "one of them")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost, or spent and called back")
  public static class SpendMeetsCallForAll extends Leased {
    /** A lease in each stripe. */
    public SpendMeetsCallForAll() {
      super(0);
    }

    @Actor
    public void spender(ZZJ_Result r) {
      r.r1 = take();
    }

    @Actor
    public void caller(ZZJ_Result r) {
      r.r2 = takeTogether(BURST);
    }

    @Arbiter
    public void then(ZZJ_Result r) {
      r.r3 = left();
    }
  }

  /** Stripes, I1: of two threads one fetches a lease for the stripe. */
  @JCStressTest
  @State
  @Outcome(id = "true, true, 4", expect = Expect.ACCEPTABLE, desc = "each got its own permit")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted")
  public static class TwoLeasesForOneStripe extends Leased {
    /** All leases are spent. */
    public TwoLeasesForOneStripe() {
      super(STRIPES);
    }

    @Actor
    public void one(ZZJ_Result r) {
      r.r1 = take();
    }

    @Actor
    public void two(ZZJ_Result r) {
      r.r2 = take();
    }

    @Arbiter
    public void then(ZZJ_Result r) {
      r.r3 = left();
    }
  }

  /** Stripes, I5: a lease in hand lands, or comes back. */
  @JCStressTest
  @State
  @Outcome(id = "true, true, 4", expect = Expect.ACCEPTABLE, desc = "landed or returned")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a lease was lost or minted")
  public static class LeaseInHandMeetsCallBack extends Leased {
    /** All leases are spent. */
    public LeaseInHandMeetsCallBack() {
      super(STRIPES);
    }

    @Actor
    public void leaser(ZZJ_Result r) {
      r.r1 = take();
    }

    @Actor
    public void caller(ZZJ_Result r) {
      r.r2 = takeTogether(1);
    }

    @Arbiter
    public void then(ZZJ_Result r) {
      r.r3 = left();
    }
  }

  /** Stripes, words: a refund and a call both call the leases back. */
  @JCStressTest
  @State
  @Outcome(id = "true, true, 7", expect = Expect.ACCEPTABLE, desc = "given back once")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a permit was lost or minted")
  public static class RefundMeetsCallBack extends Leased {
    /** A permit of the first stripe is spent. */
    public RefundMeetsCallBack() {
      super(1);
    }

    @Actor
    public void refunder(ZZJ_Result r) {
      r.r1 = striped.refundAt(0, 1);
    }

    @Actor
    public void caller(ZZJ_Result r) {
      r.r2 = takeTogether(1);
    }

    @Arbiter
    public void then(ZZJ_Result r) {
      r.r3 = left();
    }
  }

  /** StripedLimiter, stripes: who sees them sees what is in them. */
  @JCStressTest
  @State
  @Outcome(id = "true, 7", expect = Expect.ACCEPTABLE, desc = "taken before or after")
  @Outcome(expect = Expect.FORBIDDEN, desc = "stripes without their permits")
  public static class StripesArePublished {
    private final Gcra gcra = Gcra.create(Rate.ofNanos(1, 10), BURST, ManualClock.create());
    private final StripedLimiter striped = new StripedLimiter(gcra, STRIPES, LEASE);

    @Actor
    public void maker() {
      stripe(gcra);
    }

    @Actor
    public void taker(ZJ_Result r) {
      r.r1 = striped.tryAcquireAt(0, 0, 1);
    }

    @Arbiter
    public void then(ZJ_Result r) {
      r.r2 = gcra.peekAt(0, 1).remaining();
    }
  }

  /** StripedPermits, words: who gets a permit from another stripe sees what was done before. */
  @JCStressTest
  @State
  @Outcome(
      id = {"false, 0", "false, 1", "true, 1"},
      expect = Expect.ACCEPTABLE,
      desc = "came before the release, or got the write with the permit")
  @Outcome(expect = Expect.FORBIDDEN, desc = "got the permit without the write")
  public static class PermitOfAnotherStripeCarries extends AllHeld {

    @Actor
    public void releaser() {
      plain = 1;
      permits.release(0, 1);
    }

    @Actor
    public void taker(ZI_Result r) {
      r.r1 = permits.tryAcquire(1, 1);
      r.r2 = plain;
    }
  }

  /** StripedPermits, spread: so does who gets permits that were put together. */
  @JCStressTest
  @State
  @Outcome(
      id = {"false, 0", "false, 1", "true, 1"},
      expect = Expect.ACCEPTABLE,
      desc = "came before the release, or got the write with the permit")
  @Outcome(expect = Expect.FORBIDDEN, desc = "got the permit without the write")
  public static class PermitsPutTogetherCarry extends AllHeld {
    /** One permit is free in the second stripe. */
    public PermitsPutTogetherCarry() {
      permits.release(1, 1);
    }

    @Actor
    public void releaser() {
      plain = 1;
      permits.release(0, 1);
    }

    @Actor
    public void taker(ZI_Result r) {
      r.r1 = permits.tryAcquire(1, 2);
      r.r2 = plain;
    }
  }

  /** StripedPermits, words: one total order of who takes a permit. */
  @JCStressTest
  @State
  @Outcome(
      id = {"true, false", "false, true"},
      expect = Expect.ACCEPTABLE,
      desc = "exactly one")
  @Outcome(expect = Expect.FORBIDDEN, desc = "two or none for one permit")
  public static class PermitIsTakenOnce extends AllHeld {
    /** One permit is free in the first stripe. */
    public PermitIsTakenOnce() {
      permits.release(0, 1);
    }

    @Actor
    public void one(ZZ_Result r) {
      r.r1 = permits.tryAcquire(0, 1);
    }

    @Actor
    public void two(ZZ_Result r) {
      r.r2 = permits.tryAcquire(1, 1);
    }
  }

  /** StripedPermits, I2: a permit is taken before the words are replaced, or after. */
  @JCStressTest
  @State
  @Outcome(id = "true, 4", expect = Expect.ACCEPTABLE, desc = "taken once")
  @Outcome(expect = Expect.FORBIDDEN, desc = "denied, lost or minted")
  public static class TakeMeetsReplacement extends AllHeld {
    /** One permit is free in the first stripe. */
    public TakeMeetsReplacement() {
      permits.release(0, 1);
    }

    @Actor
    public void taker(ZI_Result r) {
      r.r1 = permits.tryAcquire(0, 1);
    }

    @Actor
    public void changer() {
      permits.limit(LIMIT + 1);
    }

    @Arbiter
    public void then(ZI_Result r) {
      r.r2 = inFlight();
    }
  }

  /** ConcurrencyLimiter, stripes: a permit is taken from the word, or from what it became. */
  @JCStressTest
  @State
  @Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "taken once")
  @Outcome(expect = Expect.FORBIDDEN, desc = "denied, lost or minted")
  public static class TakeMeetsFreezing {
    private final ConcurrencyLimiter limiter = ConcurrencyLimiter.create(LIMIT).striped(STRIPES);

    @Actor
    public void taker(ZI_Result r) {
      r.r1 = limiter.tryAcquire();
    }

    @Actor
    public void freezer() {
      limiter.stripe();
    }

    @Arbiter
    public void then(ZI_Result r) {
      r.r2 = limiter.inFlight();
    }
  }
}
