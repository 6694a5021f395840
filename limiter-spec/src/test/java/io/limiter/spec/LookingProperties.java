package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import io.limiter.SlidingLog;
import io.limiter.Snapshot;
import io.limiter.TokenBucket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Who looks changes nothing: of two limiters that get the same calls, one is looked at in every
 * nanosecond, who waits for it and for how long, the other never. All their answers are the same.
 */
class LookingProperties {
  private static final long PERIOD = 10; // ns

  enum Verb {
    PASS_TIME,
    TRY_ACQUIRE,
    RESERVE,
    CANCEL,
    SETTLE,
    REFUND,
    FORCE,
    PENALIZE,
    RECONFIGURE,
    RESET,
    RESTORE
  }

  /** One call; what the numbers mean depends on the verb. */
  record Step(Verb verb, int a, int b) {}

  /** The limiters that reserve, as one sees them who changes their rate. */
  enum Kind {
    GCRA,
    BUCKET,
    STEPS,
    LOG,
    BOTH;

    RateLimiter create(int n, NanoClock clock) {
      return switch (this) {
        case GCRA -> Gcra.create(Rate.ofNanos(n, PERIOD), n, clock);
        case BUCKET -> TokenBucket.create(Rate.ofNanos(n, PERIOD), n, clock);
        case STEPS -> TokenBucket.stepwise(Rate.ofNanos(n, PERIOD), n, clock);
        case LOG -> SlidingLog.create(windows(n), clock);
        case BOTH -> AllOf.of(GCRA.create(n + 1, clock), LOG.create(n, clock));
      };
    }

    void reconfigure(RateLimiter limiter, int n, NanoClock clock) {
      if (limiter instanceof SlidingLog log) {
        log.reconfigure(windows(n));
      } else {
        limiter.reconfigure(create(n, clock), LevelPolicy.KEEP);
      }
    }

    private static List<Rate> windows(int n) {
      return List.of(Rate.ofNanos(n, PERIOD), Rate.ofNanos(n + 2, 2 * PERIOD + 5));
    }
  }

  /** A limiter, and what its callers hold. */
  private static class Stage {
    final Kind kind;
    final ManualClock clock = ManualClock.create();
    final RateLimiter limiter;
    final List<Reservation> reservations = new ArrayList<>();

    Stage(Kind kind, int n) {
      this.kind = kind;
      this.limiter = kind.create(n, clock);
    }

    /** Plays a call, tells of it, and what was answered. */
    String play(Step step) {
      int permits = step.a % 3 + 1;
      return switch (step.verb) {
        case PASS_TIME -> {
          for (int i = 0; i < step.a % 25; i++) {
            clock.advanceNanos(1);
            look();
          }
          yield "time has passed";
        }
        case TRY_ACQUIRE -> "tryAcquire(" + permits + "): " + limiter.tryAcquire(permits);
        case RESERVE -> {
          long maxWait = step.b % 4 == 0 ? step.b % 40 : Long.MAX_VALUE;
          Reservation reservation = limiter.reserveAt(clock.nanoTime(), permits, maxWait);
          if (reservation.granted()) {
            reservations.add(reservation);
          }
          yield "reserve(" + permits + ", " + maxWait + " ns): " + reservation.granted();
        }
        case CANCEL, SETTLE -> {
          if (reservations.isEmpty()) {
            yield "nothing is reserved";
          }
          int index = step.a % reservations.size();
          Reservation one = reservations.remove(index);
          long actual = step.verb == Verb.CANCEL ? 0 : step.b % (one.permits() + 2);
          yield (step.verb == Verb.CANCEL ? "cancel" : "settle for " + actual) + " the reservation "
              + index + " of " + one.permits() + ": "
              + (step.verb == Verb.CANCEL ? one.cancel() : one.settle(actual));
        }
        case REFUND -> "refund(" + permits + "): " + limiter.refund(permits);
        case FORCE -> "acquireForced(" + permits + "): " + limiter.acquireForced(permits);
        case PENALIZE -> {
          limiter.penalizeAt(clock.nanoTime(), step.b % 20);
          yield "penalize(" + step.b % 20 + " ns)";
        }
        case RECONFIGURE -> {
          kind.reconfigure(limiter, step.b % 3 + 3, clock);
          yield "reconfigure to " + (step.b % 3 + 3);
        }
        case RESET -> {
          limiter.reset();
          yield "reset()";
        }
        case RESTORE -> {
          Snapshot saved = limiter.snapshotAt(clock.nanoTime(), Instant.EPOCH);
          limiter.restoreAt(clock.nanoTime(), saved, Instant.EPOCH.plusNanos(step.b % 20));
          yield "restore what it was " + step.b % 20 + " ns ago, on top";
        }
      };
    }

    void look() {}

    /** What anyone is told who looks. */
    String look(long most) {
      return LongStream.rangeClosed(1, most).mapToObj(limiter::peek).toList() + " waits "
          + reservations.stream().map(Reservation::waitNanos).toList() + " remembers "
          + limiter.snapshotAt(clock.nanoTime(), Instant.EPOCH);
    }
  }

  /** Looked at all the time. */
  private static final class LookedAt extends Stage {
    LookedAt(Kind kind, int n) {
      super(kind, n);
    }

    @Override
    void look() {
      look(1);
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 1_000);
    return Combinators.combine(Arbitraries.of(Verb.values()), numbers, numbers)
        .as(Step::new)
        .list()
        .ofMaxSize(30);
  }

  @Property
  void whoLooksChangesNothing(@ForAll Kind kind, @ForAll @From("steps") List<Step> steps) {
    Stage seen = new LookedAt(kind, 3);
    Stage unseen = new Stage(kind, 3);
    assertSame(seen, unseen, steps);
  }

  /** Found by the property: what a cancel gave back depended on whether anyone had looked before. */
  @Example
  void timelinesThatDiffered() {
    Step two = new Step(Verb.RESERVE, 1, 1);
    Step cancelTheFirst = new Step(Verb.CANCEL, 0, 0);
    whoLooksChangesNothing(
        Kind.LOG, List.of(two, two, new Step(Verb.PASS_TIME, 10, 0), cancelTheFirst));
    whoLooksChangesNothing(
        Kind.GCRA,
        List.of(
            new Step(Verb.TRY_ACQUIRE, 0, 0),
            new Step(Verb.RESERVE, 2, 1),
            new Step(Verb.RESERVE, 0, 1),
            new Step(Verb.PASS_TIME, 4, 0),
            new Step(Verb.REFUND, 0, 0),
            cancelTheFirst));
  }

  private static void assertSame(Stage seen, Stage unseen, List<Step> steps) {
    CallScript played = new CallScript(unseen.limiter, unseen.clock::nanoTime);
    played.run(() -> {
      for (Step step : steps) {
        String said = unseen.play(step);
        played.tell(said);
        assertEquals(seen.play(step), said, "looked at, and not");
        seen.look();
      }
      assertEquals(seen.look(5), unseen.look(5), "looked at, and not");
    });
  }

  @Example
  void aLookThatTakesPermits_isCaught() {
    Stage greedy = new Stage(Kind.GCRA, 3) {
      @Override
      void look() {
        limiter.tryAcquire();
      }
    };
    List<Step> steps = List.of(new Step(Verb.PASS_TIME, 1, 0), new Step(Verb.TRY_ACQUIRE, 2, 0));
    assertThrows(AssertionError.class, () -> assertSame(greedy, new Stage(Kind.GCRA, 3), steps));
  }
}
