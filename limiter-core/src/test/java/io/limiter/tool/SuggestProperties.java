package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * What suggest finds against brute force in exact fractions: all pairs of a client's requests, and for
 * bursts the largest backlog of all starts.
 */
class SuggestProperties {
  private static final BigInteger SECOND = BigInteger.valueOf(1_000_000_000);
  private static final String[] PERIODS = {"second", "minute", "hour", "day"};
  private static final long[] SECONDS = {1, 60, 3_600, 86_400};
  private static final String[] SHARES = {"50", "90", "99", "99.9", "100"};

  /** How the reference counts; all but EXACT are wrong, and must be noticed. */
  private enum Kind {
    EXACT,
    ROUNDED_DOWN,
    WINDOWS,
    WEIGHTLESS
  }

  private record Event(BigInteger nanos, long permits) {}

  /** Clients with bursts and pauses from ns to days; some ask for more than one permit. */
  private static Map<String, List<Event>> random(long seed) {
    Random random = new Random(seed);
    Map<String, List<Event>> clients = new TreeMap<>();
    int count = 1 + random.nextInt(12);
    for (int c = 0; c < count; c++) {
      List<Event> events = new ArrayList<>();
      BigInteger time = BigInteger.valueOf(random.nextInt(100_000)).multiply(SECOND);
      int size = 1 + random.nextInt(30);
      int weights = random.nextInt(3) == 0 ? 5 : 1;
      long pace = (long) Math.pow(10, random.nextInt(14)); // ns
      for (int i = 0; i < size; i++) {
        events.add(new Event(time, 1 + random.nextInt(weights)));
        long gap = random.nextInt(4) == 0 ? 0 : (long) (random.nextDouble() * pace);
        time = time.add(BigInteger.valueOf(random.nextInt(9) == 0 ? gap * 20 : gap));
      }
      clients.put("c" + c, events);
    }
    return clients;
  }

  private static String log(Map<String, List<Event>> clients, long seed) {
    List<String> lines = new ArrayList<>();
    clients.forEach((client, events) ->
        events.forEach(event -> lines.add(new BigDecimal(event.nanos(), 9).toPlainString() + " "
            + client + (event.permits() == 1 ? "" : " " + event.permits()))));
    java.util.Collections.shuffle(lines, new Random(seed));
    return String.join("\n", lines) + "\n";
  }

  private static BigInteger count(List<Event> events, int i, int j, Kind kind) {
    BigInteger sum = BigInteger.ZERO;
    for (int m = i; m <= j; m++) {
      sum =
          sum.add(BigInteger.valueOf(kind == Kind.WEIGHTLESS ? 1 : events.get(m).permits()));
    }
    return sum;
  }

  /** The largest of count(i..j) / (1 + (t_j - t_i)/P) over i <= j, rounded up. */
  private static BigInteger least(List<Event> events, long periodSeconds, Kind kind) {
    BigInteger period = BigInteger.valueOf(periodSeconds).multiply(SECOND);
    BigInteger least = BigInteger.ONE;
    for (int i = 0; i < events.size(); i++) {
      for (int j = i; j < events.size(); j++) {
        BigInteger apart = events.get(j).nanos().subtract(events.get(i).nanos());
        if (kind == Kind.WINDOWS) {
          if (apart.compareTo(period) < 0) {
            least = least.max(count(events, i, j, kind));
          }
          continue;
        }
        BigInteger[] parts =
            count(events, i, j, kind).multiply(period).divideAndRemainder(period.add(apart));
        boolean up = parts[1].signum() > 0 && kind != Kind.ROUNDED_DOWN;
        least = least.max(up ? parts[0].add(BigInteger.ONE) : parts[0]);
      }
    }
    return least;
  }

  private static BigInteger quantile(List<BigInteger> values, String share) {
    List<BigInteger> sorted = new ArrayList<>(values);
    sorted.sort(Comparator.naturalOrder());
    int rank = new BigDecimal(share)
        .multiply(BigDecimal.valueOf(sorted.size()))
        .divide(BigDecimal.valueOf(100), 0, RoundingMode.CEILING)
        .intValueExact();
    return sorted.get(rank - 1);
  }

  private static String reference(Map<String, List<Event>> clients, Kind kind) {
    StringBuilder tsv = new StringBuilder();
    for (int p = 0; p < PERIODS.length; p++) {
      long seconds = SECONDS[p];
      List<BigInteger> all =
          clients.values().stream().map(events -> least(events, seconds, kind)).toList();
      for (String share : SHARES) {
        tsv.append(
            PERIODS[p] + "\t" + share + "\t" + quantile(all, share) + "\t" + all.size() + "\n");
      }
    }
    return tsv.toString();
  }

  private static String tool(String log) {
    return ToolRun.of(log, "suggest", "-", "--format", "tsv", "--spare", String.join(",", SHARES))
        .out();
  }

  @Property(tries = 300)
  void leastLimitsAreThoseOfAllPairs(@ForAll long seed) {
    Map<String, List<Event>> clients = random(seed);
    String log = log(clients, seed);
    assertEquals(reference(clients, Kind.EXACT), tool(log), () -> log);
  }

  @Example
  void wrongReferencesAreNoticed() {
    for (Kind kind : Kind.values()) {
      int noticed = 0;
      for (long seed = 0; seed < 40; seed++) {
        Map<String, List<Event>> clients = random(seed);
        noticed += reference(clients, kind).equals(tool(log(clients, seed))) ? 0 : 1;
      }
      assertTrue(kind == Kind.EXACT ? noticed == 0 : noticed > 5, kind + ": " + noticed);
    }
  }

  /** The limit spares the client, by the limiter itself; one less does not. */
  @Property(tries = 200)
  void limiterDeniesNothingAtTheLimitAndSomethingBelow(@ForAll long seed) {
    Map<String, List<Event>> one = new HashMap<>(random(seed));
    one.keySet().retainAll(List.of("c0"));
    Log log = ToolRun.read(log(one, seed));
    for (int p = 0; p < PERIODS.length; p++) {
      LeastLimit limit = new LeastLimit(SECONDS[p] * 1_000_000_000);
      limit.reset();
      one.get("c0").forEach(event -> limit.add(event.nanos().longValueExact(), event.permits()));
      long n = limit.least();
      assertEquals(0, ToolRun.replay(n + "/" + PERIODS[p], log).denied());
      if (n > 1) {
        assertTrue(ToolRun.replay(n - 1 + "/" + PERIODS[p], log).denied() > 0);
      }
    }
  }

  /** The largest backlog over all starts; the limiter spares the client with it and not with less. */
  @Property(tries = 100)
  void leastBurstsAreTheLargestBacklog(@ForAll long seed) {
    Map<String, List<Event>> one = new HashMap<>(random(seed));
    one.keySet().retainAll(List.of("c0"));
    List<Event> events = one.get("c0");
    BurstCurve curve = new BurstCurve();
    curve.reset();
    events.forEach(event -> curve.add(event.nanos().longValueExact(), event.permits()));
    Log log = ToolRun.read(log(one, seed));
    for (int step = 0; step < BurstCurve.LADDER.size(); step++) {
      BigInteger interval = BigInteger.valueOf(BurstCurve.LADDER.get(step).nanosPerPermit());
      BigInteger largest = BigInteger.ZERO;
      for (int i = 0; i < events.size(); i++) {
        for (int j = i; j < events.size(); j++) {
          BigInteger apart = events.get(j).nanos().subtract(events.get(i).nanos());
          largest =
              largest.max(count(events, i, j, Kind.EXACT).multiply(interval).subtract(apart));
        }
      }
      BigInteger[] parts = largest.divideAndRemainder(interval);
      long burst = parts[0].longValueExact() + parts[1].signum();
      assertEquals(burst, curve.burst(step));
      if (step % 6 == 0) {
        String rate = BurstCurve.LADDER.get(step).rate() + " burst ";
        assertEquals(0, ToolRun.replay(rate + burst, log).denied());
        if (burst > 1) {
          assertTrue(ToolRun.replay(rate + (burst - 1), log).denied() > 0);
        }
      }
    }
  }

  /** A rule that is said to spare a share does; what it denied is what a replay of it denies. */
  @Property(tries = 100)
  void rulesWorthTryingSpareTheirShare(@ForAll long seed) throws java.io.IOException {
    Map<String, List<Event>> clients = random(seed);
    Log log = ToolRun.read(log(clients, seed));
    Suggestions found;
    try {
      found = Suggestions.of(log, List.of(Suggestions.Period.MINUTE), Share.parse("50,90,100"));
    } catch (UsageException e) {
      throw new AssertionError(e);
    }
    assertTrue(!found.rules().isEmpty());
    for (Suggestions.Rule rule : found.rules()) {
      long denied = ToolRun.replay(rule.text(), log).keysDenied();
      assertTrue(
          clients.size() - denied >= rule.share().of(clients.size()),
          () -> rule + " denies " + denied + " of " + clients.size());
    }
  }

  /** Products of 127 bits, and a hull that is emptied and grown. */
  @Example
  void hugeNumbersAreExact() {
    LeastLimit day = new LeastLimit(86_400_000_000_000L);
    day.reset();
    List<Event> events = new ArrayList<>();
    Random random = new Random(5);
    long time = -3_000_000_000_000_000_000L;
    for (int i = 0; i < 300; i++) {
      time += (long) (random.nextDouble() * (i % 50 == 0 ? 1e16 : 1e13));
      long permits = 1 + (long) (random.nextDouble() * 1e12);
      events.add(new Event(BigInteger.valueOf(time), permits));
      day.add(time, permits);
    }
    assertEquals(least(events, 86_400, Kind.EXACT).longValueExact(), day.least());
  }

  /** A burst that would take centuries to drain is not known, and no rule is made of it. */
  @Example
  void backlogsBeyondCountingAreUnknown() {
    BurstCurve curve = new BurstCurve();
    curve.reset();
    curve.add(0, 1_000_000_000_000L);
    assertEquals(BurstCurve.UNKNOWN, curve.burst(0));
    int last = BurstCurve.LADDER.size() - 1;
    assertEquals(1_000_000_000_000L, curve.burst(last));
    ToolRun run = ToolRun.of("0 a 1000000000000\n0 a 1000000000000\n9 b\n", "suggest", "-");
    assertEquals(Main.DONE, run.status(), run.err());
    assertTrue(run.out().contains("2000000000000"), run.out());
  }
}
