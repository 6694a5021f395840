package io.limiter.spec;

import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Entries that are put in place, where the other thread meanwhile ends that, goes round the ring, or
 * changes the window: what a caller has read before counts no more, and it must notice.
 */
@Tag("lincheck")
class LogInPlaceLincheckTest {
  /** {@code n} in a period that can be made longer; permits are taken back. */
  public abstract static class Log {
    private final SlidingLog log;
    private final int n;

    Log(int n, int nanos) {
      this.log = SlidingLog.create(Rate.ofNanos(n, nanos), ManualClock.create());
      this.n = n;
    }

    @Operation
    public boolean tryAcquireAt(int now) {
      return log.tryAcquireAt(now, 1);
    }

    @Operation
    public boolean peekAt(int now) {
      return log.peekAt(now, 1).admitted();
    }

    @Operation(blocking = true)
    public boolean refundAt(int now) {
      return log.refundAt(now, 1);
    }

    @Operation(blocking = true)
    public void lengthen(int nanos) {
      log.reconfigure(List.of(Rate.ofNanos(n, nanos)));
    }
  }

  /** The promise. */
  public abstract static class Model {
    private final SlidingLogModel model;
    private final int n;

    Model(int n, int nanos) {
      this.model = new SlidingLogModel(List.of(Rate.ofNanos(n, nanos)));
      this.n = n;
    }

    public boolean tryAcquireAt(int now) {
      return model.decide(BigInteger.valueOf(now), 1).admitted();
    }

    public boolean peekAt(int now) {
      return model.peek(BigInteger.valueOf(now), 1).admitted();
    }

    public boolean refundAt(int now) {
      return model.refund(BigInteger.valueOf(now), 1);
    }

    public void lengthen(int nanos) {
      model.change(BigInteger.ZERO, List.of(Rate.ofNanos(n, nanos)), List.of(0), LevelPolicy.SPENT);
    }
  }

  /** 1 in 1 ns: a ring of two words. */
  public static class One extends Log {
    public One() {
      super(1, 1);
    }
  }

  /** The promise of {@link One}. */
  public static class OneModel extends Model {
    public OneModel() {
      super(1, 1);
    }
  }

  /** 3 in 5 ns. */
  public static class Three extends Log {
    public Three() {
      super(3, 5);
    }
  }

  /** The promise of {@link Three}. */
  public static class ThreeModel extends Model {
    public ThreeModel() {
      super(3, 5);
    }
  }

  private static Actor call(String name, int argument) {
    try {
      return new Actor(Log.class.getMethod(name, int.class), List.of(argument));
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Actor> take(int... times) {
    return Arrays.stream(times).mapToObj(now -> call("tryAcquireAt", now)).toList();
  }

  private static ExecutionScenario scenario(
      List<Actor> before, List<Actor> one, List<Actor> other, List<Actor> after) {
    return new ExecutionScenario(before, List.of(one, other), after, null);
  }

  /** The ring goes on under a longer window: who began before that must not decide by the old one. */
  @Test
  void windowThatChanges_whileTheRingGoesRound() {
    List<Actor> other =
        List.of(call("lengthen", 3), call("tryAcquireAt", 3), call("tryAcquireAt", 6));
    Scenarios.directed(OneModel.class, scenario(take(0), take(7), other, take(9)))
        .check(One.class);
  }

  /** A caller reads one permit in the window before two more come, and another after. */
  @Test
  void readsOfTwoLaps_denyNobody() {
    ExecutionScenario[] both = {
      scenario(take(0, 0, 0), take(10), take(10, 10), take(10)),
      scenario(take(0, 0, 0), List.of(call("peekAt", 10)), take(10, 10), take(10))
    };
    Scenarios.directed(ThreeModel.class, both).checkObstructionFreedom(true).check(Three.class);
  }

  /** The ring is sealed, taken back from, and opened again while a caller has a permit to put. */
  @Test
  void permitTakenBack_whileAnotherIsPut() {
    ExecutionScenario[] all = {
      scenario(take(0), take(3), List.of(call("refundAt", 2), call("tryAcquireAt", 3)), take(3)),
      scenario(take(0, 1), take(3), List.of(call("refundAt", 1), call("tryAcquireAt", 3)), take(3)),
      new ExecutionScenario(
          List.of(),
          List.of(
              take(1),
              List.of(call("tryAcquireAt", 2), call("refundAt", 2), call("tryAcquireAt", 3)),
              take(3)),
          take(3),
          null)
    };
    Scenarios.directed(OneModel.class, all).check(One.class);
  }
}
