package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.Setup.OfGcra;
import io.limiter.spec.kit.ConcurrencyAdapter;
import io.limiter.spec.kit.ConcurrencyContract;
import io.limiter.spec.kit.Finding;
import io.limiter.spec.kit.Guarantee;
import io.limiter.spec.kit.RateAdapter;
import io.limiter.spec.kit.RateLimiterContract;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Every guarantee of the kit catches a wrong limiter, and finds no fault with the model. */
class KitMutantsTest {
  private static final long SEED = 1;
  private static final int TRIES = 80;
  private static final int PATIENCE = 100; // yields

  /** A limiter of the model, in the words of the kit; reserves by the model too. */
  private static class Adapter implements RateAdapter {
    final ModelSubject model;
    private final Subject subject;
    private final NanoClock clock;

    Adapter(OfGcra setup, SubjectFactory<OfGcra> factory, NanoClock clock) {
      this.model = new ModelSubject(setup.model(), clock);
      this.subject = factory.create(setup, clock);
      this.clock = clock;
    }

    private Decision ask(long permits) {
      return subject.peekAt(clock.nanoTime(), permits);
    }

    @Override
    public boolean tryAcquire(long permits) {
      if (permits < 1) {
        throw new IllegalArgumentException();
      }
      return subject.decideAt(clock.nanoTime(), permits).admitted();
    }

    @Override
    public boolean peek(long permits) {
      return ask(permits).admitted();
    }

    @Override
    public long remaining() {
      return ask(1).remaining();
    }

    @Override
    public long retryAfterNanos(long permits) {
      return ask(permits).retryAfterNanos();
    }

    @Override
    public long resetAfterNanos() {
      return ask(1).resetAfterNanos();
    }

    @Override
    public boolean refund(long permits) {
      return subject.refundAt(clock.nanoTime(), permits);
    }

    @Override
    public long reserve(long permits, long maxWaitNanos) {
      Decision said = model.peekAt(clock.nanoTime(), permits);
      if (said.retryAfterNanos() > maxWaitNanos) {
        return -1;
      }
      model.model.charge(model.time(clock.nanoTime()), BigInteger.valueOf(permits));
      return said.retryAfterNanos();
    }
  }

  private interface AdapterFactory {
    RateAdapter create(OfGcra setup, NanoClock clock);
  }

  private static AdapterFactory over(SubjectFactory<OfGcra> mutant) {
    return (setup, clock) -> new Adapter(setup, mutant, clock);
  }

  private static List<Guarantee> rates(AdapterFactory factory) {
    return new RateLimiterContract() {
      @Override
      protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
        return factory.create(new OfGcra(rate, burst), clock);
      }
    }.guarantees();
  }

  /** Each mutant breaks what it is filed under; the honest limiter breaks nothing. */
  private static void assertCaught(List<Guarantee> honest, Map<String, List<Guarantee>> mutants) {
    for (Guarantee each : honest) {
      String name = each.name();
      assertEquals(new Finding(Finding.Kind.HOLDS, ""), each.find(SEED, TRIES), name);
      assertTrue(mutants.containsKey(name), name + " has no mutant");
      for (Guarantee mutant : mutants.get(name)) {
        if (mutant.name().equals(name)) {
          assertEquals(Finding.Kind.BROKEN, mutant.find(SEED, TRIES).kind(), name);
        }
      }
    }
  }

  private static Subject honest(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock);
  }

  /** Answers calls for less than one permit, and gives them. */
  private static RateAdapter mintsPermits(OfGcra setup, NanoClock clock) {
    Adapter adapter = new Adapter(setup, KitMutantsTest::honest, clock);
    return permits -> {
      if (permits < 1) {
        return adapter.refund(Math.max(-permits, 1));
      }
      return adapter.tryAcquire(permits);
    };
  }

  private static RateAdapter reservesTooEarly(OfGcra setup, NanoClock clock) {
    return new Adapter(setup, KitMutantsTest::honest, clock) {
      @Override
      public long reserve(long permits, long maxWaitNanos) {
        long wait = super.reserve(permits, maxWaitNanos);
        return wait > 0 ? wait - 1 : wait;
      }
    };
  }

  /** Between a read and a write of {@code word}: until somebody else has written, if anybody does. */
  private static void letAnotherWrite(AtomicLong word, long seen) {
    for (int i = 0; i < PATIENCE && word.get() == seen; i++) {
      Thread.yield();
    }
  }

  /** Right for one thread; of two that read before either writes, one is forgotten. */
  private static RateAdapter readsThenWrites(OfGcra setup, NanoClock clock) {
    AtomicLong left = new AtomicLong(setup.burst());
    return permits -> {
      long seen = left.get();
      if (permits > seen) {
        return false;
      }
      letAnotherWrite(left, seen);
      left.set(seen - permits);
      return true;
    };
  }

  @Test
  void everyGuaranteeOfRatesCatchesAMutant() {
    Map<String, List<Guarantee>> mutants = new TreeMap<>();
    mutants.put("neverAdmitsMoreThanBurstPlusRate", rates(over(Mutants::admitsOneTooMany)));
    mutants.put("decidesAsTheExactModelDoes", rates(over(Mutants::admitsOneTooFew)));
    mutants.put("retryAfterIsExact", rates(over(Mutants::waitsOneNanoTooShort)));
    mutants.put("remainingIsWhatOneMoreCallCouldTake", rates(over(Mutants::roundsRemainingUp)));
    mutants.put("resetAfterIsTheWaitUntilFresh", rates(over(Mutants::resetsTooEarly)));
    mutants.put("moreThanBurstIsNeverAdmitted", rates(over(Mutants::admitsMoreThanBurstFromIdle)));
    mutants.put("deniedCallsChangeNothing", rates(over(Mutants::chargesTheDenied)));
    mutants.put("permitsBelowOneMintNothing", rates(KitMutantsTest::mintsPermits));
    mutants.put("askingChangesNothing", rates(over(Mutants::chargesThePeek)));
    mutants.put(
        "staleReadingsNeverAdmitExtra", rates(over(Mutants::startsAnewWhenTheClockStepsBack)));
    mutants.put("anyOriginOfTheClockWillDo", rates(over(Mutants::trustsTheSignOfReadings)));
    mutants.put("refundIsAsIfNotTaken", rates(over(Mutants::refundsTwice)));
    mutants.put("reservationsWaitAsLongAsNeeded", rates(KitMutantsTest::reservesTooEarly));
    mutants.put("threadsShareOneBurst", rates(KitMutantsTest::readsThenWrites));
    assertCaught(rates(over(KitMutantsTest::locked)), mutants);
  }

  /** By no reading of the clock: not by the newest admitted, nor by the newest shown. */
  @Test
  void creditForTimeThatPassesTwiceIsCaught() {
    Map<String, List<Guarantee>> mutants =
        Map.of("staleReadingsNeverAdmitExtra", rates(over(Mutants::movesBackToAStaleReading)));
    assertCaught(
        rates(over(KitMutantsTest::locked)).stream()
            .filter(each -> mutants.containsKey(each.name()))
            .toList(),
        mutants);
  }

  /** A limiter that goes by the newest reading that it was shown keeps its promise. */
  @Test
  void limitersThatTakeTheNewestReadingShownAreRight() {
    SubjectFactory<OfGcra> newest = (setup, clock) -> new ModelSubject(setup.model(), clock) {
      private BigInteger shown = BigInteger.ZERO;

      @Override
      BigInteger time(long reading) {
        shown = shown.max(super.time(reading));
        return shown;
      }
    };
    for (Guarantee each : rates(over(newest))) {
      if (each.name().equals("staleReadingsNeverAdmitExtra")) {
        assertEquals(new Finding(Finding.Kind.HOLDS, ""), each.find(SEED, 5 * TRIES));
      }
    }
  }

  /** The model for several threads. */
  private static Subject locked(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public synchronized Decision decideAt(long reading, long permits) {
        return super.decideAt(reading, permits);
      }
    };
  }

  /** Right, but for what is added to these. */
  private static class Counter implements ConcurrencyAdapter {
    int limit;
    long held;

    Counter(int limit) {
      this.limit = limit;
    }

    @Override
    public synchronized boolean tryAcquire(long permits) {
      if (permits < 1) {
        throw new IllegalArgumentException();
      }
      boolean admitted = permits <= limit - held;
      held += admitted ? permits : 0;
      return admitted;
    }

    @Override
    public synchronized void release(long permits) {
      if (permits > held) {
        throw new IllegalStateException();
      }
      held -= permits;
    }

    @Override
    public synchronized long inFlight() {
      return held;
    }

    @Override
    public synchronized void limit(int limit) {
      this.limit = limit;
    }
  }

  private interface CounterFactory {
    Counter create(int limit);
  }

  private static List<Guarantee> concurrent(CounterFactory factory) {
    return new ConcurrencyContract() {
      @Override
      protected ConcurrencyAdapter create(int limit) {
        return factory.create(limit);
      }
    }.guarantees();
  }

  private static Counter takesTheRest(int limit) {
    return new Counter(limit) {
      @Override
      public synchronized boolean tryAcquire(long permits) {
        return super.tryAcquire(Math.max(Math.min(permits, limit - held), Math.min(permits, 1)));
      }
    };
  }

  private static Counter startsOneTooMany(int limit) {
    Counter counter = new Counter(limit);
    counter.held = -1;
    return counter;
  }

  private static Counter startsOneTooFew(int limit) {
    Counter counter = new Counter(limit);
    counter.held = 1;
    return counter;
  }

  /**
   * Right for one thread; a release is forgotten if somebody else comes between its read and its
   * write. None is ever made up for: one that also lost what is taken could come out even.
   */
  private static Counter losesReleases(int limit) {
    AtomicLong word = new AtomicLong();
    return new Counter(limit) {
      @Override
      public boolean tryAcquire(long permits) {
        long seen = word.get();
        return permits <= limit - seen && word.compareAndSet(seen, seen + permits);
      }

      @Override
      public void release(long permits) {
        long seen = word.get();
        letAnotherWrite(word, seen);
        word.compareAndSet(seen, seen - permits);
      }
    };
  }

  private static Counter believesReleases(int limit) {
    return new Counter(limit) {
      @Override
      public synchronized void release(long permits) {
        held -= permits;
      }
    };
  }

  /** Forgets what is held above a limit that is lowered. */
  private static Counter forgetsWhatIsAbove(int limit) {
    return new Counter(limit) {
      @Override
      public synchronized void limit(int limit) {
        this.limit = limit;
        held = Math.min(held, Math.max(limit - 1, 0));
      }
    };
  }

  private static Counter mints(int limit) {
    return new Counter(limit) {
      @Override
      public synchronized boolean tryAcquire(long permits) {
        if (permits < 1) {
          held += permits;
          return true;
        }
        return super.tryAcquire(permits);
      }
    };
  }

  @Test
  void everyGuaranteeOfConcurrencyCatchesAMutant() {
    assertCaught(
        concurrent(Counter::new),
        Map.of(
            "inFlightNeverExceedsTheLimit", concurrent(KitMutantsTest::startsOneTooMany),
            "admitsWhileThereIsRoom", concurrent(KitMutantsTest::startsOneTooFew),
            "weightsAreAllOrNothing", concurrent(KitMutantsTest::takesTheRest),
            "inFlightIsWhatIsHeld", concurrent(KitMutantsTest::startsOneTooFew),
            "releaseBeyondWhatIsHeldChangesNothing", concurrent(KitMutantsTest::believesReleases),
            "permitsBelowOneMintNothing", concurrent(KitMutantsTest::mints),
            "inFlightNeverGrowsWhileAboveTheLimit", concurrent(KitMutantsTest::forgetsWhatIsAbove),
            "threadsHoldTheLimit", concurrent(KitMutantsTest::losesReleases)));
  }
}
