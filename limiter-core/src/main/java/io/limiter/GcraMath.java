package io.limiter;

import java.math.BigInteger;
import java.util.Objects;

/**
 * The arithmetic of GCRA on one {@code long}, the theoretical arrival time (TAT), for one compiled
 * rate: N permits per period P with burst B. A request for k permits at time t is admitted iff
 * {@code max(TAT, t) + k*T - t <= B*T}, then {@code TAT := max(TAT, t) + k*T}; T = P/N.
 *
 * <p>This is what {@link Gcra} runs on a field; run it on a column, a cache entry or a remote key to
 * build a limiter over a store of your own. Keep {@code tat} (start with {@link #FRESH}) and the
 * clock reading that you call the origin; pass {@code nanos}, the reading minus the origin; store
 * what {@link #next next} returns, atomically, only if the word is still the one that you passed:
 *
 * <pre>{@code
 * long next = math.next(tat, nanos, permits);
 * if (next == GcraMath.DENIED) {
 *   return math.retryAfterNanos(tat, nanos, permits); // and store nothing
 * }
 * if (next == GcraMath.UNCHANGED) { // 0 permits are admitted
 *   return 0; // and store nothing
 * }
 * if (next == GcraMath.REBASE) { // once per horizonNanos(): move the origin to this reading
 *   origin += math.rebaseNanos(nanos);
 *   tat = math.rebase(tat, math.rebaseNanos(nanos)); // and ask again
 * }
 * }</pre>
 *
 * <p><b>Ticks.</b> TAT counts ticks of 1/m ns since the origin, with m chosen so that one permit is
 * a whole number T of ticks: with P/N = p/n in lowest terms, m = n and T = p. <b>Exact</b>, decision
 * for decision, whenever {@code B*p <= 2^61}: every rate whose p is at most 2.3 * 10^18 / B; {@link
 * #isExact()} tells. Elsewhere T/m is the least fraction not below p/n with {@code B*T <= 2^61} (or,
 * if a single permit takes longer than that many ns, ticks of a power of two ns): the rate is then
 * slower than asked, never faster, by at most 1 part in 10^6 for any burst, and by at most 1 part in
 * 10^9 for bursts up to 10^9.
 *
 * <p>All functions are pure and total: they have an answer for every long. A word outside {@code
 * FRESH..}{@link #MAX_TAT} is one that this class never returns; it denies when it lies above, and
 * is long ago when it lies below. Waits beyond 2^63 - 2 ns are {@link Decision#NEVER}. A reading
 * before the origin is a negative {@code nanos}; it can only deny more. Immutable; no function but
 * {@link #reprice} allocates; each costs a few integer operations, and a division where it answers in
 * permits or ns.
 *
 * <p>Source: ITU-T I.371 (2004), annex A, the virtual scheduling algorithm with increment T and
 * limit (B - 1)*T, extended to k permits at once.
 */
public sealed class GcraMath permits Cell {
  /** From {@link #next}: denied; store nothing. */
  public static final long DENIED = Long.MIN_VALUE;

  /** From {@link #next}: admitted once the word was {@link #rebase rebased} to a nearer origin. */
  public static final long REBASE = Long.MIN_VALUE + 1;

  /** From {@link #next}: 0 permits are admitted; store nothing. */
  public static final long UNCHANGED = Long.MIN_VALUE + 2;

  /** The word of a limiter that nobody has used: its TAT is long ago, before any reading. */
  public static final long FRESH = -(1L << 59);

  /** The largest word that {@link #next} returns: 2^61 + 2^59 ticks. */
  public static final long MAX_TAT = (1L << 61) + (1L << 59);

  private static final int RANGE_BITS = 59; // |reading| < 2^59 ticks within the horizon
  private static final long FAR = 1L << 62; // a reading further away than any word, in ticks

  private final long permits; // N
  private final long periodNanos; // P
  private final long burst; // B
  private final long emissionTicks; // T, ticks per permit

  // A tick is 1/m ns: m << 6 | log2 of the horizon, which is 19..58. Or 2^s ns: s << 6.
  private final long resolution;

  private GcraMath(Rate rate, long burst, long emissionTicks, long ticksPerNano, int shift) {
    this.permits = rate.permits();
    this.periodNanos = rate.periodNanos();
    this.burst = burst;
    this.emissionTicks = emissionTicks;
    this.resolution = shift > 0
        ? (long) shift << 6
        : ticksPerNano << 6 | Long.numberOfLeadingZeros(ticksPerNano) - (Long.SIZE - RANGE_BITS);
  }

  /** The same rate again, for {@link Cell}. */
  GcraMath(GcraMath math) {
    this(math, math.burst);
  }

  /** The same rate in the same ticks, with a burst that is not greater. */
  GcraMath(GcraMath math, long burst) {
    this.permits = math.permits;
    this.periodNanos = math.periodNanos;
    this.burst = burst;
    this.emissionTicks = math.emissionTicks;
    this.resolution = math.resolution;
  }

  /** {@code rate} with its default burst, N. */
  public static GcraMath of(Rate rate) {
    return of(Objects.requireNonNull(rate, "rate"), rate.permits());
  }

  /**
   * {@code rate} with {@code burst}: the most permits that are admitted at one instant from idle.
   *
   * @throws IllegalArgumentException if burst is not in 1..10^12
   */
  public static GcraMath of(Rate rate, long burst) {
    Objects.requireNonNull(rate, "rate");
    Checks.within("burst", burst, 1, Rate.MAX_PERMITS);
    TickScale scale = TickScale.of(rate, burst);
    return new GcraMath(rate, burst, scale.emissionTicks(), scale.ticksPerNano(), scale.shift());
  }

  /** The rate that was asked for. */
  public final Rate rate() {
    return Rate.ofNanos(permits, periodNanos);
  }

  /** B, the most permits admissible at one instant from idle. */
  public final long burst() {
    return burst;
  }

  /** Whether every decision is that of exact rational arithmetic: whether T is P/N to the letter. */
  public final boolean isExact() {
    // T/m = P/N, compared by the 128-bit products; longer ticks round readings.
    return shift() == 0
        && TickScale.product(emissionTicks, permits)
            .equals(TickScale.product(periodNanos, ticksPerNano()));
  }

  /**
   * How far, in ns, a reading may lie from the origin before {@link #next} asks to move the origin:
   * 9.1 years for a rate of a whole number of ns a permit, 1/m of that for others.
   */
  public final long horizonNanos() {
    return (1L << horizonBits()) - 1;
  }

  /**
   * The verdict. 0 permits are admitted iff the level is not negative; they never need a {@link
   * #rebase}.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @param permits how many are asked for
   * @return the next word if they are admitted, {@link #DENIED}, or {@link #REBASE}; of 0 permits
   *     {@link #UNCHANGED} or {@link #DENIED}
   * @throws IllegalArgumentException if permits is negative
   */
  public final long next(long tat, long nanos, long permits) {
    if (permits < 1) {
      return nextOfNone(tat, nanos, permits);
    }
    if (permits > burst) {
      return DENIED;
    }
    if (nanos >>> (int) resolution != 0) { // Java takes the six low bits
      return nextElsewhere(tat, nanos, permits);
    }
    long now = nanos * (resolution >>> 6);
    return tat > now + (burst - permits) * emissionTicks
        ? DENIED
        : Math.max(tat, now) + permits * emissionTicks;
  }

  /** {@link #next} of 0 permits; refuses fewer. */
  private long nextOfNone(long tat, long nanos, long permits) {
    Checks.permits(permits);
    return tat > MAX_TAT || backlog(tat, nanos) > burst * emissionTicks ? DENIED : UNCHANGED;
  }

  /** {@link #next} before the origin, beyond the horizon, and in ticks longer than a ns. */
  private long nextElsewhere(long tat, long nanos, long permits) {
    boolean near = isNear(nanos);
    long now = near ? floorTicks(nanos) : farTicks(nanos);
    if (distance(tat, now) > (burst - permits) * emissionTicks) {
      return near || tat != FRESH ? DENIED : REBASE; // "long ago" is before any reading
    }
    return near ? Math.max(tat, ceilTicks(nanos)) + permits * emissionTicks : REBASE;
  }

  /**
   * The word after a charge of {@code permits} whatever the level, which may fall below zero: a debt.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @param permits how many are charged
   * @return the next word; {@code tat} itself if permits is 0; {@link #REBASE}; or {@link #DENIED} if
   *     it would exceed {@link #MAX_TAT}, which leaves room for a debt of at least a quarter of the
   *     burst if nanos is 0
   * @throws IllegalArgumentException if permits is negative
   */
  public final long force(long tat, long nanos, long permits) {
    if (Checks.permits(permits) == 0) {
      return tat;
    }
    if (!isNear(nanos) && (nanos > 0 || tat <= FRESH)) {
      return REBASE;
    }
    long from = isNear(nanos) ? Math.max(tat, ceilTicks(nanos)) : tat;
    return from > MAX_TAT || permits > (MAX_TAT - from) / emissionTicks
        ? DENIED
        : from + permits * emissionTicks;
  }

  /**
   * The permits that one call could take.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @return permits, rounded down, 0 to the burst
   */
  public final long remaining(long tat, long nanos) {
    long backlog = distance(tat, now(tat, nanos));
    long spent = backlog <= 0 ? 0 : (backlog - 1) / emissionTicks + 1;
    return Math.max(burst - spent, 0);
  }

  /**
   * The least wait after which {@code permits} are admitted if nobody else calls.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @param permits how many are asked for
   * @return ns, rounded up; 0 if they are admitted at this reading; {@link Decision#NEVER}
   * @throws IllegalArgumentException if permits is negative
   */
  public final long retryAfterNanos(long tat, long nanos, long permits) {
    if (Checks.permits(permits) > burst) {
      return Decision.NEVER;
    }
    return nanosUntil(tat, (burst - permits) * emissionTicks, nanos);
  }

  /**
   * The least wait until the level is at least {@code level} permits, if nobody calls: with {@code -k}
   * that of a charge behind which k permits were charged.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @param level permits; a debt if negative
   * @return ns, rounded up; 0 if it is that high at this reading; {@link Decision#NEVER}
   */
  public final long nanosUntilLevel(long tat, long nanos, long level) {
    if (level > burst) {
      return Decision.NEVER;
    }
    return nanosUntil(tat, cost(distance(burst, level)), nanos);
  }

  /**
   * The wait until the limiter is fresh: until its TAT has passed.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @return ns, rounded up; 0 if it is fresh; {@link Decision#NEVER} if that is out of range
   */
  public final long resetAfterNanos(long tat, long nanos) {
    return nanosUntil(tat, 0, nanos);
  }

  /**
   * The word after {@code permits} were given back: the level rises by as many, to B at most.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @param permits how many are given back
   * @return the next word; {@code tat} itself if nothing was taken
   * @throws IllegalArgumentException if permits is negative
   */
  public final long refund(long tat, long nanos, long permits) {
    return uncharge(tat, nanos, permits, Long.MAX_VALUE, 0);
  }

  /**
   * The word seen from an origin that lies {@code nanos} later, or earlier if negative.
   *
   * @param tat the word, in ticks since the old origin
   * @param nanos the new origin minus the old one, in ns; a value of {@link #rebaseNanos}
   * @return the word in ticks since the new origin; never less than {@link #FRESH}, which stays as
   *     it is, and above {@link #MAX_TAT} only if the new origin is further before the TAT than any
   *     reading that is admitted
   */
  public final long rebase(long tat, long nanos) {
    if (tat <= FRESH) {
      return FRESH;
    }
    long moved = isNear(nanos) ? floorTicks(nanos) : farTicks(nanos);
    return Math.max(distance(tat, moved), FRESH + 1);
  }

  /**
   * The word of this rate for a limiter whose word at the rate {@code old} is {@code tat}: a fresh
   * limiter stays fresh, and what was spent stays spent ({@link LevelPolicy#SPENT}). Time before the
   * change counts at the old rate, time after it at this one. See {@link #reprice(long, long,
   * GcraMath, LevelPolicy)}.
   *
   * @param tat the word, in ticks of the old rate since the old origin
   * @param nanos the reading of the change, in ns since the old origin
   * @param old the rate until now
   * @return the word in ticks of this rate since the reading of the change, which is the new origin
   */
  public final long reprice(long tat, long nanos, GcraMath old) {
    return reprice(tat, nanos, old, LevelPolicy.SPENT);
  }

  /**
   * The word of this rate for a limiter whose word at the rate {@code old} is {@code tat}. Time
   * before the change counts at the old rate, time after it at this one. No permit is minted: what
   * is missing from the burst is rounded up to the next tick. A debt of more than {@link #MAX_TAT}
   * ticks is cut down to that.
   *
   * @param tat the word, in ticks of the old rate since the old origin
   * @param nanos the reading of the change, in ns since the old origin
   * @param old the rate until now
   * @param policy what is kept of the level
   * @return the word in ticks of this rate since the reading of the change, which is the new origin
   */
  public final long reprice(long tat, long nanos, GcraMath old, LevelPolicy policy) {
    Objects.requireNonNull(old, "old");
    Objects.requireNonNull(policy, "policy");
    Missing missing = Missing.of(Math.max(old.backlog(tat, nanos), 0), old.emissionTicks);
    BigInteger ticks = missing.after(policy, old.burst, burst).ticks(emissionTicks);
    return ticks.signum() == 0 ? FRESH : ticks.min(BigInteger.valueOf(MAX_TAT)).longValue();
  }

  /** {@code nanos}, or the last moment before it to which an origin can be moved exactly. */
  public final long rebaseNanos(long nanos) {
    return nanos >> shift() << shift();
  }

  /**
   * The ticks from the reading to the TAT: what has to pass before the limiter is fresh.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @return ticks; 0 or less if the limiter is fresh; saturated
   */
  public final long backlog(long tat, long nanos) {
    return distance(tat, now(tat, nanos));
  }

  /**
   * The word after a charge was taken back that was made {@code elapsedNanos} ago. What has drained
   * since would have drained without the charge too: so no more is given back than the charge still
   * weighs, and nothing is minted. Read the clock after the word, so that no admission in the word is
   * later than {@code nanos}.
   *
   * @param tat the word, in ticks since the origin
   * @param nanos the reading, in ns since the origin
   * @param permits how many were charged
   * @param backlogThen the {@link #backlog} of the word that the charge left, at its reading
   * @param elapsedNanos how long ago the charge was made, in ns; at least 0
   * @return the next word; {@code tat} itself if nothing is left to give back
   * @throws IllegalArgumentException if permits is negative
   */
  public final long uncharge(
      long tat, long nanos, long permits, long backlogThen, long elapsedNanos) {
    long cost = cost(Checks.permits(permits));
    long weight = backlogThen - Math.max(backlogThen - cost, span(elapsedNanos));
    return relieved(tat, nanos, weight);
  }

  /** The word less {@code weight} ticks, but no earlier than the reading. */
  final long relieved(long tat, long nanos, long weight) {
    long now = now(tat, nanos);
    return weight <= 0 || distance(tat, now) <= 0
        ? tat
        : Math.max(Math.max(distance(tat, weight), now), FRESH + 1);
  }

  /** {@code 480/minute burst 480}. */
  @Override
  public String toString() {
    return rate() + " burst " + burst;
  }

  // What Gcra and TokenBucket need besides.

  /** Whether {@code other} counts the same rate and burst in the same ticks. */
  final boolean hasRateOf(GcraMath other) {
    return permits == other.permits
        && periodNanos == other.periodNanos
        && burst == other.burst
        && emissionTicks == other.emissionTicks
        && resolution == other.resolution;
  }

  /** The ticks that {@code permits} >= 0 cost, saturated. */
  final long cost(long permits) {
    boolean fits = Math.multiplyHigh(permits, emissionTicks) == 0 && permits * emissionTicks >= 0;
    return fits ? permits * emissionTicks : Long.MAX_VALUE;
  }

  /** The ticks in {@code nanos}, rounded up; exact to +-2^62. */
  final long span(long nanos) {
    return isNear(nanos) ? ceilTicks(nanos) : farTicks(nanos);
  }

  /** The word of a limiter that holds {@code level} permits at the origin. */
  final long wordOfLevel(long level) {
    return level == burst ? FRESH : (burst - level) * emissionTicks;
  }

  // Readings in ticks. Decisions round the reading down and charges round it up, so that a tick
  // longer than a ns only ever makes the limiter slower; with s = 0 there is nothing to round.

  private long now(long tat, long nanos) {
    return nanos >>> (int) resolution == 0 ? nanos * (resolution >>> 6) : nowElsewhere(tat, nanos);
  }

  /** {@link #now} before the origin, beyond the horizon, and in ticks longer than a ns. */
  private long nowElsewhere(long tat, long nanos) {
    if (isNear(nanos)) {
      return floorTicks(nanos);
    }
    return tat <= FRESH ? FAR : farTicks(nanos); // "long ago" is before any reading
  }

  private boolean isNear(long nanos) {
    return nanos >> horizonBits() == nanos >> 63;
  }

  private long floorTicks(long nanos) {
    return nanos * ticksPerNano() >> shift();
  }

  private long ceilTicks(long nanos) {
    return nanos * ticksPerNano() + (1L << shift()) - 1 >> shift();
  }

  /** Any reading in ticks, exact to +-2^62, where every word is far behind or far ahead. */
  private long farTicks(long nanos) {
    long high = Math.multiplyHigh(nanos, ticksPerNano());
    long low = nanos * ticksPerNano();
    if (high != low >> 63) {
      return nanos < 0 ? -FAR : FAR;
    }
    return Math.max(-FAR, Math.min(low >> shift(), FAR));
  }

  /** The least w >= 0 such that tat is at most {@code slack} ticks after the reading nanos + w. */
  private long nanosUntil(long tat, long slack, long nanos) {
    long target = distance(tat, slack);
    if (target <= now(tat, nanos)) {
      return 0;
    }
    if (nanos >>> (int) resolution != 0 || isCoarse()) {
      return nanosUntilElsewhere(target, nanos);
    }
    long ticksPerNano = resolution >>> 6;
    return (ticksPerNano == 1 ? target : (target - 1) / ticksPerNano + 1) - nanos;
  }

  /** {@link #nanosUntil} before the origin, beyond the horizon, and in ticks longer than a ns. */
  private long nanosUntilElsewhere(long target, long nanos) {
    long shifted = target << shift();
    if (shifted >> shift() != target) {
      return Decision.NEVER;
    }
    long wait = TickScale.ceilDiv(shifted, ticksPerNano()) - nanos;
    return wait < 0 ? Decision.NEVER : wait; // negative: it overflowed
  }

  /** {@code a - b}, saturated. */
  private static long distance(long a, long b) {
    long d = a - b;
    return ((a ^ b) & (a ^ d)) < 0 ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : d;
  }

  private boolean isCoarse() {
    return (resolution & 63) == 0;
  }

  final long ticksPerNano() {
    return isCoarse() ? 1 : resolution >>> 6;
  }

  final int shift() {
    return isCoarse() ? (int) (resolution >>> 6) : 0;
  }

  private int horizonBits() {
    return isCoarse() ? RANGE_BITS - 1 : (int) resolution & 63;
  }
}
