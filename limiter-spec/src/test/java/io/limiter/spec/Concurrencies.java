package io.limiter.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** The guarantees of a concurrency limiter, each as a check of one script. */
final class Concurrencies {
  private Concurrencies() {}

  /** A concurrency limiter on trial. */
  interface Subject {
    boolean tryAcquire(long permits);

    /** Throws IllegalStateException if fewer are held. */
    void release(long permits);

    /** What closes the permit, or empty if it was not granted. */
    Optional<Runnable> enter(long permits);

    int inFlight();

    int available();

    int limit();

    int limit(int limit);
  }

  /** What is called. */
  enum Op {
    TRY_ACQUIRE,
    RELEASE,
    ENTER,
    CLOSE,
    CLOSE_AGAIN,
    LIMIT
  }

  /** {@code amount} is the permits, the limit, or which of the open permits. */
  record Step(Op op, int amount) {
    @Override
    public String toString() {
      return op + "(" + amount + ")";
    }
  }

  /** A limiter and what it gets. */
  record Script(int limit, List<Step> steps) {}

  static Arbitrary<Script> scripts() {
    Arbitrary<Integer> amounts = Arbitraries.frequencyOf(
        Tuple.of(8, Arbitraries.integers().between(1, 4)),
        Tuple.of(2, Arbitraries.integers().between(1, 12)),
        Tuple.of(1, Arbitraries.of(Integer.MAX_VALUE - 1, Integer.MAX_VALUE)));
    Arbitrary<Integer> limits = Arbitraries.frequencyOf(
        Tuple.of(6, Arbitraries.integers().between(0, 10)),
        Tuple.of(1, Arbitraries.of(Integer.MAX_VALUE - 1, Integer.MAX_VALUE)));
    Arbitrary<Step> steps =
        Combinators.combine(Arbitraries.of(Op.values()), amounts).as(Step::new);
    return Combinators.combine(limits, steps.list().ofMaxSize(40)).as(Script::new);
  }

  /** Every call answers what the model answers, and leaves what the model leaves. */
  static void decidesAsTheModelDoes(Script script, IntFunction<Subject> factory) {
    Subject subject = factory.apply(script.limit);
    ConcurrencyModel model = new ConcurrencyModel(script.limit);
    List<Runnable> open = new ArrayList<>();
    List<Integer> held = new ArrayList<>();
    for (Step step : script.steps) {
      int k = step.amount;
      switch (step.op) {
        case TRY_ACQUIRE -> expect(model.tryAcquire(k), subject.tryAcquire(k), script, step);
        case RELEASE -> expect(model.release(k), released(subject, k), script, step);
        case ENTER -> {
          Optional<Runnable> entered = subject.enter(k);
          expect(model.tryAcquire(k), entered.isPresent(), script, step);
          entered.ifPresent(open::add);
          entered.ifPresent(e -> held.add(k));
        }
        case CLOSE, CLOSE_AGAIN -> {
          // Only what the model still holds: it may have been released by RELEASE.
          if (!open.isEmpty() && model.inFlight() >= held.get(k % open.size())) {
            int i = k % open.size();
            open.remove(i).run();
            model.release(held.remove(i));
          }
        }
        case LIMIT -> expect(model.limit(k), subject.limit(k), script, step);
        default -> throw new AssertionError(step);
      }
      expect(model.inFlight(), subject.inFlight(), script, step);
      expect(model.available(), subject.available(), script, step);
      expect(model.limit(), subject.limit(), script, step);
    }
  }

  /** In-flight never exceeds the limit; after the limit was lowered it never grows while above. */
  static void inFlightNeverExceedsTheLimit(Script script, IntFunction<Subject> factory) {
    Subject subject = factory.apply(script.limit);
    for (Step step : script.steps) {
      int before = subject.inFlight();
      switch (step.op) {
        case TRY_ACQUIRE -> subject.tryAcquire(step.amount);
        case ENTER -> subject.enter(step.amount);
        case LIMIT -> subject.limit(step.amount);
        default -> released(subject, step.amount);
      }
      int after = subject.inFlight();
      require(after <= Math.max(before, subject.limit()) && after >= 0, script, step, after + "");
      require(after <= before || after <= subject.limit(), script, step, "grew to " + after);
    }
  }

  /** A release beyond what is held is an IllegalStateException and changes nothing. */
  static void overReleaseThrowsAndChangesNothing(Script script, IntFunction<Subject> factory) {
    Subject subject = factory.apply(script.limit);
    for (Step step : script.steps) {
      if (step.op == Op.LIMIT) {
        subject.limit(step.amount);
      } else {
        subject.tryAcquire(step.amount);
      }
      int held = subject.inFlight();
      require(!released(subject, held + 1L), script, step, held + 1L + " given back");
      require(subject.inFlight() == held, script, step, "in flight: " + subject.inFlight());
    }
    int held = subject.inFlight();
    require(held == 0 || released(subject, held), script, null, "what is held was refused");
    require(subject.inFlight() == 0, script, null, "in flight: " + subject.inFlight());
  }

  /** Closing a permit twice is one release, also when others entered in between. */
  static void closingTwiceIsOneRelease(Script script, IntFunction<Subject> factory) {
    Subject subject = factory.apply(script.limit);
    List<Runnable> closed = new ArrayList<>();
    for (Step step : script.steps) {
      if (step.op == Op.LIMIT) {
        subject.limit(step.amount);
        continue;
      }
      int before = subject.inFlight();
      Optional<Runnable> entered = subject.enter(step.amount);
      closed.forEach(Runnable::run);
      int after = before + (entered.isPresent() ? step.amount : 0);
      require(subject.inFlight() == after, script, step, subject.inFlight() + ", not " + after);
      if (step.op != Op.ENTER) { // some stay open
        entered.ifPresent(close -> {
          close.run();
          closed.add(close);
        });
        require(subject.inFlight() == before, script, step, subject.inFlight() + ", not " + before);
      }
    }
  }

  private static boolean released(Subject subject, long permits) {
    try {
      subject.release(permits);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static void expect(Object expected, Object actual, Script script, Step step) {
    require(expected.equals(actual), script, step, "expected " + expected + ", was " + actual);
  }

  private static void require(boolean holds, Script script, Step step, String complaint) {
    if (!holds) {
      throw new AssertionError(script + "\n  <- " + step + ": " + complaint);
    }
  }
}
