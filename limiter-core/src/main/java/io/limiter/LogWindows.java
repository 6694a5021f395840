package io.limiter;

import java.util.List;

/** What each window of a sliding log says on its own. */
final class LogWindows {
  private LogWindows() {}

  /**
   * One status for each window of {@code s} at {@code place}, for calls of so many permits.
   *
   * @param blockedNanos how long nothing is admitted because of callers in line; 0 if there are none
   */
  static List<RuleStatus> of(
      LogState s, long place, long last, long nanos, long permits, long blockedNanos) {
    LogPlan plan = s.plan;
    long pause = plan.pauseNanos(nanos);
    long from = pause == Decision.NEVER ? nanos : nanos + pause;
    RuleStatus[] windows = new RuleStatus[plan.limits.length];
    for (int i = 0; i < windows.length; i++) {
      int held = s.inWindow(i, place, last, from, LogState.size(place));
      long back = plan.limits[i] - permits + 1; // the permit that has to have left
      long wait = 0;
      if (back < 1) {
        wait = Decision.NEVER;
      } else if (back <= held) {
        wait = LogState.ahead(s.entry(place, (int) back), plan.periods[i], from);
      }
      long reset = held == 0 ? 0 : LogState.ahead(s.entry(place, 1), plan.periods[i], from);
      windows[i] = RuleStatus.of(
              pause > 0 ? 0 : Math.max(plan.limits[i] - held, 0),
              permits,
              Checks.plus(pause, wait),
              Checks.plus(pause, reset))
          .blockedFor(blockedNanos);
    }
    return List.of(windows);
  }
}
