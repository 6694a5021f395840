package io.limiter.http;

import io.limiter.Decision;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which of several rules a decision speaks of. A decision holds the least remaining and the longest
 * reset of all rules, without saying whose they are.
 */
final class ReportedRule {
  private ReportedRule() {}

  /** The rule that denied, if it is among them; otherwise the one that can have the least left. */
  static Rule rule(List<Rule> rules, Decision decision) {
    List<Rule> candidates = denying(rules, decision);
    return candidates.isEmpty()
        ? rules.stream().min(Comparator.comparingLong(Rule::burst)).orElseThrow()
        : candidates.stream()
            .filter(rule -> window(rule) >= decision.retryAfterNanos())
            .min(Comparator.comparingLong(ReportedRule::window))
            .orElse(candidates.get(0));
  }

  /**
   * The rules of the member that denied: one, or the windows of a sliding log. None if admitted.
   * Members are in the order of the rules, the log at the place of the first of its rules.
   */
  private static List<Rule> denying(List<Rule> rules, Decision decision) {
    List<Rule> windows =
        rules.stream().filter(rule -> rule.algorithm() == Algorithm.SLIDING_LOG).toList();
    List<List<Rule>> members = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule.algorithm() != Algorithm.SLIDING_LOG) {
        members.add(List.of(rule));
      } else if (rule.equals(windows.get(0))) {
        members.add(windows);
      }
    }
    int index = decision.admitted() ? -1 : decision.deniedBy();
    return index < 0 || index >= members.size() ? List.of() : members.get(index);
  }

  /**
   * The wait in ns until {@code rule} is fresh: that of the decision, but at most what this rule can
   * need with so much remaining, as the decision's is the longest of all rules.
   */
  static long resetAfterNanos(Limits limits, Rule rule, Decision decision) {
    long reset = decision.resetAfterNanos();
    if (limits.rules().size() == 1) {
      return reset;
    }
    long retry = decision.retryAfterNanos() == Decision.NEVER ? 0 : decision.retryAfterNanos();
    return Math.max(retry, Math.min(reset, longestReset(rule, decision.remaining())));
  }

  private static long longestReset(Rule rule, long remaining) {
    if (rule.algorithm() == Algorithm.SLIDING_LOG || rule.algorithm() == Algorithm.FIXED_WINDOW) {
      return window(rule);
    }
    long taken = Math.max(0, rule.burst() - remaining);
    if (Math.multiplyHigh(taken, window(rule)) != 0 || taken * window(rule) < 0) {
      return Long.MAX_VALUE;
    }
    long product = taken * window(rule);
    return product / rule.permits() + (product % rule.permits() == 0 ? 0 : 1);
  }

  /** The period in ns; 0 for a concurrency. */
  private static long window(Rule rule) {
    return isConcurrency(rule) ? 0 : rule.rate().periodNanos();
  }

  static boolean isConcurrency(Rule rule) {
    return rule.algorithm() == Algorithm.CONCURRENCY;
  }
}
