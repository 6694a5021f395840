package io.limiter;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The change of one member's limit in two steps, so that several members can change together: first
 * to the stricter of the old and the new limit, then to the new one.
 */
interface Change {
  /** Nothing changes. */
  Change NONE = new Change() {
    @Override
    public void tighten() {}

    @Override
    public void loosen() {}
  };

  /** Makes the limit at most the old and at most the new one. */
  void tighten();

  /** Makes the limit the new one. */
  void loosen();

  /**
   * Whether {@code member} can go on under the limit of {@code like}.
   *
   * @param samePeriod whether their periods have to be the same too
   */
  static boolean isPossible(Member member, Member like, boolean samePeriod) {
    if (member instanceof Gcra a && like instanceof Gcra b) {
      return !samePeriod || isSamePeriod(a.rate(), b.rate());
    }
    if (member instanceof TokenBucket a && like instanceof TokenBucket b) {
      return a.isStepwise() == b.isStepwise()
          && (!samePeriod && !a.isStepwise() || isSamePeriod(a.rate(), b.rate()));
    }
    return member instanceof SlidingLog && like instanceof SlidingLog
        || member instanceof ConcurrencyMember && like instanceof ConcurrencyMember
        || member.equals(like);
  }

  /** Changes {@code member} to the limit of {@code like} in one atomic step. */
  static void only(Reserving member, RateLimiter like, LevelPolicy policy) {
    Objects.requireNonNull(like, "like");
    Objects.requireNonNull(policy, "policy");
    if (member instanceof Gcra a && like instanceof Gcra b) {
      a.reconfigure(b.rate(), b.burst(), policy);
    } else if (member instanceof TokenBucket a
        && like instanceof TokenBucket b
        && a.isStepwise() == b.isStepwise()) {
      a.reconfigure(b.rate(), b.burst(), policy);
    } else if (member instanceof SlidingLog a && like instanceof SlidingLog b) {
      a.reconfigure(b.windows());
      switch (policy) {
        case FRESH -> a.reset();
        case EMPTY -> a.drain();
        case SPENT, KEEP, PROPORTIONAL -> {}
      }
    } else {
      throw new IllegalArgumentException(
          "like: " + like + " (expected: of the algorithm of " + member + ")");
    }
  }

  private static boolean isSamePeriod(Rate a, Rate b) {
    return a.periodNanos() == b.periodNanos();
  }

  /** That of {@code member} to the limit of {@code like}; it is possible. */
  static Change of(Member member, Member like, LevelPolicy policy) {
    if (member instanceof Gcra a && like instanceof Gcra b) {
      return new OfRate(a::reconfigure, a.rate(), a.burst(), b.rate(), b.burst(), policy);
    }
    if (member instanceof TokenBucket a && like instanceof TokenBucket b) {
      return new OfRate(a::reconfigure, a.rate(), a.burst(), b.rate(), b.burst(), policy);
    }
    if (member instanceof SlidingLog a && like instanceof SlidingLog b) {
      return new OfLog(a, a.windows(), b.windows(), policy);
    }
    if (member instanceof ConcurrencyMember a && like instanceof ConcurrencyMember b) {
      return new OfConcurrency(a.limiter(), b.limiter().limit());
    }
    return NONE;
  }

  /** Changes a rate and a burst in one atomic step. */
  @FunctionalInterface
  interface Reconfigurable {
    void reconfigure(Rate rate, long burst, LevelPolicy policy);
  }

  /** By way of the slower rate with the smaller burst. */
  record OfRate(
      Reconfigurable limiter,
      Rate oldRate,
      long oldBurst,
      Rate rate,
      long burst,
      LevelPolicy policy)
      implements Change {
    private Rate slower() {
      BigInteger now = product(oldRate.permits(), rate.periodNanos());
      return product(rate.permits(), oldRate.periodNanos()).compareTo(now) < 0 ? rate : oldRate;
    }

    private static BigInteger product(long a, long b) {
      return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
    }

    /** A fresh level waits for the second step. */
    @Override
    public void tighten() {
      limiter.reconfigure(
          slower(),
          Math.min(burst, oldBurst),
          policy == LevelPolicy.FRESH ? LevelPolicy.KEEP : policy);
    }

    @Override
    public void loosen() {
      limiter.reconfigure(rate, burst, policy);
    }
  }

  /** By way of all windows, the old and the new. */
  record OfLog(SlidingLog log, List<Rate> old, List<Rate> windows, LevelPolicy policy)
      implements Change {
    @Override
    public void tighten() {
      if (!old.equals(windows)) {
        List<Rate> both = new ArrayList<>(old);
        both.addAll(windows);
        log.reconfigure(both);
      }
      if (policy == LevelPolicy.EMPTY) {
        log.drain();
      }
    }

    @Override
    public void loosen() {
      if (!old.equals(windows)) {
        log.reconfigure(windows);
      }
      if (policy == LevelPolicy.FRESH) {
        log.reset();
      }
    }
  }

  /** By way of the lower limit. */
  record OfConcurrency(ConcurrencyLimiter limiter, int limit) implements Change {
    @Override
    public void tighten() {
      limiter.limit(Math.min(limit, limiter.limit()));
    }

    @Override
    public void loosen() {
      limiter.limit(limit);
    }
  }
}
