package io.limiter.store;

import io.limiter.rule.Limits.Rule;
import io.limiter.spec.Rational;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a stored limiter promises, in exact rationals of microseconds, written from the law: GCRA for each
 * rate, all or nothing; a change keeps what was spent; a charge is given back by the plain rule. It has no
 * pairs, no texts and no expiry, and remembers every receipt for ever.
 */
final class ExactStore {
  /** What a call would be told about one rate, and what it was told in all. */
  record Answer(boolean admitted, List<String> rules, String all) {}

  private record Charge(Object epoch, long permits, Rational[] tat, Rational[] lowered) {}

  private final List<Charge> charges =
      new ArrayList<>(); // in the order of the decisions that charged
  private StoreLimits ruling;
  private Object epoch = new Object(); // another one after a change of limits
  private Rational[] interval; // T
  private Rational[] tat;
  private Rational[] lowered; // G
  private Rational highest =
      Rational.ZERO; // TAT since the key was fresh: until then it is remembered

  ExactStore(StoreLimits limits) {
    ruling = limits;
    interval = intervals(limits);
    tat = zeros(limits);
    lowered = zeros(limits);
  }

  private static Rational[] zeros(StoreLimits limits) {
    Rational[] zeros = new Rational[limits.limits().rules().size()];
    Arrays.fill(zeros, Rational.ZERO);
    return zeros;
  }

  private static Rational[] intervals(StoreLimits limits) {
    return limits.limits().rules().stream()
        .map(rule -> Rational.of(rule.rate().periodNanos(), 1)
            .dividedBy(Rational.of(rule.permits()).times(Rational.of(1000))))
        .toArray(Rational[]::new);
  }

  boolean isFresh(long now) {
    return highest.compareTo(Rational.of(now)) <= 0;
  }

  StoreLimits ruling() {
    return ruling;
  }

  Answer decide(StoreLimits limits, long now, long permits, boolean take) {
    Rational[] keptTat = tat;
    Rational[] keptInterval = interval;
    StoreLimits keptRuling = ruling;
    Object keptEpoch = epoch;
    Rational[] keptLowered = lowered;
    Rational keptHighest = highest;
    change(limits, now);
    boolean admitted = true;
    for (int i = 0; i < tat.length; i++) {
      admitted &= wait(i, now, permits).equals("0");
    }
    if (take && admitted && permits > 0) {
      for (int i = 0; i < tat.length; i++) {
        Rational cost = interval[i].times(Rational.of(permits));
        tat[i] = tat[i].max(Rational.of(now)).plus(cost);
        highest = highest.max(tat[i]);
      }
      charges.add(new Charge(epoch, permits, tat.clone(), lowered.clone()));
    }
    Answer answer = answer(admitted, now, permits);
    if (!take) {
      tat = keptTat;
      interval = keptInterval;
      ruling = keptRuling;
      epoch = keptEpoch;
      lowered = keptLowered;
      highest = keptHighest;
    }
    return answer;
  }

  private Answer answer(boolean admitted, long now, long permits) {
    List<String> rules = new ArrayList<>();
    Rational remaining = Rational.of(Long.MAX_VALUE);
    Rational reset = Rational.ZERO;
    String retry = "0";
    for (int i = 0; i < tat.length; i++) {
      Rational left = Rational.of(burst(i)).minus(backlog(i, now).dividedBy(interval[i]));
      Rational whole = Rational.of(left.floor()).max(Rational.ZERO);
      Rational fresh = Rational.of(backlog(i, now).ceil());
      rules.add(whole + " " + wait(i, now, Math.max(permits, 1)) + " " + fresh);
      remaining = remaining.min(whole);
      reset = reset.max(fresh);
      retry = later(retry, wait(i, now, permits));
    }
    return new Answer(
        admitted, rules, admitted + " " + remaining + " " + (admitted ? "0" : retry) + " " + reset);
  }

  private static String later(String a, String b) {
    if (a.equals("never") || b.equals("never")) {
      return "never";
    }
    return Long.parseLong(a) >= Long.parseLong(b) ? a : b;
  }

  /** Whole microseconds until the rate admits the permits. */
  private String wait(int i, long now, long permits) {
    if (permits > burst(i)) {
      return "never";
    }
    Rational slack = interval[i].times(Rational.of(burst(i) - permits));
    Rational wait = backlog(i, now).minus(slack);
    return wait.signum() <= 0 ? "0" : wait.ceil().toString();
  }

  private long burst(int i) {
    return ruling.limits().rules().get(i).burst();
  }

  private Rational backlog(int i, long now) {
    return tat[i].minus(Rational.of(now)).max(Rational.ZERO);
  }

  /** missing' = min(missing, B' + debt), by period, else by place. */
  private void change(StoreLimits limits, long now) {
    boolean fresh = isFresh(now);
    boolean other = !limits.id().equals(ruling.id());
    if (!other || !fresh && limits.revision() <= ruling.revision()) {
      tat = tat.clone();
      return;
    }
    List<Rule> rules = limits.limits().rules();
    int[] from = limits.limits().counterpartsIn(ruling.limits());
    Rational[] nextInterval = intervals(limits);
    Rational[] next = zeros(limits);
    highest = Rational.ZERO;
    for (int i = 0; i < next.length; i++) {
      if (from[i] >= 0) {
        Rational missing = backlog(from[i], now).dividedBy(interval[from[i]]);
        Rational debt = missing.minus(Rational.of(burst(from[i]))).max(Rational.ZERO);
        Rational kept = missing.min(Rational.of(rules.get(i).burst()).plus(debt));
        if (kept.signum() > 0) {
          next[i] = partsUp(kept.times(nextInterval[i]), nextInterval[i]).plus(Rational.of(now));
          highest = highest.max(next[i]);
        }
      }
    }
    tat = next;
    interval = nextInterval;
    ruling = limits;
    lowered = zeros(limits);
    epoch = new Object();
  }

  /** Rounded up to the next part of a microsecond, the unit of the emission interval. */
  private static Rational partsUp(Rational span, Rational interval) {
    Rational part = Rational.of(1).dividedBy(Rational.of(interval.denominator()));
    return Rational.of(span.dividedBy(part).ceil()).times(part);
  }

  /** The charge-th decision that charged gives back: min(k*T, c - (G_now - G_then) - (t - s)). */
  void giveBack(int charge, long now, long permits) {
    Charge then = charges.get(charge);
    if (then.epoch() != epoch || isFresh(now)) {
      return;
    }
    for (int i = 0; i < tat.length; i++) {
      Rational weight =
          then.tat()[i].minus(Rational.of(now)).minus(lowered[i].minus(then.lowered()[i]));
      lower(i, now, weight.min(interval[i].times(Rational.of(permits))));
    }
  }

  void refund(long now, long permits) {
    for (int i = 0; i < tat.length; i++) {
      lower(i, now, interval[i].times(Rational.of(Math.min(permits, burst(i)))));
    }
  }

  void reset(long now) {
    for (int i = 0; i < tat.length; i++) {
      lower(i, now, backlog(i, now));
    }
  }

  private void lower(int i, long now, Rational by) {
    Rational back = by.min(backlog(i, now)).max(Rational.ZERO);
    tat[i] = tat[i].minus(back);
    lowered[i] = lowered[i].plus(back);
  }
}
