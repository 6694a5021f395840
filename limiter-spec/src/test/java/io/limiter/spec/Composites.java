package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.spec.Setup.OfAll;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Guarantees about several limiters of one call, checked by looking at the members themselves. */
final class Composites {
  private Composites() {}

  /** Builds one limiter of several. */
  @FunctionalInterface
  interface Factory {
    Subject create(List<RateLimiter> members, List<Long> weights);
  }

  /** A denied call leaves every member as it was; an admitted one charges each its share. */
  static void weightsAreAllOrNothing(Timeline<OfAll> timeline, Factory factory) {
    play(timeline, factory, (call, reading, subject, members, weights) -> {
      List<Decision> before = peek(members, reading);
      if (!call.takes()) {
        call.on(subject, reading);
        return;
      }
      boolean admitted = subject.tryAcquireAt(reading, call.permits());
      boolean all = true;
      for (int i = 0; i < members.size(); i++) {
        BigInteger share = share(call, weights.get(i));
        long left = before.get(i).remaining();
        all &= share.compareTo(BigInteger.valueOf(left)) <= 0;
        long then = admitted ? BigInteger.valueOf(left).subtract(share).longValueExact() : left;
        require(peek(members, reading).get(i).remaining() == then, timeline, call, "member " + i);
      }
      require(admitted == all, timeline, call, "admitted: " + admitted);
      require(admitted || before.equals(peek(members, reading)), timeline, call, "changed");
    });
  }

  /** The wait is the longest of the members', remaining the least for their weights. */
  static void waitIsTheLongestRemainingTheLeast(Timeline<OfAll> timeline, Factory factory) {
    play(timeline, factory, (call, reading, subject, members, weights) -> {
      Decision said = subject.peekAt(reading, call.permits());
      long wait = 0;
      long reset = 0;
      long remaining = Long.MAX_VALUE;
      for (int i = 0; i < members.size(); i++) {
        Decision member = members.get(i).peekAt(reading, saturated(share(call, weights.get(i))));
        wait = Math.max(wait, member.retryAfterNanos());
        reset = Math.max(reset, member.resetAfterNanos());
        remaining = Math.min(remaining, member.remaining() / weights.get(i));
      }
      require(said.retryAfterNanos() == wait, timeline, call, said + ", wait " + wait);
      require(said.resetAfterNanos() == reset, timeline, call, said + ", reset " + reset);
      require(said.remaining() == remaining, timeline, call, said + ", left " + remaining);
      call.on(subject, reading);
    });
  }

  /** deniedBy is the index of a member that denies, and none that denies waits longer. */
  static void deniedMemberIsNamed(Timeline<OfAll> timeline, Factory factory) {
    play(timeline, factory, (call, reading, subject, members, weights) -> {
      Decision said = subject.peekAt(reading, call.permits());
      require(said.admitted() == (said.deniedBy() == -1), timeline, call, said.toString());
      if (!said.admitted()) {
        long share = saturated(share(call, weights.get(said.deniedBy())));
        Decision named = members.get(said.deniedBy()).peekAt(reading, share);
        require(
            !named.admitted() && named.retryAfterNanos() == said.retryAfterNanos(),
            timeline,
            call,
            said + ", but the member says " + named);
      }
      call.on(subject, reading);
    });
  }

  private interface Check {
    void check(
        Call call, long reading, Subject subject, List<RateLimiter> members, List<Long> weights);
  }

  private static void play(Timeline<OfAll> timeline, Factory factory, Check check) {
    ManualClock clock = ManualClock.startingAt(timeline.origin());
    List<RateLimiter> members = new ArrayList<>();
    timeline.setup().members().forEach(each -> members.add(Kernel.limiter(each, clock)));
    List<Long> weights = timeline.setup().weights();
    Subject subject = factory.create(members, weights);
    for (Call call : timeline.calls()) {
      long reading = timeline.reading(call.at());
      clock.set(reading);
      check.check(call, reading, subject, members, weights);
    }
  }

  private static List<Decision> peek(List<RateLimiter> members, long reading) {
    return members.stream().map(each -> each.peekAt(reading, 1)).toList();
  }

  private static BigInteger share(Call call, long weight) {
    return BigInteger.valueOf(call.permits()).multiply(BigInteger.valueOf(weight));
  }

  private static long saturated(BigInteger share) {
    return share.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
  }

  private static void require(boolean holds, Timeline<OfAll> timeline, Call call, String what) {
    if (!holds) {
      throw new AssertionError(timeline + "\n  <- " + call + ": " + what);
    }
  }
}
