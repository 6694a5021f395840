package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * The tool against a replay that is as simple as can be: lists, maps, and GCRA in rationals of any
 * size.
 */
class ReplayProperties {
  private static final BigInteger MS = BigInteger.valueOf(1_000_000);

  /** How the reference decides; all but EXACT are wrong, and must be noticed. */
  private enum Kind {
    EXACT,
    UNSORTED,
    ONE_FOR_ALL,
    BURST_AND_ONE,
    WEIGHTLESS
  }

  /** One rule, N per so many ms with burst B. */
  private record Rule(long permits, long periodMs, long burst) {
    String text() {
      return permits + "/" + periodMs + " ms burst " + burst;
    }
  }

  private record Event(String time, String key, long permits) {
    BigInteger nanos() {
      return new BigDecimal(time).scaleByPowerOfTen(9).toBigIntegerExact();
    }

    String line(Random random) {
      return time + " " + key + (permits > 1 || random.nextBoolean() ? " " + permits : "");
    }
  }

  /** Rules and a log of a few clients around the rate at which the rules bind, out of order. */
  private static final class Case {
    final List<Rule> rules = new ArrayList<>();
    final List<Event> events = new ArrayList<>();
    final String log;
    final int garbage;

    Case(long seed) {
      Random random = new Random(seed);
      long period = 1 + random.nextInt(5_000);
      for (int i = 0; i <= random.nextInt(3); i++) {
        rules.add(new Rule(1 + random.nextInt(9), period, 1 + random.nextInt(9)));
        period += 1 + random.nextInt(20_000);
      }
      int size = 1 + random.nextInt(120);
      int lines = 0;
      StringBuilder text = new StringBuilder();
      BigDecimal time = BigDecimal.valueOf(random.nextInt(2_000) - 1_000, 3);
      for (int i = 0; i < size; i++) {
        time = time.add(BigDecimal.valueOf(random.nextInt(2_000_000_000) - 400_000_000L, 9));
        BigDecimal shown = time.setScale(random.nextInt(10), java.math.RoundingMode.DOWN);
        String key = "c" + random.nextInt(4);
        long permits = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1;
        Event event = new Event(shown.toPlainString(), key, permits);
        events.add(event);
        text.append(event.line(random)).append(random.nextInt(9) == 0 ? "\r\n" : "\n");
        if (random.nextInt(20) == 0) {
          lines++;
          text.append("what is this\n");
        }
      }
      this.log = text.toString();
      this.garbage = lines;
    }

    String rulesText() {
      return rules.stream().map(Rule::text).collect(Collectors.joining(", "));
    }
  }

  /** TAT in units of 1/N ns: admitted iff max(TAT, t) + k*T - t <= B*T, for every rule. */
  private static String reference(Case it, Kind kind) {
    List<Event> events = new ArrayList<>(it.events);
    if (kind != Kind.UNSORTED) {
      events.sort(Comparator.comparing(Event::nanos)); // stable
    }
    Map<String, BigInteger[]> tats = new HashMap<>();
    Map<String, Integer> denied = new HashMap<>();
    for (Event event : events) {
      String key = kind == Kind.ONE_FOR_ALL ? "" : event.key();
      BigInteger[] tat = tats.computeIfAbsent(key, k -> new BigInteger[it.rules.size()]);
      BigInteger[] next = new BigInteger[tat.length];
      boolean admitted = true;
      for (int i = 0; i < tat.length; i++) {
        Rule rule = it.rules.get(i);
        BigInteger now = event.nanos().multiply(BigInteger.valueOf(rule.permits()));
        BigInteger interval = BigInteger.valueOf(rule.periodMs()).multiply(MS); // T, units of 1/N
        long k = kind == Kind.WEIGHTLESS ? 1 : event.permits();
        next[i] =
            (tat[i] == null ? now : tat[i].max(now)).add(interval.multiply(BigInteger.valueOf(k)));
        long burst = rule.burst() + (kind == Kind.BURST_AND_ONE ? 1 : 0);
        BigInteger most = interval.multiply(BigInteger.valueOf(burst));
        admitted &= next[i].subtract(now).compareTo(most) <= 0;
      }
      if (admitted) {
        tats.put(key, next);
      } else {
        denied.merge(event.key(), 1, Integer::sum);
      }
    }
    long all = denied.values().stream().mapToLong(Integer::longValue).sum();
    StringBuilder tsv = new StringBuilder()
        .append("events\t" + events.size() + "\n")
        .append("admitted\t" + (events.size() - all) + "\n")
        .append("denied\t" + all + "\n")
        .append("keys\t" + events.stream().map(Event::key).distinct().count() + "\n")
        .append("keys_denied\t" + denied.size() + "\n")
        .append("skipped\t" + it.garbage + "\n");
    denied.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue()
            .reversed()
            .thenComparing(Map.Entry.comparingByKey()))
        .limit(10)
        .forEach(e -> tsv.append("denied_key\t" + e.getKey() + "\t" + e.getValue() + "\n"));
    return tsv.toString();
  }

  private static String tool(Case it) {
    return ToolRun.of(it.log, "replay", it.rulesText(), "-", "--format", "tsv").out();
  }

  @Property
  void replayCountsWhatTheRulesSay(@ForAll long seed) {
    Case it = new Case(seed);
    assertEquals(reference(it, Kind.EXACT), tool(it), () -> it.rulesText() + " on\n" + it.log);
  }

  @Example
  void wrongReplaysAreNoticed() {
    for (Kind kind : Kind.values()) {
      int noticed = 0;
      for (long seed = 0; seed < 200; seed++) {
        Case it = new Case(seed);
        noticed += reference(it, kind).equals(tool(it)) ? 0 : 1;
      }
      assertTrue(kind == Kind.EXACT ? noticed == 0 : noticed > 20, kind + ": " + noticed);
    }
  }

  /** Several rule texts in one pass are what each is by itself. */
  @Property(tries = 200)
  void sideBySideIsWhatEachIsAlone(@ForAll long seed, @ForAll long otherSeed) {
    Case it = new Case(seed);
    String random = new Case(otherSeed).rulesText();
    String other = random.equals(it.rulesText()) ? "1/day" : random;
    ToolRun both =
        ToolRun.of(it.log, "replay", it.rulesText(), other, "--log", "-", "--format", "tsv");
    for (int column = 0; column < 2; column++) {
      int number = column;
      String rules = column == 0 ? it.rulesText() : other;
      String name = Limits.parse(rules).canonical() + "\t";
      StringBuilder alone = new StringBuilder();
      both.out().lines().forEach(line -> {
        String[] cells = line.split("\t");
        if (line.startsWith("denied_key\t" + name)) {
          alone.append(line.replace("\t" + name, "\t")).append("\n");
        } else if (!line.startsWith("denied_") && !line.startsWith("rules\t")) {
          alone.append(cells[0] + "\t" + cells[1 + number] + "\n");
        }
      });
      assertEquals(
          ToolRun.of(it.log, "replay", rules, "-", "--format", "tsv").out(), alone.toString());
    }
  }

  /** What each rule of a text denied adds up to all that was denied. */
  @Property(tries = 200)
  void everyDenialHasOneRuleThatItIsDueTo(@ForAll long seed) {
    Case it = new Case(seed);
    Column column = ToolRun.replay(it.rulesText(), ToolRun.read(it.log));
    long sum = 0;
    for (int i = 0; i < column.rules().members().size(); i++) {
      sum += column.deniedBy(i);
    }
    assertEquals(column.denied(), sum);
  }
}
