package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the scripts of limiters in use found, each as a test named for what broke. */
class FoundInUseTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.create();

  /** It had written entries of times ahead into the ring, and later admissions took their slots. */
  @Test
  void debtOfALog_refused_leavesNoTrace() {
    SlidingLog log = SlidingLog.create(Rate.ofNanos(6, 5), clock);
    assertEquals(Decision.NEVER, log.acquireForced(8, Duration.ZERO));
    assertEquals(0, log.acquireForced(1));
    assertEquals(5, log.peek().remaining());
    assertEquals(5, log.peek(6).retryAfterNanos());
  }

  /** It counted as of the 10th ns, when the log had room for it, but it was not its turn. */
  @Test
  void callerThatIsFirstAfterAnotherLeft_countsFromThenOn() {
    SlidingLog log = SlidingLog.create(Rate.ofNanos(2, 10), clock);
    log.tryAcquire();
    clock.set(5);
    log.tryAcquire();
    CompletableFuture<Boolean> both = log.acquireAsync(2, FOREVER);
    CompletableFuture<Boolean> one = log.acquireAsync(1, FOREVER);
    clock.set(12);
    assertFalse(one.isDone());
    both.cancel(true);
    assertTrue(one.getNow(false));
    assertEquals(10, log.peek().resetAfterNanos());
  }

  @Test
  void waitBehindTheLine_afterWhoAsksForNothingLeft_countsThoseAhead() {
    SlidingLog log = SlidingLog.create(List.of(Rate.ofNanos(4, 31), Rate.ofNanos(2, 1_000)), clock);
    log.tryAcquire();
    CompletableFuture<Boolean> two = log.acquireAsync(2, FOREVER);
    log.acquireAsync(0, FOREVER).cancel(true);
    assertFalse(two.isDone());
    assertEquals(1_000, log.peek(0).retryAfterNanos());
  }

  /** Another member had held up who stood behind: its charge there began later than the TAT. */
  @Test
  void waitBehindTheLineOfSeveral_afterTheFirstLeft_isThatOfThoseWhoMoveUp() {
    AllOf all = AllOf.of(
        Gcra.create(Rate.ofNanos(1, 10), 12, clock), Gcra.create(Rate.ofNanos(1, 1), 11, clock));
    all.tryAcquire(10);
    CompletableFuture<Boolean> first = all.acquireAsync(2, FOREVER);
    CompletableFuture<Boolean> second = all.acquireAsync(2, FOREVER);
    first.cancel(true);
    assertFalse(second.isDone());
    assertEquals(1, all.peek(0).retryAfterNanos());
  }

  /** Who takes the whole burst begins at a whole ns, and T is none. */
  @Test
  void resetBehindTheLine_afterTheFirstLeft_isExact() {
    Gcra gcra = Gcra.create(Rate.ofNanos(7, 11), 11, clock);
    gcra.tryAcquire(9);
    CompletableFuture<Boolean> first = gcra.acquireAsync(3, FOREVER);
    CompletableFuture<Boolean> all = gcra.acquireAsync(11, FOREVER);
    first.cancel(true);
    assertFalse(all.isDone());
    assertEquals(33, gcra.peek(0).resetAfterNanos()); // from 15 on, for 17 2/7 ns
  }

  /** The first in line was served between two members, and got back what it was charged. */
  @Test
  void refundOfSeveralMembers_isWholeBeforeTheLineIsServed() {
    Gcra empty = Gcra.create(Rate.ofNanos(1, 10), 2, clock);
    TokenBucket full = TokenBucket.create(Rate.ofNanos(1, 10), 2, clock);
    AllOf all = AllOf.of(empty, full);
    empty.tryAcquire(2);
    CompletableFuture<Boolean> waits = all.acquireAsync(2, FOREVER);
    all.refund(2);
    assertTrue(waits.getNow(false));
    assertEquals(20, full.peek(2).retryAfterNanos());
  }

  /** Whoever asked how long it takes got an exception, as all in line before it were refused then. */
  @Test
  void peekBehindALineThatIsRefusedMeanwhile_isAnswered() {
    Gcra gcra = Gcra.create(Rate.ofNanos(1, 1), 6, clock);
    Gate gate = Gate.builder(clock)
        .rate(gcra, 2)
        .concurrency(ConcurrencyLimiter.create(3))
        .build();
    Permit permit = gate.tryEnter();
    clock.set(1);
    CompletableFuture<Permit> all = gate.enterAsync(3, FOREVER);
    clock.set(5);
    CompletableFuture<Permit> first = gate.enterAsync(1, FOREVER);
    CompletableFuture<Permit> second = gate.enterAsync(1, Duration.ofNanos(1));
    permit.close();
    assertTrue(all.isDone());
    first.cancel(true);
    assertFalse(gate.peek(1).admitted());
    assertTrue(second.isDone(), "refused");
  }

  /** The model was wrong: it replayed a reservation at its price, of which a change had forgiven all. */
  @Test
  void receiptBehindAReservationThatAChangeForgave_givesBackAllOfItsOwn() {
    LimiterAndModel both =
        new LimiterAndModel(new Setup.OfGcra(Rate.ofNanos(1, 10), 2), 0, 0, Kernel::limiter);
    both.penalize(2);
    both.reserve(1, Decision.NEVER);
    both.change(new Setup.OfGcra(Rate.ofNanos(1, 1), 1), LevelPolicy.KEEP);
    both.awaitReservation(1, Decision.NEVER);
    both.close(1, 0);
    both.compare();
  }
}
