package io.limiter;

/** What {@link StripedLimiter} needs of a limiter whose permits it leases to {@link Stripes}. */
abstract class Lender extends Reserving {
  /** From {@link #tryOnce}. */
  static final int ADMITTED = 1;

  /** From {@link #tryOnce}. */
  static final int DENIED = 0;

  /** From {@link #tryOnce}: a race was lost, or the limiter's word is elsewhere. */
  static final int UNDECIDED = -1;

  Lender(NanoClock clock) {
    super(clock);
  }

  /**
   * This limiter for many threads at once. Both may be called; but whoever calls this one calls the
   * leases back.
   */
  public final StripedLimiter striped() {
    return StripedLimiter.of(this);
  }

  /** The rate N/P. */
  public abstract Rate rate();

  /** B, the most permits admissible at one instant from idle. */
  public abstract long burst();

  /** Changes the rate and the burst, in one atomic step. */
  public abstract void reconfigure(Rate rate, long burst, LevelPolicy policy);

  // Giving back: under the lock of the line if there is one, so that receipts know of it.

  @Override
  public final boolean refundAt(long nanoTime, long permits) {
    if (Checks.permits(permits) > 0) {
      giveBack(nanoTime, permits, null);
    }
    return true;
  }

  @Override
  final void uncharge(long nanoTime, long permits, Object terms, long receipt) {
    giveBack(nanoTime, permits, receipt(terms, receipt, permits, null, 0));
  }

  private void giveBack(long nanoTime, long permits, Receipt receipt) {
    Line line = lineIfAny();
    if (line == null) {
      giveBack(nanoTime, permits, receipt, null);
      gaveBack(nanoTime);
    } else {
      line.giveBack(this, nanoTime, permits, receipt);
    }
  }

  /** Tells the line, if there is one since. */
  private void gaveBack(long nanoTime) {
    Line line = lineIfAny();
    if (line != null) {
      line.gaveBack(this, nanoTime);
    }
  }

  @Override
  final long receipt(Object terms, long word, long behind, long before) {
    return word - ((Cell) terms).cost(behind);
  }

  @Override
  final void uncharge(long nanoTime, long permits, Object terms, long receipt, long gaps) {
    Line line = line();
    line.giveBack(this, nanoTime, permits, receipt(terms, receipt, permits, line.lows(), gaps));
  }

  private static Receipt receipt(Object terms, long word, long permits, Lows lows, long gaps) {
    Cell cell = (Cell) terms;
    return new Receipt(cell, word, word - cell.cost(permits), lows, gaps);
  }

  @Override
  final void withdraw(long nanoTime, long permits, long behind, long receipt) {
    giveBack(nanoTime, permits, null, line());
  }

  /**
   * Gives {@code permits} back at the reading {@code nanoTime}, or, if there is a receipt, what is left
   * of the charge that was made then; and tells {@code line}, unless that is null.
   *
   * @return whether this limiter still counts: not once it is retired
   */
  abstract boolean giveBack(long nanoTime, long permits, Receipt receipt, Line line);

  /** {@link RateLimiter#tryAcquireAt} by one compare-and-set at most. */
  abstract int tryOnce(long nanoTime, long permits);

  /** Those who spend this limiter's permits now; null if nobody else does. */
  abstract Stripes stripes();

  /**
   * Leases this limiter's permits to {@code count} stripes of at most {@code maxLease} permits each,
   * until an operation needs them together; or leaves it as it is: if the burst is too small, nothing
   * is admitted at the reading {@code nanoTime}, or another thread changes the limiter.
   */
  abstract void stripe(long nanoTime, int count, long maxLease);

  /** Takes back what was in hand for a stripe that was called back; or not, see Stripes, I5. */
  final void giveBack(Stripes s, Stripes.Lease lease) {
    Line line = lineIfAny();
    if (line == null) {
      giveBack(s, lease, null);
      gaveBack(clock().nanoTime());
    } else {
      line.giveBack(this, s, lease);
    }
  }

  /** {@link #giveBack}, and tells {@code line}, unless that is null. */
  abstract void giveBack(Stripes s, Stripes.Lease lease, Line line);

  /** {@code nanoTime} by the clock that its word counts by. */
  abstract long reading(long nanoTime);
}
