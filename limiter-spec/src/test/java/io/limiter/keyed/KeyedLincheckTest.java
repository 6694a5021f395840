package io.limiter.keyed;

import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import io.limiter.spec.Scenarios;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
    final KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(
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

  /** A caller in line at one of the keys, who wants the whole burst. */
  public static class Waited extends Objects {
    private CompletableFuture<Boolean> waiter = CompletableFuture.completedFuture(false);

    @Operation(nonParallelGroup = "waiter")
    public String join(@Param(gen = IntGen.class, conf = "0:2") int key) {
      if (waiter.isDone()) {
        waiter = limiter.limiter(key).acquireAsync(BURST, Duration.ofDays(365));
      }
      return look();
    }

    @Operation(nonParallelGroup = "waiter")
    public String look() {
      return waiter.isDone() ? String.valueOf(waiter.getNow(null)) : "waits";
    }

    @Operation(nonParallelGroup = "waiter")
    public void leave() {
      if (waiter.cancel(true)) {
        waiter = CompletableFuture.completedFuture(false);
      }
    }
  }

  /** The promise of {@link Waited}. */
  public static class WaitedModel extends Model {
    private int at = -1;
    private boolean admitted;

    public String join(int key) {
      if (at < 0) {
        admitted = false;
        if (hasRoom(key)) {
          at = key;
          serve();
        }
      }
      return look();
    }

    public String look() {
      return at < 0 ? String.valueOf(admitted) : "waits";
    }

    public void leave() {
      if (at >= 0) {
        at = -1;
        admitted = false;
      }
    }

    private void serve() {
      if (at >= 0 && taken[at] == 0) {
        taken[at] = BURST;
        at = -1;
        admitted = true;
      }
    }

    @Override
    public boolean tryAcquire(int key) {
      return key != at && take(key);
    }

    @Override
    public void refund(int key) {
      super.refund(key);
      serve();
    }

    @Override
    public long remaining(int key) {
      return key == at ? 0 : super.remaining(key);
    }

    @Override
    public void forget(int key) {
      super.forget(key);
      serve();
    }
  }

  /** The canary: plain calls go on while somebody is in line. */
  public static class Overtaken extends WaitedModel {
    @Override
    public boolean tryAcquire(int key) {
      return take(key);
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
    final int[] taken = new int[3];

    final boolean hasRoom(int key) {
      int lively = 0;
      for (int count : taken) {
        lively += count > 0 ? 1 : 0;
      }
      return taken[key] > 0 || lively < 2;
    }

    public boolean tryAcquire(int key) {
      return take(key);
    }

    final boolean take(int key) {
      if (!hasRoom(key) || taken[key] == BURST) {
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

  private static Actor actor(Class<?> operations, String name, Integer... key) {
    return Arrays.stream(operations.getMethods())
        .filter(each -> each.getName().equals(name))
        .findFirst()
        .map(each -> new Actor(each, List.of(key)))
        .orElseThrow();
  }

  private static ExecutionScenario scenario(
      List<Actor> before, Actor one, Actor other, List<Actor> after) {
    return new ExecutionScenario(before, List.of(List.of(one), List.of(other)), after, null);
  }

  /** One place is left, and two keys come for it at one time: random scenarios seldom have that. */
  private static ModelCheckingOptions lastPlace(Class<?> limiter) {
    return Scenarios.directed(
        Model.class,
        scenario(
            List.of(actor(limiter, "tryAcquire", 0)),
            actor(limiter, "tryAcquire", 1),
            actor(limiter, "tryAcquire", 2),
            List.of()));
  }

  /** Somebody joins the line of a key, or is in it, while another makes room or asks for more. */
  private static ModelCheckingOptions inLine(Class<?> model) {
    Actor take = actor(Waited.class, "tryAcquire", 0);
    Actor join = actor(Waited.class, "join", 0);
    Actor leave = actor(Waited.class, "leave");
    Actor refund = actor(Waited.class, "refund", 0);
    List<Actor> after = List.of(actor(Waited.class, "look"), actor(Waited.class, "remaining", 0));
    return Scenarios.directed(
            model,
            scenario(List.of(take), join, refund, after),
            scenario(List.of(take), join, take, after),
            scenario(List.of(take, join), take, refund, after),
            scenario(List.of(take, join), leave, refund, after))
        .invocationsPerIteration(
            Scenarios.DEEP ? 300 : 15); // of many steps each: they make an entry
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
  void keysWithACallerInLine_areLinearizable_byModelChecking() {
    inLine(WaitedModel.class).check(Waited.class);
  }

  /** The canary: a model in which nobody is held back. */
  @Test
  void canary_overtakingTheLineOfAKey_isCaught() {
    Scenarios.assertCaught(inLine(Overtaken.class), Waited.class);
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
