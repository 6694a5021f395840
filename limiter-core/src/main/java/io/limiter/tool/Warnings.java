package io.limiter.tool;

import java.util.ArrayList;
import java.util.List;

/** Finds signs that the answer may be nonsense. */
final class Warnings {
  private static final int KEY_WIDTH = 60;

  private Warnings() {}

  /** Warnings about a log that was read, and rules that it is replayed with. */
  static List<String> of(Log log, List<RuleText> rules) {
    List<String> warnings = new ArrayList<>();
    long events = log.events().size();
    int keys = log.keys().size();
    if (events > 1 && log.by().role() == Role.CLIENT) {
      String word = log.by().word();
      if (keys == 1) {
        warnings.add("all requests have one " + word + ", " + log.keyText(0, KEY_WIDTH)
            + ": is that the address of a balancer? Name the field that holds the client with"
            + " --key FIELD, or the number of proxies with --proxies N");
      } else if (keys == events) {
        warnings.add("every request has a " + word + " of its own: is there a port or a number of"
            + " the request in it? Name another field with --key FIELD, or group with --by");
      }
    }
    long span = events == 0 ? 0 : log.events().last() - log.events().first();
    if (events > 1 && span == 0) {
      warnings.add("all times are equal: is there a more precise one? Name it with --time FIELD");
    } else if (events > 1) {
      for (RuleText rule : rules) {
        if (rule.longestPeriodNanos() > span) {
          warnings.add("the log spans " + Text.waiting(span) + ", less than the longest period of "
              + rule.limits() + ": a longer log may have more denied");
        }
      }
    }
    for (RuleText rule : rules) {
      rule.limits().warnings().forEach(warning -> warnings.add(rule.limits() + ": " + warning));
    }
    return warnings;
  }

  /** A warning if the log is shorter than periods that limits were asked for; else none. */
  static List<String> ofPeriods(Log log, List<Suggestions.Period> periods) {
    long span =
        log.events().size() == 0 ? 0 : log.events().last() - log.events().first();
    List<String> longer = periods.stream()
        .filter(period -> period.nanos() > span)
        .map(Suggestions.Period::toString)
        .toList();
    return span == 0 || longer.isEmpty()
        ? List.of()
        : List.of("the log spans " + Text.waiting(span) + ", less than a " + longer.get(0)
            + ": the limits per " + String.join(" and ", longer) + " count the whole log");
  }
}
