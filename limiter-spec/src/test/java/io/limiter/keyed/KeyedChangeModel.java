package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import io.limiter.spec.Rational;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * One key whose limits change, in exact rationals: "Changing a limit while it is in use" of
 * SEMANTICS.md for limits without sliding logs and concurrency. Time is in ns since the creation of
 * the keyed limiter, which is the anchor of all windows.
 */
final class KeyedChangeModel {
  /** What a model may get wrong. */
  enum Law {
    /** What was spent stays spent. */
    SPENT,

    /** The level is kept as a number. */
    KEEP,

    /** A rule goes on as the one of the same place. */
    BY_PLACE,

    /** A rule begins anew if its algorithm changes. */
    BY_ALGORITHM,

    /** Limits without rules forget what was spent before. */
    FORGET_RULES
  }

  /** A rule, and what is missing from its burst. */
  private static final class Level {
    final Rule rule;
    Rational missing = Rational.ZERO;

    Level(Rule rule) {
      this.rule = rule;
    }

    boolean isWindow() {
      return rule.algorithm() == Algorithm.FIXED_WINDOW;
    }

    long period() {
      return rule.rate().periodNanos();
    }

    void pass(long from, long to) {
      Rational refill = isWindow()
          ? Rational.of(to / period() - from / period()).times(Rational.of(rule.permits()))
          : Rational.of(to - from).times(Rational.of(rule.permits(), period()));
      missing = missing.minus(refill).max(Rational.ZERO);
    }

    /** The wait in ns until no more than {@code most} permits are missing. */
    long wait(long now, Rational most) {
      Rational tooMany = missing.minus(most);
      if (tooMany.signum() <= 0) {
        return 0;
      }
      Rational periods = tooMany.dividedBy(Rational.of(rule.permits()));
      return isWindow()
          ? (now / period() + periods.ceil().longValueExact()) * period() - now
          : periods.times(Rational.of(period())).ceil().longValueExact();
    }

    /** Goes on from {@code old}: what this rule cannot count is rounded up, against the key. */
    void goOnFrom(Level old, Law law) {
      Rational burst = Rational.of(rule.burst());
      Rational oldBurst = Rational.of(old.rule.burst());
      Rational debt = old.missing.minus(oldBurst).max(Rational.ZERO);
      Rational kept = law == Law.KEEP
          ? old.missing.plus(burst).minus(oldBurst).max(Rational.ZERO)
          : old.missing;
      Rational unit = Rational.of(1, isWindow() ? 1 : ticks());
      missing = Rational.of(kept.min(burst.plus(debt)).dividedBy(unit).ceil()).times(unit);
    }

    /** Ticks of a permit: with P/N = p/n in lowest terms, a tick is 1/n ns, and a permit p of them. */
    private long ticks() {
      BigInteger gcd = BigInteger.valueOf(period()).gcd(BigInteger.valueOf(rule.permits()));
      return period() / gcd.longValueExact();
    }
  }

  private final Limits ofAll;
  private final Law law;
  private Limits limits;
  private List<Level> levels; // of the rules, or of those before if there are none
  private long time; // ns

  KeyedChangeModel(Limits ofAll, Law law) {
    this.ofAll = ofAll;
    this.law = law;
    this.limits = ofAll;
    this.levels = ofAll.rules().stream().map(Level::new).toList();
  }

  void advanceTo(long nanos) {
    for (Level level : levels) {
      level.pass(time, nanos);
    }
    time = nanos;
  }

  /** What {@code permits} are told; if they are admitted, they are charged. */
  Decision decide(long permits) {
    Decision asked = peek(permits);
    if (asked.admitted()) {
      if (hasRules()) {
        levels.forEach(level -> level.missing = level.missing.plus(Rational.of(permits)));
      }
      Decision after = peek(1);
      return new Decision(true, after.remaining(), 0, after.resetAfterNanos(), -1);
    }
    return asked;
  }

  /** As many permits are there again, up to the burst. */
  void refund(long permits) {
    if (hasRules()) {
      levels.forEach(
          level -> level.missing = level.missing.minus(Rational.of(permits)).max(Rational.ZERO));
    }
  }

  Decision peek(long permits) {
    if (!hasRules()) {
      return limits.isUnlimited()
          ? new Decision(true, Long.MAX_VALUE, 0, 0, -1)
          : new Decision(false, 0, Decision.NEVER, 0, 0);
    }
    long remaining = Long.MAX_VALUE;
    long wait = 0;
    long reset = 0;
    int deniedBy = -1;
    for (int i = 0; i < levels.size(); i++) {
      Level level = levels.get(i);
      Rational burst = Rational.of(level.rule.burst());
      Rational left = burst.minus(level.missing).max(Rational.ZERO);
      remaining = Math.min(remaining, left.floor().longValueExact());
      reset = Math.max(reset, level.wait(time, Rational.ZERO));
      long own = permits > level.rule.burst()
          ? Decision.NEVER
          : level.wait(time, burst.minus(Rational.of(permits)));
      if (own > wait) {
        wait = own;
        deniedBy = i;
      }
    }
    return new Decision(deniedBy < 0, remaining, wait, reset, deniedBy);
  }

  private boolean hasRules() {
    return !limits.isUnlimited() && !limits.isBlocked();
  }

  void clearOverride() {
    change(ofAll);
  }

  /** Changes the limits. Those without rules keep the levels of the rules before them. */
  void change(Limits next) {
    limits = next;
    if (!hasRules()) {
      levels = law == Law.FORGET_RULES ? List.of() : levels;
      return;
    }
    List<Level> changed = new ArrayList<>();
    List<Level> left = new ArrayList<>(levels);
    for (Rule rule : next.rules()) {
      Level level = new Level(rule);
      changed.add(level);
      for (Level old : levels) {
        if (law != Law.BY_PLACE && old.period() == level.period()) {
          goOn(level, old);
          left.remove(old);
        }
      }
    }
    for (int i = 0; i < changed.size() && i < levels.size(); i++) {
      Level level = changed.get(i);
      boolean samePeriod =
          levels.stream().anyMatch(old -> old.period() == level.period()) && law != Law.BY_PLACE;
      if (!samePeriod && left.contains(levels.get(i))) {
        goOn(level, levels.get(i));
      }
    }
    levels = changed;
  }

  private void goOn(Level level, Level old) {
    if (law != Law.BY_ALGORITHM || level.rule.algorithm() == old.rule.algorithm()) {
      level.goOnFrom(old, law);
    }
  }
}
