package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
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
  record Step(Op op, int amount) {}

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
    FixedDecision subject = new FixedDecision(script, factory);
    ConcurrencyModel model = new ConcurrencyModel(script.limit);
    List<Runnable> open = new ArrayList<>();
    List<Integer> held = new ArrayList<>();
    subject.play(step -> {
      int k = step.amount;
      switch (step.op) {
        case TRY_ACQUIRE -> assertEquals(model.tryAcquire(k), subject.tryAcquire(k));
        case RELEASE -> assertEquals(model.release(k), subject.released(k));
        case ENTER -> {
          Optional<Runnable> entered = subject.enter(k);
          assertEquals(model.tryAcquire(k), entered.isPresent());
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
        case LIMIT -> assertEquals(model.limit(k), subject.limit(k));
        default -> throw new AssertionError(step);
      }
      assertEquals(model.inFlight(), subject.inFlight(), "in flight");
      assertEquals(model.available(), subject.available(), "available");
      assertEquals(model.limit(), subject.limit(), "limit");
    });
  }

  /** In-flight never exceeds the limit; after the limit was lowered it never grows while above. */
  static void inFlightNeverExceedsTheLimit(Script script, IntFunction<Subject> factory) {
    FixedDecision subject = new FixedDecision(script, factory);
    subject.play(step -> {
      int before = subject.inFlight();
      switch (step.op) {
        case TRY_ACQUIRE -> subject.tryAcquire(step.amount);
        case ENTER -> subject.enter(step.amount);
        case LIMIT -> subject.limit(step.amount);
        default -> subject.released(step.amount);
      }
      int after = subject.inFlight();
      assertTrue(after <= Math.max(before, subject.limit()) && after >= 0, after + " in flight");
      assertTrue(after <= before || after <= subject.limit(), "grew to " + after);
    });
  }

  /** A release beyond what is held is an IllegalStateException and changes nothing. */
  static void overReleaseThrowsAndChangesNothing(Script script, IntFunction<Subject> factory) {
    FixedDecision subject = new FixedDecision(script, factory);
    subject.play(step -> {
      if (step.op == Op.LIMIT) {
        subject.limit(step.amount);
      } else {
        subject.tryAcquire(step.amount);
      }
      int held = subject.inFlight();
      assertTrue(!subject.released(held + 1L), "more given back than is held");
      assertEquals(held, subject.inFlight(), "in flight");
    });
    subject.played.run(() -> {
      int held = subject.inFlight();
      assertTrue(held == 0 || subject.released(held), "what is held was refused");
      assertEquals(0, subject.inFlight(), "in flight");
    });
  }

  /** Closing a permit twice is one release, also when others entered in between. */
  static void closingTwiceIsOneRelease(Script script, IntFunction<Subject> factory) {
    FixedDecision subject = new FixedDecision(script, factory);
    List<Runnable> closed = new ArrayList<>();
    subject.play(step -> {
      if (step.op == Op.LIMIT) {
        subject.limit(step.amount);
        return;
      }
      int before = subject.inFlight();
      Optional<Runnable> entered = subject.enter(step.amount);
      closed.forEach(Runnable::run);
      int after = before + (entered.isPresent() ? step.amount : 0);
      assertEquals(after, subject.inFlight(), "in flight");
      if (step.op != Op.ENTER) { // some stay open
        entered.ifPresent(close -> {
          close.run();
          closed.add(close);
        });
        assertEquals(before, subject.inFlight(), "in flight");
      }
    });
  }

  /** A subject, and what was called on it. */
  private static final class FixedDecision {
    final Script script;
    final Subject subject;
    final CallScript played;
    private int permits;

    FixedDecision(Script script, IntFunction<Subject> factory) {
      this.script = script;
      this.subject = factory.apply(script.limit);
      this.played = new CallScript(script.limit + " concurrent");
    }

    void play(Consumer<Step> each) {
      played.run(() -> script.steps.forEach(each));
    }

    boolean tryAcquire(long k) {
      played.tell("tryAcquire(" + k + ")");
      return subject.tryAcquire(k);
    }

    /** Whether it was not refused. */
    boolean released(long k) {
      played.tell("release(" + k + ")");
      try {
        subject.release(k);
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    Optional<Runnable> enter(long k) {
      int number = ++permits;
      played.tell("enter(" + k + "): permit " + number);
      return subject.enter(k).map(close -> () -> {
        played.tell("close permit " + number);
        close.run();
      });
    }

    int limit(int limit) {
      played.tell("limit(" + limit + ")");
      return subject.limit(limit);
    }

    int limit() {
      return subject.limit();
    }

    int inFlight() {
      return subject.inFlight();
    }

    int available() {
      return subject.available();
    }
  }
}
