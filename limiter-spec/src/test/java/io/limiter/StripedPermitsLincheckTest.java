package io.limiter;

import io.limiter.spec.ConcurrencyModel;
import io.limiter.spec.Scenarios;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@link StripedPermits} are linearizable, on two stripes of three and two permits: which stripe a
 * call prefers is a number. So is a {@link ConcurrencyLimiter} that freezes its word on the way. In
 * the package of the limiter, for its steps.
 */
@Tag("lincheck")
class StripedPermitsLincheckTest {
  private static final int STRIPES = 2;
  private static final int LIMIT = 5;

  /** Two stripes. */
  public static class Striped {
    private final StripedPermits permits = new StripedPermits(STRIPES);

    public Striped() {
      permits.open((long) LIMIT << 32);
    }

    @Operation
    public boolean tryAcquire(
        @Param(gen = IntGen.class, conf = "0:1") int at,
        @Param(gen = IntGen.class, conf = "1:3") int k) {
      return permits.tryAcquire(at, k);
    }

    @Operation
    public boolean release(
        @Param(gen = IntGen.class, conf = "0:1") int at,
        @Param(gen = IntGen.class, conf = "1:3") int k) {
      return permits.release(at, k);
    }

    @Operation
    public int limit(@Param(gen = IntGen.class, conf = "0:6") int limit) {
      return permits.limit(limit);
    }

    @Operation
    public void replace() {
      permits.replace();
    }

    @Operation
    public long word() {
      return permits.word();
    }
  }

  /** A limiter of one word that may freeze it, in a race or by `replace`. */
  public static class Freezing {
    private final ConcurrencyLimiter limiter = ConcurrencyLimiter.create(LIMIT).striped(STRIPES);

    @Operation
    public boolean tryAcquire(
        @Param(gen = IntGen.class, conf = "0:1") int at,
        @Param(gen = IntGen.class, conf = "1:3") int k) {
      return limiter.tryAcquire(k);
    }

    @Operation
    public boolean release(
        @Param(gen = IntGen.class, conf = "0:1") int at,
        @Param(gen = IntGen.class, conf = "1:3") int k) {
      try {
        limiter.release(k);
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Operation
    public int limit(@Param(gen = IntGen.class, conf = "0:6") int limit) {
      return limiter.limit(limit);
    }

    @Operation
    public void replace() {
      limiter.stripe();
    }

    @Operation
    public int inFlight() {
      return limiter.inFlight();
    }
  }

  /** The promise. */
  public static class Model {
    private final ConcurrencyModel model = new ConcurrencyModel(LIMIT);

    public boolean tryAcquire(int at, int k) {
      return model.tryAcquire(k);
    }

    public boolean release(int at, int k) {
      return model.release(k);
    }

    public int limit(int limit) {
      return model.limit(limit);
    }

    public void replace() {}

    public long word() {
      return (long) model.limit() << 32 | model.inFlight();
    }

    public int inFlight() {
      return model.inFlight();
    }

    public int free() {
      return model.available();
    }
  }

  /** {@link RacyPermits}. */
  public abstract static class Racy {
    private final RacyPermits permits;

    Racy(RacyPermits.Mistake mistake) {
      permits = new RacyPermits(mistake, LIMIT);
    }

    @Operation
    public boolean tryAcquire(
        @Param(gen = IntGen.class, conf = "0:1") int at,
        @Param(gen = IntGen.class, conf = "1:3") int k) {
      return permits.tryAcquire(at, k);
    }

    @Operation
    public boolean release(
        @Param(gen = IntGen.class, conf = "0:1") int at,
        @Param(gen = IntGen.class, conf = "1:3") int k) {
      return permits.release(at, k);
    }

    @Operation
    public void replace() {
      permits.replace();
    }

    @Operation
    public int free() {
      return (int) permits.free();
    }
  }

  /** Canary. */
  public static class LooksOnce extends Racy {
    public LooksOnce() {
      super(RacyPermits.Mistake.LOOKS_ONCE);
    }
  }

  /** Canary. */
  public static class GathersInHand extends Racy {
    public GathersInHand() {
      super(RacyPermits.Mistake.GATHERS_IN_HAND);
    }
  }

  /** Canary. */
  public static class DoesNotFreeze extends Racy {
    public DoesNotFreeze() {
      super(RacyPermits.Mistake.DOES_NOT_FREEZE);
    }
  }

  private static ModelCheckingOptions modelChecking() {
    return Scenarios.modelChecking(Model.class)
        .actorsBefore(2)
        .actorsAfter(1)
        .checkObstructionFreedom(true);
  }

  /** {@code tryAcquire 0 2} and so on; a call for `free` or `word` is last. */
  private static List<Actor> actors(Class<?> operations, String calls) {
    List<Actor> actors = new ArrayList<>();
    for (String call : calls.split(", ")) {
      String[] words = call.split(" ");
      List<Object> arguments = new ArrayList<>();
      Class<?>[] types = new Class<?>[words.length - 1];
      for (int i = 1; i < words.length; i++) {
        types[i - 1] = int.class;
        arguments.add(Integer.valueOf(words[i]));
      }
      try {
        actors.add(new Actor(operations.getMethod(words[0], types), arguments));
      } catch (NoSuchMethodException e) {
        throw new AssertionError(e);
      }
    }
    return actors;
  }

  /** Each scenario: what is called before, and by each thread. */
  private static ModelCheckingOptions directed(
      Class<?> operations, String last, String[]... scenarios) {
    ModelCheckingOptions options = Scenarios.directed(Model.class).checkObstructionFreedom(true);
    for (String[] scenario : scenarios) {
      List<List<Actor>> threads = new ArrayList<>();
      for (int i = 1; i < scenario.length; i++) {
        threads.add(actors(operations, scenario[i]));
      }
      options.addCustomScenario(new ExecutionScenario(
          actors(operations, scenario[0]), threads, actors(operations, last), null));
    }
    return options;
  }

  /** A permit is free in the second stripe, then in the first, and at no time in neither. */
  private static final String[] PERMIT_THAT_MOVES = {
    "tryAcquire 0 3, tryAcquire 1 1", "tryAcquire 0 1", "release 0 1, tryAcquire 1 1"
  };

  /** The same three times over, once for each look of the first call: missed by one collect. */
  private static final String[] PERMIT_THAT_KEEPS_MOVING = {
    "tryAcquire 0 3, tryAcquire 1 1",
    "tryAcquire 0 1",
    "release 0 1, tryAcquire 1 1, release 1 1, tryAcquire 0 1, release 0 1, tryAcquire 1 1"
  };

  /** Permits move during each look at all stripes, until the reader puts them together. */
  private static final String[] READ_OF_WHAT_MOVES = {
    "tryAcquire 0 2", "word, word", "release 0 1, tryAcquire 1 1, release 1 1, tryAcquire 0 1"
  };

  /** Two calls want more than there is, a third one that does not. */
  private static final String[] TOO_MANY = {
    "tryAcquire 0 2, tryAcquire 1 1", "tryAcquire 0 3", "tryAcquire 1 1"
  };

  private static final String[] TOGETHER = {
    "tryAcquire 0 1", "tryAcquire 0 3, release 0 1", "tryAcquire 1 1, release 1 2"
  };

  @Test
  void permits_areNeitherLostNorMinted_byModelChecking() {
    modelChecking().check(Striped.class);
  }

  @Test
  void permits_thatMoveAndComeTogether_areNeitherLostNorMinted() {
    directed(
            Striped.class,
            "word",
            PERMIT_THAT_MOVES,
            PERMIT_THAT_KEEPS_MOVING,
            READ_OF_WHAT_MOVES,
            TOO_MANY,
            TOGETHER,
            new String[] {
              "tryAcquire 0 2, tryAcquire 1 1", "tryAcquire 0 2", "tryAcquire 1 2", "replace"
            },
            new String[] {"tryAcquire 0 3", "release 0 3, tryAcquire 0 3", "release 1 1", "limit 4"
            },
            new String[] {"tryAcquire 0 3, limit 2", "release 0 2", "tryAcquire 1 1", "limit 6"},
            new String[] {"replace", "tryAcquire 0 3", "tryAcquire 1 3", "release 0 1"})
        .check(Striped.class);
  }

  @Test
  void limiterThatFreezesItsWord_isLinearizable_byModelChecking() {
    modelChecking().check(Freezing.class);
    directed(
            Freezing.class,
            "inFlight",
            new String[] {"tryAcquire 0 1", "tryAcquire 0 1", "tryAcquire 0 1", "replace"},
            new String[] {"tryAcquire 0 3", "limit 4", "replace, release 0 2", "tryAcquire 0 2"},
            new String[] {"tryAcquire 0 3", "limit 2", "tryAcquire 0 1, release 0 3", "replace"})
        .check(Freezing.class);
  }

  @Test
  void denialAfterOneLook_isCaught() {
    Scenarios.assertCaught(directed(LooksOnce.class, "free", PERMIT_THAT_MOVES), LooksOnce.class);
  }

  @Test
  void permitsInHand_areCaught() {
    Scenarios.assertCaught(directed(GathersInHand.class, "free", TOO_MANY), GathersInHand.class);
  }

  @Test
  void replacementWithoutFreezing_isCaught() {
    Scenarios.assertCaught(directed(DoesNotFreeze.class, "free", TOGETHER), DoesNotFreeze.class);
  }
}
