package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A {@link ConcurrencyLimiter} in striped form. */
class StripedPermitsTest {
  private static final int STRIPES = 4;
  private static final int THREADS = 4;
  private static final int CALLS = 50_000;
  private static final int MAX_WEIGHT = 3;
  private static final Duration FOREVER = Duration.ofDays(100_000);

  private interface Take {
    boolean take(long permits) throws Exception;
  }

  private static ConcurrencyLimiter striped(int limit) {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(limit).striped(STRIPES);
    limiter.stripe();
    return limiter;
  }

  /** Threads take 1 to 3 permits and give them back; answers how many calls were admitted. */
  private static int race(ConcurrencyLimiter limiter, int limit, Take take) throws Exception {
    AtomicInteger held = new AtomicInteger();
    CyclicBarrier start = new CyclicBarrier(THREADS);
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Integer>> results = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int first = thread;
        results.add(pool.submit(() -> {
          start.await();
          int admitted = 0;
          for (int i = first; i < first + CALLS; i++) {
            int permits = i % MAX_WEIGHT + 1;
            if (take.take(permits)) {
              admitted++;
              int now = held.addAndGet(permits);
              held.addAndGet(-permits);
              limiter.release(permits);
              assertTrue(now <= limit, () -> now + " held of " + limit);
            }
          }
          return admitted;
        }));
      }
      int sum = 0;
      for (Future<Integer> result : results) {
        sum += result.get();
      }
      assertEquals(0, limiter.inFlight());
      assertTrue(limiter.tryAcquire(limit), "all are free at the end");
      return sum;
    } finally {
      pool.shutdown();
    }
  }

  /** More permits than all threads can hold: whoever asks finds its own free for the whole call. */
  @Test
  void tryAcquire_ofWhatIsFreeForTheWholeCall_isNeverDenied() throws Exception {
    int limit = THREADS * MAX_WEIGHT;
    ConcurrencyLimiter limiter = striped(limit);
    assertEquals(THREADS * CALLS, race(limiter, limit, limiter::tryAcquire));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8, 9})
  void manyThreads_neverHoldMoreThanTheLimit(int limit) throws Exception {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(limit).striped(STRIPES);
    race(limiter, limit, limiter::tryAcquire);
  }

  @Test
  void manyThreads_thatWait_areAllServed() throws Exception {
    ConcurrencyLimiter limiter = striped(8);
    assertEquals(
        THREADS * CALLS, race(limiter, 8, permits -> limiter.tryAcquire(permits, FOREVER)));
  }

  @Test
  void striped_saysWhereItsPermitsAre() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(8).striped(STRIPES);
    assertEquals("ConcurrencyLimiter[0 of 8 in flight, one word]", limiter.toString());
    assertTrue(limiter.tryAcquire(3));
    limiter.stripe();
    assertEquals("ConcurrencyLimiter[3 of 8 in flight, 4 stripes]", limiter.toString());
    assertTrue(limiter.tryAcquire(4));
    assertEquals("ConcurrencyLimiter[7 of 8 in flight, one word]", limiter.toString());
    assertEquals(
        "release: 8 permits (expected: <= 7 in flight)",
        assertThrows(IllegalStateException.class, () -> limiter.release(8)).getMessage());
    assertEquals(1, limiter.available());
  }

  @Test
  void striped_withFewPermitsForEachStripe_staysOneWord() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(7).striped(STRIPES);
    limiter.stripe();
    assertEquals("ConcurrencyLimiter[0 of 7 in flight, one word]", limiter.toString());
    assertTrue(limiter.tryAcquire(7));
    assertFalse(limiter.tryAcquire());
  }

  @Test
  void striped_withoutAFreePermitForEachStripe_staysOneWord() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(8).striped(STRIPES);
    assertTrue(limiter.tryAcquire(5));
    limiter.stripe();
    assertEquals("ConcurrencyLimiter[5 of 8 in flight, one word]", limiter.toString());
    limiter.release();
    limiter.stripe();
    assertEquals("ConcurrencyLimiter[4 of 8 in flight, 4 stripes]", limiter.toString());
  }

  @Test
  void decisions_ofStripedPermits_countWhatIsLeft() {
    ConcurrencyLimiter limiter = striped(8);
    Gate gate = Gate.builder(ManualClock.create()).concurrency(limiter, 2).build();
    Permit two = limiter.tryEnter(2);
    assertEquals(Decision.admitted(6, 0), two.decision());
    assertEquals(3, gate.peek(1).remaining());
    Permit six = gate.tryEnter(3);
    assertEquals(Decision.admitted(0, 0), six.decision());
    assertEquals(Decision.denied(0, Decision.NEVER, 0, 0), gate.tryEnter().decision());
    two.close();
    assertTrue(gate.peek(1).admitted());
    limiter.limit(4);
    assertEquals(Decision.denied(0, Decision.NEVER, 0, 0), limiter.tryEnter().decision());
    six.close();
    assertEquals(4, limiter.available());
  }

  /** However many move permits meanwhile, a reader comes to an answer. */
  @Test
  void inFlight_whileOthersMovePermits_isNeverMoreThanTheyHold() throws Exception {
    ConcurrencyLimiter limiter = striped(16);
    CyclicBarrier start = new CyclicBarrier(THREADS);
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Integer>> movers = new ArrayList<>();
      for (int thread = 1; thread < THREADS; thread++) {
        movers.add(pool.submit(() -> {
          start.await();
          for (int i = 0; i < CALLS; i++) {
            assertTrue(limiter.tryAcquire());
            limiter.release();
          }
          return 0;
        }));
      }
      start.await();
      for (int i = 0; i < CALLS; i++) {
        int inFlight = limiter.inFlight();
        assertTrue(inFlight < THREADS, () -> inFlight + " in flight");
      }
      for (Future<Integer> mover : movers) {
        mover.get();
      }
      assertEquals(0, limiter.inFlight());
    } finally {
      pool.shutdown();
    }
  }

  /** As when callers collide in one word, or find no stripe with enough. */
  @Test
  void replace_spreadsWhatSuitsStripes_andPutsThemTogetherAgain() {
    StripedPermits permits = new StripedPermits(STRIPES);
    assertEquals("one word", permits.toString());
    permits.open(8L << 32 | 4);
    assertEquals("4 stripes", permits.toString());
    permits.replace();
    assertEquals("one word", permits.toString());
    permits.replace();
    assertEquals("4 stripes", permits.toString());
    assertTrue(permits.tryAcquire(0, 1));
    permits.replace();
    permits.replace();
    assertEquals("one word", permits.toString(), "3 free permits");
    assertEquals(8L << 32 | 5, permits.word());
  }

  @Test
  void stripedAgain_keepsWhatIsHeld() {
    ConcurrencyLimiter limiter = striped(8);
    assertTrue(limiter.tryAcquire(2));
    assertEquals(6, limiter.striped(STRIPES).available());
  }

  @Test
  void limit_loweredBelowWhatIsHeld_admitsNoneUntilEnoughIsGivenBack() {
    ConcurrencyLimiter limiter = striped(8);
    assertTrue(limiter.tryAcquire(7));
    assertEquals(8, limiter.limit(4));
    assertEquals(7, limiter.inFlight());
    assertEquals(0, limiter.available());
    limiter.release(3);
    assertFalse(limiter.tryAcquire());
    limiter.release(1);
    assertTrue(limiter.tryAcquire());
    assertEquals(4, limiter.limit(100));
    assertEquals(96, limiter.available());
  }
}
