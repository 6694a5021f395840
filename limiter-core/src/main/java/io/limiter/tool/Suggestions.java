package io.limiter.tool;

import io.limiter.Rate;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which limits would have denied no request of which share of the clients. */
final class Suggestions {
  /** A period that people count in. */
  enum Period {
    SECOND(1),
    MINUTE(60),
    HOUR(3_600),
    DAY(86_400);

    private final long nanos;

    Period(long seconds) {
      this.nanos = seconds * Calendar.NANOS_PER_SECOND;
    }

    /** Its length, ns. */
    long nanos() {
      return nanos;
    }

    /** Its name in a rule. */
    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** A rule worth trying: which share of the clients it spares. */
  record Rule(Share share, String text) {}

  private static final long WITHIN_SECOND = Calendar.NANOS_PER_SECOND;
  private static final long WITHIN_HOUR = 3_600 * Calendar.NANOS_PER_SECOND;
  private static final long DAY = Period.DAY.nanos();

  private final List<Period> periods;
  private final List<Share> shares;
  private final List<Tally> leastByPeriod = new ArrayList<>();
  private final List<Tally> burstByStep = new ArrayList<>();
  private final List<Rule> rules = new ArrayList<>();
  private long clients;

  private Suggestions(List<Period> periods, List<Share> shares) {
    this.periods = periods;
    this.shares = shares;
    periods.forEach(period -> leastByPeriod.add(new Tally()));
    BurstCurve.LADDER.forEach(step -> burstByStep.add(new Tally()));
  }

  /** What {@code log} suggests; goes through its events twice. */
  static Suggestions of(Log log, List<Period> periods, List<Share> shares) throws IOException {
    Suggestions suggestions = new Suggestions(periods, shares);
    log.events().forEach(suggestions.new Measure());
    if (suggestions.clients > 0) {
      suggestions.choose(log);
    }
    return suggestions;
  }

  /** The periods that were asked for. */
  List<Period> periods() {
    return periods;
  }

  /** The shares that were asked for. */
  List<Share> shares() {
    return shares;
  }

  /** How many clients there are. */
  long clients() {
    return clients;
  }

  /** The least N such that {@code N/period} spares that share of the clients. */
  long least(Period period, Share share) {
    return distribution(period).least(share.of(clients));
  }

  /** How many clients need which N at least. */
  Tally distribution(Period period) {
    return leastByPeriod.get(periods.indexOf(period));
  }

  /** The least burst at a rate of the ladder that spares that share of the clients. */
  long burst(int step, Share share) {
    return burstByStep.get(step).least(share.of(clients));
  }

  /** Rules worth trying, none twice. */
  List<Rule> rules() {
    return rules;
  }

  /** Measures what each client needs. */
  private final class Measure implements KeyedEvents {
    private final LeastLimit[] limits =
        periods.stream().map(period -> new LeastLimit(period.nanos())).toArray(LeastLimit[]::new);
    private final BurstCurve curve = new BurstCurve();

    @Override
    public void begin(int key) {
      clients++;
      for (LeastLimit limit : limits) {
        limit.reset();
      }
      curve.reset();
    }

    @Override
    public void event(long nanos, long permits) {
      for (LeastLimit limit : limits) {
        limit.add(nanos, permits);
      }
      curve.add(nanos, permits);
    }

    @Override
    public void end() {
      for (int i = 0; i < limits.length; i++) {
        leastByPeriod.get(i).add(limits[i].least());
      }
      for (int i = 0; i < burstByStep.size(); i++) {
        burstByStep.get(i).add(curve.burst(i));
      }
    }
  }

  /**
   * Chooses for each share the points of the curve that admit least in any second and in any hour.
   * Each gets a limit per day that spares the same clients, if the log is longer than a day.
   */
  private void choose(Log log) throws IOException {
    Map<String, Rule> chosen = new LinkedHashMap<>();
    List<Integer> steps = new ArrayList<>();
    List<Long> bursts = new ArrayList<>();
    List<Share> shareOf = new ArrayList<>();
    for (Share share : shares) {
      for (long window : new long[] {WITHIN_SECOND, WITHIN_HOUR}) {
        int step = tightest(share, window);
        if (step >= 0) {
          steps.add(step);
          bursts.add(burst(step, share));
          shareOf.add(share);
        }
      }
    }
    long[] perDay = new long[steps.size()];
    boolean longEnough = log.events().last() - log.events().first() > DAY;
    if (longEnough) {
      log.events().forEach(new Days(steps, bursts, perDay));
    }
    for (int i = 0; i < steps.size(); i++) {
      BurstCurve.Step step = BurstCurve.LADDER.get(steps.get(i));
      String text =
          step.rate() + (bursts.get(i) == step.rate().permits() ? "" : " burst " + bursts.get(i));
      boolean binds = longEnough
          && perDay[i] <= Rate.MAX_PERMITS
          && perDay[i] < bursts.get(i) + DAY / step.nanosPerPermit();
      text = Limits.parse(binds ? text + ", " + perDay[i] + "/day" : text).canonical();
      chosen.putIfAbsent(text, new Rule(shareOf.get(i), text));
    }
    rules.addAll(chosen.values());
  }

  /** The step whose rate and least burst admit least in any window of that length; -1 if none. */
  private int tightest(Share share, long window) {
    int best = -1;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < BurstCurve.LADDER.size(); i++) {
      long burst = burst(i, share);
      if (burst <= Rate.MAX_PERMITS) {
        long admits = burst + window / BurstCurve.LADDER.get(i).nanosPerPermit();
        if (admits < least) {
          least = admits;
          best = i;
        }
      }
    }
    return best;
  }

  /** The most that a client needs per day, of those that each rate and burst spares. */
  private static final class Days implements KeyedEvents {
    private final List<Integer> steps;
    private final List<Long> bursts;
    private final long[] perDay;
    private final BurstCurve curve = new BurstCurve();
    private final LeastLimit limit = new LeastLimit(DAY);

    Days(List<Integer> steps, List<Long> bursts, long[] perDay) {
      this.steps = steps;
      this.bursts = bursts;
      this.perDay = perDay;
    }

    @Override
    public void begin(int key) {
      curve.reset();
      limit.reset();
    }

    @Override
    public void event(long nanos, long permits) {
      curve.add(nanos, permits);
      limit.add(nanos, permits);
    }

    @Override
    public void end() {
      for (int i = 0; i < perDay.length; i++) {
        if (curve.burst(steps.get(i)) <= bursts.get(i)) {
          perDay[i] = Math.max(perDay[i], limit.least());
        }
      }
    }
  }
}
