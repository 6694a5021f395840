package io.limiter.tool;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import java.util.List;
import java.util.Objects;

/**
 * Limits as a log is replayed with them: each rule is a member of its own, so that every denial has
 * one that it is due to.
 *
 * @param limits what the text says
 * @param members the limits of each rule alone; the text itself if it has no rules
 */
record RuleText(Limits limits, List<Limits> members) {
  /** What {@code rules} says, if a log can be replayed with it. */
  static RuleText parse(String rules) throws UsageException {
    try {
      return of(Limits.parse(rules));
    } catch (RuleSyntaxException e) {
      throw new UsageException(
          e.getMessage() + System.lineSeparator() + Text.caret(rules, e.column()));
    }
  }

  private static RuleText of(Limits limits) throws UsageException {
    if (limits.concurrency().isPresent()) {
      String rates = limits.rules().stream()
          .filter(rule -> rule.algorithm() != Limits.Algorithm.CONCURRENCY)
          .map(Limits.Rule::toString)
          .collect(java.util.stream.Collectors.joining(", "));
      throw new UsageException("a log cannot be replayed with \""
          + limits.concurrency().getAsInt()
          + " concurrent\": it holds no durations; "
          + (rates.isEmpty()
              ? "give it a rate, such as 3/second"
              : "leave it out: \"" + rates + "\""));
    }
    List<Limits> members = limits.rules().isEmpty()
        ? List.of(limits)
        : limits.rules().stream().map(rule -> Limits.parse(rule.toString())).toList();
    RuleText text = new RuleText(limits, members);
    try {
      text.fresh(ManualClock.create());
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      throw new UsageException(Objects.requireNonNullElse(e.getMessage(), e.toString()));
    }
    return text;
  }

  /** The longest period of the rules, ns; 0 if there is none. */
  long longestPeriodNanos() {
    return limits.rules().stream()
        .mapToLong(rule -> rule.rate().periodNanos())
        .max()
        .orElse(0);
  }

  /** A limiter that nobody has used, created at the reading of {@code clock}. */
  Limiter fresh(ManualClock clock) {
    RateLimiter[] limiters = new RateLimiter[members.size()];
    for (int i = 0; i < limiters.length; i++) {
      limiters[i] = members.get(i).newRateLimiter(clock);
    }
    return new Limiter(limiters);
  }

  /** The limiters of one key: a request passes if each admits it, and then each is charged. */
  static final class Limiter {
    private final RateLimiter[] members;
    private int deniedBy;

    private Limiter(RateLimiter[] members) {
      this.members = members;
    }

    /** Takes the permits, or none. */
    boolean tryAcquireAt(long nanos, long permits) {
      if (members.length == 1) {
        return members[0].tryAcquireAt(nanos, permits);
      }
      for (RateLimiter member : members) {
        if (!member.peekAt(nanos, permits).admitted()) {
          return false;
        }
      }
      for (RateLimiter member : members) {
        member.tryAcquireAt(nanos, permits);
      }
      return true;
    }

    /** The wait of a request that was denied at this reading: the longest of the members. */
    long retryAfterNanosAt(long nanos, long permits) {
      long longest = -1;
      for (int i = 0; i < members.length; i++) {
        Decision decision = members[i].peekAt(nanos, permits);
        if (!decision.admitted() && decision.retryAfterNanos() > longest) {
          longest = decision.retryAfterNanos();
          deniedBy = i;
        }
      }
      return longest;
    }

    /** The member that had the longest wait when that was asked last. */
    int deniedBy() {
      return deniedBy;
    }

    /** What one more call could take at this reading. */
    long remainingAt(long nanos) {
      long least = Long.MAX_VALUE;
      for (RateLimiter member : members) {
        least = Math.min(least, member.peekAt(nanos, 1).remaining());
      }
      return least;
    }
  }
}
