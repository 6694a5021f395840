package io.limiter.tool;

import io.limiter.GcraMath;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.io.PrintStream;
import java.util.List;

/** Says what limits mean, in numbers. */
final class Explain {
  private static final long GCRA_BYTES = 96;
  private static final long TOKEN_BUCKET_BYTES = 120;
  private static final long FIXED_WINDOW_BYTES = 168;
  private static final long CONCURRENCY_BYTES = 80;

  private final PrintStream out;

  private Explain(PrintStream out) {
    this.out = out;
  }

  /** Writes the canonical text, then what each rule promises and costs, then the warnings. */
  static void print(Limits limits, PrintStream out) {
    new Explain(out).all(limits);
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
    }
    if (rules.size() > 1) {
      out.println();
      out.println("A call passes if every rule admits it; then every rule is charged.");
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
    boolean gcra = rule.algorithm() == Algorithm.GCRA;
    line("state", (gcra ? GCRA_BYTES : TOKEN_BUCKET_BYTES) + " bytes");
  }

  private void fixedWindow(Rule rule) {
    Rate rate = rule.rate();
    long n = rate.permits();
    line("emission interval", "none: " + n + " at once, every " + period(rate));
    line("burst", Long.toString(n));
    line("in one period", "at most " + n + " in a window, " + 2 * n + " in any " + period(rate));
    line("in any window w", "at most " + n + " * (1 + ceil(w / " + period(rate) + "))");
    line("state", FIXED_WINDOW_BYTES + " bytes");
  }

  private void slidingLog(Rule rule) {
    Rate rate = rule.rate();
    long n = rate.permits();
    line("emission interval", "none: a permit comes back " + period(rate) + " after it was taken");
    line("burst", Long.toString(n));
    line("in one period", "at most " + n + " in any " + period(rate));
    line("in any window w", "at most " + n + " * ceil(w / " + period(rate) + ")");
    line("state", "a word for each permit: up to " + 8 * n + " bytes");
  }

  private void concurrency(Rule rule) {
    line("emission interval", "none: a permit comes back when it is released");
    line("burst", Long.toString(rule.permits()));
    line("in flight", "at most " + rule.permits() + " at any instant");
    line("in any window w", "no limit: it depends on how long calls take");
    line("state", CONCURRENCY_BYTES + " bytes");
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
