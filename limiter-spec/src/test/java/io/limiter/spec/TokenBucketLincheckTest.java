package io.limiter.spec;

import io.limiter.AllOf;
import io.limiter.Decision;
import io.limiter.GcraMath;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.TokenBucket;
import java.math.BigInteger;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@link TokenBucket} is linearizable with either refill, and so is the verdict of an {@link AllOf}
 * over one limiter. Time is an argument, so the order of readings and the order of calls are explored
 * apart.
 */
@Tag("lincheck")
class TokenBucketLincheckTest {
  private static final Rate TWO_PER_THREE_NANOS = Rate.ofNanos(2, 3);

  /** Every mutating operation of a bucket, and what it says of itself. */
  public abstract static class Bucket {
    private final TokenBucket bucket;

    Bucket(TokenBucket bucket) {
      this.bucket = bucket;
    }

    @Operation
    public boolean tryAcquireAt(
        @Param(gen = IntGen.class, conf = "0:7") int now,
        @Param(gen = IntGen.class, conf = "1:4") int permits) {
      return bucket.tryAcquireAt(now, permits);
    }

    @Operation
    public Decision decideAt(@Param(gen = IntGen.class, conf = "0:7") int now) {
      return bucket.decideAt(now, 1);
    }

    @Operation
    public Decision peekAt(@Param(gen = IntGen.class, conf = "0:7") int now) {
      return bucket.peekAt(now, 2);
    }

    @Operation(blocking = true)
    public boolean refundAt(@Param(gen = IntGen.class, conf = "0:7") int now) {
      return bucket.refundAt(now, 1);
    }
  }

  /** The promise of {@link Bucket}. */
  public abstract static class BucketModel {
    private final RateModel model;

    BucketModel(RateModel model) {
      this.model = model;
    }

    public boolean tryAcquireAt(int now, int permits) {
      return model.decide(BigInteger.valueOf(now), permits).admitted();
    }

    public Decision decideAt(int now) {
      return model.decide(BigInteger.valueOf(now), 1).toDecision();
    }

    public Decision peekAt(int now) {
      return model.peek(BigInteger.valueOf(now), 2).toDecision();
    }

    public boolean refundAt(int now) {
      model.refund(BigInteger.valueOf(now), 1);
      return true;
    }
  }

  /** Two of three permits, two more every three ns. */
  public static class Continuous extends Bucket {
    public Continuous() {
      super(TokenBucket.create(TWO_PER_THREE_NANOS, 3, 2, ManualClock.create()));
    }
  }

  /** The promise of {@link Continuous}. */
  public static class ContinuousModel extends BucketModel {
    public ContinuousModel() {
      super(TokenBucketModel.continuous(2, 3, 3, 2));
    }
  }

  /** Two of three permits, two more at 1, 4 and 7 ns. */
  public static class Stepwise extends Bucket {
    public Stepwise() {
      super(TokenBucket.stepwise(TWO_PER_THREE_NANOS, 3, 2, 1, ManualClock.create()));
    }
  }

  /** The promise of {@link Stepwise}. */
  public static class StepwiseModel extends BucketModel {
    public StepwiseModel() {
      super(TokenBucketModel.stepwise(2, 3, 3, 2, BigInteger.ONE));
    }
  }

  /** Canary: a stepwise bucket that reads, decides, and then writes. */
  public static class Racy {
    private final RacyGcras.Taker steps =
        new RacyGcras.ReadThenWrite(GcraMath.of(Rate.ofNanos(2, 1), 3));

    @Operation
    public boolean tryAcquireAt(@Param(gen = IntGen.class, conf = "0:7") int now) {
      return steps.tryAcquireAt(Math.floorDiv(now, 3));
    }
  }

  /** The promise of {@link Racy}. */
  public static class RacyModel {
    private final RateModel model = TokenBucketModel.stepwise(2, 3, 3, 3, BigInteger.ZERO);

    public boolean tryAcquireAt(int now) {
      return model.decide(BigInteger.valueOf(now), 1).admitted();
    }
  }

  /** One limiter behind an AllOf that charges it two permits for one. */
  public static class OneOfAll {
    private final RateLimiter all =
        AllOf.of(List.of(TokenBucket.create(TWO_PER_THREE_NANOS, 4, ManualClock.create())), 2);

    @Operation
    public boolean tryAcquireAt(@Param(gen = IntGen.class, conf = "0:7") int now) {
      return all.tryAcquireAt(now, 1);
    }

    @Operation(blocking = true)
    public boolean refundAt(@Param(gen = IntGen.class, conf = "0:7") int now) {
      return all.refundAt(now, 1);
    }
  }

  /** The promise of {@link OneOfAll}. */
  public static class OneOfAllModel {
    private final RateModel model = TokenBucketModel.continuous(2, 3, 4, 4);

    public boolean tryAcquireAt(int now) {
      return model.decide(BigInteger.valueOf(now), 2).admitted();
    }

    public boolean refundAt(int now) {
      model.refund(BigInteger.valueOf(now), 2);
      return true;
    }
  }

  private static ModelCheckingOptions modelChecking(Class<?> model) {
    return Scenarios.modelChecking(model).checkObstructionFreedom(true);
  }

  @Test
  void continuousBucket_isLinearizable() {
    modelChecking(ContinuousModel.class).check(Continuous.class);
    Scenarios.stress(ContinuousModel.class).check(Continuous.class);
  }

  @Test
  void stepwiseBucket_isLinearizable() {
    modelChecking(StepwiseModel.class).check(Stepwise.class);
    Scenarios.stress(StepwiseModel.class).check(Stepwise.class);
  }

  @Test
  void allOfOneLimiter_isLinearizable() {
    modelChecking(OneOfAllModel.class).check(OneOfAll.class);
  }

  @Test
  void readThenWrite_isCaught() {
    Scenarios.assertCaught(modelChecking(RacyModel.class), Racy.class);
  }
}
