package io.limiter.spec;

import io.limiter.ConcurrencyLimiter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@link ConcurrencyLimiter} is linearizable: calls that do not wait, releases, changes of the limit,
 * and waits of no length. Longer waits are not functions of the state, since time and those who came
 * before decide too: ConcurrencyLimiterTest races them.
 */
@Tag("lincheck")
class ConcurrencyLincheckTest {
  /** At most 3 permits. */
  public static class Limiter {
    final ConcurrencyLimiter limiter = ConcurrencyLimiter.create(3);

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "1:3") int permits) {
      return limiter.tryAcquire(permits);
    }

    @Operation
    public boolean release(@Param(gen = IntGen.class, conf = "1:3") int permits) {
      try {
        limiter.release(permits);
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Operation
    public int limit(@Param(gen = IntGen.class, conf = "0:4") int limit) {
      return limiter.limit(limit);
    }

    @Operation
    public int inFlight() {
      return limiter.inFlight();
    }
  }

  /** The promise of {@link Limiter}. */
  public static class Model {
    private final ConcurrencyModel model = new ConcurrencyModel(3);

    public boolean tryAcquire(int permits) {
      return model.tryAcquire(permits);
    }

    public boolean release(int permits) {
      return model.release(permits);
    }

    public int limit(int limit) {
      return model.limit(limit);
    }

    public int inFlight() {
      return model.inFlight();
    }

    public boolean tryNow() {
      return model.tryAcquire(1);
    }
  }

  /**
   * Waits of no length. Nobody is ever in the queue then, so that the formula alone decides; with
   * longer ones a call is denied because of those before it.
   */
  public static class Waiting extends Limiter {
    @Operation
    public boolean tryNow() throws InterruptedException {
      return limiter.tryAcquire(1, Duration.ZERO);
    }
  }

  /** Canary: the limit in a word of its own, and a release that reads and then writes. */
  public static class TwoWords {
    private final AtomicInteger limit = new AtomicInteger(3);
    private final AtomicInteger inFlight = new AtomicInteger();

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "1:3") int permits) {
      int most = limit.get();
      while (true) {
        int now = inFlight.get();
        if (now + permits > most) {
          return false;
        }
        if (inFlight.compareAndSet(now, now + permits)) {
          return true;
        }
      }
    }

    @Operation
    public int limit(@Param(gen = IntGen.class, conf = "0:4") int newLimit) {
      return limit.getAndSet(newLimit);
    }

    @Operation
    public int inFlight() {
      return inFlight.get();
    }
  }

  /** Canary: a release that is lost. */
  public static class LostRelease {
    private final AtomicInteger inFlight = new AtomicInteger();

    @Operation
    public boolean tryAcquire(@Param(gen = IntGen.class, conf = "1:3") int permits) {
      int now = inFlight.get();
      return now + permits <= 3 && inFlight.compareAndSet(now, now + permits);
    }

    @Operation
    public boolean release(@Param(gen = IntGen.class, conf = "1:3") int permits) {
      int now = inFlight.get();
      if (permits > now) {
        return false;
      }
      inFlight.set(now - permits);
      return true;
    }
  }

  /** One that does not wait is denied while a release that would admit another comes in between. */
  private static ExecutionScenario denialBesideARelease() throws NoSuchMethodException {
    Actor all = new Actor(Waiting.class.getMethod("tryAcquire", int.class), List.of(3));
    Actor release = new Actor(Waiting.class.getMethod("release", int.class), List.of(2));
    Actor tryNow = new Actor(Waiting.class.getMethod("tryNow"), List.of());
    return new ExecutionScenario(
        List.of(all), List.of(List.of(release, tryNow), List.of(tryNow)), List.of(), null);
  }

  private static ModelCheckingOptions modelChecking() {
    return Scenarios.modelChecking(Model.class);
  }

  @Test
  void withoutWaiting_isLinearizable_byModelChecking() {
    modelChecking().checkObstructionFreedom(true).check(Limiter.class);
  }

  @Test
  void waitsOfNoLength_areLinearizable_byModelChecking() {
    modelChecking().check(Waiting.class);
  }

  /** A wait of no length once stood in the queue while it was denied, and had others denied. */
  @Test
  void waitOfNoLength_deniedBesideARelease_deniesNobodyElse() throws NoSuchMethodException {
    Scenarios.directed(Model.class, denialBesideARelease()).check(Waiting.class);
  }

  @Test
  void withoutWaiting_isLinearizable_underStress() {
    Scenarios.stress(Model.class).check(Waiting.class);
  }

  @Test
  void limitInAWordOfItsOwn_isCaught() {
    Scenarios.assertCaught(modelChecking().iterations(50), TwoWords.class);
  }

  @Test
  void lostRelease_isCaught() {
    Scenarios.assertCaught(modelChecking().iterations(50), LostRelease.class);
  }
}
