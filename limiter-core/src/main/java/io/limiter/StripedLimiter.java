package io.limiter;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Gcra} or {@link TokenBucket} for one hot limit that many threads call at once. In any
 * interval of length w at most {@code B + floor(w*N/P)} permits are admitted, as by the limiter
 * itself.
 *
 * <p>As long as callers do not collide this is the limiter itself, and decides as it does. When two
 * do, permits are leased to stripes. A thread takes permits from its own stripe with one
 * compare-and-set that nobody contends for, and without reading the clock. A stripe that runs dry leases
 * as many permits as it has room for. A call is denied only if its stripe, the shared word and the other
 * stripes do not have enough.
 *
 * <p>What is relaxed while permits are leased, always towards fewer: S stripes of L permits, at most a
 * quarter of the burst together, are restored only as they run dry, so after an idle spell up to S*L
 * permits fewer than the burst may be there; and a call may be denied while another one that was
 * admitted is about to put a lease into its stripe. If the leases are called back just then, that one
 * is forfeited in case of a penalty, or if others are given back before it is (Stripes, I5). Else no
 * permit is lost over time: a limiter that is used up admits N per P. A call for more than the shared
 * word and the stripes hold calls the leases
 * back, whether it is admitted or denied, and so do {@code reserve} if there is a wait, {@code
 * acquireForced}, {@code penalize}, {@code reset} and {@code reconfigure}: then it is the limiter
 * itself again until callers collide.
 *
 * <p>The forms with a reading use it only when they get to the shared word: a permit of a stripe was
 * charged at an earlier reading, and its spending notes none. So the formula holds by a clock that does
 * not step back, as {@link NanoClock#system} does not. The numbers of {@code decide} are read right
 * after its verdict, not in one step with it; where more than B - S*L permits are asked for, {@code
 * peek} says what is true once the leases are called back.
 *
 * <p>Don't use it for a limit of few permits: if a stripe's share of the burst is less than {@value
 * Stripes#LEAST_LEASE} permits, this is always the limiter itself, as {@link #toString} says. Don't use it
 * as a member of {@link AllOf}, which needs receipts and so charges the limiter itself.
 *
 * <p>Cost: an admission from a stripe is one volatile read of its word and one compare-and-set; a
 * denial reads one word for each stripe and writes nothing. S is two to four times the number of
 * processors, and a stripe 128 bytes. Nothing is allocated but new
 * stripes when callers collide, and 32 bytes for a lease in hand.
 * Thread-safety: lock-free; what waits or changes the limit takes a lock. Memory effects: see {@link
 * RateLimiter}; but admissions from different stripes are not ordered.
 */
public final class StripedLimiter extends WaitableLimiter {
  /*
   * Representation. `limiter` is in charge of everything; its cell is an ordinary one or Stripes.
   *   `stripes` is the newest Stripes seen, which the hot path asks without a detour by the limiter.
   * Invariants.
   *   I1  Those of Stripes. Stripes that the limiter no longer has are frozen: to spend from an old
   *       `stripes` fails.
   *   I2  A call is denied only if the limiter's cell denies it, as Cell.admits: that is the shared
   *       word and all stripes together.
   *   I3  The limiter is striped only at a level above 0, so when nobody waits; and whoever is to wait
   *       calls the leases back first.
   * Linearization.
   *   tryAcquire, decide   admitted: the compare-and-set of the stripe or of the shared word; denied:
   *                        the last read of the shared word. Between that and the reads of the
   *                        stripes permits may have moved, by a lease in hand or by a refund: then no
   *                        one moment had too few. Such a denial is the only thing that is not as by
   *                        one thread (StripedLincheckTest, StripedProperties).
   *   all others           those of the limiter.
   * Memory ordering.
   *   field    read      write     why that is enough
   *   stripes  volatile  volatile  publishes final fields; which of two racing writes wins does not
   *                                matter (I1)
   * Progress. Lock-free, but that a lease which was called back in hand tells those who wait, under the
   *   lock of their line, if there ever was anyone. Each round but the last ends because another thread
   *   changed something; the last calls the leases back.
   * Arithmetic. That of Stripes and GcraMath.
   * What would catch a leaked or minted lease: StripedProperties.leasesAreNeitherMintedNorLeaked by
   *   itself, StripedLincheckTest.leases_areNeitherMintedNorLeaked_byModelChecking in a race.
   * Rejected. Striped from the start (one thread gains little, and would have the relaxations). One
   *   stripe for each thread (threads come and go; S is bounded).
   * Sources. LongAdder and Striped64 of java.util.concurrent.atomic.
   */
  static final int STRIPES =
      Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors() - 1) << 1;
  private static final long MAX_LEASE =
      1_024; // permits: then one call in a thousand pays for a lease
  private static final int ROUNDS = 3;

  private final WordLimiter limiter;
  private final int count; // S, a power of two
  private final long maxLease; // permits

  /** The newest stripes that were seen, called back or not; null at first. Any thread may write. */
  private volatile @Nullable Stripes stripes;

  StripedLimiter(WordLimiter limiter, int count, long maxLease) {
    this.limiter = limiter;
    this.count = count;
    this.maxLease = maxLease;
  }

  static StripedLimiter of(WordLimiter limiter) {
    return new StripedLimiter(limiter, STRIPES, MAX_LEASE);
  }

  boolean isOf(@Nullable WordLimiter other) {
    return limiter == other;
  }

  /** What {@link AllOf} charges. */
  @Override
  Member member() {
    return limiter.member();
  }

  @Override
  Door door() {
    return limiter.door();
  }

  @Override
  public NanoClock clock() {
    return limiter.clock();
  }

  /** The rate N/P. */
  public Rate rate() {
    return limiter.rate();
  }

  /** B, the most permits admissible at one instant from idle. */
  public long burst() {
    return limiter.burst();
  }

  /** Takes {@code permits} now, or none. Reads the clock only if the caller's stripe has not enough. */
  @Override
  public boolean tryAcquire(long permits) {
    int at = own();
    return spend(at, permits) || tryAgain(at, clock().nanoTime(), permits);
  }

  @Override
  public boolean tryAcquireAt(long nanoTime, long permits) {
    return tryAcquireAt(own(), nanoTime, permits);
  }

  boolean tryAcquireAt(int at, long nanoTime, long permits) {
    return spend(at, permits) || tryAgain(at, nanoTime, permits);
  }

  /** The stripe of the calling thread, modulo their number. */
  static int own() {
    return (int) Thread.currentThread().getId();
  }

  private boolean spend(int at, long permits) {
    Stripes s = stripes;
    return s != null && s.spend(at, permits);
  }

  /** What is left of {@link #tryAcquireAt} once the caller's stripe has not enough. */
  private boolean tryAgain(int at, long nanoTime, long permits) {
    if (Checks.permits(permits) == 0) {
      return limiter.admits(nanoTime, 0); // and the leases stay where they are
    }
    for (int round = 0; round < ROUNDS; round++) {
      Stripes s = stripes();
      if (s == null) {
        Cell c = limiter.cell;
        long tat = c.tat;
        long next = c.next(tat, c.elapsed(nanoTime), permits);
        if (next >= GcraMath.FRESH && c.compareAndSet(tat, next)) {
          return true;
        }
        if (next < GcraMath.FRESH) {
          break; // denied, most likely
        }
        stripe(nanoTime);
      } else if (lease(s, at, nanoTime, permits)) {
        return true;
      } else if (!limiter.admits(nanoTime, permits)) {
        if (!s.areTooFew(permits)) {
          return false;
        }
        break;
      } else if (s.steal(at, permits)) {
        return true;
      }
    }
    return limiter.tryAcquireAt(nanoTime, permits); // which calls the leases back
  }

  /** Leases the permits to stripes, unless they are too few or somebody changes the limiter. */
  private void stripe(long nanoTime) {
    Cell c = limiter.cell;
    long tat = c.tat;
    Stripes next = Cell.isFrozen(tat) ? null : Stripes.of(c, tat, nanoTime, count, maxLease);
    if (next != null) {
      limiter.publish(c, tat, next);
    }
  }

  private boolean lease(Stripes s, int at, long nanoTime, long permits) {
    Ledger.Mark mark = limiter.mark(); // before the charge
    Stripes.Lease lease = s.fetch(at, nanoTime, permits);
    if (lease != null && !s.land(lease)) {
      limiter
          .desk()
          .giveBack(
              new Ledger.Charge(lease.permits(), nanoTime, s.end(lease), mark), lease.permits());
    }
    return lease != null;
  }

  private @Nullable Stripes stripes() {
    if (!(limiter.cell instanceof Stripes s)) {
      return null;
    }
    if (s != stripes) {
      stripes = s;
    }
    return s;
  }

  @Override
  public Decision decideAt(long nanoTime, long permits) {
    return decideAt(own(), nanoTime, permits);
  }

  Decision decideAt(int at, long nanoTime, long permits) {
    while (true) {
      boolean admitted = tryAcquireAt(at, nanoTime, permits);
      Decision then = limiter.peekAt(nanoTime, permits);
      if (admitted || !then.admitted()) {
        return admitted ? Decision.admitted(then.remaining(), then.resetAfterNanos()) : then;
      }
    }
  }

  @Override
  public Decision peekAt(long nanoTime, long permits) {
    return limiter.peekAt(nanoTime, permits);
  }

  // All else needs the permits together: the limiter calls the leases back.

  @Override
  public boolean refundAt(long nanoTime, long permits) {
    return limiter.refundAt(nanoTime, permits);
  }

  @Override
  public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
    return limiter.reserveAt(nanoTime, permits, maxWaitNanos);
  }

  @Override
  public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
    return limiter.acquireForcedAt(nanoTime, permits, maxWaitNanos);
  }

  @Override
  public void penalizeAt(long nanoTime, long nanos) {
    limiter.penalizeAt(nanoTime, nanos);
  }

  @Override
  public void reset() {
    limiter.reset();
  }

  @Override
  public Snapshot snapshotAt(long nanoTime, Instant wall) {
    return limiter.snapshotAt(nanoTime, wall);
  }

  @Override
  public void restoreAt(long nanoTime, Snapshot snapshot, Instant wall) {
    limiter.restoreAt(nanoTime, snapshot, wall);
  }

  /**
   * Changes the rate and the burst in one atomic step: {@code reconfigure(rate, burst,
   * LevelPolicy.SPENT)}.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public void reconfigure(Rate rate, long burst) {
    limiter.reconfigure(rate, burst);
  }

  /**
   * Changes the rate and the burst in one atomic step.
   *
   * @param policy what is kept of the level
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public void reconfigure(Rate rate, long burst, LevelPolicy policy) {
    limiter.reconfigure(rate, burst, policy);
  }

  /**
   * {@inheritDoc}
   *
   * @param target a limiter of the same algorithm, striped or not
   */
  @Override
  public void reconfigure(RateLimiter target, LevelPolicy policy) {
    limiter.reconfigure(
        target instanceof StripedLimiter striped ? striped.limiter : target, policy);
  }

  /** {@code StripedLimiter[Gcra[480/minute burst 480], 4 stripes of 30]}, or {@code one word}. */
  @Override
  public String toString() {
    String how = limiter.cell instanceof Stripes s ? s.describe() : "one word";
    return "StripedLimiter[" + limiter + ", " + how + "]";
  }
}
