package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jctools.queues.SpscUnboundedArrayQueue;
import org.junit.jupiter.api.Test;

/**
 * All cores call one limiter by the real clock, each thread keeps what it was told in a queue of its
 * own, and afterwards the histories are merged and held to the exact rules, in linear time. What a
 * limiter says tells the word that it saw: so the order of admissions need not be recorded, which
 * would order the threads and hide races.
 *
 * <p>{@code -Dstress.calls=N} makes N calls in all; {@code -Pdeep} makes 10^9.
 */
class DeepStressTest {
  private static final long CALLS = Long.getLong("stress.calls", 2_000_000);
  private static final long SEED = Long.getLong("stress.seed", 20_261_122);
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());
  private static final int CALLS_A_THREAD = (1 << 17) / THREADS; // in one round
  private static final int CANARY_ROUNDS = 2_000;

  /** A call and its answer; {@code at} in ns since the limiter was created. */
  private record Seen(long at, long permits, Decision said) {}

  /** Permits held for sure: {@code from} was read after they were admitted, {@code to} before release. */
  private record Held(int thread, long from, long to, long permits) {}

  private interface Limiter {
    Decision decideAt(long reading, long permits);
  }

  private interface Pool {
    boolean tryAcquire(long permits);

    void release(long permits);
  }

  /** Plays rounds of {@code calls} calls in all, and says what was made. */
  private static void rounds(String name, long calls, ToLongFunction<Long> round) {
    long made = 0;
    long admitted = 0;
    long seed = SEED;
    for (; made < calls; made += (long) CALLS_A_THREAD * THREADS) {
      admitted += round.applyAsLong(seed++);
    }
    System.out.println(name + ": " + made + " calls, " + admitted + " admitted, " + THREADS
        + " threads, seeds " + SEED + ".." + (seed - 1));
  }

  /** A round that finds fault before there were too many of them. */
  private static void assertCaught(ToLongFunction<Long> round) {
    assertThrows(AssertionError.class, () -> {
      for (long seed = SEED; seed < SEED + CANARY_ROUNDS; seed++) {
        round.applyAsLong(seed);
      }
    });
  }

  /** A queue for each thread: adding to it orders that thread with nobody but its reader. */
  private static <T> List<Queue<T>> queues() {
    List<Queue<T>> queues = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      queues.add(new SpscUnboundedArrayQueue<>(1 << 12));
    }
    return queues;
  }

  /** What is in the queues that {@code filter} lets pass, and nothing in them any more. */
  private static <T, R> List<Queue<R>> drained(List<Queue<T>> queues, Function<T, R> filter) {
    List<Queue<R>> drained = new ArrayList<>();
    for (Queue<T> queue : queues) {
      Queue<R> kept = new ArrayDeque<>();
      for (T each = queue.poll(); each != null; each = queue.poll()) {
        R passed = filter.apply(each);
        if (passed != null) {
          kept.add(passed);
        }
      }
      drained.add(kept);
    }
    return drained;
  }

  private static Seen admitted(Seen seen) {
    return seen.said.admitted() ? seen : null;
  }

  /**
   * What {@link #THREADS} threads are told whose clock runs {@code 2^shift} times as fast as the real
   * one, and stands still at {@code most}.
   */
  private static List<Queue<Seen>> play(
      Limiter limiter, long origin, int shift, long most, long seed) {
    List<Queue<Seen>> histories = queues();
    long begin = System.nanoTime();
    ConcurrencyTest.race(THREADS, thread -> {
      Queue<Seen> history = histories.get(thread);
      SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
      for (int i = 0; i < CALLS_A_THREAD; i++) {
        long at = Math.min(System.nanoTime() - begin, most >> shift) << shift;
        long permits = random.nextInt(1, 5);
        history.add(new Seen(at, permits, limiter.decideAt(origin + at, permits)));
      }
      return 0;
    });
    return histories;
  }

  /** Takes the heads of the queues in the order of {@code key}; each queue is in that order. */
  private static <T> long merge(
      List<Queue<T>> queues, ToLongFunction<T> key, ToLongFunction<T> tie, Consumer<T> check) {
    long taken = 0;
    while (true) {
      Queue<T> least = null;
      for (Queue<T> queue : queues) {
        T head = queue.peek();
        if (head == null) {
          continue;
        }
        long order =
            least == null ? -1 : Long.compare(key.applyAsLong(head), key.applyAsLong(least.peek()));
        if (order < 0 || order == 0 && tie.applyAsLong(head) < tie.applyAsLong(least.peek())) {
          least = queue;
        }
      }
      if (least == null) {
        return taken;
      }
      check.accept(least.remove());
      taken++;
    }
  }

  private static void require(boolean holds, Object... what) {
    if (!holds) {
      throw new AssertionError(List.of(what).toString());
    }
  }

  // Stripes. A spend reads no clock, so a call is between two readings of its thread; and calls
  // that
  // took less than SLACK, taken at the first of them, have to pass a Gcra that is a SLACK ahead.

  private static final long SLACK = 10_000; // ns
  private static final Rate STRIPED_RATE = Rate.perSecond(4_000_000);
  private static final long STRIPED_BURST = 1_024; // a quarter of it is leased

  /** An admission: after the reading {@code from}, before {@code from + took}. */
  private record Spent(long from, long took, long permits) {}

  private static long stripedRound(Function<Rate, RateLimiter> factory, long seed) {
    RateLimiter limiter = factory.apply(STRIPED_RATE);
    List<Queue<Spent>> histories = queues();
    long begin = System.nanoTime();
    ConcurrencyTest.race(THREADS, thread -> {
      SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
      for (int i = 0; i < CALLS_A_THREAD; i++) {
        long permits = random.nextInt(20) == 0 ? random.nextInt(1, 400) : random.nextInt(1, 4);
        long from = System.nanoTime();
        if (limiter.tryAcquire(permits)) {
          histories.get(thread).add(new Spent(from - begin, System.nanoTime() - from, permits));
        }
      }
      return 0;
    });
    long[] quick = {0};
    List<Queue<Spent>> timely = drained(histories, spent -> spent.took < SLACK ? spent : null);
    timely.forEach(queue -> quick[0] += queue.size());
    long interval = STRIPED_RATE.periodNanos() / STRIPED_RATE.permits();
    long[] tat = {Long.MIN_VALUE / 2};
    long slack = STRIPED_BURST * interval + SLACK;
    merge(timely, Spent::from, spent -> 0, spent -> {
      tat[0] = Math.max(tat[0], spent.from) + spent.permits * interval;
      require(tat[0] - spent.from <= slack, spent, "TAT", tat[0]);
    });
    return quick[0];
  }

  @Test
  void striped_byItsWholeHistory_keepsTheFormula() {
    rounds(
        "StripedLimiter",
        CALLS,
        seed -> stripedRound(
            rate -> Gcra.create(rate, STRIPED_BURST, NanoClock.system()).striped(), seed));
  }

  /** A quarter of the burst is leased on top of the burst. */
  @Test
  void stripesOnTopOfTheBurst_areCaught() {
    assertCaught(seed -> stripedRound(
        rate -> Gcra.create(rate, STRIPED_BURST / 4 * 5, NanoClock.system()).striped(), seed));
  }

  // Gcra. Its word only grows, and every answer tells it. So the answers of all threads, in the
  // order of the words that they saw, have to be those of one thread.

  private static final int GCRA_SHIFT = 36;
  private static final long INTERVAL = 200L << GCRA_SHIFT; // T, ns
  private static final long BURST = 10;
  private static final long SPAN = 1L << 62; // some 16 horizons, across the wrap-around

  private static long gcraRound(ToSubject factory, long seed) {
    long origin = Long.MAX_VALUE - (SPAN >> 3);
    Limiter limiter = factory.create(GcraMath.of(Rate.ofNanos(1, INTERVAL), BURST), origin);
    List<Queue<Seen>> histories =
        drained(play(limiter, origin, GCRA_SHIFT, SPAN, seed), seen -> seen);
    List<Queue<Seen>> all = new ArrayList<>();
    histories.forEach(each -> all.add(new ArrayDeque<>(each)));
    List<Queue<Seen>> admissions = drained(all, DeepStressTest::admitted);
    long[] tat = {-1};
    merge(histories, DeepStressTest::tat, seen -> seen.said.admitted() ? 0 : 1, seen -> {
      long next = Math.max(tat[0], seen.at) + seen.permits * INTERVAL;
      if (seen.said.admitted()) {
        require(next == tat(seen), seen, "expected TAT", next, "told", tat(seen));
        tat[0] = next;
      }
      require(
          tat[0] == tat(seen) || isOutOfRange(seen, tat[0]),
          seen,
          "TAT",
          tat[0],
          "told",
          tat(seen));
      require(seen.said.admitted() == (next - seen.at <= BURST * INTERVAL), seen, "TAT", tat[0]);
    });
    return formula(admissions);
  }

  /**
   * Whether a thread stalled for so long that the origin moved more than a horizon past its reading:
   * then a TAT from before that counts as the oldest word of the new origin, and denies longer. That
   * is what Gcra says of readings so old.
   */
  private static boolean isOutOfRange(Seen seen, long tat) {
    long origin = tat(seen) - GcraMath.FRESH - 1;
    return !seen.said.admitted()
        && tat < tat(seen)
        && origin % (1L << GCRA_SHIFT) == 0
        && origin - seen.at > GcraMath.of(Rate.ofNanos(1, INTERVAL), BURST).horizonNanos();
  }

  /** The TAT in ns that an answer tells. */
  private static long tat(Seen seen) {
    return seen.said.admitted()
        ? seen.at + seen.said.resetAfterNanos()
        : seen.at + seen.said.retryAfterNanos() + (BURST - seen.permits) * INTERVAL;
  }

  /** In any interval of length w at most B + floor(w*N/P) permits are admitted. */
  private static long formula(List<Queue<Seen>> admissions) {
    long[] sum = {0};
    long[] least = {Long.MAX_VALUE}; // of sum * T - t before an admission
    return merge(admissions, Seen::at, seen -> 0, seen -> {
      least[0] = Math.min(least[0], sum[0] * INTERVAL - seen.at);
      sum[0] += seen.permits;
      require(sum[0] * INTERVAL - seen.at - least[0] <= BURST * INTERVAL, seen, "formula");
    });
  }

  private interface ToSubject {
    Limiter create(GcraMath math, long origin);
  }

  private static Limiter gcra(GcraMath math, long origin) {
    Gcra gcra = Gcra.create(math, ManualClock.startingAt(origin));
    return gcra::decideAt;
  }

  /** Reads, decides, then writes whatever has happened in between. */
  private static final class ReadThenWrite implements Limiter {
    private final GcraMath math;
    private final long origin;
    private volatile long tat = GcraMath.FRESH;

    ReadThenWrite(GcraMath math, long origin) {
      this.math = math;
      this.origin = origin;
    }

    @Override
    public Decision decideAt(long reading, long permits) {
      long nanos = reading - origin;
      long seen = tat;
      long next = math.next(seen, nanos, permits);
      if (next == GcraMath.DENIED) {
        return new Decision(false, 0, math.retryAfterNanos(seen, nanos, permits), 0, 0);
      }
      if (next == GcraMath.REBASE) {
        return new Decision(false, 0, 1, 0, 0); // wrong as well, and seldom
      }
      tat = next;
      return new Decision(true, 0, 0, math.resetAfterNanos(next, nanos), -1);
    }
  }

  @Test
  void gcra_byItsWholeHistory_isOneThread() {
    rounds("Gcra", CALLS / 2, seed -> gcraRound(DeepStressTest::gcra, seed));
  }

  @Test
  void readThenWrite_isCaught() {
    assertCaught(seed -> gcraRound(ReadThenWrite::new, seed));
  }

  // SlidingLog. An admission tells its date; in the order of dates every window holds its N.

  private static final List<Rate> WINDOWS =
      List.of(Rate.ofNanos(50, 10_000), Rate.ofNanos(2_000, 1_000_000));

  private static long logRound(Supplier<Limiter> factory, long seed) {
    List<Queue<Seen>> admissions =
        drained(play(factory.get(), 0, 0, Long.MAX_VALUE, seed), DeepStressTest::admitted);
    int most = (int) WINDOWS.get(1).permits();
    long[] ring = new long[most]; // dates of the newest permits
    long[] count = {0};
    return merge(admissions, DeepStressTest::date, seen -> 0, seen -> {
      require(date(seen) >= seen.at, seen, "dated", date(seen));
      for (long k = 0; k < seen.permits; k++) {
        for (Rate window : WINDOWS) {
          long back = count[0] - window.permits(); // this many permits ago has left the window
          require(
              back < 0 || date(seen) - ring[(int) (back % most)] >= window.periodNanos(),
              seen,
              "more than",
              window);
        }
        ring[(int) (count[0]++ % most)] = date(seen);
      }
    });
  }

  /** When an admission entered the log, in ns: reset is when the longest window lets it go. */
  private static long date(Seen seen) {
    return seen.at + seen.said.resetAfterNanos() - WINDOWS.get(1).periodNanos();
  }

  /** A log of dates that is read, and then written. */
  private static final class UnguardedLog implements Limiter {
    private final long[] ring = new long[(int) WINDOWS.get(1).permits()];
    private volatile long count;

    @Override
    public Decision decideAt(long reading, long permits) {
      long seen = count;
      for (Rate window : WINDOWS) {
        long back = seen + permits - 1 - window.permits();
        if (back >= 0 && reading - ring[(int) (back % ring.length)] < window.periodNanos()) {
          return new Decision(false, 0, 1, 1, 0);
        }
      }
      for (long k = 0; k < permits; k++) {
        ring[(int) ((seen + k) % ring.length)] = reading;
      }
      count = seen + permits;
      return new Decision(true, 0, 0, WINDOWS.get(1).periodNanos(), -1);
    }
  }

  @Test
  void slidingLog_byItsWholeHistory_keepsEveryWindow() {
    rounds(
        "SlidingLog",
        CALLS / 4,
        seed -> logRound(() -> SlidingLog.create(WINDOWS, ManualClock.create())::decideAt, seed));
  }

  @Test
  void unguardedLog_isCaught() {
    assertCaught(seed -> logRound(UnguardedLog::new, seed));
  }

  // ConcurrencyLimiter. What threads held for sure at one time never exceeds the limit.

  private static final long LIMIT = 2L * THREADS;

  private static long poolRound(Pool pool, long seed) {
    List<Queue<Held>> histories = queues();
    long admitted = ConcurrencyTest.race(THREADS, thread -> {
      Queue<Held> history = histories.get(thread);
      SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
      for (int i = 0; i < CALLS_A_THREAD; i++) {
        long permits = random.nextInt(1, 5);
        if (pool.tryAcquire(permits)) {
          long from = System.nanoTime();
          long to = System.nanoTime();
          history.add(new Held(thread, from, to, permits));
          pool.release(permits);
        }
      }
      return history.size();
    });
    // A thread holds one after the other: so at any moment the last that each thread has taken is
    // all
    // that it may hold.
    Held[] current = new Held[THREADS];
    merge(drained(histories, each -> each), Held::from, each -> 0, each -> {
      current[each.thread] = each;
      long sum = 0;
      for (Held held : current) {
        sum += held != null && held.to >= each.from ? held.permits : 0;
      }
      require(sum <= LIMIT, each, sum + " held at once");
    });
    return admitted;
  }

  private static long concurrencyRound(long seed) {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create((int) LIMIT);
    long admitted = poolRound(
        new Pool() {
          @Override
          public boolean tryAcquire(long permits) {
            return limiter.tryAcquire(permits);
          }

          @Override
          public void release(long permits) {
            limiter.release(permits);
          }
        },
        seed);
    assertEquals(0, limiter.inFlight());
    return admitted;
  }

  /** Releases by reading, then writing: one of two at once is lost. */
  private static long lostReleaseRound(long seed) {
    LostRelease pool = new LostRelease();
    long admitted = poolRound(pool, seed);
    assertEquals(0, pool.inFlight);
    return admitted;
  }

  private static final class LostRelease implements Pool {
    private volatile long inFlight;

    @Override
    public boolean tryAcquire(long permits) {
      long seen = inFlight;
      if (seen + permits > LIMIT) {
        return false;
      }
      inFlight = seen + permits;
      return true;
    }

    @Override
    public void release(long permits) {
      long seen = inFlight;
      inFlight = seen - permits;
    }
  }

  @Test
  void concurrencyLimiter_byItsWholeHistory_neverExceedsItsLimit() {
    rounds("ConcurrencyLimiter", CALLS / 4, DeepStressTest::concurrencyRound);
  }

  @Test
  void lostRelease_isCaught() {
    assertCaught(DeepStressTest::lostReleaseRound);
  }
}
