package io.limiter.keyed;

import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import io.limiter.spec.Scenarios;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A keyed limiter with room for two keys is linearizable: whatever two threads do to three keys, and
 * however often that replaces the table, the answers are those of a map in some order. The clock
 * stands still, so a key is fresh only if its permits were given back. In the package of the
 * limiter, as the hashes have to be the same in each run.
 */
@Tag("lincheck")
class KeyedLincheckTest {
  private static final int BURST = 2;

  static { // Lincheck cannot load it while it explores
    Instant.parse(Instant.EPOCH.toString());
  }

  /** Objects as keys. */
  public static class Objects {
    private final KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(
            Limits.parse("2/hour"), ManualClock.create())
        .maxKeys(2)
        .whenFull(OverflowPolicy.deny())
        .hashing(new Hashing(1, 2))
        .build();

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "0:2") int key) {
      return limiter.tryAcquire(key);
    }

    @Operation
    public void refund(@Param(gen = IntGen.class, conf = "0:2") int key) {
      limiter.refund(key, 1);
    }

    @Operation
    public long remaining(@Param(gen = IntGen.class, conf = "0:2") int key) {
      return limiter.peek(key).remaining();
    }

    @Operation
    public void forget(@Param(gen = IntGen.class, conf = "0:2") int key) {
      limiter.forget(key);
    }
  }

  /** Longs as keys. */
  public static class Longs {
    private final LongKeyedLimiter limiter = LongKeyedLimiter.builder(
            Limits.parse("2/hour"), ManualClock.create())
        .maxKeys(2)
        .whenFull(OverflowPolicy.deny())
        .hashing(new Hashing(1, 2))
        .build();

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "0:2") int key) {
      return limiter.tryAcquire(key);
    }

    @Operation
    public void refund(@Param(gen = IntGen.class, conf = "0:2") int key) {
      limiter.refund(key, 1);
    }

    @Operation
    public long remaining(@Param(gen = IntGen.class, conf = "0:2") int key) {
      return limiter.peek(key).remaining();
    }

    @Operation
    public void forget(@Param(gen = IntGen.class, conf = "0:2") int key) {
      limiter.forget(key);
    }
  }

  /** The promise of {@link Objects} and {@link Longs}. */
  public static class Model {
    private final int[] taken = new int[3];

    public boolean tryAcquire(int key) {
      int lively = 0;
      for (int count : taken) {
        lively += count > 0 ? 1 : 0;
      }
      boolean room = taken[key] > 0 || lively < 2;
      if (!room || taken[key] == BURST) {
        return false;
      }
      taken[key]++;
      return true;
    }

    public void refund(int key) {
      taken[key] = Math.max(taken[key] - 1, 0);
    }

    public long remaining(int key) {
      return BURST - taken[key];
    }

    public void forget(int key) {
      taken[key] = 0;
    }
  }

  /** Canary: the table is copied without being frozen. */
  public static class Unfrozen {
    private final GcraMath math = GcraMath.of(Rate.perHour(BURST));
    private volatile AtomicLongArray words = fresh();

    private static AtomicLongArray fresh() {
      return new AtomicLongArray(new long[] {GcraMath.FRESH, GcraMath.FRESH, GcraMath.FRESH});
    }

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "0:1") int key) {
      AtomicLongArray table = words;
      while (true) {
        long word = table.get(key);
        long next = math.next(word, 0, 1);
        if (next == GcraMath.DENIED || table.compareAndSet(key, word, next)) {
          return next != GcraMath.DENIED;
        }
      }
    }

    @Operation
    public void forget(@Param(gen = IntGen.class, conf = "2:2") int key) {
      AtomicLongArray next = fresh();
      for (int i = 0; i < 2; i++) {
        next.set(i, words.get(i));
      }
      words = next;
    }
  }

  /** Canary: places are counted, but nobody looks whether one is still left once it is taken. */
  public static class Overfilled {
    private final AtomicInteger used = new AtomicInteger();

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "0:2") int key) {
      return used.get() < 2 && used.getAndIncrement() >= 0;
    }
  }

  private static ModelCheckingOptions modelChecking(Class<?> model) {
    return Scenarios.modelChecking(model).actorsBefore(2);
  }

  private static StressOptions stress(Class<?> model) {
    return Scenarios.stress(model).actorsBefore(2);
  }

  /** One place is left, and two keys come for it at one time: random scenarios seldom have that. */
  private static ModelCheckingOptions lastPlace(Class<?> operations) {
    Method tryAcquire;
    try {
      tryAcquire = operations.getMethod("tryAcquire", int.class);
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
    ExecutionScenario scenario = new ExecutionScenario(
        List.of(new Actor(tryAcquire, List.of(0))),
        List.of(
            List.of(new Actor(tryAcquire, List.of(1))), List.of(new Actor(tryAcquire, List.of(2)))),
        List.of(),
        null);
    return Scenarios.directed(Model.class, scenario);
  }

  @Test
  void lastPlace_twoKeysAtOneTime_oneGetsIt() {
    lastPlace(Objects.class).check(Objects.class);
    lastPlace(Longs.class).check(Longs.class);
  }

  @Test
  void canary_placesWithoutASecondLook_isCaught() {
    Scenarios.assertCaught(lastPlace(Overfilled.class), Overfilled.class);
  }

  @Test
  void objects_areLinearizable_byModelChecking() {
    modelChecking(Model.class).check(Objects.class);
  }

  @Test
  void objects_areLinearizable_underStress() {
    stress(Model.class).check(Objects.class);
  }

  @Test
  void longs_areLinearizable_byModelChecking() {
    modelChecking(Model.class).check(Longs.class);
  }

  @Test
  void longs_areLinearizable_underStress() {
    stress(Model.class).check(Longs.class);
  }

  @Test
  void canary_copyWithoutFreezing_isCaught() {
    Scenarios.assertCaught(modelChecking(Model.class).iterations(20), Unfrozen.class);
  }
}
