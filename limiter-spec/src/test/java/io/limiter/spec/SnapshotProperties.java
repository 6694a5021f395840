package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.SlidingLog;
import io.limiter.Snapshot;
import io.limiter.TokenBucket;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;

/** A limiter is saved, time passes, and one on another clock is restored. */
class SnapshotProperties {
  static final Map<String, Function<NanoClock, RateLimiter>> LIMITERS = new TreeMap<>(Map.of(
      "gcra", clock -> Gcra.create(Rate.ofNanos(3, 100), 5, clock),
      "unit", clock -> Gcra.create(Rate.ofNanos(7, 1), 3, clock),
      "bucket", clock -> TokenBucket.create(Rate.ofNanos(10, 77), 4, clock),
      "steps", clock -> TokenBucket.stepwise(Rate.ofNanos(3, 50), 4, clock),
      "window", clock -> TokenBucket.stepwise(Rate.ofNanos(4, 90), clock),
      "log", clock -> SlidingLog.create(List.of(Rate.ofNanos(2, 30), Rate.ofNanos(5, 200)), clock),
      "all",
          clock -> AllOf.of(
              Gcra.create(Rate.ofNanos(3, 100), 5, clock),
              SlidingLog.create(Rate.ofNanos(4, 60), clock),
              TokenBucket.stepwise(Rate.ofNanos(3, 50), clock)),
      "unlimited", RateLimiter::unlimited));

  /** Limiters whose ticks are rounded. */
  private static final Map<String, Function<NanoClock, RateLimiter>> ROUNDED = new TreeMap<>(Map.of(
      "coarse", clock -> Gcra.create(Rate.ofNanos(7, Long.MAX_VALUE / 3), 11, clock),
      "century", clock -> Gcra.create(Rate.ofNanos(1, Long.MAX_VALUE - 1), 2, clock),
      "fraction",
          clock -> TokenBucket.create(
              Rate.ofNanos(999_999_999_989L, 7_654_321_000_001L), 1L << 38, clock)));

  enum Verb {
    TRY_ACQUIRE,
    RESERVE,
    FORCE,
    PENALIZE,
    REFUND
  }

  /** A call after so many ns. */
  record Step(Verb verb, long nanos, int amount) {
    /** Permits, or ns of a penalty. */
    long number() {
      return switch (verb) {
        case TRY_ACQUIRE -> amount % 6 + 1;
        case RESERVE -> amount % 4 + 1;
        case FORCE -> amount % 7 + 1;
        case PENALIZE -> amount % 300;
        case REFUND -> amount % 3 + 1;
      };
    }

    boolean cancelled() {
      return amount % 5 == 0;
    }

    String told() {
      return switch (verb) {
        case TRY_ACQUIRE -> "tryAcquire(" + number() + ")";
        case RESERVE -> "reserve(" + number() + ", 1000 ns)" + (cancelled() ? ", cancelled" : "");
        case FORCE -> "acquireForced(" + number() + ")";
        case PENALIZE -> "penalize(" + number() + " ns)";
        case REFUND -> "refund(" + number() + ")";
      };
    }
  }

  private static void play(Step step, ManualClock clock, RateLimiter limiter) {
    clock.advanceNanos(step.nanos);
    long number = step.number();
    switch (step.verb) {
      case TRY_ACQUIRE -> limiter.tryAcquire(number);
      case RESERVE -> {
        Reservation reservation = limiter.reserveAt(clock.nanoTime(), number, 1_000);
        if (step.cancelled()) {
          reservation.cancel();
        }
      }
      case FORCE -> limiter.acquireForced(number);
      case PENALIZE -> {
        if (!limiter.toString().equals("unlimited")) {
          limiter.penalizeAt(clock.nanoTime(), number);
        }
      }
      case REFUND -> limiter.refund(number);
    }
  }

  /** A limiter that was saved at {@code wall} and restored by its text on another clock. */
  static final class Restart {
    static final Instant WALL = Instant.parse("2026-03-01T09:00:00.000000001Z");
    final ManualClock before;
    final RateLimiter saved;
    final ManualClock after;
    final RateLimiter restored;
    final CallScript played; // by the clock of the saved one

    Restart(
        Function<NanoClock, RateLimiter> factory,
        long origin,
        List<Step> steps,
        long down,
        long elapsed,
        long otherOrigin) {
      before = ManualClock.startingAt(origin);
      saved = factory.apply(before);
      played = new CallScript(saved, before::nanoTime);
      for (Step step : steps) {
        SnapshotProperties.play(step, before, saved);
        played.tell(step.told());
      }
      played.tell("saved");
      Snapshot snapshot = saved.snapshotAt(before.nanoTime(), WALL);
      Snapshot read = Snapshot.parse(snapshot.toString());
      assertEquals(snapshot, read);
      assertEquals(snapshot.toString(), read.toString());
      before.advanceNanos(down);
      after = ManualClock.startingAt(otherOrigin);
      restored = factory.apply(after);
      restored.restoreAt(otherOrigin, read, WALL.plusNanos(elapsed));
      played.tell("restored when another clock reads " + otherOrigin + ", " + elapsed
          + " ns later by the wall clock");
    }

    /** The same call of both. */
    void play(Step step) {
      SnapshotProperties.play(step, before, saved);
      SnapshotProperties.play(step, after, restored);
      played.tell(step.told() + " of both");
    }

    void compare() {
      for (int permits = 1; permits < 7; permits++) {
        assertEquals(saved.peek(permits), restored.peek(permits), "peek(" + permits + ")");
      }
    }
  }

  /** Who waits for the saved one is a debt of the restored one, which a penalty does not move. */
  @Property
  void withAnExactWallClockTheRestoredLimiterDecidesAsTheSavedOne(
      @ForAll @From("limiters") String name,
      @ForAll long origin,
      @ForAll long otherOrigin,
      @ForAll @From("steps") List<Step> steps,
      @ForAll @LongRange(max = 900) long down,
      @ForAll @From("calls") List<Step> later) {
    Restart restart = new Restart(LIMITERS.get(name), origin, steps, down, down, otherOrigin);
    decidesAlike(restart, later);
  }

  private static void decidesAlike(Restart restart, List<Step> later) {
    restart.played.run(() -> {
      for (Step step : later) {
        restart.play(step);
        restart.compare();
      }
    });
  }

  /** If the clock went back, time stood still altogether. */
  @Property
  void theRestoredLimiterDecidesAsTheSavedOneHadTimeStoodStill(
      @ForAll @From("limiters") String name,
      @ForAll long origin,
      @ForAll long otherOrigin,
      @ForAll @From("steps") List<Step> steps,
      @ForAll @LongRange(max = 900) long down,
      @ForAll @LongRange(max = 1_500) long lost,
      @ForAll @From("calls") List<Step> later) {
    long elapsed = down - lost;
    long told = Math.max(elapsed, 0);
    Restart restart = new Restart(LIMITERS.get(name), origin, steps, told, elapsed, otherOrigin);
    decidesAlike(restart, later);
  }

  /** The next window of the saved one begins after 30 ns; that of the restored one, 10 ns later. */
  @Example
  void aStepThatComesLate_mayAdmitWhatTheSavedOneDenies() {
    List<Step> used = List.of(new Step(Verb.TRY_ACQUIRE, 40, 0));
    Restart restart = new Restart(LIMITERS.get("window"), 0, used, 20, 10, 0);
    List<Step> later = List.of(
        new Step(Verb.TRY_ACQUIRE, 30, 2), // of four again by the saved one, of three by the other
        new Step(Verb.TRY_ACQUIRE, 10, 1)); // which has four now, where the saved one has one
    assertThrows(AssertionError.class, () -> neverLooser(restart, later, true));
    neverLooser(new Restart(LIMITERS.get("window"), 0, used, 20, 10, 0), later, false);
  }

  /**
   * Steps are off by as much as the wall clock is, and what is charged in ticks longer than a ns
   * depends on where they begin: those are held to what is left, call by call is for the others.
   */
  @Property
  void theRestoredLimiterIsNeverLooserThanTheSavedOne(
      @ForAll @From("anyLimiters") String name,
      @ForAll long origin,
      @ForAll long otherOrigin,
      @ForAll @From("steps") List<Step> steps,
      @ForAll @LongRange(max = 900) long down,
      @ForAll @LongRange(max = 1_500) long lost,
      @ForAll @From("steps") List<Step> later) {
    Function<NanoClock, RateLimiter> factory = LIMITERS.getOrDefault(name, ROUNDED.get(name));
    long elapsed = down - lost;
    boolean steady = !List.of("steps", "window", "all", "coarse", "century").contains(name);
    neverLooser(new Restart(factory, origin, steps, down, elapsed, otherOrigin), later, steady);
  }

  static void neverLooser(Restart restart, List<Step> later, boolean calls) {
    restart.played.run(() -> {
      for (Step step : later) {
        restart.before.advanceNanos(step.nanos);
        restart.after.advanceNanos(step.nanos);
        long permits = step.amount % 6 + 1;
        if (!calls) {
          long saved = restart.saved.peek().remaining();
          long restored = restart.restored.peek().remaining();
          assertTrue(restored <= saved, () -> restored + " remain, " + saved + " of the saved one");
        } else {
          restart.played.tell("tryAcquire(" + permits + ") of both");
          if (restart.restored.tryAcquire(permits)) {
            assertTrue(restart.saved.tryAcquire(permits), "admitted, though the saved one denies");
          }
        }
      }
    });
  }

  /**
   * In steps without reservations that wait: those are charged as of the step at which they are due, so a
   * change charges them anew; the restored limiter, which knows them as a debt only, does not.
   */
  @Property
  void restoredToOtherLimitsIsAsChangedToThem(
      @ForAll @From("kinds") String kind,
      @ForAll @From("rates") Rate from,
      @ForAll @From("rates") Rate to,
      @ForAll @LongRange(min = 1, max = 9) long burst,
      @ForAll @From("calls") List<Step> steps,
      @ForAll @LongRange(max = 900) long down,
      @ForAll @From("calls") List<Step> later) {
    ManualClock before = ManualClock.startingAt(17);
    RateLimiter saved = create(kind, from, 5, before);
    CallScript played = new CallScript(saved, before::nanoTime);
    for (Step step : steps) {
      if (step.verb == Verb.RESERVE && kind.equals("steps")) {
        continue;
      }
      play(step, before, saved);
      played.tell(step.told());
    }
    Snapshot snapshot = saved.snapshotAt(before.nanoTime(), Restart.WALL);
    before.advanceNanos(down);
    saved.reconfigure(create(kind, to, burst, before));
    ManualClock after = ManualClock.startingAt(-3);
    RateLimiter restored = create(kind, to, burst, after);
    restored.restoreAt(-3, snapshot, Restart.WALL.plusNanos(down));
    played.tell("saved " + down + " ns ago, changed to " + to + " burst " + burst
        + ", and restored as such when another clock reads -3");
    played.run(() -> {
      for (Step step : later) {
        play(step, before, saved);
        play(step, after, restored);
        played.tell(step.told() + " of both");
        for (int permits = 1; permits < 11; permits++) {
          assertEquals(saved.peek(permits), restored.peek(permits), "peek(" + permits + ")");
        }
      }
    });
  }

  private static RateLimiter create(String kind, Rate rate, long burst, NanoClock clock) {
    return switch (kind) {
      case "gcra" -> Gcra.create(rate, burst, clock);
      case "bucket" -> TokenBucket.create(rate, burst, clock);
      default -> TokenBucket.stepwise(rate, burst, clock);
    };
  }

  /** What this one and the saved one admitted counts, whichever came first. */
  @Property
  void restoredInUseItIsChargedOnTop(
      @ForAll @LongRange(min = 1, max = 5) long ownPermits,
      @ForAll @LongRange(min = 1, max = 5) long savedPermits) {
    ManualClock clock = ManualClock.create();
    for (String name : List.of("gcra", "bucket", "steps")) {
      RateLimiter saved = LIMITERS.get(name).apply(clock);
      RateLimiter used = LIMITERS.get(name).apply(clock);
      RateLimiter both = LIMITERS.get(name).apply(clock);
      saved.acquireForced(savedPermits);
      used.acquireForced(ownPermits);
      used.restoreAt(0, saved.snapshotAt(0, Restart.WALL), Restart.WALL);
      both.acquireForced(savedPermits);
      both.acquireForced(ownPermits);
      for (int permits = 1; permits < 6; permits++) {
        assertEquals(both.peek(permits).retryAfterNanos(), used.peek(permits).retryAfterNanos());
      }
    }
  }

  @Property
  void anyTextIsASnapshotOrRefused(@ForAll @From("texts") String text) {
    try {
      Snapshot snapshot = Snapshot.parse(text);
      assertEquals(text, snapshot.toString());
      for (Function<NanoClock, RateLimiter> factory : LIMITERS.values()) {
        ManualClock clock = ManualClock.create();
        RateLimiter limiter = factory.apply(clock);
        try {
          limiter.restoreAt(0, snapshot, snapshot.time().plusNanos(5));
        } catch (IllegalArgumentException otherKind) {
          continue;
        }
        limiter.tryAcquire(2);
        limiter.peek(1);
      }
    } catch (IllegalArgumentException refused) {
      assertTrue(refused.getMessage().contains(" (expected: "), refused.getMessage());
    }
  }

  /** Longer than any stack, were it read by recursion. */
  @Example
  void aLogOfAMillionTimesIsRead() {
    StringBuilder text = new StringBuilder("limiter-snapshot 1 2026-03-01T09:00:00Z | log");
    for (int i = 1_000_000; i > 0; i--) {
      text.append(' ').append(i).append(":1");
    }
    Snapshot snapshot = Snapshot.parse(text.append(" pause 0").toString());
    SlidingLog log = SlidingLog.create(Rate.ofNanos(7, 10), ManualClock.create());
    log.restoreAt(0, snapshot, snapshot.time().plusNanos(5));
    assertEquals(3, log.peek().remaining(), "of ages 6 to 9");
  }

  /** One that counts a nanosecond which did not pass. */
  @Example
  void aRestorerThatIsTooGenerous_isCaught() {
    List<Step> calls = List.of(new Step(Verb.TRY_ACQUIRE, 0, 4), new Step(Verb.TRY_ACQUIRE, 33, 0));
    Restart generous = new Restart(LIMITERS.get("gcra"), 0, calls.subList(0, 1), 0, 1, 0);
    assertThrows(AssertionError.class, () -> neverLooser(generous, calls.subList(1, 2), true));
  }

  @Provide
  Arbitrary<String> limiters() {
    return Arbitraries.of(LIMITERS.keySet());
  }

  @Provide
  Arbitrary<String> anyLimiters() {
    return Arbitraries.oneOf(limiters(), Arbitraries.of(ROUNDED.keySet()));
  }

  @Provide
  Arbitrary<String> kinds() {
    return Arbitraries.of("gcra", "bucket", "steps");
  }

  @Provide
  Arbitrary<Rate> rates() {
    return Arbitraries.of(
        Rate.ofNanos(3, 100), Rate.ofNanos(1, 10), Rate.ofNanos(7, 11), Rate.ofNanos(5, 60));
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return steps(Verb.values());
  }

  @Provide
  Arbitrary<List<Step>> calls() {
    return steps(Verb.TRY_ACQUIRE, Verb.FORCE, Verb.RESERVE);
  }

  private static Arbitrary<List<Step>> steps(Verb... verbs) {
    return Combinators.combine(
            Arbitraries.of(verbs),
            Arbitraries.longs().between(0, 120),
            Arbitraries.integers().between(0, 900))
        .as(Step::new)
        .list()
        .ofMaxSize(15);
  }

  /** Texts of snapshots, and such with words put in other places. */
  @Provide
  Arbitrary<String> texts() {
    List<String> words = List.of(
        "limiter-snapshot",
        "1",
        "2026-03-01T09:00:00Z",
        "|",
        "rate",
        "3/100",
        "burst",
        "5",
        "spent",
        "7/2",
        "pause",
        "0",
        "steps",
        "age",
        "-4",
        "log",
        "9:2",
        "4:1",
        "7:3",
        "1/0",
        "0/1",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "unlimited",
        "blocked",
        "",
        ":",
        "/",
        "9223372036854775807:2147483647",
        "-9223372036854775808:1",
        "1:0");
    Arbitrary<String> fields = Arbitraries.of(
        "rate 3/100 burst 5 spent 7/2 pause 0",
        "rate 3/100 burst 5 spent 9223372036854775807/1 pause 4611686018427387903",
        "steps 3/50 burst 4 spent 2 age -9223372036854775808 pause 1",
        "steps 3/50 burst 4 spent 2882303761517117440 age 9223372036854775807 pause 1",
        "log 9:2 4:1 pause 0",
        "log 9223372036854775807:2147483647 -9223372036854775808:2147483647 pause 1",
        "log 9223372036854775807:2147483647 0:2147483647 pause 9223372036854775807",
        "unlimited",
        "blocked");
    Arbitrary<String> good = fields.list().ofMaxSize(3).map(levels -> {
      StringBuilder text = new StringBuilder("limiter-snapshot 1 2026-03-01T09:00:00Z");
      levels.forEach(level -> text.append(" | ").append(level));
      return text.toString();
    });
    Arbitrary<String> changed = Combinators.combine(
            good, Arbitraries.integers().between(0, 40), Arbitraries.of(words))
        .as((text, i, word) -> {
          String[] parts = text.split(" ");
          parts[i % parts.length] = word;
          return String.join(" ", parts);
        });
    return Arbitraries.frequencyOf(
        Tuple.of(2, good), Tuple.of(6, changed), Tuple.of(1, Arbitraries.strings()));
  }
}
