package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.LevelPolicy;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import io.limiter.TokenBucket;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Changing the rate of a limiter is one atomic step, whoever calls meanwhile. The clock stands still
 * at 0, where every change is made; the readings of the calls are data. The limit of a concurrency
 * limiter is changed in {@link ConcurrencyLincheckTest}.
 */
@Tag("lincheck")
class ReconfigureLincheckTest {
  private static final NanoClock STOPPED = () -> 0;

  private static final Rate[] RATES = {
    Rate.ofNanos(2, 6), Rate.ofNanos(1, 6), Rate.ofNanos(3, 6),
  };
  private static final long[] BURSTS = {3, 4, 2};

  /** The calls that a limiter with a level gets. */
  public abstract static class Leveled {
    @Operation
    public abstract boolean tryAcquireAt(
        @Param(gen = IntGen.class, conf = "0:7") int now,
        @Param(gen = IntGen.class, conf = "1:3") int permits);

    @Operation
    public abstract boolean refundAt(@Param(gen = IntGen.class, conf = "0:7") int now);

    @Operation
    public abstract void reconfigure(@Param(gen = IntGen.class, conf = "0:2") int to);
  }

  public static class OfGcra extends Leveled {
    private final Gcra gcra = Gcra.create(RATES[0], BURSTS[0], STOPPED);

    @Override
    public boolean tryAcquireAt(int now, int permits) {
      return gcra.tryAcquireAt(now, permits);
    }

    @Override
    public boolean refundAt(int now) {
      return gcra.refundAt(now, 1);
    }

    @Override
    public void reconfigure(int to) {
      gcra.reconfigure(RATES[to], BURSTS[to]);
    }
  }

  /** A bucket of either kind. */
  public abstract static class OfBucket extends Leveled {
    private final TokenBucket bucket;

    OfBucket(TokenBucket bucket) {
      this.bucket = bucket;
    }

    @Override
    public boolean tryAcquireAt(int now, int permits) {
      return bucket.tryAcquireAt(now, permits);
    }

    @Override
    public boolean refundAt(int now) {
      return bucket.refundAt(now, 1);
    }

    @Override
    public void reconfigure(int to) {
      bucket.reconfigure(RATES[to], BURSTS[to]);
    }
  }

  public static class OfContinuous extends OfBucket {
    public OfContinuous() {
      super(TokenBucket.create(RATES[0], BURSTS[0], STOPPED));
    }
  }

  public static class OfSteps extends OfBucket {
    public OfSteps() {
      super(TokenBucket.stepwise(RATES[0], BURSTS[0], STOPPED));
    }
  }

  /** The promise of {@link OfGcra} and {@link OfContinuous}. */
  public static class LeveledModel {
    private final WordModel model = WordModel.continuous(rate(0), BURSTS[0]);

    Rate rate(int index) {
      return RATES[index];
    }

    BigInteger time(int now) {
      return BigInteger.valueOf(now);
    }

    public boolean tryAcquireAt(int now, int permits) {
      BigInteger k = BigInteger.valueOf(permits);
      boolean admitted = model.admits(time(now), k);
      if (admitted) {
        model.take(time(now), k);
      }
      return admitted;
    }

    public boolean refundAt(int now) {
      return model.refund(time(now), BigInteger.ONE);
    }

    public void reconfigure(int to) {
      model.change(BigInteger.ZERO, rate(to), BURSTS[to], LevelPolicy.SPENT);
    }
  }

  /** The promise of {@link OfSteps}: the same, in steps of 6 ns. */
  public static class StepsModel extends LeveledModel {
    @Override
    Rate rate(int index) {
      return Rate.ofNanos(RATES[index].permits(), 1);
    }

    @Override
    BigInteger time(int now) {
      return BigInteger.valueOf(now / 6);
    }
  }

  /** Canary: reads the word, prices it anew, and writes it over whatever was admitted meanwhile. */
  public static class ReadThenWrite extends Leveled {
    private final AtomicLong tat = new AtomicLong();
    private volatile GcraMath math = GcraMath.of(RATES[0], BURSTS[0]);

    @Override
    public boolean tryAcquireAt(int now, int permits) {
      while (true) {
        long seen = tat.get();
        long next = math.next(seen, now, permits);
        if (next == GcraMath.DENIED || tat.compareAndSet(seen, next)) {
          return next != GcraMath.DENIED;
        }
      }
    }

    @Override
    public boolean refundAt(int now) {
      tat.updateAndGet(seen -> math.refund(seen, now, 1));
      return true;
    }

    @Override
    public void reconfigure(int to) {
      GcraMath next = GcraMath.of(RATES[to], BURSTS[to]);
      long word = next.reprice(tat.get(), 0, math);
      math = next;
      tat.set(word);
    }
  }

  private static final List<List<Rate>> WINDOWS = List.of(
      List.of(Rate.ofNanos(2, 3), Rate.ofNanos(4, 6)),
      List.of(Rate.ofNanos(1, 3), Rate.ofNanos(4, 6)),
      List.of(Rate.ofNanos(4, 6)));

  /** The windows of a log; the largest stays, so that nothing is forgotten. */
  public static class OfLog {
    private final SlidingLog log = SlidingLog.create(WINDOWS.get(0), STOPPED);

    @Operation
    public boolean tryAcquireAt(
        @Param(gen = IntGen.class, conf = "0:7") int now,
        @Param(gen = IntGen.class, conf = "1:3") int permits) {
      return log.tryAcquireAt(now, permits);
    }

    @Operation
    public void reconfigure(@Param(gen = IntGen.class, conf = "0:2") int to) {
      log.reconfigure(WINDOWS.get(to));
    }
  }

  /** The promise of {@link OfLog}. */
  public static class LogModel {
    private final List<Integer> admitted = new ArrayList<>();
    private List<Rate> windows = WINDOWS.get(0);

    public boolean tryAcquireAt(int now, int permits) {
      int time = admitted.isEmpty() ? now : Math.max(now, admitted.get(admitted.size() - 1));
      for (Rate window : windows) {
        long young =
            admitted.stream().filter(each -> time - each < window.periodNanos()).count();
        if (young + permits > window.permits()) {
          return false;
        }
      }
      for (int i = 0; i < permits; i++) {
        admitted.add(time);
      }
      return true;
    }

    public void reconfigure(int to) {
      windows = WINDOWS.get(to);
    }
  }

  /** In another order than those that change: they are matched by their periods. */
  private static final AllOf[] ALL = {all(3, 1), all(1, 3)};

  private static AllOf all(long second, long first) {
    return AllOf.of(
        Gcra.create(Rate.ofNanos(second, 9), 4, STOPPED),
        Gcra.create(Rate.ofNanos(first, 6), 3, STOPPED));
  }

  /** Two limits that change together, but for their bursts; it counts what it admits. */
  public static class OfAll {
    private final AtomicLong admitted = new AtomicLong();
    final Gcra first = Gcra.create(Rate.ofNanos(2, 6), 3, STOPPED);
    final Gcra second = Gcra.create(Rate.ofNanos(2, 9), 4, STOPPED);
    private final AllOf all = AllOf.of(first, second);

    @Operation
    public void tryAcquire(@Param(gen = IntGen.class, conf = "1:2") int permits) {
      if (take(permits)) {
        admitted.addAndGet(permits);
      }
    }

    boolean take(int permits) {
      return all.tryAcquireAt(0, permits);
    }

    @Operation
    public void reconfigure(@Param(gen = IntGen.class, conf = "0:1") int to) {
      all.reconfigure(ALL[to], LevelPolicy.KEEP);
    }

    /** A call that met a change may leave a charge behind: the change ended its receipt. */
    @Validate
    public void noPermitIsMinted() {
      assertTrue(first.peekAt(0, 1).remaining() <= 3 - admitted.get());
      assertTrue(second.peekAt(0, 1).remaining() <= 4 - admitted.get());
    }
  }

  /** Canary: a call that met a change is admitted, charged or not. */
  public static class CountsNothing extends OfAll {
    @Override
    boolean take(int permits) {
      Rate before = first.rate();
      return super.take(permits) || !before.equals(first.rate());
    }
  }

  // Not obstruction-free: changes take the lock of those who wait, calls that decide do not.

  @Test
  void gcra_isLinearizable() {
    Scenarios.ofLongOperations(LeveledModel.class).check(OfGcra.class);
    Scenarios.stress(LeveledModel.class).check(OfGcra.class);
  }

  @Test
  void continuousBucket_isLinearizable() {
    Scenarios.ofLongOperations(LeveledModel.class).check(OfContinuous.class);
  }

  @Test
  void stepwiseBucket_isLinearizable() {
    Scenarios.ofLongOperations(StepsModel.class).check(OfSteps.class);
    Scenarios.stress(StepsModel.class).check(OfSteps.class);
  }

  @Test
  void slidingLog_isLinearizable() {
    Scenarios.ofLongOperations(LogModel.class).check(OfLog.class);
    Scenarios.stress(LogModel.class).check(OfLog.class);
  }

  /** Not linearizable: a call may be denied because of another that is decided anew. */
  @Test
  void allOf_mintsNothing() {
    conserving().check(OfAll.class);
  }

  @Test
  void countsNothing_isCaught() {
    StressOptions options = conserving().iterations(100).minimizeFailedScenario(false);
    assertThrows(LincheckAssertionError.class, () -> options.check(CountsNothing.class));
  }

  /** By stress alone: a change of two members is too long for the model checker. */
  private static StressOptions conserving() {
    return new StressOptions()
        .threads(2)
        .actorsBefore(0)
        .actorsPerThread(3)
        .actorsAfter(0)
        .iterations(5)
        .invocationsPerIteration(1_000)
        .sequentialSpecification(OfAll.class);
  }

  @Test
  void readThenWrite_isCaught() {
    Scenarios.assertCaught(Scenarios.modelChecking(LeveledModel.class), ReadThenWrite.class);
  }
}
