package io.limiter;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A decision, and the numbers of each rule right after it. Each member of an {@link AllOf} or a {@link
 * Gate} is a rule, in the order of the members. A {@link SlidingLog} with several windows is one rule per
 * window. Any other limiter is one rule; unlimited and blocked are one as well.
 *
 * <p>With one caller, the numbers are those that the decision left, at the same reading. While others
 * call, each rule is read once, after the decision took effect: it may count calls that came since.
 *
 * @param decision what the call was told
 * @param deniedBy the index of the rule that denied, the one with the longest wait if several did; -1 if
 *     the call was admitted
 * @param rules one status for each rule; unmodifiable. That of the rule that denied waits at least as
 *     long as the decision says
 */
public record DetailedDecision(Decision decision, int deniedBy, List<RuleStatus> rules) {

  /**
   * A decision from its parts.
   *
   * @throws IllegalArgumentException if there are no rules, or deniedBy is not the index of one, or is not
   *     -1 although the call was admitted
   */
  public DetailedDecision {
    Objects.requireNonNull(decision, "decision");
    Checks.atLeast("rules", rules.size(), 1);
    Checks.within(
        "deniedBy",
        deniedBy,
        decision.admitted() ? -1 : 0,
        decision.admitted() ? -1 : rules.size() - 1);
    if (deniedBy >= 0 && rules.get(deniedBy).waitNanos() < decision.retryAfterNanos()) {
      List<RuleStatus> patched = new ArrayList<>(rules);
      patched.set(deniedBy, rules.get(deniedBy).blockedFor(decision.retryAfterNanos()));
      rules = patched;
    }
    rules = List.copyOf(rules);
  }

  /** A decision of a limiter whose rules stand for one member. */
  static DetailedDecision of(Decision decision, List<RuleStatus> rules) {
    return new DetailedDecision(
        decision, decision.admitted() ? -1 : longest(rules, 0, rules.size()), rules);
  }

  /** The index of the rule with the longest wait, the first of them, from {@code from} on. */
  static int longest(List<RuleStatus> rules, int from, int to) {
    int longest = from;
    for (int i = from + 1; i < to; i++) {
      longest = rules.get(i).waitNanos() > rules.get(longest).waitNanos() ? i : longest;
    }
    return longest;
  }

  /** Whether the call was admitted. */
  public boolean admitted() {
    return decision.admitted();
  }
}
