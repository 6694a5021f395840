package io.limiter.tool;

import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import java.util.List;

/**
 * How many bytes a limiter of some limits takes, on a JVM with compressed references; without its clock.
 * A test measures what this says.
 */
final class LimiterBytes {
  private static final long WORD = 96; // a Gcra, a TokenBucket
  private static final long STEPWISE = 128;
  private static final long CONCURRENCY = 40;
  private static final long LOG = 128; // without arrays
  private static final int FIRST_ENTRIES = 8; // of a log that is new

  private static final long JOINT = 96; // what decides for all members, without arrays
  private static final long GATE = 24;
  private static final long MEMBER = 16;
  private static final long CONCURRENCY_MEMBER = 24;

  private final List<Rule> rules;
  private final int firstLog; // index of a rule; -1: there is none
  private final long logs; // how many rules share it
  private final long entries; // of the log when it is full

  LimiterBytes(Limits limits) {
    this.rules = limits.rules();
    List<Rule> windows = rules.stream().filter(LimiterBytes::isLog).toList();
    this.firstLog = windows.isEmpty() ? -1 : rules.indexOf(windows.get(0));
    this.logs = windows.size();
    this.entries = windows.stream().mapToLong(Rule::permits).max().orElse(0);
  }

  private static boolean isLog(Rule rule) {
    return rule.algorithm() == Algorithm.SLIDING_LOG;
  }

  /** What the ith rule takes, as text. */
  String ofRule(int i) {
    Rule rule = rules.get(i);
    return isLog(rule) && i != firstLog
        ? "in the log of rule " + (firstLog + 1)
        : text(of(rule, false), of(rule, true));
  }

  /** What a limiter of all rules takes, as text. */
  String ofLimiter() {
    return text(all(false), all(true));
  }

  private static String text(long fresh, long full) {
    return fresh == full
        ? fresh + " bytes"
        : fresh + " bytes when new, " + full + " with its log full";
  }

  private long of(Rule rule, boolean full) {
    return switch (rule.algorithm()) {
      case GCRA, TOKEN_BUCKET -> WORD;
      case FIXED_WINDOW -> STEPWISE;
      case CONCURRENCY -> CONCURRENCY;
      case SLIDING_LOG ->
        LOG
            + array(4 * logs)
            + array(8 * logs)
            + array(8 * (1 + (full ? entries : Math.min(entries, FIRST_ENTRIES))));
    };
  }

  private long all(boolean full) {
    long bytes = JOINT;
    long members = 0;
    for (int i = 0; i < rules.size(); i++) {
      Rule rule = rules.get(i);
      if (!isLog(rule) || i == firstLog) {
        members++;
        boolean concurrency = rule.algorithm() == Algorithm.CONCURRENCY;
        bytes += of(rule, full) + (concurrency ? CONCURRENCY_MEMBER : MEMBER);
        bytes += concurrency ? GATE : 0;
      }
    }
    return bytes + array(4 * members) + array(8 * members) + array(4 * members);
  }

  /** An array with so many bytes in it. */
  private static long array(long bytes) {
    return (16 + bytes + 7) / 8 * 8;
  }
}
