package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.limiter.spec.CallScript;
import io.limiter.spec.ConcurrencyModel;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Tuple;

/**
 * Striped permits decide as one word does: which stripe a call prefers is a number, and so is whether
 * permits are put together or apart in between. In the package of the limiter, for its steps.
 */
class StripedPermitsProperties {
  enum Verb {
    ACQUIRE,
    RELEASE,
    LIMIT,
    REPLACE
  }

  /** One step; {@code k} is the permits or the limit. */
  record Step(Verb verb, int at, long k) {}

  /** Striped permits on trial. */
  interface Subject {
    boolean tryAcquire(int at, long permits);

    boolean release(int at, long permits);

    int limit(int limit);

    void replace();

    /** The limit in the upper half, the permits in flight in the lower. */
    long word();
  }

  private static Subject subject(int count, int limit) {
    StripedPermits permits = new StripedPermits(count);
    permits.open((long) limit << 32);
    return new Subject() {
      @Override
      public boolean tryAcquire(int at, long k) {
        return permits.tryAcquire(at, k);
      }

      @Override
      public boolean release(int at, long k) {
        return permits.release(at, k);
      }

      @Override
      public int limit(int newLimit) {
        return permits.limit(newLimit);
      }

      @Override
      public void replace() {
        permits.replace();
      }

      @Override
      public long word() {
        return permits.word();
      }

      @Override
      public String toString() {
        return "striped in " + count;
      }
    };
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return stepsOf(Verb.values());
  }

  private static Arbitrary<List<Step>> stepsOf(Verb... some) {
    Arbitrary<Verb> verbs = Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.of(Verb.ACQUIRE)),
        Tuple.of(2, Arbitraries.of(Verb.RELEASE)),
        Tuple.of(3, Arbitraries.of(some)));
    Arbitrary<Integer> stripes =
        Arbitraries.of(0, 1, 2, 3, -1, Integer.MAX_VALUE, Integer.MIN_VALUE);
    Arbitrary<Long> amounts = Arbitraries.frequencyOf(
        Tuple.of(8, Arbitraries.longs().between(1, 4)),
        Tuple.of(3, Arbitraries.longs().between(1, 24)),
        Tuple.of(1, Arbitraries.of((long) Integer.MAX_VALUE, 1L << 32, Long.MAX_VALUE)));
    return Combinators.combine(verbs, stripes, amounts).as(Step::new).list().ofMaxSize(60);
  }

  @Provide
  Arbitrary<Integer> limits() {
    return Arbitraries.frequencyOf(
        Tuple.of(8, Arbitraries.integers().between(0, 24)),
        Tuple.of(1, Arbitraries.of(Integer.MAX_VALUE - 1, Integer.MAX_VALUE)));
  }

  private static void play(Subject subject, int limit, List<Step> steps) {
    ConcurrencyModel model = new ConcurrencyModel(limit);
    CallScript played = new CallScript(limit + " concurrent, " + subject);
    played.run(() -> {
      for (Step step : steps) {
        long k = step.k;
        String at = "stripe " + step.at + ": ";
        switch (step.verb) {
          case ACQUIRE -> {
            played.tell(at + "tryAcquire(" + k + ")");
            assertEquals(model.tryAcquire(k), subject.tryAcquire(step.at, k));
          }
          case RELEASE -> {
            played.tell(at + "release(" + k + ")");
            assertEquals(model.release(k), subject.release(step.at, k));
          }
          case LIMIT -> {
            int next = (int) Math.min(k - 1, Integer.MAX_VALUE);
            played.tell("limit(" + next + ")");
            assertEquals(model.limit(next), subject.limit(next));
          }
          case REPLACE -> {
            played.tell("replace the words");
            subject.replace();
          }
        }
        long word = subject.word();
        assertEquals(model.limit(), (int) (word >> 32), "limit");
        assertEquals(model.inFlight(), (int) word, "in flight");
      }
    });
  }

  @Property
  void decidesAsTheModelDoes(
      @ForAll @From("limits") int limit, @ForAll @From("steps") List<Step> steps) {
    play(subject(1, limit), limit, steps);
    play(subject(2, limit), limit, steps);
    play(subject(4, limit), limit, steps);
  }

  private static void assertCaught(RacyPermits.Mistake mistake) {
    RandomGenerator<List<Step>> generator =
        stepsOf(Verb.ACQUIRE, Verb.RELEASE, Verb.REPLACE).generator(1_000);
    Random random = new Random(42);
    assertThrows(AssertionError.class, () -> {
      for (int i = 0; i < 1_000; i++) {
        play(racy(mistake), 10, generator.next(random).value());
      }
    });
  }

  private static Subject racy(RacyPermits.Mistake mistake) {
    RacyPermits permits = new RacyPermits(mistake, 10);
    return new Subject() {
      private int clamped(long k) {
        return (int) Math.min(k, 11);
      }

      @Override
      public boolean tryAcquire(int at, long k) {
        return permits.tryAcquire(at & 1, clamped(k));
      }

      @Override
      public boolean release(int at, long k) {
        return permits.release(at & 1, clamped(k));
      }

      @Override
      public int limit(int limit) {
        return 10;
      }

      @Override
      public void replace() {
        permits.replace();
      }

      @Override
      public long word() {
        return 10L << 32 | 10 - permits.free();
      }
    };
  }

  @Example
  void aCallThatAsksNoOtherStripe_isCaught() {
    assertCaught(RacyPermits.Mistake.ASKS_NO_OTHER);
  }

  @Example
  void aRemainderThatIsDropped_isCaught() {
    assertCaught(RacyPermits.Mistake.DROPS_REMAINDER);
  }
}
