package io.limiter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Collects members and their weights. For one thread. */
final class MemberList {
  private final NanoClock clock;
  private final List<Member> members = new ArrayList<>();
  private final List<Long> weights = new ArrayList<>();

  /** Of members that read {@code clock}. */
  MemberList(NanoClock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  NanoClock clock() {
    return clock;
  }

  /**
   * Adds {@code limiter}, or its members if it is an AllOf.
   *
   * @throws IllegalArgumentException if its clock is another one, or weight is less than 1
   * @throws ArithmeticException if the weight of a member of it exceeds 2^63 - 1
   */
  void add(RateLimiter limiter, long weight) {
    Checks.atLeast("weight", weight, 1);
    checkClock(clock, limiter.clock());
    if (limiter instanceof AllOf all) {
      Members nested = all.members();
      for (int i = 0; i < nested.size(); i++) {
        members.add(nested.members[i]);
        weights.add(Math.multiplyExact(weight, nested.weights[i]));
      }
    } else {
      members.add(CountingLimiter.member(limiter));
      weights.add(weight);
    }
  }

  void add(ConcurrencyLimiter limiter, long weight) {
    Objects.requireNonNull(limiter, "limiter");
    weights.add(Checks.atLeast("weight", weight, 1));
    members.add(new ConcurrencyMember(limiter, clock));
  }

  /** A weight of 1 for each. */
  static long[] ones(int length) {
    long[] ones = new long[length];
    Arrays.fill(ones, 1);
    return ones;
  }

  static void checkClock(NanoClock clock, NanoClock other) {
    if (!other.equals(clock)) {
      throw new IllegalArgumentException(
          "members: clocks " + clock + " and " + other + " (expected: one for all)");
    }
  }

  /**
   * The members, each there once.
   *
   * @throws IllegalArgumentException if there are none, or one is there twice
   */
  Members members() {
    return Members.of(members, weights);
  }
}
