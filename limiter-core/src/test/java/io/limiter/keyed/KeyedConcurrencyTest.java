package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** While the clock stands still, exactly the burst is admitted, whatever happens to the tables. */
class KeyedConcurrencyTest {
  private static final int HOT_KEYS = 3;
  private static final int BURST = 20_000;

  /** What is called, and what disturbs it meanwhile. */
  interface Subject {
    boolean tryAcquire(int key);

    void disturb(int round);
  }

  /** The admissions of each hot key: two threads call until both were denied everything. */
  private static long[] saturate(Subject subject) throws InterruptedException {
    AtomicLongArray admitted = new AtomicLongArray(HOT_KEYS);
    for (int key = 0; key < HOT_KEYS; key++) {
      admitted.set(key, subject.tryAcquire(key) ? 1 : 0); // known, so there is always room for it
    }
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int n = 0; n < 2; n++) {
      threads.add(new Thread(() -> {
        awaitQuietly(start);
        for (int key = 0; key < HOT_KEYS; key++) {
          int denied = 0;
          for (int call = 0; denied < 50; call++) {
            if (call % 64 == 0) {
              Thread.yield(); // to the disturber, if there are fewer processors than threads
            }
            if (subject.tryAcquire(key)) {
              admitted.incrementAndGet(key);
              denied = 0;
            } else {
              denied++;
            }
          }
        }
      }));
    }
    Thread disturber = new Thread(() -> {
      for (int round = 0; !done.get(); round++) {
        subject.disturb(round);
        start.countDown();
      }
    });
    for (Thread thread : threads) {
      thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
      thread.start();
    }
    disturber.setUncaughtExceptionHandler((t, e) -> failure.set(e));
    disturber.start();
    for (Thread thread : threads) {
      thread.join();
    }
    done.set(true);
    disturber.join();
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
    long[] all = new long[HOT_KEYS];
    for (int key = 0; key < HOT_KEYS; key++) {
      all[key] = admitted.get(key);
      while (subject.tryAcquire(key)) {
        all[key]++;
      }
    }
    return all;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A call that runs while its key is changed may be counted twice: see AllOf. */
  private static void assertNotMoreAndHardlyLess(Subject subject) throws InterruptedException {
    for (long admitted : saturate(subject)) {
      assertTrue(BURST * 99 / 100 < admitted && admitted <= BURST, "admitted: " + admitted);
    }
  }

  private static void assertExact(Subject subject) throws InterruptedException {
    for (long admitted : saturate(subject)) {
      assertEquals(BURST, admitted);
    }
  }

  private static KeyedLimiter<Integer> limiter(String limits, int maxKeys) {
    return KeyedLimiter.<Integer>builder(Limits.parse(limits), ManualClock.startingAt(-1))
        .maxKeys(maxKeys)
        .build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "20000/hour",
        "20000/hour, 30000/day",
        "90000/day, 20000/hour, 30000/2 hours fixed-window",
        "20000/hour sliding-log"
      })
  void whileTablesGrow_noAdmissionIsLostOrDoubled(String limits) throws InterruptedException {
    KeyedLimiter<Integer> limiter = limiter(limits, 20_000);
    assertExact(new Subject() {
      @Override
      public boolean tryAcquire(int key) {
        return limiter.tryAcquire(key);
      }

      @Override
      public void disturb(int round) {
        limiter.tryAcquire(1000 + round % 15_000);
        if (round % 16 == 0) {
          limiter.forget(1000 + round / 16 * 7 % 15_000);
        }
      }
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"20000/hour", "20000/hour, 30000/day", "20000/hour sliding-log"})
  void whileOthersAreOverridden_noAdmissionIsLostOrDoubled(String limits)
      throws InterruptedException {
    KeyedLimiter<Integer> limiter = limiter(limits, 20_000);
    assertExact(new Subject() {
      @Override
      public boolean tryAcquire(int key) {
        return limiter.tryAcquire(key);
      }

      @Override
      public void disturb(int round) {
        limiter.override(1000 + round % 50, Limits.parse("5/hour"));
        limiter.forget(1000 + (round + 10) % 50);
        limiter.clearOverride(1000 + (round + 25) % 50);
      }
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"20000/hour", "20000/hour sliding-log"})
  void whileTheKeyIsOverridden_noAdmissionIsDoubled(String limits) throws InterruptedException {
    KeyedLimiter<Integer> limiter = limiter(limits, 1000);
    Limits[] same = {Limits.parse(limits), Limits.parse("40000/hour burst 20000")};
    assertNotMoreAndHardlyLess(new Subject() {
      @Override
      public boolean tryAcquire(int key) {
        return limiter.tryAcquire(key);
      }

      @Override
      public void disturb(int round) {
        limiter.override(round % HOT_KEYS, same[round / HOT_KEYS % 2]);
        limiter.clearOverride((round + 1) % HOT_KEYS);
      }
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"20000/hour, 30000/day", "20000/day, 90000/hour, 20000/2 days"})
  void whileTheKeyIsOverridden_severalRates_neverAdmitMore(String limits)
      throws InterruptedException {
    KeyedLimiter<Integer> limiter = limiter(limits, 1000);
    Limits other = Limits.parse("40000/hour burst 20000, 50000/day burst 30000");
    long[] all = saturate(new Subject() {
      @Override
      public boolean tryAcquire(int key) {
        return limiter.tryAcquire(key);
      }

      @Override
      public void disturb(int round) {
        limiter.override(round % HOT_KEYS, other);
        limiter.clearOverride(round % HOT_KEYS);
      }
    });
    for (long admitted : all) {
      assertTrue(0 < admitted && admitted <= BURST, "admitted: " + admitted);
    }
  }

  /** What two threads do at once, and what has to hold once both are done. */
  interface Duel {
    void one();

    void other();

    void check();
  }

  private static final int DUELS = 3_000;

  /** The threads do not sleep between duels, so that they meet within some ns. */
  private static void fight(Supplier<Duel> duels) throws InterruptedException {
    AtomicInteger arrived = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Duel[] duel = new Duel[1]; // written and read on either side of a meeting
    Thread thread = new Thread(() -> {
      for (int i = 1; i <= DUELS && meet(arrived, 4 * i - 2, failure); i++) {
        duel[0].other();
        meet(arrived, 4 * i, failure);
      }
    });
    thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
    thread.start();
    try {
      for (int i = 1; i <= DUELS && failure.get() == null; i++) {
        duel[0] = duels.get();
        meet(arrived, 4 * i - 2, failure);
        duel[0].one();
        if (meet(arrived, 4 * i, failure)) {
          duel[0].check();
        }
      }
    } catch (RuntimeException | Error e) {
      failure.set(e);
    }
    thread.join();
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }

  /** False if the other failed. */
  private static boolean meet(AtomicInteger arrived, int both, AtomicReference<Throwable> failure) {
    arrived.incrementAndGet();
    for (int spins = 1; arrived.get() < both && failure.get() == null; spins++) {
      if (spins % 64 == 0) {
        Thread.yield(); // the other may have no processor
      }
    }
    return failure.get() == null;
  }

  /** One thread brings the key 1, another the other key. */
  private abstract static class FirstUses implements Duel {
    final KeyedLimiter<Integer> limiter;
    final Permit[] permits = new Permit[2];
    private final int otherKey;

    FirstUses(String limits, int otherKey) {
      this.limiter = ofOnePermit(limits, ManualClock.create());
      this.otherKey = otherKey;
    }

    @Override
    public void one() {
      permits[0] = limiter.tryEnter(1);
    }

    @Override
    public void other() {
      permits[1] = limiter.tryEnter(otherKey);
    }
  }

  private static KeyedLimiter<Integer> ofOnePermit(String limits, ManualClock clock) {
    return KeyedLimiter.<Integer>builder(Limits.parse(limits), clock)
        .maxKeys(10)
        .hasher(key -> 7) // all look for the same place
        .build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1/hour", "1/hour, 1/day", "1/hour sliding-log", "1 concurrent"})
  void firstUseByTwoThreads_makesOneLimiter(String limits) throws InterruptedException {
    fight(() -> new FirstUses(limits, 1) {
      @Override
      public void check() {
        assertTrue(permits[0].granted() != permits[1].granted());
        assertFalse(limiter.tryEnter(1).granted());
        assertEquals(1, limiter.size());
      }
    });
  }

  /** The mutant: a map that is asked first and then told. */
  @Test
  void canary_limiterMadeByEachWhoFindsNone_isCaught() {
    assertThrows(
        AssertionError.class,
        () -> fight(() -> new Duel() {
          final Map<Integer, Gcra> limiters = new ConcurrentHashMap<>();
          final boolean[] admitted = new boolean[2];

          private boolean tryAcquire() {
            Gcra limiter = limiters.get(1);
            if (limiter == null) {
              Thread.yield();
              limiter = Gcra.create(Rate.perHour(1), ManualClock.create());
              limiters.put(1, limiter);
            }
            return limiter.tryAcquire();
          }

          @Override
          public void one() {
            admitted[0] = tryAcquire();
          }

          @Override
          public void other() {
            admitted[1] = tryAcquire();
          }

          @Override
          public void check() {
            assertTrue(admitted[0] != admitted[1]);
          }
        }));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1/hour", "1/hour, 1/day", "1/hour sliding-log", "1 concurrent"})
  void firstUsesOfTwoKeys_makeTwoLimiters(String limits) throws InterruptedException {
    fight(() -> new FirstUses(limits, 2) {
      @Override
      public void check() {
        assertTrue(permits[0].granted() && permits[1].granted());
        assertFalse(limiter.tryEnter(1).granted() || limiter.tryEnter(2).granted());
        assertEquals(2, limiter.size());
      }
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"1/hour", "1/hour, 1/day", "1/hour sliding-log", "1 concurrent"})
  void chargeOfAFreshKeyWhileItIsForgotten_isRemembered(String limits) throws InterruptedException {
    Limits own = Limits.parse("2/hour");
    fight(() -> {
      ManualClock clock = ManualClock.create();
      KeyedLimiter<Integer> limiter = ofOnePermit(limits, clock);
      limiter.tryEnter(1).close();
      clock.advance(Duration.ofDays(1));
      return new Duel() {
        private Permit permit;

        @Override
        public void one() {
          permit = limiter.tryEnter(1);
        }

        @Override
        public void other() {
          limiter.override(2, own); // replaces the table
        }

        @Override
        public void check() {
          assertTrue(permit.granted());
          assertFalse(limiter.tryEnter(1).granted());
        }
      };
    });
  }

  /** Two rates, of which the first has FIRST permits and the second one permit a us. */
  interface TwoRates {
    int FIRST = 10_000_000;

    boolean tryAcquire();

    /** What is left of the first rate. */
    long left();
  }

  /** How many permits of the first rate are lost when two threads race for those of the second. */
  private static long lost(TwoRates subject, ManualClock clock, int races)
      throws InterruptedException {
    AtomicLong admitted = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int n = 0; n < 2; n++) {
      threads.add(new Thread(() -> {
        for (int call = 0; admitted.get() < races; call++) {
          if (subject.tryAcquire()) {
            admitted.incrementAndGet();
            clock.advanceNanos(1_000);
          } else if (call % 64 == 0) {
            Thread.yield();
          }
        }
      }));
    }
    for (Thread thread : threads) {
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return TwoRates.FIRST - admitted.get() - subject.left();
  }

  @Test
  void severalRates_whenTheLastIsLostInARace_takeBackTheFirst() throws InterruptedException {
    ManualClock clock = ManualClock.create();
    KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(
            Limits.parse(
                "10000000/366 days, 10000000/365 days, 10000000/364 days, 1000/ms burst 1"),
            clock)
        .build();
    TwoRates subject = new TwoRates() {
      @Override
      public boolean tryAcquire() {
        return limiter.tryAcquire(7);
      }

      @Override
      public long left() {
        // The levels are kept; the least of them is told.
        limiter.override(
            7, Limits.parse("10000000/366 days, 10000000/365 days, 10000000/364 days"));
        return limiter.peek(7).remaining();
      }
    };
    assertEquals(0, lost(subject, clock, 500_000));
  }

  /** The mutant: a call that is denied by the second rate does not take back the first. */
  private static final class Forgetful implements TwoRates {
    private final ManualClock clock;
    private final AtomicLong taken = new AtomicLong();
    private final Gcra second;

    Forgetful(ManualClock clock) {
      this.clock = clock;
      this.second = Gcra.create(Rate.ofNanos(1, 1_000), 1, clock);
    }

    @Override
    public boolean tryAcquire() {
      long nanoTime = clock.nanoTime();
      if (!second.peekAt(nanoTime, 1).admitted()) {
        return false;
      }
      taken.incrementAndGet();
      Thread.yield();
      return second.tryAcquireAt(nanoTime, 1);
    }

    @Override
    public long left() {
      return FIRST - taken.get();
    }
  }

  @Test
  void canary_chargeThatIsNotTakenBack_isCaught() throws InterruptedException {
    boolean caught = false;
    for (int attempt = 0; attempt < 100 && !caught; attempt++) {
      ManualClock clock = ManualClock.create();
      caught = lost(new Forgetful(clock), clock, 10_000) > 0;
    }
    assertTrue(caught);
  }

  @Test
  void longs_whileTablesGrow_noAdmissionIsLostOrDoubled() throws InterruptedException {
    LongKeyedLimiter limiter = LongKeyedLimiter.builder(
            Limits.parse("20000/hour"), ManualClock.startingAt(Long.MIN_VALUE))
        .maxKeys(20_000)
        .build();
    assertExact(new Subject() {
      @Override
      public boolean tryAcquire(int key) {
        return limiter.tryAcquire(key);
      }

      @Override
      public void disturb(int round) {
        limiter.tryAcquire(1000 + round % 15_000);
        if (round % 16 == 0) {
          limiter.forget(1000 + round / 16 * 7 % 15_000);
        }
      }
    });
  }

  /** The mutant: a table that is copied without being frozen. */
  private static final class Unfrozen implements Subject {
    private final GcraMath math = GcraMath.of(Rate.perHour(BURST));
    private volatile AtomicLongArray words = new AtomicLongArray(HOT_KEYS);

    @Override
    public boolean tryAcquire(int key) {
      AtomicLongArray table = words;
      while (true) {
        long word = table.get(key);
        long next = math.next(word, 0, 1);
        if (next == GcraMath.DENIED || table.compareAndSet(key, word, next)) {
          return next != GcraMath.DENIED;
        }
      }
    }

    @Override
    public void disturb(int round) {
      AtomicLongArray copy = new AtomicLongArray(HOT_KEYS);
      for (int key = 0; key < HOT_KEYS; key++) {
        copy.set(key, words.get(key));
      }
      Thread.yield();
      words = copy;
    }
  }

  @Test
  void canary_copyWithoutFreezing_isCaught() throws InterruptedException {
    boolean caught = false;
    for (int attempt = 0; attempt < 100 && !caught; attempt++) {
      caught = Arrays.stream(saturate(new Unfrozen())).anyMatch(admitted -> admitted != BURST);
    }
    assertTrue(caught);
  }
}
