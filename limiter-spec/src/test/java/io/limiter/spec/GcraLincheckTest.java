package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import java.math.BigInteger;
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
 * {@link Gcra} is linearizable: whatever two threads do, their answers are those of the exact model
 * in some order. Time is an argument, so the order of readings and the order of calls are explored
 * apart.
 */
@Tag("lincheck")
class GcraLincheckTest {
  private static final Rate AWKWARD = Rate.perSecond(999_983);

  private static final long HORIZON = GcraMath.of(AWKWARD, 1).horizonNanos();

  /** Readings on both sides of the horizon of {@link #AWKWARD}; one permit lasts 1000.017 ns. */
  private static long acrossTheHorizon(int index) {
    return new long[] {0, HORIZON, HORIZON + 1, HORIZON + 1_001}[index];
  }

  /** Near the origin: half a permit per ns, burst 2. */
  public static class Near {
    private final Gcra gcra = Gcra.create(Rate.ofNanos(1, 2), 2, ManualClock.create());

    @Operation
    public boolean tryAcquireAt(@Param(gen = IntGen.class, conf = "0:4") int now) {
      return gcra.tryAcquireAt(now, 1);
    }

    @Operation
    public Decision decideAt(@Param(gen = IntGen.class, conf = "0:4") int now) {
      return gcra.decideAt(now, 2);
    }

    @Operation
    public Decision peekAt(@Param(gen = IntGen.class, conf = "0:4") int now) {
      return gcra.peekAt(now, 1);
    }

    @Operation(blocking = true)
    public boolean refundAt(@Param(gen = IntGen.class, conf = "0:4") int now) {
      return gcra.refundAt(now, 1);
    }
  }

  /** The promise of {@link Near}. */
  public static class NearModel {
    private final RateModel model = new GcraModel(Rational.of(2), 2);

    public boolean tryAcquireAt(int now) {
      return model.decide(BigInteger.valueOf(now), 1).admitted();
    }

    public Decision decideAt(int now) {
      return model.decide(BigInteger.valueOf(now), 2).toDecision();
    }

    public Decision peekAt(int now) {
      return model.peek(BigInteger.valueOf(now), 1).toDecision();
    }

    public boolean refundAt(int now) {
      model.refund(BigInteger.valueOf(now), 1);
      return true;
    }
  }

  /** The origin has to move: burst 1. */
  public static class Far {
    private final Gcra gcra = Gcra.create(AWKWARD, 1, ManualClock.create());

    @Operation
    public boolean tryAcquireAt(@Param(gen = IntGen.class, conf = "0:3") int index) {
      return gcra.tryAcquireAt(acrossTheHorizon(index), 1);
    }

    @Operation
    public Decision decideAt(@Param(gen = IntGen.class, conf = "0:3") int index) {
      return gcra.decideAt(acrossTheHorizon(index), 1);
    }

    @Operation
    public Decision peekAt(@Param(gen = IntGen.class, conf = "0:3") int index) {
      return gcra.peekAt(acrossTheHorizon(index), 1);
    }

    @Operation(blocking = true)
    public boolean refundAt(@Param(gen = IntGen.class, conf = "0:3") int index) {
      return gcra.refundAt(acrossTheHorizon(index), 1);
    }
  }

  /** The promise of {@link Far}. */
  public static class FarModel {
    private final RateModel model = new GcraModel(Rational.of(1_000_000_000, 999_983), 1);

    public boolean tryAcquireAt(int index) {
      return model.decide(BigInteger.valueOf(acrossTheHorizon(index)), 1).admitted();
    }

    public Decision decideAt(int index) {
      return model.decide(BigInteger.valueOf(acrossTheHorizon(index)), 1).toDecision();
    }

    public Decision peekAt(int index) {
      return model.peek(BigInteger.valueOf(acrossTheHorizon(index)), 1).toDecision();
    }

    public boolean refundAt(int index) {
      model.refund(BigInteger.valueOf(acrossTheHorizon(index)), 1);
      return true;
    }
  }

  /** Canary of {@link Near}. */
  public static class Racy {
    private final RacyGcras.Taker gcra =
        new RacyGcras.ReadThenWrite(GcraMath.of(Rate.ofNanos(1, 2), 2));

    @Operation
    public boolean tryAcquireAt(@Param(gen = IntGen.class, conf = "0:4") int now) {
      return gcra.tryAcquireAt(now);
    }
  }

  /** Canary of {@link Far}. */
  public static class Unfrozen {
    private final RacyGcras.Taker gcra = new RacyGcras.MoveWithoutFreezing(GcraMath.of(AWKWARD, 1));

    @Operation
    public boolean tryAcquireAt(@Param(gen = IntGen.class, conf = "0:3") int index) {
      return gcra.tryAcquireAt(acrossTheHorizon(index));
    }
  }

  private static ModelCheckingOptions modelChecking(Class<?> model) {
    return Scenarios.modelChecking(model).checkObstructionFreedom(true);
  }

  /** Two threads race to cross the horizon, one from just before it; then two more calls. */
  private static ExecutionScenario crossing(Class<?> operations, int first, int second) {
    return new ExecutionScenario(
        List.of(),
        List.of(List.of(take(operations, first)), List.of(take(operations, second))),
        List.of(take(operations, 2), take(operations, 3)),
        null);
  }

  private static Actor take(Class<?> operations, int index) {
    try {
      return new Actor(operations.getMethod("tryAcquireAt", int.class), List.of(index));
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  /** A caller that moves the origin, and one that charges or helps. */
  private static ModelCheckingOptions crossings(Class<?> operations) {
    return Scenarios.directed(
            FarModel.class,
            crossing(operations, 1, 2),
            crossing(operations, 2, 1),
            crossing(operations, 0, 2),
            crossing(operations, 2, 3),
            crossing(operations, 3, 3))
        .checkObstructionFreedom(true);
  }

  @Test
  void gcra_isLinearizable_byModelChecking() {
    modelChecking(NearModel.class).check(Near.class);
  }

  @Test
  void gcra_isLinearizable_underStress() {
    Scenarios.stress(NearModel.class).check(Near.class);
  }

  @Test
  void gcra_isLinearizableWhileTheOriginMoves_byModelChecking() {
    modelChecking(FarModel.class).check(Far.class);
  }

  @Test
  void gcra_isLinearizableWhileTheOriginMoves_inDirectedScenarios() {
    crossings(Far.class).check(Far.class);
  }

  @Test
  void readThenWrite_isCaught() {
    Scenarios.assertCaught(modelChecking(NearModel.class), Racy.class);
    Scenarios.assertCaught(Scenarios.stress(NearModel.class).iterations(200), Racy.class);
  }

  @Test
  void moveWithoutFreezing_isCaught() {
    Scenarios.assertCaught(crossings(Unfrozen.class), Unfrozen.class);
  }
}
