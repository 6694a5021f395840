package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/**
 * Threads that do at random all that can be done to a limiter, by a clock that stalls its readers: no
 * window holds more than its formula allows, and afterwards nothing is left charged and nobody waits.
 */
class StalledRaceTest {
  private static final int ROUNDS = Integer.getInteger("race.rounds", 300);
  private static final int THREADS = 4;
  private static final int CALLS = 25; // of each thread
  private static final long LONG = 10_000; // ns in which any of these limiters becomes fresh

  /** Permits that were admitted; its date may be known only when all is over. */
  private record Admission(LongSupplier date, long seen, AtomicLong kept) {}

  /** Permits that were given back as a gift at some reading of {@code from..to}. */
  private record Gift(long from, long to, long permits) {}

  /** A reservation that was granted, and what is recorded of it. */
  private record Granted(Reservation reservation, Admission admission) {}

  /** One limiter, and what happened to it. */
  private abstract static class Race<L extends WaitableLimiter> {
    final ManualClock time;
    final StallingClock clock;
    final Queue<Admission> admissions = new ConcurrentLinkedQueue<>();
    final Queue<Gift> gifts = new ConcurrentLinkedQueue<>();
    final Queue<CompletableFuture<Reservation>> futures = new ConcurrentLinkedQueue<>();
    L limiter;
    int mostPermits; // of a call

    Race(Random random) {
      time = ManualClock.startingAt(random.nextBoolean() ? 0 : Long.MAX_VALUE - 50); // wraps
      clock = new StallingClock(time);
    }

    /** Takes permits at the reading, and says at which they count; null: denied. */
    abstract Long take(long reading, long permits);

    /** The reading at which a reservation counts, once that is known for good. */
    abstract long date(Reservation reservation);

    /** The most permits of the readings {@code from..to}. */
    abstract long formula(long from, long to);

    abstract void giveOrPenalize(Random random, long permits);

    boolean settle(Reservation reservation, long actual) {
      return actual == 0 ? reservation.cancel() : reservation.settle(actual);
    }

    final Admission admit(LongSupplier date, long permits) {
      Admission admission = new Admission(date, time.nanoTime(), new AtomicLong(permits));
      admissions.add(admission);
      return admission;
    }

    private Granted admit(Reservation reservation) {
      return reservation.granted()
          ? new Granted(reservation, admit(() -> date(reservation), reservation.permits()))
          : null;
    }

    /** What one thread does. */
    final void run(Random random, boolean mayBlock) throws InterruptedException {
      List<CompletableFuture<Granted>> mine = new ArrayList<>();
      for (int call = 0; call < CALLS; call++) {
        if (random.nextInt(3) == 0) {
          time.advanceNanos(random.nextInt(6));
        }
        long permits = 1 + random.nextInt(mostPermits);
        int what = random.nextInt(12);
        if (what < 3) {
          Long date = take(clock.nanoTime(), permits);
          if (date != null) {
            admit(() -> date, permits);
          }
        } else if (what < 5) {
          mine.add(CompletableFuture.completedFuture(
              admit(limiter.reserveAt(clock.nanoTime(), permits, random.nextInt(30)))));
        } else if (what < 7) {
          CompletableFuture<Reservation> future =
              limiter.reserveAsync(permits, Duration.ofNanos(random.nextInt(40)));
          futures.add(future);
          mine.add(future.thenApply(this::admit));
          if (random.nextInt(4) == 0) {
            future.cancel(false);
          }
        } else if (what < 8 && mayBlock) {
          mine.add(CompletableFuture.completedFuture(
              admit(limiter.awaitReservation(permits, Duration.ofNanos(random.nextInt(20))))));
        } else if (what < 11) {
          settleOneOf(mine, random);
        } else {
          giveOrPenalize(random, permits);
        }
      }
    }

    private void settleOneOf(List<CompletableFuture<Granted>> mine, Random random) {
      if (mine.isEmpty()) {
        return;
      }
      CompletableFuture<Granted> one = mine.remove(random.nextInt(mine.size()));
      Granted granted = one.isCompletedExceptionally() ? null : one.getNow(null);
      if (granted != null) {
        long permits = granted.reservation.permits();
        long actual = random.nextBoolean() ? 0 : random.nextLong(permits + 1);
        assertTrue(settle(granted.reservation, actual), "nobody else has it");
        granted.admission.kept.set(actual);
      }
    }

    final void assertAllIsOver(long burst) {
      for (int i = 0; i < 60; i++) {
        time.advanceNanos(100);
      }
      for (CompletableFuture<Reservation> future : futures) {
        assertTrue(future.isDone(), "a future waits still");
      }
      assertEquals(0, limiter.waiters());
      assertFormula(); // as of the dates that are known now
      time.advanceNanos(LONG);
      Decision now = limiter.peek(1);
      assertEquals(burst, now.remaining(), "something is left charged");
      assertEquals(0, now.resetAfterNanos());
      assertEquals(0, time.sleepers(), "a timer is left");
    }

    private void assertFormula() {
      List<long[]> all = new ArrayList<>(); // date, permits, when it was seen
      for (Admission each : admissions) {
        if (each.kept.get() > 0) {
          long date = each.date.getAsLong();
          all.add(new long[] {date, each.kept.get(), Checks.later(date, each.seen)});
        }
      }
      all.sort(Comparator.comparingLong(each -> each[0] - all.get(0)[0]));
      for (int first = 0; first < all.size(); first++) {
        long from = all.get(first)[0];
        long sum = 0;
        long seen = from;
        for (int last = first; last < all.size(); last++) {
          long to = all.get(last)[0];
          sum += all.get(last)[1];
          seen = Checks.later(seen, all.get(last)[2]);
          long most = formula(from, to) + givenIn(from, seen);
          if (sum > most) {
            throw new AssertionError(
                sum + " permits from " + from + " to " + to + ", at most " + most);
          }
        }
      }
    }

    /** Permits that were given back between: a call whose reader stalled had those of after it, too. */
    private long givenIn(long from, long to) {
      return gifts.stream()
          .filter(gift -> gift.to - from >= 0 && to - gift.from >= 0)
          .mapToLong(Gift::permits)
          .sum();
    }
  }

  /** A limiter of one word: N permits at each ns, or at each multiple of P ns. */
  private static class WordRace extends Race<WordLimiter> {
    private static final long PERIOD = 3; // of steps, ns
    private static final long PER_STEP = 2; // permits

    final long burst;
    private final boolean steps;
    private final long anchor = time.nanoTime();

    WordRace(Random random, boolean steps) {
      super(random);
      this.steps = steps;
      this.burst = 1 + random.nextInt(6);
      this.mostPermits = (int) Math.min(3, burst);
      this.limiter = steps
          ? TokenBucket.stepwise(Rate.ofNanos(PER_STEP, PERIOD), burst, burst, anchor, clock)
          : Gcra.create(Rate.ofNanos(1, 1), burst, clock);
    }

    @Override
    Long take(long reading, long permits) {
      boolean admitted = permits % 2 == 0
          ? limiter.tryAcquireAt(reading, permits)
          : limiter.decideAt(reading, permits).admitted();
      return admitted ? reading : null;
    }

    @Override
    long date(Reservation reservation) {
      Ledger.Charge charge = ((WordReservation) reservation).charge();
      return charge.date + charge.end.debtNanosAt(charge.date);
    }

    /** Of steps, those that begin within the window. */
    @Override
    long formula(long from, long to) {
      return burst + (steps ? PER_STEP * (step(to) - step(from)) : to - from);
    }

    private long step(long reading) {
      return Math.floorDiv(reading - anchor, PERIOD);
    }

    @Override
    void giveOrPenalize(Random random, long permits) {
      if (random.nextInt(3) == 0) {
        long from = time.nanoTime();
        limiter.refund(permits);
        gifts.add(new Gift(from, time.nanoTime(), permits));
      } else {
        limiter.penalizeAt(clock.nanoTime(), random.nextInt(10));
      }
    }
  }

  /** A log of two windows. What was taken back counts as never admitted; what was not only denies. */
  private static final class LogRace extends Race<SlidingLog> {
    private final List<Rate> windows;

    LogRace(Random random) {
      super(random);
      this.windows =
          List.of(Rate.ofNanos(1 + random.nextInt(4), 3), Rate.ofNanos(2 + random.nextInt(6), 11));
      this.mostPermits =
          (int) Math.min(3, Math.min(windows.get(0).permits(), windows.get(1).permits()));
      this.limiter = SlidingLog.create(windows, clock);
    }

    private long burst() {
      return Math.min(windows.get(0).permits(), windows.get(1).permits());
    }

    @Override
    Long take(long reading, long permits) {
      long time = limiter.charge(reading, permits); // a stale reading counts as the newest entry
      return time == Member.REFUSED ? null : time;
    }

    @Override
    long date(Reservation reservation) {
      return ((LogReservation) reservation).time();
    }

    @Override
    long formula(long from, long to) {
      return windows.stream()
          .filter(window -> to - from < window.periodNanos())
          .mapToLong(Rate::permits)
          .min()
          .orElse(Long.MAX_VALUE / 2);
    }

    @Override
    void giveOrPenalize(Random random, long permits) {
      limiter.penalizeAt(clock.nanoTime(), random.nextInt(10));
    }
  }

  /** A Gcra and another limiter together. */
  private static final class JointRace extends Race<AllOf> {
    private final long burst;
    private final long anchor = time.nanoTime();
    private final boolean log;
    private final long perPeriod; // permits of the other

    JointRace(Random random) {
      super(random);
      this.burst = 1 + random.nextInt(6);
      this.log = random.nextBoolean();
      this.perPeriod = 1 + random.nextInt(4);
      this.mostPermits = (int) Math.min(3, burst());
      Rate rate = Rate.ofNanos(perPeriod, 3);
      this.limiter = AllOf.of(
          Gcra.create(Rate.ofNanos(1, 1), burst, clock),
          log ? SlidingLog.create(rate, clock) : TokenBucket.stepwise(rate, clock));
    }

    private long burst() {
      return Math.min(burst, perPeriod);
    }

    @Override
    Long take(long reading, long permits) {
      boolean admitted = permits % 2 == 0
          ? limiter.tryAcquireAt(reading, permits)
          : limiter.decideAt(reading, permits).admitted();
      return admitted ? reading : null;
    }

    @Override
    long date(Reservation reservation) {
      WordReservation part = (WordReservation) ((JointCharge) reservation).part(0);
      return part.charge().date;
    }

    /** What the stricter one admits; a reading that a log dates later says nothing of the log. */
    @Override
    long formula(long from, long to) {
      long own = burst + (to - from);
      long steps = Math.floorDiv(to - anchor, 3) - Math.floorDiv(from - anchor, 3);
      return log ? own : Math.min(own, perPeriod * (1 + steps));
    }

    @Override
    void giveOrPenalize(Random random, long permits) {
      limiter.penalizeAt(clock.nanoTime(), random.nextInt(10));
    }
  }

  private static <R extends Race<?>> void race(
      int threads, LongFunction<R> races, ToLongFunction<R> burst) throws Exception {
    for (long seed = 0; seed < ROUNDS; seed++) {
      R race = races.apply(seed);
      try {
        race.clock.oneIn = threads == 1 ? 0 : 2 + (int) (seed % 8);
        runAtOnce(race, threads, seed);
        race.clock.oneIn = 0;
        race.assertAllIsOver(burst.applyAsLong(race));
      } catch (AssertionError e) {
        throw new AssertionError(race.limiter + ", seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void runAtOnce(Race<?> race, int threads, long seed) throws Exception {
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Random random = new Random(seed * 31 + i);
      tasks.add(new FutureTask<>(() -> {
        race.run(random, threads > 1);
        return null;
      }));
    }
    if (threads == 1) {
      tasks.get(0).run();
    } else {
      tasks.forEach(task -> new Thread(task).start());
      while (!tasks.stream().allMatch(FutureTask::isDone)) {
        LockSupport.parkNanos(1_000_000);
        race.time.advanceNanos(10); // all of them may wait
      }
    }
    for (FutureTask<Void> task : tasks) {
      task.get();
    }
  }

  @Test
  void gcra_byOneThread_keepsItsFormulaAndNothingElse() throws Exception {
    race(1, seed -> new WordRace(new Random(seed), false), race -> race.burst);
  }

  @Test
  void gcra_byThreadsThatStall_keepsItsFormulaAndNothingElse() throws Exception {
    race(THREADS, seed -> new WordRace(new Random(seed), false), race -> race.burst);
  }

  @Test
  void stepwiseBucket_byOneThread_keepsItsFormulaAndNothingElse() throws Exception {
    race(1, seed -> new WordRace(new Random(seed), true), race -> race.burst);
  }

  @Test
  void stepwiseBucket_byThreadsThatStall_keepsItsFormulaAndNothingElse() throws Exception {
    race(THREADS, seed -> new WordRace(new Random(seed), true), race -> race.burst);
  }

  @Test
  void slidingLog_byOneThread_keepsItsFormulaAndNothingElse() throws Exception {
    race(1, seed -> new LogRace(new Random(seed)), LogRace::burst);
  }

  @Test
  void slidingLog_byThreadsThatStall_keepsItsFormulaAndNothingElse() throws Exception {
    race(THREADS, seed -> new LogRace(new Random(seed)), LogRace::burst);
  }

  @Test
  void several_byOneThread_keepTheirFormulasAndNothingElse() throws Exception {
    race(1, seed -> new JointRace(new Random(seed)), JointRace::burst);
  }

  @Test
  void several_byThreadsThatStall_keepTheirFormulasAndNothingElse() throws Exception {
    race(THREADS, seed -> new JointRace(new Random(seed)), JointRace::burst);
  }

  /** Gives back by gifts what receipts say: so what time has restored comes back twice. */
  private static final class GiftRace extends WordRace {
    GiftRace(Random random) {
      super(random, false);
    }

    @Override
    boolean settle(Reservation reservation, long actual) {
      return limiter.refund(reservation.permits() - actual);
    }
  }

  @Test
  void gcra_whoseReceiptsAreGivenBackAsGifts_isCaught() {
    for (int threads : new int[] {1, THREADS}) {
      AssertionError caught = assertThrows(
          AssertionError.class,
          () -> race(threads, seed -> new GiftRace(new Random(seed)), race -> race.burst));
      assertTrue(caught.getMessage().contains("at most"), caught::getMessage);
    }
  }
}
