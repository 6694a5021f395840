package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
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
 * {@link SlidingLog} is linearizable: one window and two, weights, refunds. Random scenarios do not
 * find what goes wrong when a thread stalls between publishing its admission and writing the
 * entries; the directed ones do, as the canary shows.
 */
@Tag("lincheck")
class SlidingLogLincheckTest {
  private static final List<Rate> ONE = List.of(Rate.ofNanos(3, 3));
  private static final List<Rate> TWO = List.of(Rate.ofNanos(2, 2), Rate.ofNanos(3, 5));

  /** One window: 3 in 3 ns. */
  public static class OneWindow {
    private final SlidingLog log = SlidingLog.create(ONE, ManualClock.create());

    @Operation
    public boolean tryAcquireAt(
        @Param(gen = IntGen.class, conf = "0:4") int now,
        @Param(gen = IntGen.class, conf = "1:3") int permits) {
      return log.tryAcquireAt(now, permits);
    }

    @Operation
    public Decision peekAt(@Param(gen = IntGen.class, conf = "0:4") int now) {
      return log.peekAt(now, 2);
    }

    @Operation(blocking = true)
    public boolean refundAt(
        @Param(gen = IntGen.class, conf = "0:4") int now,
        @Param(gen = IntGen.class, conf = "1:2") int permits) {
      return log.refundAt(now, permits);
    }
  }

  /** Two windows: 2 in 2 ns, 3 in 5 ns. */
  public static class TwoWindows {
    private final SlidingLog log = SlidingLog.create(TWO, ManualClock.create());

    @Operation
    public Decision decideAt(
        @Param(gen = IntGen.class, conf = "0:6") int now,
        @Param(gen = IntGen.class, conf = "1:2") int permits) {
      return log.decideAt(now, permits);
    }

    @Operation(blocking = true)
    public boolean refundAt(
        @Param(gen = IntGen.class, conf = "0:6") int now,
        @Param(gen = IntGen.class, conf = "1:2") int permits) {
      return log.refundAt(now, permits);
    }
  }

  /** The promise. */
  public abstract static class Model {
    private final RateModel model;

    Model(List<Rate> windows) {
      this.model = new SlidingLogModel(windows);
    }

    public boolean tryAcquireAt(int now, int permits) {
      return decideAt(now, permits).admitted();
    }

    public Decision decideAt(int now, int permits) {
      return model.decide(BigInteger.valueOf(now), permits).toDecision();
    }

    public Decision peekAt(int now) {
      return model.peek(BigInteger.valueOf(now), 2).toDecision();
    }

    public boolean refundAt(int now, int permits) {
      return model.refund(BigInteger.valueOf(now), permits);
    }
  }

  /** The promise of {@link OneWindow}. */
  public static class OneWindowModel extends Model {
    public OneWindowModel() {
      super(ONE);
    }
  }

  /** The promise of {@link TwoWindows}. */
  public static class TwoWindowsModel extends Model {
    public TwoWindowsModel() {
      super(TWO);
    }
  }

  /** 1 in 1 ns: the one slot is used again by each admission. */
  public static class OneSlot {
    private final SlidingLog log = SlidingLog.create(Rate.ofNanos(1, 1), ManualClock.create());

    @Operation
    public boolean tryAcquireAt(int now) {
      return log.tryAcquireAt(now, 1);
    }

    @Operation(blocking = true)
    public boolean refundAt(int now) {
      return log.refundAt(now, 1);
    }
  }

  /** The promise of {@link OneSlot}. */
  public static class OneSlotModel {
    private final RateModel model = new SlidingLogModel(List.of(Rate.ofNanos(1, 1)));

    public boolean tryAcquireAt(int now) {
      return model.decide(BigInteger.valueOf(now), 1).admitted();
    }

    public boolean refundAt(int now) {
      return model.refund(BigInteger.valueOf(now), 1);
    }
  }

  /** 10 in 1 ns: the ring of 8 grows when 9 are held. */
  public static class Growing {
    private final SlidingLog log = SlidingLog.create(Rate.ofNanos(10, 1), ManualClock.create());

    @Operation
    public boolean tryAcquireAt(int now, int permits) {
      return log.tryAcquireAt(now, permits);
    }
  }

  /** The promise of {@link Growing}. */
  public static class GrowingModel extends Model {
    public GrowingModel() {
      super(List.of(Rate.ofNanos(10, 1)));
    }
  }

  /** Canary of {@link OneSlot}: a helper that is late overwrites. */
  public static class LateHelperSets {
    private final RacyLogs log = new RacyLogs(1, 1, RacyLogs.Fault.LATE_HELPER_SETS);

    @Operation
    public boolean tryAcquireAt(int now) {
      return log.tryAcquireAt(now);
    }
  }

  /** Canary of {@link OneSlot}: nobody helps. */
  public static class NobodyHelps {
    private final RacyLogs log = new RacyLogs(1, 1, RacyLogs.Fault.NOBODY_HELPS);

    @Operation
    public boolean tryAcquireAt(int now) {
      return log.tryAcquireAt(now);
    }
  }

  /** The same without a fault: what the canaries are canaries of. */
  public static class Careful {
    private final RacyLogs log = new RacyLogs(1, 1, RacyLogs.Fault.NONE);

    @Operation
    public boolean tryAcquireAt(int now) {
      return log.tryAcquireAt(now);
    }
  }

  private static ModelCheckingOptions modelChecking(Class<?> model) {
    return Scenarios.modelChecking(model).actorsPerThread(2).checkObstructionFreedom(true);
  }

  private static Actor call(Class<?> operations, String name, Object... arguments) {
    Class<?>[] types = new Class<?>[arguments.length];
    Arrays.fill(types, int.class);
    try {
      return new Actor(operations.getMethod(name, types), List.of(arguments));
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  private static Actor take(Class<?> operations, int now) {
    return call(operations, "tryAcquireAt", now);
  }

  private static ModelCheckingOptions directed(ExecutionScenario... scenarios) {
    return Scenarios.directed(OneSlotModel.class, scenarios).checkObstructionFreedom(true);
  }

  /** One admits and stalls before it writes its entry; the other helps, admits later, is denied. */
  private static ExecutionScenario[] stalled(Class<?> operations) {
    return new ExecutionScenario[] {
      new ExecutionScenario(
          List.of(),
          List.of(List.of(take(operations, 0)), List.of(take(operations, 1), take(operations, 1))),
          List.of(take(operations, 1)),
          null),
      new ExecutionScenario(
          List.of(take(operations, 0)),
          List.of(
              List.of(take(operations, 1)),
              List.of(take(operations, 1), take(operations, 2), take(operations, 2))),
          List.of(take(operations, 2)),
          null)
    };
  }

  /** The same with the admission given back by the one who helped. */
  private static ExecutionScenario[] stalledAndRefunded(Class<?> operations) {
    Actor refund0 = call(operations, "refundAt", 0);
    Actor refund1 = call(operations, "refundAt", 1);
    return new ExecutionScenario[] {
      new ExecutionScenario(
          List.of(),
          List.of(
              List.of(take(operations, 0)),
              List.of(refund0, take(operations, 1), take(operations, 1))),
          List.of(take(operations, 1), refund1),
          null),
      new ExecutionScenario(
          List.of(take(operations, 0)),
          List.of(List.of(take(operations, 1), refund1), List.of(refund1, take(operations, 1))),
          List.of(take(operations, 1), take(operations, 2)),
          null)
    };
  }

  /** One stalls with entries to write into a ring that the other replaces by a larger one. */
  private static ExecutionScenario[] grown() {
    Class<?> operations = Growing.class;
    List<ExecutionScenario> scenarios = new ArrayList<>();
    for (int[] permits : new int[][] {{2, 3}, {3, 3}, {1, 2}}) {
      scenarios.add(new ExecutionScenario(
          List.of(call(operations, "tryAcquireAt", 0, 6)),
          List.of(
              List.of(call(operations, "tryAcquireAt", 0, permits[0])),
              List.of(
                  call(operations, "tryAcquireAt", 0, permits[1]),
                  call(operations, "tryAcquireAt", 1, 9))),
          List.of(call(operations, "tryAcquireAt", 1, 1), call(operations, "tryAcquireAt", 2, 10)),
          null));
    }
    return scenarios.toArray(new ExecutionScenario[0]);
  }

  @Test
  void oneWindow_isLinearizable_byModelChecking() {
    modelChecking(OneWindowModel.class).check(OneWindow.class);
  }

  @Test
  void twoWindows_areLinearizable_byModelChecking() {
    modelChecking(TwoWindowsModel.class).check(TwoWindows.class);
  }

  @Test
  void twoWindows_areLinearizable_underStress() {
    Scenarios.stress(TwoWindowsModel.class).check(TwoWindows.class);
  }

  @Test
  void stalledBeforeItsEntryIsWritten_isHelped() {
    directed(stalled(OneSlot.class)).check(OneSlot.class);
  }

  @Test
  void stalledBeforeItsEntryIsWritten_andRefundedMeanwhile_writesNothing() {
    // Not for obstruction freedom: what gives back takes a lock.
    Scenarios.directed(OneSlotModel.class, stalledAndRefunded(OneSlot.class)).check(OneSlot.class);
  }

  @Test
  void stalledWhileTheRingGrows_losesNothing() {
    // Not for obstruction freedom: the loop that copies a ring is taken for one that waits.
    Scenarios.directed(GrowingModel.class, grown()).check(Growing.class);
  }

  @Test
  void withoutAFault_theCanariesPass() {
    directed(stalled(Careful.class)).check(Careful.class);
  }

  @Test
  void lateHelperThatSets_isCaught() {
    Scenarios.assertCaught(directed(stalled(LateHelperSets.class)), LateHelperSets.class);
  }

  @Test
  void nobodyHelping_isCaught() {
    Scenarios.assertCaught(directed(stalled(NobodyHelps.class)), NobodyHelps.class);
  }
}
