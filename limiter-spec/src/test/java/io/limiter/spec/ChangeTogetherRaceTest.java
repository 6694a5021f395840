package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.limiter.AllOf;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Callers race with a thread that changes several limits together; time stands still. */
class ChangeTogetherRaceTest {
  private static final int CALLS = 30_000;

  private final NanoClock clock = ManualClock.create();

  /** Two threads call, the first changes until both are done. */
  private static long race(Runnable change, Races.Caller<Long> caller) {
    AtomicInteger calling = new AtomicInteger(2);
    return Races.sum(3, thread -> {
      if (thread > 0) {
        long admitted = caller.call(thread);
        calling.decrementAndGet();
        return admitted;
      }
      while (calling.get() > 0) {
        change.run();
      }
      return 0L;
    });
  }

  /** Each of the two texts denies two permits by another rule. */
  @Test
  void noCallIsAdmittedThatBothLimitsDeny() {
    Limits one = Limits.parse("1/second, 9/minute, 9 concurrent");
    Limits other = Limits.parse("9/second, 1/minute, 5/hour sliding-log, 9 concurrent");
    Gate gate = one.newGate(clock);
    long admitted = race(
        () -> {
          gate.reconfigure(other.newGate(clock), LevelPolicy.FRESH);
          gate.reconfigure(one.newGate(clock), LevelPolicy.FRESH);
        },
        thread -> {
          long mine = 0;
          for (int i = 0; i < CALLS; i++) {
            try (Permit permit = gate.tryEnter(2)) {
              mine += permit.granted() ? 1 : 0;
            }
          }
          return mine;
        });
    assertEquals(0, admitted);
  }

  /** Rates change and members come and go; the burst of the first stays, so permits can be counted. */
  @Test
  void noPermitIsMintedAndNoneLost() {
    Gcra counted = Gcra.create(Rate.perSecond(20_000), clock);
    AllOf all = AllOf.of(counted);
    List<Limits> texts = List.of(
        Limits.parse("20000/second, 900000/hour"),
        Limits.parse("800000/day token-bucket, 20000/second"),
        Limits.parse("700000/week fixed-window, 20000/second, 900000/day"));
    AtomicInteger turn = new AtomicInteger();
    long admitted =
        race(() -> texts.get(turn.getAndIncrement() % texts.size()).applyTo(all), thread -> {
          long mine = 0;
          while (all.tryAcquire(3)) {
            mine += 3;
          }
          return mine;
        });
    assertEquals(20_000, admitted + counted.peek().remaining());
    assertFalse(all.tryAcquire(3));
  }

  /** Concurrency comes and goes, and is given back to the limiter that it was taken from. */
  @Test
  void concurrencyPermitsAreGivenBackWhereTheyWereTaken() {
    Gate gate = Limits.parse("2 concurrent").newGate(clock);
    List<Limits> texts = List.of(
        Limits.parse("1 concurrent, 1000000/second"),
        Limits.parse("1000000/minute"),
        Limits.parse("3 concurrent"));
    AtomicInteger turn = new AtomicInteger();
    race(() -> texts.get(turn.getAndIncrement() % texts.size()).applyTo(gate), thread -> {
      for (int i = 0; i < CALLS; i++) {
        gate.tryEnter().close();
      }
      return 0L;
    });
    Limits.parse("3 concurrent").applyTo(gate);
    assertEquals("Gate[ConcurrencyLimiter[0 of 3 in flight]]", gate.toString());
  }
}
