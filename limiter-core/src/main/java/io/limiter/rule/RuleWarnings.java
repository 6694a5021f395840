package io.limiter.rule;

import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the rules of one text say about each other. Not on any hot path, so in plain BigInteger. */
final class RuleWarnings {
  private RuleWarnings() {}

  /** At most one line for each rule, in their order. */
  static List<String> of(List<Rule> rules) {
    List<String> warnings = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      Rule longer = nextLonger(rule, rules);
      Rule stricter = stricter(i, rules);
      if (longer != null && rule.isBurstGiven() && rule.burst() > longer.burst()) {
        warnings.add("burst " + rule.burst() + " of '" + rule + "' is never reached: '" + longer
            + "' admits at most " + longer.burst() + " at once");
      } else if (stricter != null) {
        warnings.add("'" + rule + "' never binds: '" + stricter + "' is always stricter");
      }
    }
    return List.copyOf(warnings);
  }

  /** The rate with the least period above that of {@code rule}, or null. */
  private static @Nullable Rule nextLonger(Rule rule, List<Rule> rules) {
    Rule longer = null;
    for (Rule other : rules) {
      if (other.periodNanos > rule.periodNanos
          && rule.periodNanos > 0
          && (longer == null || other.periodNanos < longer.periodNanos)) {
        longer = other;
      }
    }
    return longer;
  }

  /** A rule that denies whatever rule {@code i} denies, or null; of two that are equal, the first. */
  private static @Nullable Rule stricter(int i, List<Rule> rules) {
    Rule rule = rules.get(i);
    for (int j = 0; j < rules.size(); j++) {
      Rule other = rules.get(j);
      if (j != i && implies(other, rule) && (j < i || !implies(rule, other))) {
        return other;
      }
    }
    return null;
  }

  /** Whether the calls that {@code a} admits, whenever they come, are all admitted by {@code b}. */
  static boolean implies(Rule a, Rule b) {
    if (a.periodNanos == 0 || b.periodNanos == 0) {
      return false;
    }
    if (isWindow(b)) {
      return mostIn(a, b.periodNanos).compareTo(BigInteger.valueOf(b.permits)) <= 0;
    }
    long atOnce = a.algorithm() == Algorithm.FIXED_WINDOW ? 2 * a.permits : a.burst();
    return atOnce <= b.burst()
        && product(a.permits, b.periodNanos).compareTo(product(b.permits, a.periodNanos)) <= 0;
  }

  /** The most permits that {@code a} admits in {@code (t - w, t]}, for w in ns. */
  private static BigInteger mostIn(Rule a, long w) {
    BigInteger period = BigInteger.valueOf(a.periodNanos);
    if (!isWindow(a)) {
      return product(a.permits, w).divide(period).add(BigInteger.valueOf(a.burst()));
    }
    long windows = (w - 1) / a.periodNanos + 1;
    return product(a.permits, a.algorithm() == Algorithm.FIXED_WINDOW ? windows + 1 : windows);
  }

  private static boolean isWindow(Rule rule) {
    return rule.algorithm() == Algorithm.FIXED_WINDOW || rule.algorithm() == Algorithm.SLIDING_LOG;
  }

  private static BigInteger product(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }
}
