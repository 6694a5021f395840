package io.limiter.tool;

import io.limiter.GcraMath;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Rule;
import java.io.PrintStream;
import java.util.List;

/** Says what limits mean, in numbers. */
final class Explain {
  private final PrintStream out;
  private final LimiterBytes bytes;

  private Explain(Limits limits, PrintStream out) {
    this.out = out;
    this.bytes = new LimiterBytes(limits);
  }

  /** Writes the canonical text, then what each rule promises and costs, then the warnings. */
  static void print(Limits limits, PrintStream out) {
    new Explain(limits, out).all(limits);
  }

  private void all(Limits limits) {
    out.println(limits.canonical());
    if (limits.isUnlimited()) {
      out.println("  every call is admitted");
    }
    if (limits.isBlocked()) {
      out.println("  every call is denied");
    }
    List<Rule> rules = limits.rules();
    for (int i = 0; i < rules.size(); i++) {
      out.println();
      out.println("rule " + (i + 1) + ": " + rules.get(i));
      rule(rules.get(i));
      line("state", bytes.ofRule(i));
    }
    if (!rules.isEmpty()) {
      out.println();
      if (rules.size() > 1) {
        out.println("A call passes if every rule admits it; then every rule is charged.");
      }
      out.println("A limiter of these rules takes " + bytes.ofLimiter() + ", besides its clock.");
    }
    List<String> warnings = limits.warnings();
    if (!warnings.isEmpty()) {
      out.println();
      warnings.forEach(warning -> out.println("warning: " + warning));
    }
  }

  private void rule(Rule rule) {
    line("algorithm", rule.algorithm().toString());
    switch (rule.algorithm()) {
      case GCRA, TOKEN_BUCKET -> continuous(rule);
      case FIXED_WINDOW -> fixedWindow(rule);
      case SLIDING_LOG -> slidingLog(rule);
      case CONCURRENCY -> concurrency(rule);
    }
  }

  private void continuous(Rule rule) {
    Rate rate = rule.rate();
    long n = rate.permits();
    long b = rule.burst();
    line("emission interval", Text.interval(rate.periodNanos(), n));
    if (!GcraMath.of(rate, b).isExact()) {
      line("", "rounded up to fit 64 bits: slower by at most 1 part in 10^6, never faster");
    }
    line("burst", Long.toString(b));
    line("in one period", "at most " + (b + n) + " in any " + period(rate) + ": " + b + " + " + n);
    line("in any window w", "at most " + b + " + floor(w * " + n + " / " + period(rate) + ")");
    if (!rule.isAlgorithmGiven() && !rule.isBurstGiven() && n <= SlidingLog.MAX_PERMITS) {
      String last = period(rate).replaceFirst("^1 ", "");
      line("as a client", "of a server that counts the last " + last + ", write " + rule);
      line("", "sliding-log: this rule sends up to " + (b + n - 1) + " in less than that");
    }
  }

  private void fixedWindow(Rule rule) {
    Rate rate = rule.rate();
    long n = rate.permits();
    line("emission interval", "none: " + n + " at once, every " + period(rate));
    line("burst", Long.toString(n));
    line("in one period", "at most " + n + " in a window, " + 2 * n + " in any " + period(rate));
    line("in any window w", "at most " + n + " * (1 + ceil(w / " + period(rate) + "))");
  }

  private void slidingLog(Rule rule) {
    Rate rate = rule.rate();
    long n = rate.permits();
    line("emission interval", "none: a permit comes back " + period(rate) + " after it was taken");
    line("burst", Long.toString(n));
    line("in one period", "at most " + n + " in any " + period(rate));
    line("in any window w", "at most " + n + " * ceil(w / " + period(rate) + ")");
  }

  private void concurrency(Rule rule) {
    line("emission interval", "none: a permit comes back when it is released");
    line("burst", Long.toString(rule.permits()));
    line("in flight", "at most " + rule.permits() + " at any instant");
    line("in any window w", "no limit: it depends on how long calls take");
  }

  /** The period with its number: {@code 1 second}, {@code 15 minutes}. */
  private static String period(Rate rate) {
    String text = rate.toString();
    String period = text.substring(text.indexOf('/') + 1);
    return Character.isLetter(period.charAt(0)) ? "1 " + period : period;
  }

  private void line(String name, String value) {
    out.println("  " + name + " ".repeat(19 - name.length()) + value);
  }
}
