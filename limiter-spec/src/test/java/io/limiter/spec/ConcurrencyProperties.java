package io.limiter.spec;

import static io.limiter.spec.Trials.assertCaught;
import static io.limiter.spec.Trials.trial;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Permit;
import io.limiter.spec.Concurrencies.Script;
import io.limiter.spec.Concurrencies.Subject;
import io.limiter.spec.Trials.Trial;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** {@link ConcurrencyLimiter} keeps the guarantees, and each of them catches wrong limiters. */
class ConcurrencyProperties {

  static Subject subject(ConcurrencyLimiter limiter) {
    return new Subject() {
      @Override
      public boolean tryAcquire(long permits) {
        return limiter.tryAcquire(permits);
      }

      @Override
      public void release(long permits) {
        limiter.release(permits);
      }

      @Override
      public Optional<Runnable> enter(long permits) {
        Permit permit = limiter.tryEnter(permits);
        return permit.granted() ? Optional.of(permit::close) : Optional.empty();
      }

      @Override
      public int inFlight() {
        return limiter.inFlight();
      }

      @Override
      public int available() {
        return limiter.available();
      }

      @Override
      public int limit() {
        return limiter.limit();
      }

      @Override
      public int limit(int limit) {
        return limiter.limit(limit);
      }
    };
  }

  private static Subject plain(int limit) {
    return subject(ConcurrencyLimiter.create(limit));
  }

  private static Subject reportingLeaks(int limit) {
    return subject(ConcurrencyLimiter.createReportingLeaks(limit));
  }

  @Provide
  Arbitrary<Script> scripts() {
    return Concurrencies.scripts();
  }

  @Property
  void decidesAsTheModelDoes(@ForAll @From("scripts") Script script) {
    Concurrencies.decidesAsTheModelDoes(script, ConcurrencyProperties::plain);
    Concurrencies.decidesAsTheModelDoes(script, ConcurrencyProperties::reportingLeaks);
  }

  @Property
  void inFlightNeverExceedsTheLimit(@ForAll @From("scripts") Script script) {
    Concurrencies.inFlightNeverExceedsTheLimit(script, ConcurrencyProperties::plain);
  }

  @Property
  void overReleaseThrowsAndChangesNothing(@ForAll @From("scripts") Script script) {
    Concurrencies.overReleaseThrowsAndChangesNothing(script, ConcurrencyProperties::plain);
  }

  @Property
  void closingTwiceIsOneRelease(@ForAll @From("scripts") Script script) {
    Concurrencies.closingTwiceIsOneRelease(script, ConcurrencyProperties::plain);
    Concurrencies.closingTwiceIsOneRelease(script, ConcurrencyProperties::reportingLeaks);
  }

  @Property(tries = 50)
  void permitIsClosableFromAnotherThread(@ForAll @IntRange(min = 1, max = 9) int permits)
      throws InterruptedException {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(10);
    Permit permit = limiter.tryEnter(permits);
    assertTrue(permit.granted());
    Thread other = new Thread(permit::close);
    other.start();
    other.join();
    assertEquals(0, limiter.inFlight());
    permit.close();
    assertEquals(0, limiter.inFlight());
  }

  /** A wrong limiter: the model, with a step of it replaced. */
  private static class Wrong implements Subject {
    final ConcurrencyModel model;

    Wrong(int limit) {
      this.model = new ConcurrencyModel(limit);
    }

    @Override
    public boolean tryAcquire(long permits) {
      return model.tryAcquire(permits);
    }

    @Override
    public void release(long permits) {
      if (!model.release(permits)) {
        throw new IllegalStateException();
      }
    }

    @Override
    public Optional<Runnable> enter(long permits) {
      boolean[] open = {true};
      return tryAcquire(permits)
          ? Optional.of(() -> {
            if (open[0]) {
              open[0] = false;
              release(permits);
            }
          })
          : Optional.empty();
    }

    @Override
    public int inFlight() {
      return model.inFlight();
    }

    @Override
    public int available() {
      return model.available();
    }

    @Override
    public int limit() {
      return model.limit();
    }

    @Override
    public int limit(int limit) {
      return model.limit(limit);
    }
  }

  private static Subject doubleCloseReleasesTwice(int limit) {
    return new Wrong(limit) {
      @Override
      public Optional<Runnable> enter(long permits) {
        return tryAcquire(permits) ? Optional.of(() -> model.release(permits)) : Optional.empty();
      }
    };
  }

  private static Subject overReleaseIsAccepted(int limit) {
    return new Wrong(limit) {
      @Override
      public void release(long permits) {
        model.release(Math.min(permits, Math.max(inFlight(), 1)));
      }
    };
  }

  private static Subject overReleaseGivesBackWhatIsHeldAndThrows(int limit) {
    return new Wrong(limit) {
      @Override
      public void release(long permits) {
        if (!model.release(permits)) {
          model.release(inFlight());
          throw new IllegalStateException();
        }
      }
    };
  }

  private static Subject losesPermitsOfAWeightedRelease(int limit) {
    return new Wrong(limit) {
      @Override
      public void release(long permits) {
        super.release(permits);
        model.tryAcquire(Math.max(permits - 1, 0));
      }
    };
  }

  private static Subject admitsByTheFirstLimit(int limit) {
    return new Wrong(limit) {
      @Override
      public boolean tryAcquire(long permits) {
        int now = model.limit(Math.max(limit, model.limit()));
        boolean admitted = model.tryAcquire(permits);
        model.limit(now);
        return admitted;
      }
    };
  }

  private static Subject lowersWhatIsInFlight(int limit) {
    return new Wrong(limit) {
      @Override
      public int limit(int newLimit) {
        if (model.inFlight() > newLimit) {
          model.release(model.inFlight() - newLimit);
        }
        return super.limit(newLimit);
      }
    };
  }

  @Example
  void everyGuaranteeOfConcurrencyCatchesItsMutants() {
    Arbitrary<Script> scripts = Concurrencies.scripts();
    List<Trial<Script, IntFunction<Subject>>> trials = List.of(
        trial("decidesAsTheModelDoes", scripts, Concurrencies::decidesAsTheModelDoes),
        trial("inFlightNeverExceedsTheLimit", scripts, Concurrencies::inFlightNeverExceedsTheLimit),
        trial(
            "overReleaseThrowsAndChangesNothing",
            scripts,
            Concurrencies::overReleaseThrowsAndChangesNothing),
        trial("closingTwiceIsOneRelease", scripts, Concurrencies::closingTwiceIsOneRelease));
    Map<String, Map<String, IntFunction<Subject>>> mutants = Map.of(
        "decidesAsTheModelDoes",
        Map.of(
            "losesPermitsOfAWeightedRelease",
            ConcurrencyProperties::losesPermitsOfAWeightedRelease,
            "lowersWhatIsInFlight",
            ConcurrencyProperties::lowersWhatIsInFlight),
        "inFlightNeverExceedsTheLimit",
        Map.of("admitsByTheFirstLimit", ConcurrencyProperties::admitsByTheFirstLimit),
        "overReleaseThrowsAndChangesNothing",
        Map.of(
            "overReleaseIsAccepted",
            ConcurrencyProperties::overReleaseIsAccepted,
            "overReleaseGivesBackWhatIsHeldAndThrows",
            ConcurrencyProperties::overReleaseGivesBackWhatIsHeldAndThrows),
        "closingTwiceIsOneRelease",
        Map.of("doubleCloseReleasesTwice", ConcurrencyProperties::doubleCloseReleasesTwice));
    assertCaught(trials, Wrong::new, mutants);
  }
}
