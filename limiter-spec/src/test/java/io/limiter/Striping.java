package io.limiter;

/** The steps of a striped limiter one by one, for tests that stop in between. */
final class Striping {
  private Striping() {}

  /** Leases the permits to stripes, as when callers collide, unless they are leased or too few. */
  static void stripe(WordLimiter limiter, long nanoTime, int count, long maxLease) {
    Cell c = limiter.cell;
    long seen = c.tat;
    Stripes next = Cell.isFrozen(seen) ? null : Stripes.of(c, seen, nanoTime, count, maxLease);
    if (next != null) {
      limiter.publish(c, seen, next);
    }
  }

  /** The stripes; null if the permits are all in one place. */
  static Stripes stripes(WordLimiter limiter) {
    return limiter.cell instanceof Stripes stripes ? stripes : null;
  }

  /** Calls all leases back. */
  static void callBack(WordLimiter limiter) {
    limiter.whole();
  }

  /** A lease that is fetched, and not landed yet. */
  static final class Hand {
    final Stripes stripes;
    final Stripes.Lease lease;
    private final WordLimiter limiter;
    private final long nanoTime;
    private final Ledger.Mark mark;

    private Hand(
        WordLimiter limiter,
        Stripes stripes,
        long nanoTime,
        Ledger.Mark mark,
        Stripes.Lease lease) {
      this.limiter = limiter;
      this.stripes = stripes;
      this.nanoTime = nanoTime;
      this.mark = mark;
      this.lease = lease;
    }

    /** Gives the lease back as the limiter does when its stripe was called back. */
    void giveBack() {
      Ledger.Charge charge = new Ledger.Charge(lease.permits(), nanoTime, stripes.end(lease), mark);
      limiter.desk().giveBack(charge, lease.permits());
    }
  }

  /** Takes permits and fetches a lease for stripe {@code at}; null if they were denied. */
  static Hand fetch(WordLimiter limiter, int at, long nanoTime, long permits) {
    Stripes stripes = stripes(limiter);
    Ledger.Mark mark = limiter.mark(); // before the charge
    Stripes.Lease lease = stripes == null ? null : stripes.fetch(at, nanoTime, permits);
    return lease == null ? null : new Hand(limiter, stripes, nanoTime, mark, lease);
  }
}
