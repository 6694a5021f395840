package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Clients that come back, against a simulation that handles one attempt after the other. */
class ComebackProperties {
  private static final long SECOND = 1_000_000_000;
  private static final String[] RULES = {
    "1/second",
    "3/minute burst 2",
    "2/second, 10/minute",
    "4/minute fixed-window",
    "3/minute sliding-log"
  };

  private record Attempt(long at, long sent, int number, long permits) {}

  private record Event(long at, long permits) {}

  private static List<Event> random(long seed, int weights) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    long at = 0;
    int size = 1 + random.nextInt(40);
    for (int i = 0; i < size; i++) {
      events.add(new Event(at, 1 + random.nextInt(weights)));
      at += random.nextInt(3) == 0 ? 0 : (long) (random.nextDouble() * 3e9);
    }
    return events;
  }

  /** First those that come back, in the order in which they were sent; then new ones. */
  private static String reference(List<Event> events, String rules, boolean once, long offset) {
    RateLimiter limiter = Limits.parse(rules).newRateLimiter(ManualClock.create());
    List<Attempt> attempts = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      attempts.add(
          new Attempt(events.get(i).at(), events.get(i).at(), i, events.get(i).permits()));
    }
    long denied = 0;
    long later = 0;
    long gaveUp = 0;
    TreeMap<Long, Long> waits = new TreeMap<>(); // seconds, and how often
    Comparator<Attempt> order = Comparator.comparingLong(Attempt::at)
        .thenComparing(attempt -> attempt.at() == attempt.sent() ? 1 : 0)
        .thenComparingInt(Attempt::number);
    while (!attempts.isEmpty()) {
      Attempt next = attempts.stream().min(order).orElseThrow();
      attempts.remove(next);
      boolean first = next.at() == next.sent();
      Decision decision = limiter.decideAt(next.at(), next.permits());
      if (decision.admitted()) {
        if (!first) {
          later++;
          waits.merge((next.at() - next.sent() + SECOND - 1) / SECOND, 1L, Long::sum);
        }
        continue;
      }
      denied += first ? 1 : 0;
      if (decision.retryAfterNanos() == Decision.NEVER || once && !first) {
        gaveUp++;
        continue;
      }
      long told = next.at() + offset + decision.retryAfterNanos();
      long back = (told + SECOND - 1) / SECOND * SECOND - offset;
      attempts.add(new Attempt(back, next.sent(), next.number(), next.permits()));
    }
    return denied + " denied, " + later + " later, " + gaveUp + " gave up, waits " + waits;
  }

  private static String tool(List<Event> events, String rules, boolean once, int offset)
      throws IOException, UsageException {
    StringBuilder text = new StringBuilder();
    events.forEach(event ->
        text.append(java.math.BigDecimal.valueOf(event.at() + offset, 9).toPlainString() + " a "
            + event.permits() + "\n"));
    Log log = ToolRun.read(text.toString());
    Comeback comeback = new Comeback(
        RuleText.parse(rules),
        once ? Comeback.Patience.ONCE : Comeback.Patience.UNTIL_ADMITTED,
        log);
    log.events().forEach(comeback);
    TreeMap<Long, Long> waits = new TreeMap<>();
    comeback.waits().forEach(waits::put);
    return comeback.denied() + " denied, " + comeback.admittedLater() + " later, "
        + comeback.gaveUp() + " gave up, waits " + waits;
  }

  private static void check(long seed, int weights, boolean once)
      throws IOException, UsageException {
    Random random = new Random(seed);
    String rules = RULES[random.nextInt(RULES.length)];
    int offset = random.nextInt(3) == 0 ? random.nextInt(1_000_000_000) : 0;
    List<Event> events = random(seed, weights);
    assertEquals(
        reference(events, rules, once, offset),
        tool(events, rules, once, offset),
        () -> "seed " + seed + ", " + rules + ", once " + once + ", offset " + offset);
  }

  @Property(tries = 400)
  void comingBackIsAsOneAttemptAfterTheOther(@ForAll long seed, @ForAll boolean once)
      throws IOException, UsageException {
    check(seed, 1, once);
  }

  /** Where permits differ, crowds are served one by one. */
  @Property(tries = 400)
  void comingBackWithDifferentPermitsIsToo(@ForAll long seed, @ForAll boolean once)
      throws IOException, UsageException {
    check(seed, 4, once);
  }

  /**
   * The request of 1.5 s is denied once more at 3 s, and comes back at 4 s. That of 2.4 s was told 4 s
   * before; it is newer, so it comes second all the same.
   */
  @Example
  void olderRequestIsServedFirstThoughItWasDeniedAgain() throws IOException, UsageException {
    Log log = ToolRun.read("0 a\n1.2 a\n1.5 a\n2.3 a\n2.4 a\n");
    Comeback comeback =
        new Comeback(RuleText.parse("1/second"), Comeback.Patience.UNTIL_ADMITTED, log);
    log.events().forEach(comeback);
    assertEquals(2, comeback.admittedLater());
    assertEquals(3, comeback.waits().least(1));
    assertEquals(3, comeback.waits().max());
  }

  /** Seeds with which newer requests overtook older ones. */
  @Example
  void seedsOfRequestsThatOvertookOlderOnes() throws IOException, UsageException {
    for (long seed : new long[] {1, 4, 23, 27, 60, 61}) {
      check(seed, 1, false);
    }
    for (long seed : new long[] {7, 9, 12, 25, 26, 31}) {
      check(seed, 4, false);
    }
    for (long seed : new long[] {40, 586, 602, 767, 927}) {
      List<Event> events = random(seed, 4);
      assertEquals(reference(events, RULES[2], false, 0), tool(events, RULES[2], false, 0));
    }
  }

  /** A reference that never comes back is noticed. */
  @Example
  void referenceThatGivesUpIsNoticed() throws IOException, UsageException {
    int noticed = 0;
    for (long seed = 0; seed < 50; seed++) {
      List<Event> events = random(seed, 1);
      noticed +=
          reference(events, RULES[1], true, 0).equals(tool(events, RULES[1], false, 0)) ? 0 : 1;
    }
    assertTrue(noticed > 10, "" + noticed);
  }

  @Example
  void queueThatDoesNotDrainIsTold() {
    String log = "0 a\n".repeat(10) + "5 b\n";
    ToolRun run = ToolRun.of(log, "replay", "1/second", "-", "--retry");
    assertTrue(run.out().endsWith("""
        if denied requests obeyed Retry-After and came back until admitted
          denied at first                9
          admitted later                 9  100.0 %
          gave up                        0    0.0 %
          waits: median 5 s, 99 % at most 9 s, longest 9 s
          longest queue of one client: 9; 4 requests of 1 client still wait when the log ends; \
        the last gets in 4 s later
        """), run.out());
    ToolRun once = ToolRun.of(log, "replay", "1/second", "-", "--retry", "once");
    assertTrue(once.out().contains("  gave up                        8   88.9 %\n"), once.out());
    assertTrue(once.out().contains("every queue drains before the log ends"), once.out());
    ToolRun never = ToolRun.of("0 a 2\n1 b\n", "replay", "1/second", "-", "--retry=until-admitted");
    assertTrue(never.out().contains("  gave up                        1  100.0 %\n"), never.out());
  }

  /** A crowd of equal requests moves as one, so a hundred thousand waiters are no problem. */
  @Example
  void longQueuesAreServed() throws IOException, UsageException {
    Log log = ToolRun.read("0 a\n".repeat(100_000));
    Comeback comeback =
        new Comeback(RuleText.parse("1/minute"), Comeback.Patience.UNTIL_ADMITTED, log);
    log.events().forEach(comeback);
    assertEquals(99_999, comeback.admittedLater());
    assertEquals(99_999L * 60, comeback.waits().max());
    assertEquals(99_999L * 60 * SECOND, comeback.drainNanos());
  }
}
