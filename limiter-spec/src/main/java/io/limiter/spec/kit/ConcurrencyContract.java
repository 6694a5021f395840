package io.limiter.spec.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a concurrency limiter promises: in-flight never exceeds the limit. Extend it, and the test
 * class has one test for each guarantee.
 */
@ExtendWith(Trial.Resolver.class)
public abstract class ConcurrencyContract {
  private static final int MAX_STEPS = 40;

  /** What a user of the limiter does next. */
  private enum Move {
    TAKE,
    GIVE_BACK,
    GIVE_BACK_TOO_MUCH,
    TAKE_LESS_THAN_ONE,
    CHANGE_THE_LIMIT
  }

  private record Step(Move move, long amount) {}

  private record Script(int limit, List<Step> steps) {}

  /** A new limiter of {@code limit} permits. */
  protected abstract ConcurrencyAdapter create(int limit);

  /** The limits that are tried: by default any from 0. Narrow it to what your limiter accepts. */
  protected Arbitrary<Integer> limits() {
    return Arbitraries.oneOf(
        Arbitraries.of(1, 2, 3, 10, 0, Integer.MAX_VALUE),
        Arbitraries.integers().greaterOrEqual(1));
  }

  /**
   * The guarantees that the documentation of the limiter does not claim, each with the reason that
   * the report shows; none by default.
   */
  protected Map<String, String> notClaimed() {
    return Map.of();
  }

  /** What the calls are made from: a failure prints it. Another one in each run by default. */
  protected long seed() {
    return new Random().nextLong();
  }

  @Test
  void inFlightNeverExceedsTheLimit(Trial trial) {
    keep(trial);
  }

  @Test
  void admitsWhileThereIsRoom(Trial trial) {
    keep(trial);
  }

  @Test
  void weightsAreAllOrNothing(Trial trial) {
    keep(trial);
  }

  @Test
  void inFlightIsWhatIsHeld(Trial trial) {
    keep(trial);
  }

  @Test
  void releaseBeyondWhatIsHeldChangesNothing(Trial trial) {
    keep(trial);
  }

  @Test
  void permitsBelowOneMintNothing(Trial trial) {
    keep(trial);
  }

  @Test
  void inFlightNeverGrowsWhileAboveTheLimit(Trial trial) {
    keep(trial);
  }

  @Test
  void threadsHoldTheLimit(Trial trial) {
    keep(trial);
  }

  private void keep(Trial trial) {
    trial.of(guarantees(), notClaimed(), seed());
  }

  /** The guarantees, about this limiter. */
  public final List<Guarantee> guarantees() {
    Supplier<Finding> always = () -> new Finding(Finding.Kind.HOLDS, "");
    return List.of(
        about(
            "inFlightNeverExceedsTheLimit",
            "In-flight never exceeds the limit.",
            always,
            (script, play) -> play.run(true, false, false),
            Move.TAKE,
            Move.GIVE_BACK),
        about(
            "admitsWhileThereIsRoom",
            "A call is denied only if its permits and those in flight exceed the limit.",
            always,
            (script, play) -> play.run(false, true, false),
            Move.TAKE,
            Move.GIVE_BACK),
        about(
            "weightsAreAllOrNothing",
            "A call for several permits takes all or none of them.",
            () -> needs(this::hasWeights, "several permits in one call"),
            (script, play) -> play.run(true, true, false),
            Move.TAKE,
            Move.GIVE_BACK),
        about(
            "inFlightIsWhatIsHeld",
            "inFlight is what was taken and not given back.",
            () -> needs(this::hasInFlight, "inFlight"),
            (script, play) -> play.run(false, false, true),
            Move.TAKE,
            Move.GIVE_BACK),
        about(
            "releaseBeyondWhatIsHeldChangesNothing",
            "A release beyond what is held, whatever it answers, does not add permits.",
            always,
            (script, play) -> play.run(true, false, false),
            Move.TAKE,
            Move.GIVE_BACK,
            Move.GIVE_BACK_TOO_MUCH),
        about(
            "permitsBelowOneMintNothing",
            "A call for 0 or fewer permits, whatever it answers, does not add permits.",
            () -> needs(this::hasWeights, "several permits in one call"),
            (script, play) -> play.run(true, false, false),
            Move.TAKE,
            Move.GIVE_BACK,
            Move.TAKE_LESS_THAN_ONE),
        about(
            "inFlightNeverGrowsWhileAboveTheLimit",
            "After the limit was changed, a call is admitted iff its permits and those in flight fit.",
            () -> needs(this::hasLimit, "a change of the limit"),
            (script, play) -> play.run(true, true, false),
            Move.TAKE,
            Move.GIVE_BACK,
            Move.CHANGE_THE_LIMIT),
        new Guarantee(
            "threadsHoldTheLimit",
            "Threads together never hold more than the limit, and lose nothing.",
            () -> excuse("threadsHoldTheLimit", always),
            (seed, tries) -> {
              boolean weights = hasWeights();
              return Search.run(
                  limits(),
                  limit -> Threads.holdTheLimit(create(limit), limit, weights),
                  limit -> Stream.empty(),
                  seed,
                  Math.max(tries / 50, 1));
            }));
  }

  private interface Check {
    void check(Script script, Play play);
  }

  private Guarantee about(
      String name, String sentence, Supplier<Finding> offered, Check check, Move... moves) {
    return new Guarantee(name, sentence, () -> excuse(name, offered), (seed, tries) -> {
      boolean weights = hasWeights();
      return Search.run(
          scripts(moves),
          script -> check.check(script, new Play(script, create(script.limit()), weights)),
          ConcurrencyContract::shorter,
          seed,
          tries);
    });
  }

  private Finding excuse(String name, Supplier<Finding> offered) {
    String reason = notClaimed().get(name);
    return reason == null ? offered.get() : new Finding(Finding.Kind.NOT_CLAIMED, reason);
  }

  private Arbitrary<Script> scripts(Move... moves) {
    Arbitrary<Step> steps = Combinators.combine(
            Arbitraries.of(moves), Arbitraries.longs().greaterOrEqual(0))
        .as(Step::new);
    return Combinators.combine(limits(), steps.list().ofMaxSize(MAX_STEPS))
        .as(Script::new)
        .withoutEdgeCases();
  }

  private static Stream<Script> shorter(Script script) {
    int size = script.steps().size();
    return IntStream.rangeClosed(1, size).mapToObj(i -> {
      List<Step> steps = new ArrayList<>(script.steps());
      steps.remove(size - i);
      return new Script(script.limit(), steps);
    });
  }

  private Finding needs(Supplier<Boolean> offered, String what) {
    return offered.get()
        ? new Finding(Finding.Kind.HOLDS, "")
        : new Finding(Finding.Kind.NOT_OFFERED, what);
  }

  private boolean hasWeights() {
    return answers(adapter -> adapter.tryAcquire(2));
  }

  private boolean hasLimit() {
    return answers(adapter -> adapter.limit(1));
  }

  private boolean hasInFlight() {
    return answers(ConcurrencyAdapter::inFlight);
  }

  private boolean answers(Consumer<ConcurrencyAdapter> question) {
    try {
      question.accept(create(Search.any(limits())));
      return true;
    } catch (UnsupportedOperationException notOffered) {
      return false;
    }
  }

  /** A script being played: failure messages end at the step at hand. */
  private static final class Play {
    private final Script script;
    private final ConcurrencyAdapter limiter;
    private final boolean weights;
    private final List<String> log = new ArrayList<>();
    private long held;
    private int limit;

    Play(Script script, ConcurrencyAdapter limiter, boolean weights) {
      this.script = script;
      this.limiter = limiter;
      this.weights = weights;
      this.limit = script.limit();
    }

    void run(boolean neverTooMany, boolean neverTooFew, boolean inFlight) {
      for (Step step : script.steps()) {
        switch (step.move()) {
          case TAKE -> take(step.amount(), neverTooMany, neverTooFew);
          case GIVE_BACK -> giveBack(step.amount());
          case GIVE_BACK_TOO_MUCH -> giveBackTooMuch(step.amount());
          case TAKE_LESS_THAN_ONE -> takeLessThanOne(step.amount());
          case CHANGE_THE_LIMIT -> changeTheLimit(step.amount());
        }
        if (inFlight && limiter.inFlight() != held) {
          throw broken(limiter.inFlight() + " in flight (expected: " + held + ")");
        }
      }
    }

    private void take(long amount, boolean neverTooMany, boolean neverTooFew) {
      long room = limit - held;
      // One, few, all that is there, one more than that, or any number.
      long permits = switch (weights ? (int) (amount % 5) : 0) {
        case 0 -> 1;
        case 1 -> amount / 5 % 4 + 1;
        case 2 -> Math.max(room, 1);
        case 3 -> Math.max(room, 0) + 1;
        default -> amount / 5 + 1;
      };
      log.add("tryAcquire(" + permits + ")");
      boolean admitted = limiter.tryAcquire(permits);
      if (admitted) {
        if (neverTooMany && permits > room) {
          throw broken(permits + " admitted, " + held + " held, limit " + limit);
        }
        held += permits;
      } else if (neverTooFew && permits <= room) {
        throw broken(permits + " denied, " + held + " held, limit " + limit);
      }
    }

    private void giveBack(long amount) {
      if (held > 0) {
        release(weights ? amount % held + 1 : 1);
      }
    }

    private void release(long permits) {
      log.add("release(" + permits + ")");
      limiter.release(permits);
      held -= permits;
    }

    private void giveBackTooMuch(long amount) {
      if (!weights) {
        while (held > 0) {
          release(1);
        }
      }
      long permits = weights ? held + amount % 4 + 1 : 1;
      log.add("release(" + permits + ")");
      try {
        limiter.release(permits);
      } catch (RuntimeException refused) {
        log.add("  refused: " + refused.getClass().getSimpleName());
      }
    }

    /** A little more or less than is held, or the limit that it started with. */
    private void changeTheLimit(long amount) {
      long near = Math.max(held + amount / 3 % 5 - 2, 1);
      limit = amount % 3 == 0 ? script.limit() : (int) Math.min(near, Integer.MAX_VALUE);
      log.add("limit(" + limit + ")");
      limiter.limit(limit);
    }

    private void takeLessThanOne(long amount) {
      long permits = -(amount % 4);
      log.add("tryAcquire(" + permits + ")");
      try {
        limiter.tryAcquire(permits);
      } catch (RuntimeException refused) {
        log.add("  refused: " + refused.getClass().getSimpleName());
      }
    }

    private AssertionError broken(String complaint) {
      return new AssertionError(
          "limit " + script.limit() + "\n  " + String.join("\n  ", log) + "\n  <- " + complaint);
    }
  }
}
