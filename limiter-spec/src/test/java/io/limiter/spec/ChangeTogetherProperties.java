package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.rule.Limits;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Several limits change together; a call comes between any two steps of the change. */
class ChangeTogetherProperties {
  /** A text has at most one rule of each of these lines. */
  private static final List<List<String>> RULES = List.of(
      List.of(
          "3/second",
          "7/second burst 2",
          "4/second burst 9 token-bucket",
          "2/second fixed-window",
          "8/second fixed-window",
          "3/second sliding-log"),
      List.of(
          "5/minute",
          "6/minute token-bucket",
          "9/minute fixed-window",
          "6/minute sliding-log",
          "9/minute burst 3"),
      List.of("600/hour", "7/hour", "5/hour sliding-log", "8/hour token-bucket"),
      List.of("5/2 seconds sliding-log", "4/2 seconds", "4/2 seconds fixed-window"),
      List.of("2 concurrent", "5 concurrent"));

  /** A call, and the time that passes before it. */
  record Step(int millis, int permits, boolean closed) {}

  /** A clock that lets somebody call whenever it is read by whoever changes the limits. */
  private static final class StepwiseClock implements NanoClock {
    private long now;
    private Runnable meanwhile = () -> {};

    @Override
    public long nanoTime() {
      Runnable call = meanwhile;
      meanwhile = () -> {};
      call.run();
      meanwhile = call;
      return now;
    }
  }

  private static String text(List<String> rules) {
    return String.join(", ", rules);
  }

  /** The calls of before, on three gates alike; those that were not closed are held for good. */
  private static void play(List<Step> steps, StepwiseClock clock, List<Gate> gates) {
    for (Step step : steps) {
      clock.now += step.millis * 1_000_000L;
      for (Gate gate : gates) {
        Permit permit = gate.tryEnter(step.permits);
        if (step.closed) {
          permit.close();
        }
      }
    }
  }

  /** A call for {@code permits} at the nth reading of the clock, questions at all before. */
  private static void callAtTheNthReading(
      List<String> before,
      List<String> after,
      List<Step> steps,
      long permits,
      int nth,
      LevelPolicy inheritance) {
    StepwiseClock clock = new StepwiseClock();
    Limits old = Limits.parse(text(before));
    Gate gate = old.newGate(clock);
    Gate stays = old.newGate(clock);
    Gate changed = old.newGate(clock);
    play(steps, clock, List.of(gate, stays, changed));
    Limits next = Limits.parse(text(after));
    changed.reconfigure(next.newGate(clock), inheritance);
    List<Permit> admitted = new ArrayList<>();
    int[] readings = {0};
    Gate like = next.newGate(clock);
    clock.meanwhile = () -> {
      boolean may = stays.peek(permits).admitted() || changed.peek(permits).admitted();
      if (readings[0]++ == nth) {
        Permit permit = gate.tryEnter(permits);
        if (permit.granted()) {
          admitted.add(permit);
        }
        assertFalse(permit.granted() && !may, "admitted, though both limits deny");
      } else if (admitted.isEmpty()) {
        assertFalse(gate.peek(permits).admitted() && !may, "admitted, though both limits deny");
      }
    };
    gate.reconfigure(like, inheritance);
    clock.meanwhile = () -> {};
    if (admitted.isEmpty()) {
      for (long each = 1; each < 12; each++) {
        assertEquals(changed.peek(each), gate.peek(each), "as if nobody had called meanwhile");
      }
    }
  }

  @Property
  void aCallWhileLimitsChangeIsNeverDecidedByAnythingLooserThanBoth(
      @ForAll @From("rules") List<String> before,
      @ForAll @From("rules") List<String> after,
      @ForAll @From("steps") List<Step> steps,
      @ForAll @From("permits") int permits,
      @ForAll @From("readings") int nth,
      @ForAll LevelPolicy inheritance) {
    callAtTheNthReading(before, after, steps, permits, nth, inheritance);
  }

  /**
   * Time passes between the steps of a change, too. Each reading is when a twin changes at once: so
   * the new limits are those of any moment since the change began.
   */
  @Property
  void aCallWhileTimePassesTooIsNeverDecidedByAnythingLooserThanBoth(
      @ForAll @From("rules") List<String> before,
      @ForAll @From("rules") List<String> after,
      @ForAll @From("steps") List<Step> steps,
      @ForAll @From("permits") int permits,
      @ForAll @From("pause") int millis) {
    neverLooserThanBothWhileTimePasses(before, after, steps, permits, millis);
  }

  private static void neverLooserThanBothWhileTimePasses(
      List<String> before, List<String> after, List<Step> steps, long permits, int millis) {
    StepwiseClock clock = new StepwiseClock();
    Limits old = Limits.parse(text(before));
    Limits next = Limits.parse(text(after));
    Gate gate = old.newGate(clock);
    Gate like = next.newGate(clock);
    List<Gate> twins = new ArrayList<>(); // the first never changes, the nth at the nth reading
    List<Gate> likes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      twins.add(old.newGate(clock));
      likes.add(next.newGate(clock));
    }
    List<Gate> all = new ArrayList<>(twins);
    all.add(gate);
    play(steps, clock, all);
    int[] readings = {0};
    clock.meanwhile = () -> {
      clock.now += millis * 1_000_000L;
      int n = ++readings[0];
      twins.get(n).reconfigure(likes.get(n), LevelPolicy.KEEP);
      boolean may =
          twins.subList(0, n + 1).stream().anyMatch(twin -> twin.peek(permits).admitted());
      assertFalse(gate.peek(permits).admitted() && !may, "admitted, though both limits deny");
    };
    gate.reconfigure(like, LevelPolicy.KEEP);
    clock.nanoTime();
  }

  /** An empty slow rate gets faster, and a wide one narrow: for two permits neither has room. */
  @Example
  void aRateThatGetsFaster_countsAtTheOldOneUntilAllOthersAreTightened() {
    neverLooserThanBothWhileTimePasses(
        List.of("1/second burst 50", "100/hour"),
        List.of("50/second", "1/hour"),
        List.of(new Step(0, 50, true)),
        2,
        100);
  }

  @Property
  void aChangeToTheSameLimitsChangesNothing(
      @ForAll @From("rules") List<String> rules, @ForAll @From("steps") List<Step> steps) {
    StepwiseClock clock = new StepwiseClock();
    Limits limits = Limits.parse(text(rules));
    Gate gate = limits.newGate(clock);
    Gate twin = limits.newGate(clock);
    play(steps, clock, List.of(gate, twin));
    limits.applyTo(gate);
    for (int i = 0; i < 4; i++) {
      for (long each = 1; each < 12; each++) {
        assertEquals(twin.peek(each), gate.peek(each));
      }
      clock.now += twin.peek(1).resetAfterNanos() / 3;
    }
  }

  /** What would do without the order: one member after the other, as they come. */
  @Example
  void aMemberLoosenedBeforeAnotherIsTightened_isCaught() {
    StepwiseClock clock = new StepwiseClock();
    Gcra first = Gcra.create(Rate.perSecond(1), 1, clock);
    Gcra second = Gcra.create(Rate.perHour(9), 9, clock);
    Gate gate = Gate.builder(clock).rate(first).rate(second).build();
    clock.meanwhile = () -> assertFalse(gate.peek(5).admitted());
    assertThrows(AssertionError.class, () -> {
      first.reconfigure(Rate.perSecond(9), 9, LevelPolicy.FRESH);
      second.reconfigure(Rate.perHour(1), 1, LevelPolicy.FRESH);
    });
  }

  /** The same change in our order. */
  @Example
  void freshLevelsOfAllMembers_comeAfterTheLastTightening() {
    StepwiseClock clock = new StepwiseClock();
    Gate gate = Limits.parse("1/second, 9/hour").newGate(clock);
    int[] readings = {0};
    clock.meanwhile = () -> {
      readings[0]++;
      assertFalse(gate.peek(5).admitted());
    };
    Gate like = Limits.parse("9/second, 1/hour").newGate(clock);
    readings[0] = 0;
    gate.reconfigure(like, LevelPolicy.FRESH);
    clock.meanwhile = () -> {};
    assertEquals(1, gate.peek(1).remaining());
    assertTrue(readings[0] > 3, readings[0] + " readings");
  }

  /** Stops a call after it has charged those before, and before it charges those behind. */
  private static final class Stop implements RateLimiter {
    private final NanoClock clock;
    private Runnable meanwhile = () -> {};

    Stop(NanoClock clock) {
      this.clock = clock;
    }

    @Override
    public NanoClock clock() {
      return clock;
    }

    @Override
    public boolean tryAcquireAt(long nanoTime, long permits) {
      Runnable once = meanwhile;
      meanwhile = () -> {};
      once.run();
      return true;
    }

    @Override
    public Decision decideAt(long nanoTime, long permits) {
      return peekAt(nanoTime, permits);
    }

    @Override
    public Decision peekAt(long nanoTime, long permits) {
      return new Decision(true, Long.MAX_VALUE, 0, 0, -1);
    }

    @Override
    public boolean refundAt(long nanoTime, long permits) {
      return true;
    }
  }

  /**
   * A call has charged the first member by its old limit when somebody empties the last one and the
   * limits change: by the new limit the last member would admit the call, the first would not.
   */
  @Example
  void aCallThatWasStoppedWhileLimitsChanged_isDecidedAnew() {
    ManualClock clock = ManualClock.create();
    Gcra first = Gcra.create(Rate.perSecond(9), clock);
    Stop stop = new Stop(clock);
    SlidingLog last = SlidingLog.create(Rate.perHour(5), clock);
    AllOf all = AllOf.of(first, stop, last);
    AllOf like = AllOf.of(
        Gcra.create(Rate.perSecond(1), clock), stop, SlidingLog.create(Rate.perHour(100), clock));
    stop.meanwhile = () -> {
      last.tryAcquire(5);
      all.reconfigure(like);
    };
    assertFalse(all.tryAcquire(5), "old: the last is full; new: more than the burst of the first");
    assertEquals(
        0, first.peek().remaining(), "a change of the rate ends receipts: that only denies");
    assertEquals(95, last.peek().remaining());
  }

  @Provide
  Arbitrary<List<String>> rules() {
    return Arbitraries.of(RULES)
        .list()
        .uniqueElements()
        .ofMinSize(1)
        .flatMap(lines -> Combinators.combine(
                lines.stream().map(line -> Arbitraries.of(line)).toList())
            .as(rules -> rules));
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 900),
            Arbitraries.integers().between(1, 3),
            Arbitraries.of(true, false))
        .as(Step::new)
        .list()
        .ofMaxSize(12);
  }

  @Provide
  Arbitrary<Integer> pause() {
    return Arbitraries.integers().between(0, 400);
  }

  @Provide
  Arbitrary<Integer> permits() {
    return Arbitraries.integers().between(1, 9);
  }

  @Provide
  Arbitrary<Integer> readings() {
    return Arbitraries.integers().between(0, 25);
  }
}
